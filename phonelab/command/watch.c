/* `phonelab watch`: a running lab on the terminal, live. */
#include "phonelab/command/command.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "phonelab/client/client.h"
#include "phonelab/client/follow.h"
#include "phonelab/client/live.h"

#define FAULTS_MS 5000

static void read_pace(const struct lab *lab, struct view *view)
{
	char path[256];
	json_t *rack;

	client_path(lab, "phones/rack.json", path, sizeof(path));
	rack = json_load_file(path, 0, NULL);
	snprintf(view->pace, sizeof(view->pace), "%.7s", json_text(rack, "pace"));
	json_decref(rack);
}

/* The present state. In an exercise the faults are hidden. 0 or an exit status with the reason printed. */
static int read_state(const struct lab *lab, struct view *view)
{
	struct fail fail = {0}, ignored = {0};
	json_t *status = client_status(lab, &fail), *faults;

	if (!status)
		return exit_complain(EXIT_DEFECT, "watch: %s", fail.text);
	view_status(view, status, clock_now_us());
	json_decref(status);
	faults =
	    client_call(lab, "lab.sock", json_pack("{s:s}", "do", "fault-ls"), FAULTS_MS, NULL, &ignored);
	view_fault_list(view, faults);
	json_decref(faults);
	read_pace(lab, view);
	return EXIT_AS_ASKED;
}

/* Without a terminal to draw on: the state of each phone as a line, before the lines of the events. */
static void print_state(const struct view *view)
{
	for (size_t i = 0; i < view->count; i++) {
		const struct view_phone *phone = &view->phones[i];
		int step = view_step(phone);

		if (phone->registered)
			print_text("%s  registered: %s\n", phone->name, phone->with);
		else
			print_text("%s  %2d %-10s %s%s%s\n", phone->name, step ? step : LADDER_STEPS,
				   ladder_step_name(step ? step : LADDER_STEPS),
				   ladder_state_name(phone->state[(step ? step : LADDER_STEPS) - 1]),
				   step && *phone->detail[step - 1] ? ": " : "",
				   step ? phone->detail[step - 1] : "");
	}
	print_text("%zu of %zu registered\n", view->registered, view->count);
	for (size_t i = 0; i < view->fault_count && i < VIEW_FAULTS; i++)
		print_text("fault %ld: %s\n", view->faults[i].number, view->faults[i].text);
}

/* Show the lab until q, a signal, or its end. */
static void show(struct live *live, int process)
{
	struct pollfd fds[] = {{.fd = live->wakeup, .events = POLLIN},
			       {.fd = process, .events = POLLIN},
			       {.fd = getenv(FOLLOW_STDIN) ? STDIN_FILENO : -1, .events = POLLIN},
			       {.fd = STDOUT_FILENO}}; /* a pipe without a reader reports an error */

	while (!live->interrupted && !live->failed) {
		int wait_ms = live_work(live);

		if (live->view->ended)
			return;
		if (live->interrupted || live->failed)
			return;
		poll(fds, 4, wait_ms);
		if (fds[2].revents || fds[3].revents & (POLLERR | POLLHUP))
			return;
		/* The events that the lab wrote last are read first. */
		live->view->ended = process >= 0 && fds[1].revents;
	}
}

static int watch(const struct lab *lab, struct view *view)
{
	struct fail fail = {0};
	struct live live;
	sigset_t signals;
	int process = follow_process(lab), status = EXIT_AS_ASKED;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	if (live_begin(&live, view, lab, &signals, &fail))
		return exit_complain(EXIT_UNFIT, "watch: %s", fail.text);
	live.keys = "q: quit";
	live.boot_ms = command_boot_ms;
	if (live_skip_old_events(&live, &fail))
		status = exit_complain(EXIT_DEFECT, "watch: %s", fail.text);
	else
		status = read_state(lab, view);
	if (!status) {
		if (!live.abilities.redraw)
			print_state(view);
		show(&live, process);
	}
	live_end(&live);
	if (view->ended)
		print_text("lab %s has ended\n", lab->name);
	if (process >= 0)
		close(process);
	return status;
}

int command_watch(const struct command_line *line)
{
	struct lab lab;
	struct view *view;
	int status = client_choose(line->words ? line->word[0] : line->lab, &lab);

	if (status)
		return status;
	view = view_new(lab.name);
	if (!view)
		return exit_complain(EXIT_DEFECT, "out of memory");
	status = watch(&lab, view);
	view_free(view);
	return status;
}
