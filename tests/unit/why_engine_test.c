/* The engine of `why`: conditions, sentences, what excludes a candidate, the order of candidates, and the verdicts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/json_text.h"
#include "phonelab/why/condition.h"
#include "phonelab/why/engine.h"
#include "phonelab/why/fact.h"

#define PHONE "SEP001122AABB01"

static const struct why_candidate table[] = {
    {.id = "no-listener",
     .first = 10,
     .last = 10,
     .fact = "walk.no_listener",
     .must = {"cm.refused[node]"},
     .must_not = {"probe.tcp.ok@"},
     .support = {"diff.config_line[node]"},
     .rank = WHY_INSPECTED,
     .cause = "{name}: no program listens[[; `{line}` is missing]].",
     .look = "exec {node} -- ss -ltn"},
    {.id = "no-route",
     .first = 5,
     .last = 11,
     .fact = "walk.no_route|walk.no_route_back",
     .rank = WHY_INSPECTED + 1,
     .cause = "No route back at {name}."},
    {.id = "loss",
     .first = 4,
     .last = 14,
     .fact = "probe.loss[who=phone]",
     .must_not = {"probe.loss[who=peer]"},
     .rank = WHY_MEASURED},
    {.id = "slow", .first = 10, .last = 10, .fact = "probe.delay", .rank = WHY_INSPECTED},
    {.id = "generic",
     .first = 4,
     .last = 14,
     .fact = "step.failed",
     .rank = WHY_GENERIC,
     .cause = "{text}, {phone}."},
    {.id = "fallback", .fact = "continued.http", .rank = WHY_MEASURED, .cause = "HTTP does not answer."},
    {0}};
static const struct why_candidate *const tables[] = {table, NULL};

static json_t *listener(json_t *facts, const char *node)
{
	char object[80];
	json_t *fact;

	snprintf(object, sizeof(object), "socket %s tcp 5060", node);
	fact = fact_add(facts, "walk.no_listener", object, 10, "sockets", "%s does not listen", node);
	fact_value(fact, "node", "%s", node);
	return fact;
}

static void refused(json_t *facts, const char *node)
{
	fact_value(fact_add(facts, "cm.refused", "", 10, "events.jsonl:7", "%s refuses", node), "node", "%s",
		   node);
}

static void conditions_restrict(void **state)
{
	json_t *facts = json_array(), *own, *other;

	(void)state;
	own = listener(facts, "cucm-pub");
	other = fact_add(facts, "register.status", "socket cucm-pub tcp 5060", 11, "", "403");
	fact_value(other, "code", "403");
	fact_value(other, "node", "cucm-pub");
	assert_true(condition_fits("register.status", other, own));
	assert_true(condition_fits("register.status@", other, own));
	assert_true(condition_fits("register.status[code=403]", other, own));
	assert_true(condition_fits("register.status@[code=403,node]", other, own));
	assert_true(condition_fits("x.y|register.status[node]", other, own));
	assert_false(condition_fits("register.status[code=404]", other, own));
	assert_false(condition_fits("register.status[nothing]", other, own));
	assert_false(condition_fits("register.statu", other, own));
	assert_false(condition_fits("register.status.more", other, own));
	assert_false(condition_fits("x|y", other, own));
	fact_value(own, "node", "cucm-sub");
	assert_false(condition_fits("register.status[node]", other, own));
	json_object_set_new(own, "object", json_string("route gw"));
	assert_false(condition_fits("register.status@", other, own));
	json_decref(facts);
}

static json_t *decide(json_t *facts, int step)
{
	json_t *answer = why_decide(tables, facts, step, PHONE);

	json_decref(facts);
	return answer;
}

static void nothing_known_is_undecided(void **state)
{
	json_t *answer = decide(json_array(), 10);

	(void)state;
	assert_string_equal(json_text(answer, "verdict"), "undecided");
	assert_null(json_object_get(answer, "cause"));
	json_decref(answer);
	answer = decide(json_array(), 0);
	assert_string_equal(json_text(answer, "verdict"), "healthy");
	json_decref(answer);
}

static void a_cause_has_its_object_evidence_and_command(void **state)
{
	json_t *facts = json_array(), *answer;

	(void)state;
	listener(facts, "cucm-pub");
	refused(facts, "cucm-pub");
	fact_add(facts, "step.failed", "", 10, "", "step 10 failed");
	answer = decide(facts, 10);
	assert_string_equal(json_text(answer, "verdict"), "likely");
	assert_string_equal(json_text(answer, "object"), "socket cucm-pub tcp 5060");
	assert_string_equal(json_text(answer, "cause"), "cucm-pub tcp 5060: no program listens.");
	assert_string_equal(json_text(answer, "look"), "exec cucm-pub -- ss -ltn");
	assert_int_equal(json_array_size(json_object_get(answer, "evidence")), 2);
	assert_int_equal(json_array_size(json_object_get(answer, "also")), 1);
	json_decref(answer);
}

static void support_adds_to_sentence_and_evidence(void **state)
{
	json_t *facts = json_array(), *answer, *line;

	(void)state;
	listener(facts, "cucm-pub");
	refused(facts, "cucm-pub");
	line = fact_add(facts, "diff.config_line", "config cucm-pub kamailio.cfg", 0, "", "missing");
	fact_value(line, "node", "cucm-pub");
	fact_value(line, "line", "listen=tcp");
	answer = decide(facts, 10);
	assert_string_equal(json_text(answer, "cause"),
			    "cucm-pub tcp 5060: no program listens; `listen=tcp` is missing.");
	assert_int_equal(json_array_size(json_object_get(answer, "evidence")), 3);
	json_decref(answer);
}

static void a_condition_that_is_not_met_is_no_cause(void **state)
{
	json_t *facts = json_array(), *answer;

	(void)state;
	listener(facts, "cucm-pub");
	refused(facts, "cucm-sub"); /* another node */
	answer = decide(facts, 10);
	assert_string_equal(json_text(answer, "verdict"), "undecided");
	assert_int_equal(json_array_size(json_object_get(answer, "ruled_out")), 0);
	json_decref(answer);
}

static void a_contrary_fact_rules_out(void **state)
{
	json_t *facts = json_array(), *answer, *out;

	(void)state;
	listener(facts, "cucm-pub");
	refused(facts, "cucm-pub");
	fact_add(facts, "probe.tcp.ok", "socket cucm-pub tcp 5060", 10, "probe", "a connection succeeds");
	answer = decide(facts, 10);
	assert_string_equal(json_text(answer, "verdict"), "undecided");
	out = json_array_get(json_object_get(answer, "ruled_out"), 0);
	assert_string_equal(json_text(out, "id"), "no-listener");
	assert_string_equal(json_text(out, "because"), "a connection succeeds");
	json_decref(answer);
}

static void a_step_limits_candidates(void **state)
{
	json_t *facts = json_array(), *answer;

	(void)state;
	listener(facts, "cucm-pub");
	refused(facts, "cucm-pub");
	answer = decide(facts, 11);
	assert_string_equal(json_text(answer, "verdict"), "undecided");
	json_decref(answer);
	facts = json_array();
	fact_add(facts, "continued.http", "socket tftp tcp 6970", 0, "", "x");
	answer = decide(facts, 0);
	assert_string_equal(json_text(answer, "verdict"), "likely");
	json_decref(answer);
}

static void several_objects_of_one_candidate_are_one_cause(void **state)
{
	json_t *facts = json_array(), *answer;

	(void)state;
	fact_add(facts, "walk.no_route", "route cucm-pub", 10, "", "no route");
	fact_add(facts, "walk.no_route_back", "route cucm-sub", 10, "", "no route");
	answer = decide(facts, 10);
	assert_string_equal(json_text(answer, "verdict"), "likely");
	assert_string_equal(json_text(answer, "cause"), "No route back at cucm-pub, cucm-sub.");
	assert_int_equal(json_array_size(json_object_get(answer, "objects")), 2);
	json_decref(answer);
}

static void two_of_equal_worth_are_ambiguous(void **state)
{
	json_t *facts = json_array(), *answer;

	(void)state;
	listener(facts, "cucm-pub");
	refused(facts, "cucm-pub");
	fact_add(facts, "probe.delay", "cable sw1 Gi1/0/2", 10, "", "slow");
	answer = decide(facts, 10);
	assert_string_equal(json_text(answer, "verdict"), "ambiguous");
	assert_int_equal(json_array_size(json_object_get(answer, "alternatives")), 2);
	json_decref(answer);
}

static void a_retry_proves(void **state)
{
	json_t *facts = json_array(), *answer;

	(void)state;
	fact_add(facts, "walk.no_route", "route cucm-pub", 10, "", "no route");
	fact_add(facts, "retry.ok", "route cucm-pub", 10, "", "with the route the walk reaches the phone");
	answer = decide(facts, 10);
	assert_string_equal(json_text(answer, "verdict"), "proven");
	json_decref(answer);
}

static void of_one_object_the_best_candidate_counts(void **state)
{
	json_t *facts = json_array(), *answer, *loss;

	(void)state;
	fact_add(facts, "walk.no_route", "cable sw1 Gi1/0/2", 10, "", "no route");
	loss = fact_add(facts, "probe.loss", "cable sw1 Gi1/0/2", 10, "", "12 of 30 frames are lost");
	fact_value(loss, "who", "phone");
	answer = decide(facts, 10);
	assert_string_equal(json_text(answer, "cause"), "12 of 30 frames are lost.");
	assert_int_equal(json_array_size(json_object_get(answer, "also")), 0);
	json_decref(answer);
}

/* Every candidate of the real tables has what the answer needs; ids are unique. */
static void tables_are_complete(void **state)
{
	static const struct why_candidate *const real[] = {why_candidates_link, why_candidates_dhcp,
							   why_candidates_network, why_candidates_files,
							   why_candidates_register};
	size_t n = sizeof(real) / sizeof(real[0]);

	(void)state;
	for (size_t i = 0; i < n; i++)
		for (const struct why_candidate *a = real[i]; a->id; a++) {
			assert_non_null(a->fact);
			assert_true(a->first <= a->last);
			assert_true(a->rank > 0);
			for (size_t j = 0; j <= i; j++)
				for (const struct why_candidate *b = real[j]; b->id && b != a; b++)
					assert_string_not_equal(a->id, b->id);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(conditions_restrict),
	    cmocka_unit_test(nothing_known_is_undecided),
	    cmocka_unit_test(a_cause_has_its_object_evidence_and_command),
	    cmocka_unit_test(support_adds_to_sentence_and_evidence),
	    cmocka_unit_test(a_condition_that_is_not_met_is_no_cause),
	    cmocka_unit_test(a_contrary_fact_rules_out),
	    cmocka_unit_test(a_step_limits_candidates),
	    cmocka_unit_test(several_objects_of_one_candidate_are_one_cause),
	    cmocka_unit_test(two_of_equal_worth_are_ambiguous),
	    cmocka_unit_test(a_retry_proves),
	    cmocka_unit_test(of_one_object_the_best_candidate_counts),
	    cmocka_unit_test(tables_are_complete),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
