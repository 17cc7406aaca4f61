#include "switch-sim/core/impair.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "base/json_config.h"
#include "wire/lldp_tlv.h"

/* The action of a rule: an object of one member, whose value holds its parameters. */

#define MS	UINT64_C(1000)
#define TIME_MS (3600 * 1000)

const char *const impair_action_words[IMPAIR_ACTIONS + 1] = {
    "drop",	  "delay",	"duplicate",	     "reorder",		"truncate",
    "corrupt",	  "rate",	"strip_dhcp_option", "set_dhcp_option", "voice_vlan",
    "remove_tlv", "tftp_error", "set_vlan",	     "strip_vlan",	"flap",
    NULL,
};

/* The parameters of all actions. */
struct answers {
	int64_t ms, jitter_ms, copies, after, length, bits;
	int64_t kbps, burst, queue_ms, code, vlan, priority, type, oui, subtype, down_ms, up_ms;
	bool mend, tagged;
	int protocol;
	char *text, *hex, *message;
	struct config_list addresses;
};

#define NUMBER(key, least, most, must, member)                                                               \
	CONFIG_ROW(key, INTEGER, struct answers, member, .required = must, .min = least, .max = most)
static const char *const protocols[] = {"cdp", "lldp", NULL};
static const struct config_key address_key = {.type = CONFIG_IPV4};

static const struct config_key none[] = {{0}};
static const struct config_key delay[] = {
    NUMBER("ms", 0, TIME_MS, true, ms), NUMBER("jitter_ms", 0, TIME_MS, false, jitter_ms), {0}};
static const struct config_key duplicate[] = {NUMBER("copies", 1, 100, false, copies), {0}};
static const struct config_key reorder[] = {
    NUMBER("after", 1, 1000, false, after), NUMBER("ms", 1, TIME_MS, false, ms), {0}};
static const struct config_key truncate_keys[] = {NUMBER("length", ETHER_HEADER, IMPAIR_FRAME, true, length),
						  {0}};
static const struct config_key corrupt[] = {
    NUMBER("bits", 1, 64, false, bits), CONFIG_ROW("mend", BOOL, struct answers, mend), {0}};
static const struct config_key rate[] = {NUMBER("kbps", 1, 10000000, true, kbps),
					 NUMBER("burst", 1, 10000000, false, burst),
					 NUMBER("queue_ms", 0, TIME_MS, false, queue_ms),
					 {0}};
static const struct config_key strip_option[] = {NUMBER("code", 1, 254, true, code), {0}};
static const struct config_key set_option[] = {
    NUMBER("code", 1, 254, true, code),
    CONFIG_ROW("text", STRING, struct answers, text, .min = 1, .max = 255),
    CONFIG_ROW("hex", STRING, struct answers, hex, .min = 2, .max = 510),
    CONFIG_ROW("addresses", LIST, struct answers, addresses, .min = 1, .max = 63, .element = &address_key,
	       .element_size = sizeof(struct in_addr)),
    {0}};
static const struct config_key voice_vlan[] = {
    NUMBER("vlan", 0, 4095, true, vlan), CONFIG_ROW("tagged", BOOL, struct answers, tagged), {0}};
static const struct config_key remove_tlv[] = {
    CONFIG_ROW("protocol", CHOICE, struct answers, protocol, .required = true, .choices = protocols),
    NUMBER("type", 1, 65535, true, type),
    NUMBER("oui", 0, 0xffffff, false, oui),
    NUMBER("subtype", 0, 255, false, subtype),
    {0}};
static const struct config_key tftp_error[] = {
    NUMBER("code", 0, 65535, true, code),
    CONFIG_ROW("message", STRING, struct answers, message, .min = 1, .max = 127),
    {0}};
static const struct config_key set_vlan[] = {
    NUMBER("vlan", 0, 4095, true, vlan), NUMBER("priority", 0, 7, false, priority), {0}};
static const struct config_key flap[] = {
    NUMBER("down_ms", 1, TIME_MS, true, down_ms), NUMBER("up_ms", 1, TIME_MS, true, up_ms), {0}};

static const struct config_key *const tables[IMPAIR_ACTIONS] = {
    none,	delay,	    duplicate,	reorder,    truncate_keys, corrupt, rate, strip_option,
    set_option, voice_vlan, remove_tlv, tftp_error, set_vlan,	   none,    flap,
};

static int nibble(char c)
{
	const char *digits = "0123456789abcdef", *found = c ? strchr(digits, c | 0x20) : NULL;

	return found && c >= '0' ? (int)(found - digits) : -1;
}

static int read_hex(struct impair_parameters *p, const char *hex, struct fail *fail)
{
	size_t length = strlen(hex);

	for (size_t i = 0; i < length; i += 2) {
		int high = nibble(hex[i]), low = nibble(hex[i + 1]);

		if (high < 0 || low < 0)
			return fail_set(
			    fail, -EINVAL,
			    "rule: action.set_dhcp_option.hex: found \"%.40s\", expected pairs of "
			    "hexadecimal digits",
			    hex);
		p->value[p->value_length++] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

static int read_value(struct impair_parameters *p, const struct answers *a, struct fail *fail)
{
	unsigned found = (a->text != NULL) + (a->hex != NULL) + (a->addresses.count > 0);

	if (found != 1)
		return fail_set(
		    fail, -EINVAL,
		    "rule: action.set_dhcp_option: found %u values, expected one of text, hex and addresses",
		    found);
	if (a->hex)
		return read_hex(p, a->hex, fail);
	p->value_length = a->text ? strlen(a->text) : a->addresses.count * 4;
	memcpy(p->value, a->text ? (const void *)a->text : a->addresses.items, p->value_length);
	return 0;
}

static int check_tlv(const struct answers *a, struct fail *fail)
{
	bool organisation = a->type == LLDP_TYPE_ORGANISATION;

	if (!a->protocol) {
		if (a->oui >= 0 || a->subtype >= 0)
			return fail_set(fail, -EINVAL, "rule: action.remove_tlv: CDP has no oui and subtype");
		return 0;
	}
	if (a->type > LLDP_TYPE_ORGANISATION)
		return fail_set(fail, -EINVAL,
				"rule: action.remove_tlv.type: found %lld, expected an integer from 1 to 127",
				(long long)a->type);
	if (organisation != (a->oui >= 0) || organisation != (a->subtype >= 0))
		return fail_set(
		    fail, -EINVAL,
		    "rule: action.remove_tlv: oui and subtype belong to LLDP's type 127, and only there");
	return 0;
}

static int take_over(struct impair_rule *rule, const struct answers *a, struct fail *fail)
{
	struct impair_parameters *p = &rule->parameters;

	p->delay_us = (uint64_t)a->ms * MS;
	p->jitter_us = (uint64_t)a->jitter_ms * MS;
	p->copies = (unsigned)a->copies;
	p->behind = (unsigned)a->after;
	p->length = (size_t)a->length;
	p->bits = (unsigned)a->bits;
	p->mend = a->mend;
	p->kbps = (uint64_t)a->kbps;
	p->burst = (uint64_t)a->burst;
	p->queue_us = (uint64_t)a->queue_ms * MS;
	p->code = (uint8_t)a->code;
	p->lldp = a->protocol == 1;
	p->type = (uint16_t)a->type;
	p->oui = (uint32_t)(a->oui < 0 ? 0 : a->oui);
	p->subtype = (uint8_t)(a->subtype < 0 ? 0 : a->subtype);
	p->vlan = (uint16_t)a->vlan;
	p->tagged = a->tagged;
	p->priority = (int)a->priority;
	p->error = (uint16_t)a->code;
	snprintf(p->message, sizeof(p->message), "%s", a->message ? a->message : "");
	p->down_us = (uint64_t)a->down_ms * MS;
	p->up_us = (uint64_t)a->up_ms * MS;
	if (rule->action == IMPAIR_SET_DHCP_OPTION)
		return read_value(p, a, fail);
	return rule->action == IMPAIR_REMOVE_TLV ? check_tlv(a, fail) : 0;
}

static int wrong_action(const char *found, struct fail *fail)
{
	const char *near = nearest_of(found, impair_action_words);
	char list[256] = "";

	for (unsigned i = 0; i < IMPAIR_ACTIONS; i++) {
		size_t used = strlen(list);

		snprintf(list + used, sizeof(list) - used, "%s%s", i ? ", " : "", impair_action_words[i]);
	}
	if (near)
		return fail_set(fail, -EINVAL, "rule: action.%.40s: unknown key; did you mean \"%s\"?", found,
				near);
	return fail_set(fail, -EINVAL, "rule: action: found \"%.40s\", expected one of %s", found, list);
}

int impair_action_read(const json_t *json, struct impair_rule *rule, struct fail *fail)
{
	/* The defaults; burst is one full frame. */
	struct answers answers = {.ms = 100,
				  .copies = 1,
				  .after = 1,
				  .bits = 1,
				  .burst = ETHER_FRAME_MAX,
				  .priority = -1,
				  .oui = -1,
				  .subtype = -1,
				  .tagged = true};
	void *only = json_object_iter((json_t *)json);
	char where[64];
	unsigned action = 0;
	int err;

	if (!json_is_object(json) || json_object_size(json) != 1)
		return fail_set(fail, -EINVAL,
				"rule: action: expected an object of one member, such as {\"drop\":{}}");
	while (action < IMPAIR_ACTIONS && strcmp(impair_action_words[action], json_object_iter_key(only)))
		action++;
	if (action == IMPAIR_ACTIONS)
		return wrong_action(json_object_iter_key(only), fail);
	rule->action = (enum impair_action)action;
	snprintf(where, sizeof(where), "rule: action.%s", impair_action_words[action]);
	err = json_config_object(json_object_iter_value(only), where, tables[action], &answers, fail);
	if (err)
		return err;
	err = take_over(rule, &answers, fail);
	json_config_free(tables[action], &answers);
	return err;
}
