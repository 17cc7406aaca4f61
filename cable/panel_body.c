#include "cable/panel_body.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

static const char *const power_kinds[] = {
    [PANEL_POWER_NONE] = "none",
    [PANEL_POWER_AC] = "ac",
    [PANEL_POWER_PD] = "pd",
};

static const char *const power_states[] = {
    [PANEL_POWER_DETECTED] = "detected", [PANEL_POWER_GRANTED] = "granted",   [PANEL_POWER_DENIED] = "denied",
    [PANEL_POWER_OFF] = "off",		 [PANEL_POWER_ADJUSTED] = "adjusted",
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

const char *panel_power_kind_name(enum panel_power_kind kind)
{
	return (size_t)kind < COUNT(power_kinds) ? power_kinds[kind] : "?";
}

const char *panel_power_state_name(enum panel_power_state state)
{
	return (size_t)state < COUNT(power_states) ? power_states[state] : "?";
}

/* Refuse members that are not in the list (which ends with NULL). */
static int only(const json_t *body, const char *const known[], struct fail *fail)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)body, key, value) {
		size_t i = 0;

		while (known[i] && strcmp(known[i], key))
			i++;
		if (!known[i])
			return fail_set(fail, -EBADMSG, "unknown key '%.40s'", key);
	}
	return 0;
}

/* How strict a text is: a word has neither spaces nor anything that is not ASCII; prose may have both. */
enum text_kind {
	TEXT_WORD,
	TEXT_PROSE,
};

static bool text_ok(const char *text, enum text_kind kind)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < ' ' || c == 0x7f || (kind == TEXT_WORD && (c == ' ' || c > '~')))
			return false;
	}
	return true;
}

/* Copy the text under key; it must fit in size, and must not be empty when it is a word. */
static int text(const json_t *body, const char *key, enum text_kind kind, char *out, size_t size,
		struct fail *fail)
{
	const json_t *value = json_object_get(body, key);
	const char *string = json_string_value(value);

	if (!value)
		return fail_set(fail, -EBADMSG, "'%s' is missing", key);
	if (!string)
		return fail_set(fail, -EBADMSG, "'%s': expected a text", key);
	if (json_string_length(value) >= size || (kind == TEXT_WORD && !*string))
		return fail_set(fail, -EBADMSG, "'%s': found %zu octets, expected %d to %zu", key,
				json_string_length(value), kind == TEXT_WORD, size - 1);
	if (!text_ok(string, kind))
		return fail_set(fail, -EBADMSG, "'%s': expected %s", key,
				kind == TEXT_WORD ? "printable ASCII without spaces"
						  : "no control characters");
	memcpy(out, string, strlen(string) + 1);
	return 0;
}

/* An integer under key, from 0 to most. */
static int number(const json_t *body, const char *key, unsigned most, unsigned *out, struct fail *fail)
{
	const json_t *value = json_object_get(body, key);

	if (!value)
		return fail_set(fail, -EBADMSG, "'%s' is missing", key);
	if (!json_is_integer(value))
		return fail_set(fail, -EBADMSG, "'%s': expected an integer", key);
	if (json_integer_value(value) < 0 || json_integer_value(value) > (json_int_t)most)
		return fail_set(fail, -EBADMSG, "'%s': found %" JSON_INTEGER_FORMAT ", expected 0 to %u", key,
				json_integer_value(value), most);
	*out = (unsigned)json_integer_value(value);
	return 0;
}

/* One of the names of a table. */
static int one_of(const json_t *body, const char *key, const char *const names[], size_t count, unsigned *out,
		  struct fail *fail)
{
	char word[32], list[128] = "";
	int err = text(body, key, TEXT_WORD, word, sizeof(word), fail);

	if (err)
		return err;
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(word, names[i])) {
			*out = (unsigned)i;
			return 0;
		}
		strncat(list, i ? ", " : "", sizeof(list) - strlen(list) - 1);
		strncat(list, names[i], sizeof(list) - strlen(list) - 1);
	}
	return fail_set(fail, -EBADMSG, "'%s': found '%s', expected one of %s", key, word, list);
}

static int interface(const json_t *body, char out[IFNAMSIZ], struct fail *fail)
{
	int err = text(body, "interface", TEXT_WORD, out, IFNAMSIZ, fail);

	if (err)
		return err;
	if (strpbrk(out, "/:%") || !strcmp(out, ".") || !strcmp(out, ".."))
		return fail_set(fail, -EBADMSG, "'interface': found '%s', expected the name of an interface",
				out);
	return 0;
}

static int plug_power(struct panel_plug *plug, const json_t *power, struct fail *fail)
{
	static const char *const of_pd[] = {"kind", "class", NULL}, *const of_others[] = {"kind", NULL};
	unsigned kind = 0;
	int err;

	if (!json_is_object(power))
		return fail_set(fail, -EBADMSG, "'power': expected an object such as {\"kind\":\"ac\"}");
	err = one_of(power, "kind", power_kinds, COUNT(power_kinds), &kind, fail);
	plug->power = (enum panel_power_kind)kind;
	if (!err)
		err = only(power, plug->power == PANEL_POWER_PD ? of_pd : of_others, fail);
	if (!err && plug->power == PANEL_POWER_PD)
		err = number(power, "class", 4, &plug->power_class, fail);
	return err ? fail_prefix(fail, err, "power") : 0;
}

int panel_decode_plug(struct panel_msg *msg, const json_t *body, struct fail *fail)
{
	static const char *const known[] = {"node", "port", "interface", "mac", "power", NULL};
	struct panel_plug *plug = &msg->plug;
	const json_t *port = json_object_get(body, "port");
	char mac[MAC_TEXT];
	int err = only(body, known, fail);

	if (!err)
		err = text(body, "node", TEXT_WORD, plug->node, sizeof(plug->node), fail);
	if (!err && !json_is_null(port))
		err = text(body, "port", TEXT_WORD, plug->port, sizeof(plug->port), fail);
	if (!err)
		err = interface(body, plug->interface, fail);
	if (!err)
		err = text(body, "mac", TEXT_WORD, mac, sizeof(mac), fail);
	if (err)
		return err;
	if (mac_parse(&plug->mac, mac) || mac_is_group(&plug->mac))
		return fail_set(fail, -EBADMSG,
				"'mac': found '%s', expected a unicast MAC such as 02:00:00:00:00:01", mac);
	return plug_power(plug, json_object_get(body, "power"), fail);
}

json_t *panel_encode_plug(const struct panel_msg *msg)
{
	const struct panel_plug *plug = &msg->plug;
	char mac[MAC_TEXT];
	json_t *power;

	if ((size_t)plug->power >= COUNT(power_kinds))
		return NULL;
	mac_format(&plug->mac, mac);
	power = plug->power == PANEL_POWER_PD
		    ? json_pack("{s:s,s:i}", "kind", "pd", "class", (int)plug->power_class)
		    : json_pack("{s:s}", "kind", power_kinds[plug->power]);
	return json_pack("{s:s,s:s?,s:s,s:s,s:o}", "node", plug->node, "port",
			 *plug->port ? plug->port : NULL, "interface", plug->interface, "mac", mac, "power",
			 power);
}

int panel_decode_draw(struct panel_msg *msg, const json_t *body, struct fail *fail)
{
	static const char *const known[] = {"mw", NULL};
	int err = only(body, known, fail);

	return err ? err : number(body, "mw", PANEL_MW_MAX, &msg->draw_mw, fail);
}

json_t *panel_encode_draw(const struct panel_msg *msg)
{
	return json_pack("{s:I}", "mw", (json_int_t)msg->draw_mw);
}

int panel_decode_plugged(struct panel_msg *msg, const json_t *body, struct fail *fail)
{
	static const char *const known[] = {"port", "switch", "interface", NULL};
	struct panel_plugged *plugged = &msg->plugged;
	int err = only(body, known, fail);

	if (!err)
		err = text(body, "port", TEXT_WORD, plugged->port, sizeof(plugged->port), fail);
	if (!err)
		err =
		    text(body, "switch", TEXT_WORD, plugged->switch_name, sizeof(plugged->switch_name), fail);
	return err ? err : interface(body, plugged->interface, fail);
}

json_t *panel_encode_plugged(const struct panel_msg *msg)
{
	return json_pack("{s:s,s:s,s:s}", "port", msg->plugged.port, "switch", msg->plugged.switch_name,
			 "interface", msg->plugged.interface);
}

int panel_decode_refused(struct panel_msg *msg, const json_t *body, struct fail *fail)
{
	static const char *const known[] = {"code", "reason", NULL};
	int err = only(body, known, fail);

	if (!err)
		err = text(body, "code", TEXT_WORD, msg->refused.code, sizeof(msg->refused.code), fail);
	return err ? err
		   : text(body, "reason", TEXT_PROSE, msg->refused.reason, sizeof(msg->refused.reason), fail);
}

json_t *panel_encode_refused(const struct panel_msg *msg)
{
	return json_pack("{s:s,s:s}", "code", msg->refused.code, "reason", msg->refused.reason);
}

int panel_decode_power(struct panel_msg *msg, const json_t *body, struct fail *fail)
{
	static const char *const known[] = {"state", "mw", "reason", NULL};
	unsigned state = 0;
	int err = only(body, known, fail);

	if (!err)
		err = one_of(body, "state", power_states, COUNT(power_states), &state, fail);
	msg->power.state = (enum panel_power_state)state;
	if (!err)
		err = number(body, "mw", PANEL_MW_MAX, &msg->power.mw, fail);
	if (!err && json_object_get(body, "reason"))
		err = text(body, "reason", TEXT_PROSE, msg->power.reason, sizeof(msg->power.reason), fail);
	return err;
}

json_t *panel_encode_power(const struct panel_msg *msg)
{
	if ((size_t)msg->power.state >= COUNT(power_states))
		return NULL;
	return json_pack("{s:s,s:I,s:s}", "state", power_states[msg->power.state], "mw",
			 (json_int_t)msg->power.mw, "reason", msg->power.reason);
}

int panel_decode_link(struct panel_msg *msg, const json_t *body, struct fail *fail)
{
	static const char *const known[] = {"state", NULL}, *const states[] = {"down", "up"};
	unsigned state = 0;
	int err = only(body, known, fail);

	if (!err)
		err = one_of(body, "state", states, COUNT(states), &state, fail);
	msg->link_up = state == 1;
	return err;
}

json_t *panel_encode_link(const struct panel_msg *msg)
{
	return json_pack("{s:s}", "state", msg->link_up ? "up" : "down");
}
