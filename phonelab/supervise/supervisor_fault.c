/* The supervisor as the faults see it (phonelab/fault/host.h). */
#include "phonelab/supervise/supervisor_internal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "phonelab/exercise/session.h"
#include "phonelab/fault/state.h"
#include "phonelab/lab/plan.h"
#include "phonelab/supervise/supervisor_program.h"

static pid_t box(void *arg, const char *name, char *const *argv, struct fail *fail)
{
	char path[160];
	const struct spawn_options options = {
	    .name = name, .log = path, .group = true, .drop_file_rights = true};

	(void)arg;
	snprintf(path, sizeof(path), PLAN_PREFIX "/log/%s.log", name);
	return spawn_program(&options, argv, fail);
}

static void box_end(void *arg, pid_t pid)
{
	(void)arg;
	spawn_end(pid, true, SIGKILL, -1);
}

static int ready(void *arg, struct fail *fail)
{
	const struct supervisor *supervisor = arg;

	if (supervisor->phase > PHASE_SERVERS || supervisor->held)
		return 0;
	return fail_set(fail, -EAGAIN, "the servers of the lab are not up yet");
}

static enum fault_secrecy secrecy(void *arg)
{
	const struct supervisor *supervisor = arg;

	return exercise_session_secrecy(supervisor->exercise);
}

static void failed(void *arg, const char *text)
{
	supervisor_event(arg, "lab.failed", text);
}

int supervisor_faults(struct supervisor *supervisor, struct fail *fail)
{
	supervisor->fault_host = (struct fault_host){.topology = supervisor->topology,
						     .base = supervisor->base,
						     .bin = supervisor->options->bin,
						     .makes_netns = true,
						     .arg = supervisor,
						     .program = supervisor_program,
						     .box = box,
						     .box_end = box_end,
						     .ready = ready,
						     .secrecy = secrecy,
						     .failed = failed};
	supervisor->faults = fault_state_new(&supervisor->fault_host);
	return supervisor->faults ? 0 : fail_set(fail, -ENOMEM, "out of memory");
}
