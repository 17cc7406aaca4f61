#include "phonelab/why/probes_many.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "phonelab/lab/spawn.h"
#include "phonelab/why/probes.h"

#define LIMIT_MS 5000

struct job {
	const struct why_case *it;
	const struct lab *lab;
	pid_t pid;
	int out; /* a file in memory for the new facts */
};

/* In the process of the case: its copy of the list has the facts that are known. */
static int probe(void *arg)
{
	const struct job *job = arg;
	json_t *facts = json_copy(job->it->facts), *added = json_array();
	size_t known = json_array_size(facts);

	why_probe_facts(job->it, job->lab, facts);
	for (size_t i = known; i < json_array_size(facts); i++)
		json_array_append(added, json_array_get(facts, i));
	return json_dumpfd(added, job->out, JSON_COMPACT) ? 1 : 0;
}

static void start(struct job *job)
{
	static const struct spawn_options options = {.name = "probe", .group = true};
	struct fail ignored = {0};

	job->out = memfd_create("facts", MFD_CLOEXEC);
	job->pid = job->out < 0 ? -1 : spawn_function(&options, probe, job, &ignored);
}

/* Wait for the process until a time, and take its facts. */
static void finish(struct job *job, uint64_t until_us)
{
	uint64_t now = clock_now_us();
	json_t *added = NULL;
	int status = 1;

	if (job->pid > 0 &&
	    !spawn_wait(job->pid, until_us > now ? (int)((until_us - now) / 1000) : 0, &status))
		status = spawn_end(job->pid, true, SIGKILL, 0);
	if (job->pid > 0 && !spawn_exit_status(status) && !lseek(job->out, 0, SEEK_SET))
		added = json_loadfd(job->out, 0, NULL);
	if (json_is_array(added))
		json_array_extend(job->it->facts, added);
	json_decref(added);
	if (job->out >= 0)
		close(job->out);
}

void why_probe_many(struct why_case *const *cases, size_t n, const struct lab *lab)
{
	struct job jobs[WHY_PROBED_MOST];
	uint64_t until = clock_now_us() + LIMIT_MS * 1000;

	n = n < WHY_PROBED_MOST ? n : WHY_PROBED_MOST;
	for (size_t i = 0; i < n; i++) {
		jobs[i] = (struct job){.it = cases[i], .lab = lab};
		start(&jobs[i]);
	}
	for (size_t i = 0; i < n; i++)
		finish(&jobs[i], until);
}
