/* The transport: one message per line. */
#include "phonelab/mcp/mcp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

/* The rest of a line that is longer than MCP_LINE is dropped; its length then shows that it was too long. */
struct input {
	char *line;
	size_t length;
	char chunk[16384];
	size_t at, size;
};

/* The next line, without its newline. The end of the input ends a line too. False: no line is left. */
static bool next_line(struct input *input)
{
	bool any = false;

	input->length = 0;
	for (;;) {
		const char *from = input->chunk + input->at, *end;
		size_t n = input->size - input->at, room = MCP_LINE + 1 - input->length;

		if (!n) {
			ssize_t got;

			do
				got = read(STDIN_FILENO, input->chunk, sizeof(input->chunk));
			while (got < 0 && errno == EINTR);
			if (got <= 0)
				return any;
			input->at = 0;
			input->size = (size_t)got;
			continue;
		}
		end = memchr(from, '\n', n);
		n = end ? (size_t)(end - from) : n;
		memcpy(input->line + input->length, from, n < room ? n : room);
		input->length += n < room ? n : room;
		input->at += n + (end != NULL);
		any = true;
		if (end)
			return true;
	}
}

static bool is_blank(const struct input *input)
{
	for (size_t i = 0; i < input->length; i++)
		if (!strchr(" \t\r", input->line[i]) || !input->line[i])
			return false;
	return input->length <= MCP_LINE;
}

/* 0, or a negative errno: nobody reads the replies any more. */
static int write_reply(json_t *reply)
{
	char *text = json_dumps(reply, JSON_COMPACT | JSON_ENSURE_ASCII), *line;
	size_t length = text ? strlen(text) : 0;
	int err = -ENOMEM;

	json_decref(reply);
	line = text ? realloc(text, length + 1) : NULL;
	if (line) {
		line[length] = '\n';
		err = file_write_all(STDOUT_FILENO, line, length + 1);
		text = line;
	}
	free(text);
	return err;
}

int mcp_serve(const struct lab *lab)
{
	struct mcp mcp = {.lab = lab};
	struct input input = {.line = malloc(MCP_LINE + 2)};
	int err = input.line ? 0 : -ENOMEM;

	while (!err && next_line(&input)) {
		json_t *reply = is_blank(&input) ? NULL : mcp_reply(&mcp, input.line, input.length);

		if (reply)
			err = write_reply(reply);
	}
	mcp_captures_remove(&mcp);
	free(input.line);
	return err == -EPIPE ? 0 : err;
}
