#include "phonelab/command/command.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "phonelab/client/client.h"
#include "phonelab/client/follow.h"
#include "phonelab/client/pen.h"
#include "phonelab/client/status_text.h"
#include "phonelab/client/terminal.h"
#include "phonelab/lab/status.h"

#define SETTLE_MS 300 /* after an event; others follow it */

/* Ask for the status. NULL with the reason printed. */
static json_t *ask(const struct lab *lab)
{
	struct fail fail = {0};
	json_t *status = client_status(lab, &fail);

	if (!status)
		exit_complain(EXIT_DEFECT, "%s", fail.text);
	json_object_del(status, "ok");
	return status;
}

static void print_status(const json_t *status)
{
	struct text text = {0};

	status_text(&text, status);
	if (text.bytes && !text.failed)
		print_text("%s", text.bytes);
	text_free(&text);
	fflush(stdout);
}

/* --- status --watch --- */

/* The status, cut at the size of the terminal. */
static void draw(struct terminal *terminal, const struct terminal_abilities *abilities, const char *plain)
{
	struct text out = {0};
	struct pen pen = {.out = &out, .colour = abilities->colour, .utf8 = abilities->utf8};
	time_t now = time(NULL);
	char clock[16] = "";
	struct tm tm;
	int height;

	terminal_size(&pen.width, &height);
	for (int row = 1; row < height; row++) {
		size_t length = 0;

		for (; plain[length] && plain[length] != '\n'; length++)
			;
		pen_add(&pen, PEN_PLAIN, "%.*s", (int)length, plain);
		pen_line(&pen);
		plain += length + (plain[length] == '\n');
	}
	if (localtime_r(&now, &tm))
		strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	pen_add(&pen, PEN_DIM, "q: quit   as of %s%s", clock,
		*plain ? "   more lines than the terminal has" : "");
	pen_line(&pen);
	if (!out.failed)
		terminal_show(terminal, out.bytes);
	text_free(&out);
}

/* A screen that shows the status again after each event, until q, a signal or the end of the lab. */
static int watch_screen(const struct lab *lab, struct follow *follow,
			const struct terminal_abilities *abilities)
{
	struct terminal terminal;
	struct text text = {0};
	int status = EXIT_AS_ASKED;
	bool fresh = false, quit = false;
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	if (terminal_open(&terminal, true, &signals))
		return exit_complain(EXIT_UNFIT, "status: the terminal cannot be used");
	while (!quit && !follow->ended) {
		struct pollfd fds[] = {{.fd = follow->changes, .events = POLLIN},
				       {.fd = follow->process, .events = POLLIN},
				       {.fd = terminal.signals, .events = POLLIN},
				       {.fd = terminal.keys ? STDIN_FILENO : -1, .events = POLLIN}};
		enum terminal_news news;
		json_t *object = fresh ? NULL : client_status(lab, &(struct fail){0});

		if (object) {
			text_free(&text);
			status_text(&text, object);
			json_decref(object);
		}
		draw(&terminal, abilities, text.bytes ? text.bytes : "the lab does not answer");
		poll(fds, 4, -1);
		fresh = !fds[0].revents;
		if (!fresh)
			poll(fds + 1, 3, SETTLE_MS);
		follow_wait(follow, 0);
		while ((news = terminal_read(&terminal)) != TERMINAL_NOTHING)
			quit = quit || news != TERMINAL_REDRAW;
	}
	terminal_close(&terminal);
	text_free(&text);
	return status;
}

/* The status, and again when it has changed after an event: as text, or as one JSON object per line. */
static int watch_lines(const struct lab *lab, struct follow *follow, bool as_json)
{
	json_t *last = NULL;
	bool more = true;

	while (more) {
		struct fail fail = {0};
		json_t *status = client_status(lab, &fail);

		if (!status && follow_wait(follow, 0))
			exit_complain(0, "%s", fail.text);
		json_object_del(status, "ok");
		if (status && !(last && json_equal(status, last))) {
			if (as_json)
				print_json(status, JSON_COMPACT);
			else
				print_text("%s", last ? "\n" : "");
			if (!as_json)
				print_status(status);
			json_decref(last);
			last = json_incref(status);
		}
		json_decref(status);
		more = !fflush(stdout) && follow_wait(follow, -1);
		if (more) {
			poll(NULL, 0, SETTLE_MS);
			more = follow_wait(follow, 0);
		}
	}
	json_decref(last);
	return EXIT_AS_ASKED;
}

static int watch(const struct lab *lab, bool as_json)
{
	struct terminal_abilities abilities = terminal_abilities(isatty(STDOUT_FILENO));
	struct follow follow;
	struct fail fail = {0};
	int status;

	if (follow_begin(&follow, lab, &fail))
		return exit_complain(EXIT_DEFECT, "status: %s", fail.text);
	follow_file(&follow, lab, "events.jsonl");
	status = abilities.redraw && !as_json ? watch_screen(lab, &follow, &abilities)
					      : watch_lines(lab, &follow, as_json);
	if (follow.ended)
		print_to(stderr, "lab %s has ended\n", lab->name);
	follow_end(&follow);
	return status;
}

int command_status(const struct command_line *line)
{
	struct lab lab;
	size_t unanswered;
	json_t *status;
	int err = client_choose(line->words ? line->word[0] : line->lab, &lab);

	if (err)
		return err;
	if (line->option[OPT_STATUS_WATCH].given)
		return watch(&lab, line->option[OPT_STATUS_JSON].given);
	status = ask(&lab);
	if (!status)
		return EXIT_DEFECT;
	if (line->option[OPT_STATUS_JSON].given)
		print_json(status, JSON_INDENT(2));
	else
		print_status(status);
	fflush(stdout);
	unanswered = status_print_unanswered(status) + status_print_silent(status, NULL);
	json_decref(status);
	return unanswered ? EXIT_DEFECT : EXIT_AS_ASKED;
}
