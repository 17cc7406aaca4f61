/* What an output can show, by the environment; the present state as events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "phonelab/client/initial.h"
#include "phonelab/client/terminal.h"

static void set(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

static void test_abilities(void **state)
{
	static const struct {
		const char *term, *no_color, *lc_all, *lc_ctype, *lang;
		bool terminal, redraw, colour, utf8;
	} rows[] = {
	    {"xterm", NULL, NULL, NULL, "C.UTF-8", true, true, true, true},
	    {"xterm", "1", NULL, NULL, "de_DE.utf8", true, true, false, true},
	    {"xterm", "", "C", NULL, "C.UTF-8", true, true, true, false},
	    {"xterm", NULL, "", "C", "C.UTF-8", true, true, true, false},
	    {"xterm", NULL, NULL, "en_US.UTF-8", "C", true, true, true, true},
	    {"dumb", NULL, NULL, NULL, "C.UTF-8", true, false, false, true},
	    {NULL, NULL, NULL, NULL, NULL, true, false, false, false},
	    {"xterm", NULL, NULL, NULL, "C.UTF-8", false, false, false, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct terminal_abilities found;

		set("TERM", rows[i].term);
		set("NO_COLOR", rows[i].no_color);
		set("LC_ALL", rows[i].lc_all);
		set("LC_CTYPE", rows[i].lc_ctype);
		set("LANG", rows[i].lang);
		found = terminal_abilities(rows[i].terminal);
		assert_int_equal(found.redraw, rows[i].redraw);
		assert_int_equal(found.colour, rows[i].colour);
		assert_int_equal(found.utf8, rows[i].utf8);
	}
}

static void test_columns(void **state)
{
	(void)state;
	assert_int_equal(utf8_columns('a'), 1);
	assert_int_equal(utf8_columns(0xfc), 1);
	assert_int_equal(utf8_columns(0x0301), 0);
	assert_int_equal(utf8_columns(0x6f22), 2);
	assert_int_equal(utf8_columns(0x1f4de), 2);
}

static void test_initial(void **state)
{
	json_t *status = json_loads(
	    "{\"phones\":[{\"name\":\"P1\",\"state\":\"registered\",\"directory_number\":\"1\","
	    "\"registered_with\":\"cm\",\"steps\":[{\"n\":1,\"state\":\"done\",\"detail\":\"d\",\"ms\":7},{"
	    "\"n\":2,"
	    "\"state\":\"pending\"}]}],\"switches\":[{\"name\":\"sw1\",\"ports\":[{\"name\":\"Gi1/0/1\","
	    "\"link\":\"up\",\"device\":\"P1\"},{\"name\":\"Gi1/0/2\",\"link\":\"down\"}]}],\"services\":[{"
	    "\"name\":\"dhcp\",\"node\":\"dhcp\",\"state\":\"running\"}]}",
	    0, NULL);
	json_t *faults = json_loads("{\"faults\":[{\"number\":3,\"id\":\"x\",\"title\":\"t\"}]}", 0, NULL);
	static const char *const want[] = {"link.up",	"service.state",    "fault.applied",
					   "step.done", "phone.registered", "lab.initial"};
	json_t *events = initial_events(status, faults, 5), *event;
	size_t i;

	(void)state;
	assert_int_equal(json_array_size(events), sizeof(want) / sizeof(want[0]));
	json_array_foreach (events, i, event) {
		assert_string_equal(json_string_value(json_object_get(event, "event")), want[i]);
		assert_true(json_is_true(json_object_get(event, "initial")));
		assert_int_equal(json_integer_value(json_object_get(event, "t")), 5);
	}
	json_decref(events);
	events = initial_events(NULL, NULL, 5);
	assert_int_equal(json_array_size(events), 1);
	json_decref(events);
	json_decref(faults);
	json_decref(status);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_abilities),
	    cmocka_unit_test(test_columns),
	    cmocka_unit_test(test_initial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
