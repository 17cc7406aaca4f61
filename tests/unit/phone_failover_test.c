/* After registration: a standby kept alive, failover, and the way home without a stampede. */
#include "tests/support/phone_test.h"

static struct memory_lab *registered(unsigned phones)
{
	struct lab_config config = {.phones = phones, .seed = 21};
	struct memory_lab *lab = memory_lab_new(&config);

	memory_lab_power_on(lab);
	must_register(lab, 20);
	return lab;
}

static bool on_node(struct memory_lab *lab, const char *node)
{
	for (unsigned i = 0; i < lab->phones; i++)
		if (!lab->phone[i].registered || strcmp(lab->phone[i].node, node))
			return false;
	return true;
}

static bool all_home(struct memory_lab *lab)
{
	return on_node(lab, "cucm-pub");
}

static bool all_away(struct memory_lab *lab)
{
	return on_node(lab, "cucm-sub");
}

static void the_standby_is_kept_alive(void **state)
{
	struct memory_lab *lab = registered(1);
	uint64_t standby_us = 120 * SECOND; /* timerKeepAliveExpires */

	(void)state;
	memory_lab_run_for(lab, SECOND);
	assert_int_equal(lab->cm[1].keepalives, 1);
	memory_lab_run_for(lab, 3 * standby_us);
	assert_int_equal(lab->cm[1].keepalives, 4);
	assert_int_equal(lab->cm[1].registers, 0);
	assert_string_equal(memory_lab_view(lab, 0).members[0].state, "Active");
	assert_string_equal(memory_lab_view(lab, 0).members[1].state, "Standby");
	memory_lab_free(lab);
}

static void the_primary_dies_and_returns(void **state)
{
	static const int errors[] = {0, ECONNRESET, ETIMEDOUT};

	(void)state;
	for (unsigned e = 0; e < 3; e++) {
		struct memory_lab *lab = registered(1);

		memory_lab_run_for(lab, SECOND);
		lab->cm[0].tcp = LAB_REFUSES;
		memory_lab_kill_cm(lab, 0, errors[e]);
		assert_true(memory_lab_run(lab, lab->now_us + 5 * SECOND, all_away));
		assert_int_equal(lab->phone[0].unregistrations, 1);
		assert_rung(lab, LADDER_REGISTER, LADDER_DONE, "cucm-sub");
		assert_int_equal(memory_lab_view(lab, 0).step, LADDER_STEPS);
		memory_lab_run_for(lab, 60 * SECOND);
		assert_true(all_away(lab));
		lab->cm[0].tcp = LAB_UP;
		assert_true(memory_lab_run(lab, lab->now_us + 60 * SECOND, all_home));
		assert_string_equal(memory_lab_view(lab, 0).restart_cause, "Failback");
		memory_lab_run_for(lab, SECOND);
		assert_int_equal(lab->cm[0].bindings, 1);
		assert_int_equal(lab->cm[1].bindings, 0); /* it left the old one in order */
		assert_int_equal(lab->cm[1].removes, 1);
		memory_lab_run_for(lab, 100 * SECOND);
		assert_true(all_home(lab));
		memory_lab_free(lab);
	}
}

static void a_primary_that_swallows_is_left(void **state)
{
	struct memory_lab *lab = registered(1);

	(void)state;
	lab->cm[0].swallows = true;
	assert_true(memory_lab_run(lab, lab->now_us + 130 * SECOND, all_away));
	assert_said(lab, "unregistered no answer to REGISTER in 4 s");
	assert_string_equal(memory_lab_view(lab, 0).restart_cause, "KeepaliveTO");
	memory_lab_free(lab);
}

/* It has to have been back for a while, so that a flapping primary does not pull the phones to and fro. */
static void a_flapping_primary_is_not_trusted(void **state)
{
	struct memory_lab *lab = registered(1);

	(void)state;
	memory_lab_run_for(lab, SECOND);
	lab->cm[0].tcp = LAB_REFUSES;
	memory_lab_kill_cm(lab, 0, 0);
	assert_true(memory_lab_run(lab, lab->now_us + 5 * SECOND, all_away));
	for (unsigned i = 0; i < 20; i++) {
		lab->cm[0].tcp = LAB_UP;
		memory_lab_run_for(lab, 2 * SECOND);
		lab->cm[0].tcp = LAB_REFUSES;
		memory_lab_kill_cm(lab, 0, 0);
		memory_lab_run_for(lab, 2 * SECOND);
		assert_true(all_away(lab));
	}
	assert_int_equal(lab->phone[0].registrations, 2);
	memory_lab_free(lab);
}

static bool token_asked(struct memory_lab *lab)
{
	return lab->cm[0].tokens > 0;
}

static void a_token_refused_means_wait(void **state)
{
	struct memory_lab *lab = registered(1);

	(void)state;
	memory_lab_run_for(lab, SECOND);
	lab->cm[0].tcp = LAB_REFUSES;
	memory_lab_kill_cm(lab, 0, 0);
	assert_true(memory_lab_run(lab, lab->now_us + 5 * SECOND, all_away));
	lab->cm[0].tcp = LAB_UP;
	lab->cm[0].token_status = 503;
	memory_lab_run_for(lab, 60 * SECOND);
	assert_true(all_away(lab));
	assert_said(lab, "cucm-pub answers 503: not yet");
	lab->cm[0].token_status = 0;
	assert_true(memory_lab_run(lab, lab->now_us + 60 * SECOND, all_home));
	memory_lab_free(lab);
}

/* The refusal of a token names a time: the phone does not ask again before it. */
static void the_retry_after_of_a_token_is_obeyed(void **state)
{
	struct memory_lab *lab = registered(1);
	uint64_t refused_us;

	(void)state;
	memory_lab_run_for(lab, SECOND);
	lab->cm[0].tcp = LAB_REFUSES;
	memory_lab_kill_cm(lab, 0, 0);
	assert_true(memory_lab_run(lab, lab->now_us + 5 * SECOND, all_away));
	lab->cm[0].tcp = LAB_UP;
	lab->cm[0].token_status = 503;
	lab->cm[0].token_retry_after_s = 100;
	assert_true(memory_lab_run(lab, lab->now_us + 60 * SECOND, token_asked));
	refused_us = lab->now_us;
	lab->cm[0].token_status = 0;
	memory_lab_run(lab, refused_us + 99 * SECOND, NULL);
	assert_int_equal(lab->cm[0].tokens, 1);
	assert_true(all_away(lab));
	assert_true(memory_lab_run(lab, refused_us + 130 * SECOND, all_home));
	memory_lab_free(lab);
}

/* A hundred phones do not return in the same second. */
static void the_herd_spreads_out(void **state)
{
	struct memory_lab *lab = registered(100);
	uint64_t first = UINT64_MAX, last = 0;
	unsigned most = 0;

	(void)state;
	memory_lab_run_for(lab, SECOND);
	lab->cm[0].tcp = LAB_REFUSES;
	memory_lab_kill_cm(lab, 0, 0);
	assert_true(memory_lab_run(lab, lab->now_us + 10 * SECOND, all_away));
	memory_lab_run_for(lab, 20 * SECOND);
	lab->cm[0].tcp = LAB_UP;
	assert_true(memory_lab_run(lab, lab->now_us + 120 * SECOND, all_home));
	for (unsigned i = 0; i < lab->phones; i++) {
		uint64_t at = lab->phone[i].registered_us;
		unsigned within = 0;

		first = at < first ? at : first;
		last = at > last ? at : last;
		for (unsigned k = 0; k < lab->phones; k++)
			within +=
			    lab->phone[k].registered_us >= at && lab->phone[k].registered_us < at + SECOND;
		most = within > most ? within : most;
	}
	assert_true(last - first > 3 * SECOND);
	assert_true(most < 60);
	memory_lab_run_for(lab, SECOND);
	assert_int_equal(lab->cm[0].bindings, 100);
	assert_int_equal(lab->cm[1].bindings, 0);
	memory_lab_free(lab);
}

/* How many registered within one second of each other, at most. */
static unsigned most_in_a_second(const struct memory_lab *lab)
{
	unsigned most = 0;

	for (unsigned i = 0; i < lab->phones; i++) {
		uint64_t at = lab->phone[i].registered_us;
		unsigned within = 0;

		for (unsigned k = 0; k < lab->phones; k++)
			within +=
			    lab->phone[k].registered_us >= at && lab->phone[k].registered_us < at + SECOND;
		most = within > most ? within : most;
	}
	return most;
}

/* 48 phones with one call manager, at their real pace: it restarts, or is away for a while. */
static void the_only_call_manager_returns(void **state)
{
	static const unsigned away_s[] = {0, 5, 90, 600};

	(void)state;
	for (unsigned k = 0; k < sizeof(away_s) / sizeof(away_s[0]); k++) {
		struct lab_config config = {.phones = 48, .seed = 22 + k, .pace = PHONE_PACE_REAL};
		struct memory_lab *lab = memory_lab_new(&config);
		struct phonexml_config *xml = calloc(1, sizeof(*xml));

		for (unsigned i = 0; i < lab->phones; i++) {
			memory_lab_config_of(lab, i, xml);
			xml->members = 1;
			memory_lab_put_config(lab, i, xml);
		}
		free(xml);
		memory_lab_power_on(lab);
		must_register(lab, 200);
		memory_lab_run_for(lab, 10 * SECOND);
		lab->cm[0].tcp = away_s[k] ? LAB_REFUSES : LAB_UP;
		memory_lab_kill_cm(lab, 0, ECONNRESET);
		memory_lab_run_for(lab, away_s[k] * SECOND);
		for (unsigned i = 0; away_s[k] && i < lab->phones; i++)
			assert_false(lab->phone[i].registered);
		lab->cm[0].tcp = LAB_UP;
		memory_lab_run_for(lab, 300 * SECOND);
		assert_true(all_home(lab));
		assert_in_range(most_in_a_second(lab), 1, 20);
		memory_lab_free(lab);
	}
}

/* A connection that has died is never written to again; the way back is by a new one. */
static void a_dead_connection_is_not_used_again(void **state)
{
	static const int errors[] = {0, ECONNRESET, ETIMEDOUT};

	(void)state;
	for (unsigned e = 0; e < 4; e++) {
		struct memory_lab *lab = registered(1);
		unsigned connections;

		memory_lab_run_for(lab, SECOND);
		connections = lab->phone[0].conns;
		if (e < 3) {
			lab->cm[0].tcp = LAB_REFUSES;
			memory_lab_kill_cm(lab, 0, errors[e]);
			memory_lab_run_for(lab, SECOND);
		} else {
			lab->cm[0].swallows = true; /* the connection stands, but nobody is there */
			assert_true(memory_lab_run(lab, lab->now_us + 130 * SECOND, all_away));
		}
		lab->phone[0].dead_sends = 0;
		lab->cm[0].tcp = LAB_UP;
		lab->cm[0].swallows = false;
		assert_true(memory_lab_run(lab, lab->now_us + 60 * SECOND, all_home));
		memory_lab_run_for(lab, 300 * SECOND);
		assert_true(lab->phone[0].conns > connections);
		assert_int_equal(lab->phone[0].dead_sends, 0);
		memory_lab_free(lab);
	}
}

/* Neither of the two stays up for long: the phone goes where somebody is, but not home at each blink. */
static void both_flap_in_turn(void **state)
{
	struct memory_lab *lab = registered(1);

	(void)state;
	memory_lab_run_for(lab, SECOND);
	for (unsigned i = 0; i < 10; i++) {
		unsigned down = i % 2;

		lab->cm[down].tcp = LAB_REFUSES;
		lab->cm[!down].tcp = LAB_UP;
		memory_lab_kill_cm(lab, down, ECONNRESET);
		memory_lab_run_for(lab, 20 * SECOND);
		assert_true(lab->phone[0].registered);
		assert_string_equal(lab->phone[0].node, down ? "cucm-pub" : "cucm-sub");
	}
	assert_in_range(lab->phone[0].registrations, 11, 12);
	memory_lab_free(lab);
}

static void both_die_and_one_returns(void **state)
{
	struct memory_lab *lab = registered(1);

	(void)state;
	memory_lab_run_for(lab, SECOND);
	lab->cm[0].tcp = lab->cm[1].tcp = LAB_SILENT;
	memory_lab_kill_cm(lab, 0, ECONNRESET);
	memory_lab_kill_cm(lab, 1, ECONNRESET);
	memory_lab_run_for(lab, 30 * SECOND);
	assert_false(lab->phone[0].registered);
	assert_rung(lab, LADDER_CM_CONNECT, LADDER_FAILED, "no answer to TCP");
	lab->cm[1].tcp = LAB_UP;
	must_register(lab, 60);
	assert_string_equal(lab->phone[0].node, "cucm-sub");
	memory_lab_free(lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_standby_is_kept_alive),
	    cmocka_unit_test(the_primary_dies_and_returns),
	    cmocka_unit_test(a_primary_that_swallows_is_left),
	    cmocka_unit_test(a_flapping_primary_is_not_trusted),
	    cmocka_unit_test(a_token_refused_means_wait),
	    cmocka_unit_test(the_retry_after_of_a_token_is_obeyed),
	    cmocka_unit_test(the_herd_spreads_out),
	    cmocka_unit_test(the_only_call_manager_returns),
	    cmocka_unit_test(a_dead_connection_is_not_used_again),
	    cmocka_unit_test(both_flap_in_turn),
	    cmocka_unit_test(both_die_and_one_returns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
