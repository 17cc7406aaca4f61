/* SIP over UDP: requests are repeated until answered, and what comes twice is done once. */
#include "tests/support/phone_test.h"

static struct memory_lab *one_by_udp(enum phone_pace pace)
{
	struct lab_config lab_config = {.phones = 1, .seed = 31, .pace = pace};
	struct memory_lab *lab = memory_lab_new(&lab_config);
	struct phonexml_config *config = calloc(1, sizeof(*config));

	memory_lab_config_of(lab, 0, config);
	config->transport = PHONEXML_UDP;
	memory_lab_put_config(lab, 0, config);
	free(config);
	return lab;
}

static void registered_and_refreshed(void **state)
{
	struct memory_lab *lab = one_by_udp(PHONE_PACE_FAST);

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_rung(lab, LADDER_CM_CONNECT, LADDER_DONE, "cucm-pub 10.20.0.11:5060 by UDP");
	assert_said(lab, "transport=UDP");
	assert_int_equal(lab->cm[0].registers, 1);
	assert_int_equal(lab->cm[0].datagrams, 2); /* the alarm, the REGISTER; nothing twice */
	memory_lab_run_for(lab, 300 * SECOND);
	assert_int_equal(lab->phone[0].registrations, 1);
	assert_int_equal(lab->cm[0].registers, 3);
	assert_false(memory_lab_said(lab, "once more"));
	memory_lab_free(lab);
}

/* Lost on the way there, or the answer on the way back: sent again after T1, 2 T1, ... */
static void what_is_lost_is_sent_again(void **state)
{
	struct memory_lab *lab = one_by_udp(PHONE_PACE_FAST);

	(void)state;
	lab->cm[0].lose = 3; /* the alarm, the REGISTER twice */
	memory_lab_power_on(lab);
	must_register(lab, 10);
	assert_string_equal(lab->phone[0].node, "cucm-pub");
	assert_int_equal(lab->cm[0].registers, 1);
	assert_int_equal(memory_lab_said_times(lab, "once more"), 2);
	lab->cm[0].lose_out = 1;
	memory_lab_forget(lab);
	memory_lab_run_for(lab, 120 * SECOND);
	assert_int_equal(memory_lab_said_times(lab, "once more"), 1);
	assert_int_equal(lab->cm[0].registers, 3);
	assert_int_equal(lab->phone[0].registrations, 1);
	memory_lab_free(lab);
}

/* RFC 3261 17.1.2.2: 500 ms, 1 s, 2 s, 4 s, 4 s ... until timer F, 32 s: eleven requests. */
static void the_shape_of_rfc_3261(void **state)
{
	struct memory_lab *lab = one_by_udp(PHONE_PACE_REAL);

	(void)state;
	lab->cm[0].swallows = true;
	memory_lab_power_on(lab);
	must_register(lab, 200);
	assert_string_equal(lab->phone[0].node, "cucm-sub");
	assert_said(lab, "cucm-pub: no answer to REGISTER in 32 s");
	assert_int_equal(lab->cm[0].datagrams, 1 + 11); /* and the alarm */
	memory_lab_free(lab);
}

static void port_unreachable_then_the_next_one(void **state)
{
	struct memory_lab *lab = one_by_udp(PHONE_PACE_FAST);

	(void)state;
	lab->cm[0].tcp = LAB_REFUSES;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_string_equal(lab->phone[0].node, "cucm-sub");
	lab->cm[0].tcp = LAB_UP;
	memory_lab_run_for(lab, 60 * SECOND);
	assert_string_equal(lab->phone[0].node, "cucm-pub"); /* and home again */
	memory_lab_free(lab);
}

/* A datagram that is no SIP is dropped; half a message is not completed by the next datagram. */
static void a_bad_datagram_spoils_nothing(void **state)
{
	static const char half[] = "OPTIONS sip:2001@10.110.1.50 SIP/2.0\r\nVia: SIP/2.0/UDP";
	struct memory_lab *lab = one_by_udp(PHONE_PACE_FAST);

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	memory_lab_cm_say(lab, 0, 0, "HTTP/1.1 200 OK\r\nServer: x\r\n\r\n", 30);
	memory_lab_cm_say(lab, 0, 0, half, sizeof(half) - 1);
	memory_lab_run_for(lab, 300 * SECOND);
	assert_said(lab, "sip.bad");
	assert_int_equal(lab->phone[0].registrations, 1);
	assert_true(lab->phone[0].registered);
	memory_lab_free(lab);
}

static void a_repeated_notify_acts_once(void **state)
{
	static const char notify[] =
	    "NOTIFY sip:2001@10.110.1.50 SIP/2.0\r\n"
	    "Via: SIP/2.0/UDP 10.20.0.11:5060;branch=z9hG4bKn\r\n"
	    "From: <sip:cm@10.20.0.11>;tag=a\r\nTo: <sip:2001@10.110.1.50>\r\n"
	    "Call-ID: n1\r\nCSeq: 7 NOTIFY\r\nMax-Forwards: 70\r\nEvent: service-control\r\n"
	    "Subscription-State: active\r\nContent-Type: text/plain\r\nContent-Length: 22\r\n\r\n"
	    "action=check-version\r\n";
	struct memory_lab *lab = one_by_udp(PHONE_PACE_FAST);
	unsigned before;

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	before = lab->cm[0].datagrams;
	for (unsigned i = 0; i < 3; i++) {
		memory_lab_cm_say(lab, 0, 0, notify, sizeof(notify) - 1);
		memory_lab_run_for(lab, SECOND);
	}
	assert_int_equal(lab->cm[0].datagrams, before + 3); /* answered each time */
	assert_int_equal(memory_lab_said_times(lab, "phone.service-control"), 1);
	memory_lab_free(lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(registered_and_refreshed),
	    cmocka_unit_test(what_is_lost_is_sent_again),
	    cmocka_unit_test(the_shape_of_rfc_3261),
	    cmocka_unit_test(port_unreachable_then_the_next_one),
	    cmocka_unit_test(a_bad_datagram_spoils_nothing),
	    cmocka_unit_test(a_repeated_notify_acts_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
