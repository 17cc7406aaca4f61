/* The Model Context Protocol without a lab: which message has which reply. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json_text.h"
#include "base/rng.h"
#include "phonelab/mcp/mcp.h"

static const struct lab no_lab = {.name = "no-such-lab"};
static struct mcp mcp = {.lab = &no_lab};

static json_t *reply_to(const char *message)
{
	return mcp_reply(&mcp, message, strlen(message));
}

/* The code of the error in the reply; 0: a result; 1: no reply. */
static int code_of(const char *message)
{
	json_t *reply = reply_to(message);
	int code = !reply ? 1 : (int)json_int(json_object_get(reply, "error"), "code");

	if (reply) {
		assert_string_equal(json_text(reply, "jsonrpc"), "2.0");
		assert_non_null(json_object_get(reply, "id"));
		assert_int_equal(!json_object_get(reply, "result"), code != 0);
	}
	json_decref(reply);
	return code;
}

static void test_errors_have_the_codes_of_json_rpc(void **state)
{
	static const struct {
		const char *message;
		int code;
	} rows[] = {
	    {"", MCP_PARSE_ERROR},
	    {"{", MCP_PARSE_ERROR},
	    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"", MCP_PARSE_ERROR},
	    {"\xff\xfe", MCP_PARSE_ERROR},
	    {"{\"a\":\"\\u0000\"}", MCP_PARSE_ERROR},
	    {"7", MCP_PARSE_ERROR},
	    {"{}", MCP_INVALID_REQUEST},
	    {"[]", MCP_INVALID_REQUEST},
	    {"{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}", MCP_INVALID_REQUEST},
	    {"{\"jsonrpc\":\"2.0\",\"id\":1}", MCP_INVALID_REQUEST},
	    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":5}", MCP_INVALID_REQUEST},
	    {"{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}", MCP_INVALID_REQUEST},
	    {"{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"ping\"}", MCP_INVALID_REQUEST},
	    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"why\"}", MCP_METHOD_NOT_FOUND},
	    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\"}", MCP_METHOD_NOT_FOUND},
	    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":[1]}", MCP_INVALID_PARAMS},
	    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\"}", MCP_INVALID_PARAMS},
	    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{\"cursor\":\"x\"}}",
	     MCP_INVALID_PARAMS},
	    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{}}", MCP_INVALID_PARAMS},
	    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"why\"}}",
	     MCP_INVALID_PARAMS},
	    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"status\","
	     "\"arguments\":[]}}",
	     MCP_INVALID_PARAMS},
	    {"{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"ping\"}", 0},
	    {"{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"ping\",\"params\":{\"_meta\":{}}}", 0},
	    {"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}", 1},
	    {"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/of/no/kind\"}", 1},
	    {"{\"jsonrpc\":\"2.0\",\"method\":\"tools/call\",\"params\":{\"name\":\"status\"}}", 1},
	    {"{\"jsonrpc\":\"2.0\",\"id\":9,\"result\":{}}", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (code_of(rows[i].message) != rows[i].code)
			fail_msg("%s: code %d", rows[i].message, code_of(rows[i].message));
}

static void test_a_long_message_is_a_parse_error(void **state)
{
	size_t length = MCP_LINE + 1;
	char *message = malloc(length + 1);
	json_t *reply;

	(void)state;
	memset(message, ' ', length);
	memcpy(message, "{}", 2);
	message[length] = 0;
	reply = mcp_reply(&mcp, message, length);
	assert_int_equal(json_int(json_object_get(reply, "error"), "code"), MCP_PARSE_ERROR);
	json_decref(reply);
	free(message);
}

static void version_is(const char *asked, const char *expected)
{
	char message[200];
	json_t *reply;

	snprintf(message, sizeof(message),
		 "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"%"
		 "s\"}}",
		 asked);
	reply = reply_to(message);
	assert_string_equal(json_text(json_object_get(reply, "result"), "protocolVersion"), expected);
	json_decref(reply);
}

static void test_the_version_of_the_client_is_used_if_it_is_known(void **state)
{
	(void)state;
	version_is("2024-11-05", "2024-11-05");
	version_is("2025-03-26", "2025-03-26");
	version_is("2025-06-18", "2025-06-18");
	version_is("2030-01-01", "2025-06-18");
	version_is("", "2025-06-18");
}

static void test_a_batch_has_a_reply_for_each_request(void **state)
{
	json_t *reply = reply_to("[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"},5,"
				 "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}]");

	(void)state;
	assert_int_equal(json_array_size(reply), 2);
	assert_int_equal(json_int(json_array_get(reply, 0), "id"), 1);
	json_decref(reply);
	assert_null(reply_to("[{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}]"));
}

/* No tool gives an exercise away. */
static void test_the_tools(void **state)
{
	static const char *const expected[] = {"ticket",  "status",   "show",	 "configure", "exec",
					       "service", "messages", "console", "capture",   "decode",
					       "plug",	  "unplug",   "reset",	 "hint",      "check"};
	json_t *tools = mcp_tools(), *tool;
	size_t i;

	(void)state;
	assert_int_equal(json_array_size(tools), sizeof(expected) / sizeof(expected[0]));
	json_array_foreach (tools, i, tool) {
		const json_t *schema = json_object_get(tool, "inputSchema");

		assert_string_equal(json_text(tool, "name"), expected[i]);
		assert_string_equal(json_text(schema, "type"), "object");
		assert_true(json_is_object(json_object_get(schema, "properties")));
		assert_true(json_is_array(json_object_get(schema, "required")));
	}
	json_decref(tools);
}

/* A wrong argument is the result of the tool, so that the agent can read it. */
static void wrong(const char *tool, const char *arguments, const char *expected)
{
	json_t *given = json_loads(arguments, 0, NULL), *result = mcp_call(&mcp, tool, given);
	const char *text = json_text(json_array_get(json_object_get(result, "content"), 0), "text");

	assert_true(json_is_true(json_object_get(result, "isError")));
	if (!strstr(text, expected))
		fail_msg("%s %s: %s", tool, arguments, text);
	json_decref(result);
	json_decref(given);
}

static void test_wrong_arguments(void **state)
{
	(void)state;
	wrong("messages", "{}", "argument phone is missing");
	wrong("messages", "{\"phone\":7}", "expected a text");
	wrong("messages", "{\"phone\":\"--lab=other\"}", "does not begin with");
	wrong("messages", "{\"phone\":\"a\\nb\"}", "control characters");
	wrong("messages", "{\"phone\":\"2001\",\"x\":1}", "unknown argument \"x\"");
	wrong("show", "{\"switch\":\"sw1\",\"command\":\"vlan --lab other\"}", "words that do not begin");
	wrong("configure", "{\"switch\":\"sw1\",\"lines\":[]}", "a list of 1 to 60");
	wrong("configure", "{\"switch\":\"sw1\",\"lines\":[\"--lab=x\"]}", "a list of 1 to 60");
	wrong("service", "{\"program\":\"dhcp\",\"action\":\"kill\"}", "one of the values");
	wrong("exec", "{\"node\":\"dhcp\",\"command\":\"ls\",\"timeout\":61}", "an integer from 1 to 60");
	wrong("exec", "{\"node\":\"dhcp\",\"command\":\"ls\",\"timeout\":1.5}", "an integer from 1 to 60");
	wrong("status", "{\"json\":1}", "true or false");
	wrong("decode", "{\"file\":\"../../etc/passwd\"}", "unknown capture");
	wrong("decode", "{\"file\":\"capture-1\"}", "unknown capture");
}

/* Any octets have a reply, or none, and nothing worse. */
static void test_random_octets(void **state)
{
	static const char *const messages[] = {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\","
					       "\"params\":{\"protocolVersion\":\"2025-06-18\"}}",
					       "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/"
					       "list\"},{\"jsonrpc\":\"2.0\",\"method\":\"x\"}]"};
	struct rng rng;

	(void)state;
	rng_seed(&rng, 1, "mcp");
	for (int i = 0; i < 20000; i++) {
		char message[200];
		size_t length = (size_t)snprintf(message, sizeof(message), "%s", messages[i % 2]);

		for (uint64_t n = rng_range(&rng, 1, 6); n; n--)
			message[rng_range(&rng, 0, length - 1)] = (char)rng_range(&rng, 0, 255);
		json_decref(mcp_reply(&mcp, message, rng_range(&rng, 0, length)));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_errors_have_the_codes_of_json_rpc),
	    cmocka_unit_test(test_a_long_message_is_a_parse_error),
	    cmocka_unit_test(test_the_version_of_the_client_is_used_if_it_is_known),
	    cmocka_unit_test(test_a_batch_has_a_reply_for_each_request),
	    cmocka_unit_test(test_the_tools),
	    cmocka_unit_test(test_wrong_arguments),
	    cmocka_unit_test(test_random_octets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
