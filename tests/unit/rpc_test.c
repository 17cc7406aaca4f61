/* What a call manager's node answers: the result, and the devices that are registered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cucm/rpc.h"

static json_t *result_of(const char *text, int expected, struct fail *fail)
{
	json_t *result = NULL;

	*fail = (struct fail){0};
	assert_int_equal(cucm_rpc_result("rpc", "ul.dump", text, strlen(text), &result, fail), expected);
	assert_int_equal(fail->err, expected);
	assert_int_equal(!result, expected != 0);
	return result;
}

static void test_result(void **state)
{
	struct fail fail;
	json_t *result = result_of("{\"jsonrpc\":\"2.0\",\"result\":[1,2],\"id\":1}", 0, &fail);

	(void)state;
	assert_int_equal(json_array_size(result), 2);
	json_decref(result);
	result_of("", -EBADMSG, &fail);
	assert_string_equal(fail.text, "rpc: ul.dump: the answer is not JSON: empty");
	result_of("<html>", -EBADMSG, &fail);
	result_of("[]", -EPROTO, &fail);
	result_of("{\"result\":1,\"error\":{\"message\":\"no such table\"}}", -EPROTO, &fail);
	assert_string_equal(fail.text, "rpc: ul.dump: no such table");
}

#define PAGE(device, contact)                                                                                \
	"{\"name\":\"" device "\",\"value\":\"2001|10.0.0.5|5062|udp|" contact "|call|load\"}"

static void test_join(void **state)
{
	static const char text[] = "[{\"slot\":[" PAGE("SEP2", "sip:b@x") "," PAGE(
	    "SEP3", "sip:c@x") ",{\"name\":\"SEP4\"},7," PAGE("SEP1", "sip:a@x") "]}]";
	json_t *pages = json_loads(text, 0, NULL);
	json_t *dump = json_loads(
	    "{\"Domains\":[{\"Domain\":{\"AoRs\":[{\"Info\":{\"Contacts\":["
	    "{\"Contact\":{\"Address\":\"sip:b@x\",\"Expires\":60}},"
	    "{\"Contact\":{\"Address\":\"sip:a@x\",\"Expires\":90}},"
	    "{\"Contact\":{\"Address\":\"sip:c@x\",\"Expires\":\"expired\"}},{\"Contact\":1}]}}]}},null]}",
	    0, NULL);
	struct cucm_registration *list = NULL;
	struct fail fail = {0};
	size_t count = 7;

	(void)state;
	assert_non_null(dump);
	assert_non_null(pages);
	assert_int_equal(cucm_registrations_join(pages, dump, &list, &count, &fail), 0);
	assert_int_equal(count, 2);
	assert_string_equal(list[0].device, "SEP1");
	assert_int_equal(list[0].expires_s, 90);
	assert_string_equal(list[1].device, "SEP2");
	assert_int_equal(list[1].port, 5062);
	assert_string_equal(list[1].active_load, "load");
	assert_string_equal(list[1].user_agent, "");
	free(list);
	/* Answers without what is expected: no device. */
	assert_int_equal(cucm_registrations_join(dump, pages, &list, &count, &fail), 0);
	assert_int_equal(count, 0);
	assert_null(list);
	json_decref(pages);
	json_decref(dump);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_result),
	    cmocka_unit_test(test_join),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
