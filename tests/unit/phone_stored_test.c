/* Steps 5 to 7 with optional trust files and the stored configuration: what cannot be fetched or used does not stop a phone
 * that has booted before. */
#include "tests/support/phone_test.h"

#define SEP  "SEP0A0000000001"
#define HTML "<!DOCTYPE html><html><body>It works!</body></html>"

static void servers(struct memory_lab *lab, enum lab_health health)
{
	lab->server[0].http = lab->server[0].tftp = health;
}

static void assert_configuration(struct memory_lab *lab, enum phone_configuration expected)
{
	const char *found = phone_configuration_name(memory_lab_view(lab, 0).configuration);
	const char *name = phone_configuration_name(expected);

	assert_string_equal(found ? found : "none", name ? name : "none");
}

/* A phone that has registered once, and whose flash holds what it accepted. */
static struct memory_lab *booted(void)
{
	struct memory_lab *lab = one_phone();

	assert_configuration(lab, PHONE_CONFIGURATION_NONE);
	memory_lab_power_on(lab);
	must_register(lab, 5);
	memory_lab_run_for(lab, 2 * SECOND);
	assert_configuration(lab, PHONE_CONFIGURATION_FETCHED);
	assert_non_null(lab->phone[0].stored);
	return lab;
}

/* Boot again, to the registration. */
static void again(struct memory_lab *lab, enum phone_control control)
{
	memory_lab_forget(lab);
	memory_lab_control(lab, 0, control);
	memory_lab_run_for(lab, SECOND / 2);
	must_register(lab, 30);
}

static void power_cycle(struct memory_lab *lab)
{
	memory_lab_forget(lab);
	memory_lab_kind(lab, 0, PHONE_POWER_OFF);
	memory_lab_run_for(lab, SECOND);
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, SECOND / 2);
	must_register(lab, 30);
}

static void assert_stored(struct memory_lab *lab)
{
	assert_configuration(lab, PHONE_CONFIGURATION_STORED);
	assert_rung(lab, LADDER_CONFIG, LADDER_FAILED,
		    "going on with the stored configuration " SEP ".cnf.xml");
	assert_said(lab, "config.stored [7] " SEP ".cnf.xml");
	assert_string_equal(lab->phone[0].dn, "2001");
}

static void it_survives_restart_reset_and_loss_of_power(void **state)
{
	static const enum lab_health kinds[] = {LAB_SILENT, LAB_UNREACHABLE, LAB_REFUSES};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct memory_lab *lab = booted();

		servers(lab, kinds[i]);
		again(lab, PHONE_CONTROL_RESTART);
		assert_stored(lab);
		again(lab, PHONE_CONTROL_RESET);
		assert_stored(lab);
		power_cycle(lab);
		assert_stored(lab);
		assert_rung(lab, LADDER_CTL, LADDER_FAILED, "CTL" SEP ".tlv");
		assert_rung(lab, LADDER_ITL, LADDER_FAILED, "ITL" SEP ".tlv");
		assert_said(lab, kinds[i] == LAB_REFUSES ? "message TFTP Error : CTL" SEP ".tlv"
							 : "message TFTP Timeout : CTL" SEP ".tlv");
		assert_true(memory_lab_view(lab, 0).itl_installed);
		memory_lab_free(lab);
	}
}

static void erase_removes_it(void **state)
{
	struct memory_lab *lab = booted();

	(void)state;
	servers(lab, LAB_REFUSES);
	memory_lab_control(lab, 0, PHONE_CONTROL_ERASE);
	assert_null(lab->phone[0].stored);
	memory_lab_run_for(lab, 60 * SECOND);
	assert_false(lab->phone[0].registered);
	assert_configuration(lab, PHONE_CONFIGURATION_NONE);
	assert_rung(lab, LADDER_CONFIG, LADDER_FAILED, "refused");
	assert_false(strstr(memory_lab_detail(lab, 0, LADDER_CONFIG), "stored"));
	servers(lab, LAB_UP);
	must_register(lab, 60);
	memory_lab_run_for(lab, 60 * SECOND);
	assert_configuration(lab, PHONE_CONFIGURATION_FETCHED);
	assert_int_equal(memory_lab_view(lab, 0).step, LADDER_STEPS);
	memory_lab_free(lab);
}

/* Flash returns bytes that the phone did not write: they count as none. */
static void a_damaged_one_counts_as_none(void **state)
{
	struct memory_lab *lab = booted();
	size_t length = lab->phone[0].stored_length;

	(void)state;
	servers(lab, LAB_REFUSES);
	for (size_t at = 0; at < length; at += 1 + length / 40) {
		lab->phone[0].stored[at] ^= 0x01;
		memory_lab_control(lab, 0, PHONE_CONTROL_RESET);
		memory_lab_run_for(lab, 10 * SECOND);
		assert_false(lab->phone[0].registered);
		assert_configuration(lab, PHONE_CONFIGURATION_NONE);
		lab->phone[0].stored[at] ^= 0x01;
	}
	for (size_t cut = 1; cut <= length; cut += 1 + length / 40) {
		lab->phone[0].stored_length = length - cut;
		memory_lab_control(lab, 0, PHONE_CONTROL_RESET);
		memory_lab_run_for(lab, 10 * SECOND);
		assert_false(lab->phone[0].registered);
	}
	lab->phone[0].stored_length = length;
	again(lab, PHONE_CONTROL_RESET);
	assert_stored(lab);
	memory_lab_free(lab);
}

/* Files of step 7 that the phone does not accept. */
static void an_unusable_file(void **state)
{
	static const struct {
		const char *bytes;
		bool is_signed;
		const char *detail;
	} cases[] = {
	    {"<device><sipProfile>", true, SEP ".cnf.xml: line 1"},
	    {"", true, SEP ".cnf.xml: "},
	    {HTML, true, SEP ".cnf.xml: "},
	    {HTML, false, "not a signed file"},
	    {"", false, "not a signed file"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct memory_lab *lab = booted();
		const char *bytes = cases[i].bytes;

		if (cases[i].is_signed)
			memory_lab_put_signed(lab, SEP ".cnf.xml", bytes, strlen(bytes));
		else
			memory_lab_put_file(lab, SEP ".cnf.xml.sgn", bytes, strlen(bytes));
		again(lab, PHONE_CONTROL_RESET);
		assert_stored(lab);
		assert_rung(lab, LADDER_CONFIG, LADDER_FAILED, cases[i].detail);
		assert_said(lab, "message Error Verifying Config Info");
		assert_rung(lab, LADDER_CTL, LADDER_DONE, NULL);
		memory_lab_free(lab);
	}
}

/* Neither file is there. */
static void nothing_is_found(void **state)
{
	struct memory_lab *lab = booted();

	(void)state;
	memory_lab_remove_file(lab, SEP ".cnf.xml.sgn");
	memory_lab_remove_file(lab, "XMLDefault.cnf.xml.sgn");
	again(lab, PHONE_CONTROL_RESET);
	assert_stored(lab);
	assert_rung(lab, LADDER_CONFIG, LADDER_FAILED, "neither " SEP ".cnf.xml nor XMLDefault.cnf.xml");
	memory_lab_free(lab);
}

/* An unprovisioned phone keeps XMLDefault. */
static void the_default_file_is_stored_too(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	memory_lab_remove_file(lab, SEP ".cnf.xml.sgn");
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 3 * SECOND);
	assert_configuration(lab, PHONE_CONFIGURATION_DEFAULT);
	servers(lab, LAB_REFUSES);
	memory_lab_control(lab, 0, PHONE_CONTROL_RESET);
	memory_lab_run_for(lab, 5 * SECOND);
	assert_configuration(lab, PHONE_CONFIGURATION_STORED);
	assert_said(lab, "config.stored [7] XMLDefault.cnf.xml");
	assert_string_equal(memory_lab_view(lab, 0).state, "rejected");
	memory_lab_free(lab);
}

/* --- the trust lists --- */

/* Empty, HTML, garbage, cut: none of them is installed, and none stops the boot. */
static void odd_trust_lists(void **state)
{
	static const char *const odd[] = {"", HTML, "garbage"};

	(void)state;
	for (unsigned erased = 0; erased < 2; erased++)
		for (unsigned i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
			struct memory_lab *lab = erased ? one_phone() : booted();
			size_t installed = lab->phone[0].itl_length;

			memory_lab_put_file(lab, "CTL" SEP ".tlv", odd[i], strlen(odd[i]));
			memory_lab_put_file(lab, "ITL" SEP ".tlv", odd[i], strlen(odd[i]));
			power_cycle(lab);
			assert_rung(lab, LADDER_CTL, LADDER_FAILED, "CTL" SEP ".tlv: not a trust list");
			assert_rung(lab, LADDER_ITL, LADDER_FAILED, "ITL" SEP ".tlv: not a trust list");
			assert_said(lab, "message CTL update failed");
			assert_said(lab, "message Trust List update failed");
			assert_rung(lab, LADDER_CONFIG, LADDER_DONE, SEP ".cnf.xml");
			assert_configuration(lab, PHONE_CONFIGURATION_FETCHED);
			assert_int_equal(lab->phone[0].ctl_length, 0);
			assert_int_equal(lab->phone[0].itl_length, installed);
			memory_lab_free(lab);
		}
}

/* --- healing --- */

static void it_heals_without_a_new_registration(void **state)
{
	struct memory_lab *lab = booted();
	unsigned steps;

	(void)state;
	servers(lab, LAB_SILENT);
	again(lab, PHONE_CONTROL_RESET);
	assert_stored(lab);
	/* Tries that fail change no rung. */
	memory_lab_run_for(lab, 30 * SECOND);
	steps = lab->phone[0].steps_seen;
	memory_lab_run_for(lab, 300 * SECOND);
	assert_int_equal(lab->phone[0].steps_seen, steps);
	assert_stored(lab);
	servers(lab, LAB_UP);
	memory_lab_run_for(lab, 60 * SECOND);
	assert_configuration(lab, PHONE_CONFIGURATION_FETCHED);
	assert_int_equal(memory_lab_view(lab, 0).step, LADDER_STEPS);
	assert_int_equal(lab->phone[0].registrations, 2);
	assert_int_equal(lab->phone[0].unregistrations, 1);
	memory_lab_free(lab);
}

static void it_restarts_with_a_changed_configuration(void **state)
{
	struct memory_lab *lab = booted();
	struct phonexml_config *config = calloc(1, sizeof(*config));

	(void)state;
	servers(lab, LAB_REFUSES);
	again(lab, PHONE_CONTROL_RESET);
	assert_stored(lab);
	memory_lab_config_of(lab, 0, config);
	snprintf(config->line[0].name, sizeof(config->line[0].name), "2999");
	memory_lab_put_config(lab, 0, config);
	free(config);
	servers(lab, LAB_UP);
	memory_lab_run_for(lab, 60 * SECOND);
	assert_string_equal(lab->phone[0].dn, "2999");
	assert_int_equal(lab->phone[0].registrations, 3);
	assert_configuration(lab, PHONE_CONFIGURATION_FETCHED);
	servers(lab, LAB_REFUSES);
	power_cycle(lab);
	assert_string_equal(lab->phone[0].dn, "2999"); /* the new one is stored */
	memory_lab_free(lab);
}

/* DHCP names no file server at the boot, and is repaired while the phone is registered: the renewal brings the list. */
static void it_heals_with_the_servers_of_a_renewal(void **state)
{
	struct memory_lab *lab = booted();
	uint32_t right = lab->dhcp.option150[0];

	(void)state;
	lab->dhcp.option150[0] = 0x0a1400fe;
	again(lab, PHONE_CONTROL_RESET);
	assert_stored(lab);
	assert_rung(lab, LADDER_DHCP, LADDER_DONE, "tftp 10.20.0.254 (option 150)");
	lab->dhcp.option150[0] = right;
	memory_lab_run_for(lab, 90 * SECOND);
	assert_rung(lab, LADDER_DHCP, LADDER_DONE, "tftp 10.20.0.3 (option 150)");
	assert_configuration(lab, PHONE_CONFIGURATION_FETCHED);
	assert_int_equal(memory_lab_view(lab, 0).step, LADDER_STEPS);
	assert_int_equal(lab->phone[0].registrations, 2);
	assert_int_equal(lab->phone[0].unregistrations, 1);
	memory_lab_free(lab);
}

/* The servers fail while no call manager answers: the phone goes on with what it has stored. */
static void it_is_used_in_a_later_attempt(void **state)
{
	struct memory_lab *lab = booted();

	(void)state;
	for (unsigned c = 0; c < LAB_CMS; c++)
		lab->cm[c].tcp = LAB_REFUSES;
	memory_lab_control(lab, 0, PHONE_CONTROL_RESET);
	memory_lab_run_for(lab, 5 * SECOND);
	assert_rung(lab, LADDER_CONFIG, LADDER_DONE, NULL);
	servers(lab, LAB_SILENT);
	memory_lab_run_for(lab, 60 * SECOND);
	assert_configuration(lab, PHONE_CONFIGURATION_STORED);
	for (unsigned c = 0; c < LAB_CMS; c++)
		lab->cm[c].tcp = LAB_UP;
	must_register(lab, 60);
	memory_lab_free(lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_survives_restart_reset_and_loss_of_power),
	    cmocka_unit_test(erase_removes_it),
	    cmocka_unit_test(a_damaged_one_counts_as_none),
	    cmocka_unit_test(an_unusable_file),
	    cmocka_unit_test(nothing_is_found),
	    cmocka_unit_test(the_default_file_is_stored_too),
	    cmocka_unit_test(odd_trust_lists),
	    cmocka_unit_test(it_heals_without_a_new_registration),
	    cmocka_unit_test(it_restarts_with_a_changed_configuration),
	    cmocka_unit_test(it_heals_with_the_servers_of_a_renewal),
	    cmocka_unit_test(it_is_used_in_a_later_attempt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
