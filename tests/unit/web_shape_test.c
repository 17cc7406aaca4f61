/* What the web page receives: the board of a status object, and its changes as JSON merge patches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/json_text.h"
#include "phonelab/web/shape.h"

#define ONE "SEP001122AABB01"
#define TWO "SEP001122AABB02"

static json_t *steps(int done, const char *next)
{
	json_t *list = json_array();

	for (int n = 1; n <= 14; n++)
		json_array_append_new(list, n <= done ? json_pack("{s:i,s:s,s:i,s:s}", "n", n, "state",
								  "done", "ms", n * 10, "detail", "d")
						      : json_pack("{s:i,s:s,s:n,s:s}", "n", n, "state",
								  n == done + 1 ? next : "pending", "ms",
								  "detail", ""));
	return list;
}

static json_t *phone(const char *name, const char *state, int done, const char *next)
{
	return json_pack("{s:s,s:s,s:o,s:n,s:i}", "name", name, "state", state, "steps", steps(done, next),
			 "ipv4", "frames_not_sent", 3);
}

static json_t *status_of(json_t *one, json_t *two)
{
	return json_pack(
	    "{s:s,s:[o,o],s:[{s:s,s:{s:i},s:[{s:s,s:s,s:n}]}],s:[{s:s,s:s,s:[s,s]}],s:[{s:s,s:s,s:s}]}",
	    "lab", "x", "phones", one, two, "switches", "name", "sw1", "poe", "used_mw", 5, "ports", "name",
	    "Gi1/0/1", "link", "up", "nic", "cluster", "name", "cucm", "role", "publisher", "registered", ONE,
	    TWO, "services", "name", "dhcp", "address", "10.0.0.2", "state", "running");
}

static json_t *board_of(json_t *one, json_t *two)
{
	json_t *status = status_of(one, two), *board = web_shape(status);

	json_decref(status);
	assert_non_null(board);
	return board;
}

static json_t *phone_of(const json_t *board, const char *name)
{
	return json_object_get(json_object_get(board, "phones"), name);
}

static void assert_json(json_t *object, const char *expected)
{
	json_t *other = json_loads(expected, JSON_DECODE_ANY, NULL);

	assert_non_null(other);
	if (!json_equal(object, other))
		fail_msg("found %s, expected %s", json_dumps(object, JSON_ENCODE_ANY), expected);
	json_decref(other);
	json_decref(object);
}

static void test_board(void **state)
{
	json_t *board = board_of(phone(ONE, "registered", 14, ""), phone(TWO, "network", 3, "failed")), *one;

	(void)state;
	one = phone_of(board, ONE);
	assert_string_equal(json_text(one, "standing"), "registered");
	assert_string_equal(json_text(phone_of(board, TWO), "standing"), "failed");
	assert_null(json_object_get(one, "ipv4")); /* null would remove it from a merge patch */
	assert_null(json_object_get(one, "frames_not_sent"));
	assert_json(json_incref(json_object_get(json_object_get(one, "steps"), "4")), "[\"done\",40,\"d\"]");
	assert_json(json_incref(json_object_get(board, "switches")),
		    "{\"sw1\":{\"poe\":{\"used_mw\":5},\"ports\":{\"Gi1/0/1\":{\"link\":\"up\"}}}}");
	assert_json(json_incref(json_object_get(board, "cluster")),
		    "{\"cucm\":{\"role\":\"publisher\",\"registered\":2}}");
	assert_non_null(json_object_get(json_object_get(board, "servers"), "dhcp 10.0.0.2"));
	json_decref(board);
}

static void test_standing(void **state)
{
	static const struct {
		const char *state, *configuration, *standing;
		int done;
	} cases[] = {{"registered", "fetched", "registered", 14},
		     {"registered", "stored", "failed", 14},
		     {"partly registered", "fetched", "partly", 14},
		     {"claims-registered", "fetched", "busy", 14},
		     {"dark", NULL, "dark", 0},
		     {"provisioning", NULL, "busy", 5}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *one = phone(ONE, cases[i].state, cases[i].done, "active"), *board;

		if (cases[i].configuration)
			json_object_set_new(one, "configuration", json_string(cases[i].configuration));
		board = board_of(one, phone(TWO, "dark", 0, "pending"));
		assert_string_equal(json_text(phone_of(board, ONE), "standing"), cases[i].standing);
		json_decref(board);
	}
}

static void test_patch(void **state)
{
	json_t *before = board_of(phone(ONE, "registered", 14, ""), phone(TWO, "network", 3, "active"));
	json_t *after = board_of(phone(ONE, "registered", 14, ""), phone(TWO, "network", 4, "active"));

	(void)state;
	assert_null(web_patch(before, before));
	assert_json(web_patch(before, after),
		    "{\"phones\":{\"" TWO
		    "\":{\"steps\":{\"4\":[\"done\",40,\"d\"],\"5\":[\"active\",null,\"\"]}}}}");
	json_object_del(json_object_get(after, "phones"), ONE);
	json_object_set_new(after, "notes", json_pack("[s]", "x"));
	assert_json(
	    web_patch(before, after),
	    "{\"phones\":{\"" ONE "\":null,\"" TWO
	    "\":{\"steps\":{\"4\":[\"done\",40,\"d\"],\"5\":[\"active\",null,\"\"]}}},\"notes\":[\"x\"]}");
	json_decref(before);
	json_decref(after);
}

static json_t *after_event(const json_t *board, const char *text)
{
	json_t *event = json_loads(text, 0, NULL), *patch = web_shape_event(board, event);

	json_decref(event);
	return patch;
}

static void test_events(void **state)
{
	json_t *board = board_of(phone(ONE, "registered", 14, ""), phone(TWO, "network", 3, "active"));

	(void)state;
	assert_json(after_event(board, "{\"node\":\"" TWO
				       "\",\"event\":\"step.done\",\"step\":4,\"detail\":\"an address\"}"),
		    "{\"phones\":{\"" TWO "\":{\"steps\":{\"4\":[\"done\",null,\"an address\"]}}}}");
	assert_json(after_event(board, "{\"node\":\"" TWO
				       "\",\"event\":\"step.failed\",\"step\":4,\"detail\":\"no\"}"),
		    "{\"phones\":{\"" TWO
		    "\":{\"steps\":{\"4\":[\"failed\",null,\"no\"]},\"standing\":\"failed\"}}}");
	assert_null(after_event(board, "{\"node\":\"" TWO
				       "\",\"event\":\"step.active\",\"step\":4,\"detail\":\"\"}"));
	assert_null(
	    after_event(board, "{\"node\":\"" TWO "\",\"event\":\"step.done\",\"step\":15,\"detail\":\"\"}"));
	assert_null(
	    after_event(board, "{\"node\":\"" TWO "\",\"event\":\"step.done\",\"step\":0,\"detail\":\"\"}"));
	assert_null(
	    after_event(board, "{\"node\":\"" TWO "\",\"event\":\"step.other\",\"step\":4,\"detail\":\"\"}"));
	assert_null(
	    after_event(board, "{\"node\":\"sw1\",\"event\":\"step.done\",\"step\":4,\"detail\":\"\"}"));
	assert_null(after_event(board, "{\"node\":4,\"event\":[],\"step\":\"x\"}"));
	assert_null(after_event(NULL, "{\"node\":\"" TWO "\",\"event\":\"step.done\",\"step\":4}"));
	json_decref(board);
}

/* A status that lacks everything, or has other types, is an empty board. */
static void test_odd_status(void **state)
{
	static const char *const texts[] = {
	    "{}", "{\"phones\":3,\"switches\":{},\"cluster\":\"\",\"services\":null}",
	    "{\"phones\":[3,{}],\"switches\":[[]],\"cluster\":[null]}"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		json_t *status = json_loads(texts[i], 0, NULL), *board = web_shape(status);

		assert_true(json_is_object(json_object_get(board, "phones")));
		json_decref(board);
		json_decref(status);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_board),  cmocka_unit_test(test_standing),   cmocka_unit_test(test_patch),
	    cmocka_unit_test(test_events), cmocka_unit_test(test_odd_status),
	};

	return cmocka_run_group_tests_name("web_shape", tests, NULL, NULL);
}
