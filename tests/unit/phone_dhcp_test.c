/* Step 4: DHCP with the retransmission of RFC 2131, the probe of RFC 5227, and which file server follows from
 * it. */
#include "tests/support/phone_test.h"

#include "wire/arp.h"
#include "wire/ether.h"

static void a_lease(void **state)
{
	static const uint8_t parameters[] = {1, 66, 6, 3, 15, 150, 35};
	struct memory_lab *lab = one_phone();

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_rung(lab, LADDER_DHCP, LADDER_DONE, "10.110.1.50/16, tftp 10.20.0.3 (option 150)");
	assert_int_equal(lab->dhcp.parameter_count, sizeof(parameters));
	assert_memory_equal(lab->dhcp.parameters, parameters, sizeof(parameters));
	assert_string_equal(lab->dhcp.vendor_class, "Cisco Systems, Inc. IP Phone CP-7841");
	assert_string_equal(lab->dhcp.host_name, lab->phone[0].name);
	assert_string_equal(memory_lab_view(lab, 0).dhcp_state, "DHCP BOUND");
	assert_int_equal(memory_lab_view(lab, 0).dhcp_server, LAB_DHCP_ADDRESS);
	memory_lab_free(lab);
}

/* The waits between DISCOVERs double from the base up to the ceiling, each moved by no more than the
 * jitter. */
static void check_shape(enum phone_pace pace)
{
	struct lab_config config = {.phones = 1, .seed = 5, .pace = pace};
	struct memory_lab *lab = memory_lab_new(&config);
	const struct phone_pace_table *table = phone_pace_table(pace);
	uint64_t expected = table->dhcp_base_us;

	lab->dhcp.up = false;
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, pace == PHONE_PACE_REAL ? 200 * SECOND : 16 * SECOND);
	assert_true(lab->dhcp.discovers >= table->dhcp_tries);
	for (unsigned i = 1; i < table->dhcp_tries; i++) {
		uint64_t wait = lab->dhcp.discover_us[i] - lab->dhcp.discover_us[i - 1];

		assert_in_range(wait, expected - table->dhcp_jitter_us, expected + table->dhcp_jitter_us);
		expected = expected * 2 < table->dhcp_ceiling_us ? expected * 2 : table->dhcp_ceiling_us;
	}
	memory_lab_free(lab);
}

static void retransmission_has_the_shape_of_rfc_2131(void **state)
{
	(void)state;
	assert_int_equal(phone_pace_table(PHONE_PACE_REAL)->dhcp_base_us, 4 * SECOND);
	assert_int_equal(phone_pace_table(PHONE_PACE_REAL)->dhcp_ceiling_us, 64 * SECOND);
	check_shape(PHONE_PACE_FAST);
	check_shape(PHONE_PACE_REAL);
}

static bool discovered(struct memory_lab *lab)
{
	return lab->dhcp.discovers == 3 && lab->dhcp.lose == 0;
}

/* RFC 2131 4.4.1: the REQUEST has the "secs" of the DISCOVER whose offer it takes, however late it is. */
static void a_request_has_the_secs_of_its_discover(void **state)
{
	struct lab_config config = {.phones = 1, .seed = 5, .pace = PHONE_PACE_REAL};
	struct memory_lab *lab = memory_lab_new(&config);

	(void)state;
	lab->dhcp.lose = 2;
	memory_lab_power_on(lab);
	assert_true(memory_lab_run(lab, 200 * SECOND, discovered));
	lab->dhcp.lose = 2; /* the first two REQUESTs */
	must_register(lab, 200);
	assert_int_equal(lab->dhcp.discovers, 3);
	assert_in_range(lab->dhcp.discover_s, 10, 14); /* 4 and 8, each a second more or less */
	assert_int_equal(lab->dhcp.request_s, lab->dhcp.discover_s);
	memory_lab_free(lab);
}

static void no_server_then_one(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->dhcp.up = false;
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 5 * SECOND);
	assert_rung(lab, LADDER_DHCP, LADDER_FAILED, "no answer to 3 DISCOVERs in VLAN 110");
	memory_lab_run_for(lab, 20 * SECOND);
	assert_said(lab, "message DHCP timeout");
	assert_said(lab, "message Could not acquire an IP address from DHCP");
	lab->dhcp.up = true;
	must_register(lab, 20);
	memory_lab_free(lab);
}

static void lost_messages(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->dhcp.lose = 2; /* the first DISCOVER and the second */
	memory_lab_power_on(lab);
	must_register(lab, 10);
	assert_int_equal(lab->dhcp.discovers, 3);
	memory_lab_free(lab);
}

static void nak_then_ack(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->dhcp.nak = 1;
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 200000);
	assert_rung(lab, LADDER_DHCP, LADDER_FAILED, "NAK: wrong address");
	must_register(lab, 10);
	memory_lab_free(lab);
}

/* The phone does not guess a mask: it refuses the OFFER, reports it, and goes on asking. */
static void an_offer_without_a_mask_is_refused(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->dhcp.no_mask = true;
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 5 * SECOND);
	assert_said(lab, "dhcp.bad [4] OFFER refused: no subnet mask");
	assert_int_equal(lab->dhcp.requests, 0);
	assert_false(lab->phone[0].has_address);
	lab->dhcp.no_mask = false;
	must_register(lab, 20);
	memory_lab_free(lab);
}

static void an_answer_without_type_or_server_is_dropped_and_reported(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->dhcp.no_type = true;
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 3 * SECOND);
	assert_said(lab, "dhcp.bad [4] message dropped: no message type");
	lab->dhcp.no_type = false;
	lab->dhcp.no_server = true;
	memory_lab_run_for(lab, 10 * SECOND);
	assert_said(lab, "dhcp.bad [4] message dropped: no server identifier");
	assert_int_equal(lab->dhcp.requests, 0);
	lab->dhcp.no_server = false;
	must_register(lab, 20);
	memory_lab_free(lab);
}

/* Options without a value, an address as four octets in option 66, an option cut short: the phone reports each
 * once, ignores it, and boots by option 150. */
static void odd_options_are_reported_and_ignored(void **state)
{
	static const struct {
		uint8_t options[16];
		size_t length;
		const char *odd;
	} cases[] = {
	    {{66, 0}, 2, "TFTP server name (type 66), 0 octets at offset 240: no value"},
	    {{35, 0}, 2, "ARP cache timeout (type 35), 0 octets at offset 240: no value"},
	    {{66, 4, 10, 110, 0, 3},
	     6,
	     "TFTP server name (type 66), 4 octets at offset 240: not printable text"},
	    {{66, 5, 'a', 0, 'b', 'c', 'd'},
	     7,
	     "TFTP server name (type 66), 5 octets at offset 240: octets behind"},
	    {{58, 3, 0, 0, 1}, 5, "renewal time (type 58), 3 octets at offset 240: shorter"},
	    {{35, 5, 0, 0, 0, 60, 1},
	     7,
	     "ARP cache timeout (type 35), 5 octets at offset 240: octets behind"},
	    {{12, 1, 0xff}, 3, "host name (type 12), 1 octets at offset 240: not printable text"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct memory_lab *lab = one_phone();

		memcpy(lab->dhcp.options, cases[i].options, cases[i].length);
		lab->dhcp.options_length = cases[i].length;
		memory_lab_power_on(lab);
		must_register(lab, 5);
		assert_said(lab, cases[i].odd);
		assert_int_equal(memory_lab_said_times(lab, "dhcp.odd"), 1); /* OFFER and ACK have it */
		memory_lab_free(lab);
	}
}

/* ARP of another device that uses the phone's address. */
static void claim_address(struct memory_lab *lab)
{
	static const struct mac other = {{0x02, 0, 0, 0xcc, 0, 1}};
	struct arp_packet packet = arp_announce(&other, lab->phone[0].address);
	uint16_t tci = ether_tci(LAB_VOICE_VLAN, 0);
	uint8_t frame[ARP_FRAME];
	ssize_t length = arp_frame(&packet, &other, &tci, frame, sizeof(frame));

	memory_lab_frame(lab, 0, frame, (size_t)length);
}

/* RFC 5227 2.4 (b): the first conflict is answered with one announcement; a second one within
 * DEFEND_INTERVAL, 10 s, makes the phone give the address up. */
static void the_address_is_defended_once(void **state)
{
	struct memory_lab *lab = one_phone();
	unsigned announced;

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	memory_lab_run_for(lab, 2 * SECOND); /* ANNOUNCE_WAIT */
	announced = lab->wire.arp_announcements;
	claim_address(lab);
	assert_int_equal(lab->wire.arp_announcements, announced + 1);
	assert_true(lab->phone[0].registered);
	memory_lab_run_for(lab, 11 * SECOND);
	claim_address(lab); /* after the interval: defended again */
	assert_int_equal(lab->wire.arp_announcements, announced + 2);
	assert_true(lab->phone[0].registered);
	assert_int_equal(lab->dhcp.declines, 0);
	memory_lab_run_for(lab, 5 * SECOND);
	claim_address(lab); /* within the interval */
	assert_int_equal(lab->wire.arp_announcements, announced + 2);
	assert_int_equal(lab->dhcp.declines, 1);
	assert_false(lab->phone[0].has_address);
	assert_said(lab, "dhcp.decline");
	must_register(lab, 20);
	assert_int_equal(lab->phone[0].address, LAB_POOL_FIRST + 1);
	memory_lab_free(lab);
}

/* RFC 5227 2.1.1: a conflict within ANNOUNCE_WAIT (2 s) after the last probe is one of the probe, although pace
 * fast uses the address after 40 ms: the answer of the other device may be late on a busy machine. */
static void late_answer(bool resolving)
{
	struct memory_lab *lab = one_phone();

	if (resolving) { /* the address is set, and step 4 resolves the name of the file server */
		lab->dhcp.option150_count = 0;
		snprintf(lab->dhcp.option66, sizeof(lab->dhcp.option66), "tftp.lab");
		lab->dns_dead = true;
		memory_lab_power_on(lab);
		for (int i = 0; i < 500 && !lab->phone[0].has_address; i++)
			memory_lab_run_for(lab, 10000);
	} else {
		memory_lab_power_on(lab);
		must_register(lab, 5);
	}
	assert_int_equal(lab->phone[0].address, LAB_POOL_FIRST);
	claim_address(lab);
	assert_int_equal(lab->dhcp.declines, 1);
	assert_false(lab->phone[0].has_address);
	assert_rung(lab, LADDER_DHCP, LADDER_FAILED, "Duplicate IP: another device has 10.110.1.50");
	assert_string_equal(memory_lab_view(lab, 0).dhcp_state, "DISABLED DUPLICATE IP");
	assert_said(lab, "message Duplicate IP");
	lab->dns_dead = false;
	must_register(lab, 10);
	assert_int_equal(lab->phone[0].address, LAB_POOL_FIRST + 1);
	memory_lab_free(lab);
}

static void a_late_answer_to_the_probe_is_a_duplicate(void **state)
{
	(void)state;
	late_answer(false);
	late_answer(true);
}

static void a_duplicate_is_declined(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->dhcp.conflicts = 1;
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 500000);
	assert_rung(lab, LADDER_DHCP, LADDER_FAILED, "Duplicate IP");
	assert_string_equal(memory_lab_view(lab, 0).dhcp_state, "DISABLED DUPLICATE IP");
	assert_int_equal(lab->dhcp.declines, 1);
	assert_said(lab, "message Duplicate IP");
	must_register(lab, 10);
	assert_int_equal(lab->phone[0].address, LAB_POOL_FIRST + 1);
	memory_lab_free(lab);
}

static void renewed_at_half_the_lease(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->dhcp.lease_s = 100;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	memory_lab_run_for(lab, 45 * SECOND);
	assert_int_equal(lab->dhcp.renewals, 0);
	memory_lab_run_for(lab, 10 * SECOND);
	assert_int_equal(lab->dhcp.renewals, 1);
	memory_lab_run_for(lab, 300 * SECOND);
	assert_in_range(lab->dhcp.renewals, 6, 8);
	assert_int_equal(lab->phone[0].registrations, 1);
	assert_int_equal(lab->dhcp.rebinds, 0);
	memory_lab_free(lab);
}

/* RFC 2131 4.4.5: T1 is fuzzed, so phones that booted in the same moment do not renew in the same. */
static void renewals_are_spread(void **state)
{
	struct lab_config config = {.phones = 8, .seed = 3};
	struct memory_lab *lab = memory_lab_new(&config);

	(void)state;
	lab->dhcp.lease_s = 1000;
	memory_lab_power_on(lab);
	must_register(lab, 20);
	memory_lab_run(lab, 499 * SECOND, NULL);
	assert_int_equal(lab->dhcp.renewals, 0);
	memory_lab_run(lab, 512 * SECOND, NULL);
	assert_in_range(lab->dhcp.renewals, 1, 7);
	memory_lab_run(lab, 526 * SECOND, NULL); /* a sixteenth of what is between T1 and T2 */
	assert_int_equal(lab->dhcp.renewals, 8);
	memory_lab_free(lab);
}

/* With T1 and T2 of 0 s the phone would renew at every ACK, as fast as the server answers. */
static void renewal_times_of_zero_are_not_used(void **state)
{
	static const uint8_t zeros[] = {58, 4, 0, 0, 0, 0, 59, 4, 0, 0, 0, 0};
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->dhcp.lease_s = 100;
	memcpy(lab->dhcp.options, zeros, sizeof(zeros));
	lab->dhcp.options_length = sizeof(zeros);
	memory_lab_power_on(lab);
	must_register(lab, 5);
	memory_lab_run_for(lab, 40 * SECOND);
	assert_int_equal(lab->dhcp.renewals + lab->dhcp.rebinds, 0);
	memory_lab_run_for(lab, 15 * SECOND);
	assert_int_equal(lab->dhcp.renewals, 1);
	memory_lab_free(lab);
}

static void rebound_and_then_lost(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->dhcp.lease_s = 100;
	lab->dhcp.no_renewal = true;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	memory_lab_run_for(lab, 80 * SECOND);
	assert_true(lab->dhcp.renewals >= 2);
	assert_int_equal(lab->dhcp.rebinds, 0);
	memory_lab_run_for(lab, 10 * SECOND);
	assert_true(lab->dhcp.rebinds >= 1);
	assert_string_equal(memory_lab_view(lab, 0).dhcp_state, "DHCP REBINDING");
	memory_lab_run_for(lab, 20 * SECOND); /* the lease ends; a new one is asked for and given */
	assert_said(lab, "dhcp.expired");
	assert_said(lab, "message IP address released");
	assert_int_equal(lab->phone[0].registrations, 2);
	memory_lab_free(lab);
}

static void a_nak_to_the_renewal(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->dhcp.lease_s = 60;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	lab->dhcp.nak = 1;
	memory_lab_run_for(lab, 40 * SECOND);
	assert_said(lab, "dhcp.nak");
	assert_int_equal(lab->phone[0].registrations, 2);
	assert_true(lab->phone[0].registered);
	memory_lab_free(lab);
}

/* --- which file server --- */

static struct memory_lab *with_servers(unsigned option150, const char *option66, uint32_t siaddr)
{
	struct memory_lab *lab = one_phone();

	lab->dhcp.option150_count = option150;
	snprintf(lab->dhcp.option66, sizeof(lab->dhcp.option66), "%s", option66);
	lab->dhcp.siaddr = siaddr;
	memory_lab_power_on(lab);
	return lab;
}

static void option_150_before_66_before_siaddr(void **state)
{
	struct memory_lab *lab = with_servers(1, "10.20.0.4", 0x0a140005);

	(void)state;
	must_register(lab, 5);
	assert_rung(lab, LADDER_DHCP, LADDER_DONE, "tftp 10.20.0.3 (option 150)");
	memory_lab_free(lab);
	lab = with_servers(0, "10.20.0.4", 0x0a140005);
	must_register(lab, 5);
	assert_rung(lab, LADDER_DHCP, LADDER_DONE, "tftp 10.20.0.4 (option 66)");
	memory_lab_free(lab);
	lab = with_servers(0, "tftp.lab", 0x0a140005);
	must_register(lab, 5);
	assert_rung(lab, LADDER_DHCP, LADDER_DONE, "tftp 10.20.0.3 (option 66)");
	memory_lab_free(lab);
	lab = with_servers(0, "", 0x0a140005);
	must_register(lab, 5);
	assert_rung(lab, LADDER_DHCP, LADDER_DONE, "tftp 10.20.0.5 (siaddr)");
	memory_lab_free(lab);
}

static void alternate_tftp_over_all(void **state)
{
	struct lab_config config = {.phones = 1, .seed = 3, .alternate_tftp = 0x0a140005};
	struct memory_lab *lab = memory_lab_new(&config);

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_rung(lab, LADDER_DHCP, LADDER_DONE, "tftp 10.20.0.5 (Alternate TFTP)");
	memory_lab_free(lab);
}

static void no_server_at_all_then_one(void **state)
{
	struct memory_lab *lab = with_servers(0, "", 0);

	(void)state;
	memory_lab_run_for(lab, SECOND);
	assert_rung(lab, LADDER_DHCP, LADDER_FAILED, "neither option 150 nor 66 nor siaddr");
	lab->dhcp.option150_count = 1;
	must_register(lab, 15);
	memory_lab_free(lab);
}

static void a_name_that_does_not_resolve(void **state)
{
	struct memory_lab *lab = with_servers(0, "nowhere.lab", 0);

	(void)state;
	memory_lab_run_for(lab, SECOND);
	assert_rung(lab, LADDER_DHCP, LADDER_FAILED, "option 66 names nowhere.lab: DNS unknown host");
	assert_said(lab, "message DNS unknown host");
	snprintf(lab->dhcp.option66, sizeof(lab->dhcp.option66), "tftp.lab");
	lab->dns_dead = true;
	memory_lab_run_for(lab, 10 * SECOND);
	assert_rung(lab, LADDER_DHCP, LADDER_FAILED, "DNS timeout");
	lab->dns_dead = false;
	must_register(lab, 20);
	memory_lab_free(lab);
}

static void missing_router_and_dns_are_reported(void **state)
{
	struct memory_lab *lab = one_phone();
	struct phonexml_config *config = calloc(1, sizeof(*config));

	(void)state;
	lab->dhcp.no_dns = lab->dhcp.no_router = true;
	memory_lab_config_of(lab, 0, config);
	strcpy(config->member[0].node, "10.20.0.11");
	memory_lab_put_config(lab, 0, config);
	free(config);
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_said(lab, "message No default router");
	assert_said(lab, "message No DNS server IP");
	memory_lab_free(lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_lease),
	    cmocka_unit_test(retransmission_has_the_shape_of_rfc_2131),
	    cmocka_unit_test(no_server_then_one),
	    cmocka_unit_test(lost_messages),
	    cmocka_unit_test(nak_then_ack),
	    cmocka_unit_test(an_offer_without_a_mask_is_refused),
	    cmocka_unit_test(an_answer_without_type_or_server_is_dropped_and_reported),
	    cmocka_unit_test(odd_options_are_reported_and_ignored),
	    cmocka_unit_test(a_duplicate_is_declined),
	    cmocka_unit_test(a_late_answer_to_the_probe_is_a_duplicate),
	    cmocka_unit_test(the_address_is_defended_once),
	    cmocka_unit_test(renewed_at_half_the_lease),
	    cmocka_unit_test(renewals_are_spread),
	    cmocka_unit_test(renewal_times_of_zero_are_not_used),
	    cmocka_unit_test(a_request_has_the_secs_of_its_discover),
	    cmocka_unit_test(rebound_and_then_lost),
	    cmocka_unit_test(a_nak_to_the_renewal),
	    cmocka_unit_test(option_150_before_66_before_siaddr),
	    cmocka_unit_test(alternate_tftp_over_all),
	    cmocka_unit_test(no_server_at_all_then_one),
	    cmocka_unit_test(a_name_that_does_not_resolve),
	    cmocka_unit_test(missing_router_and_dns_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
