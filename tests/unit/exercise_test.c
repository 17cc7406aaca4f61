/* Files of exercises, and the marks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "phonelab/exercise/exercise.h"

static void test_the_built_in_ones(void **state)
{
	struct exercise_set *set = exercise_catalogue();
	size_t healthy = 0, two = 0;

	(void)state;
	assert_true(set->n >= 18);
	for (size_t i = 0; i < set->n; i++) {
		const struct exercise *it = &set->exercises[i];

		healthy += it->variants.n == 0;
		assert_true(it->hints.n > 0);
		assert_true(i == 0 || it->level >= set->exercises[i - 1].level);
		for (size_t j = 0; j < it->variants.n; j++)
			two += it->variants.items[j].faults.n > 1;
	}
	assert_true(healthy >= 1);
	assert_true(two >= 1);
	exercise_set_free(set);
}

#define HEAD                                                                                                 \
	"exercises:\n  - id: x\n    title: t\n    level: 1\n    story: s\n    tools: [status]\n    "         \
	"explanation: e\n"

static void refused(const char *text, const char *says)
{
	struct complaints complaints = {0};
	char *all;

	assert_null(exercise_set_parse(text, strlen(text), "x.yaml", &complaints));
	all = complaints_text(&complaints);
	assert_non_null(strstr(all, says));
	free(all);
}

static void test_mistakes(void **state)
{
	(void)state;
	refused("exercises: 3\n", "x.yaml:1:");
	refused(HEAD "    variants: [{faults: [{fault: port-shutdwn, component: a, cause: b}]}]\n",
		"port-shutdown");
	refused(HEAD "    variants: [{faults: [{fault: port-shutdown, component: '(', cause: b}]}]\n",
		"regular expression");
	refused(HEAD "    backup: [../secret]\n", "below the run directory");
	refused(HEAD
		"  - id: x\n    title: t\n    level: 9\n    story: s\n    tools: [a]\n    explanation: e\n",
		"level");
}

static json_t *a_state(void)
{
	return json_pack("{s:b,s:i,s:i,s:[{s:i}],s:[{s:[s],s:[s],s:[s],s:[s]}]}", "healthy", 0, "taken", 0,
			 "attempts", 0, "hints", "price", 15, "parts", "component", "Gi1/0/4", "near", "sw1",
			 "cause", "shut ?down", "close", "disabled");
}

static void test_marks(void **state)
{
	json_t *it = a_state();
	struct fail fail = {0};

	(void)state;
	assert_int_equal(exercise_score(it, true, "sw1 gi1/0/4", "it is Shut down").points, 100);
	assert_int_equal(exercise_score(it, true, "sw1", "disabled").points, 75);
	assert_int_equal(exercise_score(it, true, "dhcp", "vlan").points, 50);
	assert_false(exercise_score(it, true, "dhcp", "vlan").passed);
	assert_false(exercise_score(it, false, "Gi1/0/4", "shutdown").passed);
	/* Guessing dilutes. */
	assert_int_equal(exercise_score(it, true, "Gi1/0/4, dhcp", "shutdown").component, 10);
	json_object_set_new(it, "taken", json_integer(1));
	json_object_set_new(it, "attempts", json_integer(2));
	assert_int_equal(exercise_score(it, true, "Gi1/0/4", "shutdown").points, 75);
	json_decref(it);
	assert_int_equal(exercise_answer_check("--cause", "a b c d e f g h i j", &fail), 0);
	assert_true(exercise_answer_check("--cause", "a b c d e f g h i j k", &fail) < 0);
	assert_true(exercise_answer_check("--cause", "a,b,c,d,e", &fail) < 0);
	assert_true(exercise_answer_check("--cause", " ", &fail) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_built_in_ones),
	    cmocka_unit_test(test_mistakes),
	    cmocka_unit_test(test_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
