#include "phonelab/web/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"
#include "phonelab/lab/self.h"
#include "phonelab/lab/spawn.h"

#define OUTPUT_MOST (8u << 20)
#define WORDS	    24

/* One of the two outputs of the command. */
struct stream {
	int fd;
	struct event *readable;
	struct text text;
};

struct web_run {
	pid_t pid;
	int process; /* pidfd */
	struct event *ended, *late;
	struct stream output, errors;
	web_run_fn *done;
	void *arg;
};

static void free_stream(struct stream *stream)
{
	if (stream->readable)
		event_free(stream->readable);
	if (stream->fd >= 0)
		close(stream->fd);
	text_free(&stream->text);
}

static void free_run(struct web_run *run)
{
	if (run->ended)
		event_free(run->ended);
	if (run->late)
		event_free(run->late);
	free_stream(&run->output);
	free_stream(&run->errors);
	if (run->process >= 0)
		close(run->process);
	free(run);
}

/* Read what is there. False at the end of the output. */
static bool read_part(struct stream *stream)
{
	char bytes[16384];
	ssize_t n;

	while ((n = read(stream->fd, bytes, sizeof(bytes))) > 0)
		if (stream->text.length < OUTPUT_MOST)
			text_add_bytes(&stream->text, bytes, (size_t)n);
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct stream *stream = arg;

	(void)fd;
	(void)what;
	if (!read_part(stream))
		event_del(stream->readable);
}

static void finish(struct web_run *run, int status)
{
	read_part(&run->output);
	read_part(&run->errors);
	run->done(run->arg, status, run->output.text.bytes ? run->output.text.bytes : "",
		  run->errors.text.bytes ? run->errors.text.bytes : "");
	free_run(run);
}

static void on_ended(evutil_socket_t fd, short what, void *arg)
{
	struct web_run *run = arg;
	int status = 0;

	(void)fd;
	(void)what;
	spawn_wait(run->pid, -1, &status);
	spawn_signal(run->pid, true, SIGKILL); /* what it has left behind */
	finish(run, spawn_exit_status(status));
}

static void on_late(evutil_socket_t fd, short what, void *arg)
{
	struct web_run *run = arg;

	(void)fd;
	(void)what;
	spawn_end(run->pid, true, SIGKILL, -1);
	finish(run, -ETIME);
}

/* A pipe into the stream; the descriptor for the command, or a negative errno. */
static int open_stream(struct event_base *base, struct stream *stream)
{
	int pipes[2];

	if (pipe2(pipes, O_CLOEXEC))
		return -errno;
	fcntl(pipes[0], F_SETFL, O_NONBLOCK);
	stream->fd = pipes[0];
	stream->readable = event_new(base, pipes[0], EV_READ | EV_PERSIST, on_readable, stream);
	if (stream->readable && !event_add(stream->readable, NULL))
		return pipes[1];
	close(pipes[1]);
	return -ENOMEM;
}

/* What runs in the process: a command, or a function. */
struct work {
	const struct lab *lab;
	const char *const *words; /* NULL: the function */
	web_run_work *function;
	void *arg;
};

static int start(struct web_run *run, const struct work *work, const struct spawn_options *options,
		 struct fail *fail)
{
	const char *const *words = work->words;
	char program[600];
	const char *argv[WORDS] = {program, "--lab", work->lab ? work->lab->name : NULL};
	size_t n = work->lab ? 3 : 1;

	self_folder(program, sizeof(program) - 10);
	strcat(program, "/phonelab");
	while (words && *words && n < WORDS - 1)
		argv[n++] = *words++;
	if (words && *words)
		return fail_set(fail, -E2BIG, "too many words");
	run->pid = words ? spawn_program(options, (char *const *)argv, fail)
			 : spawn_function(options, work->function, work->arg, fail);
	if (run->pid < 0)
		return fail->err;
	run->process = (int)syscall(SYS_pidfd_open, run->pid, 0);
	return 0;
}

static struct web_run *launch(struct event_base *base, const struct work *work, int timeout_s,
			      web_run_fn *done, void *arg, struct fail *fail)
{
	const struct timeval limit = {.tv_sec = timeout_s};
	struct web_run *run = malloc(sizeof(*run));
	struct spawn_options options = {.group = true};
	int err = 0;

	if (!run) {
		fail_set(fail, -ENOMEM, "out of memory");
		return NULL;
	}
	*run = (struct web_run){
	    .process = -1, .output = {.fd = -1}, .errors = {.fd = -1}, .done = done, .arg = arg};
	options.output = open_stream(base, &run->output);
	options.error = options.output < 0 ? options.output : open_stream(base, &run->errors);
	if (options.error < 0)
		err =
		    fail_set(fail, options.error, "the command cannot be run: %s", strerror(-options.error));
	else
		err = start(run, work, &options, fail);
	if (options.output >= 0)
		close(options.output);
	if (options.error >= 0)
		close(options.error);
	run->ended = err ? NULL : event_new(base, run->process, EV_READ, on_ended, run);
	run->late = err ? NULL : evtimer_new(base, on_late, run);
	if (!err && run->process >= 0 && run->ended && run->late && !event_add(run->ended, NULL) &&
	    !evtimer_add(run->late, &limit))
		return run;
	if (!err)
		fail_set(fail, -ENOMEM, "out of memory");
	web_run_cancel(run);
	return NULL;
}

struct web_run *web_run_start(struct event_base *base, const struct lab *lab, const char *const *words,
			      int timeout_s, web_run_fn *done, void *arg, struct fail *fail)
{
	const struct work work = {.lab = lab, .words = words};

	return launch(base, &work, timeout_s, done, arg, fail);
}

struct web_run *web_run_function(struct event_base *base, web_run_work *function, void *work_arg,
				 int timeout_s, web_run_fn *done, void *arg, struct fail *fail)
{
	const struct work work = {.function = function, .arg = work_arg};

	return launch(base, &work, timeout_s, done, arg, fail);
}

void web_run_cancel(struct web_run *run)
{
	if (!run)
		return;
	if (run->pid > 0)
		spawn_end(run->pid, true, SIGKILL, -1);
	free_run(run);
}
