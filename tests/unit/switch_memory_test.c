/* A switch that cannot be made because memory is short: each allocation fails once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "switch-sim/core/switch.h"

static unsigned until_failure; /* 0: no allocation fails */
static int blocks;	       /* allocated and not freed */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);

static bool fails(void)
{
	return until_failure && !--until_failure;
}

void *__wrap_malloc(size_t size)
{
	void *block = fails() ? NULL : __real_malloc(size);

	blocks += block != NULL;
	return block;
}

void *__wrap_calloc(size_t count, size_t size)
{
	void *block = fails() ? NULL : __real_calloc(count, size);

	blocks += block != NULL;
	return block;
}

void *__wrap_realloc(void *block, size_t size)
{
	void *more = fails() ? NULL : __real_realloc(block, size);

	blocks += more && !block;
	return more;
}

/* Freed memory is overwritten, so that a use after the free shows. */
void __wrap_free(void *block)
{
	if (block) {
		memset(block, 0xa5, malloc_usable_size(block));
		blocks--;
	}
	__real_free(block);
}

static void ignore(void *arg, const struct switch_action *action)
{
	(void)arg, (void)action;
}

static void test_each_allocation_fails(void **state)
{
	static struct switch_port_config ports[52];
	struct switch_config config = {
	    .name = "sw1", .members = 1, .access = 48, .uplinks = 4, .ports = ports};
	struct switch_core *core = NULL;
	unsigned failures = 0;

	(void)state;
	for (unsigned i = 0; i < 52; i++)
		switch_port_config_init(&ports[i], i >= 48);
	for (;;) {
		struct fail fail = {0};
		int before = blocks, err;

		until_failure = failures + 1;
		err = switch_core_new(&core, &config, 0, ignore, NULL, &fail);
		until_failure = 0;
		if (!err)
			break;
		failures++;
		assert_int_equal(err, -ENOMEM);
		assert_string_equal(fail.text, failures == 1 ? "no memory for a switch"
							     : "no memory for a switch of 52 ports");
		assert_int_equal(blocks, before);
		assert_null(core);
	}
	assert_true(failures >= 8);
	switch_core_free(core);
	assert_int_equal(blocks, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_allocation_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
