/* Run the timeline of a scenario. */
#include "phonelab/scenario/runner.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/json_text.h"

static void perform(struct runner *runner)
{
	const struct scenario_entry *entry = &runner->scenario->timeline.items[runner->entry];
	uint64_t began = clock_now_us();
	char text[400], why[900];
	struct fail fail = {0};
	json_t *done;

	runner_read_events(runner);
	verdicts_mark(&runner->verdicts, runner->entry, began);
	scenario_describe_entry(entry, text, sizeof(text));
	done = json_pack("{s:i,s:o,s:I}", "line", (int)entry->at->line, "text", json_text_new(text), "at_ms",
			 (json_int_t)(runner->power_on ? (began - runner->power_on) / 1000 : 0));
	json_array_append_new(runner->timeline, done);
	for (size_t i = 0; i < entry->actions.n && !runner->failed; i++) {
		const struct scenario_action *action = &entry->actions.items[i];

		if (!scenario_act(&runner->hands, action, &fail))
			continue;
		scenario_describe_action(action, text, sizeof(text));
		snprintf(why, sizeof(why), "%.300s: %.550s", text, fail.text);
		json_object_set_new(done, "error", json_text_new(why));
		runner_fail(runner, OUTCOME_FAILED, action->at->line, why);
	}
	scenario_probe_free(&runner->when);
	runner->when = (struct scenario_probe){0};
	runner->entry++;
	runner->entry_since = clock_now_us();
	runner->entry_due = 0;
}

/* The time at which the next entry is due; 0: unknown. */
static uint64_t due(struct runner *runner)
{
	const struct scenario_entry *entry = &runner->scenario->timeline.items[runner->entry];
	uint64_t wait = (uint64_t)entry->wait * 1000;
	char found[300];

	if (entry->time != KEY_UNSET)
		return runner->power_on + (uint64_t)entry->time * 1000 + wait;
	if (!entry->when.at)
		return runner->entry_since + wait;
	if (!runner->when.open) {
		if (scenario_probe_init(&runner->when, runner->scenario, &entry->when, false))
			return 0;
		scenario_probe_open(&runner->when, runner->scenario, runner->entry_since);
	}
	return scenario_probe_holds(&runner->when, &runner->verdicts.world, NULL, found, sizeof(found))
		   ? clock_now_us() + wait
		   : 0;
}

void timeline_advance(struct runner *runner)
{
	while (!runner->failed && runner->entry < runner->scenario->timeline.n) {
		if (!runner->entry_due)
			runner->entry_due = due(runner);
		if (!runner->entry_due || clock_now_us() < runner->entry_due)
			return;
		perform(runner);
	}
}

void timeline_before_power(struct runner *runner)
{
	const struct scenario *scenario = runner->scenario;

	while (!runner->failed && runner->entry < scenario->timeline.n &&
	       scenario->timeline.items[runner->entry].time == 0 &&
	       !scenario->timeline.items[runner->entry].wait)
		perform(runner);
}

void timeline_stuck(struct runner *runner)
{
	const struct scenario_entry *entry = &runner->scenario->timeline.items[runner->entry];
	char condition[300], found[300] = "", why[900];

	if (runner->failed)
		return;
	if (!entry->when.at) {
		snprintf(why, sizeof(why), "the timeout expired before this entry of the timeline was due");
	} else {
		scenario_describe_observation(&entry->when, condition, sizeof(condition));
		if (runner->when.open)
			scenario_probe_holds(&runner->when, &runner->verdicts.world, NULL, found,
					     sizeof(found));
		snprintf(why, sizeof(why), "the timeline waited for %.300s; %.300s", condition, found);
	}
	runner_fail(runner, OUTCOME_FAILED, entry->at->line, why);
}
