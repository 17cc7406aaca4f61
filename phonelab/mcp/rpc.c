/* JSON-RPC 2.0 and the methods of the Model Context Protocol. */
#include "phonelab/mcp/mcp.h"

#include <string.h>

#include "base/json_text.h"
#include "base/version.h"

/* The versions of the protocol that this server speaks, the newest last. */
static const char *const versions[] = {"2024-11-05", "2025-03-26", "2025-06-18"};
#define VERSIONS (sizeof(versions) / sizeof(versions[0]))

static const char instructions[] =
    "A lab of desk phones, a PoE switch and their servers. If the lab has an exercise, read its ticket "
    "first: something may "
    "be wrong, or nothing. Find the fault, repair it, then call check with its component and cause; the last "
    "result counts. "
    "Check compares the lab with the healthy lab, so undo what you changed and did not need.";

static json_t *error_of(const json_t *id, enum mcp_code code, const char *text)
{
	return json_pack("{s:s,s:O?,s:{s:i,s:s}}", "jsonrpc", "2.0", "id", id ? id : json_null(), "error",
			 "code", (int)code, "message", text);
}

/* --- the methods: a new result, or NULL with *code and *text --- */

struct failure {
	enum mcp_code code;
	const char *text;
};

typedef json_t *method_fn(struct mcp *mcp, const json_t *params, struct failure *failure);

static json_t *refuse(struct failure *failure, const char *text)
{
	*failure = (struct failure){MCP_INVALID_PARAMS, text};
	return NULL;
}

/* The version of the client if this server speaks it, else the newest; the client then decides. */
static json_t *initialize(struct mcp *mcp, const json_t *params, struct failure *failure)
{
	const char *asked = json_string_value(json_object_get(params, "protocolVersion"));
	const char *version = versions[VERSIONS - 1];

	(void)mcp;
	if (!asked)
		return refuse(failure, "initialize: protocolVersion is missing (expected a text)");
	for (size_t i = 0; i < VERSIONS; i++)
		if (!strcmp(asked, versions[i]))
			version = versions[i];
	return json_pack("{s:s,s:{s:{s:b}},s:{s:s,s:s},s:s}", "protocolVersion", version, "capabilities",
			 "tools", "listChanged", 0, "serverInfo", "name", "phonelab", "version",
			 PHONELAB_VERSION, "instructions", instructions);
}

static json_t *ping(struct mcp *mcp, const json_t *params, struct failure *failure)
{
	(void)mcp;
	(void)params;
	(void)failure;
	return json_object();
}

static json_t *list_tools(struct mcp *mcp, const json_t *params, struct failure *failure)
{
	(void)mcp;
	if (json_object_get(params, "cursor"))
		return refuse(failure, "tools/list: the cursor is unknown (the list has one page)");
	return json_pack("{s:o}", "tools", mcp_tools());
}

static json_t *call_tool(struct mcp *mcp, const json_t *params, struct failure *failure)
{
	const char *name = json_string_value(json_object_get(params, "name"));
	const json_t *arguments = json_object_get(params, "arguments");
	json_t *result;

	if (!name)
		return refuse(failure, "tools/call: name is missing (expected the name of a tool)");
	if (arguments && !json_is_object(arguments))
		return refuse(failure, "tools/call: arguments is not an object");
	result = mcp_call(mcp, name, arguments);
	return result ? result : refuse(failure, "unknown tool; list the tools with: tools/list");
}

static const struct {
	const char *name;
	method_fn *run;
} methods[] = {
    {"initialize", initialize}, {"ping", ping}, {"tools/list", list_tools}, {"tools/call", call_tool}};

/* --- messages --- */

static json_t *reply_to_request(struct mcp *mcp, const json_t *request, const json_t *id)
{
	const char *method = json_text(request, "method");
	struct failure failure = {MCP_METHOD_NOT_FOUND, "unknown method"};
	json_t *result = NULL;

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (!strcmp(method, methods[i].name)) {
			failure = (struct failure){MCP_INTERNAL_ERROR, "no result"};
			result = methods[i].run(mcp, json_object_get(request, "params"), &failure);
		}
	if (!result)
		return error_of(id, failure.code, failure.text);
	return json_pack("{s:s,s:O,s:o}", "jsonrpc", "2.0", "id", id, "result", result);
}

/* A request, a notification (no id, no reply) or a reply to a request that this server never sends. */
static json_t *reply_to_one(struct mcp *mcp, const json_t *message)
{
	const json_t *id = json_object_get(message, "id"), *params = json_object_get(message, "params");
	bool has_id = json_is_string(id) || json_is_integer(id);

	if (!json_is_object(message))
		return error_of(NULL, MCP_INVALID_REQUEST, "a message is not an object");
	if (strcmp(json_text(message, "jsonrpc"), "2.0") != 0)
		return error_of(has_id ? id : NULL, MCP_INVALID_REQUEST, "jsonrpc is not \"2.0\"");
	if (!json_object_get(message, "method") &&
	    (json_object_get(message, "result") || json_object_get(message, "error")))
		return NULL;
	if (!json_is_string(json_object_get(message, "method")))
		return error_of(has_id ? id : NULL, MCP_INVALID_REQUEST,
				"method is missing (expected a text)");
	if (!id)
		return NULL;
	if (!has_id)
		return error_of(NULL, MCP_INVALID_REQUEST, "id is neither a text nor an integer");
	if (params && !json_is_object(params))
		return error_of(id, MCP_INVALID_PARAMS, "params is not an object");
	return reply_to_request(mcp, message, id);
}

static json_t *reply_to_batch(struct mcp *mcp, const json_t *batch)
{
	json_t *replies, *one, *reply;
	size_t i;

	if (!json_array_size(batch) || json_array_size(batch) > MCP_BATCH)
		return error_of(NULL, MCP_INVALID_REQUEST, "a batch has 1 to 64 messages");
	replies = json_array();
	json_array_foreach ((json_t *)batch, i, one) {
		reply = reply_to_one(mcp, one);
		if (reply)
			json_array_append_new(replies, reply);
	}
	if (json_array_size(replies))
		return replies;
	json_decref(replies);
	return NULL;
}

json_t *mcp_reply(struct mcp *mcp, const char *message, size_t length)
{
	json_t *root, *reply;

	if (length > MCP_LINE)
		return error_of(NULL, MCP_PARSE_ERROR, "the message is longer than 1 MiB");
	root = json_loadb(message, length, 0, NULL);
	if (!root)
		return error_of(NULL, MCP_PARSE_ERROR, "the message is not JSON");
	reply = json_is_array(root) ? reply_to_batch(mcp, root) : reply_to_one(mcp, root);
	json_decref(root);
	return reply;
}
