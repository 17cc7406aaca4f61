/* Files over the list of servers: HTTP before TFTP, the next server when one is dead, the messages about
 * it. */
#include "tests/support/phone_test.h"

static void http_first(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	/* TFTP is asked only for what HTTP does not have: CTL and the ITL of the device. */
	assert_int_equal(lab->server[0].tftp_requests, 2);
	assert_true(lab->server[0].http_requests > 8);
	assert_rung(lab, LADDER_CTL, LADDER_DONE, "404 Not Found");
	assert_said(lab, "ERR GHTTP-http get [HTTP/1.1 404 Not Found^M Conten]");
	assert_said(
	    lab,
	    "[src=SEP0A0000000001.cnf.xml.sgn][dest=/tmp/SEP0A0000000001.cnf.xml.sgn][serv=][serv6=][sec=2]");
	assert_said(lab, "GHTTP-hdr->HTTP/1.1 200 OK");
	assert_said(lab, "downd-XXTP complete - status = 100");
	memory_lab_free(lab);
}

static void http_refused_then_tftp(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->server[0].http = LAB_REFUSES;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_true(lab->server[0].tftp_requests > 8);
	assert_said(lab, "TFTPD-Requesting SEP0A0000000001.cnf.xml.sgn from 10.20.0.3");
	memory_lab_free(lab);
}

/* The list of servers was silent for one file: it is not tried again in this boot. */
static void a_silent_list_is_tried_once(void **state)
{
	static const enum phone_control controls[] = {PHONE_CONTROL_RESET, PHONE_CONTROL_RESTART};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct memory_lab *lab = one_phone();
		uint64_t since;

		memory_lab_power_on(lab);
		must_register(lab, 5);
		memory_lab_run_for(lab, SECOND);
		lab->server[0].http = lab->server[0].tftp = LAB_SILENT;
		lab->server[0].http_requests = lab->server[0].tftp_requests = 0;
		memory_lab_control(lab, 0, controls[i]);
		memory_lab_run_for(lab, SECOND / 10);
		since = lab->now_us;
		must_register(lab, 10);
		assert_true(lab->now_us - since < 9 * SECOND); /* one timeout of HTTP and one of TFTP */
		assert_int_equal(lab->server[0].http_requests, 1);
		assert_int_equal(lab->server[0].tftp_requests, 1);
		assert_rung(lab, LADDER_CTL, LADDER_FAILED, "timeout");
		assert_rung(lab, LADDER_ITL, LADDER_FAILED,
			    "ITLSEP0A0000000001.tlv not requested: no file server has answered");
		assert_rung(lab, LADDER_CONFIG, LADDER_FAILED,
			    "no file server has answered: going on with the stored configuration "
			    "SEP0A0000000001.cnf.xml");
		assert_said(lab, "message TFTP Timeout : CTLSEP0A0000000001.tlv");
		assert_said(lab, "message TFTP Timeout : SEP0A0000000001.cnf.xml.sgn");
		memory_lab_free(lab);
	}
}

/* A redirect is a failed transport: TFTP is asked. The event names the target. */
static void a_redirect_is_not_followed(void **state)
{
	static const struct lab_answer answer = {PHONE_FETCH_PROTOCOL_ERROR,
						 302,
						 "302 Found",
						 {.location = "http://10.20.0.9/x", .tftp_error = -1}};
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->server[0].http_answer = &answer;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_true(lab->server[0].tftp_requests > 8);
	assert_said(lab, "file.failed");
	assert_said(lab, "302 Found: redirect to http://10.20.0.9/x, which phones do not follow");
	assert_said(lab, "ERR GHTTP-http get [HTTP/1.1 302 Found^M Content-ty]");
	memory_lab_free(lab);
}

/* One event per server and name, however many answers have it. */
static void odd_headers_are_reported_once(void **state)
{
	static const struct lab_answer answer = {
	    PHONE_FETCH_REFUSED,
	    503,
	    "503 Busy",
	    {.tftp_error = -1,
	     .odds = 2,
	     .odd = {{"X-Bell", "control character in its value"}, {"", "no name"}}}};
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->server[0].http_answer = &answer;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_int_equal(memory_lab_said_times(lab, "http.odd"), 2);
	assert_said(lab, "header X-Bell from 10.20.0.3: control character in its value, skipped");
	assert_said(lab, "header without a name from 10.20.0.3: no name, skipped");
	memory_lab_free(lab);
}

/* The phone asks one address of a server, another address answers: both are named. */
static void another_address_answers(void **state)
{
	static const struct lab_answer answer = {
	    PHONE_FETCH_TIMEOUT,
	    0,
	    "no answer",
	    {.tftp_error = -1, .other_address = 0x0a140004, .dropped = "it is of an earlier transfer"}};
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->server[0].http = LAB_REFUSES;
	lab->server[0].tftp_answer = &answer;
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 5 * SECOND);
	assert_rung(lab, LADDER_CTL, LADDER_FAILED, "; TFTP: asked 10.20.0.3, answered by 10.20.0.4");
	assert_said(lab, "tftp.other_address");
	/* The server is put right. */
	lab->server[0].tftp_answer = NULL;
	must_register(lab, 60);
	assert_said(lab, "a datagram of 10.20.0.3 was dropped: it is of an earlier transfer");
	memory_lab_free(lab);
}

static void two_servers(struct memory_lab *lab, enum lab_health first)
{
	lab->dhcp.option150_count = 2;
	lab->dhcp.option150[1] = lab->server[1].address;
	lab->server[0].http = lab->server[0].tftp = first;
	memory_lab_power_on(lab);
}

static void the_first_server_is_dead(void **state)
{
	static const enum lab_health kinds[] = {LAB_SILENT, LAB_UNREACHABLE, LAB_REFUSES};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct memory_lab *lab = one_phone();

		two_servers(lab, kinds[i]);
		must_register(lab, 20);
		assert_true(lab->server[1].http_requests > 8);
		/* The timeout is paid once for each transport, not for each file. */
		if (kinds[i] != LAB_REFUSES) {
			assert_int_equal(lab->server[0].http_requests, 1);
			assert_int_equal(lab->server[0].tftp_requests, 1);
		}
		memory_lab_free(lab);
	}
}

/* Not found is an answer: the other server is not asked. */
static void not_found_is_settled(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	two_servers(lab, LAB_UP);
	must_register(lab, 5);
	assert_int_equal(lab->server[1].http_requests, 0);
	assert_int_equal(lab->server[1].tftp_requests, 0);
	memory_lab_free(lab);
}

static void all_dead_then_alive(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->server[0].http = lab->server[0].tftp = LAB_SILENT;
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 15 * SECOND);
	assert_rung(lab, LADDER_CTL, LADDER_FAILED, "timeout");
	assert_said(lab, "message TFTP Timeout : CTLSEP0A0000000001.tlv");
	lab->server[0].http = lab->server[0].tftp = LAB_UP;
	must_register(lab, 30);
	memory_lab_free(lab);
}

/* A wrong option 150 heals when the DHCP server is put right: the phone asks for its address again. */
static void a_wrong_option_150_heals(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->dhcp.option150[0] = 0x0a1400fe;
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 15 * SECOND);
	assert_rung(lab, LADDER_CTL, LADDER_FAILED, "10.20.0.254");
	lab->dhcp.option150[0] = lab->server[0].address;
	must_register(lab, 60);
	memory_lab_free(lab);
}

static void a_file_over_the_limit(void **state)
{
	struct memory_lab *lab = one_phone();
	size_t size = PHONEXML_SIZE_MAX + 1;
	uint8_t *large = calloc(1, size);

	(void)state;
	memory_lab_put_file(lab, "SEP0A0000000001.cnf.xml.sgn", large, size);
	free(large);
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 3 * SECOND);
	assert_rung(lab, LADDER_CONFIG, LADDER_FAILED, "too large");
	assert_said(lab, "message CFG TFTP Size Error");
	memory_lab_free(lab);
}

/* The driver owes an answer to every fetch; one that never comes is a timeout, and the fetch is cancelled. */
static void an_answer_is_missing(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->hold = PHONE_STATE_CTL;
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 20 * SECOND);
	assert_true(lab->phone[0].cancels >= 2);
	assert_rung(lab, LADDER_CTL, LADDER_FAILED, "timeout");
	lab->hold = PHONE_STATE_NONE;
	must_register(lab, 60);
	memory_lab_free(lab);
}

static void small_files_missing_or_malformed(void **state)
{
	static const struct {
		const char *file;
		int step;
		enum ladder_state missing;
	} cases[] = {
	    {"AppDialRules.xml", LADDER_DIAL_RULES, LADDER_DONE},
	    {"DR1.xml", LADDER_DIAL_RULES, LADDER_FAILED},
	    {"German_Germany/sp-sip.jar", LADDER_LOCALE, LADDER_FAILED},
	    {"Germany/g3-tones.xml", LADDER_LOCALE, LADDER_FAILED},
	    {"SK1.xml", LADDER_SOFTKEYS, LADDER_FAILED},
	    {"Ringlist-wb.xml", LADDER_RINGTONES, LADDER_SKIPPED},
	    {"bells.rwb", LADDER_RINGTONES, LADDER_FAILED},
	};
	char sgn[80];

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct memory_lab *lab = one_phone();

		snprintf(sgn, sizeof(sgn), "%s.sgn", cases[i].file);
		memory_lab_remove_file(lab, sgn);
		memory_lab_remove_file(lab, cases[i].file);
		memory_lab_power_on(lab);
		must_register(lab, 10);
		assert_rung(lab, cases[i].step, cases[i].missing, NULL);
		if (strstr(cases[i].file, ".xml") && !strstr(cases[i].file, "tones")) {
			memory_lab_put_signed(lab, cases[i].file, "<no", 3);
			memory_lab_control(lab, 0, PHONE_CONTROL_RESTART);
			memory_lab_run_for(lab, SECOND);
			must_register(lab, 10);
			assert_rung(lab, cases[i].step, LADDER_FAILED, "line 1");
		}
		memory_lab_free(lab);
	}
}

/* The step's two files, each asked for in its signed form; one that is missing says nothing of the others. */
static void dial_rules_are_two_files(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 10);
	assert_rung(lab, LADDER_DIAL_RULES, LADDER_DONE, "DR1.xml: 1 rule, 1 application dial rule");
	assert_said(lab, "AppDialRules.xml.sgn by HTTP");
	memory_lab_remove_file(lab, "AppDialRules.xml.sgn");
	memory_lab_remove_file(lab, "AppDialRules.xml");
	memory_lab_forget(lab);
	memory_lab_control(lab, 0, PHONE_CONTROL_RESTART);
	memory_lab_run_for(lab, SECOND);
	must_register(lab, 10);
	assert_rung(lab, LADDER_DIAL_RULES, LADDER_DONE, "DR1.xml: 1 rule, 0 application dial rules");
	assert_said(lab, "message File Not Found : AppDialRules.xml");
	assert_said(lab, "DR1.xml.sgn by HTTP");
	memory_lab_free(lab);
}

/* What the configuration says of the web page; until one is read it is there. */
static void web_access_is_configured(void **state)
{
	static const enum phonexml_web_access said[] = {PHONEXML_WEB_ENABLED, PHONEXML_WEB_DISABLED,
							PHONEXML_WEB_READ_ONLY};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct memory_lab *lab = one_phone();
		struct phonexml_config *config = malloc(sizeof(*config));

		assert_non_null(config);
		memory_lab_config_of(lab, 0, config);
		config->web_access = said[i];
		memory_lab_put_config(lab, 0, config);
		free(config);
		assert_true(memory_lab_view(lab, 0).web_access);
		memory_lab_power_on(lab);
		must_register(lab, 5);
		assert_int_equal(memory_lab_view(lab, 0).web_access, said[i] != PHONEXML_WEB_DISABLED);
		memory_lab_free(lab);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(http_first),
	    cmocka_unit_test(http_refused_then_tftp),
	    cmocka_unit_test(a_redirect_is_not_followed),
	    cmocka_unit_test(odd_headers_are_reported_once),
	    cmocka_unit_test(another_address_answers),
	    cmocka_unit_test(the_first_server_is_dead),
	    cmocka_unit_test(not_found_is_settled),
	    cmocka_unit_test(a_silent_list_is_tried_once),
	    cmocka_unit_test(all_dead_then_alive),
	    cmocka_unit_test(a_wrong_option_150_heals),
	    cmocka_unit_test(a_file_over_the_limit),
	    cmocka_unit_test(an_answer_is_missing),
	    cmocka_unit_test(dial_rules_are_two_files),
	    cmocka_unit_test(small_files_missing_or_malformed),
	    cmocka_unit_test(web_access_is_configured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
