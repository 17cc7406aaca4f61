/* The tools capture and decode. */
#include "phonelab/mcp/mcp.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json_text.h"
#include "phonelab/client/run_program.h"
#include "phonelab/lab/self.h"
#include "phonelab/lab/spawn.h"

#define CAPTURES   100 /* of one server; they are small: up to 5000 frames */
#define DURATION_S 5
#define COUNT	   500
#define SHOWN	   30 /* frames that capture shows */
#define DECODED	   50
#define BEGIN_MS   10000
#define MORE_MS	   10000 /* for the program to end, after the duration */
#define RAW	   (16u << 20)

static void path_of(const struct mcp *mcp, unsigned number, char path[100])
{
	snprintf(path, 100, "%s/capture-%u.pcapng", mcp->folder, number);
}

void mcp_captures_remove(struct mcp *mcp)
{
	char path[100];

	if (!*mcp->folder)
		return;
	for (unsigned i = 1; i <= mcp->captures; i++) {
		path_of(mcp, i, path);
		unlink(path);
	}
	rmdir(mcp->folder);
}

static long number_of(const json_t *arguments, const char *name, long otherwise)
{
	return json_object_get(arguments, name) ? (long)json_int(arguments, name) : otherwise;
}

/* --- decode --- */

/* Lines first to first + count - 1 of a text; NULL if it has fewer lines than first. *lines: all of them. */
static char *lines_of(char *text, long first, long count, long *lines)
{
	char *from = NULL, *to = NULL;

	*lines = 0;
	for (char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		++*lines;
		from = *lines == first ? line : from;
		to = *lines == first + count ? line : to;
	}
	if (to)
		*to = 0;
	return from;
}

static json_t *decode_frames(const struct mcp *mcp, unsigned number, long first, long count)
{
	char program[600], path[100], *output = malloc(RAW), *from;
	const char *argv[] = {program, "decode", path, "--json", NULL};
	json_t *result;
	long frames;
	int status;

	if (!output)
		return mcp_text(true, "no memory");
	self_folder(program, sizeof(program) - 10);
	strcat(program, "/phonelab");
	path_of(mcp, number, path);
	status = run_program(argv, false, BEGIN_MS, output, RAW);
	from = lines_of(output, first, count, &frames);
	if (status)
		result =
		    mcp_text(true, "capture-%u: the frames cannot be decoded (status %d)", number, status);
	else if (!from)
		result = mcp_text(first > 1, "capture-%u has %ld frames; frame %ld does not exist", number,
				  frames, first);
	else
		result = mcp_text(false, "capture-%u has %ld frames; from frame %ld:\n%.*s", number, frames,
				  first, MCP_OUTPUT, from);
	free(output);
	return result;
}

json_t *mcp_decode(struct mcp *mcp, const json_t *arguments)
{
	const char *file = json_text(arguments, "file");
	unsigned number = 0;
	char name[40];

	sscanf(file, "capture-%3u", &number);
	snprintf(name, sizeof(name), "capture-%u", number);
	if (!number || number > mcp->captures || strcmp(name, file) != 0)
		return mcp_text(true, "decode: unknown capture \"%.60s\"; make one with the tool capture",
				file);
	return decode_frames(mcp, number, number_of(arguments, "first", 1),
			     number_of(arguments, "count", DECODED));
}

/* --- capture --- */

/* Read what the program says until it captures. 0, or -EIO: it has ended; text is what it said. */
static int wait_for_begin(int fd, char *text, size_t size)
{
	uint64_t deadline = clock_now_us() + BEGIN_MS * UINT64_C(1000);
	size_t used = 0;

	*text = 0;
	while (clock_now_us() < deadline && used < size - 1) {
		struct pollfd pfd = {.fd = fd, .events = POLLIN};
		ssize_t n = 0;

		if (poll(&pfd, 1, 100) <= 0)
			continue;
		n = read(fd, text + used, size - 1 - used);
		if (n <= 0)
			return -EIO;
		used += (size_t)n;
		text[used] = 0;
		if (strstr(text, "capturing at"))
			return 0;
	}
	return -EIO;
}

static void reset_phone(const struct mcp *mcp, const char *phone)
{
	json_decref(mcp_run(mcp, (const char *[]){"reset", phone, NULL}, 20000, 0));
}

/* Run the program to its end. *said is what it reported, if it failed. The result as 0 or a negative errno. */
static int run_capture(const struct mcp *mcp, const json_t *arguments, const char *path, char *said,
		       size_t size)
{
	long duration = number_of(arguments, "duration", DURATION_S);
	const char *reset = json_string_value(json_object_get(arguments, "reset"));
	struct spawn_options options = {.group = true};
	char program[600], seconds[24], count[24];
	struct fail fail = {0};
	int pipes[2], status = 0, err;
	pid_t pid;

	self_folder(program, sizeof(program) - 10);
	strcat(program, "/phonelab");
	snprintf(seconds, sizeof(seconds), "%ld", duration);
	snprintf(count, sizeof(count), "%ld", number_of(arguments, "count", COUNT));
	if (pipe2(pipes, O_CLOEXEC))
		return -errno;
	options.error = pipes[1];
	pid = spawn_program(&options,
			    (char *const[]){program, "--lab", (char *)mcp->lab->name, "capture",
					    (char *)json_text(arguments, "at"), "-w", (char *)path, "-c",
					    count, "--duration", seconds, NULL},
			    &fail);
	close(pipes[1]);
	err = pid < 0 ? (int)pid : wait_for_begin(pipes[0], said, size);
	if (!err && reset)
		reset_phone(mcp, reset);
	if (pid > 0 && !spawn_wait(pid, err ? 100 : (int)duration * 1000 + MORE_MS, &status))
		status = spawn_end(pid, true, SIGTERM, MORE_MS);
	close(pipes[0]);
	return err ? err : spawn_exit_status(status) ? -EIO : 0;
}

json_t *mcp_capture(struct mcp *mcp, const json_t *arguments)
{
	char path[100], said[600] = "";

	if (mcp->captures >= CAPTURES)
		return mcp_text(true, "capture: this session has %d captures already", CAPTURES);
	if (!*mcp->folder) {
		strcpy(mcp->folder, "/tmp/phonelab-mcp.XXXXXX");
		if (!mkdtemp(mcp->folder)) {
			*mcp->folder = 0;
			return mcp_text(true, "capture: no folder can be made below /tmp: %s",
					strerror(errno));
		}
	}
	path_of(mcp, mcp->captures + 1, path);
	if (run_capture(mcp, arguments, path, said, sizeof(said))) {
		unlink(path);
		return mcp_text(true, "capture: %s", *said ? said : "the capture failed");
	}
	mcp->captures++;
	return decode_frames(mcp, mcp->captures, 1, SHOWN);
}
