/* `phonelab logs`: what the programs of a lab print, the syslog of its switches, the console of its phones. */
#include "phonelab/command/command.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json_text.h"
#include "base/text.h"
#include "phonelab/client/client.h"
#include "phonelab/client/event_tail.h"
#include "phonelab/client/follow.h"
#include "phonelab/lab/status_read.h"

#define SOURCES 128

/* One log: a file, or the events of a node that are its log. */
struct source {
	char name[80];	   /* "tftp-http" */
	const char *event; /* "phone.console", "syslog"; NULL: a file */
	int fd;
	struct text pending; /* the start of a line that is not complete yet */
	char **last;	     /* with --last: a ring of the newest lines */
	size_t last_count;
};

struct logs {
	const struct command_line *line;
	struct lab lab;
	struct source sources[SOURCES];
	size_t count;
	struct event_tail events;
	bool holding; /* --last: lines are held back until the end of the log is reached */
};

/* --- lines --- */

static int longest_name(const struct logs *logs)
{
	int longest = 0;

	for (size_t i = 0; i < logs->count; i++)
		if ((int)strlen(logs->sources[i].name) > longest)
			longest = (int)strlen(logs->sources[i].name);
	return longest;
}

/* Do the lines come from logs of different names? */
static bool several(const struct logs *logs)
{
	for (size_t i = 1; i < logs->count; i++)
		if (strcmp(logs->sources[i].name, logs->sources[0].name))
			return true;
	return false;
}

static void print_log_line(const struct logs *logs, const struct source *source, const char *text)
{
	if (logs->line->option[OPT_LOGS_JSON].given) {
		json_t *object = json_pack("{s:s,s:o}", "log", source->name, "line", json_text_new(text));

		print_json(object, JSON_COMPACT);
		json_decref(object);
	} else if (several(logs)) {
		print_text("%-*s | %s\n", longest_name(logs), source->name, text);
	} else {
		print_line(text);
	}
}

static void take_line(const struct logs *logs, struct source *source, const char *bytes, size_t length)
{
	size_t most = (size_t)logs->line->option[OPT_LOGS_LAST].number;
	char *line = strndup(bytes, length), **place;

	if (line && logs->holding && most && source->last) {
		place = &source->last[source->last_count++ % most];
		free(*place);
		*place = line;
		return;
	}
	if (line && !logs->holding)
		print_log_line(logs, source, line);
	free(line);
}

static void release(struct logs *logs)
{
	size_t most = (size_t)logs->line->option[OPT_LOGS_LAST].number;

	logs->holding = false;
	for (size_t i = 0; i < logs->count; i++) {
		struct source *source = &logs->sources[i];

		for (size_t n = source->last_count > most ? source->last_count - most : 0;
		     source->last && n < source->last_count; n++) {
			print_log_line(logs, source, source->last[n % most]);
			free(source->last[n % most]);
		}
		free(source->last);
		source->last = NULL;
	}
}

/* --- reading --- */

static void read_file(const struct logs *logs, struct source *source)
{
	char bytes[65536];
	ssize_t n;

	while ((n = read(source->fd, bytes, sizeof(bytes))) > 0) {
		char *at, *end;

		text_add_bytes(&source->pending, bytes, (size_t)n);
		at = source->pending.bytes;
		if (source->pending.failed)
			return;
		while (
		    (end = memchr(at, '\n', source->pending.length - (size_t)(at - source->pending.bytes)))) {
			take_line(logs, source, at, (size_t)(end - at));
			at = end + 1;
		}
		source->pending.length -= (size_t)(at - source->pending.bytes);
		memmove(source->pending.bytes, at, source->pending.length);
	}
}

static void on_event(void *arg, const char *line, size_t length)
{
	struct logs *logs = arg;
	json_t *event = json_loadb(line, length, 0, NULL);
	const char *node = json_text(event, "node"), *name = json_text(event, "event");

	for (size_t i = 0; i < logs->count; i++) {
		struct source *source = &logs->sources[i];
		const char *detail = json_text(event, "detail");

		if (source->event && !strcmp(source->event, name) && !strcmp(source->name, node))
			take_line(logs, source, detail, strlen(detail));
	}
	json_decref(event);
}

static void read_all(struct logs *logs)
{
	for (size_t i = 0; i < logs->count; i++)
		if (!logs->sources[i].event)
			read_file(logs, &logs->sources[i]);
	if (logs->events.fd >= 0)
		event_tail_read(&logs->events, &logs->lab, on_event, logs);
}

/* A last line without a newline is a line too, at the end. */
static void read_rest(struct logs *logs)
{
	for (size_t i = 0; i < logs->count; i++) {
		struct text *pending = &logs->sources[i].pending;

		if (pending->length)
			take_line(logs, &logs->sources[i], pending->bytes, pending->length);
		pending->length = 0;
	}
}

/* --- choosing the logs --- */

static void add(struct logs *logs, const char *name, size_t length, const char *event, int fd)
{
	struct source *source;
	size_t most = (size_t)logs->line->option[OPT_LOGS_LAST].number;

	if (logs->count == SOURCES) {
		if (fd >= 0)
			close(fd);
		return;
	}
	source = &logs->sources[logs->count++];
	*source = (struct source){.event = event, .fd = fd};
	snprintf(source->name, sizeof(source->name), "%.*s", (int)length, name);
	if (most)
		source->last = calloc(most, sizeof(*source->last));
}

/* Does a file "tftp-http.log" hold a log of the node? NULL: any node. */
static bool is_log_of(const char *file, const char *node)
{
	static const char *const ends[] = {".log", ".access", "-cable.log", "-http.log", "-http.access"};

	if (!node)
		return true;
	if (strncmp(file, node, strlen(node)) != 0)
		return false;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (!strcmp(file + strlen(node), ends[i]))
			return true;
	return false;
}

static void add_files(struct logs *logs, const char *node)
{
	char pattern[512];
	glob_t found;

	client_path(&logs->lab, "log/*", pattern, sizeof(pattern));
	if (glob(pattern, 0, NULL, &found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *file = strrchr(found.gl_pathv[i], '/') + 1;
		size_t length = strlen(file);

		if (!is_log_of(file, node))
			continue;
		if (length > 4 && !strcmp(file + length - 4, ".log"))
			length -= 4;
		add(logs, file, length, NULL, open(found.gl_pathv[i], O_RDONLY | O_CLOEXEC));
	}
	globfree(&found);
}

static void add_switches(struct logs *logs, const char *node)
{
	char pattern[512];
	glob_t found;

	client_path(&logs->lab, "switches/*.sock", pattern, sizeof(pattern));
	if (glob(pattern, 0, NULL, &found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *file = strrchr(found.gl_pathv[i], '/') + 1;
		size_t length = strlen(file) - strlen(".sock");

		if (!node || (strlen(node) == length && !strncmp(node, file, length)))
			add(logs, file, length, "syslog", -1);
	}
	globfree(&found);
}

/* 0 or an exit status with the reason printed. */
static int choose(struct logs *logs, const char *node)
{
	struct fail fail = {0};
	const char *phone;
	json_t *status;

	add_files(logs, node);
	add_switches(logs, node);
	if (logs->count)
		return EXIT_AS_ASKED;
	status = client_status(&logs->lab, &fail);
	phone = node ? status_read_find(status, node) : NULL;
	if (phone)
		add(logs, phone, strlen(phone), "phone.console", -1);
	json_decref(status);
	if (phone)
		return EXIT_AS_ASKED;
	return exit_complain(EXIT_USAGE,
			     "logs: unknown node \"%s\"; expected a server, a switch or a phone of lab %s: "
			     "phonelab status",
			     node ? node : "", logs->lab.name);
}

static void forget(struct logs *logs)
{
	for (size_t i = 0; i < logs->count; i++) {
		text_free(&logs->sources[i].pending);
		if (logs->sources[i].fd >= 0)
			close(logs->sources[i].fd);
	}
	event_tail_close(&logs->events);
}

/* --- the command --- */

static bool has_events(const struct logs *logs)
{
	for (size_t i = 0; i < logs->count; i++)
		if (logs->sources[i].event)
			return true;
	return false;
}

static void watch_files(const struct logs *logs, const struct follow *follow)
{
	char file[128];

	for (size_t i = 0; i < logs->count; i++) {
		const char *name = logs->sources[i].name;

		snprintf(file, sizeof(file), "log/%s%s", name, strstr(name, ".access") ? "" : ".log");
		if (!logs->sources[i].event)
			follow_file(follow, &logs->lab, file);
	}
	if (has_events(logs))
		follow_file(follow, &logs->lab, "events.jsonl");
}

static int print_logs(struct logs *logs)
{
	struct follow follow;
	struct fail fail = {0};

	if (follow_begin(&follow, &logs->lab, &fail) ||
	    (has_events(logs) && event_tail_open(&logs->events, &logs->lab, &fail)))
		return exit_complain(EXIT_DEFECT, "logs: %s", fail.text);
	watch_files(logs, &follow);
	logs->holding = logs->line->option[OPT_LOGS_LAST].given;
	read_all(logs);
	if (!logs->line->option[OPT_LOGS_FOLLOW].given)
		read_rest(logs);
	release(logs);
	while (logs->line->option[OPT_LOGS_FOLLOW].given && !fflush(stdout)) {
		bool more = follow_wait(&follow, -1);

		read_all(logs);
		if (!more)
			break;
	}
	read_rest(logs);
	fflush(stdout);
	if (follow.ended)
		print_to(stderr, "lab %s has ended\n", logs->lab.name);
	follow_end(&follow);
	return EXIT_AS_ASKED;
}

int command_logs(const struct command_line *line)
{
	struct logs *logs = calloc(1, sizeof(*logs));
	int status = EXIT_DEFECT;

	if (!logs)
		return exit_complain(EXIT_DEFECT, "out of memory");
	logs->line = line;
	logs->events.fd = -1;
	status = client_choose(line->lab, &logs->lab);
	if (!status)
		status = choose(logs, line->words ? line->word[0] : NULL);
	if (!status)
		status = print_logs(logs);
	forget(logs);
	free(logs);
	return status;
}
