#ifndef TESTS_SUPPORT_CUCM_BENCH_H
#define TESTS_SUPPORT_CUCM_BENCH_H

#include "base/fail.h"
#include "tests/support/cucm_plan.h"

/* A sample plan and a directory to render it into, made for each test. */
struct cucm_bench {
	char directory[40];
	struct sample_plan *sample;
	struct fail fail;
};

/* Make the bench with this number of devices; here: the plan's prefix is the directory. Returns 0. */
int cucm_bench_begin(void **state, size_t devices, bool here);

/* Remove it, the directory too: a teardown of CMocka. */
int cucm_bench_end(void **state);

/* After the last test of a program: the teardown of its group. */
int cucm_bench_over(void **state);

/* Write everything into the directory; the test fails when that does. */
void cucm_bench_render(struct cucm_bench *bench);

#endif
