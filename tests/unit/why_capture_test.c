/*
 * The last attempt of a phone, from frames: when it begins, what ends a registration, answers that the phone could not use,
 * connections that fail, and captures of other places than the phone's port. The frames are made here; no file is read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/lab/status_read.h"
#include "phonelab/why/capture.h"
#include "phonelab/why/fact.h"
#include "phonelab/why/source.h"
#include "tests/support/frames.h"
#include "tests/support/sample_frames.h"
#include "wire/arp.h"
#include "wire/dhcp.h"
#include "wire/ipv4.h"
#include "wire/pcapng.h"

#define FRAMES 600
#define OTHER  0x0a14000cu /* 10.20.0.12, the second call manager */
#define GATE   0x0a6e0001u

static const struct mac phone = {{0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01}};

static struct frame {
	uint64_t ms;
	uint32_t length;
	size_t size;
	uint8_t bytes[2000];
} frame[FRAMES];
static size_t frames;
static uint64_t now; /* ms */
static uint16_t link_type = PCAPNG_ETHERNET;

static json_t *status, *events, *facts;

static int begin(void **state)
{
	(void)state;
	frames = 0;
	now = 1000;
	link_type = PCAPNG_ETHERNET;
	return 0;
}

static int end(void **state)
{
	(void)state;
	json_decref(status);
	json_decref(events);
	json_decref(facts);
	status = events = facts = NULL;
	return 0;
}

/* --- frames --- */

static void add(const uint8_t *bytes, size_t size)
{
	assert_true(frames < FRAMES && size <= sizeof(frame[0].bytes));
	memcpy(frame[frames].bytes, bytes, size);
	frame[frames].size = size;
	frame[frames].length = (uint32_t)size;
	frame[frames++].ms = now;
	now += 30;
}

static void udp(uint32_t from, uint16_t from_port, uint32_t to, uint16_t to_port, const void *payload,
		size_t size)
{
	uint8_t bytes[2000];

	add(bytes, frames_udp(from, from_port, to, to_port, payload, size, bytes, sizeof(bytes)));
}

static void tcp(uint32_t from, uint16_t from_port, uint32_t to, uint16_t to_port, uint32_t sequence,
		uint8_t flags, const char *text)
{
	uint8_t bytes[2000];

	add(bytes, frames_tcp(from, from_port, to, to_port, sequence, flags, text, strlen(text), bytes,
			      sizeof(bytes)));
}

static void sample(enum sample_frame kind)
{
	uint8_t bytes[2000];

	add(bytes, (size_t)sample_frame_write(kind, bytes, sizeof(bytes)));
}

static struct dhcp_message answer(uint8_t type, uint32_t xid)
{
	return (struct dhcp_message){.operation = DHCP_BOOTREPLY,
				     .xid = xid,
				     .chaddr = phone,
				     .yiaddr = FRAMES_PHONE,
				     .has = DHCP_HAS_TYPE | DHCP_HAS_SERVER | DHCP_HAS_MASK | DHCP_HAS_LEASE |
					    DHCP_HAS_ROUTER | DHCP_HAS_TFTP_ADDRESS,
				     .type = type,
				     .server = 0x0a6e0002,
				     .mask = 0xffffff00,
				     .lease = 3600,
				     .routers = {.count = 1, .item = {GATE}},
				     .tftp_addresses = {.count = 1, .item = {FRAMES_SERVER}}};
}

static void dhcp(const struct dhcp_message *message)
{
	bool reply = message->operation == DHCP_BOOTREPLY;
	uint8_t bytes[1000];
	ssize_t length = dhcp_encode(message, bytes, sizeof(bytes));

	assert_true(length > 0);
	udp(reply ? 0x0a6e0002 : 0, reply ? 67 : 68, UINT32_MAX, reply ? 68 : 67, bytes, (size_t)length);
	memset(frame[frames - 1].bytes, 0xff, 6);
	if (!reply)
		memcpy(frame[frames - 1].bytes + 6, phone.octet, 6);
}

static void ask(uint8_t type, uint32_t xid)
{
	dhcp(&(struct dhcp_message){.operation = DHCP_BOOTREQUEST,
				    .xid = xid,
				    .chaddr = phone,
				    .has = DHCP_HAS_TYPE |
					   (type == DHCP_REQUEST ? DHCP_HAS_ADDRESS | DHCP_HAS_SERVER : 0u),
				    .type = type,
				    .address = FRAMES_PHONE,
				    .server = 0x0a6e0002});
}

static void reply(uint8_t type, uint32_t xid)
{
	struct dhcp_message message = answer(type, xid);

	dhcp(&message);
}

static void lease(uint32_t xid)
{
	ask(DHCP_DISCOVER, xid);
	reply(DHCP_OFFER, xid);
	ask(DHCP_REQUEST, xid);
	reply(DHCP_ACK, xid);
}

/* One file by HTTP on a connection of its own. */
static void file(uint16_t port, const char *name, const char *response)
{
	char text[300];

	tcp(FRAMES_PHONE, port, FRAMES_SERVER, 6970, 100, TCP_SYN, "");
	tcp(FRAMES_SERVER, 6970, FRAMES_PHONE, port, 500, TCP_SYN | TCP_ACK, "");
	snprintf(text, sizeof(text), "GET /%s HTTP/1.1\r\nHost: 10.20.0.3:6970\r\n\r\n", name);
	tcp(FRAMES_PHONE, port, FRAMES_SERVER, 6970, 101, TCP_ACK | TCP_PSH, text);
	tcp(FRAMES_SERVER, 6970, FRAMES_PHONE, port, 501, TCP_ACK | TCP_PSH, response);
	tcp(FRAMES_SERVER, 6970, FRAMES_PHONE, port, 501 + (uint32_t)strlen(response), TCP_ACK | TCP_FIN, "");
}

#define OK_XML	  "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<device/>"
#define NOT_FOUND "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

static void files(uint16_t port)
{
	file(port, "CTLSEP001122AABB01.tlv", NOT_FOUND);
	file((uint16_t)(port + 1), "SEP001122AABB01.cnf.xml", OK_XML);
}

static void connect_to(uint32_t server, uint16_t port)
{
	tcp(FRAMES_PHONE, port, server, 5060, 100, TCP_SYN, "");
	tcp(server, 5060, FRAMES_PHONE, port, 500, TCP_SYN | TCP_ACK, "");
	tcp(FRAMES_PHONE, port, server, 5060, 101, TCP_ACK, "");
}

/* How far the text of each direction got: one connection to a call manager at a time. */
static uint32_t up, down;

#define HEADERS                                                                                              \
	"Via: SIP/2.0/TCP 10.110.0.57:49701;branch=z9hG4bK%u\r\nFrom: <sip:%s@cm>;tag=1\r\nTo: "             \
	"<sip:%s@cm>\r\n"                                                                                    \
	"Call-ID: %s\r\nCSeq: %u REGISTER\r\n"

static const char *request_of(const char *user, const char *call_id, unsigned cseq, int expires,
			      const char *more)
{
	static char text[1200];

	snprintf(text, sizeof(text),
		 "REGISTER sip:cm SIP/2.0\r\n" HEADERS "Contact: <sip:x@10.110.0.57:49701;transport=tcp>%s"
		 ";+u.sip!devicename.ccm.cisco.com=\"SEP001122AABB01\"\r\n"
		 "Expires: %d\r\nContent-Length: 0\r\n\r\n",
		 cseq, user, user, call_id, cseq, more, expires);
	return text;
}

static const char *response_of(const char *user, const char *call_id, unsigned cseq, const char *line,
			       int expires)
{
	static char text[1200];
	char contact[120] = "";

	if (expires)
		snprintf(contact, sizeof(contact), "Contact: <sip:x@10.110.0.57:49701>;expires=%d\r\n",
			 expires);
	snprintf(text, sizeof(text), "SIP/2.0 %s\r\n" HEADERS "%sContent-Length: 0\r\n\r\n", line, cseq, user,
		 user, call_id, cseq, contact);
	return text;
}

static void say_up(uint32_t server, uint16_t port, const char *text)
{
	tcp(FRAMES_PHONE, port, server, 5060, up, TCP_ACK | TCP_PSH, text);
	up += (uint32_t)strlen(text);
}

static void say_down(uint32_t server, uint16_t port, const char *text)
{
	tcp(server, 5060, FRAMES_PHONE, port, down, TCP_ACK | TCP_PSH, text);
	down += (uint32_t)strlen(text);
}

static void register_with(uint32_t server, uint16_t port, const char *call_id, unsigned cseq, int expires,
			  const char *line)
{
	say_up(server, port, request_of("2001", call_id, cseq, expires, ""));
	say_down(server, port, response_of("2001", call_id, cseq, line, line[0] == '2' ? expires : 0));
}

static void connect_and_register(const char *call_id, const char *line)
{
	static uint16_t port = 49701;

	connect_to(FRAMES_CM, port);
	up = 101;
	down = 501;
	register_with(FRAMES_CM, port, call_id, 1, 3600, line);
}

/* A whole boot with the last connection at port 49701. */
static void boot(uint32_t xid)
{
	char call_id[20];

	lease(xid);
	files((uint16_t)(40000 + xid % 1000));
	snprintf(call_id, sizeof(call_id), "boot-%u", xid);
	connect_and_register(call_id, "200 OK");
}

/* --- the answer --- */

static bool read_as(const struct mac *mac)
{
	struct capture *capture = capture_new(mac);
	struct capture_record record;
	bool any;

	assert_non_null(capture);
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < frames; i++) {
			record = (struct capture_record){.number = i + 1,
							 .link_type = link_type,
							 .time_ns = (1000000 + frame[i].ms) * 1000000,
							 .bytes = frame[i].bytes,
							 .size = frame[i].size,
							 .length = frame[i].length};
			assert_int_equal(
			    pass ? capture_add(capture, &record) : capture_learn(capture, &record), 0);
		}
	end(NULL);
	any = capture_finish(capture, &status, &events, &facts);
	capture_free(capture);
	return any;
}

static const json_t *the_phone(void)
{
	return json_array_get(json_object_get(status, "phones"), 0);
}

static const char *step_state(int step)
{
	return json_text(json_array_get(json_object_get(the_phone(), "steps"), (size_t)step - 1), "state");
}

static const char *step_detail(int step)
{
	return json_text(json_array_get(json_object_get(the_phone(), "steps"), (size_t)step - 1), "detail");
}

static void expect_registered(bool registered)
{
	if (status_read_registered(the_phone()) != registered ||
	    (status_read_open_step(the_phone()) == NULL) != registered)
		fail_msg("state %s, open step %s: %s", json_text(the_phone(), "state"),
			 json_text(status_read_open_step(the_phone()), "name"),
			 json_text(status_read_open_step(the_phone()), "detail"));
}

static void expect_step(int step, const char *state, const char *detail)
{
	const json_t *open = status_read_open_step(the_phone());

	if (json_int(open, "n") != step || strcmp(json_text(open, "state"), state) ||
	    !strstr(json_text(open, "detail"), detail))
		fail_msg("open step %lld %s: \"%s\", expected %d %s: \"%s\"", json_int(open, "n"),
			 json_text(open, "state"), json_text(open, "detail"), step, state, detail);
	assert_false(status_read_registered(the_phone()));
}

static const json_t *event_named(const char *name)
{
	for (size_t i = json_array_size(events); i > 0; i--)
		if (!strcmp(json_text(json_array_get(events, i - 1), "event"), name))
			return json_array_get(events, i - 1);
	return NULL;
}

static const char *evidence(const json_t *event, const char *key)
{
	return json_text(json_object_get(event, "evidence"), key);
}

/* --- attempts --- */

static void a_whole_boot_is_registered(void **state)
{
	(void)state;
	boot(1);
	assert_true(read_as(&phone));
	expect_registered(true);
	assert_string_equal(json_text(the_phone(), "registered_with"), "10.20.0.11");
	assert_string_equal(json_text(the_phone(), "directory_number"), "2001");
	assert_string_equal(json_text(the_phone(), "ipv4"), "10.110.0.57");
	assert_string_equal(evidence(event_named("dhcp.ack"), "gateway"), "10.110.0.1");
	assert_string_equal(evidence(event_named("file.ok"), "file"), "SEP001122AABB01.cnf.xml");
	assert_string_equal(evidence(event_named("file.ok"), "bytes"), "9");
	assert_string_equal(evidence(event_named("sip.register"), "expires"), "3600");
	assert_int_equal(json_int(event_named("dhcp.discover"), "line"), 1);
	assert_string_equal(step_state(LADDER_ITL), "skipped");
}

static void an_unregister_ends_the_registration(void **state)
{
	(void)state;
	boot(1);
	register_with(FRAMES_CM, 49701, "boot-1", 2, 0, "200 OK");
	assert_true(read_as(&phone));
	expect_step(LADDER_REGISTER, "pending", "unregistered");
}

static void a_token_to_a_standby_ends_nothing(void **state)
{
	(void)state;
	boot(1);
	connect_to(OTHER, 49800);
	up = 101;
	down = 501;
	say_up(OTHER, 49800, request_of("2001", "token", 1, 0, ";cisco-keep-alive"));
	say_down(OTHER, 49800, response_of("2001", "token", 1, "200 OK", 0));
	assert_true(read_as(&phone));
	expect_registered(true);
}

static void a_reset_in_the_midst_counts_from_the_discover(void **state)
{
	(void)state;
	boot(1);
	register_with(FRAMES_CM, 49701, "boot-1", 2, 0, "200 OK");
	lease(2);
	assert_true(read_as(&phone));
	expect_step(LADDER_CTL, "pending", "");
	assert_null(event_named("sip.register"));
	assert_null(event_named("file.ok"));
	assert_string_equal(fact_text(fact_find(facts, "capture.attempt", NULL), "attempts"), "2");
}

static void a_reset_without_an_unregister_counts_too(void **state)
{
	(void)state;
	boot(1);
	ask(DHCP_DISCOVER, 2);
	assert_true(read_as(&phone));
	expect_step(LADDER_DHCP, "active", "no OFFER");
}

/* The phone of the sample, so that its own CDP frame is among the others. */
static void a_cdp_query_begins_a_boot(void **state)
{
	static const struct mac other = {{0x00, 0x11, 0x22, 0x33, 0x44, 0x55}};

	(void)state;
	boot(1);
	sample(SAMPLE_CDP_PHONE);
	memcpy(frame[frames - 1].bytes + 6, phone.octet, 6);
	assert_true(read_as(&phone));
	expect_step(LADDER_VOICE_VLAN, "active", "asked by CDP");
	sample(SAMPLE_CDP_SWITCH);
	assert_true(read_as(&phone));
	expect_step(LADDER_DHCP, "pending", "");
	assert_non_null(strstr(step_detail(LADDER_VOICE_VLAN), "VLAN "));
	assert_false(read_as(&other));
}

/* Events of steps that begin end what is known of later ones. */
static void what_comes_late_begins_nothing(void **state)
{
	(void)state;
	boot(1);
	sample(SAMPLE_CDP_SWITCH);
	assert_true(read_as(&phone));
	expect_registered(true);
	assert_string_equal(step_state(LADDER_VOICE_VLAN), "done");
	assert_int_equal(json_int(event_named("step.active"), "step"), LADDER_REGISTER);
}

static void files_again_make_the_registration_doubtful(void **state)
{
	(void)state;
	boot(1);
	files(41000);
	assert_true(read_as(&phone));
	expect_step(LADDER_REGISTER, "pending", "may have started again");
	/* The connection goes on: the phone has only read its files again. */
	register_with(FRAMES_CM, 49701, "boot-1", 2, 3600, "200 OK");
	assert_true(read_as(&phone));
	expect_registered(true);
}

static void a_closed_connection_ends_the_registration(void **state)
{
	(void)state;
	boot(1);
	tcp(FRAMES_CM, 5060, FRAMES_PHONE, 49701, down, TCP_RST | TCP_ACK, "");
	assert_true(read_as(&phone));
	expect_step(LADDER_CM_CONNECT, "pending", "reset");
	assert_string_equal(evidence(event_named("cm.lost"), "server"), "10.20.0.11");
}

static void an_expired_registration_is_over(void **state)
{
	(void)state;
	boot(1);
	now += 3590 * 1000;
	ask(DHCP_INFORM, 9);
	assert_true(read_as(&phone));
	expect_registered(true);
	now += 20 * 1000;
	ask(DHCP_INFORM, 9);
	assert_true(read_as(&phone));
	expect_step(LADDER_REGISTER, "pending", "expired after 3600 s");
}

static void a_capture_that_starts_late_has_no_registration(void **state)
{
	(void)state;
	up = 101;
	down = 501;
	connect_to(FRAMES_CM, 49701);
	/* The REGISTER was sent before the capture. */
	say_down(FRAMES_CM, 49701, response_of("2001", "before", 1, "200 OK", 3600));
	tcp(FRAMES_PHONE, 49701, FRAMES_CM, 5060, up, TCP_ACK, "");
	assert_true(read_as(&phone));
	expect_step(LADDER_REGISTER, "pending", "");
	assert_string_equal(step_state(LADDER_DHCP), "skipped");
	assert_string_equal(step_detail(LADDER_DHCP), "not in the capture");
	/* A refresh is a whole registration. */
	register_with(FRAMES_CM, 49701, "before", 2, 3600, "200 OK");
	assert_true(read_as(&phone));
	expect_registered(true);
}

static void a_capture_that_ends_early_is_undecided(void **state)
{
	(void)state;
	lease(1);
	files(40000);
	connect_to(FRAMES_CM, 49701);
	up = 101;
	say_up(FRAMES_CM, 49701, request_of("2001", "x", 1, 3600, ""));
	assert_true(read_as(&phone));
	expect_step(LADDER_REGISTER, "active", "no answer was seen");
	now += 20000;
	ask(DHCP_INFORM, 9);
	assert_true(read_as(&phone));
	expect_step(LADDER_REGISTER, "failed", "no answer to REGISTER");
}

/* --- DHCP --- */

static void an_offer_that_the_phone_cannot_use(void **state)
{
	static const struct {
		uint32_t without;
		const char *reason;
	} cases[] = {{DHCP_HAS_SERVER, "no server identifier"}, {DHCP_HAS_MASK, "no subnet mask"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct dhcp_message offer = answer(DHCP_OFFER, 7);

		begin(NULL);
		offer.has &= ~cases[i].without;
		ask(DHCP_DISCOVER, 7);
		dhcp(&offer);
		ask(DHCP_DISCOVER, 7);
		assert_true(read_as(&phone));
		expect_step(LADDER_DHCP, "active", "");
		assert_string_equal(evidence(event_named("dhcp.bad"), "type"), "OFFER");
		assert_string_equal(evidence(event_named("dhcp.bad"), "reason"), cases[i].reason);
	}
}

static void an_offer_to_another_address_or_transaction(void **state)
{
	struct dhcp_message offer = answer(DHCP_OFFER, 7);

	(void)state;
	offer.chaddr.octet[5] ^= 1;
	ask(DHCP_DISCOVER, 7);
	dhcp(&offer);
	assert_true(read_as(&phone));
	assert_non_null(
	    strstr(evidence(event_named("dhcp.bad"), "reason"), "hardware address is 00:11:22:aa:bb:00"));
	begin(NULL);
	ask(DHCP_DISCOVER, 7);
	reply(DHCP_OFFER, 6);
	assert_true(read_as(&phone));
	assert_non_null(strstr(evidence(event_named("dhcp.bad"), "reason"), "0x00000006"));
}

static void an_offer_that_nobody_takes(void **state)
{
	(void)state;
	ask(DHCP_DISCOVER, 7);
	now += 2000;
	reply(DHCP_OFFER, 7);
	now += 2000;
	ask(DHCP_DISCOVER, 7);
	assert_true(read_as(&phone));
	assert_non_null(
	    strstr(evidence(event_named("dhcp.bad"), "reason"), "another DISCOVER 2030 ms after"));
	assert_string_equal(evidence(event_named("dhcp.bad"), "server"), "10.110.0.2");
}

static void silence_and_refusal(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++, now += 4000)
		ask(DHCP_DISCOVER, 7);
	assert_true(read_as(&phone));
	expect_step(LADDER_DHCP, "failed", "no answer to 3 DISCOVERs in VLAN 110");
	ask(DHCP_DISCOVER, 8);
	reply(DHCP_OFFER, 8);
	ask(DHCP_REQUEST, 8);
	reply(DHCP_NAK, 8);
	assert_true(read_as(&phone));
	expect_step(LADDER_DHCP, "failed", "NAK");
}

static void an_ack_without_a_file_server(void **state)
{
	struct dhcp_message ack = answer(DHCP_ACK, 7);

	(void)state;
	ack.has &= ~(uint32_t)DHCP_HAS_TFTP_ADDRESS;
	ack.tftp_addresses.count = 0;
	ask(DHCP_REQUEST, 7);
	dhcp(&ack);
	assert_true(read_as(&phone));
	expect_step(LADDER_DHCP, "failed", "neither option 150 nor 66 nor siaddr");
	/* A phone with a server of its own goes on. */
	files(40000);
	assert_true(read_as(&phone));
	expect_step(LADDER_FIRMWARE, "pending", "");
}

/* --- files --- */

static void files_that_are_not_what_they_are_called(void **state)
{
	(void)state;
	lease(1);
	file(40000, "SEP001122AABB01.cnf.xml",
	     "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x08");
	assert_true(read_as(&phone));
	expect_step(LADDER_CONFIG, "failed", "found gzip data, expected XML");
	assert_string_equal(evidence(event_named("file.bad"), "found"), "gzip data");
	begin(NULL);
	lease(1);
	file(40000, "SEP001122AABB01.cnf.xml",
	     "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n<!DOCTYPE html>");
	assert_true(read_as(&phone));
	expect_step(LADDER_CONFIG, "failed", "an HTML page");
}

static void a_redirect_is_a_failure(void **state)
{
	(void)state;
	lease(1);
	file(40000, "CTLSEP001122AABB01.tlv",
	     "HTTP/1.1 302 Found\r\nLocation: https://10.20.0.3/login\r\nContent-Length: 0\r\n\r\n");
	assert_true(read_as(&phone));
	expect_step(LADDER_CTL, "active", "redirect to https://10.20.0.3/login");
	assert_string_equal(evidence(event_named("file.failed"), "http_status"), "302");
	assert_string_equal(evidence(event_named("file.failed"), "location"), "https://10.20.0.3/login");
}

static void tftp_after_a_refused_http(void **state)
{
	static const uint8_t rrq[] = "\0\1SEP001122AABB01.cnf.xml\0octet", data[] = "\0\3\0\1<x/>",
			     error[] = "\0\5\0\2access denied";

	(void)state;
	lease(1);
	tcp(FRAMES_PHONE, 40000, FRAMES_SERVER, 6970, 100, TCP_SYN, "");
	tcp(FRAMES_SERVER, 6970, FRAMES_PHONE, 40000, 0, TCP_RST | TCP_ACK, "");
	udp(FRAMES_PHONE, 50000, FRAMES_SERVER, 69, rrq, sizeof(rrq));
	udp(FRAMES_SERVER, 3000, FRAMES_PHONE, 50000, error, sizeof(error));
	assert_true(read_as(&phone));
	expect_step(LADDER_CONFIG, "failed", "by TFTP: ERROR 2: access denied");
	frames--;
	udp(FRAMES_SERVER, 3000, FRAMES_PHONE, 50000, data, sizeof(data) - 1);
	assert_true(read_as(&phone));
	expect_step(LADDER_FIRMWARE, "pending", "");
	assert_string_equal(evidence(event_named("file.failed"), "result"), "refused");
	assert_string_equal(evidence(event_named("file.failed"), "file"), "SEP001122AABB01.cnf.xml");
	assert_string_equal(evidence(event_named("file.failed"), "transport"), "HTTP");
	assert_string_equal(evidence(event_named("file.ok"), "transport"), "TFTP");
}

static void tftp_from_another_address(void **state)
{
	static const uint8_t rrq[] = "\0\1SEP001122AABB01.cnf.xml\0octet", data[] = "\0\3\0\1<x/>";

	(void)state;
	lease(1);
	udp(FRAMES_PHONE, 50000, FRAMES_SERVER, 69, rrq, sizeof(rrq));
	udp(FRAMES_CM, 3000, FRAMES_PHONE, 50000, data, sizeof(data) - 1);
	assert_true(read_as(&phone));
	expect_step(LADDER_CONFIG, "failed", ": asked 10.20.0.3, answered by 10.20.0.11");
	assert_string_equal(evidence(event_named("tftp.other_address"), "answered_by"), "10.20.0.11");
}

/* --- connections --- */

static void a_refused_and_a_silent_call_manager(void **state)
{
	(void)state;
	lease(1);
	files(40000);
	for (int i = 0; i < 3; i++, now += 2000)
		tcp(FRAMES_PHONE, 49701, FRAMES_CM, 5060, 100, TCP_SYN, "");
	tcp(FRAMES_PHONE, 49702, OTHER, 5060, 100, TCP_SYN, "");
	tcp(OTHER, 5060, FRAMES_PHONE, 49702, 0, TCP_RST | TCP_ACK, "");
	assert_true(read_as(&phone));
	expect_step(LADDER_CM_CONNECT, "failed", "10.20.0.12: connection refused");
	frames -= 2;
	assert_true(read_as(&phone));
	expect_step(LADDER_CM_CONNECT, "failed", "10.20.0.11: no answer to SYN");
	assert_string_equal(evidence(event_named("cm.lost"), "port"), "5060");
	/* One SYN at the end of the capture is no failure. */
	frames -= 2;
	assert_true(read_as(&phone));
	expect_step(LADDER_CM_CONNECT, "active", "no answer was seen");
}

static void another_port_of_the_call_manager(void **state)
{
	(void)state;
	lease(1);
	files(40000);
	tcp(FRAMES_PHONE, 49701, FRAMES_CM, 5070, 100, TCP_SYN, "");
	tcp(FRAMES_CM, 5070, FRAMES_PHONE, 49701, 0, TCP_RST | TCP_ACK, "");
	assert_true(read_as(&phone));
	expect_step(LADDER_CM_CONNECT, "failed", "connection refused");
	assert_string_equal(evidence(event_named("cm.lost"), "port"), "5070");
}

static void sip_on_another_port(void **state)
{
	const char *text;

	(void)state;
	lease(1);
	files(40000);
	tcp(FRAMES_PHONE, 49701, FRAMES_CM, 5070, 100, TCP_SYN, "");
	tcp(FRAMES_CM, 5070, FRAMES_PHONE, 49701, 500, TCP_SYN | TCP_ACK, "");
	text = request_of("2001", "x", 1, 3600, "");
	tcp(FRAMES_PHONE, 49701, FRAMES_CM, 5070, 101, TCP_ACK, text);
	text = response_of("2001", "x", 1, "200 OK", 3600);
	tcp(FRAMES_CM, 5070, FRAMES_PHONE, 49701, 501, TCP_ACK, text);
	assert_true(read_as(&phone));
	expect_registered(true);
}

static void an_encrypted_connection_is_undecided(void **state)
{
	(void)state;
	lease(1);
	files(40000);
	tcp(FRAMES_PHONE, 49701, FRAMES_CM, 5061, 100, TCP_SYN, "");
	tcp(FRAMES_CM, 5061, FRAMES_PHONE, 49701, 500, TCP_SYN | TCP_ACK, "");
	tcp(FRAMES_PHONE, 49701, FRAMES_CM, 5061, 101, TCP_ACK, "\x16\x03\x01");
	tcp(FRAMES_CM, 5061, FRAMES_PHONE, 49701, 501, TCP_ACK, "\x16\x03\x03");
	assert_true(read_as(&phone));
	expect_step(LADDER_REGISTER, "active", "encrypted");
}

/* --- SIP --- */

static void statuses_of_register(void **state)
{
	static const char *const lines[] = {"403 Forbidden", "404 Not Found", "503 Service Unavailable",
					    "500 Server Internal Error"};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		begin(NULL);
		lease(1);
		files(40000);
		connect_and_register("x", lines[i]);
		assert_true(read_as(&phone));
		expect_step(LADDER_REGISTER, "failed", lines[i]);
	}
}

static void a_challenge_is_no_failure(void **state)
{
	(void)state;
	lease(1);
	connect_and_register("x", "401 Unauthorized");
	assert_true(read_as(&phone));
	expect_step(LADDER_REGISTER, "active", "credentials");
	register_with(FRAMES_CM, 49701, "x", 2, 3600, "200 OK");
	assert_true(read_as(&phone));
	expect_registered(true);
}

static void a_granted_time_of_zero_binds_nothing(void **state)
{
	(void)state;
	lease(1);
	connect_to(FRAMES_CM, 49701);
	up = 101;
	down = 501;
	say_up(FRAMES_CM, 49701, request_of("2001", "x", 1, 3600, ""));
	say_down(
	    FRAMES_CM, 49701,
	    "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP 10.110.0.57;branch=z9hG4bK1\r\nFrom: <sip:2001@cm>;tag=1\r\n"
	    "To: <sip:2001@cm>\r\nCall-ID: x\r\nCSeq: 1 REGISTER\r\n"
	    "Contact: <sip:x@10.110.0.57>;expires=0\r\nContent-Length: 0\r\n\r\n");
	assert_true(read_as(&phone));
	expect_step(LADDER_REGISTER, "failed", "grants 0 s");
}

static void two_messages_in_one_segment(void **state)
{
	char text[2400];

	(void)state;
	lease(1);
	connect_to(FRAMES_CM, 49701);
	up = 101;
	down = 501;
	say_up(FRAMES_CM, 49701, request_of("2001", "x", 1, 3600, ""));
	snprintf(text, sizeof(text), "%s", response_of("2001", "x", 1, "100 Trying", 0));
	strcat(text, response_of("2001", "x", 1, "200 OK", 3600));
	say_down(FRAMES_CM, 49701, text);
	assert_true(read_as(&phone));
	expect_registered(true);
}

static void by_udp_with_retransmissions(void **state)
{
	const char *text;

	(void)state;
	lease(1);
	for (int i = 0; i < 3; i++, now += 500) {
		text = request_of("2001", "x", 1, 3600, "");
		udp(FRAMES_PHONE, 5060, FRAMES_CM, 5060, text, strlen(text));
	}
	assert_true(read_as(&phone));
	expect_step(LADDER_REGISTER, "active", "no answer");
	text = response_of("2001", "x", 1, "200 OK", 3600);
	udp(FRAMES_CM, 5060, FRAMES_PHONE, 5060, text, strlen(text));
	assert_true(read_as(&phone));
	expect_registered(true);
}

static void the_second_line_is_refused(void **state)
{
	(void)state;
	boot(1);
	say_up(FRAMES_CM, 49701, request_of("2009", "y", 1, 3600, ""));
	say_down(FRAMES_CM, 49701, response_of("2009", "y", 1, "403 Forbidden", 0));
	assert_true(read_as(&phone));
	expect_step(LADDER_REGISTER, "failed", "2001 is registered, 2009 is not: 403");
	assert_string_equal(json_text(the_phone(), "state"), "partly registered");
}

/* --- the place of the capture --- */

static void each_frame_twice(void **state)
{
	(void)state;
	boot(1);
	for (size_t i = 2 * frames; i > 0; i--) {
		frame[i - 1] = frame[(i - 1) / 2];
		frame[i - 1].ms += (i - 1) % 2;
	}
	frames *= 2;
	/* The copy of a mirror port may lack the tag. */
	for (size_t i = 1; i < frames; i += 2) {
		ssize_t size = ether_tag_strip(frame[i].bytes, frame[i].size, NULL);

		frame[i].size = (size_t)size;
		frame[i].length = (uint32_t)size;
	}
	assert_true(read_as(&phone));
	expect_registered(true);
	assert_null(fact_find(facts, "capture.loss", NULL));
	assert_string_equal(fact_text(fact_find(facts, "capture.duplicates", NULL), "frames"), "19");
	assert_int_equal(json_int(event_named("dhcp.discover"), "line"), 1);
}

/* Behind a router every frame has the router's MAC: the phone is found by its name. */
static void at_the_server(void **state)
{
	(void)state;
	boot(1);
	for (size_t i = 0; i < frames; i++)
		for (size_t at = 0; at < 12; at += 6)
			if (!memcmp(frame[i].bytes + at, phone.octet, 6))
				frame[i].bytes[at] = 0x02;
	memmove(&frame[0], &frame[4], (frames - 4) * sizeof(frame[0]));
	frames -= 4;
	assert_true(read_as(&phone));
	expect_registered(true);
	assert_string_equal(step_state(LADDER_DHCP), "skipped");
	assert_false(read_as(&(struct mac){{0x00, 0x11, 0x22, 0xaa, 0xbb, 0x02}}));
}

static void of_raw_ip(void **state)
{
	(void)state;
	boot(1);
	link_type = PCAPNG_RAW;
	for (size_t i = 0; i < frames; i++) {
		frame[i].size -= 18;
		frame[i].length -= 18;
		memmove(frame[i].bytes, frame[i].bytes + 18, frame[i].size);
	}
	assert_true(read_as(&phone));
	expect_registered(true);
}

/* A capture with a small snap length shows handshakes, but no message. */
static void cut_frames_are_undecided(void **state)
{
	(void)state;
	boot(1);
	for (size_t i = 0; i < frames; i++)
		if (frame[i].size > 96)
			frame[i].size = 96;
	assert_true(read_as(&phone));
	assert_false(status_read_registered(the_phone()));
	assert_non_null(fact_find(facts, "capture.cut", NULL));
	assert_string_equal(step_state(LADDER_CM_CONNECT), "done");
}

/* --- facts --- */

static void arp(const struct mac *mac, uint32_t address)
{
	struct arp_packet packet = arp_announce(mac, address);
	uint8_t bytes[100];

	add(bytes, (size_t)arp_frame(&packet, mac, NULL, bytes, sizeof(bytes)));
}

static void two_devices_with_the_address_of_the_gateway(void **state)
{
	static const struct mac router = {{2, 0, 0, 0, 0, 1}}, box = {{2, 0, 0, 0, 0, 9}};
	const json_t *fact;

	(void)state;
	lease(1);
	arp(&router, GATE);
	arp(&router, GATE);
	assert_true(read_as(&phone));
	assert_null(fact_find(facts, "capture.arp_conflict", NULL));
	arp(&box, GATE);
	assert_true(read_as(&phone));
	fact = fact_find(facts, "capture.arp_conflict", "device 02:00:00:00:00:09");
	assert_non_null(fact);
	assert_string_equal(fact_text(fact, "role"), "gateway");
	assert_string_equal(json_text(fact, "from"), "frame 7");
}

static void large_segments_are_missing(void **state)
{
	char text[700];
	const json_t *fact;

	(void)state;
	lease(1);
	tcp(FRAMES_PHONE, 40000, FRAMES_SERVER, 6970, 100, TCP_SYN, "");
	tcp(FRAMES_SERVER, 6970, FRAMES_PHONE, 40000, 500, TCP_SYN | TCP_ACK, "");
	tcp(FRAMES_PHONE, 40000, FRAMES_SERVER, 6970, 101, TCP_ACK,
	    "GET /ITLSEP001122AABB01.tlv HTTP/1.1\r\nHost: x\r\n\r\n");
	tcp(FRAMES_SERVER, 6970, FRAMES_PHONE, 40000, 501, TCP_ACK,
	    "HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n");
	memset(text, 'x', sizeof(text));
	text[500] = 0;
	tcp(FRAMES_SERVER, 6970, FRAMES_PHONE, 40000, 501 + 41 + 2500, TCP_ACK, text);
	assert_true(read_as(&phone));
	fact = fact_find(facts, "capture.large_lost", NULL);
	assert_non_null(fact);
	assert_string_equal(fact_text(fact, "server"), "10.20.0.3");
	expect_step(LADDER_ITL, "active", "no answer was seen");
}

static void retransmissions_are_loss(void **state)
{
	const json_t *fact;

	(void)state;
	boot(1);
	for (int i = 0; i < 4; i++, now += 200)
		tcp(FRAMES_PHONE, 49701, FRAMES_CM, 5060, up - 10, TCP_ACK, "0123456789");
	assert_true(read_as(&phone));
	fact = fact_find(facts, "capture.loss", NULL);
	assert_non_null(fact);
	assert_string_equal(fact_text(fact, "repeated"), "4");
}

static void an_unreachable_server(void **state)
{
	uint8_t inner[60] = {0}, icmp[100] = {3, 1}, bytes[200];
	struct ipv4_packet syn = {
	    .ttl = 63, .protocol = IP_TCP, .source = FRAMES_PHONE, .destination = FRAMES_CM};
	struct ipv4_packet packet = {
	    .ttl = 64, .protocol = IP_ICMP, .source = GATE, .destination = FRAMES_PHONE};
	struct ether_frame ether = {.destination = phone, .source = {{2, 0, 0, 0, 0, 1}}, .type = ETHER_IPV4};
	uint8_t ports[] = {49701 >> 8, 49701 & 0xff, 5060 >> 8, 5060 & 0xff, 0, 0, 0, 100};
	ssize_t length;

	(void)state;
	lease(1);
	files(40000);
	tcp(FRAMES_PHONE, 49701, FRAMES_CM, 5060, 100, TCP_SYN, "");
	syn.payload = (struct wire_slice){ports, sizeof(ports)};
	length = ipv4_encode(&syn, inner, sizeof(inner));
	memcpy(icmp + 8, inner, (size_t)length);
	packet.payload = (struct wire_slice){icmp, 8 + (size_t)length};
	length = ipv4_encode(&packet, bytes, sizeof(bytes));
	ether.payload = (struct wire_slice){bytes, (size_t)length};
	add(inner, 0);
	frames--;
	frame[frames].size = (size_t)ether_encode(&ether, frame[frames].bytes, sizeof(frame[0].bytes));
	frame[frames].length = (uint32_t)frame[frames].size;
	frame[frames++].ms = now;
	assert_true(read_as(&phone));
	expect_step(LADDER_CM_CONNECT, "failed", "no route");
	assert_string_equal(fact_text(fact_find(facts, "capture.icmp_unreachable", NULL), "by"),
			    "10.110.0.1");
	assert_string_equal(fact_text(fact_find(facts, "capture.icmp_unreachable", NULL), "reason"),
			    "host unreachable");
}

/* --- files --- */

static void expect_file(const void *bytes, size_t size, const char *name, int err, const char *reason)
{
	char path[] = "/tmp/phonelab-capture-XXXXXX";
	struct why_source source;
	struct fail fail = {0};
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	close(fd);
	assert_int_equal(why_source_capture(&source, path, name, &fail), err);
	assert_int_equal(unlink(path), 0);
	if (err ? !strstr(fail.text, reason) : !source.status || !source.events || !source.facts)
		fail_msg("\"%s\", expected \"%s\"", fail.text, reason);
	why_source_free(&source);
}

static void files_of_all_kinds(void **state)
{
	static uint8_t bytes[20000];
	uint32_t header[] = {0xa1b2c3d4, 0x00040002, 0, 0, 65535, PCAPNG_ETHERNET};
	size_t size = sizeof(header), first;

	(void)state;
	boot(1);
	memcpy(bytes, header, sizeof(header));
	for (size_t i = 0; i < frames; i++) {
		uint32_t record[] = {1000, (uint32_t)frame[i].ms * 1000, (uint32_t)frame[i].size,
				     frame[i].length};

		memcpy(bytes + size, record, sizeof(record));
		memcpy(bytes + size + sizeof(record), frame[i].bytes, frame[i].size);
		size += sizeof(record) + frame[i].size;
	}
	first = size;
	expect_file(bytes, size, "SEP001122AABB01", 0, "");
	expect_file(bytes, size, "00:11:22:aa:bb:01", 0, "");
	expect_file(bytes, size, "SEP001122AABB02", -ENOENT, "found no frame of SEP001122AABB02 among 19");
	expect_file(bytes, size, "2001", -EINVAL, "expected a device name (SEP...) or a MAC");
	expect_file(bytes, first - 1, "SEP001122AABB01", -EINVAL, "in the midst of a block");
	expect_file("", 0, "SEP001122AABB01", -EINVAL, "expected a pcap or pcapng");
	expect_file("no capture, a text that is long enough", 38, "SEP001122AABB01", -EBADMSG, "at byte 0");
	bytes[20] = 105; /* IEEE 802.11 */
	expect_file(bytes, size, "SEP001122AABB01", -EINVAL, "found link type 105, expected");
}

/* Any prefix and any suffix of a good boot is registered only with the REGISTER and its 200 in it. */
static void every_part_of_a_boot(void **state)
{
	struct frame *all = malloc(sizeof(frame));
	size_t total, n = 0;

	(void)state;
	assert_non_null(all);
	boot(1);
	total = frames;
	memcpy(all, frame, sizeof(frame));
	for (size_t from = 0; from < total; from++)
		for (size_t to = from + 1; to <= total; to++) {
			memcpy(frame, all + from, (to - from) * sizeof(frame[0]));
			frames = to - from;
			if (!read_as(&phone))
				continue;
			if (status_read_registered(the_phone()) != (to == total && from <= total - 2))
				fail_msg("frames %zu to %zu: %s", from + 1, to,
					 json_text(the_phone(), "state"));
			n++;
		}
	assert_true(n > 100);
	free(all);
}

/* Random octets in random frames: any answer, no crash. */
static void random_octets(void **state)
{
	struct frame *all = malloc(sizeof(frame));
	unsigned seed = 1;

	(void)state;
	assert_non_null(all);
	boot(1);
	memcpy(all, frame, sizeof(frame));
	for (int round = 0; round < 3000; round++) {
		memcpy(frame, all, frames * sizeof(frame[0]));
		for (int i = 0; i < 8; i++) {
			struct frame *it = &frame[(size_t)rand_r(&seed) % frames];

			it->bytes[(size_t)rand_r(&seed) % it->size] = (uint8_t)rand_r(&seed);
		}
		read_as(&phone);
	}
	free(all);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_whole_boot_is_registered),
	    TEST(an_unregister_ends_the_registration),
	    TEST(a_token_to_a_standby_ends_nothing),
	    TEST(a_reset_in_the_midst_counts_from_the_discover),
	    TEST(a_reset_without_an_unregister_counts_too),
	    TEST(a_cdp_query_begins_a_boot),
	    TEST(what_comes_late_begins_nothing),
	    TEST(files_again_make_the_registration_doubtful),
	    TEST(a_closed_connection_ends_the_registration),
	    TEST(an_expired_registration_is_over),
	    TEST(a_capture_that_starts_late_has_no_registration),
	    TEST(a_capture_that_ends_early_is_undecided),
	    TEST(an_offer_that_the_phone_cannot_use),
	    TEST(an_offer_to_another_address_or_transaction),
	    TEST(an_offer_that_nobody_takes),
	    TEST(silence_and_refusal),
	    TEST(an_ack_without_a_file_server),
	    TEST(files_that_are_not_what_they_are_called),
	    TEST(a_redirect_is_a_failure),
	    TEST(tftp_after_a_refused_http),
	    TEST(tftp_from_another_address),
	    TEST(a_refused_and_a_silent_call_manager),
	    TEST(another_port_of_the_call_manager),
	    TEST(sip_on_another_port),
	    TEST(an_encrypted_connection_is_undecided),
	    TEST(statuses_of_register),
	    TEST(a_challenge_is_no_failure),
	    TEST(a_granted_time_of_zero_binds_nothing),
	    TEST(two_messages_in_one_segment),
	    TEST(by_udp_with_retransmissions),
	    TEST(the_second_line_is_refused),
	    TEST(each_frame_twice),
	    TEST(at_the_server),
	    TEST(of_raw_ip),
	    TEST(cut_frames_are_undecided),
	    TEST(two_devices_with_the_address_of_the_gateway),
	    TEST(large_segments_are_missing),
	    TEST(retransmissions_are_loss),
	    TEST(an_unreachable_server),
	    TEST(files_of_all_kinds),
	    TEST(every_part_of_a_boot),
	    TEST(random_octets),
	};

	return cmocka_run_group_tests_name("why_capture", tests, NULL, NULL);
}
