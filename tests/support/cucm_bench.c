#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cucm/cucm.h"
#include "tests/support/cucm_bench.h"

int cucm_bench_begin(void **state, size_t devices, bool here)
{
	struct cucm_bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	strcpy(bench->directory, "/tmp/cucm-test-XXXXXX");
	assert_non_null(mkdtemp(bench->directory));
	sample_keys(bench->directory);
	bench->sample = sample_plan_new(here ? bench->directory : NULL, devices);
	*state = bench;
	return 0;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status, (void)kind, (void)walk;
	return remove(path);
}

int cucm_bench_end(void **state)
{
	struct cucm_bench *bench = *state;

	nftw(bench->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	sample_plan_free(bench->sample);
	free(bench);
	return 0;
}

int cucm_bench_over(void **state)
{
	(void)state;
	sample_keys_end();
	return 0;
}

void cucm_bench_render(struct cucm_bench *bench)
{
	if (cucm_render(&bench->sample->plan, bench->directory, &bench->fail))
		fail_msg("%s", bench->fail.text);
}
