/* Many phones: process number w of n boots the phones w, w + n, w + 2n ... and writes them to its pipe. */
#include "phonelab/lint/crew.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

struct worker {
	pid_t pid;
	int in; /* the end of its pipe that is read; -1: none */
};

/* In front of each phone. The findings follow the phone. */
struct parcel {
	int err;
	size_t findings;
};

static int boot_here(struct lint_order *order, const struct mac *list, size_t count,
		     void (*each)(void *arg, const struct lint_phone *phone), void *arg)
{
	struct lint_phone *phone = malloc(sizeof(*phone));
	int err = phone ? 0 : -ENOMEM;

	for (size_t i = 0; i < count && !err; i++) {
		err = lint_phone_run(order, &list[i], phone);
		if (!err)
			each(arg, phone);
		lint_phone_free(phone);
	}
	free(phone);
	return err;
}

/* --- in a worker --- */

static int send_phone(int out, const struct lint_phone *phone, int result)
{
	struct parcel parcel = {result, phone->findings.count};
	int err = file_write_all(out, &parcel, sizeof(parcel));

	if (!err)
		err = file_write_all(out, phone, sizeof(*phone));
	if (!err)
		err = file_write_all(out, phone->findings.item,
				     phone->findings.count * sizeof(*phone->findings.item));
	return err;
}

static int send_asked(int out, const struct lint_source *source)
{
	const struct lint_entry *entry;
	int err = 0;

	for (size_t i = 0; !err && (entry = lint_folder_entry(source, i)); i++)
		if (entry->asked)
			err = file_write_all(out, &i, sizeof(i));
	return err;
}

static _Noreturn void work(struct lint_order *order, const struct mac *list, size_t count, size_t first,
			   size_t step, int out)
{
	struct lint_phone *phone = malloc(sizeof(*phone));
	int err = phone ? 0 : -ENOMEM;

	for (size_t i = first; i < count && !err; i += step) {
		err = send_phone(out, phone, lint_phone_run(order, &list[i], phone));
		lint_phone_free(phone);
	}
	if (!err)
		err = send_asked(out, order->source);
	_exit(err ? 1 : 0);
}

/* --- in the process that reports --- */

/* Read exactly length bytes. 0, -EIO at an early end. */
static int read_all(int in, void *to, size_t length)
{
	for (size_t at = 0; at < length;) {
		ssize_t n = read(in, (char *)to + at, length - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -EIO;
		at += (size_t)n;
	}
	return 0;
}

static int receive_phone(int in, struct lint_phone *phone)
{
	struct parcel parcel;
	size_t bytes;
	int err = read_all(in, &parcel, sizeof(parcel));

	if (!err)
		err = parcel.err;
	if (!err)
		err = read_all(in, phone, sizeof(*phone));
	if (err) {
		phone->findings.item = NULL;
		return err;
	}
	bytes = parcel.findings * sizeof(*phone->findings.item);
	phone->findings.item = malloc(bytes ? bytes : 1);
	return phone->findings.item ? read_all(in, phone->findings.item, bytes) : -ENOMEM;
}

static int start(struct worker *worker, struct lint_order *order, const struct mac *list, size_t count,
		 size_t first, size_t step)
{
	int ends[2];

	worker->in = -1;
	if (pipe(ends))
		return -errno;
	worker->pid = fork();
	if (worker->pid == 0) {
		close(ends[0]);
		work(order, list, count, first, step, ends[1]);
	}
	close(ends[1]);
	worker->in = ends[0];
	return worker->pid < 0 ? -errno : 0;
}

/* A worker whose pipe is closed ends at its next phone. Later workers have copies of the pipes of earlier ones, so all
 * are closed before the first is waited for. */
static void stop(struct worker *worker, size_t n)
{
	for (size_t w = 0; w < n; w++)
		if (worker[w].in >= 0)
			close(worker[w].in);
	for (size_t w = 0; w < n; w++)
		if (worker[w].pid > 0)
			waitpid(worker[w].pid, NULL, 0);
}

int lint_crew_run(struct lint_order *order, const struct mac *list, size_t count, unsigned processes,
		  void (*each)(void *arg, const struct lint_phone *phone), void *arg)
{
	size_t n = processes < LINT_CREW_MAX ? processes : LINT_CREW_MAX, started = 0, asked;
	struct worker worker[LINT_CREW_MAX] = {0};
	struct lint_phone *phone;
	int err = 0;

	if (n < 2 || count < LINT_CREW_FROM)
		return boot_here(order, list, count, each, arg);
	phone = malloc(sizeof(*phone));
	if (!phone)
		return -ENOMEM;
	while (started < n && !err) {
		err = start(&worker[started], order, list, count, started, n);
		started++;
	}
	for (size_t i = 0; i < count && !err; i++) {
		err = receive_phone(worker[i % n].in, phone);
		if (!err)
			each(arg, phone);
		lint_phone_free(phone);
	}
	for (size_t w = 0; w < n && !err; w++)
		while (!read_all(worker[w].in, &asked, sizeof(asked)))
			lint_folder_ask(order->source, asked);
	stop(worker, started);
	free(phone);
	return err;
}
