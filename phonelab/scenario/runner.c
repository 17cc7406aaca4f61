#include "phonelab/scenario/runner.h"

#include <stdio.h>
#include <string.h>

#include "base/json_text.h"

void runner_fail(struct runner *runner, enum scenario_outcome outcome, unsigned line, const char *text)
{
	if (runner->failed)
		return;
	runner->failed = true;
	runner->outcome = outcome;
	runner->reason_line = line;
	snprintf(runner->reason, sizeof(runner->reason), "%s", text);
}

static void on_event(void *arg, const char *line, size_t length)
{
	struct runner *runner = arg;
	json_t *event = json_loadb(line, length, 0, NULL);

	if (!event)
		return;
	verdicts_event(&runner->verdicts, event);
	if (!strcmp(json_text(event, "event"), "phone.registered"))
		json_object_set_new(runner->registered, json_text(event, "node"), json_true());
	if (runner->when.open)
		scenario_probe_event(&runner->when, &runner->verdicts.world, event);
	json_decref(event);
}

void runner_read_events(struct runner *runner)
{
	event_tail_read(&runner->events, &runner->lab, on_event, runner);
}
