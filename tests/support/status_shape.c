#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tests/support/lab.h"
#include "tests/support/status_shape.h"

enum { TEXT = 1, NUMBER = 2, LIST = 4, OBJECT = 8, NONE = 16 };

struct key {
	const char *name;
	int kinds; /* any of these */
};

static const struct key lab_keys[] = {{"lab", TEXT},	 {"phones", LIST},	  {"switches", LIST},
				      {"cluster", LIST}, {"events_lost", NUMBER}, {0}};
static const struct key phone_keys[] = {{"name", TEXT},
					{"state", TEXT},
					{"step", NUMBER},
					{"steps", LIST},
					{"ipv4", TEXT | NONE},
					{"voice_vlan", NUMBER | NONE},
					{"directory_number", TEXT | NONE},
					{"registered_lines", LIST},
					{"registered_with", TEXT | NONE},
					{"configuration", TEXT | NONE},
					{"active_load", TEXT},
					{"inactive_load", TEXT},
					{"download_status", TEXT},
					{0}};
static const struct key step_keys[] = {{"n", NUMBER},	      {"name", TEXT},	{"state", TEXT},
				       {"ms", NUMBER | NONE}, {"detail", TEXT}, {0}};
static const struct key switch_keys[] = {{"name", TEXT}, {"poe", OBJECT}, {"ports", LIST}, {0}};
static const struct key poe_keys[] = {{"budget_mw", NUMBER}, {"used_mw", NUMBER}, {0}};
static const struct key port_keys[] = {{"name", TEXT},
				       {"link", TEXT},
				       {"vlan", NUMBER},
				       {"voice_vlan", NUMBER | NONE},
				       {"neighbor", TEXT | NONE},
				       {"poe_state", TEXT | NONE},
				       {"poe_class", NUMBER | NONE},
				       {"poe_mw", NUMBER},
				       {0}};
static const struct key node_keys[] = {
    {"name", TEXT}, {"role", TEXT}, {"address", TEXT}, {"registered", LIST}, {0}};

static const char *const step_names[14] = {"power",    "boot",	 "voice-vlan", "dhcp",	     "ctl",
					   "itl",      "config", "firmware",   "dial-rules", "cm-connect",
					   "register", "locale", "softkeys",   "ringtones"};

static int kind_of(const json_t *value)
{
	if (json_is_string(value))
		return TEXT;
	if (json_is_integer(value))
		return NUMBER;
	if (json_is_array(value))
		return LIST;
	if (json_is_object(value))
		return OBJECT;
	return json_is_null(value) ? NONE : 0;
}

static void has_keys(const char *what, const json_t *object, const struct key *keys)
{
	if (!json_is_object(object))
		fail_msg("%s is not an object", what);
	for (; keys->name; keys++) {
		const json_t *value = json_object_get(object, keys->name);
		if (!value)
			fail_msg("%s has no \"%s\"", what, keys->name);
		if (!(kind_of(value) & keys->kinds))
			fail_msg("%s: \"%s\" is of another type", what, keys->name);
	}
}

static void one_of(const char *what, const char *text, const char *const words[])
{
	for (int i = 0; words[i]; i++)
		if (!strcmp(words[i], text))
			return;
	fail_msg("%s is \"%s\"", what, text);
}
#define ONE_OF(what, text, ...) one_of(what, text, (const char *const[]){__VA_ARGS__, NULL})

static void phone_has_its_shape(json_t *phone)
{
	json_t *steps = json_object_get(phone, "steps"), *step;
	const char *name = member(phone, "name");
	int last_done = 0;
	size_t i;

	has_keys("a phone", phone, phone_keys);
	assert_int_equal(strlen(name), 15);
	assert_int_equal(strncmp(name, "SEP", 3), 0);
	assert_int_equal(strspn(name + 3, "0123456789ABCDEF"), 12);
	if (json_is_string(json_object_get(phone, "configuration")))
		ONE_OF("configuration", member(phone, "configuration"), "fetched", "stored", "default");
	assert_int_equal(json_array_size(steps), 14);
	json_array_foreach (steps, i, step) {
		const char *state = member(step, "state");

		has_keys("a step", step, step_keys);
		assert_int_equal(member_int(step, "n"), i + 1);
		assert_string_equal(member(step, "name"), step_names[i]);
		ONE_OF("a step's state", state, "pending", "active", "done", "skipped", "failed");
		if (!strcmp(state, "pending"))
			assert_true(json_is_null(json_object_get(step, "ms")));
		else
			assert_true(member_int(step, "ms") >= 0);
		if ((!strcmp(state, "done") || !strcmp(state, "skipped")) && last_done == (int)i)
			last_done = (int)i + 1;
	}
	/* The last step that was completed: all before it are. */
	assert_int_equal(member_int(phone, "step"), last_done);
}

void status_shape_check(json_t *status)
{
	json_t *object, *port;
	size_t i, j;

	has_keys("status", status, lab_keys);
	json_array_foreach (json_object_get(status, "phones"), i, object)
		phone_has_its_shape(object);
	json_array_foreach (json_object_get(status, "switches"), i, object) {
		has_keys("a switch", object, switch_keys);
		has_keys("poe", json_object_get(object, "poe"), poe_keys);
		assert_true(json_array_size(json_object_get(object, "ports")) >= 48);
		json_array_foreach (json_object_get(object, "ports"), j, port) {
			has_keys("a port", port, port_keys);
			ONE_OF("link", member(port, "link"), "up", "down");
			if (json_is_string(json_object_get(port, "poe_state")))
				ONE_OF("poe_state", member(port, "poe_state"), "off", "on", "denied",
				       "faulty");
		}
	}
	json_array_foreach (json_object_get(status, "cluster"), i, object) {
		has_keys("a node", object, node_keys);
		ONE_OF("role", member(object, "role"), "publisher", "subscriber");
		json_array_foreach (json_object_get(object, "registered"), j, port)
			assert_true(json_is_string(port));
	}
}
