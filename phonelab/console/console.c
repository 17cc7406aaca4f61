#include "phonelab/console/console.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "phonelab/console/internal.h"
#include "phonelab/lab/address.h"
#include "phonelab/lab/complain.h"

#define TICK_S	     1
#define CLIENT_LIMIT 5 /* seconds, for the request of a command */

/* --- a native console is found like any lab --- */

static void send_info(const struct console *console, int fd)
{
	json_t *info = json_pack("{s:s,s:i,s:s,s:I,s:I,s:b}", "lab", console->options->name, "pid",
				 (int)getpid(), "topology", console->topology->file, "phones",
				 (json_int_t)console->topology->phone_count, "since",
				 (json_int_t)console->since, "up", 1);
	char *text = json_dumps(info, JSON_COMPACT);

	json_decref(info);
	if (text)
		dprintf(fd, "%s\n", text);
	free(text);
}

/* A client that sent "down" waits until the exit of this process closes its connection. */
static void on_client(evutil_socket_t fd, short what, void *arg)
{
	const struct console *console = arg;
	char word[32] = "";
	ssize_t n = read(fd, word, sizeof(word) - 1);

	(void)what;
	if (n > 0 && !strncmp(word, "down", 4)) {
		event_base_loopbreak(console->base);
		return;
	}
	if (n > 0 && !strncmp(word, "info", 4))
		send_info(console, fd);
	close(fd);
}

static void on_accept(evutil_socket_t listener, short what, void *arg)
{
	static const struct timeval limit = {.tv_sec = CLIENT_LIMIT};
	const struct console *console = arg;
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct ucred peer;

	(void)what;
	if (fd >= 0 && (!lab_address_trusted(fd, &peer) ||
			event_base_once(console->base, fd, EV_READ, on_client, arg, &limit)))
		close(fd);
}

static int listen_for_commands(struct console *console, struct fail *fail)
{
	console->listener = lab_address_listen(console->options->name, fail);
	if (console->listener < 0)
		return fail->err;
	console->acceptable =
	    event_new(console->base, console->listener, EV_READ | EV_PERSIST, on_accept, console);
	return console->acceptable && !event_add(console->acceptable, NULL)
		   ? 0
		   : fail_set(fail, -ENOMEM, "out of memory");
}

/* --- the closets --- */

static void on_connected(void *arg)
{
	struct closet *closet = arg;

	closet->silent = false;
	closet->listed_us = 0;
	console_events_follow(closet);
	console_splice_look(closet);
	console_status_tick(closet->console);
}

static void on_lost(void *arg)
{
	console_status_lost(arg);
}

static int add_closets(struct console *console, struct fail *fail)
{
	console->n = route_count(console->route);
	for (size_t i = 0; i < console->n; i++) {
		struct closet *closet = &console->closets[i];
		const struct remote_calls calls = {on_connected, on_lost, closet};

		*closet = (struct closet){.console = console, .number = i};
		snprintf(closet->complaint, sizeof(closet->complaint), "nothing printed yet");
		closet->remote = remote_new(console->base, console->context, route_name(console->route, i),
					    &console->options->peers[i], &calls);
		if (!closet->remote)
			return fail_set(fail, -ENOMEM, "out of memory");
	}
	return 0;
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct console *console = arg;

	(void)fd;
	(void)what;
	console_status_tick(console);
	for (size_t i = 0; i < console->n; i++) {
		console_events_follow(&console->closets[i]);
		console_splice_look(&console->closets[i]);
	}
}

static void on_settle(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	console_status_settle(arg);
}

static void on_end(evutil_socket_t number, short what, void *arg)
{
	const struct console *console = arg;

	(void)number;
	(void)what;
	event_base_loopbreak(console->base);
}

/* --- the process --- */

static int begin_events(struct console *console, struct fail *fail)
{
	static const struct timeval every = {.tv_sec = TICK_S};

	console->base = event_base_new();
	if (!console->base)
		return fail_set(fail, -ENOMEM, "libevent: no event loop");
	console->tick = event_new(console->base, -1, EV_PERSIST, on_tick, console);
	console->settle = event_new(console->base, -1, 0, on_settle, console);
	for (int i = 0; i < 2; i++)
		console->ends[i] = evsignal_new(console->base, i ? SIGINT : SIGTERM, on_end, console);
	if (!console->tick || !console->settle || !console->ends[0] || !console->ends[1] ||
	    event_add(console->tick, &every) || event_add(console->ends[0], NULL) ||
	    event_add(console->ends[1], NULL))
		return fail_set(fail, -ENOMEM, "libevent: no event loop");
	signal(SIGPIPE, SIG_IGN);
	return 0;
}

static int prepare(struct console *console, struct fail *fail)
{
	bool here = false;
	int err;

	/* Before /run is another one: the files may be there. */
	console->context = tls_context(&console->options->files, false, fail);
	err = console->context ? console_place(console->options, &here, fail) : fail->err;
	err = err ? err : begin_events(console, fail);
	err = err ? err : console_events_open(console, fail);
	err = err ? err : add_closets(console, fail);
	err = err ? err : console_fault_begin(console, fail);
	err = err ? err : console_splice_begin(console, fail);
	err = err ? err : console_verbs_listen(console, fail);
	return err || here ? err : listen_for_commands(console, fail);
}

static void finish(struct console *console)
{
	control_server_free(console->lab);
	control_server_free(console->rack);
	control_server_free(console->probes);
	console_splice_free(console);
	console_events_free(console);
	console_fault_free(console);
	for (size_t i = 0; i < console->n; i++)
		remote_free(console->closets[i].remote);
	console_status_free(console);
	for (int i = 0; i < 2; i++)
		if (console->ends[i])
			event_free(console->ends[i]);
	if (console->tick)
		event_free(console->tick);
	if (console->settle)
		event_free(console->settle);
	if (console->acceptable)
		event_free(console->acceptable);
	if (console->listener >= 0)
		close(console->listener);
	if (console->base)
		event_base_free(console->base);
	SSL_CTX_free(console->context);
}

int console_run(const struct console_options *options)
{
	struct console *console = calloc(1, sizeof(*console));
	struct fail fail = {0};
	int status = EXIT_AS_ASKED;

	if (!console)
		return exit_complain(EXIT_DEFECT, "console: out of memory");
	*console = (struct console){.options = options,
				    .topology = options->topology,
				    .route = options->route,
				    .listener = -1,
				    .events = -1,
				    .since = time(NULL)};
	if (prepare(console, &fail))
		status = exit_complain(EXIT_USAGE, "console: %s", fail.text);
	else
		event_base_dispatch(console->base);
	finish(console);
	free(console);
	return status;
}
