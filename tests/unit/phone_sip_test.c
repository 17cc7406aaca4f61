/* How a phone reads what call managers of other makers send, and what it answers to requests that it cannot serve. */
#include "tests/support/phone_test.h"

/* A phone with this configuration, registering with a call manager that does not answer: the test does. */
static struct memory_lab *registering_phone(bool udp, const struct phonexml_config *config)
{
	struct lab_config lab_config = {.phones = 1, .seed = 17};
	struct memory_lab *lab = memory_lab_new(&lab_config);
	struct phonexml_config *own = calloc(1, sizeof(*own));

	memory_lab_config_of(lab, 0, own);
	own->transport = udp ? PHONEXML_UDP : PHONEXML_TCP;
	memory_lab_put_config(lab, 0, config ? config : own);
	free(own);
	lab->cm[0].swallows = true;
	memory_lab_power_on(lab);
	for (unsigned i = 0; i < 100 && !strstr(lab->cm[0].last, "REGISTER sip:"); i++)
		memory_lab_run_for(lab, SECOND / 20);
	assert_non_null(strstr(lab->cm[0].last, "REGISTER sip:"));
	memory_lab_forget(lab);
	return lab;
}

/* The value of a header of the phone's last message. */
static const char *sent(const struct memory_lab *lab, const char *header)
{
	static char value[8][1024];
	static unsigned n;
	char *out = value[n++ % 8];
	const char *at = strstr(lab->cm[0].last, header);

	assert_non_null(at);
	at += strlen(header);
	snprintf(out, sizeof(value[0]), "%.*s", (int)strcspn(at, "\r\n"), at);
	return out;
}

/* Answer the pending REGISTER. NULL: as it stands there. */
static void respond(struct memory_lab *lab, const char *status, const char *via, const char *cseq,
		    const char *headers)
{
	char text[4096];
	int n = snprintf(text, sizeof(text),
			 "SIP/2.0 %s\r\nVia: %s\r\nFrom: %s\r\nTo: %s;tag=x\r\nCall-ID: %s\r\nCSeq: %s\r\n%s"
			 "Content-Length: 0\r\n\r\n",
			 status, via ? via : sent(lab, "\r\nVia: "), sent(lab, "\r\nFrom: "),
			 sent(lab, "\r\nTo: "), sent(lab, "\r\nCall-ID: "),
			 cseq ? cseq : sent(lab, "\r\nCSeq: "), headers);

	memory_lab_cm_say(lab, 0, 0, text, (size_t)n);
	memory_lab_run_for(lab, SECOND / 10);
}

/* RFC 3261 17.1.3: the branch of the top Via and the method of the CSeq. */
static void responses_match_by_branch_and_method(void **state)
{
	struct memory_lab *lab = registering_phone(false, NULL);
	char via[200], cseq[40];

	(void)state;
	snprintf(via, sizeof(via), "%sz", sent(lab, "\r\nVia: "));
	respond(lab, "200 OK", via, NULL, "Expires: 90\r\n");
	assert_false(lab->phone[0].registered);
	assert_said(lab, "answers no pending request");
	snprintf(cseq, sizeof(cseq), "%u OPTIONS", atoi(sent(lab, "\r\nCSeq: ")));
	respond(lab, "200 OK", NULL, cseq, "Expires: 90\r\n");
	assert_false(lab->phone[0].registered);
	assert_int_equal(memory_lab_said_times(lab, "sip.bad"), 2);
	respond(lab, "200 OK", NULL, NULL, "Via: SIP/2.0/TCP 10.20.0.11;branch=z9hG4bKx\r\nExpires: 90\r\n");
	assert_false(lab->phone[0].registered);
	assert_said(lab, "more than one Via");
	respond(lab, "200 OK", NULL, NULL, "Expires: 90\r\n");
	assert_rung(lab, LADDER_REGISTER, LADDER_DONE, "expires 90 s");
	/* Once more: it is the answer to the same request. */
	respond(lab, "200 OK", NULL, NULL, "Expires: 90\r\n");
	assert_int_equal(memory_lab_said_times(lab, "sip.bad"), 3);
	memory_lab_free(lab);
}

/* RFC 3261 10.2.4: the phone's own Contact is the one with its URI, port included. */
static void the_own_contact_is_found_by_its_port(void **state)
{
	static const struct {
		const char *old, *own;
		bool one_line;
		unsigned expires;
	} cases[] = {
	    {";expires=3", ";expires=90", false, 90},
	    {";expires=3500", ";expires=40", false, 40},
	    {";expires=3500", ";expires=40", true, 40},
	    {";expires=3500", "", false, 60}, /* Expires */
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct memory_lab *lab = registering_phone(false, NULL);
		char headers[1024], uri[200], detail[40];

		snprintf(uri, sizeof(uri), "%s", sent(lab, "\r\nContact: "));
		*strchr(uri, '>') = '\0';
		snprintf(headers, sizeof(headers), "Contact: %.*s:1%s>%s%s%s>%s\r\nExpires: 60\r\n",
			 (int)(strrchr(strchr(uri, '@'), ':') - uri), uri, strchr(uri, ';'), cases[i].old,
			 cases[i].one_line ? ", " : "\r\nContact: ", uri, cases[i].own);
		respond(lab, "200 OK", NULL, NULL, headers);
		snprintf(detail, sizeof(detail), "expires %u s", cases[i].expires);
		assert_rung(lab, LADDER_REGISTER, LADDER_DONE, detail);
		memory_lab_free(lab);
	}
}

/* A challenge that cannot be used does not hide one that can; neither does another odd header. */
static void odd_headers_are_ignored_and_reported(void **state)
{
	static const char *const odd[] = {
	    "WWW-Authenticate: Negotiate\r\n",
	    "WWW-Authenticate: Digest realm=\"ccmsipline\", nonce=\"n0\", qop=auth\r\n",
	    "WWW-Authenticate: Digest realm=\"ccmsipline\", nonce=\"n0\", qop=\"auth-int\"\r\n",
	    "WWW-Authenticate: Basic realm=\"x\"\r\n",
	    "Retry-After: sometime\r\n",
	    "Min-Expires: 99999999999\r\n",
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		struct memory_lab *lab = registering_phone(false, NULL);
		char headers[400];

		snprintf(headers, sizeof(headers),
			 "%sWWW-Authenticate: Digest realm=\"ccmsipline\", nonce=\"n1\", qop=\"auth\"\r\n",
			 odd[i]);
		respond(lab, "401 Unauthorized", NULL, NULL, headers);
		assert_non_null(strstr(sent(lab, "\r\nAuthorization: "), "nonce=\"n1\""));
		respond(lab, "200 OK", NULL, NULL,
			"Contact: <sip:a@b:70000>;expires=30\r\nExpires: later\r\n");
		assert_said(lab, "sip.odd");
		assert_said(lab, "Contact: malformed, ignored; and others");
		assert_rung(lab, LADDER_REGISTER, LADDER_DONE, "expires 3600 s");
		memory_lab_free(lab);
	}
}

/* RFC 3261 18.3: a datagram without Content-Length ends with its body; bytes behind the body are no message. */
static void a_datagram_is_one_message(void **state)
{
	static const char options[] =
	    "OPTIONS sip:2001@10.110.1.50 SIP/2.0\r\nVia: SIP/2.0/UDP 10.20.0.11;branch=z9hG4bKo\r\n"
	    "From: <sip:cm@10.20.0.11>;tag=a\r\nTo: <sip:2001@10.110.1.50>\r\nCall-ID: o1\r\n"
	    "CSeq: 1 OPTIONS\r\n";
	struct memory_lab *lab = registering_phone(true, NULL);
	unsigned datagrams = lab->cm[0].datagrams;
	char text[2048];
	int n;

	(void)state;
	n = snprintf(text, sizeof(text), "%s\r\na body without a length", options);
	memory_lab_cm_say(lab, 0, 0, text, (size_t)n);
	memory_lab_run_for(lab, SECOND / 10);
	assert_memory_equal(lab->cm[0].last, "SIP/2.0 200 ", 12);
	n = snprintf(text, sizeof(text),
		     "%sContent-Length: 0\r\n\r\nINVITE sip:2001@10.110.1.50 SIP/2.0\r\n\r\n", options);
	memory_lab_cm_say(lab, 0, 0, text, (size_t)n);
	memory_lab_cm_say(lab, 0, 0, "\r\n\r\n", 4); /* a keep-alive */
	memory_lab_cm_say(lab, 0, 0, "\0\0\0\0", 4);
	memory_lab_run_for(lab, SECOND / 10);
	assert_int_equal(memory_lab_said_times(lab, "JAVA-sipio-recv<--- OPTIONS"), 2);
	assert_false(memory_lab_said(lab, "INVITE"));
	assert_false(memory_lab_said(lab, "sip.bad"));
	assert_int_equal(lab->cm[0].datagrams, datagrams + 2);
	memory_lab_free(lab);
}

static void requests_that_cannot_be_served_get_an_answer(void **state)
{
	static const struct {
		const char *method, *uri, *version, *headers, *status, *answer;
	} cases[] = {
	    {"OPTIONS", "sip:2001@p", "2.0", "Require: norefersub, alien, Foreign\r\n", "420 Bad Extension",
	     "\r\nUnsupported: alien, Foreign\r\n"},
	    {"NOTIFY", "tel:2001", "2.0", "", "416 Unsupported URI Scheme", "\r\nCall-ID: r1\r\n"},
	    {"OPTIONS", "sip:2001@p", "3.0", "", "505 Version Not Supported", "\r\nCall-ID: r1\r\n"},
	    {"OPTIONS", "sip:2001@p", "2.0", "From: <sip:z@b>;tag=2\r\n", "400 Bad Request",
	     "\r\nCall-ID: r1\r\n"},
	    {"DANCE", "sip:2001@p", "2.0", "", "405 Method Not Allowed", "\r\nAllow: "},
	    {"REFER", "sip:2001@p", "2.0", "Require: norefersub\r\n", "202 Accepted", "\r\nCall-ID: r1\r\n"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct memory_lab *lab = registering_phone(i % 2, NULL);
		char text[1024], first[64];
		int n = snprintf(text, sizeof(text),
				 "%s %s SIP/%s\r\nVia: SIP/2.0/UDP 10.20.0.11;branch=z9hG4bKr\r\n"
				 "From: <sip:cm@10.20.0.11>;tag=a\r\nTo: <sip:2001@p>\r\nCall-ID: r1\r\n"
				 "CSeq: 9 %s\r\n%sContent-Length: 0\r\n\r\n",
				 cases[i].method, cases[i].uri, cases[i].version, cases[i].method,
				 cases[i].headers);

		memory_lab_cm_say(lab, 0, 0, text, (size_t)n);
		memory_lab_run_for(lab, SECOND / 10);
		snprintf(first, sizeof(first), "SIP/2.0 %s\r\n", cases[i].status);
		if (strncmp(lab->cm[0].last, first, strlen(first)) ||
		    !strstr(lab->cm[0].last, cases[i].answer))
			fail_msg("expected %s and %s in\n%s", cases[i].status, cases[i].answer + 2,
				 lab->cm[0].last);
		memory_lab_free(lab);
	}
}

/* --- the lines of a device --- */

/* A phone with two lines. */
static struct phonexml_config *two_lines(void)
{
	struct memory_lab *lab = one_phone();
	struct phonexml_config *config = calloc(1, sizeof(*config));

	memory_lab_config_of(lab, 0, config);
	memory_lab_free(lab);
	config->lines = 2;
	config->line[1] = config->line[0];
	config->line[1].button = config->line[1].index = 2;
	strcpy(config->line[1].name, "2002");
	return config;
}

static void the_credential_is_that_of_the_last_line(void **state)
{
	struct phonexml_config *config = two_lines();
	struct memory_lab *lab;

	(void)state;
	strcpy(config->line[0].auth_name, "first");
	strcpy(config->line[1].auth_name, "last");
	lab = registering_phone(false, config);
	respond(lab, "401 Unauthorized", NULL, NULL,
		"WWW-Authenticate: Digest realm=\"ccmsipline\", nonce=\"n1\"\r\n");
	assert_non_null(strstr(sent(lab, "\r\nFrom: "), "<sip:2001@"));
	assert_non_null(strstr(sent(lab, "\r\nAuthorization: "), "username=\"last\""));
	/* A registrar that knows the credential of the first line only refuses it. */
	respond(lab, "403 Forbidden", NULL, NULL, "");
	assert_false(lab->phone[0].registered);
	assert_rung(lab, LADDER_REGISTER, LADDER_FAILED, "403 Forbidden");
	memory_lab_free(lab);
	free(config);
}

/* A call manager answers the bulk request of the first REGISTER; another registrar does not know it. */
static void all_lines_or_only_the_primary(void **state)
{
	(void)state;
	for (unsigned bulk = 0; bulk < 2; bulk++) {
		struct phonexml_config *config = two_lines();
		struct memory_lab *lab = one_phone();
		struct phone *phone = lab->phone[0].phone;

		memory_lab_put_config(lab, 0, config);
		lab->cm[0].binds_all = bulk;
		memory_lab_power_on(lab);
		must_register(lab, 5);
		assert_int_equal(lab->cm[0].registers, 1);
		assert_string_equal(memory_lab_view(lab, 0).state, bulk ? "registered" : "partly registered");
		assert_string_equal(phone_bound_number(phone, 0), "2001");
		if (bulk)
			assert_string_equal(phone_bound_number(phone, 1), "2002");
		assert_null(phone_bound_number(phone, bulk + 1));
		memory_lab_run_for(lab, 200 * SECOND); /* refreshes ask for nothing new */
		assert_string_equal(memory_lab_view(lab, 0).state, bulk ? "registered" : "partly registered");
		memory_lab_free(lab);
		free(config);
	}
}

static void no_register_by_a_foreign_proxy(void **state)
{
	struct phonexml_config *config = two_lines();
	struct memory_lab *lab = one_phone();

	(void)state;
	strcpy(config->line[0].proxy, "10.110.0.99");
	strcpy(config->line[1].proxy, "sip.example");
	memory_lab_put_config(lab, 0, config);
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 60 * SECOND);
	assert_rung(lab, LADDER_CM_CONNECT, LADDER_DONE, "");
	assert_rung(lab, LADDER_REGISTER, LADDER_FAILED,
		    "no REGISTER: <proxy> of the line is 10.110.0.99, not USECALLMANAGER");
	assert_int_equal(lab->cm[0].registers + lab->cm[1].registers, 0);
	assert_int_equal(lab->cm[0].refers, 0);
	/* The second line uses the call managers: it registers. */
	strcpy(config->line[1].proxy, "USECALLMANAGER");
	memory_lab_put_config(lab, 0, config);
	memory_lab_control(lab, 0, PHONE_CONTROL_RESET);
	must_register(lab, 60);
	assert_string_equal(lab->phone[0].dn, "2002");
	assert_string_equal(memory_lab_view(lab, 0).state, "registered");
	memory_lab_free(lab);
	free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(responses_match_by_branch_and_method),
	    cmocka_unit_test(the_own_contact_is_found_by_its_port),
	    cmocka_unit_test(odd_headers_are_ignored_and_reported),
	    cmocka_unit_test(a_datagram_is_one_message),
	    cmocka_unit_test(requests_that_cannot_be_served_get_an_answer),
	    cmocka_unit_test(the_credential_is_that_of_the_last_line),
	    cmocka_unit_test(all_lines_or_only_the_primary),
	    cmocka_unit_test(no_register_by_a_foreign_proxy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
