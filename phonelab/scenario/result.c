/* The result of a scenario and its evidence. */
#include "phonelab/scenario/runner.h"

#include <stdio.h>
#include <sys/resource.h>

#include "base/clock.h"
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

json_t *scenario_no_result(const char *name, const char *file, enum scenario_outcome outcome, unsigned line,
			   const char *reason)
{
	return json_pack("{s:o,s:o,s:i,s:f,s:o,s:i,s:[],s:[]}", "name", json_text_new(name), "file",
			 json_text_new(file), "outcome", (int)outcome, "seconds", 0.0, "reason",
			 json_text_new(reason), "line", (int)line, "expectations", "timeline");
}

static json_int_t milliseconds(uint64_t from, uint64_t to)
{
	return to > from ? (json_int_t)((to - from) / 1000) : 0;
}

static json_t *expectations_of(const struct runner *runner)
{
	static const char *const states[] = {"waiting", "open", "held", "broken"};
	json_t *list = json_array();

	for (size_t i = 0; i < runner->verdicts.n; i++) {
		const struct verdict *verdict = &runner->verdicts.items[i];
		char text[700];

		scenario_describe_expectation(verdict->expectation, text, sizeof(text));
		json_array_append_new(
		    list, json_pack("{s:i,s:o,s:s,s:I,s:I,s:o}", "line", (int)verdict->expectation->at->line,
				    "text", json_text_new(text), "state", states[verdict->state], "opened_ms",
				    milliseconds(runner->power_on, verdict->opened), "decided_ms",
				    milliseconds(runner->power_on, verdict->decided), "found",
				    json_text_new(verdict->found)));
	}
	return list;
}

json_t *result_of_run(const struct runner *runner, uint64_t started)
{
	const struct scenario *scenario = runner->scenario;
	json_t *result = json_pack("{s:s,s:s,s:i,s:f,s:s,s:o,s:O}", "name", scenario->name, "file",
				   scenario->file, "outcome", runner->outcome, "seconds",
				   (double)(clock_now_us() - started) / 1e6, "lab", runner->lab.name,
				   "expectations", expectations_of(runner), "timeline", runner->timeline);

	if (scenario->title)
		json_object_set_new(result, "title", json_string(scenario->title));
	if (runner->outcome != OUTCOME_PASSED) {
		json_object_set_new(result, "reason", json_text_new(runner->reason));
		json_object_set_new(result, "line", json_integer(runner->reason_line));
	}
	return result;
}

static uint64_t cpu_us(int who)
{
	struct rusage usage;

	if (getrusage(who, &usage))
		return 0;
	return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
	       (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

void result_add_phases(const struct runner *runner, json_t *result, uint64_t started)
{
	uint64_t power = runner->power_on ? runner->power_on : runner->decided;
	uint64_t booted = runner->booted ? runner->booted : runner->decided;

	json_object_set_new(result, "phases",
			    json_pack("{s:I,s:I,s:I,s:I,s:I}", "start_ms", milliseconds(started, power),
				      "boot_ms", milliseconds(power, booted), "run_ms",
				      milliseconds(booted, runner->decided), "end_ms",
				      milliseconds(runner->decided, clock_now_us()), "cpu_ms",
				      (json_int_t)((cpu_us(RUSAGE_SELF) + cpu_us(RUSAGE_CHILDREN)) / 1000)));
}
