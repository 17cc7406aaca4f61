/* SIP: the requests of a phone, byte for byte, and its answers. */
#include "tests/support/sip_test.h"

#define OUR_HEADERS                                                                                          \
	"REGISTER sip:10.20.0.11 SIP/2.0\r\n"                                                                \
	"Via: SIP/2.0/TCP 10.110.0.57:49701;branch=z9hG4bK4b0e1f2c\r\n"                                      \
	"From: <sip:2001@10.20.0.11>;tag=001122aabb0100024c3f6a1b-5d9e\r\n"                                  \
	"To: <sip:2001@10.20.0.11>\r\n"                                                                      \
	"Call-ID: 001122aa-bb010002-3b9c1d2e-4f5a6b7c@10.110.0.57\r\n"                                       \
	"Max-Forwards: 70\r\n"                                                                               \
	"Session-ID: 0123456789abcdef0123456789abcdef;remote=00000000000000000000000000000000\r\n"           \
	"Date: Sat, 21 Nov 2026 02:00:00 GMT\r\n"                                                            \
	"CSeq: 101 REGISTER\r\n"                                                                             \
	"User-Agent: Cisco-CP7841/14.2.1\r\n"
#define OUR_CONTACT                                                                                          \
	"Contact: <sip:5f7e2b1c-0001@10.110.0.57:49701;transport=tcp>;"                                      \
	"+sip.instance=\"<urn:uuid:00000000-0000-0000-0000-001122aabb01>\";"                                 \
	"+u.sip!devicename.ccm.cisco.com=\"SEP001122AABB01\";+u.sip!model.ccm.cisco.com=\"622\""
#define OUR_SUPPORTED                                                                                        \
	"Supported: replaces,join,sdp-anat,norefersub,resource-priority,extended-refer,X-cisco-callinfo,"    \
	"X-cisco-serviceuri,X-cisco-escapecodes,X-cisco-service-control,X-cisco-srtp-fallback,X-cisco-"      \
	"monrec,"                                                                                            \
	"X-cisco-config,X-cisco-sis-7.0.0,X-cisco-xsi-8.5.1\r\n"

static void built(ssize_t size, const char *message, const char *expected)
{
	assert_in_range(size, 1, SIP_MESSAGE_MAX);
	assert_int_equal(size, strlen(expected));
	assert_memory_equal(message, expected, (size_t)size);
}

static void the_first_register(void **state)
{
	static const char headers[] = OUR_HEADERS OUR_CONTACT
	    "\r\n" OUR_SUPPORTED "Reason: SIP;cause=200;text=\"cisco-alarm:25 Name=SEP001122AABB01 "
	    "ActiveLoad=sip78xx.14-2-1-0001-125.loads InactiveLoad=sip78xx.12-8-1-0001-455.loads "
	    "Last=initialized DownloadStatus=Failed:_Load_ID_incorrect\"\r\n"
	    "Expires: 3600\r\n"
	    "Content-Type: multipart/mixed; boundary=uniqueBoundary\r\n"
	    "Mime-Version: 1.0\r\n"
	    "Content-Length: ";
	static char text[8192];
	ssize_t size = sip_build_register(&sip_first, text, sizeof(text));
	struct sip_frame frame;
	struct sip_message *m;

	(void)state;
	assert_in_range(size, sizeof(headers), sizeof(text));
	assert_memory_equal(text, headers, sizeof(headers) - 1);
	assert_int_equal(sip_frame(text, (size_t)size, &frame, NULL), 0);
	assert_int_equal(frame.header + frame.body, size);
	m = sip_decoded(text, (size_t)size);
	assert_string_equal(m->method, "REGISTER");
	assert_int_equal(m->parts, 2);
	for (unsigned i = 0; i < 2; i++) {
		static const char *const inside[] = {"<bulkregisterreq>", "<combine max=\"6\">"};

		assert_string_equal(m->part[i].content_type, "application/x-cisco-remotecc-request+xml");
		assert_non_null(
		    memmem(m->part[i].body.data, m->part[i].body.length, inside[i], strlen(inside[i])));
		assert_memory_equal(m->part[i].body.data, "<?xml", 5);
	}
	sip_free(m);
	for (size_t room = 0; room < (size_t)size; room += 7)
		assert_int_equal(sip_build_register(&sip_first, text, room), -ENOSPC);
}

static void the_other_registers(void **state)
{
	static const struct {
		enum sip_register_kind kind;
		const char *expected;
	} cases[] = {
	    {SIP_REGISTER_REFRESH,
	     OUR_HEADERS OUR_CONTACT "\r\n" OUR_SUPPORTED "Expires: 3600\r\nContent-Length: 0\r\n\r\n"},
	    {SIP_REGISTER_KEEPALIVE, OUR_HEADERS OUR_CONTACT ";expires=0;cisco-keep-alive\r\n" OUR_SUPPORTED
							     "Expires: 0\r\nContent-Length: 0\r\n\r\n"},
	    {SIP_REGISTER_REMOVE, OUR_HEADERS OUR_CONTACT ";expires=0\r\n" OUR_SUPPORTED
							  "Expires: 0\r\nContent-Length: 0\r\n\r\n"},
	};
	char text[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct sip_register request = sip_first;
		struct sip_message *m;
		ssize_t size;

		request.kind = cases[i].kind;
		size = sip_build_register(&request, text, sizeof(text));
		built(size, text, cases[i].expected);
		m = sip_decoded(text, (size_t)size);
		assert_int_equal(m->contact[0].keep_alive, request.kind == SIP_REGISTER_KEEPALIVE);
		assert_string_equal(m->contact[0].device_name, "SEP001122AABB01");
		sip_free(m);
	}
}

static void values_that_would_break_a_message_are_refused(void **state)
{
	static const char *const bad[] = {NULL, "", "a\r\nEvil: b", "a\"b", "a<b", "a\x7f"};
	char text[8192];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct sip_register request = sip_first;

		request.origin.cm = bad[i];
		assert_int_equal(sip_build_register(&request, text, sizeof(text)), -EINVAL);
		request = sip_first;
		request.last = bad[i];
		assert_int_equal(sip_build_register(&request, text, sizeof(text)), -EINVAL);
	}
}

/* RFC 3261 section 25.1: quoted-string, and the user part of a URI. */
static void texts_of_any_kind_are_escaped(void **state)
{
	static const struct {
		const char *display, *dn, *from;
	} cases[] = {
	    {"Sales & Support", "2001", "\r\nFrom: \"Sales & Support\" <sip:2001@10.20.0.11>;tag="},
	    {"A \"B\" C", "+4930123", "\r\nFrom: \"A \\\"B\\\" C\" <sip:+4930123@10.20.0.11>;tag="},
	    {"back\\slash", "a&b", "\r\nFrom: \"back\\\\slash\" <sip:a&b@10.20.0.11>;tag="},
	    {"*1 <x>; caf\xc3\xa9\n", "a b\"<%",
	     "\r\nFrom: \"*1 <x>; caf\xc3\xa9 \" <sip:a%20b%22%3C%25@10.20.0.11>;tag="},
	};
	char text[8192];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct sip_register request = sip_first;
		struct sip_message *m;
		ssize_t size;

		request.origin.display = cases[i].display;
		request.origin.dn = request.contact_user = cases[i].dn;
		size = sip_build_register(&request, text, sizeof(text));
		m = sip_decoded(text, size > 0 ? (size_t)size : 0);
		if (!memmem(text, (size_t)size, cases[i].from, strlen(cases[i].from)))
			fail_msg("no \"%s\" in %.300s", cases[i].from + 2, text);
		assert_string_equal(m->to.uri.user, cases[i].dn);
		assert_ptr_equal(sip_contact_find(m, cases[i].dn, "10.110.0.57", 49701), &m->contact[0]);
		sip_free(m);
	}
}

static void refers(void **state)
{
	struct sip_refer request = {.kind = SIP_REFER_ALARM,
				    .origin = sip_first.origin,
				    .mac = sip_first.mac,
				    .contact_user = sip_first.contact_user,
				    .content_id = "1a2b3c4d@10.110.0.57",
				    .active_load = sip_first.active_load,
				    .inactive_load = sip_first.inactive_load,
				    .alarm = 23,
				    .last = "reset-restart"};
	char text[4096];
	ssize_t size = sip_build_refer(&request, text, sizeof(text));
	struct sip_message *m = sip_decoded(text, size > 0 ? (size_t)size : 0);

	(void)state;
	assert_string_equal(m->method, "REFER");
	assert_string_equal(m->refer_to, "cid:1a2b3c4d@10.110.0.57");
	assert_string_equal(m->require, "norefersub");
	assert_string_equal(m->content_type, "application/x-cisco-alarm+xml");
	assert_string_equal(sip_header_find(m, "Content-Id"), "<1a2b3c4d@10.110.0.57>");
	assert_non_null(memmem(m->body.data, m->body.length, ">23<", 4));
	sip_free(m);
	request.kind = SIP_REFER_FALLBACK;
	size = sip_build_refer(&request, text, sizeof(text));
	m = sip_decoded(text, size > 0 ? (size_t)size : 0);
	assert_string_equal(m->refer_to, "<urn:X-cisco-remotecc:token-registration>");
	assert_int_equal(m->body.length, 0);
	sip_free(m);
}

static void the_answer_to_a_notify(void **state)
{
	static const char notify[] =
	    "NOTIFY sip:2001@10.110.0.57 SIP/2.0\r\n"
	    "Via: SIP/2.0/TCP 10.20.0.11:5060;branch=z9hG4bKa, SIP/2.0/TCP 10.20.0.12;branch=b\r\n"
	    "f: <sip:10.20.0.11>;tag=f\r\nt: <sip:2001@10.110.0.57>\r\ni: n1\r\nCSeq: 3 NOTIFY\r\n"
	    "Event: service-control\r\nl: 12\r\n\r\naction=reset";
	static const char expected[] = "SIP/2.0 481 Call/Transaction Does Not Exist\r\n"
				       "Via: SIP/2.0/TCP 10.20.0.11:5060;branch=z9hG4bKa\r\n"
				       "Via: SIP/2.0/TCP 10.20.0.12;branch=b\r\n"
				       "From: <sip:10.20.0.11>;tag=f\r\nTo: <sip:2001@10.110.0.57>;tag=t9\r\n"
				       "Call-ID: n1\r\nCSeq: 3 NOTIFY\r\nServer: Cisco-CP7841/14.2.1\r\n"
				       "Content-Length: 2\r\n\r\nhi";
	const struct sip_header header = {"Server", "Cisco-CP7841/14.2.1"};
	struct sip_response response = {.status = 481,
					.to_tag = "t9",
					.header = &header,
					.headers = 1,
					.body = {(const uint8_t *)"hi", 2}};
	struct sip_message *m = sip_decoded(notify, sizeof(notify) - 1);
	char text[1024];

	(void)state;
	wire_check_text(m->body, "action=reset");
	built(sip_build_response(m, &response, text, sizeof(text)), text, expected);
	response.status = 99;
	assert_int_equal(sip_build_response(m, &response, text, sizeof(text)), -EINVAL);
	sip_free(m);
	/* a response is not answered, and a To with a tag keeps it */
	m = sip_decoded(sip_ok, sizeof(sip_ok) - 1);
	response.status = 200;
	assert_int_equal(sip_build_response(m, &response, text, sizeof(text)), -EINVAL);
	sip_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_first_register),
	    cmocka_unit_test(the_other_registers),
	    cmocka_unit_test(values_that_would_break_a_message_are_refused),
	    cmocka_unit_test(texts_of_any_kind_are_escaped),
	    cmocka_unit_test(refers),
	    cmocka_unit_test(the_answer_to_a_notify),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
