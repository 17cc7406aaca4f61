/* TLS in captures: records, handshake messages and alerts, over segments and ports; TVS and CAPF in the clear. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/support/frames.h"
#include "wire/capf.h"
#include "wire/dissect.h"
#include "wire/ipv4.h"
#include "wire/tvs.h"

#define PHONE "SEP001122AABB01"
#define PORT  49800

static struct dissect_context *context;
static struct dissect out;
static uint8_t frame[70000];

static int begin(void **state)
{
	static const char get[] = "GET /CTLSEP001122AABB01.tlv HTTP/1.1\r\nHost: h\r\n\r\n";
	size_t size = frames_tcp(FRAMES_PHONE, 50003, FRAMES_SERVER, 6970, 1, TCP_ACK, get, sizeof(get) - 1,
				 frame, sizeof(frame));

	(void)state;
	context = dissect_new();
	if (!context)
		return -1;
	/* From now on, the address of the phone is known. */
	dissect_frame(context, frame, size, false, &out);
	return out.step == 5 ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	dissect_free(context);
	return 0;
}

/* --- bytes of TLS --- */

static uint8_t stream[70000];
static size_t stream_size;

static void put(const void *bytes, size_t size)
{
	memcpy(stream + stream_size, bytes, size);
	stream_size += size;
}

/* A record header of TLS 1.2 (3.3), or the minor version given. */
static void put_record(uint8_t type, size_t size, uint8_t minor)
{
	put((uint8_t[]){type, 3, minor, (uint8_t)(size >> 8), (uint8_t)size}, 5);
}

/* A handshake message in a record of its own. */
static void put_handshake(uint8_t type, const void *body, size_t size)
{
	put_record(22, size + 4, 3);
	put((uint8_t[]){type, (uint8_t)(size >> 16), (uint8_t)(size >> 8), (uint8_t)size}, 4);
	put(body, size);
}

static void put_server_hello(uint16_t cipher)
{
	/* TLS 1.2, random, a session of 2 bytes, the suite, no compression, no extension */
	uint8_t hello[42] = {3, 3, [34] = 2, 0xaa, 0xbb, (uint8_t)(cipher >> 8), (uint8_t)cipher, 0, 0, 0};

	put_handshake(2, hello, sizeof(hello));
}

/* --- frames --- */

static void send_part(bool from_phone, uint16_t port, size_t from, size_t to)
{
	size_t size =
	    frames_tcp(from_phone ? FRAMES_PHONE : FRAMES_CM, from_phone ? PORT : port,
		       from_phone ? FRAMES_CM : FRAMES_PHONE, from_phone ? port : PORT, 1000 + (uint32_t)from,
		       TCP_ACK | TCP_PSH, stream + from, to - from, frame, sizeof(frame));
	uint8_t *copy = malloc(size);

	memcpy(copy, frame, size);
	dissect_frame(context, copy, size, false, &out);
	free(copy);
}

static void send_all(bool from_phone, uint16_t port)
{
	send_part(from_phone, port, 0, stream_size);
}

static void open_connection(bool from_phone, uint16_t port)
{
	size_t size = frames_tcp(from_phone ? FRAMES_PHONE : FRAMES_CM, from_phone ? PORT : port,
				 from_phone ? FRAMES_CM : FRAMES_PHONE, from_phone ? port : PORT, 999,
				 TCP_SYN, NULL, 0, frame, sizeof(frame));

	dissect_frame(context, frame, size, false, &out);
	assert_string_equal(out.protocol, "tcp");
	stream_size = 0;
}

static void is(const char *protocol, int step)
{
	if (out.malformed)
		fail_msg("malformed: %s", out.error);
	assert_string_equal(out.protocol, protocol);
	assert_string_equal(out.phone, PHONE);
	assert_int_equal(out.step, step);
}

static void field(const char *name, const char *value)
{
	if (!value) {
		assert_null(dissect_value(&out, name));
		return;
	}
	if (!dissect_value(&out, name))
		fail_msg("no field %s", name);
	assert_string_equal(dissect_value(&out, name), value);
}

/* --- tests --- */

static void a_registration_over_tls(void **state)
{
	static const uint8_t zeros[600];
	char text[DISSECT_SUMMARY_MAX];

	(void)state;
	open_connection(true, 5061);
	assert_int_equal(out.step, 10);
	put_handshake(1, zeros, 120);
	send_all(true, 5061);
	is("tls", 10);
	field("record", "handshake");
	field("handshake", "client_hello");
	field("cipher", NULL);
	dissect_summary(&out, text, sizeof(text));
	assert_string_equal(text, "client_hello");
	/* the server: hello, certificate, request, done; in one segment */
	open_connection(false, 5061);
	put_server_hello(0xc02b);
	put_handshake(11, zeros, 600);
	put_handshake(13, zeros, 20);
	put_handshake(14, zeros, 0);
	send_all(false, 5061);
	is("tls", 10);
	field("record", "handshake, handshake, handshake, handshake");
	field("handshake", "server_hello, certificate, certificate_request, server_hello_done");
	field("cipher", "ECDHE-ECDSA-AES128-GCM-SHA256");
	field("version", "TLS 1.2");
	/* the phone: three messages in one record, then what is encrypted */
	stream_size = 0;
	put_handshake(1, zeros, 120);
	put_record(22, 4 + 10 + 4 + 70 + 4, 3);
	put((uint8_t[]){11, 0, 0, 10}, 4);
	put(zeros, 10);
	put((uint8_t[]){16, 0, 0, 70}, 4);
	put(zeros, 70);
	put((uint8_t[]){15, 0, 0, 0}, 4);
	put_record(20, 1, 3);
	put((uint8_t[]){1}, 1);
	put_record(22, 40, 3);
	put(zeros, 40);
	send_part(true, 5061, 129, stream_size);
	is("tls", 10);
	field("handshake", "certificate, client_key_exchange, certificate_verify, encrypted");
	field("record", "handshake, change_cipher_spec, handshake");
	/* SIP */
	stream_size = 0;
	put_record(23, 500, 3);
	put(zeros, 500);
	put_record(23, 30, 3);
	put(zeros, 30);
	send_all(false, 5061);
	field("note", "retransmission"); /* the stream of the server is farther */
	open_connection(false, 5061);
	put_record(23, 500, 3);
	put(zeros, 500);
	put_record(23, 30, 3);
	put(zeros, 30);
	send_all(false, 5061);
	is("tls", 11);
	field("application_bytes", "530");
	dissect_summary(&out, text, sizeof(text));
	assert_string_equal(text, "application data, 530 octets");
}

/* Each way to cut the stream gives the same messages. */
static void messages_over_segments(void **state)
{
	static const uint8_t zeros[300];

	(void)state;
	for (size_t step = 1; step < 90; step += 7) {
		unsigned certificates = 0, ciphers = 0;

		open_connection(false, 5061);
		put_server_hello(0x0002);
		/* a certificate in two records, whose header is cut too */
		put_record(22, 2, 3);
		put((uint8_t[]){11, 0}, 2);
		put_record(22, 302, 3);
		put((uint8_t[]){1, 44}, 2);
		put(zeros, 300);
		for (size_t at = 0; at < stream_size; at += step) {
			send_part(false, 5061, at, at + step < stream_size ? at + step : stream_size);
			is("tls", 10);
			if (dissect_value(&out, "handshake") &&
			    strstr(dissect_value(&out, "handshake"), "certificate"))
				certificates++;
			if (dissect_value(&out, "cipher")) {
				field("cipher", "NULL-SHA");
				ciphers++;
			}
		}
		assert_int_equal(certificates, 1);
		assert_int_equal(ciphers, 1);
		field("incomplete_bytes", NULL);
	}
}

static void alerts(void **state)
{
	static const struct {
		uint8_t level, description;
		const char *name, *summary;
	} rows[] = {
	    {2, 40, "handshake_failure", "alert handshake_failure"},
	    {2, 48, "unknown_ca", "alert unknown_ca"},
	    {2, 70, "protocol_version", "alert protocol_version"},
	    {1, 0, "close_notify", "alert close_notify"},
	    {2, 200, "200", "alert 200"},
	};
	char text[DISSECT_SUMMARY_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		open_connection(false, 5061);
		put_record(21, 2, 3);
		put((uint8_t[]){rows[i].level, rows[i].description}, 2);
		send_all(false, 5061);
		is("tls", 10);
		field("alert", rows[i].name);
		field("alert_level", rows[i].level == 2 ? "fatal" : "warning");
		dissect_summary(&out, text, sizeof(text));
		assert_string_equal(text, rows[i].summary);
	}
	/* behind change_cipher_spec it cannot be read */
	open_connection(false, 5061);
	put_record(20, 1, 3);
	put((uint8_t[]){1}, 1);
	put_record(21, 26, 3);
	put((uint8_t[26]){0}, 26);
	send_all(false, 5061);
	field("alert", "encrypted");
}

static void the_step_by_the_port(void **state)
{
	static const struct {
		uint16_t port;
		int step;
	} ports[] = {{6971, 7}, {3804, 7}, {5061, 10}, {2445, 10}, {8443, 0}};
	static const uint8_t zeros[60];

	(void)state;
	/* a phone that asks TVS for the signer of its CTL file */
	open_connection(true, 2445);
	assert_int_equal(out.step, 5);
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		open_connection(true, ports[i].port);
		put_handshake(1, zeros, 60);
		send_all(true, ports[i].port);
		is("tls", ports[i].step);
		field("handshake", "client_hello");
	}
	/* a TLS 1.3 server by its suite */
	open_connection(false, 6971);
	put_server_hello(0x1301);
	send_all(false, 6971);
	field("version", "TLS 1.3");
	field("cipher", "TLS_AES_128_GCM_SHA256");
	/* a suite that no phone has */
	open_connection(false, 6971);
	put_server_hello(0x1234);
	send_all(false, 6971);
	field("cipher", "0x1234");
	field("version", "TLS 1.2");
}

static void what_is_not_whole(void **state)
{
	static const uint8_t zeros[2000];

	(void)state;
	/* a capture that begins within a record */
	stream_size = 0;
	put(zeros, 100);
	send_all(false, 5061);
	is("tls", 10);
	field("note", "the beginning of this record is not in the capture");
	/* then a record begins, encrypted from the first one on */
	put_record(22, 40, 3);
	put((uint8_t[40]){99}, 40);
	send_part(false, 5061, 100, stream_size);
	is("tls", 10);
	field("handshake", "encrypted");
	/* a record that goes on */
	open_connection(true, 5061);
	put_record(23, 1500, 3);
	put(zeros, 1000);
	send_all(true, 5061);
	field("incomplete_bytes", "500");
	is("tls", 11);
	/* garbage */
	open_connection(true, 5061);
	put("GET / HTTP/1.1\r\n", 16);
	send_all(true, 5061);
	assert_true(out.malformed);
	assert_string_equal(out.error, "tls: no TLS record");
	open_connection(true, 5061);
	put_record(23, 1, 3);
	put("xGET / HTTP/1.1\r\n", 17);
	send_all(true, 5061);
	assert_true(out.malformed);
	assert_string_equal(out.error, "tls: no TLS record");
}

static void tvs_and_capf_in_the_clear(void **state)
{
	struct tvs tvs = {.command = TVS_VERIFIED,
			  .session = 1001,
			  .has = TVS_HAS_STATUS | TVS_HAS_TTL,
			  .role = {0, 3},
			  .roles = 2,
			  .ttl_s = TVS_TTL_S};
	struct capf capf = {.command = CAPF_AUTH_REPLY,
			    .session = 7,
			    .has = CAPF_HAS_REASON | CAPF_HAS_DEVICE | CAPF_HAS_PASSWORD,
			    .reason = CAPF_OK,
			    .device = wire_slice_text(PHONE),
			    .password = wire_slice_text("secret")};
	char text[DISSECT_SUMMARY_MAX];

	(void)state;
	stream_size = (size_t)tvs_encode(&tvs, stream, sizeof(stream));
	send_all(false, 2445);
	is("tvs", 5);
	field("command", "TVS_MSG_CERT_VERIFICATION_RES");
	field("roles", "0, 3");
	field("ttl_s", "86400");
	dissect_summary(&out, text, sizeof(text));
	assert_string_equal(text, "TVS_MSG_CERT_VERIFICATION_RES, status 0, roles 0, 3");
	stream_size = (size_t)capf_encode(&capf, stream, sizeof(stream));
	send_all(true, 3804);
	is("capf", 7);
	field("command", "authentication reply");
	field("device", PHONE);
	/* no password in a decode */
	for (unsigned i = 0; i < out.fields; i++)
		assert_null(strstr(out.field[i].value, "secret"));
	stream[1] = 99;
	send_all(true, 3804);
	assert_string_equal(out.error, "capf: unknown command");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_registration_over_tls, begin, end),
	    cmocka_unit_test_setup_teardown(messages_over_segments, begin, end),
	    cmocka_unit_test_setup_teardown(alerts, begin, end),
	    cmocka_unit_test_setup_teardown(the_step_by_the_port, begin, end),
	    cmocka_unit_test_setup_teardown(what_is_not_whole, begin, end),
	    cmocka_unit_test_setup_teardown(tvs_and_capf_in_the_clear, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
