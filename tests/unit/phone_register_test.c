/* Steps 10 and 11: call managers in order, REGISTER and every answer that it can get; what the call manager
 * asks for. */
#include "tests/support/phone_test.h"

static void registered_with_the_primary(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_rung(lab, LADDER_CM_CONNECT, LADDER_DONE, "cucm-pub 10.20.0.11:5060");
	assert_rung(lab, LADDER_REGISTER, LADDER_DONE, "200 OK from cucm-pub 10.20.0.11:5060, expires 120 s");
	assert_int_equal(lab->cm[0].registers, 1);
	assert_int_equal(lab->cm[0].refers, 1); /* the alarm */
	assert_string_equal(lab->phone[0].dn, "2001");
	memory_lab_free(lab);
}

/* Each rung that was left says what a person would look for. */
static void steps_have_evidence(void **state)
{
	static const char *const evidence[] = {
	    "[source=poe class=1 mw=",
	    "[active=" LAB_LOAD " inactive=",
	    "[vlan=110 by=CDP cdp_neighbor=",
	    "[xid=0x",
	    " address=10.110.1.50 server=10.110.0.2 lease=3600 s option150=10.20.0.3",
	    "[file=CTLSEP0A0000000001.tlv server=10.20.0.3 transport=",
	    " result=not found bytes=0 http_status=404",
	    "[active=" LAB_LOAD " wanted=" LAB_LOAD "]",
	    "[call_manager=cucm-pub transport=TCP to=10.20.0.11:5060 from=10.110.1.50:",
	    " cseq=101 user=2001 sip_status=200 expires=120]",
	};
	struct memory_lab *lab = one_phone();

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	for (unsigned i = 0; i < sizeof(evidence) / sizeof(evidence[0]); i++)
		assert_said(lab, evidence[i]);
	memory_lab_free(lab);
}

static void refreshed_before_it_expires(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	memory_lab_run_for(lab, 113 * SECOND);
	assert_int_equal(lab->cm[0].registers, 1);
	memory_lab_run_for(lab, 5 * SECOND);
	assert_int_equal(lab->cm[0].registers, 2);
	memory_lab_run_for(lab, 2300 * SECOND); /* the lease of an hour is not over yet */
	assert_int_equal(lab->cm[0].registers, 22);
	assert_int_equal(lab->phone[0].registrations, 1);
	memory_lab_free(lab);
}

/* Little is granted, but each refresh asks for what the configuration says. */
static void what_is_asked_for_does_not_shrink(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	memory_lab_run_for(lab, 1000 * SECOND);
	assert_in_range(lab->cm[0].registers, 8, 10);
	for (unsigned i = 0; i < lab->cm[0].registers; i++)
		assert_int_equal(lab->cm[0].asked_s[i], 3600);
	/* Nor when the grants themselves shrink. */
	lab->cm[0].expires_s = 60;
	memory_lab_run_for(lab, 300 * SECOND);
	assert_in_range(lab->cm[0].registers, 12, 16);
	assert_int_equal(lab->cm[0].asked_s[lab->cm[0].registers - 1], 3600);
	assert_int_equal(lab->phone[0].registrations, 1);
	memory_lab_free(lab);
}

static bool refused(struct memory_lab *lab)
{
	return memory_lab_rung(lab, 0, LADDER_REGISTER) == LADDER_FAILED;
}

static bool registering(struct memory_lab *lab)
{
	return phone_state_now(lab->phone[0].phone) == PHONE_STATE_REGISTER;
}

static void digest(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->cm[0].password = "secret";
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_int_equal(lab->cm[0].registers, 2);
	memory_lab_free(lab);
}

/* RFC 7616 3.3 lets the client answer a challenge with stale=true at once. The phone does that three times in
 * a row; then the attempt has failed, and the next one waits for the backoff. */
static void stale_challenges_are_limited(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->cm[0].password = "secret";
	lab->cm[0].always_stale = true;
	memory_lab_power_on(lab);
	assert_true(memory_lab_run(lab, 3 * SECOND, refused));
	assert_rung(lab, LADDER_REGISTER, LADDER_FAILED,
		    "Registration Rejected by cucm-pub: 401 Unauthorized");
	assert_int_equal(lab->cm[0].registers, 4); /* without credentials, and three with */
	memory_lab_run_for(lab, 60 * SECOND);
	assert_in_range(lab->cm[0].registers, 12, 80);
	lab->cm[0].always_stale = false;
	must_register(lab, 60);
	memory_lab_free(lab);
}

static void stale_challenges_of_a_refresh_are_limited(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->cm[0].password = "secret";
	memory_lab_power_on(lab);
	must_register(lab, 5);
	lab->cm[0].always_stale = true;
	memory_lab_run_for(lab, 130 * SECOND); /* the refresh comes at 115 s */
	assert_false(lab->phone[0].registered);
	assert_in_range(lab->cm[0].registers, 6, 60);
	lab->cm[0].always_stale = false;
	must_register(lab, 60);
	memory_lab_free(lab);
}

/* RFC 7616 3.4: nc counts the requests with the same nonce, and begins at 1 with a new one. */
static void nc_counts_per_nonce(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->cm[0].password = "secret";
	memory_lab_power_on(lab);
	must_register(lab, 5);
	memory_lab_run_for(lab, 240 * SECOND); /* two refreshes */
	assert_int_equal(lab->cm[0].credentials, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(lab->cm[0].nc[i], i + 1);
	lab->cm[0].nonce++;
	memory_lab_run_for(lab, 230 * SECOND);
	assert_int_equal(lab->cm[0].nc[3], 1);
	assert_int_equal(lab->cm[0].nc[4], 2);
	assert_int_equal(lab->phone[0].registrations, 1);
	memory_lab_free(lab);
}

/* A dialog has a Call-ID: a response with another one answers nothing, whatever its CSeq is. */
static void a_response_with_a_foreign_call_id_is_ignored(void **state)
{
	static const char response[] =
	    "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP 10.110.1.50:49153;branch=z9hG4bK1\r\n"
	    "From: <sip:2001@10.20.0.11>;tag=a\r\nTo: <sip:2001@10.20.0.11>;tag=b\r\n"
	    "Call-ID: foreign@10.20.0.66\r\nCSeq: 101 REGISTER\r\nExpires: 120\r\nContent-Length: 0\r\n\r\n";
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->cm[0].swallows = true;
	memory_lab_power_on(lab);
	assert_true(memory_lab_run(lab, 5 * SECOND, registering));
	memory_lab_run_for(lab, SECOND / 10);
	memory_lab_cm_say(lab, 0, 0, response, sizeof(response) - 1);
	memory_lab_run_for(lab, SECOND);
	assert_said(lab, "DEB JAVA-sipio-recv<--- SIP/2.0 200 OK^M");
	assert_false(lab->phone[0].registered);
	assert_int_equal(phone_state_now(lab->phone[0].phone), PHONE_STATE_REGISTER);
	memory_lab_free(lab);
}

static void a_wrong_password_is_rejected_and_heals(void **state)
{
	struct memory_lab *lab = one_phone();
	struct phonexml_config *config = calloc(1, sizeof(*config));

	(void)state;
	memory_lab_config_of(lab, 0, config);
	strcpy(config->line[0].auth_password, "wrong");
	memory_lab_put_config(lab, 0, config);
	lab->cm[0].password = "secret";
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 2 * SECOND);
	assert_rung(lab, LADDER_REGISTER, LADDER_FAILED,
		    "Registration Rejected by cucm-pub: 401 Unauthorized");
	assert_int_equal(lab->cm[1].registers, 0); /* a rejection is no reason to go elsewhere */
	memory_lab_config_of(lab, 0, config);
	memory_lab_put_config(lab, 0, config);
	free(config);
	must_register(lab, 60);
	memory_lab_free(lab);
}

static void no_credentials_at_all(void **state)
{
	struct memory_lab *lab = one_phone();
	struct phonexml_config *config = calloc(1, sizeof(*config));

	(void)state;
	memory_lab_config_of(lab, 0, config);
	config->line[0].auth_name[0] = config->line[0].auth_password[0] = '\0';
	memory_lab_put_config(lab, 0, config);
	free(config);
	lab->cm[0].password = "secret";
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 2 * SECOND);
	assert_rung(lab, LADDER_REGISTER, LADDER_FAILED, "401 Unauthorized");
	memory_lab_free(lab);
}

static void rejections(void **state)
{
	static const unsigned codes[] = {400, 403, 404, 413, 480, 486, 500, 600};

	(void)state;
	for (unsigned i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct memory_lab *lab = one_phone();
		char text[16];

		lab->cm[0].status = codes[i];
		memory_lab_power_on(lab);
		memory_lab_run_for(lab, 2 * SECOND);
		snprintf(text, sizeof(text), ": %u ", codes[i]);
		assert_rung(lab, LADDER_REGISTER, LADDER_FAILED, text);
		assert_said(lab, "message Registration Rejected");
		assert_int_equal(lab->cm[1].registers, 0);
		lab->cm[0].status = 0;
		must_register(lab, 60);
		memory_lab_free(lab);
	}
}

static void retry_after_is_obeyed(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->cm[0].status = 480;
	lab->cm[0].retry_after_s = 30;
	lab->cm[0].status_for = 1;
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 29 * SECOND);
	assert_int_equal(lab->cm[0].registers, 1);
	must_register(lab, 5);
	assert_int_equal(lab->cm[0].registers, 2);
	memory_lab_free(lab);
}

static void interval_too_brief(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->cm[0].status = 423;
	lab->cm[0].status_for = 1;
	lab->cm[0].min_expires_s = 7200;
	lab->cm[0].expires_s = 7200;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_rung(lab, LADDER_REGISTER, LADDER_DONE, "expires 7200 s");
	assert_int_equal(lab->cm[0].registers, 2);
	assert_int_equal(lab->cm[0].asked_s[0], 3600);
	assert_int_equal(lab->cm[0].asked_s[1], 7200);
	lab->cm[0].expires_s = 120; /* the refresh remembers what was the least */
	memory_lab_control(lab, 0, PHONE_CONTROL_RESTART);
	memory_lab_run_for(lab, 130 * SECOND);
	assert_int_equal(lab->phone[0].registrations, 2);
	memory_lab_free(lab);
	lab = one_phone(); /* for ever: the phone gives up after a few */
	lab->cm[0].status = 423;
	lab->cm[0].min_expires_s = 7200;
	memory_lab_power_on(lab);
	assert_true(memory_lab_run(lab, 5 * SECOND, refused));
	assert_rung(lab, LADDER_REGISTER, LADDER_FAILED, "423 Interval Too Brief");
	assert_int_equal(lab->cm[0].registers, 4);
	memory_lab_free(lab);
}

static void unavailable_then_the_next_one(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->cm[0].status = 503;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_string_equal(lab->phone[0].node, "cucm-sub");
	memory_lab_free(lab);
}

static void a_grant_too_short_to_refresh(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->cm[0].expires_s = 15;
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 2 * SECOND);
	assert_rung(lab, LADDER_REGISTER, LADDER_FAILED, "200 OK, but for 15 s only");
	memory_lab_free(lab);
}

static void no_answer_then_the_next_one(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->cm[0].swallows = true;
	memory_lab_power_on(lab);
	must_register(lab, 10);
	assert_string_equal(lab->phone[0].node, "cucm-sub");
	assert_said(lab, "cucm-pub: no answer to REGISTER in 4 s");
	memory_lab_free(lab);
}

static void refused_and_black_holed(void **state)
{
	static const enum lab_health kinds[] = {LAB_REFUSES, LAB_SILENT, LAB_UNREACHABLE};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct memory_lab *lab = one_phone();

		lab->cm[0].tcp = kinds[i];
		memory_lab_power_on(lab);
		must_register(lab, 10);
		assert_string_equal(lab->phone[0].node, "cucm-sub");
		assert_rung(lab, LADDER_CM_CONNECT, LADDER_DONE, "cucm-sub 10.20.0.12:5060");
		memory_lab_free(lab);
	}
}

static void all_refuse_and_nothing_runs_hot(void **state)
{
	struct memory_lab *lab = one_phone();
	unsigned connects;

	(void)state;
	lab->cm[0].tcp = lab->cm[1].tcp = LAB_REFUSES;
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 120 * SECOND);
	assert_rung(lab, LADDER_CM_CONNECT, LADDER_FAILED,
		    "cucm-pub: connection refused, cucm-sub: connection refused");
	connects = memory_lab_said_times(lab, "cm.lost");
	assert_in_range(connects, 10, 100); /* a backoff, not a loop */
	lab->cm[1].tcp = LAB_UP;
	must_register(lab, 20);
	memory_lab_free(lab);
}

/* One takes connections but refuses to serve, the other is down: the waits grow all the same. */
static void half_broken_and_nothing_runs_hot(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->cm[0].status = 503;
	lab->cm[1].tcp = LAB_REFUSES;
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 120 * SECOND);
	assert_rung(lab, LADDER_REGISTER, LADDER_FAILED, "cucm-pub: 503 Service Unavailable");
	assert_in_range(lab->cm[0].registers, 8, 60);
	lab->cm[0].status = 0;
	must_register(lab, 60);
	memory_lab_free(lab);
}

static void what_is_not_sip_ends_the_connection(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	memory_lab_cm_say(lab, 0, 0, "HTTP/1.1 200 OK\r\nServer: x\r\n\r\n", 30);
	memory_lab_run_for(lab, 3 * SECOND);
	assert_said(lab, "what it sends is not SIP");
	assert_true(lab->phone[0].registered);
	assert_string_equal(lab->phone[0].node, "cucm-sub");
	memory_lab_free(lab);
}

/* --- what the call manager asks for --- */

static void options_and_pings_are_answered(void **state)
{
	static const char options[] =
	    "OPTIONS sip:2001@10.110.1.50 SIP/2.0\r\n"
	    "Via: SIP/2.0/TCP 10.20.0.11:5060;branch=z9hG4bK1\r\n"
	    "From: <sip:cm@10.20.0.11>;tag=a\r\nTo: <sip:2001@10.110.1.50>\r\n"
	    "Call-ID: o1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n";
	struct memory_lab *lab = one_phone();

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	memory_lab_cm_say(lab, 0, 0, "\r\n\r\n", 4);
	memory_lab_cm_say(lab, 0, 0, options, sizeof(options) - 1);
	memory_lab_run_for(lab, SECOND);
	assert_said(lab, "DEB JAVA-sipio-recv<--- OPTIONS sip:");
	assert_true(lab->phone[0].registered);
	memory_lab_free(lab);
}

static void reset_and_restart_by_notify(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	memory_lab_notify(lab, 0, 0, "prt-report", NULL, NULL);
	memory_lab_run_for(lab, 2 * SECOND);
	assert_said(lab, "problem report: Remote PRT Trigger");
	assert_int_equal(lab->phone[0].registrations, 1); /* it goes on */
	memory_lab_notify(lab, 0, 0, "restart", NULL, NULL);
	memory_lab_run_for(lab, 2 * SECOND);
	assert_said(lab, "message Restart requested by Cisco Unified Communications Manager");
	assert_int_equal(lab->phone[0].registrations, 2);
	assert_int_equal(lab->dhcp.discovers, 1); /* it kept its address */
	assert_string_equal(memory_lab_view(lab, 0).restart_cause, "Reset-Restart");
	assert_int_equal(lab->wire.lldp_shutdowns,
			 1); /* of the chassis id 0.0.0.0, when the address was known */
	assert_int_equal(lab->cm[0].removes, 1);
	memory_lab_notify(lab, 0, 0, "reset", NULL, NULL);
	memory_lab_run_for(lab, 2 * SECOND);
	assert_int_equal(lab->wire.lldp_shutdowns,
			 3); /* its neighbour forgets it at once; and the new address */
	assert_int_equal(lab->cm[0].removes, 2);
	assert_int_equal(lab->cm[0].bindings, 1);
	assert_int_equal(lab->phone[0].registrations, 3);
	assert_int_equal(lab->dhcp.discovers, 2);
	/* Meant for another registration. */
	memory_lab_notify(lab, 0, 0, "reset", NULL, "some-other-call-id");
	memory_lab_run_for(lab, 2 * SECOND);
	assert_int_equal(lab->phone[0].registrations, 3);
	memory_lab_free(lab);
}

static bool connections_closed(struct memory_lab *lab)
{
	for (unsigned c = 0; c < lab->phone[0].conns; c++)
		if (lab->phone[0].conn[c].open)
			return false;
	return true;
}

/* The call manager's answer closes the connections of a phone that goes down, while it has its address; a
 * call manager that is silent holds it up for a second at the most. */
static void going_down_in_order(void **state)
{
	(void)state;
	for (unsigned silent = 0; silent < 2; silent++) {
		struct memory_lab *lab = one_phone();

		memory_lab_power_on(lab);
		must_register(lab, 5);
		memory_lab_run_for(lab, SECOND); /* the standby is connected too */
		memory_lab_notify(lab, 0, 0, "reset", NULL, NULL);
		if (silent)
			lab->hold = PHONE_STATE_DOWN;
		assert_true(memory_lab_run(lab, lab->now_us + SECOND * 11 / 10, connections_closed));
		assert_int_equal(lab->phone[0].has_address, !silent);
		lab->hold = PHONE_STATE_NONE;
		must_register(lab, 5);
		assert_int_equal(lab->phone[0].unregistrations, 1);
		assert_int_equal(memory_lab_view(lab, 0).unlisted, 0);
		memory_lab_free(lab);
	}
}

/* Where no answer comes it goes on after a second, and nothing that was sent may arrive any more: by then it
 * would unregister the phone that has booted. */
static void an_unregistration_without_an_answer_is_forgotten(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	memory_lab_run_for(lab, SECOND);
	lab->cm[0].swallows = true;
	memory_lab_control(lab, 0, PHONE_CONTROL_RESET);
	memory_lab_run_for(lab, SECOND * 9 / 10);
	assert_int_equal(phone_state_now(lab->phone[0].phone), PHONE_STATE_DOWN);
	assert_int_equal(lab->phone[0].aborts, 0);
	memory_lab_run_for(lab, SECOND / 5);
	assert_int_not_equal(phone_state_now(lab->phone[0].phone), PHONE_STATE_DOWN);
	assert_int_equal(lab->phone[0].aborts, 1);
	lab->cm[0].swallows = false;
	must_register(lab, 60);
	memory_lab_free(lab);
}

static void check_version_restarts_only_when_it_differs(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	memory_lab_notify(lab, 0, 0, "check-version", "v1", NULL); /* what it has */
	memory_lab_run_for(lab, 2 * SECOND);
	assert_int_equal(lab->phone[0].registrations, 1);
	memory_lab_notify(lab, 0, 0, "check-version", "v0", NULL);
	memory_lab_run_for(lab, 2 * SECOND);
	assert_int_equal(lab->phone[0].registrations, 2);
	memory_lab_free(lab);
}

/* Also if the call manager challenges the request. */
static void stopping_unregisters(void **state)
{
	(void)state;
	for (unsigned digest = 0; digest < 2; digest++) {
		struct memory_lab *lab = one_phone();

		lab->cm[0].password = digest ? "secret" : NULL;
		memory_lab_power_on(lab);
		must_register(lab, 5);
		assert_int_equal(lab->cm[0].bindings, 1);
		memory_lab_control(lab, 0, PHONE_CONTROL_STOP);
		memory_lab_run_for(lab, 2 * SECOND);
		assert_true(lab->phone[0].stopped);
		assert_int_equal(lab->cm[0].removes, 1);
		assert_int_equal(lab->cm[0].bindings, 0);
		memory_lab_free(lab);
	}
}

/* Its password has changed since: it goes all the same, and at once. */
static void stopping_with_a_wrong_password(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->cm[0].password = "secret";
	memory_lab_power_on(lab);
	must_register(lab, 5);
	lab->cm[0].password = "another";
	memory_lab_control(lab, 0, PHONE_CONTROL_STOP);
	memory_lab_run_for(lab, SECOND / 2);
	assert_true(lab->phone[0].stopped);
	assert_int_equal(lab->cm[0].removes, 0);
	memory_lab_free(lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(registered_with_the_primary),
	    cmocka_unit_test(steps_have_evidence),
	    cmocka_unit_test(refreshed_before_it_expires),
	    cmocka_unit_test(what_is_asked_for_does_not_shrink),
	    cmocka_unit_test(digest),
	    cmocka_unit_test(stale_challenges_are_limited),
	    cmocka_unit_test(stale_challenges_of_a_refresh_are_limited),
	    cmocka_unit_test(nc_counts_per_nonce),
	    cmocka_unit_test(a_response_with_a_foreign_call_id_is_ignored),
	    cmocka_unit_test(a_wrong_password_is_rejected_and_heals),
	    cmocka_unit_test(no_credentials_at_all),
	    cmocka_unit_test(rejections),
	    cmocka_unit_test(retry_after_is_obeyed),
	    cmocka_unit_test(interval_too_brief),
	    cmocka_unit_test(unavailable_then_the_next_one),
	    cmocka_unit_test(a_grant_too_short_to_refresh),
	    cmocka_unit_test(no_answer_then_the_next_one),
	    cmocka_unit_test(refused_and_black_holed),
	    cmocka_unit_test(all_refuse_and_nothing_runs_hot),
	    cmocka_unit_test(half_broken_and_nothing_runs_hot),
	    cmocka_unit_test(what_is_not_sip_ends_the_connection),
	    cmocka_unit_test(options_and_pings_are_answered),
	    cmocka_unit_test(reset_and_restart_by_notify),
	    cmocka_unit_test(going_down_in_order),
	    cmocka_unit_test(an_unregistration_without_an_answer_is_forgotten),
	    cmocka_unit_test(check_version_restarts_only_when_it_differs),
	    cmocka_unit_test(stopping_unregisters),
	    cmocka_unit_test(stopping_with_a_wrong_password),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
