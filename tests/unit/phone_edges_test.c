/* Every edge of the phone's table is taken, from every state that it holds for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/support/memory_lab.h"
#include "wire/arp.h"

#define SECOND UINT64_C(1000000)

static uint32_t visits[PHONE_EDGES_MAX][PHONE_STATES];
static enum phone_state wanted;

static void end(struct memory_lab *lab)
{
	for (unsigned i = 0; phone_edge_at(i); i++)
		for (unsigned s = 0; s < PHONE_STATES; s++)
			visits[i][s] += phone_edge_visits(lab->phone[0].phone, i, (enum phone_state)s);
	assert_int_equal(lab->actions->lost, 0);
	memory_lab_free(lab);
}

static bool at_wanted(struct memory_lab *lab)
{
	return phone_state_now(lab->phone[0].phone) == wanted;
}

static bool run_to(struct memory_lab *lab, enum phone_state state, unsigned seconds)
{
	wanted = state;
	return memory_lab_run(lab, lab->now_us + seconds * SECOND, at_wanted);
}

static struct memory_lab *make(void)
{
	struct lab_config config = {.phones = 1, .seed = 7};

	return memory_lab_new(&config);
}

/* A load that has to be downloaded, and cannot: with nothing to do the phone would not stay in step 8. */
static void want_load(struct memory_lab *lab)
{
	struct phonexml_config *config = calloc(1, sizeof(*config));

	memory_lab_config_of(lab, 0, config);
	strcpy(config->load, LAB_NEW_LOAD);
	memory_lab_put_config(lab, 0, config);
	free(config);
}

/* A phone that has just entered this state; nobody has answered it there. */
static struct memory_lab *reach(enum phone_state state)
{
	struct memory_lab *lab = make();

	if (state == PHONE_STATE_POWER)
		return lab;
	if (state == PHONE_STATE_FIRMWARE)
		want_load(lab);
	lab->hold = state <= PHONE_STATE_READY ? state : PHONE_STATE_NONE;
	memory_lab_power_on(lab);
	if (state <= PHONE_STATE_READY) {
		if (!run_to(lab, state, 30))
			fail_msg("%s was not reached", phone_state_name(state));
		lab->hold = PHONE_STATE_NONE;
		return lab;
	}
	assert_true(run_to(lab, PHONE_STATE_READY, 30));
	memory_lab_control(lab, 0, state == PHONE_STATE_DOWN ? PHONE_CONTROL_RESET : PHONE_CONTROL_STOP);
	assert_true(run_to(lab, state, 5));
	return lab;
}

/* The same while the phone is registered and heals what failed before. */
static struct memory_lab *reach_healing(enum phone_state state)
{
	struct memory_lab *lab = make();

	want_load(lab);
	if (state < PHONE_STATE_CONFIG)
		memory_lab_put_trust_list(lab, "ITLFile.tlv", NULL, NULL, true);
	memory_lab_remove_file(lab, "DR1.xml");
	memory_lab_remove_file(lab, "DR1.xml.sgn");
	memory_lab_power_on(lab);
	assert_true(run_to(lab, PHONE_STATE_READY, 30));
	lab->hold = state;
	assert_true(run_to(lab, state, 30));
	lab->hold = PHONE_STATE_NONE;
	return lab;
}

static void close_now(struct memory_lab *lab, unsigned cm, int error)
{
	struct phone_event event = {.kind = PHONE_CLOSED};

	for (unsigned n = 0; n < 16; n++)
		if (lab->phone[0].conn[n].open && lab->phone[0].conn[n].cm == cm) {
			lab->phone[0].conn[n].open = false;
			event.closed.id = lab->phone[0].conn[n].id;
			event.closed.error = error;
			memory_lab_event(lab, 0, &event);
		}
}

/* Another device speaks as if it had the phone's address, twice (RFC 5227 2.4). */
static void steal_address(struct memory_lab *lab)
{
	struct mac other = {{0x02, 0, 0, 0xcc, 0, 1}};
	struct arp_packet packet = arp_announce(&other, lab->phone[0].address);
	uint16_t tci = lab->phone[0].vlan;
	uint8_t bytes[ARP_FRAME];
	ssize_t length = arp_frame(&packet, &other, &tci, bytes, sizeof(bytes));

	assert_true(length > 0);
	memory_lab_frame(lab, 0, bytes, (size_t)length);
	memory_lab_frame(lab, 0, bytes, (size_t)length);
}

static void the_good_path(void **state)
{
	struct memory_lab *lab = make();

	(void)state;
	memory_lab_kind(lab, 0, PHONE_POWER_OFF);
	memory_lab_kind(lab, 0, PHONE_POWER_DENIED);
	assert_int_equal(memory_lab_rung(lab, 0, LADDER_POWER), LADDER_FAILED);
	memory_lab_power_on(lab);
	assert_true(run_to(lab, PHONE_STATE_READY, 30));
	assert_int_equal(memory_lab_view(lab, 0).step, LADDER_STEPS);
	end(lab);
}

static void nothing_configured(void **state)
{
	struct memory_lab *lab = make();
	struct phonexml_config *config = calloc(1, sizeof(*config));

	(void)state;
	memory_lab_config_of(lab, 0, config);
	config->dial_template[0] = config->soft_key_file[0] = config->user_locale[0] =
	    config->network_locale[0] = '\0';
	memory_lab_put_config(lab, 0, config);
	free(config);
	memory_lab_remove_file(lab, "AppDialRules.xml");
	memory_lab_remove_file(lab, "AppDialRules.xml.sgn");
	memory_lab_remove_file(lab, "Ringlist-wb.xml");
	memory_lab_remove_file(lab, "Ringlist-wb.xml.sgn");
	lab->wire.cdp = lab->wire.lldp = false;
	memory_lab_power_on(lab);
	assert_true(run_to(lab, PHONE_STATE_READY, 30));
	for (int n = 1; n <= LADDER_STEPS; n++) {
		bool skipped = n == LADDER_VOICE_VLAN || n == LADDER_DIAL_RULES || n >= LADDER_LOCALE;

		assert_int_equal(memory_lab_rung(lab, 0, n), skipped ? LADDER_SKIPPED : LADDER_DONE);
	}
	end(lab);
}

static void power_goes_everywhere(void **state)
{
	(void)state;
	for (unsigned s = PHONE_STATE_POWER; s <= PHONE_STATE_STOPPED; s++) {
		struct memory_lab *lab = reach((enum phone_state)s);

		memory_lab_kind(lab, 0, PHONE_POWER_OFF);
		assert_int_equal(phone_state_now(lab->phone[0].phone), PHONE_STATE_POWER);
		assert_string_equal(memory_lab_view(lab, 0).state, "dark");
		assert_false(memory_lab_view(lab, 0).ipv4);
		end(lab);
	}
}

static void the_link_goes_down(void **state)
{
	(void)state;
	for (unsigned s = PHONE_STATE_VOICE_VLAN; s <= PHONE_STATE_STOPPING; s++) {
		struct memory_lab *lab = reach((enum phone_state)s);

		memory_lab_kind(lab, 0, PHONE_LINK_DOWN);
		assert_false(memory_lab_view(lab, 0).registered_with[0]);
		memory_lab_run_for(lab, 6 * SECOND);
		if (s <= PHONE_STATE_READY) {
			assert_int_equal(phone_state_now(lab->phone[0].phone), PHONE_STATE_VOICE_VLAN);
			assert_int_equal(memory_lab_rung(lab, 0, LADDER_VOICE_VLAN), LADDER_FAILED);
			memory_lab_kind(lab, 0, PHONE_LINK_UP);
			assert_true(run_to(lab, PHONE_STATE_READY, 30));
		}
		end(lab);
	}
}

static void reset_and_restart(void **state)
{
	(void)state;
	for (unsigned s = PHONE_STATE_BOOT; s <= PHONE_STATE_READY; s++) {
		struct memory_lab *lab = reach((enum phone_state)s);

		memory_lab_control(lab, 0, PHONE_CONTROL_RESET);
		assert_int_equal(phone_state_now(lab->phone[0].phone), PHONE_STATE_DOWN);
		assert_true(run_to(lab, PHONE_STATE_BOOT, 5));
		end(lab);
		lab = reach((enum phone_state)s);
		memory_lab_control(lab, 0, PHONE_CONTROL_RESTART);
		if (s >= PHONE_STATE_CTL) {
			assert_int_equal(phone_state_now(lab->phone[0].phone), PHONE_STATE_DOWN);
			assert_true(run_to(lab, PHONE_STATE_CTL, 5));
			assert_int_equal(memory_lab_rung(lab, 0, LADDER_DHCP), LADDER_DONE);
		} else {
			assert_int_equal(phone_state_now(lab->phone[0].phone), s);
		}
		end(lab);
	}
}

static void stopped_everywhere(void **state)
{
	(void)state;
	for (unsigned s = PHONE_STATE_POWER; s <= PHONE_STATE_DOWN; s++) {
		struct memory_lab *lab = reach((enum phone_state)s);

		memory_lab_control(lab, 0, PHONE_CONTROL_STOP);
		assert_true(run_to(lab, PHONE_STATE_STOPPED, 5));
		assert_true(lab->phone[0].stopped);
		assert_int_equal(lab->cm[0].bindings, 0);
		end(lab);
	}
	for (unsigned s = PHONE_STATE_CTL; s <= PHONE_STATE_DIAL_RULES; s++) {
		struct memory_lab *lab = reach_healing((enum phone_state)s);

		memory_lab_control(lab, 0, PHONE_CONTROL_STOP);
		assert_int_equal(phone_state_now(lab->phone[0].phone), PHONE_STATE_STOPPING);
		end(lab);
	}
	for (int lost = 0; lost < 2; lost++) {
		struct memory_lab *lab = reach(PHONE_STATE_STOPPING);

		if (lost)
			close_now(lab, 0, 0);
		assert_true(run_to(lab, PHONE_STATE_STOPPED, 5));
		end(lab);
	}
}

static void the_vlan_changes(void **state)
{
	(void)state;
	for (unsigned s = PHONE_STATE_DHCP; s <= PHONE_STATE_READY; s++) {
		struct memory_lab *lab = reach((enum phone_state)s);

		lab->wire.cdp_vlan = 120;
		lab->wire.at_once = true;
		lab_wire_say_cdp(lab, 0, true, 0);
		lab->hold = PHONE_STATE_NONE;
		assert_true(run_to(lab, PHONE_STATE_READY, 30));
		memory_lab_run_for(lab, 5 * SECOND);
		assert_int_equal(lab->phone[0].vlan, 120);
		assert_int_equal(memory_lab_view(lab, 0).voice_vlan, 120);
		assert_true(lab->phone[0].registered);
		end(lab);
	}
}

static void the_address_is_lost(void **state)
{
	(void)state;
	for (unsigned s = PHONE_STATE_CTL; s <= PHONE_STATE_READY; s++) {
		struct memory_lab *lab = reach((enum phone_state)s);

		steal_address(lab);
		assert_int_equal(phone_state_now(lab->phone[0].phone), PHONE_STATE_DHCP);
		assert_true(memory_lab_said(lab, "Duplicate IP"));
		assert_false(lab->phone[0].has_address);
		assert_true(run_to(lab, PHONE_STATE_READY, 30));
		end(lab);
	}
}

static void the_call_manager_is_lost(void **state)
{
	(void)state;
	for (unsigned s = PHONE_STATE_REGISTER; s <= PHONE_STATE_READY; s++) {
		struct memory_lab *lab = reach((enum phone_state)s);

		close_now(lab, 0, 0);
		assert_true(phone_state_now(lab->phone[0].phone) != s);
		assert_true(run_to(lab, PHONE_STATE_READY, 30));
		assert_string_equal(lab->phone[0].node, "cucm-sub");
		end(lab);
	}
	for (unsigned s = PHONE_STATE_CTL; s <= PHONE_STATE_DIAL_RULES; s++) {
		struct memory_lab *lab = reach_healing((enum phone_state)s);

		close_now(lab, 0, 0);
		assert_true(phone_state_now(lab->phone[0].phone) >= PHONE_STATE_CM_CONNECT);
		assert_true(run_to(lab, PHONE_STATE_READY, 30));
		assert_string_equal(lab->phone[0].node, "cucm-sub");
		end(lab);
	}
}

static void boot_dhcp_and_trust_fail(void **state)
{
	struct memory_lab *lab = make();

	(void)state;
	lab->phone[0].active.intact = lab->phone[0].inactive.intact = false;
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 3 * SECOND);
	assert_int_equal(memory_lab_rung(lab, 0, LADDER_BOOT), LADDER_FAILED);
	lab->phone[0].inactive.intact = true;
	memory_lab_put_load(lab, LAB_LOAD, "78xx", false); /* what is corrupt is fetched again */
	lab->dhcp.up = false;
	assert_true(run_to(lab, PHONE_STATE_DHCP, 30));
	memory_lab_run_for(lab, 30 * SECOND);
	assert_int_equal(memory_lab_rung(lab, 0, LADDER_DHCP), LADDER_FAILED);
	lab->dhcp.up = true;
	lab->server[0].http = lab->server[0].tftp = LAB_SILENT;
	memory_lab_run_for(lab, 60 * SECOND);
	assert_int_equal(memory_lab_rung(lab, 0, LADDER_CTL), LADDER_FAILED);
	lab->server[0].http = lab->server[0].tftp = LAB_UP;
	memory_lab_put_trust_list(lab, "ITLFile.tlv", NULL, NULL, true);
	memory_lab_run_for(lab, 60 * SECOND);
	assert_int_equal(memory_lab_rung(lab, 0, LADDER_CTL), LADDER_DONE);
	assert_int_equal(memory_lab_rung(lab, 0, LADDER_ITL), LADDER_FAILED);
	assert_true(lab->phone[0].registered);
	memory_lab_put_trust_list(lab, "ITLFile.tlv", NULL, NULL, false);
	memory_lab_run_for(lab, 60 * SECOND);
	assert_int_equal(memory_lab_view(lab, 0).step, LADDER_STEPS);
	assert_int_equal(lab->phone[0].registrations, 1);
	end(lab);
}

static void the_servers_go_after_the_first_boot(void **state)
{
	struct memory_lab *lab = make();

	(void)state;
	memory_lab_power_on(lab);
	assert_true(run_to(lab, PHONE_STATE_READY, 30));
	lab->server[0].http = lab->server[0].tftp = LAB_SILENT;
	memory_lab_control(lab, 0, PHONE_CONTROL_RESET);
	assert_true(run_to(lab, PHONE_STATE_BOOT, 5));
	assert_true(run_to(lab, PHONE_STATE_READY, 30));
	assert_true(lab->phone[0].registered);
	for (int n = LADDER_CTL; n <= LADDER_CONFIG; n++)
		assert_int_equal(memory_lab_rung(lab, 0, n), LADDER_FAILED);
	memory_lab_run_for(lab, 60 * SECOND); /* rounds of healing in vain */
	lab->server[0].http = lab->server[0].tftp = LAB_UP;
	memory_lab_run_for(lab, 60 * SECOND);
	assert_int_equal(memory_lab_view(lab, 0).step, LADDER_STEPS);
	assert_int_equal(lab->phone[0].registrations, 2);
	end(lab);
}

static void config_and_call_managers_fail(void **state)
{
	struct memory_lab *lab = make();
	struct phonexml_config *config = calloc(1, sizeof(*config));
	char sgn[64];

	(void)state;
	snprintf(sgn, sizeof(sgn), "%s.cnf.xml.sgn", lab->phone[0].name);
	memory_lab_put_file(lab, sgn, "garbage", 7);
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 60 * SECOND);
	assert_int_equal(memory_lab_rung(lab, 0, LADDER_CONFIG), LADDER_FAILED);
	memory_lab_config_of(lab, 0, config);
	memory_lab_put_config(lab, 0, config);
	free(config);
	for (unsigned c = 0; c < LAB_CMS; c++)
		lab->cm[c].tcp = LAB_REFUSES;
	memory_lab_run_for(lab, 120 * SECOND);
	assert_int_equal(memory_lab_rung(lab, 0, LADDER_CONFIG), LADDER_DONE);
	assert_int_equal(memory_lab_rung(lab, 0, LADDER_CM_CONNECT), LADDER_FAILED);
	for (unsigned c = 0; c < LAB_CMS; c++) {
		lab->cm[c].tcp = LAB_UP;
		lab->cm[c].status = 403;
	}
	memory_lab_run_for(lab, 120 * SECOND);
	assert_int_equal(memory_lab_rung(lab, 0, LADDER_CM_CONNECT), LADDER_DONE);
	assert_int_equal(memory_lab_rung(lab, 0, LADDER_REGISTER), LADDER_FAILED);
	for (unsigned c = 0; c < LAB_CMS; c++)
		lab->cm[c].status = 0;
	assert_true(run_to(lab, PHONE_STATE_READY, 60));
	assert_int_equal(memory_lab_view(lab, 0).step, LADDER_STEPS);
	end(lab);
}

static void optional_files_fail_and_heal(void **state)
{
	static const char *const names[] = {"DR1.xml", "SK1.xml", "German_Germany/sp-sip.jar", "bells.rwb"};
	struct memory_lab *lab = make();
	char sgn[160];

	(void)state;
	want_load(lab);
	for (unsigned i = 0; i < 4; i++) {
		snprintf(sgn, sizeof(sgn), "%s.sgn", names[i]);
		memory_lab_remove_file(lab, sgn);
		memory_lab_remove_file(lab, names[i]);
	}
	memory_lab_power_on(lab);
	assert_true(run_to(lab, PHONE_STATE_READY, 30));
	assert_true(lab->phone[0].registered);
	assert_int_equal(memory_lab_rung(lab, 0, LADDER_FIRMWARE), LADDER_FAILED);
	assert_int_equal(memory_lab_rung(lab, 0, LADDER_DIAL_RULES), LADDER_FAILED);
	assert_int_equal(memory_lab_rung(lab, 0, LADDER_LOCALE), LADDER_FAILED);
	assert_int_equal(memory_lab_rung(lab, 0, LADDER_SOFTKEYS), LADDER_FAILED);
	assert_int_equal(memory_lab_rung(lab, 0, LADDER_RINGTONES), LADDER_FAILED);
	memory_lab_run_for(lab, 10 * SECOND); /* a round of healing in vain */
	assert_true(lab->phone[0].registered);
	/* Files come back, the servers go away for one round and come back. */
	memory_lab_put_signed(lab, "DR1.xml",
			      "<dialTemplate><TEMPLATE match=\"2...\" timeout=\"1\"/></dialTemplate>", 65);
	memory_lab_put_file(lab, "bells.rwb", "ring", 4);
	lab->server[0].http = lab->server[0].tftp = LAB_REFUSES;
	memory_lab_run_for(lab, 30 * SECOND);
	assert_int_equal(memory_lab_rung(lab, 0, LADDER_CONFIG), LADDER_DONE);
	lab->server[0].http = lab->server[0].tftp = LAB_UP;
	memory_lab_run_for(lab, 60 * SECOND);
	assert_int_equal(memory_lab_rung(lab, 0, LADDER_DIAL_RULES), LADDER_DONE);
	assert_int_equal(memory_lab_rung(lab, 0, LADDER_RINGTONES), LADDER_DONE);
	assert_int_equal(lab->phone[0].registrations, 1); /* all the while */
	/* The load appears: it is downloaded and the phone reboots into it. */
	memory_lab_put_load(lab, LAB_NEW_LOAD, "78xx", false);
	memory_lab_run_for(lab, 90 * SECOND);
	assert_string_equal(memory_lab_view(lab, 0).active_load, LAB_NEW_LOAD);
	assert_true(lab->phone[0].registered);
	end(lab);
}

static void every_edge_was_taken(void **state)
{
	unsigned pairs = 0, missing = 0;

	(void)state;
	for (unsigned i = 0; phone_edge_at(i); i++) {
		const struct phone_edge *edge = phone_edge_at(i);

		for (unsigned s = edge->from; s <= edge->to; s++) {
			pairs++;
			if (visits[i][s])
				continue;
			missing++;
			print_error("edge %u never taken: %s --%s--> %s%s\n", i,
				    phone_state_name((enum phone_state)s), step_event_name(edge->event),
				    phone_state_name(edge->next), edge->guard ? " (guarded)" : "");
		}
	}
	print_message("%u pairs of state and edge\n", pairs);
	assert_true(pairs > 130);
	assert_int_equal(missing, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_good_path),
	    cmocka_unit_test(nothing_configured),
	    cmocka_unit_test(power_goes_everywhere),
	    cmocka_unit_test(the_link_goes_down),
	    cmocka_unit_test(reset_and_restart),
	    cmocka_unit_test(stopped_everywhere),
	    cmocka_unit_test(the_vlan_changes),
	    cmocka_unit_test(the_address_is_lost),
	    cmocka_unit_test(the_call_manager_is_lost),
	    cmocka_unit_test(boot_dhcp_and_trust_fail),
	    cmocka_unit_test(the_servers_go_after_the_first_boot),
	    cmocka_unit_test(config_and_call_managers_fail),
	    cmocka_unit_test(optional_files_fail_and_heal),
	    cmocka_unit_test(every_edge_was_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
