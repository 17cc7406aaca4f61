#include "phonelab/supervise/keeper.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/event_log.h"
#include "cucm/cucm.h"
#include "phonelab/lab/complain.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/spawn.h"
#include "phonelab/supervise/lab_server.h"

#define UNCLEAN PLAN_PREFIX "/unclean"
#define AGAIN_S 1
#define END_MS	2000

struct keeper {
	struct lab_server lab; /* first: it is the argument of callbacks */
	struct event *ends[2]; /* SIGTERM, SIGINT */
	pid_t box;	       /* the box that is plugged in, into the keeper's own namespace; 0: none */
	char box_name[40];
	const struct keeper_tls *tls; /* NULL: no console */
	pid_t listener;		      /* of the console; 0: it does not run */
	struct event *listener_ended, *listener_again;
	int status;
};

/* --- as the faults see us --- */

/* Ask the container of the server that the program belongs to. */
static int program(void *arg, const char *name, enum program_action action, struct fail *fail)
{
	const struct keeper *keeper = arg;
	char socket[128];

	const struct server_program *found = server_programs_find(&keeper->lab.programs, name);

	if (found) {
		int err;

		plan_node_socket(found->node, socket);
		err = program_ask(socket, name, action, fail);
		return err < 0 ? fail_prefix(fail, err, "%s", found->node) : err;
	}
	if (node_reject_external(keeper->lab.nodes, keeper->lab.node_count, name, fail))
		return -EOPNOTSUPP;
	return fail_set(fail, -ENOENT,
			"unknown program \"%s\"; expected a program of a server or call manager", name);
}

/* The keeper has no right to make a network namespace. The box is plugged into the keeper's own, which is empty
 * otherwise: so there is one box at a time. */
static pid_t box(void *arg, const char *name, char *const *argv, struct fail *fail)
{
	struct keeper *keeper = arg;
	pid_t pid;

	if (keeper->box)
		return fail_set(fail, -EBUSY,
				"%s is plugged in already: in a lab of containers there is one box at a "
				"time; clear its fault first",
				keeper->box_name);
	pid = lab_server_box(arg, name, argv, fail);
	if (pid < 0)
		return pid;
	keeper->box = pid;
	snprintf(keeper->box_name, sizeof(keeper->box_name), "%s", name);
	return pid;
}

static void box_end(void *arg, pid_t pid)
{
	struct keeper *keeper = arg;

	lab_server_box_end(arg, pid);
	keeper->box = 0;
}

static void failed(void *arg, const char *text)
{
	(void)arg;
	exit_complain(0, "keeper: %s", text);
}

/* Called before the first fault is applied, and after the last fault is reverted. */
static void holds(void *arg, bool any)
{
	const struct keeper *keeper = arg;
	int fd;

	if (keeper->lab.unclean)
		return;
	if (!any) {
		unlink(UNCLEAN);
		return;
	}
	fd = open(UNCLEAN, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd >= 0)
		close(fd);
}

/* --- the console --- */

static void start_listener(struct keeper *keeper)
{
	static const struct spawn_options options = {
	    .name = "keeper", .group = true, .output = STDOUT_FILENO, .error = STDERR_FILENO};
	static const struct timeval pause = {.tv_sec = AGAIN_S};
	const struct keeper_tls *tls = keeper->tls;
	char program[600];
	const char *argv[9] = {program, "keeper"};
	struct fail fail = {0};
	size_t n = 2;

	snprintf(program, sizeof(program), "%s/phonelab", keeper->lab.bin);
	if (tls->listen) {
		argv[n++] = "--listen-tls";
		argv[n++] = tls->listen;
	}
	if (tls->ca) {
		argv[n++] = "--ca";
		argv[n++] = tls->ca;
	}
	if (tls->certificate) {
		argv[n++] = "--certificate";
		argv[n++] = tls->certificate;
	}
	keeper->listener = spawn_program(&options, (char *const *)argv, &fail);
	if (keeper->listener >= 0)
		return;
	exit_complain(0, "keeper: the listener for the console: %s; it starts again", fail.text);
	keeper->listener = 0;
	event_add(keeper->listener_again, &pause);
}

/* The process that speaks with strangers is not this one, which holds the faults: it may end and start again. */
static void on_child(evutil_socket_t number, short what, void *arg)
{
	static const struct timeval pause = {.tv_sec = AGAIN_S};
	struct keeper *keeper = arg;
	char text[100];
	int status;

	(void)number;
	(void)what;
	if (keeper->listener <= 0 || !spawn_wait(keeper->listener, 0, &status))
		return;
	keeper->listener = 0;
	if (spawn_exit_status(status) == EXIT_USAGE) {
		keeper->status = EXIT_USAGE; /* it has printed the reason, which stays */
		event_base_loopbreak(keeper->lab.base);
		return;
	}
	exit_complain(0, "keeper: the listener for the console %s; it starts again",
		      spawn_describe(status, text, sizeof(text)));
	event_add(keeper->listener_again, &pause);
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	start_listener(arg);
}

static int begin_listener(struct keeper *keeper, struct fail *fail)
{
	if (!keeper->tls)
		return 0;
	keeper->listener_ended = evsignal_new(keeper->lab.base, SIGCHLD, on_child, keeper);
	keeper->listener_again = evtimer_new(keeper->lab.base, on_again, keeper);
	if (!keeper->listener_ended || !keeper->listener_again || event_add(keeper->listener_ended, NULL))
		return fail_set(fail, -ENOMEM, "libevent: no event loop");
	start_listener(keeper);
	return 0;
}

static void end_listener(struct keeper *keeper)
{
	if (keeper->listener > 0)
		spawn_end(keeper->listener, true, SIGTERM, END_MS);
	if (keeper->listener_ended)
		event_free(keeper->listener_ended);
	if (keeper->listener_again)
		event_free(keeper->listener_again);
}

/* --- the keeper --- */

static void on_end(evutil_socket_t number, short what, void *arg)
{
	const struct keeper *keeper = arg;

	(void)number;
	(void)what;
	event_base_loopbreak(keeper->lab.base);
}

static int prepare(struct keeper *keeper, const char *bin, struct fail *fail)
{
	static const struct control_verb verbs[] = {LAB_SERVER_VERBS, {NULL, NULL}};
	int err = lab_server_read(&keeper->lab, fail);

	if (err)
		return err;
	keeper->lab.base = event_base_new();
	for (int i = 0; i < 2; i++) {
		keeper->ends[i] = keeper->lab.base
				      ? evsignal_new(keeper->lab.base, i ? SIGINT : SIGTERM, on_end, keeper)
				      : NULL;
		if (!keeper->ends[i] || event_add(keeper->ends[i], NULL))
			return fail_set(fail, -ENOMEM, "libevent: no event loop");
	}
	err = event_log_open(&keeper->lab.events, PLAN_PREFIX "/events.jsonl", fail);
	if (err)
		return err;
	keeper->lab.unclean = !access(UNCLEAN, F_OK);
	keeper->lab.bin = bin;
	keeper->lab.host = (struct fault_host){
	    .program = program, .box = box, .box_end = box_end, .holds = holds, .failed = failed};
	keeper->lab.source =
	    (struct status_source){.name = keeper->lab.topology->name, .switches = true, .phones = true};
	err = lab_server_begin(&keeper->lab, verbs, fail);
	return err ? err : begin_listener(keeper, fail);
}

static void finish(struct keeper *keeper)
{
	end_listener(keeper);
	for (int i = 0; i < 2; i++)
		if (keeper->ends[i])
			event_free(keeper->ends[i]);
	lab_server_free(&keeper->lab);
	event_log_close(keeper->lab.events);
}

int keeper_run(struct topology *topology, const char *bin, const struct keeper_tls *tls)
{
	struct keeper keeper = {
	    .lab = {.topology = topology, .plan = plan_cucm(topology)}, .tls = tls, .status = EXIT_AS_ASKED};
	struct fail fail = {0};
	int status = EXIT_AS_ASKED;

	if (prepare(&keeper, bin, &fail)) {
		status = exit_complain(EXIT_DEFECT, "keeper: %s", fail.text);
	} else {
		if (keeper.lab.unclean)
			exit_complain(0, "keeper: %s", fault_unclean);
		event_base_dispatch(keeper.lab.base);
		status = keeper.status;
		if (fault_state_clear_all(keeper.lab.faults, &fail))
			status = exit_complain(EXIT_DEFECT, "keeper: %s", fail.text);
	}
	finish(&keeper);
	return status;
}
