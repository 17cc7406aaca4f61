#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <event2/event.h>

#include "phone-sim/driver/key_maker.h"
#include "tests/support/command.h"

/* The openssl command reads the keys. */

#define KEYS 6

static struct bench {
	struct event_base *base;
	struct key_maker *maker;
	char directory[64];
	unsigned made, failed, turns;
	struct key_job *expected;
	struct key_job *pair[2]; /* the first that is made cancels the other */
} bench;

static void write_file(const char *name, const uint8_t *bytes, size_t length)
{
	char path[100];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", bench.directory, name);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

static void on_made(void *arg, struct key_job *job, const struct key_pair *pair)
{
	assert_non_null(job);
	if (bench.expected)
		assert_ptr_equal(job, bench.expected);
	assert_ptr_equal(arg, &bench);
	if (bench.pair[0])
		key_job_cancel(bench.pair[job == bench.pair[0]]);
	memset(bench.pair, 0, sizeof(bench.pair));
	if (pair->key) {
		bench.made++;
		write_file("key.der", pair->key, pair->length);
		write_file("public.der", pair->public_key, pair->public_length);
	} else {
		bench.failed++;
	}
	event_base_loopbreak(bench.base);
}

static int setup(void **state)
{
	struct fail fail = {0};

	(void)state;
	memset(&bench, 0, sizeof(bench));
	snprintf(bench.directory, sizeof(bench.directory), "/tmp/key_maker_test.XXXXXX");
	assert_non_null(mkdtemp(bench.directory));
	bench.base = event_base_new();
	assert_int_equal(key_maker_new(&bench.maker, bench.base, &fail), 0);
	return 0;
}

static int teardown(void **state)
{
	struct command_result result = command_sh(10, "rm -r %s", bench.directory);

	(void)state;
	command_free(&result);
	key_maker_free(bench.maker);
	event_base_free(bench.base);
	return 0;
}

static struct key_job *start(enum phone_key_type type, unsigned bits)
{
	struct fail fail = {0};
	struct key_job *job;

	assert_int_equal(key_maker_start(bench.maker, &job, type, bits, on_made, &bench, &fail), 0);
	return job;
}

/* What openssl says of the key, and that the public key is its public half. */
static void check(enum phone_key_type type, unsigned bits, const char *text)
{
	struct command_result result;

	bench.made = 0;
	bench.expected = start(type, bits);
	assert_int_equal(bench.made, 0); /* never from within the start */
	event_base_dispatch(bench.base);
	bench.expected = NULL;
	assert_int_equal(bench.made, 1);
	result = command_sh(20,
			    "cd %s && openssl pkey -inform DER -in key.der -check -noout -text | grep -q "
			    "'Private-Key: (%s' && "
			    "openssl pkey -inform DER -in key.der -pubout -outform DER | cmp - public.der && "
			    "openssl pkcs8 -inform DER -in key.der -nocrypt -out /dev/null",
			    bench.directory, text);
	if (result.status)
		fail_msg("%u bits: %s%s", bits, result.out, result.err);
	command_free(&result);
}

static void test_keys(void **state)
{
	(void)state;
	check(PHONE_KEY_RSA, 2048, "2048 bit, 2 primes");
	check(PHONE_KEY_RSA, 1024, "1024 bit, 2 primes");
	check(PHONE_KEY_RSA, 512, "512 bit, 2 primes");
	check(PHONE_KEY_EC, 256, "256 bit");
	check(PHONE_KEY_EC, 384, "384 bit");
	check(PHONE_KEY_EC, 521, "521 bit");
}

static void test_impossible(void **state)
{
	static const struct {
		enum phone_key_type type;
		unsigned bits;
	} rows[] = {{PHONE_KEY_RSA, 0},
		    {PHONE_KEY_RSA, 511},
		    {PHONE_KEY_RSA, 1u << 30},
		    {PHONE_KEY_EC, 255},
		    {PHONE_KEY_EC, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		start(rows[i].type, rows[i].bits);
		event_base_dispatch(bench.base);
		assert_int_equal(bench.failed, i + 1);
	}
	assert_int_equal(bench.made, 0);
}

/* More than there are threads; the loop turns while they are made. */
static void test_many(void **state)
{
	(void)state;
	for (int i = 0; i < KEYS; i++)
		start(PHONE_KEY_RSA, 1024);
	while (bench.made < KEYS)
		event_base_dispatch(bench.base);
	assert_int_equal(bench.failed, 0);
}

/* Whichever comes first, the others are never reported. */
static void test_cancel(void **state)
{
	struct key_job *job[KEYS];

	(void)state;
	for (int i = 0; i < KEYS; i++)
		job[i] = start(PHONE_KEY_RSA, 2048);
	for (int i = 1; i < KEYS; i++)
		key_job_cancel(job[i]);
	key_job_cancel(NULL);
	bench.expected = job[0];
	event_base_dispatch(bench.base);
	assert_int_equal(bench.made, 1);
	bench.expected = start(PHONE_KEY_EC, 256);
	event_base_dispatch(bench.base);
	assert_int_equal(bench.made, 2);
	/* Both may be done when the first is reported: it cancels the other. */
	bench.expected = NULL;
	bench.pair[0] = start(PHONE_KEY_EC, 256);
	bench.pair[1] = start(PHONE_KEY_EC, 384);
	event_base_dispatch(bench.base);
	event_base_loop(bench.base, EVLOOP_NONBLOCK); /* what else was done already */
	assert_int_equal(bench.made, 3);
}

/* The end does not wait for keys that nobody wants; the leak checker sees that all is freed. */
static void test_end_early(void **state)
{
	(void)state;
	for (int i = 0; i < KEYS; i++)
		start(PHONE_KEY_RSA, 4096);
	/* teardown frees the maker */
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_keys, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_impossible, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_many, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_cancel, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_end_early, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
