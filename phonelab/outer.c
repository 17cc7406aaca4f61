#include "phonelab/outer.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cable/userns.h"
#include "phonelab/command.h"
#include "phonelab/keep.h"
#include "phonelab/plan.h"
#include "phonelab/report_line.h"
#include "phonelab/self.h"
#include "phonelab/supervisor.h"

#define CLIENTS	   16
#define STOP_LIMIT 10 /* seconds, for the whole of an ordered end */

struct outer {
	const struct outer_options *options;
	struct event_base *base;
	struct event *accept_event, *report_event, *child_event, *term_event, *limit_event;
	struct event *client_event[CLIENTS];
	int client[CLIENTS];
	bool client_waits[CLIENTS]; /* for the end of the lab */
	int listener, from_inner;
	struct report_reader reader;
	pid_t inner;
	time_t since;
	bool up, stopping;
	int status;
};

void outer_address(const char *lab, char text[100])
{
	snprintf(text, 100, "phonelab/%u/%s", (unsigned)getuid(), lab);
}

static void report(const struct outer *outer, const char *line, size_t length)
{
	(void)!write(outer->options->report, line, length);
}

/* --- clients
 * ------------------------------------------------------------------------------------------------ */

static void drop_client(struct outer *outer, int i)
{
	event_free(outer->client_event[i]);
	close(outer->client[i]);
	outer->client_event[i] = NULL;
	outer->client[i] = -1;
	outer->client_waits[i] = false;
}

static void stop_lab(struct outer *outer)
{
	const struct timeval limit = {.tv_sec = STOP_LIMIT};

	if (outer->stopping)
		return;
	outer->stopping = true;
	if (outer->inner)
		kill(outer->inner, SIGTERM);
	event_add(outer->limit_event, &limit);
}

static void answer_info(struct outer *outer, int fd)
{
	json_t *info = json_pack("{s:s,s:i,s:s,s:I,s:I,s:b}", "lab", outer->options->name, "pid",
				 (int)outer->inner, "topology", outer->options->topology->file, "phones",
				 (json_int_t)outer->options->topology->phone_count, "since",
				 (json_int_t)outer->since, "up", outer->up);
	char *text = json_dumps(info, JSON_COMPACT);

	json_decref(info);
	if (text) {
		(void)!write(fd, text, strlen(text));
		(void)!write(fd, "\n", 1);
	}
	free(text);
}

static void on_client(evutil_socket_t fd, short what, void *arg)
{
	struct outer *outer = arg;
	char word[32];
	ssize_t n = read(fd, word, sizeof(word) - 1);
	int i = 0;

	(void)what;
	while (i < CLIENTS && outer->client[i] != fd)
		i++;
	if (i == CLIENTS)
		return;
	if (n <= 0) {
		drop_client(outer, i);
		return;
	}
	word[n] = 0;
	if (!strncmp(word, "info", 4)) {
		answer_info(outer, fd);
	} else if (!strncmp(word, "down", 4)) {
		outer->client_waits[i] = true;
		stop_lab(outer);
		return;
	}
	drop_client(outer, i);
}

/* Only the user whose lab it is, or root. */
static bool trusted(int fd)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) &&
	       (peer.uid == getuid() || peer.uid == 0);
}

static void on_accept(evutil_socket_t listener, short what, void *arg)
{
	struct outer *outer = arg;
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), i = 0;

	(void)what;
	if (fd < 0)
		return;
	while (i < CLIENTS && outer->client[i] >= 0)
		i++;
	if (i == CLIENTS || !trusted(fd)) {
		close(fd);
		return;
	}
	outer->client[i] = fd;
	outer->client_event[i] = event_new(outer->base, fd, EV_READ | EV_PERSIST, on_client, outer);
	event_add(outer->client_event[i], NULL);
}

static int listen_for_clients(struct outer *outer, struct fail *fail)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char text[100];
	socklen_t length;

	outer_address(outer->options->name, text);
	memcpy(address.sun_path + 1, text, strlen(text));
	length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(text));
	outer->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (outer->listener < 0)
		return fail_set(fail, -errno, "socket: %s", strerror(errno));
	if (!bind(outer->listener, (struct sockaddr *)&address, length) && !listen(outer->listener, 16))
		return 0;
	if (errno == EADDRINUSE)
		return fail_set(fail, -EADDRINUSE,
				"found a lab named \"%s\" up already, expected another name (--name LAB), or "
				"phonelab down %s first",
				outer->options->name, outer->options->name);
	return fail_set(fail, -errno, "@%s: %s", text, strerror(errno));
}

/* --- the inner process
 * --------------------------------------------------------------------------------------- */

struct inner {
	const struct outer_options *options;
	int report, listener;
};

static int inner_main(void *arg)
{
	struct inner *inner = arg;
	struct topology *topology = inner->options->topology;
	struct cucm_plan plan = plan_cucm(topology);
	char bin[512];
	struct supervisor_options options = {.topology = topology,
					     .plan = &plan,
					     .name = inner->options->name,
					     .bin = bin,
					     .hold = inner->options->hold,
					     .report = inner->report,
					     .capture = inner->options->capture,
					     .dark = inner->options->dark};

	close(inner->listener);
	close(inner->options->report);
	self_folder(bin, sizeof(bin));
	return supervisor_run(&options);
}

/* What is left to do once everything has stopped, or the lab has failed: keep, and end the inner process.
 * with: SIGTERM, it is ready to go; SIGKILL, it goes as it is. */
static void end_inner(struct outer *outer, int with)
{
	if (outer->options->keep && outer->inner)
		keep_run_directory(outer->inner, outer->options->keep);
	outer->stopping = true;
	if (outer->inner)
		kill(outer->inner, with);
}

/* Who started the lab hears all that the inner process says. */
static void on_line(void *arg, char *line)
{
	struct outer *outer = arg;

	dprintf(outer->options->report, "%s\n", line);
	switch (report_word_of(line)) {
	case REPORT_UP: outer->up = true; break;
	case REPORT_FAILED:
		outer->status = EXIT_ASSERTION;
		end_inner(outer, SIGKILL);
		break;
	case REPORT_STOPPED: end_inner(outer, SIGTERM); break;
	case REPORT_PID:
	case REPORT_STARTING:
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
	char text[200];
	int status;

	(void)number;
	(void)what;
	if (waitpid(outer->inner, &status, WNOHANG) != outer->inner)
		return;
	outer->inner = 0;
	if (!outer->stopping) {
		int n = snprintf(text, sizeof(text),
				 "failed the supervisor %s %d; everything of the lab is gone with it\n",
				 WIFSIGNALED(status) ? "was killed by signal" : "ended with status",
				 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));

		report(outer, text, (size_t)n);
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
	struct inner inner = {.options = outer->options, .listener = outer->listener};
	struct userns_options options = {0};
	int pipes[2], rc;
	char text[40];

	rc = userns_check(&options.user, fail);
	if (rc)
		return rc;
	if (pipe2(pipes, O_CLOEXEC))
		return fail_set(fail, -errno, "pipe: %s", strerror(errno));
	inner.report = pipes[1];
	outer->from_inner = pipes[0];
	fcntl(pipes[0], F_SETFL, O_NONBLOCK);
	rc = userns_fork(&outer->inner, &options, inner_main, &inner, fail);
	close(pipes[1]);
	if (rc)
		return rc;
	report(outer, text, (size_t)snprintf(text, sizeof(text), "pid %d\n", (int)outer->inner));
	return 0;
}

/* --- the loop
 * ------------------------------------------------------------------------------------------------- */

static int begin(struct outer *outer, struct fail *fail)
{
	int rc;

	outer->base = event_base_new();
	if (!outer->base)
		return fail_set(fail, -ENOMEM, "libevent: no event loop");
	outer->child_event = evsignal_new(outer->base, SIGCHLD, on_child, outer);
	outer->term_event = evsignal_new(outer->base, SIGTERM, on_term, outer);
	outer->limit_event = evtimer_new(outer->base, on_limit, outer);
	outer->accept_event = event_new(outer->base, outer->listener, EV_READ | EV_PERSIST, on_accept, outer);
	rc = start_inner(outer, fail);
	if (rc)
		return rc;
	event_add(outer->child_event, NULL);
	event_add(outer->term_event, NULL);
	event_add(outer->accept_event, NULL);
	outer->report_event =
	    event_new(outer->base, outer->from_inner, EV_READ | EV_PERSIST, on_report, outer);
	event_add(outer->report_event, NULL);
	/* It may have ended before its signal was listened to. */
	on_child(SIGCHLD, EV_SIGNAL, outer);
	return 0;
}

static void finish(struct outer *outer)
{
	struct event *const events[] = {outer->accept_event, outer->report_event, outer->child_event,
					outer->term_event, outer->limit_event};

	if (outer->inner) {
		kill(outer->inner, SIGKILL);
		waitpid(outer->inner, NULL, 0);
	}
	/* The name is free before those who wait for the end are told. */
	close(outer->listener);
	for (int i = 0; i < CLIENTS; i++)
		if (outer->client[i] >= 0)
			drop_client(outer, i);
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (events[i])
			event_free(events[i]);
	if (outer->base)
		event_base_free(outer->base);
	if (outer->from_inner >= 0)
		close(outer->from_inner);
}

int outer_run(const struct outer_options *options)
{
	struct outer outer = {.options = options, .listener = -1, .from_inner = -1, .since = time(NULL)};
	struct fail fail;
	char text[1000];
	int rc;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	for (int i = 0; i < CLIENTS; i++)
		outer.client[i] = -1;
	rc = listen_for_clients(&outer, &fail);
	if (rc) {
		report(&outer, text, (size_t)snprintf(text, sizeof(text), "usage %s\n", fail.text));
		return EXIT_USAGE;
	}
	rc = begin(&outer, &fail);
	if (rc) {
		report(&outer, text, (size_t)snprintf(text, sizeof(text), "unfit %s\n", fail.text));
		outer.status = EXIT_UNFIT;
	} else if (outer.inner) {
		event_base_dispatch(outer.base);
	}
	finish(&outer);
	return outer.status;
}
