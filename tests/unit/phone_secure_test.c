/* A phone of a secure cluster: the documented order of trust, TVS, HTTPS, and SIP over TLS. Certificates are real, made by OpenSSL. */
#include "tests/support/phone_test.h"

#include "phone-sim/core/ciphers.h"
#include "tests/support/secure_lab.h"

#define CONFIG_FILE "SEP0A0000000001.cnf.xml"

/* --- SIP over TLS --- */

static void an_encrypted_phone_registers(void **state)
{
	struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_ENCRYPTED);

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	for (int n = 1; n <= LADDER_STEPS; n++)
		assert_true(memory_lab_rung(lab, 0, n) == LADDER_DONE ||
			    memory_lab_rung(lab, 0, n) == LADDER_SKIPPED);
	assert_rung(lab, LADDER_CTL, LADDER_DONE, "mixed mode");
	assert_rung(lab, LADDER_CM_CONNECT, LADDER_DONE, ":5061 by TLS, encrypted");
	assert_said(lab, "message CTL Installed");
	assert_said(lab, "message CTL and ITL installed");
	assert_non_null(strstr(lab->cm[0].last, "Via: SIP/2.0/TLS "));
	assert_non_null(strstr(lab->cm[0].last, ";transport=tls>"));
	assert_true(lab->phone[0].conn[0].client);
	memory_lab_run_for(lab, 5 * SECOND);
	assert_int_equal(lab->tls_cm[1].connections, 1); /* the standby is reached by TLS too */
	assert_true(lab->cm[1].keepalives > 0);
	assert_int_equal(lab->tvs_questions, 0);
	assert_int_equal(memory_lab_view(lab, 0).signalling, PHONE_TLS_ENCRYPTED);
	memory_lab_free(lab);
}

static void an_authenticated_phone_offers_null_sha(void **state)
{
	struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_AUTHENTICATED);

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_string_equal(lab->phone[0].conn[0].ciphers, "NULL-SHA:@SECLEVEL=0");
	assert_rung(lab, LADDER_CM_CONNECT, LADDER_DONE, "by TLS, authenticated");
	memory_lab_free(lab);
}

static void ciphers_that_the_configuration_leaves(void **state)
{
	char text[CIPHERS_MAX];

	(void)state;
	assert_string_equal(
	    ciphers_signalling(PHONE_TLS_ENCRYPTED, "", text),
	    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-"
	    "SHA256:ECDHE-RSA-AES128-GCM-SHA256:AES256-SHA:AES128-SHA:DES-CBC3-SHA");
	assert_string_equal(
	    ciphers_signalling(PHONE_TLS_ENCRYPTED, "1,2,3", text),
	    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-"
	    "SHA256:ECDHE-RSA-AES128-GCM-SHA256");
	assert_string_equal(ciphers_signalling(PHONE_TLS_ENCRYPTED, "7, 6,5,4,x,,1,2", text), "AES256-SHA");
	assert_string_equal(ciphers_signalling(PHONE_TLS_ENCRYPTED, "1,2,3,4,5,6,7", text), "");
	assert_string_equal(ciphers_signalling(PHONE_TLS_AUTHENTICATED, "1,2,3,4,5,6,7", text),
			    "NULL-SHA:@SECLEVEL=0");
}

static void no_cipher_is_left(void **state)
{
	struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_ENCRYPTED);

	(void)state;
	snprintf(secure_config()->disabled_ciphers, sizeof(secure_config()->disabled_ciphers),
		 "1,2,3,4,5,6,7");
	secure_put_config(lab);
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 3 * SECOND);
	assert_rung(lab, LADDER_CM_CONNECT, LADDER_FAILED, "the configuration disables all ciphers");
	memory_lab_free(lab);
}

static void no_certificate_then_no_registration(void **state)
{
	struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_ENCRYPTED);

	(void)state;
	free(lab->phone[0].mic);
	lab->phone[0].mic = NULL;
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 3 * SECOND);
	assert_rung(lab, LADDER_CM_CONNECT, LADDER_FAILED, "neither LSC nor MIC");
	assert_int_equal(lab->tls_cm[0].connections, 0);
	memory_lab_free(lab);
}

/* A failure of TLS is like a failure of TCP: the phone goes on to the next call manager. */
static void a_handshake_that_fails(void **state)
{
	struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_ENCRYPTED);

	(void)state;
	lab->tls_cm[0].alert = "alert handshake failure";
	memory_lab_power_on(lab);
	must_register(lab, 20);
	assert_string_equal(lab->phone[0].node, lab->cm[1].name);
	assert_said(lab, "TLS: alert handshake failure");
	memory_lab_free(lab);
}

/* --- certificates of call managers --- */

static void tvs_knows_a_new_certificate(void **state)
{
	struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_ENCRYPTED);

	(void)state;
	lab->tls_cm[0].certificate = lab->tls_cm[1].certificate = cluster_renewed();
	memory_lab_tvs_knows(lab, cluster_renewed(), TRUSTLIST_CCM);
	memory_lab_power_on(lab);
	must_register(lab, 5);
	memory_lab_run_for(lab, 5 * SECOND);
	assert_int_equal(lab->tls_cm[1].connections, 1);
	assert_int_equal(lab->tvs_questions, 1); /* the standby's certificate is known by then */
	assert_said(lab, "TVS added cert to TVS cache - expires in 24 hours");
	assert_said(lab, "peer.trusted [10] call manager cm-renewed: tvs");
	memory_lab_free(lab);
}

static void certificates_that_are_refused(void **state)
{
	static const struct {
		const char *why, *event;
		bool tvs, other_role;
		int64_t begins, ends;
	} cases[] = {
	    {"TVS does not know the certificate", "peer.refused [10] call manager cm-x", false, false,
	     1700000000, 1900000000},
	    {"TVS knows it, but not in that role", "peer.refused [10] call manager cm-x", true, false,
	     1700000000, 1900000000},
	    {"certificate cm-x: expired", "peer.refused [10] call manager cm-x", false, false, 1600000000,
	     1700000000},
	    {"certificate cm-x: not valid yet", "peer.refused [10] call manager cm-x", false, false,
	     1800000000, 1900000000},
	    {"certificate cm-x has the role CAPF in the ctl", "peer.refused [10] call manager cm-x", false,
	     true, 1700000000, 1900000000},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_ENCRYPTED);
		struct lab_signer *other =
		    lab_certificate_new("cm-x", true, cases[i].begins, cases[i].ends, NULL);

		lab->tls_cm[0].certificate = lab->tls_cm[1].certificate = other;
		if (cases[i].tvs)
			memory_lab_tvs_knows(lab, other, TRUSTLIST_SAST);
		if (cases[i].other_role)
			secure_put_lists(lab, other, TRUSTLIST_CAPF, false);
		memory_lab_power_on(lab);
		memory_lab_run_for(lab, 3 * SECOND);
		assert_rung(lab, LADDER_CM_CONNECT, LADDER_FAILED, cases[i].why);
		assert_said(lab, cases[i].event);
		memory_lab_free(lab);
		lab_signer_free(other);
	}
}

/* No service vouches for itself. */
static void a_tvs_that_the_list_does_not_hold(void **state)
{
	struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_ENCRYPTED);

	(void)state;
	lab->tls_cm[0].certificate = lab->tls_cm[1].certificate = lab->tls_tvs.certificate =
	    cluster_renewed();
	memory_lab_tvs_knows(lab, cluster_renewed(), TRUSTLIST_CCM);
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 3 * SECOND);
	assert_rung(lab, LADDER_CM_CONNECT, LADDER_FAILED, "is not that of a TVS in a trust list");
	assert_int_equal(lab->tvs_questions, 0);
	memory_lab_free(lab);
}

/* --- lists and files --- */

/* The list signer was replaced: the old list does not hold it, TVS does. */
static void tvs_knows_the_new_signer_of_the_list(void **state)
{
	struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_NONE);
	const struct lab_record records[] = {{cluster_renewed_signer(), TRUSTLIST_SAST},
					     {lab_signer_of_files(), TRUSTLIST_TFTP}};

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	memory_lab_put_records(lab, "ITLFile.tlv", cluster_renewed_signer(), records, 2, false);
	memory_lab_tvs_knows(lab, cluster_renewed_signer(), TRUSTLIST_SAST);
	memory_lab_control(lab, 0, PHONE_CONTROL_RESET);
	memory_lab_run_for(lab, SECOND);
	must_register(lab, 5);
	assert_rung(lab, LADDER_ITL, LADDER_DONE, "verified and updated");
	assert_int_equal(lab->tvs_questions, 1);
	memory_lab_free(lab);
}

static void tvs_does_not_answer(void **state)
{
	struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_NONE);
	const struct lab_record records[] = {{cluster_renewed_signer(), TRUSTLIST_SAST}};
	size_t before;

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	before = lab->phone[0].itl_length;
	memory_lab_put_records(lab, "ITLFile.tlv", cluster_renewed_signer(), records, 1, false);
	lab->tls_tvs.health = LAB_SILENT;
	memory_lab_control(lab, 0, PHONE_CONTROL_RESET);
	memory_lab_run_for(lab, SECOND);
	must_register(lab, 40);
	assert_rung(lab, LADDER_ITL, LADDER_FAILED,
		    "signed by a key that the installed list does not hold: TVS ");
	assert_int_equal(lab->phone[0].itl_length, before);
	assert_true(memory_lab_said_times(lab, "tvs.failed [6]") >= 1);
	memory_lab_free(lab);
}

/* The installed CTL has the call manager with the role CCM+TFTP: it may sign the ITL, and no CTL. */
/* A TVS that is none: the phone keeps its list, and registers. */
static void a_hostile_tvs(void **state)
{
	static const struct {
		enum lab_manner manner;
		const char *why;
	} cases[] = {
	    {LAB_MUTE, "no answer"},
	    {LAB_GARBAGE, "does not begin with 57"},
	    {LAB_HALF, "closed without an answer"},
	    {LAB_ENDLESS, "a reply without end"},
	};
	const struct lab_record records[] = {{cluster_renewed_signer(), TRUSTLIST_SAST}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_NONE);

		memory_lab_power_on(lab);
		must_register(lab, 5);
		memory_lab_put_records(lab, "ITLFile.tlv", cluster_renewed_signer(), records, 1, false);
		lab->tls_tvs.manner = cases[i].manner;
		memory_lab_control(lab, 0, PHONE_CONTROL_RESET);
		memory_lab_run_for(lab, SECOND);
		must_register(lab, 40);
		assert_rung(lab, LADDER_ITL, LADDER_FAILED, cases[i].why);
		memory_lab_free(lab);
	}
}

/* Nothing of the name of a certificate acts on a terminal or begins a line. */
static void a_name_with_control_characters(void **state)
{
	struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_ENCRYPTED);
	struct lab_signer *odd =
	    lab_certificate_new("cm\x1b[31m\n\x01\x7f", true, 1700000000, 1900000000, NULL);

	(void)state;
	lab->tls_cm[0].certificate = lab->tls_cm[1].certificate = odd;
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 3 * SECOND);
	assert_said(lab, "peer.refused [10] call manager cm?[31m???");
	assert_rung(lab, LADDER_CM_CONNECT, LADDER_FAILED, "certificate");
	for (const char *c = lab->stream; c < lab->stream + lab->stream_length; c++)
		assert_true((unsigned char)*c >= 0x20 || *c == '\n');
	memory_lab_free(lab);
	lab_signer_free(odd);
}

static void a_call_manager_signs_the_itl(void **state)
{
	struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_ENCRYPTED);
	const struct lab_record records[] = {{cluster_manager(), TRUSTLIST_SAST},
					     {cluster_manager(), TRUSTLIST_CCM_TFTP},
					     {lab_signer_of_files(), TRUSTLIST_TFTP}};
	size_t ctl;

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	ctl = lab->phone[0].ctl_length;
	memory_lab_put_records(lab, "ITLFile.tlv", cluster_manager(), records, 3, false);
	memory_lab_put_records(lab, "CTLSEP0A0000000001.tlv", cluster_manager(), records, 2, false);
	memory_lab_control(lab, 0, PHONE_CONTROL_RESET);
	memory_lab_run_for(lab, SECOND);
	must_register(lab, 5);
	assert_rung(lab, LADDER_CTL, LADDER_FAILED, "signed by a key that the installed list does not hold");
	assert_int_equal(lab->phone[0].ctl_length, ctl);
	assert_int_equal(lab->tvs_questions, 1); /* about the CTL */
	assert_rung(lab, LADDER_ITL, LADDER_DONE, "verified and updated");
	memory_lab_free(lab);
}

/* --- "Prepare Cluster for Rollback to pre 8.0": the ITL has no records of TVS and TFTP --- */

static void a_rollback_then_another_cluster(void **state)
{
	struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_NONE);
	const struct lab_record other[] = {{cluster_renewed_signer(), TRUSTLIST_SAST},
					   {cluster_renewed_signer(), TRUSTLIST_TFTP}};

	(void)state;
	memory_lab_remove_file(lab, "CTLSEP0A0000000001.tlv");
	memory_lab_power_on(lab);
	must_register(lab, 5);
	secure_put_rollback(lab);
	memory_lab_control(lab, 0, PHONE_CONTROL_RESET);
	memory_lab_run_for(lab, SECOND);
	must_register(lab, 5);
	assert_rung(lab, LADDER_ITL, LADDER_DONE, "verified and updated");
	assert_true(memory_lab_said(lab, CONFIG_FILE " by HTTP")); /* files need no signature */
	memory_lab_put_records(lab, "ITLFile.tlv", cluster_renewed_signer(), other, 2, false);
	memory_lab_control(lab, 0, PHONE_CONTROL_RESET);
	memory_lab_run_for(lab, SECOND);
	assert_rung(lab, LADDER_ITL, LADDER_DONE, "verified and updated");
	assert_int_equal(lab->tvs_questions, 0);
	memory_lab_free(lab);
}

/* In mixed mode the CTL stays: it binds the phone, and no list names a TVS that could help. */
static void a_rollback_in_mixed_mode(void **state)
{
	struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_NONE);
	const struct lab_record other[] = {{cluster_renewed_signer(), TRUSTLIST_SAST},
					   {cluster_renewed_signer(), TRUSTLIST_CCM_TFTP}};
	size_t ctl, itl;

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	secure_put_rollback(lab);
	memory_lab_control(lab, 0, PHONE_CONTROL_RESET);
	memory_lab_run_for(lab, SECOND);
	must_register(lab, 5);
	assert_rung(lab, LADDER_ITL, LADDER_DONE, "verified and updated");
	ctl = lab->phone[0].ctl_length;
	itl = lab->phone[0].itl_length;
	memory_lab_tvs_knows(lab, cluster_renewed_signer(), TRUSTLIST_SAST);
	memory_lab_put_records(lab, "CTLSEP0A0000000001.tlv", cluster_renewed_signer(), other, 2, false);
	memory_lab_put_records(lab, "ITLFile.tlv", cluster_renewed_signer(), other, 2, false);
	memory_lab_control(lab, 0, PHONE_CONTROL_RESET);
	memory_lab_run_for(lab, SECOND);
	must_register(lab, 5);
	assert_rung(lab, LADDER_CTL, LADDER_FAILED, "is not that of a TVS in a trust list");
	assert_rung(lab, LADDER_ITL, LADDER_FAILED, "is not that of a TVS in a trust list");
	assert_said(lab, "message CTL update failed");
	assert_int_equal(lab->phone[0].ctl_length, ctl);
	assert_int_equal(lab->phone[0].itl_length, itl);
	memory_lab_free(lab);
}

static bool asks_tvs(struct memory_lab *lab)
{
	return memory_lab_said(lab, "Attempting connect to TVS server");
}

/* The phone is freed while it waits for TVS. */
static void the_end_of_a_phone_that_asks_tvs(void **state)
{
	struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_NONE);
	const struct lab_record records[] = {{cluster_renewed_signer(), TRUSTLIST_SAST}};

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	memory_lab_put_records(lab, "ITLFile.tlv", cluster_renewed_signer(), records, 1, false);
	lab->tls_tvs.health = LAB_SILENT;
	memory_lab_control(lab, 0, PHONE_CONTROL_RESET);
	assert_true(memory_lab_run(lab, lab->now_us + 10 * SECOND, asks_tvs));
	memory_lab_free(lab);
}

/* A file of a signer that no list holds: the role that TVS answers decides. */
static void tvs_knows_the_signer_of_a_file(void **state)
{
	static const struct {
		enum trustlist_role role;
		enum ladder_state rung;
	} cases[] = {{TRUSTLIST_CCM_TFTP, LADDER_DONE},
		     {TRUSTLIST_TFTP, LADDER_DONE},
		     {TRUSTLIST_SAST, LADDER_FAILED}};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_NONE);
		struct lab_file *plain = memory_lab_file(lab, CONFIG_FILE);
		uint8_t out[32768];
		size_t length;

		memory_lab_power_on(lab);
		must_register(lab, 5);
		length = lab_sign_file(cluster_renewed_signer(), CONFIG_FILE, plain->bytes, plain->length,
				       out, sizeof(out));
		memory_lab_put_file(lab, CONFIG_FILE ".sgn", out, length);
		memory_lab_tvs_knows(lab, cluster_renewed_signer(), cases[i].role);
		memory_lab_control(lab, 0, PHONE_CONTROL_RESET);
		memory_lab_run_for(lab, 2 * SECOND);
		assert_rung(lab, LADDER_CONFIG, cases[i].rung, NULL);
		if (cases[i].rung == LADDER_FAILED)
			assert_rung(lab, LADDER_CONFIG, LADDER_FAILED, "not in that role");
		memory_lab_free(lab);
	}
}

/* Lists that are no longer served stay in force: plain files are refused, the last configuration is kept. */
static void lists_that_are_no_longer_served(void **state)
{
	struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_ENCRYPTED);

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	memory_lab_remove_file(lab, "CTLSEP0A0000000001.tlv");
	memory_lab_remove_file(lab, "ITLFile.tlv");
	memory_lab_remove_file(lab, CONFIG_FILE ".sgn");
	memory_lab_remove_file(lab, "XMLDefault.cnf.xml.sgn");
	memory_lab_control(lab, 0, PHONE_CONTROL_RESET);
	memory_lab_run_for(lab, SECOND);
	must_register(lab, 10);
	assert_rung(lab, LADDER_CTL, LADDER_DONE, "the installed list stays");
	assert_rung(lab, LADDER_ITL, LADDER_DONE, "the installed list stays");
	assert_rung(lab, LADDER_CONFIG, LADDER_FAILED, "going on with the stored configuration");
	assert_false(memory_lab_said(lab, CONFIG_FILE " by "));
	assert_rung(lab, LADDER_CM_CONNECT, LADDER_DONE, "by TLS");
	memory_lab_free(lab);
}

static void erase_forgets_lists_and_answers(void **state)
{
	struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_ENCRYPTED);

	(void)state;
	lab->tls_cm[0].certificate = lab->tls_cm[1].certificate = cluster_renewed();
	memory_lab_tvs_knows(lab, cluster_renewed(), TRUSTLIST_CCM);
	memory_lab_power_on(lab);
	must_register(lab, 5);
	memory_lab_control(lab, 0, PHONE_CONTROL_ERASE);
	assert_said(lab, "message Erasing CTL and ITL files");
	assert_int_equal(lab->phone[0].itl_length + lab->phone[0].ctl_length + lab->phone[0].stored_length,
			 0);
	memory_lab_run_for(lab, SECOND);
	must_register(lab, 10);
	assert_int_equal(lab->tvs_questions, 2);
	memory_lab_free(lab);
}

/* --- HTTPS --- */

static void the_configuration_by_https(void **state)
{
	struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_ENCRYPTED);

	(void)state;
	secure_put_lists(lab, cluster_https(), TRUSTLIST_TFTP, true);
	lab->tls_https.certificate = cluster_https();
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_rung(lab, LADDER_CONFIG, LADDER_DONE, CONFIG_FILE);
	assert_said(lab, CONFIG_FILE ".sgn by HTTPS from 10.20.0.3: ok");
	assert_int_equal(lab->tls_https.connections, 1); /* no other file */
	memory_lab_free(lab);
}

static void https_that_fails(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_ENCRYPTED);

		/* A list of version 1.0; nobody listens; a server that nobody knows. */
		secure_put_lists(lab, cluster_https(), TRUSTLIST_TFTP, i > 0);
		lab->tls_https.certificate = i == 2 ? cluster_renewed() : NULL;
		memory_lab_power_on(lab);
		must_register(lab, 5);
		assert_int_equal(memory_lab_said(lab, "by HTTPS"), i > 0);
		assert_said(lab, CONFIG_FILE ".sgn by HTTP from 10.20.0.3: ok");
		memory_lab_free(lab);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_encrypted_phone_registers),
	    cmocka_unit_test(an_authenticated_phone_offers_null_sha),
	    cmocka_unit_test(ciphers_that_the_configuration_leaves),
	    cmocka_unit_test(no_cipher_is_left),
	    cmocka_unit_test(no_certificate_then_no_registration),
	    cmocka_unit_test(a_handshake_that_fails),
	    cmocka_unit_test(tvs_knows_a_new_certificate),
	    cmocka_unit_test(certificates_that_are_refused),
	    cmocka_unit_test(a_tvs_that_the_list_does_not_hold),
	    cmocka_unit_test(tvs_knows_the_new_signer_of_the_list),
	    cmocka_unit_test(tvs_does_not_answer),
	    cmocka_unit_test(a_hostile_tvs),
	    cmocka_unit_test(a_name_with_control_characters),
	    cmocka_unit_test(the_end_of_a_phone_that_asks_tvs),
	    cmocka_unit_test(a_call_manager_signs_the_itl),
	    cmocka_unit_test(a_rollback_then_another_cluster),
	    cmocka_unit_test(a_rollback_in_mixed_mode),
	    cmocka_unit_test(tvs_knows_the_signer_of_a_file),
	    cmocka_unit_test(lists_that_are_no_longer_served),
	    cmocka_unit_test(erase_forgets_lists_and_answers),
	    cmocka_unit_test(the_configuration_by_https),
	    cmocka_unit_test(https_that_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
