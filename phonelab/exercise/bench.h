#ifndef PHONELAB_EXERCISE_BENCH_H
#define PHONELAB_EXERCISE_BENCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/fail.h"
#include "phonelab/exercise/exercise.h"

/* The marks of agents that solve exercises (docs/agents.md). Pure functions. */

#define BENCH_SEED_MOST 1000000000

/* Read "7" or "1-100". 0, or -EINVAL with the reason. */
int exercise_bench_seeds(const char *text, uint64_t *first, uint64_t *last, struct fail *fail);

/* The exercise that a seed chooses from a set. */
const struct exercise *exercise_bench_pick(const struct exercise_set *set, uint64_t seed);

/* Is the exercise a healthy control? */
bool exercise_bench_healthy(const struct exercise *exercise);

/* The marks of one run, a new object. result: of the finished exercise, or NULL: the lab has no result, so the agent gets
 * nothing. */
json_t *exercise_bench_mark(bool healthy, const json_t *result);

/*
 * The totals of runs, a new object. A run with `error` was not made and counts nowhere but in `errors`.
 *
 * `score` is the mean of the points, with one correction: the points of the healthy controls are reduced by the share of
 * faulty labs that the agent called healthy, because always to answer "nothing" is no skill. So an agent that always gives the
 * same answer, or one at random, has about 0. null if no lab was faulty.
 */
json_t *exercise_bench_totals(const json_t *runs);

#endif
