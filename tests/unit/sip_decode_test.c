/* SIP: decoding, truncation, corruption, and what is refused. */
#include "tests/support/sip_test.h"

static void refused(const char *text, const char *what)
{
	struct sip_message *message = NULL;
	struct wire_error error = {0};

	if (sip_decode(text, strlen(text), &message, &error) != -EBADMSG)
		fail_msg("taken, should be refused with: %s", what);
	assert_null(message);
	assert_string_equal(error.what, what);
	assert_in_range(error.offset, 0, strlen(text));
}

static bool has_param(const struct sip_contact *contact, const char *name)
{
	for (unsigned i = 0; i < contact->params; i++)
		if (!strcasecmp(contact->param[i].name, name))
			return true;
	return false;
}

static void the_answer_of_a_call_manager(void **state)
{
	struct sip_message *m = sip_decoded(sip_ok, sizeof(sip_ok) - 1);

	(void)state;
	assert_null(m->method);
	assert_int_equal(m->status, 200);
	assert_string_equal(m->reason_phrase, "OK");
	assert_int_equal(m->vias, 1);
	assert_string_equal(m->via.transport, "TCP");
	assert_string_equal(m->via.host, "10.110.0.57");
	assert_int_equal(m->via.port, 49701);
	assert_string_equal(m->via.branch, "z9hG4bK4b0e1f2c");
	assert_string_equal(m->from.tag, "001122aabb0100024c3f6a1b-5d9e");
	assert_string_equal(m->to.tag, "1870412216");
	assert_string_equal(m->to.uri.user, "2001");
	assert_string_equal(m->to.uri.host, "10.20.0.11");
	assert_string_equal(m->to.uri.text, "sip:2001@10.20.0.11");
	assert_string_equal(m->call_id, "001122aa-bb010002-3b9c1d2e-4f5a6b7c@10.110.0.57");
	assert_int_equal(m->cseq, 101);
	assert_string_equal(m->cseq_method, "REGISTER");
	assert_true(m->has & SIP_HAS_EXPIRES);
	assert_int_equal(m->expires_s, 120);
	assert_string_equal(m->date, "Sat, 21 Nov 2026 02:00:01 GMT");
	assert_string_equal(m->server, "Cisco-CUCM11.5");
	assert_int_equal(m->contacts, 1);
	assert_true(m->contact[0].newreg);
	assert_false(m->contact[0].keep_alive);
	assert_false(m->contact[0].has_expires);
	assert_string_equal(m->contact[0].uri.user, "5f7e2b1c-0001");
	assert_string_equal(m->contact[0].uri.transport, "tcp");
	assert_int_equal(m->contact[0].uri.port, 49701);
	assert_string_equal(m->contact[0].instance, "<urn:uuid:00000000-0000-0000-0000-001122aabb01>");
	assert_string_equal(m->contact[0].device_name, "SEP001122AABB01");
	assert_string_equal(m->contact[0].model, "622");
	assert_true(has_param(&m->contact[0], "X-CISCO-NEWREG"));
	assert_ptr_equal(sip_contact_find(m, "5f7e2b1c-0001", "10.110.0.57", 49701), &m->contact[0]);
	assert_null(sip_contact_find(m, "5f7e2b1c-0001", "10.110.0.57", 49702));
	assert_null(sip_contact_find(m, "5f7e2b1c-0001", "10.110.0.58", 49701));
	assert_int_equal(m->body.length, 61);
	assert_string_equal(sip_header_find(m, "content-length"), "61");
	assert_int_equal(m->headers, 12);
	sip_free(m);
	sip_free(NULL);
}

static void every_truncation_is_refused(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(sip_ok) - 1; n++) {
		struct sip_message *m = NULL;
		struct wire_error error = {0};
		char *copy = malloc(n + 1);

		memcpy(copy, sip_ok, n);
		assert_int_equal(sip_decode(copy, n, &m, &error), -EBADMSG);
		assert_null(m);
		assert_non_null(error.what);
		assert_in_range(error.offset, 0, n);
		free(copy);
	}
}

static void every_corruption_is_survived(void **state)
{
	static const uint8_t values[] = {0x00, 0x01, '"', '<',	'>',  ';', ',',
					 ':',  '\\', '%', '\r', '\n', ' ', 0xff};
	size_t taken = 0;
	char *copy = malloc(sizeof(sip_ok));

	(void)state;
	memcpy(copy, sip_ok, sizeof(sip_ok));
	for (size_t i = 0; i < sizeof(sip_ok) - 1; i++)
		for (size_t v = 0; v < sizeof(values); v++) {
			struct sip_message *m = NULL;
			struct wire_error error = {0};

			copy[i] = (char)values[v];
			if (sip_decode(copy, sizeof(sip_ok) - 1, &m, &error) == 0)
				taken++;
			else
				assert_non_null(error.what);
			sip_free(m);
			copy[i] = sip_ok[i];
		}
	assert_in_range(taken, 1, sizeof(sip_ok) * sizeof(values) - 1);
	free(copy);
}

static void compact_forms_folds_and_lists(void **state)
{
	static const char text[] = "NOTIFY sip:2001@10.110.0.57:5060;transport=tcp SIP/2.0\r\n"
				   "v: SIP/2.0/TCP 10.20.0.11;branch=z9hG4bK1;received=10.20.0.99;rport, "
				   "SIP/2.0/UDP b:5070\r\n"
				   "Via: SIP/2.0/UDP c;rport=7\r\n"
				   "f: \"Cluster, \\\"one\\\" <x>\" <sip:10.20.0.11>;tag=f\r\n"
				   "t: sip:2001@10.110.0.57;tag=t\r\n"
				   "i: abc\r\nCSeq:\t7\r\n  NOTIFY\r\n"
				   "m: \"A, b\" <sip:a@h1>;expires=60 ,<sip:b@[2001:db8::1]:5062>;q=0.5\r\n"
				   "m: sip:c@h3;expires=0;cisco-keep-alive\r\n"
				   "o: service-control\r\nSubscription-State: active\r\n"
				   "k: a\r\nSupported: b,c\r\n"
				   "c: text/plain\r\nl: 5\r\n\r\nhello, and more";
	struct sip_message *m = sip_decoded(text, sizeof(text) - 1);

	(void)state;
	assert_string_equal(m->method, "NOTIFY");
	assert_string_equal(m->request_uri.text, "sip:2001@10.110.0.57:5060;transport=tcp");
	assert_string_equal(m->request_uri.transport, "tcp");
	assert_int_equal(m->request_uri.port, 5060);
	assert_int_equal(m->vias, 3);
	assert_string_equal(m->via_text[1], "SIP/2.0/UDP b:5070");
	assert_string_equal(m->via.received, "10.20.0.99");
	assert_true(m->via.has_rport);
	assert_int_equal(m->via.rport, 0);
	assert_string_equal(m->from.display, "Cluster, \"one\" <x>");
	assert_string_equal(m->from.uri.text, "sip:10.20.0.11");
	assert_null(m->from.uri.user);
	assert_string_equal(m->to.tag, "t");
	assert_int_equal(m->cseq, 7);
	assert_int_equal(m->contacts, 3);
	assert_string_equal(m->contact[0].display, "A, b");
	assert_int_equal(m->contact[0].expires_s, 60);
	assert_string_equal(m->contact[1].uri.host, "2001:db8::1");
	assert_int_equal(m->contact[1].uri.port, 5062);
	assert_true(m->contact[2].keep_alive);
	assert_true(m->contact[2].has_expires);
	assert_string_equal(m->event, "service-control");
	assert_string_equal(m->supported, "a,b,c");
	assert_string_equal(m->content_type, "text/plain");
	wire_check_text(m->body, "hello");
	assert_string_equal(m->header[0].name, "Via");
	sip_free(m);
}

static void bad_messages_say_why(void **state)
{
	(void)state;
	refused("", "no empty line behind the headers");
	refused("HELLO\r\n\r\n", "start line is neither a request nor a status");
	refused("SIP/2.0 99 Low\r\n\r\n", "start line is neither a request nor a status");
	refused("SIP/2.0 700 High\r\n\r\n", "start line is neither a request nor a status");
	refused("GET / HTTP/1.1\r\n\r\n", "start line is neither a request nor a status");
	refused("OPTIONS <sip:a> SIP/2.0\r\n\r\n", "request URI");
	refused("OPTIONS sip:a SIP/2.0\r\nno colon\r\n\r\n", "header line without a name");
	refused("OPTIONS sip:a SIP/2.0\r\n: x\r\n\r\n", "header line without a name");
	refused("OPTIONS sip:a SIP/2.0\r\nA: \x01\r\n\r\n", "control character in a header");
	refused("OPTIONS sip:a SIP/2.0\r\n\r\n", "no Via");
	refused("OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a\r\n\r\n", "no From");
	refused("OPTIONS sip:a SIP/2.0\r\n" LEAST "\r\n", "no CSeq");
	refused("OPTIONS sip:a SIP/2.0\r\n" LEAST "CSeq: 1 REGISTER\r\n\r\n",
		"CSeq is of another method than the request");
	refused("OPTIONS sip:a SIP/2.0\r\n" LEAST "CSeq: 2147483648 OPTIONS\r\n\r\n", "CSeq");
	refused("OPTIONS sip:a SIP/2.0\r\n" LEAST "CSeq: OPTIONS\r\n\r\n", "CSeq");
	refused("OPTIONS sip:a SIP/2.0\r\n" LEAST "From: <sip:z@b>\r\n\r\n", "From");
	refused("REGISTER sip:a SIP/2.0\r\n" LEAST "CSeq: 1 REGISTER\r\nContact: <sip:a@b:99999>\r\n\r\n",
		"Contact");
	refused("REGISTER sip:a SIP/2.0\r\n" LEAST "CSeq: 1 REGISTER\r\nContact: a,,b\r\n\r\n", "Contact");
	refused("OPTIONS sip:a SIP/2.0\r\n" LEAST "CSeq: 1 OPTIONS\r\nContent-Length: 1\r\n\r\n",
		"Content-Length is beyond the message");
}

/* The message is good, only its body is not what Content-Type says. */
static void malformed_bodies_have_no_parts(void **state)
{
	static const char *const cases[][2] = {
	    {"multipart/mixed\r\n\r\n--x\r\n", "multipart without a boundary of 1 to 70 characters"},
	    {"multipart/mixed;boundary=x\r\n\r\n--y\r\n", "boundary does not occur in the body"},
	    {"multipart/mixed;boundary=\"x\"\r\n\r\n--x\r\n\r\nabc",
	     "multipart body without its last boundary"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[512];
		int n = snprintf(text, sizeof(text),
				 "OPTIONS sip:a SIP/2.0\r\n" LEAST "CSeq: 1 OPTIONS\r\nContent-Type: %s",
				 cases[i][0]);
		struct sip_message *m = sip_decoded(text, (size_t)n);

		assert_int_equal(m->parts, 0);
		assert_in_range(m->body.length, 5, 12);
		assert_int_equal(m->odds, 1);
		assert_string_equal(m->odd[0].why, cases[i][1]);
		sip_free(m);
	}
}

static void responses_that_phones_obey(void **state)
{
	static const char busy[] = "SIP/2.0 503 Service Unavailable\r\n" LEAST
				   "CSeq: 1 REGISTER\r\nRetry-After: 30 (later);duration=9\r\n\r\n";
	static const char brief[] =
	    "SIP/2.0 423 Interval Too Brief\r\n" LEAST "CSeq: 1 REGISTER\r\nMin-Expires: 300\r\n\r\n";
	static const char star[] = "SIP/2.0 200 OK\r\n" LEAST "CSeq: 1 REGISTER\r\nContact: *\r\n\r\n";
	struct sip_message *m = sip_decoded(busy, sizeof(busy) - 1);

	(void)state;
	assert_int_equal(m->status, 503);
	assert_true(m->has & SIP_HAS_RETRY_AFTER);
	assert_int_equal(m->retry_after_s, 30);
	sip_free(m);
	m = sip_decoded(brief, sizeof(brief) - 1);
	assert_int_equal(m->min_expires_s, 300);
	sip_free(m);
	m = sip_decoded(star, sizeof(star) - 1);
	assert_true(m->contact[0].star);
	sip_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_answer_of_a_call_manager),   cmocka_unit_test(every_truncation_is_refused),
	    cmocka_unit_test(every_corruption_is_survived),   cmocka_unit_test(compact_forms_folds_and_lists),
	    cmocka_unit_test(malformed_bodies_have_no_parts), cmocka_unit_test(bad_messages_say_why),
	    cmocka_unit_test(responses_that_phones_obey),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
