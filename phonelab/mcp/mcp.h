#ifndef PHONELAB_MCP_MCP_H
#define PHONELAB_MCP_MCP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "phonelab/client/client.h"

/*
 * A server of the Model Context Protocol for one lab: JSON-RPC 2.0 over standard input and output, one message per line
 * (modelcontextprotocol.io, transport stdio). It offers what a person may do who looks for a fault: no `why`, no faults, no
 * impairments. A tool runs a command of phonelab (tools.c), so that it does what the command does.
 */

#define MCP_LINE   (1u << 20)  /* octets of a message */
#define MCP_BATCH  64	       /* requests in a batch (protocol version 2025-03-26) */
#define MCP_OUTPUT (64 * 1024) /* octets of a result; of a longer output the middle is left out */

/* Codes of errors: JSON-RPC 2.0 section 5.1. */
enum mcp_code {
	MCP_PARSE_ERROR = -32700,
	MCP_INVALID_REQUEST = -32600,
	MCP_METHOD_NOT_FOUND = -32601,
	MCP_INVALID_PARAMS = -32602,
	MCP_INTERNAL_ERROR = -32603,
};

/* One server. */
struct mcp {
	const struct lab *lab;
	char folder[64];   /* for captures; "" until the first one */
	unsigned captures; /* made so far */
};

/* Serve until standard input ends or standard output is closed. 0, or a negative errno. */
int mcp_serve(const struct lab *lab);

/* The reply to one message, a new object; NULL: none is due. Any text is legal. */
json_t *mcp_reply(struct mcp *mcp, const char *message, size_t length);

/* --- the tools (tools.c, call.c) --- */

/* The tools as tools/list returns them: a new list. */
json_t *mcp_tools(void);

/* Call a tool: a new result of tools/call, which also reports wrong arguments. arguments: NULL: none. NULL: there is no such
 * tool. */
json_t *mcp_call(struct mcp *mcp, const char *name, const json_t *arguments);

/* --- running (run.c) --- */

/* Run `phonelab --lab LAB WORD...` for up to ms. The result of a tool. fine: an exit status that is no error, as 0. */
json_t *mcp_run(const struct mcp *mcp, const char *const *words, int ms, int fine);

/* A result of a tool with this text. */
json_t *mcp_text(bool is_error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- captures (capture.c) --- */

json_t *mcp_capture(struct mcp *mcp, const json_t *arguments);
json_t *mcp_decode(struct mcp *mcp, const json_t *arguments);

/* Remove the captures. */
void mcp_captures_remove(struct mcp *mcp);

#endif
