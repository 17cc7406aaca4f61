/* Run commands of phonelab for tools. */
#include "phonelab/mcp/mcp.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/text.h"
#include "phonelab/client/run_program.h"
#include "phonelab/lab/self.h"

#define RAW   (4u << 20) /* octets of an output that are read */
#define HEAD  (MCP_OUTPUT / 3)
#define WORDS 128

static json_t *result_of(bool is_error, const char *text)
{
	return json_pack("{s:[{s:s,s:o}],s:b}", "content", "type", "text", "text", json_text_new(text),
			 "isError", is_error);
}

json_t *mcp_text(bool is_error, const char *format, ...)
{
	struct text text = {0};
	json_t *result;
	va_list args;
	char *all;

	va_start(args, format);
	text_addv(&text, format, args);
	va_end(args);
	all = text_take(&text);
	result = result_of(is_error, all ? all : "no memory");
	free(all);
	return result;
}

/* The output, without the middle of a long one, and how the command ended. */
static json_t *output_of(const char *output, int status, int ms, bool fine)
{
	size_t length = strlen(output), tail = MCP_OUTPUT - HEAD;
	struct text text = {0};
	json_t *result;
	char *all;

	if (length > MCP_OUTPUT)
		text_add(&text, "%.*s\n[... %zu octets are left out ...]\n%s", HEAD, output,
			 length - MCP_OUTPUT, output + length - tail);
	else
		text_add(&text, "%s", *output || status ? output : "done");
	if (status == -ETIME)
		text_add(&text, "\n[the command was ended after %d s]", ms / 1000);
	else if (status < 0)
		text_add(&text, "\n[the command cannot be run: %s]", strerror(-status));
	else if (status && !fine)
		text_add(&text, "\n[exit status %d]", status);
	all = text_take(&text);
	result = result_of(status && !fine, all ? all : "no memory");
	free(all);
	return result;
}

json_t *mcp_run(const struct mcp *mcp, const char *const *words, int ms, int fine)
{
	char program[600], *output = malloc(RAW);
	const char *argv[WORDS] = {program, "--lab", mcp->lab->name};
	json_t *result;
	size_t n = 3;
	int status;

	self_folder(program, sizeof(program) - 10);
	strcat(program, "/phonelab");
	while (*words && n < WORDS - 1)
		argv[n++] = *words++;
	if (!output || *words) {
		free(output);
		return mcp_text(true, "%s", output ? "too many words" : "no memory");
	}
	status = run_program(argv, true, ms, output, RAW);
	result = output_of(output, status, ms, status == fine);
	free(output);
	return result;
}
