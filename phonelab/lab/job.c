#include "phonelab/lab/job.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "phonelab/lab/spawn.h"

#define RESULT_MAX (4 << 20)

struct job {
	pid_t pid;
	int fd;
	struct event *readable;
	int to_parent; /* the writing end, in the fork */
	job_work_fn *work;
	job_done_fn *done;
	void *arg;
	struct text text; /* the result so far */
};

/* In the fork. */
static int run(void *arg)
{
	const struct job *job = arg;
	struct fail fail = {0};
	json_t *result, *whole;
	char *text;

	result = job->work(job->arg, &fail);
	whole = result ? json_pack("{s:o}", "result", result) : json_pack("{s:s}", "error", fail.text);
	text = whole ? json_dumps(whole, JSON_COMPACT) : NULL;
	return text ? file_write_all(job->to_parent, text, strlen(text)) : -ENOMEM;
}

static void free_job(struct job *job)
{
	if (job->readable)
		event_free(job->readable);
	close(job->fd);
	text_free(&job->text);
	free(job);
}

static void finish(struct job *job)
{
	json_t *whole = json_loadb(job->text.bytes ? job->text.bytes : "", job->text.length, 0, NULL);
	const json_t *result = json_object_get(whole, "result");
	const char *error = json_string_value(json_object_get(whole, "error"));
	struct fail fail = {0};

	if (!result)
		fail_set(&fail, -EIO, "%s", error ? error : "it has ended without a result");
	spawn_wait(job->pid, -1, NULL);
	job->done(job->arg, result, &fail);
	json_decref(whole);
	free_job(job);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct job *job = arg;
	char bytes[16384];
	ssize_t n = read(fd, bytes, sizeof(bytes));

	(void)what;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		text_add_bytes(&job->text, bytes, (size_t)n);
	if (n > 0 && !job->text.failed && job->text.length < RESULT_MAX)
		return;
	if (n) { /* the result is too long or cannot be read */
		kill(job->pid, SIGKILL);
		text_free(&job->text);
	}
	finish(job);
}

int job_start(struct job **out, struct event_base *base, job_work_fn *work, job_done_fn *done, void *arg,
	      struct fail *fail)
{
	const struct spawn_options options = {.name = "a job"};
	struct job *job = calloc(1, sizeof(*job));
	int pipes[2];
	pid_t pid;

	if (!job || pipe2(pipes, O_CLOEXEC)) {
		free(job);
		return fail_set(fail, -ENOMEM, "no memory, or no file descriptor, for a job");
	}
	fcntl(pipes[0], F_SETFL, O_NONBLOCK); /* ours; the fork may wait until its result is read */
	*job = (struct job){.fd = pipes[0], .to_parent = pipes[1], .work = work, .done = done, .arg = arg};
	job->readable = event_new(base, job->fd, EV_READ | EV_PERSIST, on_readable, job);
	pid = job->readable ? spawn_function(&options, run, job, fail)
			    : fail_set(fail, -ENOMEM, "out of memory");
	close(pipes[1]);
	if (pid < 0) {
		free_job(job);
		return pid;
	}
	job->pid = pid;
	event_add(job->readable, NULL);
	*out = job;
	return 0;
}

void job_cancel(struct job *job)
{
	if (!job)
		return;
	kill(job->pid, SIGKILL);
	spawn_wait(job->pid, -1, NULL);
	free_job(job);
}
