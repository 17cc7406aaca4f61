#include "phonelab/supervise/node_run.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/control.h"
#include "base/event_log.h"
#include "base/file.h"
#include "phonelab/lab/complain.h"
#include "phonelab/lab/inspect.h"
#include "phonelab/lab/node.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/probe_verb.h"
#include "phonelab/lab/program.h"
#include "phonelab/lab/spawn.h"

#define CHILDREN 8
#define TICK_US	 10000 /* how often the addresses are checked; no timer runs once the node is plugged in */
#define READY_US 8000000
#define READY_MS 100
#define LOOK_US	 10000
#define STOP_US	 3000000
#define LOOK_MS	 2

static const int caught[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
#define CAUGHT (sizeof(caught) / sizeof(caught[0]))

/* A process of a node: the cable, a simulator, a server's program. What it prints goes to our standard output
 * and to log/NAME.log. */
struct node_child {
	const char *name;
	char *const *argv;
	bool server; /* a server's: it is stopped, paused and killed together with what it forks */
	bool bare;   /* it needs no capability: the ambient ones are removed */
	const char *directory;
	const char *const *environment;
	pid_t pid; /* 0: it does not run */
	int out;   /* what it prints, or -1 */
	int log;   /* the log file, or -1 */
	struct event *readable;
};

struct run {
	const struct node_job *job;
	struct event_base *base;
	struct event *signals[CAUGHT], *tick;
	struct control_server *control;
	struct node_child children[CHILDREN]; /* the cable first, when there is one */
	size_t count;
	bool started; /* the programs, after the cable */
	bool ending;
	int status;
};

/* --- a child --- */

static void close_output(struct node_child *child)
{
	if (child->readable)
		event_free(child->readable);
	child->readable = NULL;
	if (child->out >= 0)
		close(child->out);
	child->out = -1;
}

/* If nothing reads our output, or the disk is full, the program still goes on. */
static void node_child_pass_on(struct node_child *child)
{
	char text[16384];
	ssize_t n = -1;

	errno = EAGAIN;
	while (child->out >= 0 && (n = read(child->out, text, sizeof(text))) > 0) {
		(void)!write(STDOUT_FILENO, text, (size_t)n);
		if (child->log >= 0)
			(void)!write(child->log, text, (size_t)n);
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		close_output(child);
}

static void on_output(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	node_child_pass_on(arg);
}

/* Start it. 0 or a negative errno with the reason. */
static int node_child_start(struct node_child *child, struct event_base *base, struct fail *fail)
{
	struct spawn_options options = {.name = child->name,
					.group = child->server,
					.drop_ambient = child->bare,
					.directory = child->directory,
					.environment = child->environment};
	char path[200];
	int pipes[2];
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC))
		return fail_set(fail, -errno, "%s cannot be started: %s", child->name, strerror(errno));
	options.output = options.error = pipes[1];
	pid = spawn_program(&options, child->argv, fail);
	close(pipes[1]);
	if (pid < 0) {
		close(pipes[0]);
		return pid;
	}
	child->pid = pid;
	snprintf(path, sizeof(path), PLAN_PREFIX "/log/%s.log", child->name);
	fcntl(pipes[0], F_SETFL, O_NONBLOCK);
	child->out = pipes[0];
	child->log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	child->readable = event_new(base, child->out, EV_READ | EV_PERSIST, on_output, child);
	if (child->readable)
		event_add(child->readable, NULL);
	return 0;
}

/* SIGTERM also resumes a paused program. */
static void node_child_signal(const struct node_child *child, int number)
{
	if (child->pid)
		spawn_signal(child->pid, child->server, number);
}

/* It was reaped: copy the rest of its output and close its descriptors. */
static void node_child_ended(struct node_child *child)
{
	child->pid = 0;
	node_child_pass_on(child);
	close_output(child);
	if (child->log >= 0)
		close(child->log);
	child->log = -1;
}

/* End it with that signal, and SIGKILL after some seconds. */
static void node_child_end(struct node_child *child, int number)
{
	uint64_t until = clock_now_us() + STOP_US;
	pid_t pid = child->pid;

	if (!pid)
		return;
	node_child_signal(child, number);
	while (!spawn_wait(pid, LOOK_MS, NULL)) {
		if (clock_now_us() > until)
			node_child_signal(child, SIGKILL);
		node_child_pass_on(child);
	}
	if (child->server)
		kill(-pid, SIGKILL); /* what it forked */
	node_child_ended(child);
}

/* --- the children --- */

static void signal_all(const struct run *run, int number)
{
	for (size_t i = 0; i < run->count; i++)
		node_child_signal(&run->children[i], number);
}

/* Leave the loop if the node is ending and no child runs. */
static void end_if_idle(const struct run *run)
{
	bool running = !run->ending;

	for (size_t i = 0; i < run->count; i++)
		running = running || run->children[i].pid;
	if (!running)
		event_base_loopbreak(run->base);
}

static void end(struct run *run, int status)
{
	const struct timeval patience = {.tv_sec = 5};

	if (run->ending)
		return;
	run->ending = true;
	run->status = status;
	signal_all(run, SIGTERM);
	event_add(run->tick, &patience);
	end_if_idle(run);
}

static void start(struct run *run, const char *name, char *const *argv, const struct server_program *server)
{
	struct node_child *child = &run->children[run->count];
	struct fail fail = {0};

	*child = (struct node_child){.name = name,
				     .argv = argv,
				     .server = server != NULL,
				     .bare = server && server->command &&
					     (server->command->program == CUCM_PROGRAM_HTTP ||
					      server->command->program == CUCM_PROGRAM_KAMAILIO),
				     .directory = server && server->run ? server->run->directory : NULL,
				     .environment = server ? server->environment : NULL,
				     .out = -1,
				     .log = -1};
	if (run->count == CHILDREN)
		end(run, exit_complain(EXIT_DEFECT, "node: %s: too many programs", name));
	else if (node_child_start(child, run->base, &fail))
		end(run, exit_complain(EXIT_UNFIT, "node: %s", fail.text));
	else
		run->count++;
}

static void reap(struct run *run)
{
	int how;
	pid_t pid;

	while ((pid = waitpid(-1, &how, WNOHANG)) > 0)
		for (size_t i = 0; i < run->count; i++) {
			int status = spawn_exit_status(how);

			if (run->children[i].pid != pid)
				continue;
			node_child_ended(&run->children[i]);
			/* A single program has printed the reason itself. */
			if (!run->ending && run->job->cable)
				fprintf(stderr, "phonelab: node: %s exited with status %d\n",
					run->children[i].name, status);
			end(run, status ? status : 1);
		}
	end_if_idle(run);
}

static void on_signal(evutil_socket_t number, short what, void *arg)
{
	struct run *run = arg;

	(void)what;
	if (number == SIGCHLD)
		reap(run);
	else if (number == SIGHUP)
		signal_all(run, SIGHUP);
	else
		end(run, 0);
}

static void write_started(const struct run *run)
{
	struct event_log *events;
	struct fail fail = {0};

	if (event_log_open(&events, PLAN_PREFIX "/events.jsonl", &fail))
		return;
	event_log_write(events, clock_now_us(), "lab", 0, "lab.started", run->job->name, NULL);
	event_log_close(events);
}

/* Start the programs once the node has its addresses. */
static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval tick = {.tv_usec = TICK_US};
	struct run *run = arg;
	struct fail fail = {0};

	(void)fd;
	(void)what;
	if (run->ending) {
		signal_all(run, SIGKILL);
		return;
	}
	if (run->job->node && node_has_addresses(run->job->node, &fail)) {
		event_add(run->tick, &tick);
		return;
	}
	run->started = true;
	for (size_t i = 0; i < run->job->program_count && !run->ending; i++)
		start(run, run->job->programs[i].name, run->job->programs[i].argv,
		      run->job->programs[i].server);
	write_started(run);
}

/* --- programs on request --- */

static int run_program(struct run *run, struct node_child *child, const struct server_program *server,
		       struct fail *fail)
{
	uint64_t until = clock_now_us() + READY_US;
	int err;

	if (child->pid) {
		kill(-child->pid, SIGCONT);
		return 0;
	}
	err = node_child_start(child, run->base, fail);
	while (!err) {
		if (!server_program_ready(server, run->job->node->plugs[0].address, PLAN_PREFIX, -1, READY_MS,
					  fail))
			return 0;
		node_child_pass_on(child);
		if (spawn_wait(child->pid, 0, NULL)) {
			node_child_ended(child);
			err = fail_set(fail, -ESRCH, "%s exited at once: see log/%s.log", child->name,
				       child->name);
		} else if (clock_now_us() > until) {
			err = fail_prefix(fail, -ETIMEDOUT, "%s is not ready", child->name);
		} else {
			usleep(LOOK_US);
		}
	}
	return err;
}

static int act(struct run *run, struct node_child *child, const struct server_program *server,
	       enum program_action action, struct fail *fail)
{
	int err = 0;

	switch (action) {
	case PROGRAM_STATE: break;
	case PROGRAM_STOP: node_child_end(child, SIGTERM); break;
	case PROGRAM_KILL: node_child_end(child, SIGKILL); break;
	case PROGRAM_PAUSE: err = program_pause(child->pid, child->name, fail); break;
	case PROGRAM_RUN: err = run_program(run, child, server, fail); break;
	case PROGRAM_RESTART:
		node_child_end(child, SIGTERM);
		err = run_program(run, child, server, fail);
		break;
	}
	return err ? err : (int)program_state_of(child->pid);
}

static int program(void *arg, const char *name, enum program_action action, struct fail *fail)
{
	struct run *run = arg;
	const struct node_job *job = run->job;

	if (run->ending)
		return fail_set(fail, -ESHUTDOWN, "%s is being stopped", job->name);
	for (size_t i = 0; i < job->program_count && run->started; i++)
		if (!strcmp(job->programs[i].name, name))
			return act(run, &run->children[i + (job->cable != NULL)], job->programs[i].server,
				   action, fail);
	return fail_set(fail, -ENOENT, "unknown program \"%s\"; expected a started program of %s", name,
			job->name);
}

static json_t *verb_program(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	(void)fd;
	return program_answer(request, program, arg, fail);
}

static json_t *verb_probe(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	(void)arg;
	(void)fd;
	return probe_answer(request, fail);
}

/* The keeper and `why` ask what the node looks like from inside. */
static json_t *verb_inspect(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	const struct node_job *job = ((const struct run *)arg)->job;
	struct server_program programs[CHILDREN];
	struct server_programs list = {.items = programs};
	struct inspect_target target;

	(void)fd;
	(void)fail;
	for (size_t i = 0; i < job->program_count && list.n < CHILDREN; i++)
		if (job->programs[i].server)
			programs[list.n++] = *job->programs[i].server;
	target = inspect_target_of(job->node, &list, json_object_get(request, "phones"));
	return inspect_here(&target);
}

static int listen_at(struct run *run, struct fail *fail)
{
	static const struct control_verb of_server[] = {
	    {"program", verb_program}, {"inspect", verb_inspect}, {NULL, NULL}};
	static const struct control_verb of_rack[] = {{"probe", verb_probe}, {NULL, NULL}};
	char path[128];
	int err = file_make_directory(PLAN_PREFIX "/nodes", fail);

	plan_node_socket(run->job->name, path);
	return err ? err
		   : control_server_new(&run->control, run->base, path, run->job->rack ? of_rack : of_server,
					run, fail);
}

/* --- the node --- */

static int prepare(struct run *run, struct fail *fail)
{
	run->base = event_base_new();
	run->tick = run->base ? evtimer_new(run->base, on_tick, run) : NULL;
	if (!run->tick)
		return fail_set(fail, -ENOMEM, "libevent: no event loop");
	for (size_t i = 0; i < CAUGHT; i++) {
		run->signals[i] = evsignal_new(run->base, caught[i], on_signal, run);
		if (!run->signals[i] || event_add(run->signals[i], NULL))
			return fail_set(fail, -ENOMEM, "libevent: signals cannot be caught");
	}
	return run->job->node || run->job->rack ? listen_at(run, fail) : 0;
}

static void finish(struct run *run)
{
	control_server_free(run->control);
	for (size_t i = 0; i < run->count; i++)
		node_child_ended(&run->children[i]);
	for (size_t i = 0; i < CAUGHT; i++)
		if (run->signals[i])
			event_free(run->signals[i]);
	if (run->tick)
		event_free(run->tick);
	if (run->base)
		event_base_free(run->base);
}

int node_run(const struct node_job *job)
{
	struct run run = {.job = job};
	struct fail fail = {0};
	char cable[80];

	if (prepare(&run, &fail)) {
		finish(&run);
		return exit_complain(EXIT_DEFECT, "node: %s", fail.text);
	}
	snprintf(cable, sizeof(cable), "%s-cable", job->name);
	if (job->cable)
		start(&run, cable, job->cable, NULL);
	if (!run.ending)
		on_tick(-1, 0, &run);
	if (!run.ending || run.count)
		event_base_dispatch(run.base);
	finish(&run);
	return run.status;
}
