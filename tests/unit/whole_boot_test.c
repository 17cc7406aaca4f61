/* Whole boots: phone cores against the switch core over a memory wire, with a fake clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "tests/support/memory_lab.h"

#define SECOND UINT64_C(1000000)

static struct memory_lab *boot(const struct lab_config *config, uint64_t limit_us)
{
	struct memory_lab *lab = memory_lab_new(config);

	memory_lab_power_on(lab);
	if (!memory_lab_run(lab, limit_us, memory_lab_all_registered)) {
		for (unsigned i = 0; i < lab->phones; i++) {
			struct phone_view view = memory_lab_view(lab, i);

			if (lab->phone[i].registered)
				continue;
			fprintf(stderr, "%s is at %s: step %d\n", view.name,
				phone_state_name(phone_state_now(lab->phone[i].phone)), view.step);
			for (int n = 1; n <= LADDER_STEPS; n++)
				fprintf(stderr, "  %2d %-12s %-8s %s\n", n, ladder_step_name(n),
					ladder_state_name(view.ladder.rung[n - 1].state),
					view.ladder.rung[n - 1].detail);
			break;
		}
		fail_msg("not all phones registered by %llu us", (unsigned long long)limit_us);
	}
	return lab;
}

static void check_all(struct memory_lab *lab)
{
	unsigned bindings = 0;

	for (unsigned i = 0; i < lab->phones; i++) {
		struct phone_view view = memory_lab_view(lab, i);

		assert_int_equal(view.step, LADDER_STEPS);
		assert_string_equal(view.state, "registered");
		assert_string_equal(view.registered_with, "cucm-pub");
		assert_int_equal(atoi(view.directory_number), 2001 + i);
		assert_int_equal(view.unlisted, 0);
	}
	for (unsigned c = 0; c < LAB_CMS; c++)
		bindings += lab->cm[c].bindings;
	assert_int_equal(bindings, lab->phones);
	assert_int_equal(lab->actions->lost, 0);
}

static void one_phone_on_a_bare_wire(void **state)
{
	struct lab_config config = {.phones = 1, .seed = 1};
	struct memory_lab *lab = boot(&config, 10 * SECOND);

	(void)state;
	check_all(lab);
	assert_int_equal(memory_lab_view(lab, 0).voice_vlan, LAB_VOICE_VLAN);
	memory_lab_free(lab);
}

static void eight_phones_on_a_switch(void **state)
{
	struct lab_config config = {.phones = 8, .seed = 1, .use_switch = true};
	struct memory_lab *lab = boot(&config, 20 * SECOND);

	(void)state;
	check_all(lab);
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(memory_lab_view(lab, i).voice_vlan, LAB_VOICE_VLAN);
		assert_non_null(strstr(memory_lab_view(lab, i).neighbor, "sw1"));
	}
	memory_lab_free(lab);
}

static void no_voice_vlan(void **state)
{
	struct lab_config config = {.phones = 2, .seed = 1, .use_switch = true, .voice_vlan = 0xffff};
	struct memory_lab *lab = boot(&config, 20 * SECOND);

	(void)state;
	check_all(lab);
	assert_int_equal(memory_lab_view(lab, 0).voice_vlan, 0);
	assert_int_equal(memory_lab_rung(lab, 0, LADDER_VOICE_VLAN), LADDER_DONE);
	assert_non_null(strstr(memory_lab_detail(lab, 0, LADDER_VOICE_VLAN), "untagged"));
	memory_lab_free(lab);
}

static void lldp_only(void **state)
{
	struct lab_config config = {.phones = 2, .seed = 1, .use_switch = true, .no_cdp = true};
	struct memory_lab *lab = boot(&config, 20 * SECOND);

	(void)state;
	check_all(lab);
	assert_int_equal(memory_lab_view(lab, 0).voice_vlan, LAB_VOICE_VLAN);
	assert_non_null(strstr(memory_lab_detail(lab, 0, LADDER_VOICE_VLAN), "LLDP-MED"));
	memory_lab_free(lab);
}

/* What the phone sends by CDP and LLDP, as the switch shows it. */
static void neighbours_of_the_switch(void **state)
{
	static const char *const
	    commands[] = {"cdp", "lldp"},
	    *const lines[] = {
		"Platform: Cisco IP Phone 7841,  Capabilities: Host Phone Two-port Mac Relay",
		"Second Port Status: Down",
		"Management address(es): \n  IP address: 10.110.1.",
		"Power request levels are:3600 0 0 0 0",
		"Chassis id: 10.110.1.",
		"Port id: 0A0000000001:P1\nPort Description: SW PORT\nSystem Name: SEP0A0000000001\n",
		"\nCisco IP Phone 7841, V1, sip78xx.",
		"Management Addresses:\n    IP: 10.110.1.",
		"    Power Device Type: Type1PD\n    Power Source: PSE\n",
		"    H/W revision: 1\n    F/W revision: sboot78xx.",
		"    Serial number: FCH15110001\n    Manufacturer: Cisco Systems, Inc.\n    Model: CP-7841\n",
		"    Network Policy(Voice): VLAN 110, tagged, Layer-2 priority: 5, DSCP: 46\n",
		"    Network Policy(Voice Signal): VLAN 110, tagged, Layer-2 priority: 4, DSCP: 32\n",
	    };
	struct lab_config config = {.phones = 1, .seed = 1, .use_switch = true};
	struct memory_lab *lab = boot(&config, 10 * SECOND);
	struct text shown = {0};

	(void)state;
	memory_lab_run_for(lab, 65 * SECOND); /* a period of both, with the address */
	for (unsigned i = 0; i < 2; i++) {
		char *text = switch_core_show(lab->sw, lab->now_us,
					      (const char *const[]){commands[i], "neighbors", "detail"}, 3);

		text_add(&shown, "%s", text);
		free(text);
	}
	/* One neighbour by each protocol, though the chassis id has changed with the address. */
	assert_null(strstr(shown.bytes, "Chassis id: 0.0.0.0"));
	for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (!strstr(shown.bytes, lines[i]))
			fail_msg("no '%s': %s", lines[i], shown.bytes);
	text_free(&shown);
	memory_lab_free(lab);
}

/* The same seed gives the same boot, byte for byte, with 200 phones; another seed gives another. */
static void two_hundred_phones_twice(void **state)
{
	struct lab_config config = {.phones = 200, .seed = 42, .use_switch = true};
	struct memory_lab *first, *second, *other;

	(void)state;
	first = boot(&config, 60 * SECOND);
	check_all(first);
	memory_lab_run_for(first, 5 * SECOND);
	second = boot(&config, 60 * SECOND);
	memory_lab_run_for(second, 5 * SECOND);
	config.seed = 43;
	other = boot(&config, 60 * SECOND);
	check_all(other);
	assert_true(first->stream_length > 100000);
	assert_int_equal(first->stream_length, second->stream_length);
	assert_memory_equal(first->stream, second->stream, first->stream_length);
	assert_true(other->stream_length != first->stream_length ||
		    memcmp(other->stream, first->stream, first->stream_length));
	memory_lab_free(first);
	memory_lab_free(second);
	memory_lab_free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_phone_on_a_bare_wire),
	    cmocka_unit_test(eight_phones_on_a_switch),
	    cmocka_unit_test(neighbours_of_the_switch),
	    cmocka_unit_test(no_voice_vlan),
	    cmocka_unit_test(lldp_only),
	    cmocka_unit_test(two_hundred_phones_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
