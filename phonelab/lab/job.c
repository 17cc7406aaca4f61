#include "phonelab/lab/job.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define RESULT_MAX (4 << 20)

struct job {
	pid_t pid;
	int fd;
	struct event *readable;
	job_done_fn *done;
	void *arg;
	char *text;
	size_t used, size;
};

/* The handlers are the parent's loop's; what the fork would print is nobody's. */
static void settle_down(void)
{
	static const int numbers[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		signal(numbers[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
}

static void write_all(int fd, const char *text, size_t length)
{
	while (length) {
		ssize_t n = write(fd, text, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		text += n;
		length -= (size_t)n;
	}
}

static void run(int fd, job_work_fn *work, void *arg)
{
	struct fail fail = {0};
	json_t *result, *whole;
	char *text;

	settle_down();
	result = work(arg, &fail);
	whole = result ? json_pack("{s:o}", "result", result) : json_pack("{s:s}", "error", fail.text);
	text = whole ? json_dumps(whole, JSON_COMPACT) : NULL;
	if (text)
		write_all(fd, text, strlen(text));
	_exit(0);
}

static void free_job(struct job *job)
{
	if (job->readable)
		event_free(job->readable);
	close(job->fd);
	free(job->text);
	free(job);
}

static void reap(const struct job *job)
{
	/* ECHILD: who reaps every child of this process was first. */
	while (waitpid(job->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static void finish(struct job *job)
{
	json_t *whole = json_loadb(job->text ? job->text : "", job->used, 0, NULL);
	const json_t *result = json_object_get(whole, "result");
	const char *error = json_string_value(json_object_get(whole, "error"));
	struct fail fail = {0};

	if (!result)
		fail_set(&fail, -EIO, "%s", error ? error : "it has ended without a result");
	reap(job);
	job->done(job->arg, result, &fail);
	json_decref(whole);
	free_job(job);
}

static bool make_room(struct job *job)
{
	char *more;

	if (job->used < job->size)
		return true;
	if (job->size >= RESULT_MAX)
		return false;
	more = realloc(job->text, job->size ? job->size * 2 : 16384);
	if (!more)
		return false;
	job->text = more;
	job->size = job->size ? job->size * 2 : 16384;
	return true;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct job *job = arg;
	ssize_t n = -1;

	(void)what;
	if (make_room(job)) {
		n = read(fd, job->text + job->used, job->size - job->used);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
	}
	if (n > 0) {
		job->used += (size_t)n;
		return;
	}
	if (n < 0) {
		/* Too much, or not to be read: what there is, is no result. */
		kill(job->pid, SIGKILL);
		job->used = 0;
	}
	finish(job);
}

int job_start(struct job **out, struct event_base *base, job_work_fn *work, job_done_fn *done, void *arg,
	      struct fail *fail)
{
	struct job *job = calloc(1, sizeof(*job));
	int pipes[2];

	if (!job || pipe2(pipes, O_CLOEXEC | O_NONBLOCK)) {
		free(job);
		return fail_set(fail, -ENOMEM, "no memory, or no file descriptor, for a job");
	}
	*job = (struct job){.fd = pipes[0], .done = done, .arg = arg};
	job->readable = event_new(base, job->fd, EV_READ | EV_PERSIST, on_readable, job);
	fflush(NULL);
	job->pid = job->readable ? fork() : -1;
	if (!job->pid) {
		fcntl(pipes[1], F_SETFL, 0); /* the fork may wait until it is read */
		run(pipes[1], work, arg);
	}
	close(pipes[1]);
	if (job->pid < 0) {
		free_job(job);
		return fail_set(fail, -EAGAIN, "cannot fork for a job");
	}
	event_add(job->readable, NULL);
	*out = job;
	return 0;
}

void job_cancel(struct job *job)
{
	if (!job)
		return;
	kill(job->pid, SIGKILL);
	reap(job);
	free_job(job);
}
