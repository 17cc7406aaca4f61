#include "wire/dissect_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct dissect_context *dissect_new(void)
{
	return calloc(1, sizeof(struct dissect_context));
}

void dissect_free(struct dissect_context *context)
{
	if (!context)
		return;
	for (size_t i = 0; i < DISSECT_FLOWS; i++)
		free(context->flow[i].data);
	free(context);
}

/* ---- fields ---- */

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

void dissect_bad(struct dissect_view *view, const uint8_t *data, const struct wire_error *error)
{
	struct dissect *out = view->out;

	if (view->cut || out->malformed)
		return;
	out->malformed = true;
	out->error_offset = error->offset;
	if (data >= view->bytes && data <= view->bytes + view->size)
		out->error_offset += (size_t)(data - view->bytes);
	snprintf(out->error, sizeof(out->error), "%s: %s", out->protocol,
		 error->what ? error->what : "malformed");
}

/* ---- who is a phone ---- */

static uint64_t mac_key(const struct mac *mac)
{
	uint64_t key = 0;

	for (int i = 0; i < 6; i++)
		key = key << 8 | mac->octet[i];
	return key + 1;
}

static size_t bucket(uint64_t key)
{
	return (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 55) % DISSECT_BUCKETS;
}

static void map_put(struct dissect_context *context, struct dissect_map *map, uint64_t key,
		    const struct mac *phone)
{
	size_t b = bucket(key), way = 0;

	for (size_t i = 0; i < DISSECT_WAYS; i++) {
		if (map->slot[b][i].key == key) {
			way = i;
			break;
		}
		if (map->slot[b][i].used < map->slot[b][way].used)
			way = i;
	}
	map->slot[b][way].key = key;
	map->slot[b][way].used = context->clock;
	map->slot[b][way].phone = *phone;
}

static const struct mac *map_get(struct dissect_context *context, struct dissect_map *map, uint64_t key)
{
	size_t b = bucket(key);

	for (size_t i = 0; i < DISSECT_WAYS; i++)
		if (map->slot[b][i].key == key) {
			map->slot[b][i].used = context->clock;
			return &map->slot[b][i].phone;
		}
	return NULL;
}

void dissect_is_phone(struct dissect_view *view, const struct mac *mac)
{
	map_put(view->context, &view->context->by_mac, mac_key(mac), mac);
	mac_format_device(mac, view->out->phone);
}

void dissect_about(struct dissect_view *view, const struct mac *mac)
{
	if (map_get(view->context, &view->context->by_mac, mac_key(mac)))
		mac_format_device(mac, view->out->phone);
}

void dissect_has_address(struct dissect_view *view, const struct mac *phone, uint32_t ipv4)
{
	if (ipv4 != 0 && ipv4 != UINT32_MAX)
		map_put(view->context, &view->context->by_address, (uint64_t)ipv4 + 1, phone);
}

bool dissect_find_device(const char *name, struct mac *mac)
{
	const char *found = strstr(name, "SEP");
	char device[DEVICE_TEXT];

	if (!found || strlen(found) < DEVICE_TEXT - 1)
		return false;
	memcpy(device, found, DEVICE_TEXT - 1);
	device[DEVICE_TEXT - 1] = '\0';
	return mac_parse_device(mac, device) == 0;
}

/* The phone among the ends of the frame, when no protocol named it. */
static void find_phone(struct dissect_view *view, const struct ether_frame *frame,
		       const struct ipv4_packet *packet)
{
	struct dissect_context *context = view->context;
	const struct mac *phone = NULL;

	if (view->out->phone[0])
		return;
	phone = map_get(context, &context->by_mac, mac_key(&frame->source));
	if (!phone)
		phone = map_get(context, &context->by_mac, mac_key(&frame->destination));
	if (!phone && packet)
		phone = map_get(context, &context->by_address, (uint64_t)packet->source + 1);
	if (!phone && packet)
		phone = map_get(context, &context->by_address, (uint64_t)packet->destination + 1);
	if (phone)
		mac_format_device(phone, view->out->phone);
}

/* ---- files ---- */

static bool begins(const char *text, const char *with)
{
	return strncasecmp(text, with, strlen(with)) == 0;
}

static bool ends(const char *text, const char *with)
{
	size_t n = strlen(text), m = strlen(with);

	return n >= m && strcasecmp(text + n - m, with) == 0;
}

int dissect_file_step(const char *name)
{
	/* begins, ends, step; "" is any. The first that fits holds. */
	static const struct {
		const char *begins;
		const char *ends;
		int step;
	} RULES[] = {
	    {"CTL", ".tlv", 5},
	    {"ITL", ".tlv", 6},
	    {"SEP", ".cnf.xml", 7},
	    {"SEP", ".cnf.xml.enc", 7},
	    {"XMLDefault", ".cnf.xml", 7},
	    {"", ".loads", 8},
	    {"", ".sbn", 8},
	    {"AppDialRules", ".xml", 9},
	    {"dial", ".xml", 9},
	    {"DR", ".xml", 9},
	    {"", ".jar", 12},
	    {"", "-tones.xml", 12},
	    {"SK", ".xml", 13},
	    {"softkey", ".xml", 13},
	    {"Ringlist", ".xml", 14},
	    {"DistinctiveRing", ".xml", 14},
	    {"", ".raw", 14},
	    {"", ".rwb", 14},
	};
	const char *slash = strrchr(name, '/');
	char file[DISSECT_FILE_MAX + 1];

	snprintf(file, sizeof(file), "%.*s", DISSECT_FILE_MAX, slash ? slash + 1 : name);
	if (ends(file, ".sgn"))
		file[strlen(file) - 4] = '\0';
	for (size_t i = 0; i < sizeof(RULES) / sizeof(RULES[0]); i++)
		if (begins(file, RULES[i].begins) && ends(file, RULES[i].ends))
			return RULES[i].step;
	return 0;
}

/* ---- layers ---- */

static void dissect_icmp(struct dissect_view *view, const struct ipv4_packet *packet)
{
	struct wire_reader reader;
	struct wire_error error;
	uint8_t type, code;

	view->out->protocol = "icmp";
	wire_reader_init(&reader, packet->payload.data, packet->payload.length);
	type = wire_read_u8(&reader);
	code = wire_read_u8(&reader);
	wire_read_skip(&reader, 6);
	if (wire_reader_result(&reader, &error) < 0) {
		dissect_bad(view, packet->payload.data, &error);
		return;
	}
	dissect_number(view, "type", type);
	dissect_number(view, "code", code);
}

static void dissect_ipv4(struct dissect_view *view, const struct ether_frame *frame)
{
	struct ipv4_packet packet;
	struct wire_error error;

	view->out->protocol = "ipv4";
	if (ipv4_decode(frame->payload.data, frame->payload.length, &packet, &error) < 0) {
		dissect_bad(view, frame->payload.data, &error);
		find_phone(view, frame, NULL);
		return;
	}
	dissect_address(view, "source", packet.source);
	dissect_address(view, "destination", packet.destination);
	if (ipv4_is_fragment(&packet))
		dissect_number(view, "fragment_offset", packet.fragment_offset);
	else if (packet.protocol == IP_UDP)
		dissect_udp(view, &packet);
	else if (packet.protocol == IP_TCP)
		dissect_tcp(view, &packet);
	else if (packet.protocol == IP_ICMP)
		dissect_icmp(view, &packet);
	else
		dissect_number(view, "ip_protocol", packet.protocol);
	find_phone(view, frame, &packet);
}

static void dissect_ether(struct dissect_view *view, const struct ether_frame *frame)
{
	dissect_mac(view, "source_mac", &frame->source);
	dissect_mac(view, "destination_mac", &frame->destination);
	for (unsigned i = 0; i < frame->tags; i++) {
		dissect_number(view, i ? "inner_vlan" : "vlan", ether_tci_vid(frame->tag[i].tci));
		dissect_number(view, i ? "inner_priority" : "priority",
			       ether_tci_priority(frame->tag[i].tci));
	}
	if (cdp_is_frame(frame))
		dissect_cdp(view, frame);
	else if (frame->kind == ETHER_II && frame->type == ETHER_LLDP)
		dissect_lldp(view, frame);
	else if (frame->kind == ETHER_II && frame->type == ETHER_ARP)
		dissect_arp(view, frame);
	else if (frame->kind == ETHER_II && frame->type == ETHER_IPV4)
		dissect_ipv4(view, frame);
	else if (frame->kind == ETHER_II && frame->type == ETHER_IPV6)
		view->out->protocol = "ipv6";
	else
		dissect_number(view, "ether_type", frame->type);
	find_phone(view, frame, NULL);
}

void dissect_frame(struct dissect_context *context, const void *bytes, size_t size, bool cut,
		   struct dissect *out)
{
	struct dissect_view view = {context, out, bytes, size, cut};
	struct ether_frame frame;
	struct wire_error error;

	context->clock++;
	out->protocol = "ethernet";
	out->phone[0] = '\0';
	out->step = 0;
	out->fields = 0;
	out->malformed = false;
	out->error_offset = 0;
	out->error[0] = '\0';
	if (ether_decode(bytes, size, &frame, &error) < 0)
		dissect_bad(&view, bytes, &error);
	else
		dissect_ether(&view, &frame);
	if (cut)
		dissect_text(&view, "cut", "the capture holds only the beginning of the frame");
}
