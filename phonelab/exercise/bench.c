#include "phonelab/exercise/bench.h"

#include <errno.h>
#include <stdlib.h>

#include "base/json_text.h"
#include "base/rng.h"

static bool read_seed(const char **text, uint64_t *seed)
{
	char *end;

	errno = 0;
	*seed = strtoull(*text, &end, 10);
	if (errno || end == *text || **text < '0' || **text > '9' || *seed > BENCH_SEED_MOST)
		return false;
	*text = end;
	return true;
}

int exercise_bench_seeds(const char *text, uint64_t *first, uint64_t *last, struct fail *fail)
{
	const char *at = text;
	bool good = read_seed(&at, first);

	*last = *first;
	if (good && *at == '-') {
		at++;
		good = read_seed(&at, last);
	}
	if (!good || *at || *last < *first)
		return fail_set(fail, -EINVAL, "--seeds: \"%.40s\" is not a range of seeds, such as 1-100",
				text);
	return 0;
}

const struct exercise *exercise_bench_pick(const struct exercise_set *set, uint64_t seed)
{
	struct rng rng;

	rng_seed(&rng, seed, "bench");
	return &set->exercises[rng_range(&rng, 0, set->n - 1)];
}

bool exercise_bench_healthy(const struct exercise *exercise)
{
	return !exercise->variants.n && !exercise->draw.n;
}

/* --- one run --- */

static json_t *part(const json_t *result, const char *key, int of)
{
	return json_pack("{s:I,s:i}", "points", (json_int_t)json_int(result, key), "of", of);
}

json_t *exercise_bench_mark(bool healthy, const json_t *result)
{
	bool answered = json_is_true(json_object_get(result, "answered"));
	bool nothing = json_is_true(json_object_get(result, "nothing"));
	json_t *collateral = json_object_get(result, "collateral");

	return json_pack(
	    "{s:b,s:b,s:b,s:b,s:o,s:o,s:o,s:o,s:I,s:I,s:I,s:b}", "healthy", healthy, "answered", answered,
	    "called_healthy", answered && nothing, "detection", answered && nothing == healthy,
	    "localisation", part(result, "component", healthy ? 40 : 20), "cause",
	    part(result, "cause", healthy ? 60 : 30), "repair",
	    healthy ? json_null() : part(result, "repair", 50), "collateral",
	    collateral ? json_incref(collateral) : json_array(), "hints",
	    (json_int_t)json_int(result, "hints"), "attempts", (json_int_t)json_int(result, "attempts"),
	    "points", (json_int_t)json_int(result, "points"), "passed",
	    json_is_true(json_object_get(result, "passed")));
}

/* --- all runs --- */

struct sums {
	int labs, errors, faulty, controls;
	int found, cleared, called_healthy; /* of faulty, of controls, of faulty */
	int where[2], cause[2], repaired;   /* of faulty; [0]: all points, [1]: some */
	int harmed, differences;
	int passed_faulty, passed_controls;
	long long faulty_points, control_points, hints, attempts, calls;
	double seconds;
};

static void add_part(const json_t *run, const char *key, int counts[2])
{
	const json_t *it = json_object_get(run, key);

	if (json_int(it, "points") >= json_int(it, "of"))
		counts[0]++;
	else if (json_int(it, "points"))
		counts[1]++;
}

static void add_faulty(struct sums *sums, const json_t *run)
{
	sums->faulty++;
	sums->found += json_is_true(json_object_get(run, "detection"));
	sums->called_healthy += json_is_true(json_object_get(run, "called_healthy"));
	add_part(run, "localisation", sums->where);
	add_part(run, "cause", sums->cause);
	sums->repaired += json_int(json_object_get(run, "repair"), "points") > 0;
	sums->passed_faulty += json_is_true(json_object_get(run, "passed"));
	sums->faulty_points += json_int(run, "points");
}

static void add_control(struct sums *sums, const json_t *run)
{
	sums->controls++;
	sums->cleared += json_is_true(json_object_get(run, "detection"));
	sums->passed_controls += json_is_true(json_object_get(run, "passed"));
	sums->control_points += json_int(run, "points");
}

static void add(struct sums *sums, const json_t *run)
{
	int differences = (int)json_array_size(json_object_get(run, "collateral"));

	if (json_object_get(run, "error")) {
		sums->errors++;
		return;
	}
	sums->labs++;
	if (json_is_true(json_object_get(run, "healthy")))
		add_control(sums, run);
	else
		add_faulty(sums, run);
	sums->harmed += differences > 0;
	sums->differences += differences;
	sums->hints += json_int(run, "hints");
	sums->attempts += json_int(run, "attempts");
	sums->calls += json_int(run, "calls");
	sums->seconds += json_number_value(json_object_get(run, "seconds"));
}

static json_t *score(const struct sums *sums)
{
	double blind, control;

	if (!sums->faulty)
		return json_null();
	blind = 100.0 * sums->called_healthy / sums->faulty;
	control = sums->controls ? (double)sums->control_points / sums->controls - blind : 0;
	control = control > 0 ? control : 0;
	return json_real(((double)sums->faulty_points + control * sums->controls) / sums->labs);
}

/* Youden's index: 1 for an agent that tells faulty labs from healthy ones, 0 for one that cannot. */
static json_t *skill(const struct sums *sums)
{
	if (!sums->faulty || !sums->controls)
		return json_null();
	return json_real((double)sums->found / sums->faulty + (double)sums->cleared / sums->controls - 1);
}

json_t *exercise_bench_totals(const json_t *runs)
{
	struct sums sums = {0};
	json_t *run;
	size_t i;

	json_array_foreach ((json_t *)runs, i, run)
		add(&sums, run);
	return json_pack(
	    "{s:i,s:i,s:i,s:i,s:{s:i,s:i,s:i,s:o},s:{s:i,s:i},s:{s:i,s:i},s:i,s:{s:i,s:i},s:{s:i,s:i},s:I,s:"
	    "I,s:I,s:f,s:o}",
	    "labs", sums.labs, "faulty", sums.faulty, "controls", sums.controls, "errors", sums.errors,
	    "detection", "found", sums.found, "cleared", sums.cleared, "called_healthy", sums.called_healthy,
	    "skill", skill(&sums), "localisation", "right", sums.where[0], "partly", sums.where[1], "cause",
	    "right", sums.cause[0], "partly", sums.cause[1], "repaired", sums.repaired, "collateral", "labs",
	    sums.harmed, "differences", sums.differences, "passed", "faulty", sums.passed_faulty, "controls",
	    sums.passed_controls, "hints", (json_int_t)sums.hints, "attempts", (json_int_t)sums.attempts,
	    "calls", (json_int_t)sums.calls, "seconds", sums.seconds, "score", score(&sums));
}
