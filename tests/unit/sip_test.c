/* SIP: framing of a stream, decoding, the REGISTER of a phone and the answers to it, digest. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/support/wire_check.h"
#include "wire/sip_build.h"
#include "wire/sip_digest.h"

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

/* What a call manager answers to the first REGISTER: its expiry, the new binding, its own Date. */
static const char ok[] = "SIP/2.0 200 OK\r\n"
			 "Via: SIP/2.0/TCP 10.110.0.57:49701;branch=z9hG4bK4b0e1f2c\r\n"
			 "From: <sip:2001@10.20.0.11>;tag=001122aabb0100024c3f6a1b-5d9e\r\n"
			 "To: <sip:2001@10.20.0.11>;tag=1870412216\r\n"
			 "Date: Sat, 21 Nov 2026 02:00:01 GMT\r\n"
			 "Call-ID: 001122aa-bb010002-3b9c1d2e-4f5a6b7c@10.110.0.57\r\n"
			 "Server: Cisco-CUCM11.5\r\n"
			 "CSeq: 101 REGISTER\r\n"
			 "Expires: 120\r\n"
			 "Contact: <sip:5f7e2b1c-0001@10.110.0.57:49701;transport=tcp>;"
			 "+sip.instance=\"<urn:uuid:00000000-0000-0000-0000-001122aabb01>\";"
			 "+u.sip!devicename.ccm.cisco.com=\"SEP001122AABB01\";+u.sip!model.ccm.cisco.com="
			 "\"622\";x-cisco-newreg\r\n"
			 "Supported: X-cisco-srtp-fallback,X-cisco-sis-8.0.0\r\n"
			 "Content-Type: application/x-cisco-remotecc-response+xml\r\n"
			 "Content-Length: 61\r\n"
			 "\r\n"
			 "<x-cisco-remotecc-response><response><code>200</code></respon";

static const struct sip_register first = {
    .kind = SIP_REGISTER_INITIAL,
    .origin = {.transport = "TCP",
	       .cm = "10.20.0.11",
	       .phone = "10.110.0.57",
	       .phone_port = 49701,
	       .dn = "2001",
	       .branch = "z9hG4bK4b0e1f2c",
	       .from_tag = "001122aabb0100024c3f6a1b-5d9e",
	       .call_id = "001122aa-bb010002-3b9c1d2e-4f5a6b7c@10.110.0.57",
	       .cseq = 101,
	       .session_id = "0123456789abcdef0123456789abcdef",
	       .date = "Sat, 21 Nov 2026 02:00:00 GMT",
	       .user_agent = "Cisco-CP7841/14.2.1"},
    .mac = {{0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01}},
    .contact_user = "5f7e2b1c-0001",
    .model = 622,
    .expires_s = 3600,
    .active_load = "sip78xx.14-2-1-0001-125.loads",
    .inactive_load = "sip78xx.12-8-1-0001-455.loads",
    .download_status = "Failed: Load ID incorrect",
    .alarm = 25,
    .last = "initialized",
};

static struct sip_message *decoded(const void *bytes, size_t size)
{
	struct sip_message *message = NULL;
	struct wire_error error = {0};
	int rc = sip_decode(bytes, size, &message, &error);

	if (rc < 0)
		fail_msg("refused at %zu: %s", error.offset, error.what);
	return message;
}

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

/* ---- framing ---- */

static void a_frame_is_found_at_every_cut(void **state)
{
	struct sip_frame frame;
	struct wire_error error;

	(void)state;
	for (size_t n = 0; n < sizeof ok - 1; n++) {
		char *copy = malloc(n + 1);

		memcpy(copy, ok, n);
		assert_int_equal(sip_frame(copy, n, &frame, &error), -EAGAIN);
		assert_int_equal(frame.skip, 0);
		free(copy);
	}
	assert_int_equal(sip_frame(ok, sizeof ok - 1, &frame, &error), 0);
	assert_int_equal(frame.header + frame.body, sizeof ok - 1);
	assert_int_equal(frame.body, 61);
}

static void keepalives_are_skipped_and_counted(void **state)
{
	static const char pings[] = "\r\n\r\n\r\n\r\n\r\nOPTIONS sip:a SIP/2.0\r\nl : 0\r\n\r\nX";
	struct sip_frame frame;

	(void)state;
	assert_int_equal(sip_frame(pings, sizeof pings - 1, &frame, NULL), 0);
	assert_int_equal(frame.skip, 10);
	assert_int_equal(frame.pings, 2);
	assert_int_equal(frame.body, 0);
	assert_int_equal(frame.skip + frame.header, sizeof pings - 2);
	assert_int_equal(sip_frame(pings, 4, &frame, NULL), -EAGAIN);
	assert_int_equal(frame.skip, 4);
	assert_int_equal(frame.pings, 1);
	/* half a ping stays until its other half is there */
	assert_int_equal(sip_frame(pings, 2, &frame, NULL), -EAGAIN);
	assert_int_equal(frame.skip, 0);
	assert_int_equal(sip_frame("", 0, &frame, NULL), -EAGAIN);
}

static void content_length_in_every_form(void **state)
{
	static const struct {
		const char *line;
		int body;
		const char *what;
	} cases[] = {
	    {"Content-Length: 5\r\n", 5, NULL},
	    {"CONTENT-LENGTH\t:\t5  \r\n", 5, NULL},
	    {"l:5\r\n", 5, NULL},
	    {"L: 5\r\nContent-Length: 5\r\n", 5, NULL},
	    {"Content-Length:\r\n 5\r\n", 5, NULL},
	    {"Subject: x\r\n Content-Length: 9\r\nl: 5\r\n", 5, NULL},
	    {"Language: 3\r\nl: 5\r\n", 5, NULL},
	    {"", 0, "no Content-Length"},
	    {"Content-Length: \r\n", 0, "Content-Length is no number"},
	    {"Content-Length: 5x\r\n", 0, "Content-Length is no number"},
	    {"Content-Length: -5\r\n", 0, "Content-Length is no number"},
	    {"l: 5\r\nl: 6\r\n", 0, "two Content-Length that differ"},
	    {"l: 65536\r\n", 0, "message longer than 65536 bytes"},
	    {"l: 99999999999999999999\r\n", 0, "Content-Length is no number"},
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct sip_frame frame;
		struct wire_error error = {0};
		int n = snprintf(text, sizeof text, "NOTIFY sip:a SIP/2.0\r\n%s\r\nHELLO", cases[i].line);
		int rc = sip_frame(text, (size_t)n, &frame, &error);

		assert_int_equal(rc, cases[i].what ? -EBADMSG : 0);
		if (cases[i].what)
			assert_string_equal(error.what, cases[i].what);
		else
			assert_int_equal(frame.body, cases[i].body);
	}
}

static void a_stream_without_an_end_is_refused(void **state)
{
	char *text = malloc(SIP_HEADER_MAX + 1);
	struct wire_error error = {0};
	struct sip_frame frame;

	(void)state;
	memset(text, 'a', SIP_HEADER_MAX + 1);
	assert_int_equal(sip_frame(text, SIP_HEADER_MAX - 1, &frame, &error), -EAGAIN);
	assert_int_equal(sip_frame(text, SIP_HEADER_MAX, &frame, &error), -EBADMSG);
	assert_string_equal(error.what, "headers longer than 16384 bytes");
	assert_int_equal(sip_frame("\x16\x03\x01", 3, &frame, &error), -EBADMSG);
	assert_string_equal(error.what, "not the beginning of a SIP message");
	free(text);
}

/* ---- decoding ---- */

static void the_answer_of_a_call_manager(void **state)
{
	struct sip_message *m = decoded(ok, sizeof ok - 1);

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
	assert_non_null(sip_contact_param(&m->contact[0], "X-CISCO-NEWREG"));
	assert_ptr_equal(sip_contact_find(m, "5f7e2b1c-0001", "10.110.0.57"), &m->contact[0]);
	assert_null(sip_contact_find(m, "5f7e2b1c-0001", "10.110.0.58"));
	assert_int_equal(m->body.length, 61);
	assert_string_equal(sip_header_find(m, "content-length"), "61");
	assert_int_equal(m->headers, 12);
	sip_free(m);
	sip_free(NULL);
}

static void every_truncation_is_refused(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof ok - 1; n++) {
		struct sip_message *m = NULL;
		struct wire_error error = {0};
		char *copy = malloc(n + 1);

		memcpy(copy, ok, n);
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
	char *copy = malloc(sizeof ok);

	(void)state;
	memcpy(copy, ok, sizeof ok);
	for (size_t i = 0; i < sizeof ok - 1; i++)
		for (size_t v = 0; v < sizeof values; v++) {
			struct sip_message *m = NULL;
			struct wire_error error = {0};

			copy[i] = (char)values[v];
			if (sip_decode(copy, sizeof ok - 1, &m, &error) == 0)
				taken++;
			else
				assert_non_null(error.what);
			sip_free(m);
			copy[i] = ok[i];
		}
	assert_in_range(taken, 1, sizeof ok * sizeof values - 1);
	free(copy);
}

#define LEAST "Via: SIP/2.0/UDP a\r\nFrom: <sip:a@b>;tag=1\r\nTo: sip:a@b;tag=2\r\nCall-ID: x\r\n"
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
	struct sip_message *m = decoded(text, sizeof text - 1);

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
	refused("OPTIONS sip:a SIP/2.0\r\n" LEAST "CSeq: 1 OPTIONS\r\nExpires: soon\r\n\r\n", "Expires");
	refused("OPTIONS sip:a SIP/2.0\r\n" LEAST "CSeq: 1 OPTIONS\r\nContact: <sip:a@b:99999>\r\n\r\n",
		"Contact");
	refused("OPTIONS sip:a SIP/2.0\r\n" LEAST "CSeq: 1 OPTIONS\r\nContact: <sip:a@b>;expires=x\r\n\r\n",
		"Contact");
	refused("OPTIONS sip:a SIP/2.0\r\n" LEAST "CSeq: 1 OPTIONS\r\nContact: a,,b\r\n\r\n", "Contact");
	refused("OPTIONS sip:a SIP/2.0\r\n" LEAST "CSeq: 1 OPTIONS\r\nContent-Length: 1\r\n\r\n",
		"Content-Length is no number or beyond the message");
	refused("OPTIONS sip:a SIP/2.0\r\n" LEAST
		"CSeq: 1 OPTIONS\r\nContent-Type: multipart/mixed\r\n\r\n--x\r\n",
		"multipart body without a boundary of 1 to 70 characters");
	refused("OPTIONS sip:a SIP/2.0\r\n" LEAST
		"CSeq: 1 OPTIONS\r\nContent-Type: multipart/mixed;boundary=x\r\n\r\n--y\r\n",
		"boundary does not occur in the multipart body");
	refused("OPTIONS sip:a SIP/2.0\r\n" LEAST
		"CSeq: 1 OPTIONS\r\nContent-Type: multipart/mixed;boundary=\"x\"\r\n\r\n--x\r\n\r\nabc",
		"multipart body without its last boundary");
}

static void responses_that_phones_obey(void **state)
{
	static const char busy[] = "SIP/2.0 503 Service Unavailable\r\n" LEAST
				   "CSeq: 1 REGISTER\r\nRetry-After: 30 (later);duration=9\r\n\r\n";
	static const char brief[] =
	    "SIP/2.0 423 Interval Too Brief\r\n" LEAST "CSeq: 1 REGISTER\r\nMin-Expires: 300\r\n\r\n";
	static const char star[] = "SIP/2.0 200 OK\r\n" LEAST "CSeq: 1 REGISTER\r\nContact: *\r\n\r\n";
	struct sip_message *m = decoded(busy, sizeof busy - 1);

	(void)state;
	assert_int_equal(m->status, 503);
	assert_true(m->has & SIP_HAS_RETRY_AFTER);
	assert_int_equal(m->retry_after_s, 30);
	sip_free(m);
	m = decoded(brief, sizeof brief - 1);
	assert_int_equal(m->min_expires_s, 300);
	sip_free(m);
	m = decoded(star, sizeof star - 1);
	assert_true(m->contact[0].star);
	sip_free(m);
}

/* ---- building ---- */

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
	ssize_t size = sip_build_register(&first, text, sizeof text);
	struct sip_frame frame;
	struct sip_message *m;

	(void)state;
	assert_in_range(size, sizeof headers, sizeof text);
	assert_memory_equal(text, headers, sizeof headers - 1);
	assert_int_equal(sip_frame(text, (size_t)size, &frame, NULL), 0);
	assert_int_equal(frame.header + frame.body, size);
	m = decoded(text, (size_t)size);
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
		assert_int_equal(sip_build_register(&first, text, room), -ENOSPC);
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
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct sip_register request = first;
		struct sip_message *m;
		ssize_t size;

		request.kind = cases[i].kind;
		size = sip_build_register(&request, text, sizeof text);
		built(size, text, cases[i].expected);
		m = decoded(text, (size_t)size);
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
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct sip_register request = first;

		request.origin.dn = bad[i];
		assert_int_equal(sip_build_register(&request, text, sizeof text), -EINVAL);
		request = first;
		request.last = bad[i];
		assert_int_equal(sip_build_register(&request, text, sizeof text), -EINVAL);
	}
}

static void refers(void **state)
{
	struct sip_refer request = {.kind = SIP_REFER_ALARM,
				    .origin = first.origin,
				    .mac = first.mac,
				    .contact_user = first.contact_user,
				    .content_id = "1a2b3c4d@10.110.0.57",
				    .active_load = first.active_load,
				    .inactive_load = first.inactive_load,
				    .alarm = 23,
				    .last = "reset-restart"};
	char text[4096];
	ssize_t size = sip_build_refer(&request, text, sizeof text);
	struct sip_message *m = decoded(text, size > 0 ? (size_t)size : 0);

	(void)state;
	assert_string_equal(m->method, "REFER");
	assert_string_equal(m->refer_to, "cid:1a2b3c4d@10.110.0.57");
	assert_string_equal(m->require, "norefersub");
	assert_string_equal(m->content_type, "application/x-cisco-alarm+xml");
	assert_string_equal(sip_header_find(m, "Content-Id"), "<1a2b3c4d@10.110.0.57>");
	assert_non_null(memmem(m->body.data, m->body.length, ">23<", 4));
	sip_free(m);
	request.kind = SIP_REFER_FALLBACK;
	size = sip_build_refer(&request, text, sizeof text);
	m = decoded(text, size > 0 ? (size_t)size : 0);
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
	struct sip_message *m = decoded(notify, sizeof notify - 1);
	char text[1024];

	(void)state;
	wire_check_text(m->body, "action=reset");
	built(sip_build_response(m, &response, text, sizeof text), text, expected);
	response.status = 99;
	assert_int_equal(sip_build_response(m, &response, text, sizeof text), -EINVAL);
	sip_free(m);
	/* a response is not answered, and a To with a tag keeps it */
	m = decoded(ok, sizeof ok - 1);
	response.status = 200;
	assert_int_equal(sip_build_response(m, &response, text, sizeof text), -EINVAL);
	sip_free(m);
}

/* ---- digest ---- */

/* RFC 2617 section 3.5, and RFC 7616 section 3.9.1 (both algorithms, the same request). */
static void digests_of_the_rfcs(void **state)
{
	const struct sip_digest mufasa = {"Mufasa",	     "Circle Of Life", "GET",
					  "/dir/index.html", "0a4f113b",       1};
	const struct sip_digest web = {"Mufasa",
				       "Circle of Life",
				       "GET",
				       "/dir/index.html",
				       "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
				       1};
	const char *realm = "http-auth@example.org", *nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
	char out[65];

	(void)state;
	assert_int_equal(sip_digest_response(SIP_DIGEST_MD5, &mufasa, "testrealm@host.com",
					     "dcd98b7102dd2f0e8b11d0f600bfb0c093", "auth", out),
			 0);
	assert_string_equal(out, "6629fae49393a05397450978507c4ef1");
	/* RFC 2069 section 2.4, as its errata correct it */
	assert_int_equal(sip_digest_response(SIP_DIGEST_MD5,
					     &(struct sip_digest){"Mufasa", "CircleOfLife", "GET",
								  "/dir/index.html", NULL, 0},
					     "testrealm@host.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093", NULL,
					     out),
			 0);
	assert_string_equal(out, "1949323746fe6a43ef61f9606e7febea");
	assert_int_equal(sip_digest_response(SIP_DIGEST_MD5, &web, realm, nonce, "auth", out), 0);
	assert_string_equal(out, "8ca523f5e9506fed4657c9700eebdbec");
	assert_int_equal(sip_digest_response(SIP_DIGEST_SHA256, &web, realm, nonce, "auth", out), 0);
	assert_string_equal(out, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
}

static void a_challenge_is_answered(void **state)
{
	static const char challenge[] =
	    "SIP/2.0 401 Unauthorized\r\n" LEAST "CSeq: 1 REGISTER\r\n"
	    "WWW-Authenticate: Digest realm=\"ccmsipline\", nonce=\"n1\", algorithm=MD5, "
	    "qop=\"auth-int,auth\"\r\n"
	    "WWW-Authenticate: Digest realm=\"ccm \\\"x\\\"\", nonce=\"n2\", algorithm=SHA-256, "
	    "qop=\"auth\", "
	    "stale=TRUE, opaque=\"o\"\r\n"
	    "WWW-Authenticate: Digest realm=\"r\", nonce=\"n3\", algorithm=SHA-512-256\r\n\r\n";
	const struct sip_digest digest = {"digest", "secret", "REGISTER", "sip:10.20.0.11", "c0", 2};
	struct sip_message *m = decoded(challenge, sizeof challenge - 1), *again;
	struct sip_challenge other;
	char value[SIP_AUTHORIZATION_MAX], response[65], text[8192];
	struct sip_register request = first;
	ssize_t size;

	(void)state;
	assert_true(m->has & SIP_HAS_CHALLENGE);
	assert_string_equal(m->challenge.algorithm, "SHA-256");
	assert_string_equal(m->challenge.realm, "ccm \"x\"");
	assert_string_equal(m->challenge.nonce, "n2");
	assert_true(m->challenge.stale);
	assert_false(m->challenge.proxy);
	size = sip_digest_authorization(&m->challenge, &digest, value, sizeof value);
	assert_int_equal(size, strlen(value));
	request.origin.authorization = value;
	size = sip_build_register(&request, text, sizeof text);
	again = decoded(text, size > 0 ? (size_t)size : 0);
	assert_true(again->has & SIP_HAS_CREDENTIALS);
	assert_string_equal(again->credentials.username, "digest");
	assert_string_equal(again->credentials.realm, "ccm \"x\"");
	assert_string_equal(again->credentials.uri, "sip:10.20.0.11");
	assert_string_equal(again->credentials.nc, "00000002");
	assert_string_equal(again->credentials.qop, "auth");
	assert_string_equal(again->credentials.opaque, "o");
	assert_int_equal(sip_digest_response(SIP_DIGEST_SHA256, &digest, "ccm \"x\"", "n2", "auth", response),
			 0);
	assert_string_equal(again->credentials.response, response);
	sip_free(again);
	for (size_t room = 0; room < strlen(value) + 1; room++)
		assert_int_equal(sip_digest_authorization(&m->challenge, &digest, text, room), -ENOSPC);
	other = m->challenge;
	other.algorithm = "SHA-512-256";
	assert_int_equal(sip_digest_authorization(&other, &digest, value, sizeof value), -EPROTO);
	other = m->challenge;
	other.qop = "auth-int";
	assert_int_equal(sip_digest_authorization(&other, &digest, value, sizeof value), -EPROTO);
	other = m->challenge;
	other.scheme = "Basic";
	assert_int_equal(sip_digest_authorization(&other, &digest, value, sizeof value), -EPROTO);
	sip_free(m);
}

/* ---- dates ---- */

static void dates(void **state)
{
	static const struct {
		uint64_t unix_s;
		const char *text;
	} cases[] = {
	    {0, "Thu, 01 Jan 1970 00:00:00 GMT"},	   {1795226400, "Sat, 21 Nov 2026 02:00:00 GMT"},
	    {951782399, "Mon, 28 Feb 2000 23:59:59 GMT"},  {951782400, "Tue, 29 Feb 2000 00:00:00 GMT"},
	    {4107542400, "Mon, 01 Mar 2100 00:00:00 GMT"}, {253402300799, "Fri, 31 Dec 9999 23:59:59 GMT"},
	};
	static const char *const bad[] = {"",
					  "Sat, 21 Nov 2026 02:00:00 UTC",
					  "Sun, 21 Nov 2026 02:00:00 GMT",
					  "Sat, 31 Nov 2026 02:00:00 GMT",
					  "Sat, 21 Nov 2026 24:00:00 GMT",
					  "Sat, 21 nov 2026 02:00:00 GMT"};
	char text[SIP_DATE_TEXT];
	uint64_t back;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		sip_date_format(cases[i].unix_s, text);
		assert_string_equal(text, cases[i].text);
		assert_int_equal(sip_date_parse(&back, text), 0);
		assert_int_equal(back, cases[i].unix_s);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(sip_date_parse(&back, bad[i]), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_frame_is_found_at_every_cut),
	    cmocka_unit_test(keepalives_are_skipped_and_counted),
	    cmocka_unit_test(content_length_in_every_form),
	    cmocka_unit_test(a_stream_without_an_end_is_refused),
	    cmocka_unit_test(the_answer_of_a_call_manager),
	    cmocka_unit_test(every_truncation_is_refused),
	    cmocka_unit_test(every_corruption_is_survived),
	    cmocka_unit_test(compact_forms_folds_and_lists),
	    cmocka_unit_test(bad_messages_say_why),
	    cmocka_unit_test(responses_that_phones_obey),
	    cmocka_unit_test(the_first_register),
	    cmocka_unit_test(the_other_registers),
	    cmocka_unit_test(values_that_would_break_a_message_are_refused),
	    cmocka_unit_test(refers),
	    cmocka_unit_test(the_answer_to_a_notify),
	    cmocka_unit_test(digests_of_the_rfcs),
	    cmocka_unit_test(a_challenge_is_answered),
	    cmocka_unit_test(dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
