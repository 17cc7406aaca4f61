/* Step 3: voice VLAN by CDP and LLDP-MED, on a wire that says what no healthy switch says. */
#include "tests/support/phone_test.h"
#include "tests/support/mutate.h"
#include "wire/cdp.h"

static void cdp_answers_at_once(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_rung(lab, LADDER_VOICE_VLAN, LADDER_DONE, "VLAN 110 by CDP from wire Gi1/0/1");
	assert_int_equal(lab->wire.cdp_queries, 1);
	assert_said(lab, "CDP-cdpRcvPkt(): deviceId is wire");
	assert_said(lab, " vvlan: 110  linkState: 1");
	assert_true(lab->phone[0].registered_us < 2 * SECOND); /* power on was at 1 s */
	memory_lab_free(lab);
}

static void a_frame_a_minute_and_never_request_id_zero(void **state)
{
	struct memory_lab *lab = one_phone();
	unsigned before;

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	before = lab->wire.cdp_frames;
	assert_true(before >= 2);
	memory_lab_run_for(lab, 301 * SECOND);
	assert_in_range(lab->wire.cdp_frames - before, 4, 6);
	assert_int_equal(lab->wire.cdp_queries, 1); /* no query once the VLAN is known */
	assert_int_equal(lab->wire.zero_request_ids, 0);
	memory_lab_free(lab);
}

static void power_available_without_a_request_is_ignored(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->wire.cdp_power_id = 1; /* request id 0 */
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_false(memory_lab_said(lab, "cdp.power"));
	lab->wire.cdp_power_id = 0;
	memory_lab_control(lab, 0, PHONE_CONTROL_RESET);
	memory_lab_run_for(lab, 5 * SECOND);
	assert_said(lab, "cdp.power");
	memory_lab_free(lab);
}

static void lldp_where_cdp_is_silent(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->wire.cdp = false;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_rung(lab, LADDER_VOICE_VLAN, LADDER_DONE, "VLAN 110 by LLDP-MED from wire Gi1/0/1");
	assert_int_equal(lab->wire.cdp_queries, 3);
	assert_true(lab->phone[0].registered_us > SECOND + 700000); /* CDP had its chance */
	memory_lab_free(lab);
}

static void cdp_before_lldp_even_when_lldp_is_faster(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->wire.cdp = false;
	lab->wire.lldp_vlan = 120;
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 300000);
	assert_true(memory_lab_said(lab, "lldp.neighbor"));
	assert_int_equal(phone_state_now(lab->phone[0].phone), PHONE_STATE_VOICE_VLAN);
	lab_wire_say_cdp(lab, 0, true, 0);
	must_register(lab, 5);
	assert_rung(lab, LADDER_VOICE_VLAN, LADDER_DONE, "VLAN 110 by CDP");
	memory_lab_run_for(lab, 60 * SECOND); /* LLDP-MED repeats itself: no change */
	assert_int_equal(lab->phone[0].vlan, 110);
	assert_int_equal(lab->phone[0].registrations, 1);
	memory_lab_free(lab);
}

static void neither_names_one(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->wire.cdp = lab->wire.lldp = false;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_rung(lab, LADDER_VOICE_VLAN, LADDER_SKIPPED,
		    "untagged: CDP is silent, LLDP-MED knows no voice VLAN");
	assert_int_equal(lab->phone[0].vlan, 0);
	assert_said(lab, " vvlan: 4095  linkState: 1");
	memory_lab_free(lab);
}

static void vlan_1_and_4095_mean_untagged(void **state)
{
	static const uint16_t vlans[] = {0, 1, 4095};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct memory_lab *lab = one_phone();

		lab->wire.cdp_vlan = vlans[i];
		lab->wire.lldp = false;
		memory_lab_power_on(lab);
		must_register(lab, 5);
		assert_rung(lab, LADDER_VOICE_VLAN, LADDER_DONE, "untagged by CDP");
		memory_lab_free(lab);
	}
}

/* A policy whose tagged bit is clear means untagged, whatever VLAN it carries. */
static void the_tagged_bit_is_clear(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->wire.cdp = false;
	lab->wire.lldp_tagged = false;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_rung(lab, LADDER_VOICE_VLAN, LADDER_DONE, "untagged by LLDP-MED");
	assert_int_equal(lab->phone[0].vlan, 0);
	memory_lab_free(lab);
}

static void an_lldpdu_that_lacks_what_is_mandatory_is_dropped(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct memory_lab *lab = one_phone();

		lab->wire.cdp = false;
		*(i ? &lab->wire.lldp_lacks_policy : &lab->wire.lldp_lacks_capabilities) = true;
		memory_lab_power_on(lab);
		must_register(lab, 5);
		assert_rung(lab, LADDER_VOICE_VLAN, LADDER_SKIPPED, "untagged");
		assert_said(lab, "LLDP-dropped: no ");
		memory_lab_free(lab);
	}
}

/* An LLDPDU of another's switch, whose port id is a MAC: TLVs in front of the MED ones, octets behind the MED
 * capabilities and the voice policy of VLAN 110. */
static void say_odd_lldp(struct memory_lab *lab, struct wire_slice front, size_t behind)
{
	static const uint8_t head[] = {
	    0x01, 0x80, 0xc2, 0,   0,	 0x0e, 2, 0, 0,	   0, 0, 0x99, 0x88, 0xcc, /* Ethernet */
	    0x02, 0x07, 4,    2,   0,	 0,    0, 0, 0x99,			   /* chassis id */
	    0x04, 0x07, 3,    0,   0x1b, 0x54, 0, 0, 1,				   /* port id */
	    0x0a, 0x04, 'c',  'o', 'r',	 'e',					   /* system name */
	};
	static const uint8_t policy[] = {0x01, 0x40, 0xdd,
					 0x6e}; /* voice, tagged, VLAN 110, priority 5, DSCP 46 */
	uint8_t frame[256];
	struct wire_writer w;

	wire_writer_init(&w, frame, sizeof(frame));
	wire_write_bytes(&w, head, sizeof(head) - 6);
	wire_write_u16(&w, (uint16_t)(3 << 9 | (2 + behind)));
	wire_write_u16(&w, 120); /* TTL */
	wire_write_zeros(&w, behind);
	wire_write_bytes(&w, head + sizeof(head) - 6, 6);
	wire_write_slice(&w, front);
	wire_write_u16(&w, (uint16_t)(127 << 9 | (7 + behind)));
	wire_write_bytes(&w, "\x00\x12\xbb\x01\x00\x33\x04", 7);
	wire_write_zeros(&w, behind);
	wire_write_u16(&w, (uint16_t)(127 << 9 | (8 + behind)));
	wire_write_bytes(&w, "\x00\x12\xbb\x02", 4);
	wire_write_bytes(&w, policy, sizeof(policy));
	wire_write_zeros(&w, behind + 2); /* and the end */
	wire_write_u32(&w, 0x12345678);	  /* a frame check sequence */
	memory_lab_frame(lab, 0, frame, (size_t)wire_writer_result(&w));
}

static void odd_tlvs_do_not_hide_the_voice_vlan(void **state)
{
	static const struct {
		uint8_t front[12];
		size_t length, behind;
		const char *odd;
	} cases[] = {
	    {{0},
	     0,
	     1,
	     "lldp.odd [3] MED network policy (type 127 0012bb/2), 5 octets at offset 39: octets behind"},
	    {{0},
	     0,
	     3,
	     "lldp.odd [3] MED capabilities (type 127 0012bb/1), 6 octets at offset 31: octets behind"},
	    {{0xfe, 5, 0, 0x80, 0xc2, 1, 1},
	     7,
	     0,
	     "port VLAN id (type 127 0080c2/1), 1 octets at offset 28: shorter"},
	    {{0xfe, 7, 0, 0x80, 0xc2, 1, 0, 10, 0}, 9, 0, "port VLAN id (type 127 0080c2/1), 3 octets"},
	    {{0xfe, 6, 0, 0x12, 0x0f, 2, 7, 1}, 8, 0, "power via MDI (type 127 00120f/2), 2 octets"},
	    {{0xfe, 2, 0, 0x12}, 4, 0, "TLV (type 127), 2 octets"},
	    {{0x0e, 1, 4}, 3, 0, "capabilities (type 7), 1 octets"},
	    {{0x0e, 6, 0, 0x14, 0, 0x04, 0, 0}, 8, 0, "capabilities (type 7), 6 octets"},
	    {{0x10, 9, 33, 1, 10, 0, 0, 1, 2, 0, 0}, 11, 0, "management address (type 8), 9 octets"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct memory_lab *lab = one_phone();

		lab->wire.cdp = lab->wire.lldp = false;
		memory_lab_power_on(lab);
		memory_lab_run_for(lab, SECOND + 200000);
		for (int times = 0; times < 2; times++)
			say_odd_lldp(lab, (struct wire_slice){cases[i].front, cases[i].length},
				     cases[i].behind);
		must_register(lab, 5);
		assert_rung(lab, LADDER_VOICE_VLAN, LADDER_DONE,
			    "VLAN 110 by LLDP-MED from core 00:1b:54:00:00:01");
		assert_said(lab, cases[i].odd);
		assert_int_equal(memory_lab_said_times(lab, "lldp.odd"),
				 cases[i].behind ? 3 : 1); /* also TTL */
		memory_lab_free(lab);
	}
}

/* Any one TLV of the switch but the voice VLAN holds random octets: the phone stays where it is. */
static void odd_cdp_does_not_move_the_phone(void **state)
{
	struct memory_lab *lab = one_phone();
	struct cdp_message message = {.has = CDP_HAS(CDP_DEVICE_ID) | CDP_HAS(CDP_PORT_ID) |
					     CDP_HAS(CDP_ADDRESS) | CDP_HAS(CDP_CAPABILITIES) |
					     CDP_HAS(CDP_NATIVE_VLAN) | CDP_HAS(CDP_VOIP_REPLY) |
					     CDP_HAS(CDP_POWER_AVAILABLE) | CDP_HAS(CDP_MANAGEMENT_ADDRESS),
				      .ttl = CDP_TTL,
				      .device_id = wire_slice_text("wire"),
				      .port_id = wire_slice_text("Gi1/0/1"),
				      .voip_reply = {true, true, 1, 110}};
	uint8_t bytes[MUTATE_MAX], sent[MUTATE_MAX];
	struct rng rng;

	(void)state;
	rng_seed(&rng, 32, "cdp");
	memory_lab_power_on(lab);
	must_register(lab, 5);
	for (unsigned long i = 0, n = mutate_count() / 100; i < n; i++) {
		size_t length = (size_t)cdp_encode(&message, bytes, sizeof(bytes));
		struct ether_frame frame = {.destination = cdp_multicast,
					    .source = {{2, 0, 0, 0, 0, 0x99}},
					    .kind = ETHER_SNAP,
					    .oui = CDP_OUI,
					    .type = CDP_PROTOCOL};

		mutate_cdp(&rng, bytes, &length, CDP_HAS(CDP_VOIP_REPLY));
		frame.payload = (struct wire_slice){bytes, length};
		memory_lab_frame(lab, 0, sent, (size_t)ether_encode(&frame, sent, sizeof(sent)));
	}
	assert_false(memory_lab_said(lab, "cdp.bad"));
	assert_said(lab, "cdp.odd");
	assert_int_equal(lab->phone[0].registrations, 1);
	memory_lab_free(lab);
}

static void the_last_change_wins(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_int_equal(lab->phone[0].vlan, 110);
	/* LLDP-MED has always said 110 too; now it changes, then CDP does. */
	lab->wire.lldp_vlan = 120;
	lab_wire_say_lldp(lab, 0);
	memory_lab_run_for(lab, 5 * SECOND);
	assert_int_equal(lab->phone[0].vlan, 120);
	assert_true(lab->phone[0].registered);
	lab->wire.cdp_vlan = 130;
	lab_wire_say_cdp(lab, 0, true, 0);
	memory_lab_run_for(lab, 5 * SECOND);
	assert_int_equal(lab->phone[0].vlan, 130);
	assert_true(lab->phone[0].registered);
	assert_int_equal(lab->phone[0].registrations, 3);
	/* The same again is no change. */
	lab_wire_say_lldp(lab, 0);
	lab_wire_say_cdp(lab, 0, true, 0);
	memory_lab_run_for(lab, 5 * SECOND);
	assert_int_equal(lab->phone[0].registrations, 3);
	memory_lab_free(lab);
}

static void the_voice_vlan_is_taken_away(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->wire.lldp = false;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	lab->wire.cdp_names = false;
	lab_wire_say_cdp(lab, 0, false, 0); /* the phone asks once more before it believes it */
	memory_lab_run_for(lab, 5 * SECOND);
	assert_int_equal(lab->wire.cdp_queries, 2);
	assert_int_equal(lab->phone[0].vlan, 0);
	assert_true(lab->phone[0].registered);
	memory_lab_free(lab);
}

static void lldp_fast_start_then_every_30_s(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 8 * SECOND);
	assert_in_range(lab->wire.lldp_frames, 4, 6);
	memory_lab_run_for(lab, 60 * SECOND);
	assert_in_range(lab->wire.lldp_frames, 6, 8);
	memory_lab_free(lab);
}

static void a_phone_with_cdp_off(void **state)
{
	struct lab_config config = {.phones = 1, .seed = 3, .no_cdp = true};
	struct memory_lab *lab = memory_lab_new(&config);

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_int_equal(lab->wire.cdp_frames, 0);
	assert_rung(lab, LADDER_VOICE_VLAN, LADDER_DONE, "LLDP-MED");
	memory_lab_free(lab);
}

static void no_link_is_shown_and_heals(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	memory_lab_kind(lab, 0, PHONE_POWER_GRANTED);
	memory_lab_run_for(lab, 10 * SECOND);
	assert_rung(lab, LADDER_VOICE_VLAN, LADDER_FAILED, "no link");
	memory_lab_kind(lab, 0, PHONE_LINK_UP);
	must_register(lab, 5);
	memory_lab_free(lab);
}

/* Switches negotiate power by the protocol that they hear first, and the phone speaks CDP first. It asks for
 * the same in both, so that nothing hangs on who wins. */
static void cdp_speaks_first_about_power(void **state)
{
	const struct phone_model *model = phone_model_find("7841");
	struct memory_lab *lab = one_phone();

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_true(lab->wire.cdp_was_first);
	assert_true(lab->wire.lldp_frames > 0);
	assert_int_equal(lab->wire.lldp_requested, model->idle_mw / 100);
	memory_lab_free(lab);
}

/* An allocation of the switch is confirmed within 10 s, long before the next frame is due; once, not for
 * ever. */
static void an_allocation_by_cdp_is_confirmed(void **state)
{
	struct memory_lab *lab = one_phone();
	unsigned before;
	uint16_t id;

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	memory_lab_run_for(lab, 5 * SECOND);
	before = lab->wire.cdp_frames;
	id = (uint16_t)(1 + lab->wire.cdp_frames);
	assert_int_not_equal(lab->wire.cdp_management_id, id);
	lab_wire_say_cdp(lab, 0, true, lab->wire.cdp_request_id);
	memory_lab_run_for(lab, 9 * SECOND);
	assert_int_equal(lab->wire.cdp_management_id, id);
	assert_int_equal(lab->wire.cdp_frames, before + 1);
	memory_lab_free(lab);
}

static void an_allocation_by_lldp_is_confirmed(void **state)
{
	struct memory_lab *lab = one_phone();
	unsigned before;

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	memory_lab_run_for(lab, 12 * SECOND);
	assert_int_equal(lab->wire.lldp_confirmed, 39); /* what class 1 gives */
	before = lab->wire.lldp_frames;
	lab->wire.lldp_allocated = 36;
	lab_wire_say_lldp(lab, 0);
	memory_lab_run_for(lab, 9 * SECOND);
	assert_int_equal(lab->wire.lldp_confirmed, 36);
	assert_int_equal(lab->wire.lldp_frames, before + 1);
	lab_wire_say_lldp(lab, 0);
	memory_lab_run_for(lab, 9 * SECOND);
	assert_int_equal(lab->wire.lldp_frames, before + 1);
	memory_lab_free(lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cdp_answers_at_once),
	    cmocka_unit_test(a_frame_a_minute_and_never_request_id_zero),
	    cmocka_unit_test(power_available_without_a_request_is_ignored),
	    cmocka_unit_test(lldp_where_cdp_is_silent),
	    cmocka_unit_test(cdp_before_lldp_even_when_lldp_is_faster),
	    cmocka_unit_test(neither_names_one),
	    cmocka_unit_test(vlan_1_and_4095_mean_untagged),
	    cmocka_unit_test(the_tagged_bit_is_clear),
	    cmocka_unit_test(an_lldpdu_that_lacks_what_is_mandatory_is_dropped),
	    cmocka_unit_test(odd_tlvs_do_not_hide_the_voice_vlan),
	    cmocka_unit_test(odd_cdp_does_not_move_the_phone),
	    cmocka_unit_test(the_last_change_wins),
	    cmocka_unit_test(the_voice_vlan_is_taken_away),
	    cmocka_unit_test(lldp_fast_start_then_every_30_s),
	    cmocka_unit_test(a_phone_with_cdp_off),
	    cmocka_unit_test(cdp_speaks_first_about_power),
	    cmocka_unit_test(an_allocation_by_cdp_is_confirmed),
	    cmocka_unit_test(an_allocation_by_lldp_is_confirmed),
	    cmocka_unit_test(no_link_is_shown_and_heals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
