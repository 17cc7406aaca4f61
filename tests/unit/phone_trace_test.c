/* Traces for debugging: none by default; with a topic enabled, one line per change of state, in order. */
#include "tests/support/phone_test.h"

/* The traces of the stream, in order: each expected text occurs behind the one before it. */
static void assert_traces(const struct memory_lab *lab, const char *const *expected, unsigned count)
{
	const char *at = lab->stream;

	for (unsigned i = 0; i < count; i++) {
		const char *found = at ? strstr(at, expected[i]) : NULL;

		if (!found)
			fail_msg("no trace \"%s\" behind the one before it", expected[i]);
		at = found + 1;
	}
}

static struct memory_lab *booted(unsigned topics)
{
	struct memory_lab *lab = one_phone();

	phone_trace_enable(lab->phone[0].phone, topics);
	memory_lab_power_on(lab);
	must_register(lab, 5);
	return lab;
}

static void no_trace_by_default(void **state)
{
	struct memory_lab *lab = booted(0);

	(void)state;
	assert_int_equal(memory_lab_said_times(lab, " trace "), 0);
	memory_lab_free(lab);
}

static void the_dhcp_states_of_a_boot(void **state)
{
	static const char *const expected[] = {
	    "trace idle --start--> selecting (",   "trace selecting --offer--> requesting (",
	    "trace requesting --ack--> probing (", "trace probing --address free--> bound (",
	    "trace bound --T1--> renewing (1",	   "trace renewing --ack--> bound (",
	    "trace bound --stop--> idle (",
	};
	struct memory_lab *lab = booted(1u << PHONE_TRACE_DHCP);

	(void)state;
	memory_lab_run_for(lab, 2000 * SECOND);
	memory_lab_control(lab, 0, PHONE_CONTROL_RESET);
	memory_lab_run_for(lab, 3 * SECOND);
	assert_traces(lab, expected, sizeof(expected) / sizeof(expected[0]));
	assert_int_equal(memory_lab_said_times(lab, "trace idle --start-->"), 2);
	assert_int_equal(memory_lab_said_times(lab, "trace power --"), 0); /* another topic */
	memory_lab_free(lab);
}

static void the_other_topics_of_a_boot(void **state)
{
	static const struct {
		enum phone_trace topic;
		const char *expected[3];
	} topics[] = {
	    {PHONE_TRACE_STEP,
	     {"trace power --powered--> boot (", "trace dhcp --done--> ctl (",
	      "trace ringtones --done--> ready ("}},
	    {PHONE_TRACE_CDP, {"trace neighbor ", "trace voice VLAN 0 --frame--> 110", ""}},
	    {PHONE_TRACE_LLDP, {"trace neighbor ", "trace voice VLAN ", ""}},
	    {PHONE_TRACE_FETCH,
	     {".cnf.xml.sgn asked of 10.20.0.3 by HTTP", ".cnf.xml.sgn --ok--> done (", ""}},
	    {PHONE_TRACE_MEMBER,
	     {"trace cucm-pub idle --resolve--> resolving (",
	      "trace cucm-pub resolving --resolved--> connecting (",
	      "trace cucm-pub connecting --tcp--> connected ("}},
	    {PHONE_TRACE_SIP,
	     {"trace cucm-pub REGISTER sent", "trace cucm-pub REGISTER --200--> answered (", ""}},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
		struct memory_lab *lab = booted(1u << topics[i].topic);

		assert_traces(lab, topics[i].expected, 3);
		memory_lab_free(lab);
	}
}

/* The trace changes nothing else: without its lines the stream is that of a phone that is not traced. */
static void a_trace_changes_nothing(void **state)
{
	struct memory_lab *plain = booted(0), *traced = booted(~0u);
	const char *left = plain->stream, *right = traced->stream;

	(void)state;
	while (*right) {
		size_t length = strcspn(right, "\n") + 1;

		if (!memmem(right, length, " trace ", 7)) {
			assert_memory_equal(left, right, length);
			left += length;
		}
		right += length;
	}
	assert_string_equal(left, "");
	memory_lab_free(plain);
	memory_lab_free(traced);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_trace_by_default),
	    cmocka_unit_test(the_dhcp_states_of_a_boot),
	    cmocka_unit_test(the_other_topics_of_a_boot),
	    cmocka_unit_test(a_trace_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
