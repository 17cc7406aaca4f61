/* The settings of a device: from a request to a struct, to the record on the disk, and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "phonelab/lab/plan.h"
#include "phonelab/topology/device.h"

/* A request, and the record that it becomes; NULL: what its rejection says. */
static const struct {
	const char *request, *record, *wrong;
} cases[] = {
    {"{}", "{}", NULL},
    {"{\"line\":[\"2901\",\"2951\"],\"label\":\"a: \\\"b\\\" #c\"}",
     "{\"line\":[\"2901\",\"2951\"],\"label\":\"a: \\\"b\\\" #c\"}", NULL},
    {"{\"line\":2901}", "{\"line\":[\"2901\"]}", NULL},
    {"{\"softkeys\":\"off\",\"dial_rules\":true,\"locale\":\"none\",\"transport\":\"udp\"}",
     "{\"softkeys\":false,\"dial_rules\":true,\"locale\":\"none\",\"transport\":\"udp\"}", NULL},
    {"{\"label\":\"\\u00e4\\u0001\"}", NULL, "label"},
    {"{\"lable\":\"x\"}", NULL, "expected \"label\""},
    {"{\"line\":\"12a\"}", NULL, "line"},
    {"{\"locale\":\"frnch\"}", NULL, "did you mean \"french\"?"},
    {"{\"label\":{\"a\":1}}", NULL, "label"},
    {"{\"description\":\"\"}", NULL, "description"},
    {"[]", NULL, "a map"},
};

static void requests_become_records(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *request = json_loads(cases[i].request, 0, NULL), *wanted, *record, *again;
		struct topology_device device, recalled;
		struct arena arena = {0};
		struct fail fail = {0};

		assert_non_null(request);
		if (topology_device_read(request, &arena, &device, &fail)) {
			if (!cases[i].wrong || !strstr(fail.text, cases[i].wrong))
				fail_msg("%s: %s", cases[i].request, fail.text);
			assert_int_equal(fail.err, -EINVAL);
		} else {
			assert_null(cases[i].wrong);
			wanted = json_loads(cases[i].record, 0, NULL);
			record = topology_device_json(&device);
			assert_true(json_equal(record, wanted));
			topology_device_recall(record, &arena, &recalled);
			again = topology_device_json(&recalled);
			assert_true(json_equal(again, wanted));
			json_decref(again);
			json_decref(record);
			json_decref(wanted);
		}
		json_decref(request);
		arena_free(&arena);
	}
}

/* What is not set stays; lines that are new have the credentials of the first. */
static void settings_change_a_device(void **state)
{
	struct cucm_line lines[] = {
	    {.number = "2001", .label = "Desk", .auth_name = "u", .auth_password = "p"}};
	struct cucm_device device = {.model = "7841", .load = "load", .lines = lines, .line_count = 1};
	json_t *object = json_pack("{s:[s,s],s:s}", "line", "2901", "2951", "description", "Lobby");
	struct topology topology = {0};
	struct topology_device set;
	struct arena arena = {0};
	struct fail fail = {0};

	(void)state;
	assert_int_equal(topology_device_read(object, &arena, &set, &fail), 0);
	plan_set_device(&arena, &topology, &device, &set);
	assert_int_equal(device.line_count, 2);
	assert_string_equal(device.lines[0].number, "2901");
	assert_string_equal(device.lines[0].label, "Desk");
	assert_string_equal(device.lines[1].number, "2951");
	assert_null(device.lines[1].label);
	assert_string_equal(device.lines[1].auth_name, "u");
	assert_string_equal(device.lines[1].auth_password, "p");
	assert_string_equal(device.description, "Lobby");
	assert_string_equal(device.load, "load");
	assert_false(device.absent);
	/* The lines of the plan that it was made from are as before. */
	assert_string_equal(lines[0].number, "2001");
	json_decref(object);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(requests_become_records),
	    cmocka_unit_test(settings_change_a_device),
	};

	return cmocka_run_group_tests_name("device-keys", tests, NULL, NULL);
}
