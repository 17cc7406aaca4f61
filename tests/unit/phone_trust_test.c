/* Steps 5 to 7: trust lists really signed, forged ones refused, trust on first use; signed configurations. */
#include "tests/support/phone_test.h"

static void the_first_list_is_trusted_and_kept(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_rung(lab, LADDER_ITL, LADDER_DONE, "ITLFile.tlv verified and installed");
	assert_true(memory_lab_view(lab, 0).itl_installed);
	assert_int_equal(lab->phone[0].itl_length, memory_lab_file(lab, "ITLFile.tlv")->length);
	assert_said(lab, "message ITL installed");
	memory_lab_control(lab, 0, PHONE_CONTROL_RESET);
	memory_lab_run_for(lab, SECOND);
	must_register(lab, 5);
	assert_rung(lab, LADDER_ITL, LADDER_DONE, "verified, unchanged");
	memory_lab_free(lab);
}

static void the_list_of_the_device_is_tried_first(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	memory_lab_put_trust_list(lab, "ITLSEP0A0000000001.tlv", NULL, NULL, false);
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_rung(lab, LADDER_ITL, LADDER_DONE, "ITLSEP0A0000000001.tlv verified and installed");
	memory_lab_free(lab);
}

static void a_forged_list_is_refused_and_heals(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	memory_lab_put_trust_list(lab, "ITLFile.tlv", NULL, NULL, true);
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 3 * SECOND);
	assert_rung(lab, LADDER_ITL, LADDER_FAILED,
		    "Trust List update failed: ITLFile.tlv: the signature does not verify");
	assert_said(lab, "message Trust List update failed");
	assert_int_equal(lab->phone[0].itl_length, 0);
	memory_lab_put_trust_list(lab, "ITLFile.tlv", NULL, NULL, false);
	must_register(lab, 20);
	memory_lab_free(lab);
}

static void every_byte_of_a_list_counts(void **state)
{
	(void)state;
	for (unsigned at = 0; at < 900; at += 37) {
		struct memory_lab *lab = one_phone();
		struct lab_file *file = memory_lab_file(lab, "ITLFile.tlv");

		if (at >= file->length) {
			memory_lab_free(lab);
			break;
		}
		file->bytes[at] ^= 0x10;
		memory_lab_power_on(lab);
		memory_lab_run_for(lab, SECOND / 2);
		assert_rung(lab, LADDER_ITL, LADDER_FAILED, "Trust List update failed");
		memory_lab_free(lab);
	}
}

static void a_stranger_cannot_replace_the_list(void **state)
{
	struct memory_lab *lab = one_phone();
	struct lab_signer *stranger = lab_signer_new();

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	memory_lab_put_trust_list(lab, "ITLFile.tlv", stranger, NULL, false); /* good in itself */
	memory_lab_control(lab, 0, PHONE_CONTROL_RESET);
	memory_lab_run_for(lab, 3 * SECOND);
	assert_rung(lab, LADDER_ITL, LADDER_FAILED, "signed by a key that the installed list does not hold");
	assert_said(lab, "trust.bad [6] ");
	/* A person erases the trust lists in the phone's menu: the next one is the first again. */
	memory_lab_control(lab, 0, PHONE_CONTROL_ERASE);
	assert_said(lab, "message Erasing CTL and ITL files");
	assert_int_equal(lab->phone[0].itl_length, 0);
	memory_lab_run_for(lab, 3 * SECOND);
	assert_rung(lab, LADDER_ITL, LADDER_DONE, "installed");
	memory_lab_free(lab);
	lab_signer_free(stranger);
}

/* The installed ITL protects the CTL too. */
static void a_stranger_cannot_add_a_ctl(void **state)
{
	struct memory_lab *lab = one_phone();
	struct lab_signer *stranger = lab_signer_new();

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	memory_lab_put_trust_list(lab, "CTLSEP0A0000000001.tlv", stranger, NULL, false);
	memory_lab_control(lab, 0, PHONE_CONTROL_RESET);
	memory_lab_run_for(lab, SECOND);
	must_register(lab, 5);
	assert_rung(lab, LADDER_CTL, LADDER_FAILED, "signed by a key that the installed list does not hold");
	assert_int_equal(lab->phone[0].ctl_length, 0);
	assert_rung(lab, LADDER_CONFIG, LADDER_DONE, NULL);
	memory_lab_free(lab);
	lab_signer_free(stranger);
}

static void a_new_key_announced_by_the_old_list(void **state)
{
	struct memory_lab *lab = one_phone();
	struct lab_signer *next = lab_signer_new();

	(void)state;
	memory_lab_put_trust_list(lab, "ITLFile.tlv", NULL, next, false);
	memory_lab_power_on(lab);
	must_register(lab, 5);
	memory_lab_put_trust_list(lab, "ITLFile.tlv", next, NULL, false);
	memory_lab_control(lab, 0, PHONE_CONTROL_RESET);
	memory_lab_run_for(lab, SECOND);
	assert_rung(lab, LADDER_ITL, LADDER_DONE, "verified and updated");
	assert_said(lab, "message Trust List updated");
	memory_lab_free(lab);
	lab_signer_free(next);
}

static void no_list_at_all(void **state)
{
	struct lab_config config = {.phones = 1, .seed = 2, .no_itl = true};
	struct memory_lab *lab = memory_lab_new(&config);

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_rung(lab, LADDER_ITL, LADDER_DONE, "404 Not Found: no trust list");
	assert_rung(lab, LADDER_CONFIG, LADDER_DONE, "SEP0A0000000001.cnf.xml");
	assert_said(lab, "message No Trust List Installed");
	assert_false(memory_lab_said(lab, ".sgn")); /* nothing signed is asked for */
	memory_lab_free(lab);
}

static void a_ctl_of_a_mixed_mode_cluster(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	memory_lab_put_trust_list(lab, "CTLSEP0A0000000001.tlv", NULL, NULL, false);
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_rung(lab, LADDER_CTL, LADDER_DONE, "mixed mode");
	assert_true(memory_lab_view(lab, 0).ctl_installed);
	memory_lab_free(lab);
}

static void a_forged_ctl(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	memory_lab_put_trust_list(lab, "CTLSEP0A0000000001.tlv", NULL, NULL, true);
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 2 * SECOND);
	assert_rung(lab, LADDER_CTL, LADDER_FAILED, "the signature does not verify");
	assert_said(lab, "message CTL update failed");
	memory_lab_free(lab);
}

/* --- the configuration --- */

static void a_configuration_signed_by_a_stranger(void **state)
{
	struct memory_lab *lab = one_phone();
	struct lab_signer *stranger = lab_signer_new();
	struct lab_file *plain = memory_lab_file(lab, "SEP0A0000000001.cnf.xml");
	uint8_t out[32768];
	size_t length = lab_sign_file(stranger, plain->name, plain->bytes, plain->length, out, sizeof(out));

	(void)state;
	memory_lab_put_file(lab, "SEP0A0000000001.cnf.xml.sgn", out, length);
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 2 * SECOND);
	assert_rung(lab, LADDER_CONFIG, LADDER_FAILED, "does not verify with any key of the trust list");
	assert_said(lab, "message Error Verifying Config Info");
	memory_lab_free(lab);
	lab_signer_free(stranger);
}

/* Only a key whose record has the role TFTP or CCM+TFTP may sign a configuration. */
static void a_configuration_signed_by_a_key_of_another_role(void **state)
{
	static const struct {
		enum trustlist_role role;
		bool may_sign;
	} roles[] = {{TRUSTLIST_SAST, false}, {TRUSTLIST_CAPF, false}, {TRUSTLIST_TVS, false},
		     {TRUSTLIST_CCM, false},  {TRUSTLIST_TFTP, true},  {TRUSTLIST_CCM_TFTP, true}};
	struct lab_signer *other = lab_signer_new();

	(void)state;
	for (unsigned i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		struct memory_lab *lab = one_phone();
		struct lab_file *plain = memory_lab_file(lab, "SEP0A0000000001.cnf.xml");
		uint8_t out[32768];
		size_t length =
		    lab_sign_file(other, plain->name, plain->bytes, plain->length, out, sizeof(out));

		lab_signer_set_role(other, roles[i].role);
		memory_lab_put_trust_list(lab, "ITLFile.tlv", NULL, other, false);
		memory_lab_put_file(lab, "SEP0A0000000001.cnf.xml.sgn", out, length);
		memory_lab_power_on(lab);
		memory_lab_run_for(lab, 2 * SECOND);
		assert_rung(lab, LADDER_CONFIG, roles[i].may_sign ? LADDER_DONE : LADDER_FAILED, NULL);
		memory_lab_free(lab);
	}
	lab_signer_free(other);
}

/* --- signed or plain --- */

/* While a list names a signer of files, a plain file is no replacement for a signed one. */
static void no_signed_file_then_not_the_plain_one(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	memory_lab_remove_file(lab, "SEP0A0000000001.cnf.xml.sgn");
	memory_lab_remove_file(lab, "DR1.xml.sgn");
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 3 * SECOND);
	assert_rung(lab, LADDER_CONFIG, LADDER_DONE, "not provisioned, XMLDefault.cnf.xml");
	assert_false(memory_lab_said(lab, "SEP0A0000000001.cnf.xml by "));
	assert_false(memory_lab_said(lab, "XMLDefault.cnf.xml by "));
	memory_lab_free(lab);
}

/* The plain file under the name of the signed one. */
static void a_plain_file_under_the_signed_name(void **state)
{
	struct memory_lab *lab = one_phone();
	struct lab_file *plain = memory_lab_file(lab, "SEP0A0000000001.cnf.xml");

	(void)state;
	memory_lab_put_file(lab, "SEP0A0000000001.cnf.xml.sgn", plain->bytes, plain->length);
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 3 * SECOND);
	assert_rung(lab, LADDER_CONFIG, LADDER_FAILED, "not a signed file");
	assert_said(lab, "trust.bad [7] ");
	memory_lab_free(lab);
}

/* Lists that name no signer of files: plain files are requested and accepted. */
static void a_list_without_a_signer_of_files(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->plain_files = true;
	memory_lab_put_trust_list(lab, "ITLFile.tlv", NULL, NULL, false);
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_true(memory_lab_view(lab, 0).itl_installed);
	assert_rung(lab, LADDER_CONFIG, LADDER_DONE, "SEP0A0000000001.cnf.xml: 1 line");
	assert_false(memory_lab_said(lab, ".sgn"));
	memory_lab_free(lab);
}

static void not_provisioned(void **state)
{
	struct memory_lab *lab = one_phone();
	struct phonexml_config *config = calloc(1, sizeof(*config));

	(void)state;
	memory_lab_remove_file(lab, "SEP0A0000000001.cnf.xml.sgn");
	memory_lab_remove_file(lab, "SEP0A0000000001.cnf.xml");
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 3 * SECOND);
	assert_rung(lab, LADDER_CONFIG, LADDER_DONE, "not provisioned, XMLDefault.cnf.xml");
	assert_rung(lab, LADDER_REGISTER, LADDER_FAILED, "Registration Rejected by cucm-pub: 403 Forbidden");
	assert_said(lab, "message Registration Rejected");
	assert_string_equal(memory_lab_view(lab, 0).state, "rejected");
	/* Somebody adds the device: the phone finds out by itself. */
	memory_lab_config_of(lab, 0, config);
	memory_lab_put_config(lab, 0, config);
	free(config);
	must_register(lab, 60);
	assert_string_equal(lab->phone[0].dn, "2001");
	memory_lab_free(lab);
}

static void a_malformed_configuration(void **state)
{
	struct lab_config config = {.phones = 1, .seed = 2, .no_itl = true};
	struct memory_lab *lab = memory_lab_new(&config);

	(void)state;
	memory_lab_put_file(lab, "SEP0A0000000001.cnf.xml", "<device><sipProfile>", 20);
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 2 * SECOND);
	assert_rung(lab, LADDER_CONFIG, LADDER_FAILED, "SEP0A0000000001.cnf.xml: line 1");
	memory_lab_free(lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_first_list_is_trusted_and_kept),
	    cmocka_unit_test(the_list_of_the_device_is_tried_first),
	    cmocka_unit_test(a_forged_list_is_refused_and_heals),
	    cmocka_unit_test(every_byte_of_a_list_counts),
	    cmocka_unit_test(a_stranger_cannot_replace_the_list),
	    cmocka_unit_test(a_stranger_cannot_add_a_ctl),
	    cmocka_unit_test(a_new_key_announced_by_the_old_list),
	    cmocka_unit_test(no_list_at_all),
	    cmocka_unit_test(a_ctl_of_a_mixed_mode_cluster),
	    cmocka_unit_test(a_forged_ctl),
	    cmocka_unit_test(a_configuration_signed_by_a_stranger),
	    cmocka_unit_test(a_configuration_signed_by_a_key_of_another_role),
	    cmocka_unit_test(no_signed_file_then_not_the_plain_one),
	    cmocka_unit_test(a_plain_file_under_the_signed_name),
	    cmocka_unit_test(a_list_without_a_signer_of_files),
	    cmocka_unit_test(not_provisioned),
	    cmocka_unit_test(a_malformed_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
