/* The marks of agents. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json_text.h"
#include "phonelab/exercise/bench.h"

static void test_seeds(void **state)
{
	static const char *const wrong[] = {
	    "", "-", "1-", "-5", "5-1", "1-2-3", "a", "1 - 2", "99999999999999999999", "+1"};
	uint64_t first, last;
	struct fail fail = {0};

	(void)state;
	assert_int_equal(exercise_bench_seeds("7", &first, &last, &fail), 0);
	assert_true(first == 7 && last == 7);
	assert_int_equal(exercise_bench_seeds("1-100", &first, &last, &fail), 0);
	assert_true(first == 1 && last == 100);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(exercise_bench_seeds(wrong[i], &first, &last, &fail), -EINVAL);
}

static void test_a_seed_always_chooses_the_same_exercise(void **state)
{
	struct exercise_set *set = exercise_catalogue();
	bool other = false;

	(void)state;
	for (uint64_t seed = 1; seed < 50; seed++) {
		assert_ptr_equal(exercise_bench_pick(set, seed), exercise_bench_pick(set, seed));
		other = other || exercise_bench_pick(set, seed) != exercise_bench_pick(set, 1);
	}
	assert_true(other);
	exercise_set_free(set);
}

/* --- collateral --- */

static size_t left(const char *broken, const char *differences)
{
	json_t *a = json_loads(broken, 0, NULL), *b = json_loads(differences, 0, NULL);
	json_t *list = exercise_collateral(a, b);
	size_t n = json_array_size(list);

	assert_non_null(a);
	assert_non_null(b);
	json_decref(list);
	json_decref(a);
	json_decref(b);
	return n;
}

static void test_collateral_is_what_the_fault_has_not_changed(void **state)
{
	(void)state;
	/* The fault itself, and what follows from it. */
	assert_int_equal(left("[\"switch sw1: added: interface Gi1/0/5: shutdown\", \"ports sw1: added: "
			      "Gi1/0/5 disabled\"]",
			      "[\"switch sw1: added: interface Gi1/0/5: shutdown\", \"ports sw1: added: "
			      "Gi1/0/5 notconnect\", "
			      "\"phone SEP001122AABB05: dark, step 1\"]"),
			 0);
	/* A file or a program that was broken, and still is in another way. */
	assert_int_equal(left("[\"file tftp/root/a: missing\"]", "[\"file tftp/root/a: changed: 12 644\"]"),
			 0);
	assert_int_equal(left("[\"service dhcp: changed: paused\"]", "[\"service dhcp: changed: stopped\"]"),
			 0);
	/* Other lines, files, programs, ports, and another line of the same port. */
	assert_int_equal(left("[\"switch sw1: added: interface Gi1/0/5: shutdown\"]",
			      "[\"switch sw1: added: interface Gi1/0/5: power inline never\"]"),
			 1);
	assert_int_equal(
	    left("[\"file dhcp/dnsmasq.conf: missing: dhcp-option=150\"]",
		 "[\"file dhcp/dnsmasq.conf: missing: dhcp-range=x\", \"file tftp/root/b: added\", "
		 "\"service tftp: changed: stopped\", \"ports sw1: added: Gi1/0/6 disabled\"]"),
	    4);
}

/* --- marks and totals --- */

static json_t *run(bool healthy, const char *result)
{
	json_t *given = result ? json_loads(result, 0, NULL) : NULL;
	json_t *mark = exercise_bench_mark(healthy, given);

	json_decref(given);
	return mark;
}

#define SOLVED                                                                                               \
	"{\"answered\":true,\"nothing\":false,\"repair\":50,\"component\":20,\"cause\":30,\"points\":100,"   \
	"\"passed\":true,\"collateral\":[]}"
#define CLEARED                                                                                              \
	"{\"answered\":true,\"nothing\":true,\"component\":40,\"cause\":60,\"points\":100,\"passed\":true,"  \
	"\"collateral\":[]}"
#define NOTHING                                                                                              \
	"{\"answered\":true,\"nothing\":true,\"component\":0,\"cause\":0,\"points\":0,\"passed\":false,"     \
	"\"collateral\":[]}"
#define SOMETHING "{\"answered\":true,\"nothing\":false,\"points\":0,\"passed\":false,\"collateral\":[\"x\"]}"

static void test_detection(void **state)
{
	static const struct {
		bool healthy;
		const char *result;
		bool detection;
	} rows[] = {{false, SOLVED, true},    {true, CLEARED, true},
		    {false, NOTHING, false},  {true, SOMETHING, false},
		    {false, SOMETHING, true}, {false, NULL, false},
		    {true, NULL, false},      {true, "{\"answered\":false}", false}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *mark = run(rows[i].healthy, rows[i].result);

		assert_non_null(mark);
		assert_int_equal(json_is_true(json_object_get(mark, "detection")), rows[i].detection);
		json_decref(mark);
	}
}

/* The score of an agent that gives one answer in faulty labs and one in controls. */
static double score_of(const char *in_faulty, const char *in_control)
{
	json_t *runs = json_array(), *totals;
	double score;

	for (int i = 0; i < 6; i++)
		json_array_append_new(runs, run(false, in_faulty));
	for (int i = 0; i < 2; i++)
		json_array_append_new(runs, run(true, in_control));
	json_array_append_new(runs, json_pack("{s:s}", "error", "the lab did not start"));
	totals = exercise_bench_totals(runs);
	assert_int_equal(json_int(totals, "labs"), 8);
	assert_int_equal(json_int(totals, "errors"), 1);
	score = json_real_value(json_object_get(totals, "score"));
	json_decref(totals);
	json_decref(runs);
	return score;
}

static void test_the_same_answer_everywhere_has_no_score(void **state)
{
	(void)state;
	assert_true(score_of(SOLVED, CLEARED) > 99.9);
	assert_true(score_of(NOTHING, CLEARED) < 0.1);
	assert_true(score_of(SOMETHING, SOMETHING) < 0.1);
	assert_true(score_of(NULL, NULL) < 0.1);
	assert_true(score_of(SOLVED, SOMETHING) > 74.9 && score_of(SOLVED, SOMETHING) < 75.1);
	/* It tells them apart, and repairs nothing. */
	assert_true(score_of(SOMETHING, CLEARED) > 24.9 && score_of(SOMETHING, CLEARED) < 25.1);
}

static void test_controls_alone_have_no_score(void **state)
{
	json_t *runs = json_array(), *totals;

	(void)state;
	json_array_append_new(runs, run(true, CLEARED));
	totals = exercise_bench_totals(runs);
	assert_true(json_is_null(json_object_get(totals, "score")));
	assert_true(json_is_null(json_object_get(json_object_get(totals, "detection"), "skill")));
	json_decref(totals);
	json_decref(runs);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_seeds),
	    cmocka_unit_test(test_a_seed_always_chooses_the_same_exercise),
	    cmocka_unit_test(test_collateral_is_what_the_fault_has_not_changed),
	    cmocka_unit_test(test_detection),
	    cmocka_unit_test(test_the_same_answer_everywhere_has_no_score),
	    cmocka_unit_test(test_controls_alone_have_no_score),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
