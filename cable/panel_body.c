#include "cable/panel_body.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static const char *const power_kinds[] = {
    [PANEL_POWER_NONE] = "none", [PANEL_POWER_AC] = "ac", [PANEL_POWER_PD] = "pd", NULL};
static const char *const power_states[] = {
    [PANEL_POWER_DETECTED] = "detected", [PANEL_POWER_GRANTED] = "granted",   [PANEL_POWER_DENIED] = "denied",
    [PANEL_POWER_OFF] = "off",		 [PANEL_POWER_ADJUSTED] = "adjusted", NULL};
static const char *const link_states[] = {"down", "up", NULL};
static const char *const lane_states[] = {"refused", "made", NULL};

/* The name of a number, or NULL if the list (NULL at the end) is shorter. */
static const char *name_of(const char *const names[], unsigned number)
{
	for (unsigned i = 0; i < number; i++)
		if (!names[i])
			return NULL;
	return names[number];
}

const char *panel_power_state_name(enum panel_power_state state)
{
	const char *name = name_of(power_states, state);

	return name ? name : "?";
}

/* --- the table: the members of each body, in the order of encoding --- */

enum row_kind {
	WORD,	   /* text without spaces and without anything that is not ASCII; not empty */
	PORT,	   /* a word, or null for "" */
	INTERFACE, /* a word that can be the name of an interface */
	PROSE,	   /* any text without control characters */
	OPTIONAL,  /* such a text, which may be absent */
	NUMBER,	   /* unsigned, from 0 to most */
	CHOICE,	   /* the index of one of names: an enum or a bool */
	MAC,
	POWER, /* the object with the power of a plug */
};

struct row {
	const char *key; /* NULL ends a table */
	enum row_kind kind;
	size_t offset, size; /* in struct panel_msg */
	const char *const *names;
	unsigned most;
};

#define ROW(key, kind, member, names, most)                                                                  \
	{                                                                                                    \
		key, kind, offsetof(struct panel_msg, member), sizeof(((struct panel_msg *)NULL)->member),   \
		    names, most                                                                              \
	}

static const struct row rows[][6] = {
    [PANEL_MSG_PLUG] = {ROW("node", WORD, plug.node, NULL, 0), ROW("port", PORT, plug.port, NULL, 0),
			ROW("interface", INTERFACE, plug.interface, NULL, 0),
			ROW("mac", MAC, plug.mac, NULL, 0), ROW("power", POWER, plug, NULL, 0)},
    [PANEL_MSG_DRAW] = {ROW("mw", NUMBER, draw_mw, NULL, PANEL_MW_MAX)},
    [PANEL_MSG_LANE] = {ROW("vid", NUMBER, lane.vid, NULL, PANEL_VID_MAX),
			ROW("interface", INTERFACE, lane.interface, NULL, 0)},
    [PANEL_MSG_LANED] = {ROW("vid", NUMBER, laned.vid, NULL, PANEL_VID_MAX),
			 ROW("state", CHOICE, laned.made, lane_states, 0),
			 ROW("reason", OPTIONAL, laned.reason, NULL, 0)},
    [PANEL_MSG_PLUGGED] = {ROW("port", WORD, plugged.port, NULL, 0),
			   ROW("switch", WORD, plugged.switch_name, NULL, 0),
			   ROW("interface", INTERFACE, plugged.interface, NULL, 0)},
    [PANEL_MSG_REFUSED] = {ROW("code", WORD, refused.code, NULL, 0),
			   ROW("reason", PROSE, refused.reason, NULL, 0)},
    [PANEL_MSG_POWER] = {ROW("state", CHOICE, power.state, power_states, 0),
			 ROW("mw", NUMBER, power.mw, NULL, PANEL_MW_MAX),
			 ROW("reason", OPTIONAL, power.reason, NULL, 0)},
    [PANEL_MSG_LINK] = {ROW("state", CHOICE, link_up, link_states, 0)},
};

/* The power of a plug; a class belongs to PD only. */
static const struct row power_rows[] = {
    ROW("kind", CHOICE, plug.power, power_kinds, 0), ROW("class", NUMBER, plug.power_class, NULL, 4), {0}};
static const struct row other_power_rows[] = {ROW("kind", CHOICE, plug.power, power_kinds, 0), {0}};

/* --- decoding --- */

/* Refuse members that have no row. */
static int only(const json_t *body, const struct row *known, struct fail *fail)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)body, key, value) {
		size_t i = 0;

		while (known[i].key && strcmp(known[i].key, key))
			i++;
		if (!known[i].key)
			return fail_set(fail, -EBADMSG, "unknown key '%.40s'", key);
	}
	return 0;
}

static bool text_ok(const char *text, bool word)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < ' ' || c == 0x7f || (word && (c == ' ' || c > '~')))
			return false;
	}
	return true;
}

/* Copy the text; it must fit in size, and must not be empty when it is a word. */
static int text(const json_t *value, const char *key, bool word, char *out, size_t size, struct fail *fail)
{
	const char *string = json_string_value(value);

	if (!string)
		return fail_set(fail, -EBADMSG, "'%s': expected a text", key);
	if (json_string_length(value) >= size || (word && !*string))
		return fail_set(fail, -EBADMSG, "'%s': found %zu octets, expected %d to %zu", key,
				json_string_length(value), word, size - 1);
	if (!text_ok(string, word))
		return fail_set(fail, -EBADMSG, "'%s': expected %s", key,
				word ? "printable ASCII without spaces" : "no control characters");
	memcpy(out, string, strlen(string) + 1);
	return 0;
}

static int number(const json_t *value, const char *key, unsigned most, unsigned *out, struct fail *fail)
{
	if (!json_is_integer(value))
		return fail_set(fail, -EBADMSG, "'%s': expected an integer", key);
	if (json_integer_value(value) < 0 || json_integer_value(value) > (json_int_t)most)
		return fail_set(fail, -EBADMSG, "'%s': found %" JSON_INTEGER_FORMAT ", expected 0 to %u", key,
				json_integer_value(value), most);
	*out = (unsigned)json_integer_value(value);
	return 0;
}

static int choice(const json_t *value, const struct row *row, char *out, struct fail *fail)
{
	char word[32], list[128] = "";
	int err = text(value, row->key, true, word, sizeof(word), fail);

	if (err)
		return err;
	for (unsigned i = 0; row->names[i]; i++) {
		if (!strcmp(word, row->names[i])) {
			memcpy(out, row->size == sizeof(bool) ? (void *)&(bool){i} : (void *)&i, row->size);
			return 0;
		}
		strncat(list, i ? ", " : "", sizeof(list) - strlen(list) - 1);
		strncat(list, row->names[i], sizeof(list) - strlen(list) - 1);
	}
	return fail_set(fail, -EBADMSG, "'%s': found '%s', expected one of %s", row->key, word, list);
}

static int mac(const json_t *value, const char *key, struct mac *out, struct fail *fail)
{
	char word[MAC_TEXT];
	int err = text(value, key, true, word, sizeof(word), fail);

	if (err)
		return err;
	if (mac_parse(out, word) || mac_is_group(out))
		return fail_set(fail, -EBADMSG,
				"'mac': found '%s', expected a unicast MAC such as 02:00:00:00:00:01", word);
	return 0;
}

static int read_row(struct panel_msg *msg, const json_t *body, const struct row *row, struct fail *fail);

static int power(struct panel_msg *msg, const json_t *value, struct fail *fail)
{
	const struct row *known;
	int err;

	if (!json_is_object(value))
		return fail_set(fail, -EBADMSG, "'power': expected an object such as {\"kind\":\"ac\"}");
	err = read_row(msg, value, &power_rows[0], fail);
	known = msg->plug.power == PANEL_POWER_PD ? power_rows : other_power_rows;
	if (!err)
		err = only(value, known, fail);
	if (!err && known == power_rows)
		err = read_row(msg, value, &power_rows[1], fail);
	return err ? fail_prefix(fail, err, "power") : 0;
}

static int read_row(struct panel_msg *msg, const json_t *body, const struct row *row, struct fail *fail)
{
	const json_t *value = json_object_get(body, row->key);
	char *out = (char *)msg + row->offset;
	int err;

	if ((row->kind == OPTIONAL && !value) || (row->kind == PORT && json_is_null(value)))
		return 0;
	if (!value && row->kind != POWER)
		return fail_set(fail, -EBADMSG, "'%s' is missing", row->key);
	switch (row->kind) {
	case NUMBER: return number(value, row->key, row->most, (unsigned *)(void *)out, fail);
	case CHOICE: return choice(value, row, out, fail);
	case MAC: return mac(value, row->key, (struct mac *)(void *)out, fail);
	case POWER: return power(msg, value, fail);
	case WORD:
	case PORT:
	case INTERFACE:
	case PROSE:
	case OPTIONAL: break;
	}
	err = text(value, row->key, row->kind <= INTERFACE, out, row->size, fail);
	if (!err && row->kind == INTERFACE &&
	    (strpbrk(out, "/:%") || !strcmp(out, ".") || !strcmp(out, "..")))
		err = fail_set(fail, -EBADMSG, "'interface': found '%s', expected the name of an interface",
			       out);
	return err;
}

int panel_body_decode(struct panel_msg *msg, const json_t *body, struct fail *fail)
{
	int err = only(body, rows[msg->kind], fail);

	for (const struct row *row = rows[msg->kind]; row->key && !err; row++)
		err = read_row(msg, body, row, fail);
	return err;
}

/* --- encoding --- */

static json_t *encode(const struct panel_msg *msg, const struct row *row);

static json_t *encode_row(const struct panel_msg *msg, const struct row *row)
{
	const char *from = (const char *)msg + row->offset;
	char word[MAC_TEXT];
	unsigned index = 0;

	switch (row->kind) {
	case PORT:
		if (!*from)
			return json_null();
		return json_string(from);
	case WORD:
	case INTERFACE:
	case PROSE:
	case OPTIONAL: return json_string(from);
	case NUMBER: return json_integer(*(const unsigned *)(const void *)from);
	case CHOICE: memcpy(&index, from, row->size); return json_string(name_of(row->names, index));
	case MAC: mac_format((const struct mac *)(const void *)from, word); return json_string(word);
	case POWER: return encode(msg, msg->plug.power == PANEL_POWER_PD ? power_rows : other_power_rows);
	}
	return NULL;
}

static json_t *encode(const struct panel_msg *msg, const struct row *row)
{
	json_t *body = json_object();

	for (; row->key; row++)
		if (json_object_set_new(body, row->key, encode_row(msg, row))) {
			json_decref(body);
			return NULL;
		}
	return body;
}

json_t *panel_body_encode(const struct panel_msg *msg)
{
	return encode(msg, rows[msg->kind]);
}
