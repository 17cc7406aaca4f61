/* A phone enrols with CAPF, and reads encrypted configurations. */
#include "tests/support/phone_test.h"

#include "phone-sim/core/certificate.h"
#include "tests/support/secure_lab.h"

#define CONFIG_FILE "SEP0A0000000001.cnf.xml"

/* A cluster where this operation is pending for the phone. */
static struct memory_lab *pending(enum phonexml_security_mode mode, enum capf_operation operation,
				  enum phonexml_capf_mode capf, const char *string)
{
	static const enum capf_proof proofs[] = {[PHONEXML_CAPF_STRING] = CAPF_PROOF_STRING,
						 [PHONEXML_CAPF_NULL_STRING] = CAPF_PROOF_NULL_STRING,
						 [PHONEXML_CAPF_EXISTING] = CAPF_PROOF_LSC,
						 [PHONEXML_CAPF_EXISTING_MIC] = CAPF_PROOF_MIC};
	struct memory_lab *lab = secure_lab_of(mode, string);

	lab->capf.operation = operation;
	lab->capf.proof = proofs[capf];
	lab->capf.string = "4711";
	secure_config()->capf_mode = capf;
	secure_put_config(lab);
	return lab;
}

/* A secure phone for which an operation is pending does not register without an LSC. */
static void must_not_register(struct memory_lab *lab)
{
	memory_lab_run_for(lab, 5 * SECOND);
	assert_rung(lab, LADDER_CM_CONNECT, LADDER_FAILED,
		    "no LSC, and the operation of CAPF is still pending");
	assert_int_equal(lab->tls_cm[0].connections + lab->tls_cm[1].connections, 0);
	assert_int_equal(lab->phone[0].lsc_length, 0);
}

static void an_install_with_a_null_string(void **state)
{
	static const uint16_t ec_bits[] = {0, 256, 384, 521};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct memory_lab *lab = pending(PHONEXML_SECURITY_ENCRYPTED, CAPF_OPERATION_INSTALL,
						 PHONEXML_CAPF_NULL_STRING, NULL);
		struct lab_phone *slot = &lab->phone[0];

		lab->capf.ec_bits = ec_bits[i];
		free(slot->mic); /* without a certificate the phone cannot register before */
		slot->mic = NULL;
		memory_lab_power_on(lab);
		must_register(lab, 10);
		assert_int_equal(lab->capf.stored, 1);
		assert_int_equal(lab->capf.sessions, 1);
		assert_true(slot->lsc_length > 0 && slot->lsc_key_length > 0);
		assert_int_equal(memory_lab_view(lab, 0).lsc.length, slot->lsc_length);
		assert_rung(lab, LADDER_CM_CONNECT, LADDER_DONE, "by TLS");
		assert_int_equal(memory_lab_said_times(lab, CONFIG_FILE ".sgn by HTTP from 10.20.0.3: ok"),
				 2);
		memory_lab_free(lab);
	}
}

static void a_string_that_a_person_enters(void **state)
{
	static const struct {
		const char *entered;
		bool session, stored;
	} cases[] = {{"4711", true, true}, {"1234", true, false}, {NULL, false, false}};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct memory_lab *lab = pending(PHONEXML_SECURITY_ENCRYPTED, CAPF_OPERATION_INSTALL,
						 PHONEXML_CAPF_STRING, cases[i].entered);

		lab->capf.ec_bits = 256;
		memory_lab_power_on(lab);
		if (cases[i].stored)
			must_register(lab, 10);
		else
			must_not_register(lab);
		assert_int_equal(lab->capf.sessions > 0, cases[i].session);
		assert_int_equal(lab->capf.stored, cases[i].stored);
		if (cases[i].entered && !cases[i].stored)
			assert_said(lab, "wrong authentication, or invalid element (reason 7)");
		memory_lab_free(lab);
	}
}

static void an_existing_certificate_proves(void **state)
{
	(void)state;
	for (unsigned lsc = 0; lsc < 2; lsc++) {
		struct memory_lab *lab =
		    pending(PHONEXML_SECURITY_ENCRYPTED, CAPF_OPERATION_INSTALL,
			    lsc ? PHONEXML_CAPF_EXISTING : PHONEXML_CAPF_EXISTING_MIC, NULL);

		lab->capf.ec_bits = 256;
		if (lsc)
			memory_lab_install(lab, 0, cluster_rsa_lsc(), true);
		memory_lab_power_on(lab);
		must_register(lab, 10);
		assert_int_equal(lab->capf.stored, 1);
		memory_lab_free(lab);
	}
}

/* A MIC of another manufacturer; a device that the publisher does not know. */
static void capf_refuses(void **state)
{
	(void)state;
	for (unsigned unknown = 0; unknown < 2; unknown++) {
		struct memory_lab *lab = pending(PHONEXML_SECURITY_ENCRYPTED, CAPF_OPERATION_INSTALL,
						 PHONEXML_CAPF_EXISTING_MIC, NULL);

		lab->capf.maker = cluster_renewed_signer();
		lab->capf.unknown = unknown;
		memory_lab_power_on(lab);
		must_not_register(lab);
		if (unknown)
			assert_said(lab, "unknown device (reason 9)");
		else
			assert_said(lab, "Upgrade Failed: Invalid MIC");
		memory_lab_free(lab);
	}
}

/* "Troubleshoot": the phone sends its LSC. */
static void a_fetch(void **state)
{
	struct memory_lab *lab =
	    pending(PHONEXML_SECURITY_ENCRYPTED, CAPF_OPERATION_FETCH, PHONEXML_CAPF_NULL_STRING, NULL);

	(void)state;
	memory_lab_install(lab, 0, cluster_rsa_lsc(), true);
	memory_lab_power_on(lab);
	must_register(lab, 10);
	assert_int_equal(lab->capf.fetched, 1);
	memory_lab_free(lab);
}

static bool deleted(struct memory_lab *lab)
{
	return lab->capf.deleted > 0;
}

/* Then nothing is pending, and the phone registers with its MIC. */
static void a_deletion(void **state)
{
	struct memory_lab *lab =
	    pending(PHONEXML_SECURITY_ENCRYPTED, CAPF_OPERATION_DELETE, PHONEXML_CAPF_NULL_STRING, NULL);

	(void)state;
	memory_lab_install(lab, 0, cluster_rsa_lsc(), true);
	memory_lab_power_on(lab);
	assert_true(memory_lab_run(lab, lab->now_us + 10 * SECOND, deleted));
	secure_config()->capf_mode =
	    PHONEXML_CAPF_NONE; /* the publisher has written the file before the session ends */
	secure_put_config(lab);
	must_register(lab, 10);
	assert_int_equal(lab->capf.deleted, 1);
	assert_int_equal(lab->phone[0].lsc_length + lab->phone[0].lsc_key_length, 0);
	memory_lab_free(lab);
}

static bool capf_has_failed(struct memory_lab *lab)
{
	return memory_lab_said(lab, "capf.failed [7]");
}

/* Three attempts, 30 s apart. Without an LSC the phone does not register; it tries CAPF again later. */
static void capf_does_not_answer(void **state)
{
	struct memory_lab *lab =
	    pending(PHONEXML_SECURITY_ENCRYPTED, CAPF_OPERATION_INSTALL, PHONEXML_CAPF_NULL_STRING, NULL);
	uint64_t from;

	(void)state;
	lab->capf.drop = 5;
	lab->capf.ec_bits = 256;
	memory_lab_power_on(lab);
	from = lab->now_us;
	assert_true(memory_lab_run(lab, from + 90 * SECOND, capf_has_failed));
	assert_int_equal(lab->capf.sessions, 3);
	assert_true(lab->now_us - from > 60 * SECOND);
	assert_int_equal(memory_lab_said_times(lab, "capf.retry [7]"), 2);
	must_not_register(lab);
	must_register(lab, 600);
	assert_int_equal(lab->capf.sessions, 6);
	assert_int_equal(lab->capf.stored, 1);
	memory_lab_free(lab);
}

/* The LSC could not be replaced: the phone goes on with the old one. */
static void capf_does_not_answer_a_phone_with_an_lsc(void **state)
{
	struct memory_lab *lab =
	    pending(PHONEXML_SECURITY_ENCRYPTED, CAPF_OPERATION_INSTALL, PHONEXML_CAPF_NULL_STRING, NULL);

	(void)state;
	memory_lab_install(lab, 0, cluster_rsa_lsc(), true);
	lab->capf.drop = 3;
	memory_lab_power_on(lab);
	must_register(lab, 90);
	assert_int_equal(lab->capf.sessions, 3);
	assert_int_equal(lab->capf.stored, 0);
	memory_lab_free(lab);
}

static void a_third_attempt_that_succeeds(void **state)
{
	struct memory_lab *lab =
	    pending(PHONEXML_SECURITY_ENCRYPTED, CAPF_OPERATION_INSTALL, PHONEXML_CAPF_NULL_STRING, NULL);

	(void)state;
	lab->capf.drop = 2;
	lab->capf.ec_bits = 256;
	memory_lab_power_on(lab);
	must_register(lab, 90);
	assert_int_equal(lab->capf.stored, 1);
	memory_lab_free(lab);
}

static void a_capf_that_never_ends(void **state)
{
	struct memory_lab *lab =
	    pending(PHONEXML_SECURITY_ENCRYPTED, CAPF_OPERATION_INSTALL, PHONEXML_CAPF_NULL_STRING, NULL);

	(void)state;
	lab->capf.endless = true;
	memory_lab_power_on(lab);
	must_not_register(lab);
	assert_said(lab, "it does not end the session");
	memory_lab_free(lab);
}

/* A CAPF that is none: the phone gives up, keeps no certificate, and goes on. */
static void a_hostile_capf(void **state)
{
	static const struct {
		enum lab_manner manner;
		const char *why;
	} cases[] = {
	    {LAB_MUTE, "no request from CAPF"},
	    {LAB_GARBAGE, "does not begin with 55"},
	    {LAB_HALF, "closed by the server"},
	    {LAB_ENDLESS, "a message without end"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct memory_lab *lab = pending(PHONEXML_SECURITY_ENCRYPTED, CAPF_OPERATION_INSTALL,
						 PHONEXML_CAPF_NULL_STRING, NULL);

		for (unsigned c = 0; c < LAB_CMS; c++)
			lab->tls_capf[c].manner = cases[i].manner;
		memory_lab_power_on(lab);
		memory_lab_run_for(lab, 300 * SECOND);
		must_not_register(lab);
		assert_said(lab, cases[i].why);
		assert_true(lab->capf.sessions > 0 && lab->capf.sessions < 20);
		assert_int_equal(lab->capf.stored, 0);
		memory_lab_free(lab);
	}
}

static bool config_has_failed(struct memory_lab *lab)
{
	return memory_lab_rung(lab, 0, LADDER_CONFIG) == LADDER_FAILED;
}

/* Step 7 has a limit of its own while CAPF works; the text has that limit. */
static void a_capf_that_is_slow(void **state)
{
	struct memory_lab *lab =
	    pending(PHONEXML_SECURITY_ENCRYPTED, CAPF_OPERATION_INSTALL, PHONEXML_CAPF_NULL_STRING, NULL);

	(void)state;
	lab->capf.endless = true;
	lab->capf.delay_us = 25 * SECOND;
	memory_lab_power_on(lab);
	assert_true(memory_lab_run(lab, lab->now_us + 700 * SECOND, config_has_failed));
	assert_rung(lab, LADDER_CONFIG, LADDER_FAILED, "not finished after 600 s");
	memory_lab_free(lab);
}

static void a_certificate_for_another_key(void **state)
{
	struct memory_lab *lab =
	    pending(PHONEXML_SECURITY_ENCRYPTED, CAPF_OPERATION_INSTALL, PHONEXML_CAPF_NULL_STRING, NULL);

	(void)state;
	lab->capf.ec_bits = 256;
	lab->capf.alien = true;
	memory_lab_power_on(lab);
	must_not_register(lab);
	assert_said(lab, "the certificate is not for the key of the phone");
	memory_lab_free(lab);
}

static void a_capf_that_no_list_holds(void **state)
{
	struct memory_lab *lab =
	    pending(PHONEXML_SECURITY_ENCRYPTED, CAPF_OPERATION_INSTALL, PHONEXML_CAPF_NULL_STRING, NULL);

	(void)state;
	lab->tls_capf[0].certificate = cluster_renewed();
	memory_lab_power_on(lab);
	assert_true(memory_lab_run(lab, lab->now_us + 120 * SECOND, capf_has_failed));
	must_not_register(lab);
	assert_int_equal(lab->capf.sessions, 0);
	assert_said(lab, "peer.refused [7] CAPF cm-renewed");
	memory_lab_free(lab);
}

/* The first server of the configuration is refused, so the phone tries the next one. */
static void the_next_capf(void **state)
{
	struct memory_lab *lab =
	    pending(PHONEXML_SECURITY_ENCRYPTED, CAPF_OPERATION_INSTALL, PHONEXML_CAPF_NULL_STRING, NULL);
	struct phonexml_config *config = secure_config();

	(void)state;
	config->capfs = 2;
	config->capf[1] = config->capf[0];
	snprintf(config->capf[0].node, sizeof(config->capf[0].node), "cucm-sub");
	secure_put_config(lab);
	lab->capf.ec_bits = 256;
	lab->tls_capf[1].certificate = cluster_renewed();
	memory_lab_power_on(lab);
	must_register(lab, 60);
	assert_said(lab, "peer.refused [7] CAPF cm-renewed");
	assert_int_equal(lab->tls_capf[1].connections, 1);
	assert_int_equal(lab->capf.stored, 1);
	memory_lab_free(lab);
}

/* A phone that is not secure registers first. */
static void a_phone_that_is_not_secure_enrols_later(void **state)
{
	struct memory_lab *lab =
	    pending(PHONEXML_SECURITY_NONE, CAPF_OPERATION_INSTALL, PHONEXML_CAPF_NULL_STRING, NULL);

	(void)state;
	lab->capf.ec_bits = 256;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_int_equal(lab->capf.stored, 0);
	memory_lab_run_for(lab, 10 * SECOND);
	assert_int_equal(lab->capf.stored, 1);
	assert_true(lab->phone[0].lsc_length > 0);
	assert_true(memory_lab_all_registered(lab));
	memory_lab_free(lab);
}

/* --- encrypted configurations --- */

/* The whole configuration, encrypted for that certificate, and the short file. */
static void put_encrypted(struct memory_lab *lab, const struct lab_signer *recipient,
			  enum phonexml_capf_mode capf)
{
	static char text[256 * 1024];
	struct phonexml_config *config = secure_config();
	char hash[CERTIFICATE_MD5];
	ssize_t length = phonexml_config_encode(config, text, sizeof(text));

	assert_true(length > 0);
	memory_lab_put_encrypted(lab, CONFIG_FILE, lab_signer_of_files(), recipient, text, (size_t)length);
	config->full_config = false;
	config->encrypted = true;
	config->capf_mode = capf;
	snprintf(config->certificate_hash, sizeof(config->certificate_hash), "%s",
		 certificate_md5(lab_certificate_der(recipient), hash));
	length = phonexml_config_encode_short(config, text, sizeof(text));
	assert_true(length > 0);
	memory_lab_put_signed(lab, CONFIG_FILE, text, (size_t)length);
}

static void an_encrypted_configuration(void **state)
{
	struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_ENCRYPTED);

	(void)state;
	memory_lab_install(lab, 0, cluster_rsa_lsc(), true);
	put_encrypted(lab, cluster_rsa_lsc(), PHONEXML_CAPF_NONE);
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_rung(lab, LADDER_CONFIG, LADDER_DONE, CONFIG_FILE ": 1 line");
	assert_said(lab, CONFIG_FILE ".enc.sgn by HTTP from 10.20.0.3: ok");
	assert_true(memory_lab_said(lab, "encrypted=LSC"));
	memory_lab_free(lab);
}

/* The file was encrypted for another certificate, and no operation is allowed by the server: the last configuration stays. */
static void an_encrypted_configuration_for_another(void **state)
{
	struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_ENCRYPTED);

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	put_encrypted(lab, cluster_rsa_lsc(), PHONEXML_CAPF_NONE);
	memory_lab_control(lab, 0, PHONE_CONTROL_RESET);
	memory_lab_run_for(lab, SECOND);
	must_register(lab, 10);
	assert_rung(lab, LADDER_CONFIG, LADDER_FAILED, "encrypted for another certificate");
	assert_said(lab, "message Error Verifying Config Info");
	assert_int_equal(lab->capf.sessions, 1); /* public key mismatch */
	memory_lab_free(lab);
}

/* The signature covers the ciphertext. */
static void an_encrypted_file_that_was_altered(void **state)
{
	(void)state;
	for (unsigned part = 1; part <= 3; part++) {
		struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_ENCRYPTED);
		struct lab_file *file;

		memory_lab_install(lab, 0, cluster_rsa_lsc(), true);
		put_encrypted(lab, cluster_rsa_lsc(), PHONEXML_CAPF_NONE);
		file = memory_lab_file(lab, CONFIG_FILE ".enc.sgn");
		file->bytes[part * file->length / 4] ^= 1;
		memory_lab_power_on(lab);
		memory_lab_run_for(lab, 2 * SECOND);
		assert_rung(lab, LADDER_CONFIG, LADDER_FAILED, NULL);
		assert_said(lab, "trust.bad [7] " CONFIG_FILE ".enc.sgn");
		assert_false(memory_lab_said(lab, "decrypt"));
		assert_int_equal(lab->capf.sessions, 0);
		memory_lab_free(lab);
	}
}

/* certHash and the signature fit, but the file was encrypted for another key: the phone asks CAPF, then requests its
 * configuration again. */
static void put_undecryptable(struct memory_lab *lab)
{
	memory_lab_install(lab, 0, cluster_rsa_lsc(), true);
	put_encrypted(lab, cluster_rsa_lsc(), PHONEXML_CAPF_NONE);
	memory_lab_put_encrypted(lab, CONFIG_FILE, lab_signer_of_files(), cluster_manager(), "<device/>", 9);
}

static void a_failed_decryption_without_an_operation(void **state)
{
	struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_ENCRYPTED);

	(void)state;
	put_undecryptable(lab);
	memory_lab_power_on(lab);
	assert_true(memory_lab_run(lab, lab->now_us + 10 * SECOND, config_has_failed));
	assert_rung(lab, LADDER_CONFIG, LADDER_FAILED,
		    "the key of the phone's certificate does not decrypt it");
	assert_said(lab, "trust.bad [7] " CONFIG_FILE ".enc: the key of the phone's certificate");
	assert_said(lab, "message Error Verifying Config Info");
	assert_int_equal(lab->capf.sessions, 1);
	assert_int_equal(memory_lab_said_times(lab, CONFIG_FILE ".enc.sgn by HTTP"), 2);
	memory_lab_free(lab);
}

static bool has_stored(struct memory_lab *lab)
{
	return lab->capf.stored > 0;
}

static void a_failed_decryption_then_a_new_lsc(void **state)
{
	struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_ENCRYPTED);

	(void)state;
	put_undecryptable(lab);
	lab->capf.operation = CAPF_OPERATION_INSTALL;
	lab->capf.ec_bits = 256;
	memory_lab_power_on(lab);
	assert_true(memory_lab_run(lab, lab->now_us + 10 * SECOND, has_stored));
	/* The publisher writes a new file for the new certificate: here one that is not encrypted. */
	secure_config()->full_config = true;
	secure_config()->encrypted = false;
	secure_put_config(lab);
	must_register(lab, 10);
	assert_int_equal(lab->capf.sessions, 1);
	memory_lab_free(lab);
}

static void the_encrypted_file_is_missing(void **state)
{
	struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_ENCRYPTED);

	(void)state;
	memory_lab_install(lab, 0, cluster_rsa_lsc(), true);
	put_encrypted(lab, cluster_rsa_lsc(), PHONEXML_CAPF_NONE);
	memory_lab_remove_file(lab, CONFIG_FILE ".enc.sgn");
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 2 * SECOND);
	assert_rung(lab, LADDER_CONFIG, LADDER_FAILED, "is short, and");
	memory_lab_free(lab);
}

/* The phone must not ask for the encrypted file again and again. */
static void an_encrypted_file_that_holds_a_short_one(void **state)
{
	struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_ENCRYPTED);
	char text[16384];
	ssize_t length;

	(void)state;
	memory_lab_install(lab, 0, cluster_rsa_lsc(), true);
	put_encrypted(lab, cluster_rsa_lsc(), PHONEXML_CAPF_NONE);
	length = phonexml_config_encode_short(secure_config(), text, sizeof(text));
	assert_true(length > 0);
	memory_lab_put_encrypted(lab, CONFIG_FILE, lab_signer_of_files(), cluster_rsa_lsc(), text,
				 (size_t)length);
	memory_lab_power_on(lab);
	assert_true(memory_lab_run(lab, lab->now_us + 10 * SECOND, config_has_failed));
	assert_rung(lab, LADDER_CONFIG, LADDER_FAILED, "holds a short configuration");
	assert_said(lab, "message Error Verifying Config Info");
	assert_int_equal(memory_lab_said_times(lab, CONFIG_FILE ".enc.sgn by HTTP"), 1);
	memory_lab_free(lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_install_with_a_null_string),
	    cmocka_unit_test(a_string_that_a_person_enters),
	    cmocka_unit_test(an_existing_certificate_proves),
	    cmocka_unit_test(capf_refuses),
	    cmocka_unit_test(a_fetch),
	    cmocka_unit_test(a_deletion),
	    cmocka_unit_test(capf_does_not_answer),
	    cmocka_unit_test(capf_does_not_answer_a_phone_with_an_lsc),
	    cmocka_unit_test(a_third_attempt_that_succeeds),
	    cmocka_unit_test(a_capf_that_never_ends),
	    cmocka_unit_test(a_hostile_capf),
	    cmocka_unit_test(a_capf_that_is_slow),
	    cmocka_unit_test(a_certificate_for_another_key),
	    cmocka_unit_test(a_capf_that_no_list_holds),
	    cmocka_unit_test(the_next_capf),
	    cmocka_unit_test(a_phone_that_is_not_secure_enrols_later),
	    cmocka_unit_test(an_encrypted_configuration),
	    cmocka_unit_test(an_encrypted_configuration_for_another),
	    cmocka_unit_test(an_encrypted_file_that_was_altered),
	    cmocka_unit_test(a_failed_decryption_without_an_operation),
	    cmocka_unit_test(a_failed_decryption_then_a_new_lsc),
	    cmocka_unit_test(the_encrypted_file_is_missing),
	    cmocka_unit_test(an_encrypted_file_that_holds_a_short_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
