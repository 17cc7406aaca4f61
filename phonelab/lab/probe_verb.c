#include "phonelab/lab/probe_verb.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/control.h"
#include "base/json_text.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/probe.h"
#include "phonelab/lab/spawn.h"

#define LIMIT_US 3000000
#define LOOK_MS	 10
#define RACK_MS	 2000

/* The namespaces of the places, whose "netns" become indexes of them. 0 or a negative errno with the reason. */
static int open_places(json_t *plan, int netns[PROBE_PLACES], size_t *count, struct fail *fail)
{
	json_t *place, *reply;
	size_t i;

	json_array_foreach (json_object_get(plan, "places"), i, place) {
		if (i == PROBE_PLACES)
			return fail_set(fail, -EINVAL, "more than %d places", PROBE_PLACES);
		reply = control_ask(PLAN_PREFIX "/phones/rack.sock",
				    json_pack("{s:s,s:s}", "do", "netns", "node", json_text(place, "name")),
				    RACK_MS, &netns[i], fail);
		json_decref(reply);
		if (!reply || netns[i] < 0)
			return fail_set(fail, -ENOENT, "%s has no network namespace",
					json_text(place, "name"));
		json_object_set_new(place, "netns", json_integer((json_int_t)i));
		*count = i + 1;
	}
	json_object_del(plan, "taps"); /* the namespaces of switches and servers are out of reach */
	return 0;
}

struct job {
	const json_t *plan;
	const int *netns;
	size_t count;
	int out; /* a file in memory */
};

static int run(void *arg)
{
	const struct job *job = arg;
	struct fail fail = {0};
	json_t *result = NULL;

	if (probe_run(job->plan, job->netns, job->count, &result, &fail))
		return 1;
	return json_dumpfd(result, job->out, JSON_COMPACT) ? 1 : 0;
}

static json_t *run_forked(struct job *job, struct fail *fail)
{
	static const struct spawn_options options = {
	    .name = "probe", .output = STDOUT_FILENO, .error = STDERR_FILENO};
	uint64_t until = clock_now_us() + LIMIT_US;
	json_t *result = NULL;
	int status = 1;
	pid_t pid;

	job->out = memfd_create("probe", MFD_CLOEXEC);
	pid = job->out < 0 ? -errno : spawn_function(&options, run, job, fail);
	while (pid > 0 && !spawn_wait(pid, LOOK_MS, &status))
		if (clock_now_us() > until)
			kill(pid, SIGKILL);
	if (pid > 0 && !spawn_exit_status(status) && !lseek(job->out, 0, SEEK_SET))
		result = json_loadfd(job->out, 0, NULL);
	if (!result && !*fail->text)
		fail_set(fail, -EIO, "the probe has ended without a result");
	if (job->out >= 0)
		close(job->out);
	return result;
}

json_t *probe_answer(const json_t *request, struct fail *fail)
{
	json_t *plan = json_deep_copy(json_object_get(request, "plan")), *result = NULL;
	int netns[PROBE_PLACES];
	size_t count = 0;

	if (!json_is_object(plan)) {
		fail_set(fail, -EINVAL, "probe: no plan");
	} else if (!open_places(plan, netns, &count, fail)) {
		struct job job = {.plan = plan, .netns = netns, .count = count};

		result = run_forked(&job, fail);
	}
	while (count > 0)
		close(netns[--count]);
	json_decref(plan);
	return result;
}
