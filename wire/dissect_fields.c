/* The fields of a frame, and its errors. */
#include "wire/dissect_private.h"

#include <stdio.h>
#include <string.h>

static struct dissect_field *find_field(struct dissect *out, const char *name)
{
	for (unsigned i = 0; i < out->fields; i++)
		if (strcmp(out->field[i].name, name) == 0)
			return &out->field[i];
	return NULL;
}

const char *dissect_value(const struct dissect *frame, const char *name)
{
	for (unsigned i = 0; i < frame->fields; i++)
		if (strcmp(frame->field[i].name, name) == 0)
			return frame->field[i].value;
	return NULL;
}

static void append(char *to, size_t room, const char *text)
{
	size_t n = strlen(to);

	for (; *text && n + 1 < room; text++)
		to[n++] = *text >= 0x20 && *text <= 0x7e ? *text : '.';
	to[n] = '\0';
}

static void add(struct dissect_view *view, const char *name, const char *value, bool number)
{
	struct dissect *out = view->out;
	struct dissect_field *field = find_field(out, name);

	if (field) {
		append(field->value, sizeof(field->value), ", ");
		field->number = false;
	} else {
		if (out->fields == DISSECT_FIELDS_MAX)
			return;
		field = &out->field[out->fields++];
		field->name = name;
		field->number = number;
		field->value[0] = '\0';
	}
	append(field->value, sizeof(field->value), value);
}

void dissect_text(struct dissect_view *view, const char *name, const char *value)
{
	if (value)
		add(view, name, value, false);
}

void dissect_slice(struct dissect_view *view, const char *name, struct wire_slice value)
{
	char text[DISSECT_VALUE_MAX + 1];

	dissect_text(view, name, wire_slice_print(value, text, sizeof(text)));
}

void dissect_number(struct dissect_view *view, const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	add(view, name, text, true);
}

void dissect_address(struct dissect_view *view, const char *name, uint32_t ipv4)
{
	char text[IPV4_TEXT];

	ipv4_format(ipv4, text);
	dissect_text(view, name, text);
}

void dissect_mac(struct dissect_view *view, const char *name, const struct mac *mac)
{
	char text[MAC_TEXT];

	mac_format(mac, text);
	dissect_text(view, name, text);
}

/* From the first byte of the frame. */
static size_t frame_offset(const struct dissect_view *view, const uint8_t *data)
{
	return data >= view->bytes && data <= view->bytes + view->size ? (size_t)(data - view->bytes) : 0;
}

void dissect_sum(struct dissect_view *view, bool wrong, const char *what, const uint8_t *at)
{
	char text[80];

	if (!wrong || view->cut)
		return;
	snprintf(text, sizeof(text), "%s at offset %zu is wrong", what, frame_offset(view, at));
	dissect_text(view, "note", text);
}

void dissect_odd(struct dissect_view *view, const uint8_t *data, const struct wire_odd *odd)
{
	static const char *const names[WIRE_ODD_KINDS] = {
	    "odd_1", "odd_2",  "odd_3",	 "odd_4",  "odd_5",  "odd_6",  "odd_7",	 "odd_8",
	    "odd_9", "odd_10", "odd_11", "odd_12", "odd_13", "odd_14", "odd_15", "odd_16"};
	char text[WIRE_ODD_TEXT];

	for (unsigned i = 0; i < odd->count && !view->cut; i++) {
		struct wire_oddity oddity = odd->item[i];

		oddity.offset += (uint32_t)frame_offset(view, data);
		dissect_text(view, names[i], wire_odd_text(&oddity, text));
	}
	if (odd->dropped)
		dissect_number(view, "odd_more", odd->dropped);
}

void dissect_bad(struct dissect_view *view, const uint8_t *data, const struct wire_error *error)
{
	struct dissect *out = view->out;

	if (view->cut || out->malformed)
		return;
	out->malformed = true;
	out->error_offset = error->offset + frame_offset(view, data);
	snprintf(out->error, sizeof(out->error), "%s: %s", out->protocol,
		 error->what ? error->what : "malformed");
}
