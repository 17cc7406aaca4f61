#include "phonelab/supervise/outer.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cable/userns.h"
#include "phonelab/lab/complain.h"
#include "phonelab/lab/ended.h"
#include "phonelab/lab/run_copy.h"
#include "phonelab/lab/address.h"
#include "phonelab/lab/plan.h"
#include "phonelab/supervise/report_line.h"
#include "phonelab/lab/spawn.h"
#include "phonelab/supervise/supervisor.h"

#define STOP_LIMIT   10 /* seconds, for the whole of an ordered end */
#define CLIENT_LIMIT 5	/* seconds, for the request of a client */

struct outer {
	const struct outer_options *options;
	struct nics nics;	     /* open until the inner process has them */
	struct trunk_sockets trunks; /* the same */
	struct event_base *base;
	struct event *report_event, *child_event, *term_event, *limit_event, *accept_event;
	int listener, from_inner;
	struct report_reader reader;
	pid_t inner;
	time_t since;
	bool up, stopping;
	int status;
};

/* --- requests of clients --- */

static void stop_lab(void *arg)
{
	const struct timeval limit = {.tv_sec = STOP_LIMIT};
	struct outer *outer = arg;

	if (outer->stopping)
		return;
	outer->stopping = true;
	if (outer->inner)
		kill(outer->inner, SIGTERM);
	event_add(outer->limit_event, &limit);
}

static void send_info(const struct outer *outer, int fd)
{
	json_t *info = json_pack("{s:s,s:i,s:s,s:I,s:I,s:b}", "lab", outer->options->name, "pid",
				 (int)outer->inner, "topology", outer->options->topology->file, "phones",
				 (json_int_t)outer->options->topology->phone_count, "since",
				 (json_int_t)outer->since, "up", outer->up);
	char *text = json_dumps(info, JSON_COMPACT);

	json_decref(info);
	if (text)
		dprintf(fd, "%s\n", text);
	free(text);
}

/* The connection of a client that sent "down" is never closed here: the exit of this process closes it. */
static void on_client(evutil_socket_t fd, short what, void *arg)
{
	char word[32] = "";
	ssize_t n = read(fd, word, sizeof(word) - 1);

	(void)what;
	if (n > 0 && !strncmp(word, "down", 4)) {
		stop_lab(arg);
		return;
	}
	if (n > 0 && !strncmp(word, "info", 4))
		send_info(arg, fd);
	close(fd);
}

static void on_accept(evutil_socket_t listener, short what, void *arg)
{
	const struct timeval limit = {.tv_sec = CLIENT_LIMIT};
	const struct outer *outer = arg;
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct ucred peer;

	(void)what;
	if (fd >= 0 && (!lab_address_trusted(fd, &peer) ||
			event_base_once(outer->base, fd, EV_READ, on_client, arg, &limit)))
		close(fd);
}

/* --- the inner process --- */

struct inner {
	const struct outer_options *options;
	struct nics *nics;
	struct trunk_sockets *trunks;
	int report, listener;
};

static int inner_main(void *arg)
{
	const struct inner *inner = arg;

	close(inner->listener);
	close(inner->options->report);
	return supervisor_run(inner->options, inner->nics, inner->trunks, inner->report);
}

/* When all children have stopped, or the lab has failed: copy the logs, and end the inner process. with: SIGTERM if it
 * is ready to exit, else SIGKILL. */
static void end_inner(struct outer *outer, int with)
{
	if (outer->options->keep && outer->inner)
		run_copy(outer->inner, outer->options->keep);
	outer->stopping = true;
	if (outer->inner)
		kill(outer->inner, with);
}

/* Every line of the inner process is passed on to the process that started the lab. */
static void on_line(void *arg, char *line)
{
	struct outer *outer = arg;

	dprintf(outer->options->report, "%s\n", line);
	switch (report_word_of(line)) {
	case REPORT_UP: outer->up = true; break;
	case REPORT_FAILED:
	case REPORT_MISSING:
		outer->status = EXIT_ASSERTION;
		if (outer->options->background)
			ended_write(outer->options->name, report_text_of(line));
		end_inner(outer, SIGKILL);
		break;
	case REPORT_STOPPED: end_inner(outer, SIGTERM); break;
	case REPORT_PID:
	case REPORT_STARTING:
	case REPORT_WAITING:
	case REPORT_HELD:
	case REPORT_DIED:
	case REPORT_USAGE:
	case REPORT_UNFIT:
	case REPORT_OTHER: break;
	}
}

static void on_report(evutil_socket_t fd, short what, void *arg)
{
	struct outer *outer = arg;

	(void)what;
	if (!report_read(&outer->reader, fd, on_line, outer))
		event_del(outer->report_event);
}

static void on_child(evutil_socket_t number, short what, void *arg)
{
	struct outer *outer = arg;
	char reason[120], how[80];
	int status;

	(void)number;
	(void)what;
	if (waitpid(outer->inner, &status, WNOHANG) != outer->inner)
		return;
	outer->inner = 0;
	if (!outer->stopping) {
		/* See phonelab/document/arena.h. */
		bool memory = spawn_exit_status(status) == EXIT_UNFIT;

		snprintf(reason, sizeof(reason), "the supervisor %s%s",
			 spawn_describe(status, how, sizeof(how)), memory ? " (out of memory)" : "");
		dprintf(outer->options->report, "failed %s; all processes of the lab have exited\n", reason);
		if (outer->options->background)
			ended_write(outer->options->name, reason);
		outer->status = EXIT_ASSERTION;
	}
	event_base_loopbreak(outer->base);
}

static void on_term(evutil_socket_t number, short what, void *arg)
{
	(void)number;
	(void)what;
	stop_lab(arg);
}

static void on_limit(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	end_inner(arg, SIGKILL);
}

static int start_inner(struct outer *outer, struct fail *fail)
{
	struct inner inner = {.options = outer->options,
			      .nics = &outer->nics,
			      .trunks = &outer->trunks,
			      .listener = outer->listener};
	struct userns_options options = {.run_bytes = plan_run_bytes(outer->options->topology)};
	int pipes[2], err;

	err = userns_check(&options.user, fail);
	if (err)
		return err;
	if (pipe2(pipes, O_CLOEXEC))
		return fail_set(fail, -errno, "pipe: %s", strerror(errno));
	inner.report = pipes[1];
	outer->from_inner = pipes[0];
	fcntl(pipes[0], F_SETFL, O_NONBLOCK);
	err = userns_fork(&outer->inner, &options, inner_main, &inner, fail);
	close(pipes[1]);
	if (err)
		return err;
	dprintf(outer->options->report, "pid %d\n", (int)outer->inner);
	return 0;
}

/* --- the loop --- */

static int begin(struct outer *outer, struct fail *fail)
{
	int err;

	outer->base = event_base_new();
	if (!outer->base)
		return fail_set(fail, -ENOMEM, "libevent: no event loop");
	outer->child_event = evsignal_new(outer->base, SIGCHLD, on_child, outer);
	outer->term_event = evsignal_new(outer->base, SIGTERM, on_term, outer);
	outer->limit_event = evtimer_new(outer->base, on_limit, outer);
	err = start_inner(outer, fail);
	if (err)
		return err;
	event_add(outer->child_event, NULL);
	event_add(outer->term_event, NULL);
	outer->accept_event = event_new(outer->base, outer->listener, EV_READ | EV_PERSIST, on_accept, outer);
	event_add(outer->accept_event, NULL);
	outer->report_event =
	    event_new(outer->base, outer->from_inner, EV_READ | EV_PERSIST, on_report, outer);
	event_add(outer->report_event, NULL);
	/* The inner process may have exited before SIGCHLD was caught. */
	on_child(SIGCHLD, EV_SIGNAL, outer);
	return 0;
}

static void finish(struct outer *outer)
{
	struct event *const events[] = {outer->report_event, outer->child_event, outer->term_event,
					outer->limit_event, outer->accept_event};

	if (outer->inner) {
		kill(outer->inner, SIGKILL);
		waitpid(outer->inner, NULL, 0);
	}
	/* Before the connections of the clients: the name is free when `down` returns. */
	close(outer->listener);
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (events[i])
			event_free(events[i]);
	if (outer->base)
		event_base_free(outer->base);
	if (outer->from_inner >= 0)
		close(outer->from_inner);
}

/* All parts of the lab are on one machine: a trunk over UDP would have no other end. */
static int check_trunks(const struct topology *topology, struct fail *fail)
{
	for (size_t i = 0; !topology->closet && i < topology->switches.n; i++)
		for (size_t j = 0; j < topology->switches.items[i].uplinks.n; j++)
			if (topology->switches.items[i].uplinks.items[j].over == TOPOLOGY_OVER_UDP)
				return fail_set(
				    fail, -EOPNOTSUPP,
				    "the uplink of %s to %s is over UDP, which a whole lab on one "
				    "machine does not have; remove `over: udp`, or start a part of the "
				    "lab with --closet (docs/topology.md)",
				    topology->switches.items[i].name,
				    topology->switches.items[i].uplinks.items[j].to);
	return 0;
}

int outer_run(const struct outer_options *options)
{
	struct outer outer = {.options = options, .from_inner = -1, .since = time(NULL)};
	struct fail fail = {0};

	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	outer.listener = lab_address_listen(options->name, &fail);
	if (outer.listener < 0) {
		dprintf(options->report, "usage %s\n", fail.text);
		return EXIT_USAGE;
	}
	ended_remove(options->name);
	outer.status = check_trunks(options->topology, &fail)
			   ? EXIT_USAGE
			   : nics_open(&outer.nics, options->topology, &fail);
	if (!outer.status && trunk_sockets_open(&outer.trunks, options->topology, &fail))
		outer.status = EXIT_USAGE;
	if (outer.status) {
		report_write(options->report, outer.status == EXIT_UNFIT ? "unfit" : "usage", fail.text);
	} else if (begin(&outer, &fail)) {
		dprintf(options->report, "unfit %s\n", fail.text);
		outer.status = EXIT_UNFIT;
	}
	nics_close(&outer.nics);
	trunk_sockets_close(&outer.trunks);
	if (!outer.status && outer.inner)
		event_base_dispatch(outer.base);
	finish(&outer);
	return outer.status;
}
