/* SIP: valid and invalid messages of the kinds of RFC 4475 (its names in the tables), in our own words. */
#include "tests/support/sip_test.h"

#define TO	"To: <sip:2001@10.110.0.57>\r\n"
#define FROM	"From: <sip:desk@10.20.0.11>;tag=f1\r\n"
#define CALL	"Call-ID: odd.7@10.20.0.11\r\n"
#define VIA	"Via: SIP/2.0/TCP 10.20.0.11:5060;branch=z9hG4bKodd\r\n"
#define OPTIONS "OPTIONS sip:2001@10.110.0.57 SIP/2.0\r\n"
#define ALL	VIA FROM TO CALL "CSeq: 4 OPTIONS\r\n"
#define OK	"SIP/2.0 200 OK\r\n" VIA FROM TO CALL "CSeq: 4 REGISTER\r\n"

static const struct {
	const char *name, *text;
	size_t size; /* 0: strlen */
	unsigned odds;
} valid[] = {
    {"wsinv",
     "INVITE sip:dora@10.110.0.57;unknown=yes SIP/2.0\r\nTO :\r\n sip:dora@desk.example ;   tag    = 90x\r\n"
     "f   : \"Desk \\\\\\\" nine\"       <sip:nine@desk.example>\r\n  ;\r\n  tag = 41b\r\n"
     "Max-FORWARDS: 0070\r\nCall-ID: ws.9\r\nCSeq: 0004\r\n  INVITE\r\n"
     "Via  : SIP  / 2.0\r\n /UDP\r\n    10.20.0.11;branch=z9hG4bKa1\r\ns :\r\nNewHeader: new\r\n folded\r\n"
     "UnknownHeader: ;;,,;;,;\r\nC: text/plain\r\n"
     "v:  SIP  / 2.0  / TCP     10.20.0.12   ;\r\n  branch  =   z9hG4bKb2 ; received= 10.20.0.99\r\n"
     "m:\"Dora\" <sip:dora@10.110.0.9> ; new = 5 ;\r\n  secure = zz\r\nl: 0\r\n\r\n",
     0, 0},
    {"intmeth",
     "!odd-Method0129_*+`.%really'~ "
     "sip:9_odd.Name~(be!good)&isnt+it$/mad?,/;;*:&it+has=2,odd!*pw@desk.example"
     " SIP/2.0\r\nVia: SIP/2.0/TCP a.desk.example;branch=z9hG4bK-.!%66*_+`'~\r\n"
     "To: \"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f\" <sip:odd@desk.example>\r\n"
     "From: aname1~` foo'.bar <sip:odd@desk.example>;tag=_t~1\r\n"
     "Call-ID: im%ZY-!.*_+'@w`~)(><:\\/\"][?}{\r\nCSeq: 31 !odd-Method0129_*+`.%really'~\r\n\r\n",
     sizeof("!odd-Method0129_*+`.%really'~ sip:9_odd.Name~(be!good)&isnt+it$/"
	    "mad?,/;;*:&it+has=2,odd!*pw@desk.example SIP/2.0\r\n"
	    "Via: SIP/2.0/TCP a.desk.example;branch=z9hG4bK-.!%66*_+`'~\r\n"
	    "To: \"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f\" <sip:odd@desk.example>\r\n"
	    "From: aname1~` foo'.bar <sip:odd@desk.example>;tag=_t~1\r\n"
	    "Call-ID: im%ZY-!.*_+'@w`~)(><:\\/\"][?}{\r\nCSeq: 31 !odd-Method0129_*+`.%really'~\r\n\r\n") -
	 1,
     0},
    {"esc01", "OPTIONS sip:sips%3Adora%40desk.example@10.110.0.57 SIP/2.0\r\n" ALL "\r\n", 0, 0},
    {"escnull",
     "REGISTER sip:desk.example SIP/2.0\r\n" VIA FROM "To: sip:nul-%00-x@desk.example\r\n" CALL
     "CSeq: 4 REGISTER\r\nContact: <sip:%00@h.example>\r\nContact: <sip:%00%00@h.example>\r\n\r\n",
     0, 0},
    {"esc02", "RE%47ISTE%52 sip:desk.example SIP/2.0\r\n" VIA FROM TO CALL "CSeq: 4 RE%47ISTE%52\r\n\r\n", 0,
     0},
    {"lwsdisp", OPTIONS VIA "From: desk<sip:desk@10.20.0.11>;tag=1\r\n" TO CALL "CSeq: 4 OPTIONS\r\n\r\n", 0,
     0},
    {"semiuri", "OPTIONS sip:dora;par=u%40h.example@10.110.0.57 SIP/2.0\r\n" ALL "\r\n", 0, 0},
    {"transports",
     OPTIONS VIA "Via: SIP/2.0/SCTP a;branch=z9hG4bK1\r\nVia: SIP/2.0/TLS b;branch=z9hG4bK2\r\n"
		 "Via: SIP/2.0/UNHEARD c;branch=z9hG4bK3\r\n" FROM TO CALL "CSeq: 4 OPTIONS\r\n\r\n",
     0, 0},
    {"unreason",
     "SIP/2.0 200 = 2**3 * 5**2 \xd0\xbf\xd1\x80\xd0\xbe\r\n" VIA FROM TO CALL "CSeq: 4 X\r\n\r\n", 0, 0},
    {"noreason", "SIP/2.0 100 \r\n" VIA FROM TO CALL "CSeq: 4 INVITE\r\n\r\n", 0, 0},
    {"dblreq", OPTIONS ALL "Content-Length: 0\r\n\r\nINVITE sip:x@y SIP/2.0\r\n\r\n", 0, 0},
    {"unkscm", "OPTIONS nobodyhasthis:totallyopaque SIP/2.0\r\n" ALL "\r\n", 0, 0},
    {"novelsc", "OPTIONS soap.beep://10.110.0.57:3002 SIP/2.0\r\n" ALL "\r\n", 0, 0},
    {"inv2543",
     "INVITE sip:dora@desk.example SIP/2.0\r\nVia: SIP/2.0/UDP old.example\r\nFrom: <sip:a@old.example>\r\n"
     "To: <sip:dora@desk.example>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n",
     0, 0},
    {"bext01", OPTIONS ALL "Require: unheard, oftoo\r\nProxy-Require: unheard\r\n\r\n", 0, 0},
    {"baddate", OPTIONS ALL "Date: Fri, 01 Jan 2027 16:00:00 EST\r\n\r\n", 0, 0},
    {"regaut01", OPTIONS ALL "Authorization: Unheard opaque=1\r\n\r\n", 0, 1},
    {"malformed Expires", OK "Expires: soon\r\nContact: <sip:a@b>;expires=99999999999\r\n\r\n", 0, 2},
    {"malformed Contact", OK "Contact: <sip:a@b:99999>, <sip:a@c>\r\nContact: sip:a@b?Route=x\r\n\r\n", 0, 2},
    {"malformed Via", "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a:0;rport=x\r\n" FROM TO CALL "CSeq: 4 X\r\n\r\n",
     0, 2},
    {"others", OK "Min-Expires: -1\r\nRetry-After: late\r\nWWW-Authenticate: Negotiate\r\n\r\n", 0, 3},
};

static void valid_messages_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(valid) / sizeof(*valid); i++) {
		size_t size = valid[i].size ? valid[i].size : strlen(valid[i].text);
		struct sip_message *m = NULL;
		struct wire_error error = {0};
		struct sip_frame frame;
		char answer[4096];

		if (sip_decode(valid[i].text, size, &m, &error))
			fail_msg("%s: %s at %zu", valid[i].name, error.what, error.offset);
		if (m->odds != valid[i].odds)
			fail_msg("%s: %u odd parts, first %s %s", valid[i].name, m->odds,
				 m->odds ? m->odd[0].name : "", m->odds ? m->odd[0].why : "");
		if (m->method && sip_build_response(m, &(struct sip_response){.status = 200, .to_tag = "t"},
						    answer, sizeof(answer)) <= 0)
			fail_msg("%s: cannot be answered", valid[i].name);
		sip_free(m);
		if (sip_frame(valid[i].text, size, &frame, &error) == -EBADMSG &&
		    strcmp(error.what, "no Content-Length") != 0)
			fail_msg("%s in a stream: %s", valid[i].name, error.what);
	}
}

static const struct {
	const char *name, *text;
	unsigned refusal; /* 0: it gets no answer */
} invalid[] = {
    {"badinv01",
     OPTIONS "Via: SIP/2.0/UDP 10.20.0.11;;,;,,\r\n" FROM TO CALL "CSeq: 4 OPTIONS\r\nl: 0\r\n\r\n", 400},
    {"clerr", OPTIONS ALL "Content-Length: 99\r\n\r\nshort", 400},
    {"ncl", OPTIONS ALL "Content-Length: -9\r\n\r\n", 400},
    {"mcl01", OPTIONS ALL "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
    {"scalar02", OPTIONS VIA FROM TO CALL "CSeq: 36893488147419103233 OPTIONS\r\n\r\n", 400},
    {"scalarlg", "SIP/2.0 503 Busy\r\n" VIA FROM TO CALL "CSeq: 9292394834772304023312 X\r\n\r\n", 0},
    {"quotbal", OPTIONS VIA FROM "To: \"Dora <sip:dora@h>\r\n" CALL "CSeq: 4 OPTIONS\r\n\r\n", 400},
    {"ltgtruri", "OPTIONS <sip:2001@10.110.0.57> SIP/2.0\r\n" ALL "\r\n", 400},
    {"lwsruri", "OPTIONS sip:2001@10.110.0.57; lr SIP/2.0\r\n" ALL "\r\n", 400},
    {"lwsstart", "OPTIONS  sip:2001@10.110.0.57  SIP/2.0\r\n" ALL "\r\n", 400},
    {"trws", "OPTIONS sip:2001@10.110.0.57 SIP/2.0  \r\n" ALL "\r\n", 400},
    {"escruri", "OPTIONS sip:2001@10.110.0.57?Route=%3Csip:a%3E SIP/2.0\r\n" ALL "\r\n", 400},
    {"regbadct",
     "REGISTER sip:desk.example SIP/2.0\r\n" VIA FROM TO CALL
     "CSeq: 4 REGISTER\r\nContact: sip:a@h.example?Route=%3Csip:b%3E\r\n\r\n",
     400},
    {"badaspec", OPTIONS VIA FROM "To: \"Dora, D.\" < sip:dora@h >\r\n" CALL "CSeq: 4 OPTIONS\r\n\r\n", 400},
    {"baddn", OPTIONS VIA FROM "To: Dora, D. <sip:dora@h>\r\n" CALL "CSeq: 4 OPTIONS\r\n\r\n", 400},
    {"badvers", "OPTIONS sip:2001@10.110.0.57 SIP/7.0\r\n" ALL "\r\n", 505},
    {"mismatch01", OPTIONS VIA FROM TO CALL "CSeq: 4 INVITE\r\n\r\n", 400},
    {"bigcode", "SIP/2.0 4294967301 much\r\n" VIA FROM TO CALL "CSeq: 4 INVITE\r\n\r\n", 0},
    {"insuf", OPTIONS VIA "CSeq: 4 OPTIONS\r\n\r\n", 400},
    {"multi01", OPTIONS ALL FROM "\r\n", 400},
    {"no Via", OPTIONS FROM TO CALL "CSeq: 4 OPTIONS\r\n\r\n", 0},
    {"ACK", "ACK sip:2001@10.110.0.57 SIP/2.0\r\n" VIA TO CALL "CSeq: 4 ACK\r\n\r\n", 0},
    {"control", OPTIONS ALL "Subject: a\x07 b\r\n\r\n", 0},
};

/* The answer repeats what the request has of the five headers (RFC 3261 section 8.2.6.2). */
static void check_answer(const char *name, const char *text, unsigned refusal)
{
	const char *const lines[] = {"\r\nVia: SIP/2.0/",
				     "\r\nFrom: ", "\r\nTo: ", "\r\nCall-ID: ", "\r\nCSeq: 4"};
	struct sip_message *m = NULL;
	char answer[2048] = "", first[32];
	ssize_t size;

	if (sip_decode_refused(text, strlen(text), &m)) {
		if (refusal)
			fail_msg("%s gets no answer", name);
		return;
	}
	assert_int_equal(m->refusal, refusal);
	size = sip_build_response(m, &(struct sip_response){.status = refusal, .to_tag = "t"}, answer,
				  sizeof(answer) - 1);
	assert_in_range(size, 1, sizeof(answer) - 1);
	snprintf(first, sizeof(first), "SIP/2.0 %u ", refusal);
	assert_memory_equal(answer, first, strlen(first));
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		if (!strstr(answer, lines[i]) != !strstr(text, lines[i]))
			fail_msg("%s: %s in\n%s", name, lines[i] + 2, answer);
	sip_free(m);
}

static void invalid_messages_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(invalid) / sizeof(*invalid); i++) {
		struct sip_message *m = NULL;
		struct wire_error error = {0};

		if (sip_decode(invalid[i].text, strlen(invalid[i].text), &m, &error) != -EBADMSG)
			fail_msg("%s is accepted", invalid[i].name);
		check_answer(invalid[i].name, invalid[i].text, invalid[i].refusal);
	}
}

/* "longreq", and rows beyond the limits: 34 Via are repeated, header lines behind the 96th are read, more Contacts and
 * parameters are left out. */
static void long_messages_are_read(void **state)
{
	static char text[16000], answer[16000];
	struct sip_message *m;
	size_t at, vias = 0;

	(void)state;
	at = (size_t)sprintf(text, OPTIONS);
	for (unsigned i = 0; i < 34; i++)
		at += (size_t)sprintf(text + at, "Via: SIP/2.0/TCP hop%u.example;branch=z9hG4bK%u\r\n", i, i);
	for (unsigned i = 0; i < 100; i++)
		at += (size_t)sprintf(text + at, "Unheard-%u: a value\r\n", i);
	for (unsigned i = 0; i < 40; i++)
		at += (size_t)sprintf(text + at, "m: <sip:a@h%u>\r\n", i);
	at += (size_t)sprintf(text + at, FROM "To: \"%01000d\" <sip:a@b>\r\n" CALL "CSeq: 4 OPTIONS\r\n\r\n",
			      7);
	m = sip_decoded(text, at);
	assert_int_equal(m->vias, 34);
	assert_int_equal(m->headers, SIP_HEADERS_MAX);
	assert_int_equal(m->contacts, SIP_CONTACTS_MAX);
	assert_int_equal(m->odds, 34 + 100 + 40 + 4 - SIP_HEADERS_MAX + 40 - SIP_CONTACTS_MAX);
	assert_in_range(sip_build_response(m, &(struct sip_response){.status = 200, .to_tag = "t"}, answer,
					   sizeof(answer) - 1),
			1, sizeof(answer));
	for (const char *via = answer; (via = strstr(via, "\r\nVia: ")); via++)
		vias++;
	assert_int_equal(vias, 34);
	sip_free(m);
	at = (size_t)sprintf(text, OK "Contact: <sip:a@b>");
	for (unsigned i = 0; i < 40; i++)
		at += (size_t)sprintf(text + at, ";p%u=%u", i, i);
	at += (size_t)sprintf(text + at, ";expires=40\r\n\r\n");
	m = sip_decoded(text, at);
	assert_int_equal(m->contact[0].params, SIP_PARAMS_MAX);
	assert_int_equal(m->contact[0].expires_s, 40);
	sip_free(m);
}

/* One odd header of any content changes no other. */
static void an_odd_header_changes_nothing_else(void **state)
{
	static const char *const names[] = {"Contact",
					    "Expires",
					    "Min-Expires",
					    "Retry-After",
					    "WWW-Authenticate",
					    "Proxy-Authenticate",
					    "Authorization",
					    "Supported",
					    "Require",
					    "Proxy-Authorization",
					    "Subscription-State",
					    "Date"};
	unsigned seed = 7;

	(void)state;
	for (unsigned n = 0; n < 100000; n++) {
		char text[1024], value[64];
		size_t length = (seed = seed * 1103515245 + 12345) >> 8 & 31;
		struct sip_message *m;

		for (size_t i = 0; i < length; i++) {
			seed = seed * 1103515245 + 12345;
			value[i] = (char)(0x20 + (seed >> 16) % 95);
		}
		value[length] = '\0';
		snprintf(text, sizeof(text),
			 OK "Contact: <sip:a@b>;expires=90\r\n%s: %s\r\nServer: s\r\nl: 2\r\n\r\nhi",
			 names[n % (sizeof(names) / sizeof(*names))], value);
		m = sip_decoded(text, strlen(text));
		assert_int_equal(m->cseq, 4);
		assert_string_equal(m->via.branch, "z9hG4bKodd");
		assert_string_equal(m->server, "s");
		assert_int_equal(m->contact[0].expires_s, 90);
		wire_check_text(m->body, "hi");
		sip_free(m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(valid_messages_are_read),
	    cmocka_unit_test(invalid_messages_are_refused),
	    cmocka_unit_test(long_messages_are_read),
	    cmocka_unit_test(an_odd_header_changes_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
