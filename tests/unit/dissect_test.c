/* What is read in the frames of a boot: protocol, phone, step, fields; over segments and ephemeral ports. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/support/frames.h"
#include "wire/arp.h"
#include "wire/cdp.h"
#include "wire/dhcp.h"
#include "wire/dissect.h"
#include "wire/sip.h"
#include "wire/ipv4.h"
#include "wire/lldp.h"
#include "wire/tftp.h"

#define PHONE "SEP001122AABB01"

static const struct mac phone = {{0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01}};
static const struct mac router = {{0x02, 0x00, 0x00, 0x00, 0x00, 0x01}};
static struct dissect_context *context;
static struct dissect out;
static uint8_t frame[70000];

static int begin(void **state)
{
	(void)state;
	context = dissect_new();
	return context ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	dissect_free(context);
	dissect_free(NULL);
	return 0;
}

/* Read it from a block of exactly its size. */
static void read_frame(const uint8_t *bytes, size_t size)
{
	uint8_t *copy = malloc(size + 1);

	memcpy(copy, bytes, size);
	dissect_frame(context, copy, size, false, &out);
	free(copy);
}

static void is(const char *protocol, const char *device, int step)
{
	if (out.malformed)
		fail_msg("malformed: %s", out.error);
	assert_string_equal(out.protocol, protocol);
	assert_string_equal(out.phone, device);
	assert_int_equal(out.step, step);
	assert_string_equal(out.error, "");
}

static void field(const char *name, const char *value)
{
	if (!dissect_value(&out, name))
		fail_msg("no field %s", name);
	assert_string_equal(dissect_value(&out, name), value);
}

static void the_discovery_of_a_phone(void **state)
{
	struct cdp_message cdp = {.has = CDP_HAS(CDP_DEVICE_ID) | CDP_HAS(CDP_PORT_ID) |
					 CDP_HAS(CDP_PLATFORM) | CDP_HAS(CDP_CAPABILITIES) |
					 CDP_HAS(CDP_DUPLEX) | CDP_HAS(CDP_VOIP_QUERY) |
					 CDP_HAS(CDP_POWER_REQUESTED),
				  .ttl = 180,
				  .device_id = wire_slice_text(PHONE),
				  .port_id = wire_slice_text("Port 1"),
				  .platform = wire_slice_text("Cisco IP Phone 7841"),
				  .capabilities = 0x490,
				  .duplex = 1,
				  .voip_query = cdp_voip_query_value,
				  .power_requested = {.request_id = 7, .count = 2, .level = {3600, 3000}}};
	struct cdp_message reply = {.has = CDP_HAS(CDP_DEVICE_ID) | CDP_HAS(CDP_VOIP_REPLY) |
					   CDP_HAS(CDP_NATIVE_VLAN),
				    .ttl = 180,
				    .device_id = wire_slice_text("sw1"),
				    .native_vlan = 10,
				    .voip_reply = {true, true, 1, 110}};
	size_t size;

	(void)state;
	size = (size_t)cdp_frame(&cdp, &phone, frame, sizeof(frame));
	read_frame(frame, size);
	is("cdp", PHONE, 3);
	field("device_id", PHONE);
	field("platform", "Cisco IP Phone 7841");
	field("capabilities", "Host, Phone, Two-port Mac Relay");
	field("voice_vlan_query", "yes");
	field("power_requested_mw", "3600, 3000");
	field("source_mac", "00:11:22:aa:bb:01");
	/* one byte wrong: a note says so, and the fields are there */
	frame[40] ^= 1;
	read_frame(frame, size);
	is("cdp", PHONE, 3);
	field("note", "CDP checksum at offset 24 is wrong");
	field("platform", "Cisco IP Phone 7841");
	size = (size_t)cdp_frame(&reply, &router, frame, sizeof(frame));
	read_frame(frame, size);
	is("cdp", "", 3);
	field("voice_vlan", "110");
	field("native_vlan", "10");
}

static void lldp_of_a_phone(void **state)
{
	struct lldp_message message = {
	    .has = LLDP_HAS_CHASSIS | LLDP_HAS_PORT | LLDP_HAS_TTL | LLDP_HAS_SYSTEM_NAME | LLDP_HAS_MED |
		   LLDP_HAS_POLICY | LLDP_HAS_MED_POWER,
	    .ttl = 180,
	    .system_name = wire_slice_text(PHONE),
	    .med_capabilities = 0x33,
	    .med_class = 3,
	    .policies = 1,
	    .policy =
		{{.application = LLDP_APP_VOICE, .tagged = true, .vlan = 110, .priority = 5, .dscp = 46}},
	    .med_power = {.type = 1, .source = 3, .value = 129}};
	uint8_t address[5];

	(void)state;
	message.chassis = lldp_ipv4_id(LLDP_CHASSIS_NETWORK, FRAMES_PHONE, address);
	message.port = lldp_mac_id(LLDP_PORT_MAC, &phone);
	read_frame(frame, (size_t)lldp_frame(&message, false, &phone, frame, sizeof(frame)));
	is("lldp", PHONE, 3);
	field("chassis_id", "10.110.0.57");
	field("port_id", "00:11:22:aa:bb:01");
	field("voice_vlan", "110");
	field("voice_dscp", "46");
	field("med_power_mw", "12900");
}

static void a_lease_teaches_the_address(void **state)
{
	struct dhcp_message message = {.operation = DHCP_BOOTREQUEST,
				       .xid = 99,
				       .chaddr = phone,
				       .has = DHCP_HAS_TYPE | DHCP_HAS_VENDOR_CLASS | DHCP_HAS_PARAMETERS,
				       .type = DHCP_DISCOVER,
				       .vendor_class = "Cisco Systems, Inc. IP Phone CP-7841",
				       .parameters = {3, {1, 66, 150}}};
	struct arp_packet probe = arp_probe(&phone, FRAMES_PHONE);
	struct ether_frame ether = {
	    .destination = ether_broadcast, .source = router, .kind = ETHER_II, .type = ETHER_ARP};
	uint8_t bytes[DHCP_MAX];
	size_t size = (size_t)dhcp_encode(&message, bytes, sizeof(bytes));

	(void)state;
	read_frame(frame, frames_udp(0, 68, 0xffffffff, 67, bytes, size, frame, sizeof(frame)));
	is("dhcp", PHONE, 4);
	field("type", "discover");
	field("vlan", "110");
	field("vendor_class", "Cisco Systems, Inc. IP Phone CP-7841");
	field("parameters", "1, 66, 150");
	message.operation = DHCP_BOOTREPLY;
	/* an answer by broadcast names its client in chaddr only */
	message.type = DHCP_OFFER;
	message.yiaddr = FRAMES_PHONE;
	message.has = DHCP_HAS_TYPE;
	size = (size_t)dhcp_encode(&message, bytes, sizeof(bytes));
	size = frames_udp(FRAMES_SERVER, 67, 0xffffffff, 68, bytes, size, frame, sizeof(frame));
	memset(frame, 0xff, 6);
	memcpy(frame + 6, router.octet, 6);
	read_frame(frame, size);
	is("dhcp", PHONE, 4);
	message.chaddr = router; /* a client that has not shown itself to be a phone */
	size = (size_t)dhcp_encode(&message, bytes, sizeof(bytes));
	size = frames_udp(FRAMES_SERVER, 67, 0xffffffff, 68, bytes, size, frame, sizeof(frame));
	memset(frame, 0xff, 6);
	memcpy(frame + 6, router.octet, 6);
	read_frame(frame, size);
	is("dhcp", "", 4);
	message.chaddr = phone;
	message.type = DHCP_ACK;
	message.yiaddr = FRAMES_PHONE;
	message.has = DHCP_HAS_TYPE | DHCP_HAS_TFTP_ADDRESS | DHCP_HAS_LEASE;
	message.lease = 3600;
	message.tftp_addresses = (struct dhcp_addresses){.count = 2, .item = {FRAMES_SERVER, FRAMES_CM}};
	size = (size_t)dhcp_encode(&message, bytes, sizeof(bytes));
	read_frame(frame, frames_udp(FRAMES_SERVER, 67, FRAMES_PHONE, 68, bytes, size, frame, sizeof(frame)));
	is("dhcp", PHONE, 4);
	field("option_150", "10.20.0.3, 10.20.0.11");
	field("your_address", "10.110.0.57");
	/* an ARP probe is of the same step */
	size = (size_t)arp_encode(&probe, bytes, sizeof(bytes));
	ether.payload = (struct wire_slice){bytes, size};
	ether.source = phone;
	read_frame(frame, (size_t)ether_encode(&ether, frame, sizeof(frame)));
	is("arp", PHONE, 4);
	field("conflict_detection", "probe");
	/* behind a router the MACs are others: the address tells */
	size = frames_udp(FRAMES_PHONE, 5000, FRAMES_CM, 6000, "x", 1, frame, sizeof(frame));
	memset(frame, 2, 12);
	read_frame(frame, size);
	is("udp", PHONE, 0);
}

static void a_tftp_transfer_on_ephemeral_ports(void **state)
{
	struct tftp_packet packet = {
	    .opcode = TFTP_RRQ, .name = "SEP001122AABB01.cnf.xml", .mode = TFTP_OCTET};
	uint8_t bytes[600];
	size_t size = (size_t)tftp_encode(&packet, bytes, sizeof(bytes));

	(void)state;
	read_frame(frame,
		   frames_udp(FRAMES_PHONE, 50001, FRAMES_SERVER, 69, bytes, size, frame, sizeof(frame)));
	is("tftp", PHONE, 7);
	field("opcode", "RRQ");
	field("file", "SEP001122AABB01.cnf.xml");
	memset(bytes, 'x', sizeof(bytes));
	memcpy(bytes, "\0\3\0\1", 4);
	read_frame(frame,
		   frames_udp(FRAMES_SERVER, 40002, FRAMES_PHONE, 50001, bytes, 516, frame, sizeof(frame)));
	is("tftp", PHONE, 7);
	field("data_bytes", "512");
	field("file", "SEP001122AABB01.cnf.xml");
	assert_null(dissect_value(&out, "note"));
	read_frame(frame, frames_udp(FRAMES_PHONE, 50001, FRAMES_SERVER, 40002, "\0\4\0\1", 4, frame,
				     sizeof(frame)));
	is("tftp", PHONE, 7);
	field("block", "1");
	read_frame(frame, frames_udp(FRAMES_SERVER, 40003, FRAMES_PHONE, 50001, "\0\4\0\1", 4, frame,
				     sizeof(frame)));
	field("note", "not the transfer's TID");
	read_frame(frame, frames_udp(FRAMES_PHONE, 50001, FRAMES_SERVER, 40002, "\0\x09\0\1", 4, frame,
				     sizeof(frame)));
	assert_true(out.malformed);
	assert_string_equal(out.error, "tftp: unknown opcode");
	assert_int_equal(out.error_offset, 18 + 20 + 8);
	/* The answer of another address belongs to the transfer; another UDP datagram does not. */
	read_frame(frame, frames_udp(FRAMES_SERVER + 1, 40002, FRAMES_PHONE, 50001, "\0\5\0\1no", 7, frame,
				     sizeof(frame)));
	is("tftp", PHONE, 7);
	field("asked", "10.20.0.3");
	field("source", "10.20.0.4");
	field("note", "the answer is not from the address that was asked");
	read_frame(frame, frames_udp(FRAMES_SERVER + 1, 40002, FRAMES_PHONE, 50001, "\0\4\0\1", 4, frame,
				     sizeof(frame)));
	is("udp", PHONE, 0);
	/* another port is no transfer */
	read_frame(frame, frames_udp(FRAMES_PHONE, 50002, FRAMES_SERVER, 40002, "\0\4\0\1", 4, frame,
				     sizeof(frame)));
	assert_string_equal(out.protocol, "udp");
}

static void http_of_a_file(void **state)
{
	static const char get[] = "GET /CTLSEP001122AABB01.tlv HTTP/1.1\r\nHost: 10.20.0.3:6970\r\n\r\n";
	static const char missing[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nno\n";

	(void)state;
	read_frame(frame, frames_tcp(FRAMES_PHONE, 50003, FRAMES_SERVER, 6970, 1, TCP_ACK | TCP_PSH, get,
				     sizeof(get) - 1, frame, sizeof(frame)));
	is("http", PHONE, 5);
	field("method", "GET");
	field("file", "CTLSEP001122AABB01.tlv");
	field("host", "10.20.0.3:6970");
	read_frame(frame, frames_tcp(FRAMES_SERVER, 6970, FRAMES_PHONE, 50003, 1, TCP_ACK | TCP_PSH, missing,
				     sizeof(missing) - 1, frame, sizeof(frame)));
	is("http", PHONE, 5);
	field("status", "404");
	field("content_length", "3");
	field("file", "CTLSEP001122AABB01.tlv");
	read_frame(frame, frames_tcp(FRAMES_PHONE, 50003, FRAMES_SERVER, 6970, 60, TCP_ACK, "GET /\r\n", 7,
				     frame, sizeof(frame)));
	assert_string_equal(out.error, "http: request line without HTTP/1.x");
}

static void headers_of_an_http_answer(void **state)
{
	static const char moved[] = "HTTP/1.1 302 Found\r\nlocation: http://x/\r\nContent-Type: text/html\r\n"
				    "Content-Encoding: gzip\r\n\r\n";

	(void)state;
	read_frame(frame, frames_tcp(FRAMES_SERVER, 6970, FRAMES_PHONE, 50003, 1, TCP_ACK | TCP_PSH, moved,
				     sizeof(moved) - 1, frame, sizeof(frame)));
	field("status", "302");
	field("location", "http://x/");
	field("content_type", "text/html");
	field("content_encoding", "gzip");
}

static void count_message(void *user, const struct sip_message *message)
{
	unsigned *count = user;

	assert_string_equal(message->method, "REGISTER");
	++*count;
}

/* A port says nothing; a first line does. */
static void sip_on_any_port(void **state)
{
	static char text[16384];
	size_t size = frames_register(0, text, sizeof(text));
	unsigned count = 0;

	(void)state;
	dissect_watch_sip(context, count_message, &count);
	read_frame(frame, frames_tcp(FRAMES_PHONE, 49701, FRAMES_CM, 5070, 1, TCP_ACK, text, 300, frame,
				     sizeof(frame)));
	is("sip", "", 11);
	assert_int_equal(count, 0);
	read_frame(frame, frames_tcp(FRAMES_PHONE, 49701, FRAMES_CM, 5070, 301, TCP_ACK, text + 300,
				     size - 300, frame, sizeof(frame)));
	field("method", "REGISTER");
	assert_int_equal(count, 1);
	read_frame(frame, frames_udp(FRAMES_PHONE, 5080, FRAMES_CM, 5090, text, size, frame, sizeof(frame)));
	field("method", "REGISTER");
	assert_int_equal(count, 2);
	dissect_watch_sip(context, NULL, NULL);
	read_frame(frame,
		   frames_udp(FRAMES_PHONE, 5080, FRAMES_CM, 5090, "hello\r\n", 7, frame, sizeof(frame)));
	is("udp", PHONE, 0);
}

/* Send bytes of a stream from the phone to the call manager. */
static void segment(const char *stream, size_t from, size_t to)
{
	read_frame(frame, frames_tcp(FRAMES_PHONE, 49701, FRAMES_CM, 5060, 1000 + (uint32_t)from,
				     TCP_ACK | TCP_PSH, stream + from, to - from, frame, sizeof(frame)));
}

static void connect_phone(void)
{
	read_frame(frame, frames_tcp(FRAMES_PHONE, 49701, FRAMES_CM, 5060, 999, TCP_SYN, NULL, 0, frame,
				     sizeof(frame)));
	assert_string_equal(out.protocol, "tcp");
	assert_int_equal(out.step, 10);
	field("flags", "SYN");
}

static void a_register_over_segments(void **state)
{
	static char stream[16384];
	size_t size = frames_register(0, stream, sizeof(stream));
	size_t second = frames_register(1, stream + size, sizeof(stream) - size);

	(void)state;
	for (size_t cut = 1; cut < size; cut += 61) {
		connect_phone();
		segment(stream, 0, cut);
		is("sip", out.phone, 11);
		assert_null(dissect_value(&out, "method"));
		segment(stream, 0, cut); /* sent again: not read twice */
		field("note", "retransmission");
		segment(stream, cut, size + second);
		is("sip", PHONE, 11);
		field("method", "REGISTER");
		field("device_name", PHONE);
		field("expires_s", "3600");
		field("parts", "2");
		field("messages", "2");
		assert_null(dissect_value(&out, "incomplete_bytes"));
	}
	connect_phone();
	segment(stream, size, size + second);
	field("keep_alive", "yes");
	field("note", "a segment before it is missing in the capture");
}

/* Of several messages in one segment the fields are the first one's; who the phone is may stand in the
 * second, and that may be malformed. */
static void two_messages_in_one_segment(void **state)
{
	static const char answer[] = "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP 10.20.0.11;branch=z9hG4bK1\r\n"
				     "From: <sip:2001@cucm>;tag=1\r\nTo: <sip:2001@10.110.0.57>;tag=2\r\n"
				     "Call-ID: a@10.20.0.11\r\nCSeq: 10 NOTIFY\r\nContent-Length: 0\r\n\r\n";
	static char stream[16384];
	size_t size = sizeof(answer) - 1;

	(void)state;
	memcpy(stream, answer, size);
	connect_phone();
	segment(stream, 0, size + frames_register(0, stream + size, sizeof(stream) - size));
	is("sip", PHONE, 11);
	field("status", "200");
	field("messages", "2");
	assert_null(dissect_value(&out, "device_name"));
	memcpy(stream + size, answer, size);
	memcpy(strstr(stream + size, "CSeq: 10"), "CSeq: xx", 8);
	connect_phone();
	segment(stream, 0, 2 * size);
	assert_true(out.malformed);
	field("status", "200");
}

static void a_capture_that_begins_in_the_middle(void **state)
{
	static char stream[16384];
	size_t size = frames_register(0, stream, sizeof(stream));

	(void)state;
	segment(stream, 700, size);
	assert_false(out.malformed);
	field("note", "the beginning of this message is not in the capture");
	segment(stream, 0, size);
	field("method", "REGISTER");
	connect_phone();
	segment("\x16\x03\x01 not SIP", 0, 10);
	assert_true(out.malformed);
	assert_string_equal(out.error, "sip: not the beginning of a SIP message");
}

static void every_truncation_and_corruption(void **state)
{
	static char stream[16384];
	static uint8_t copy[20000];
	size_t size = frames_register(1, stream, sizeof(stream));

	(void)state;
	size = frames_tcp(FRAMES_PHONE, 49701, FRAMES_CM, 5060, 1000, TCP_ACK, stream, size, frame,
			  sizeof(frame));
	memcpy(copy, frame, size);
	for (size_t n = 0; n < size; n++) {
		read_frame(copy, n);
		assert_true(out.malformed);
		assert_in_range(out.error_offset, 0, n);
		dissect_frame(context, copy, n, true, &out); /* the capture cut it: no fault of the frame */
		assert_false(out.malformed);
		assert_non_null(dissect_value(&out, "cut"));
	}
	for (size_t i = 0; i < size; i++) {
		copy[i] ^= 0xff;
		read_frame(copy, size);
		assert_non_null(out.protocol);
		copy[i] ^= 0xff;
	}
}

static void files_and_their_steps(void **state)
{
	static const struct {
		const char *name;
		int step;
	} files[] = {{"CTLSEP001122AABB01.tlv", 5},
		     {"ITLSEP001122AABB01.tlv", 6},
		     {"ITLFile.tlv", 6},
		     {"SEP001122AABB01.cnf.xml", 7},
		     {"SEP001122AABB01.cnf.xml.sgn", 7},
		     {"SEP001122AABB01.cnf.xml.enc.sgn", 7},
		     {"XMLDefault.cnf.xml", 7},
		     {"sip78xx.14-2-1-0001-125.loads", 8},
		     {"kern78xx.14-2-1-0001-125.sbn", 8},
		     {"AppDialRules.xml", 9},
		     {"dialplan.xml", 9},
		     {"DR1234.xml.sgn", 9},
		     {"German_Germany/sp-sip.jar", 12},
		     {"Germany/g3-tones.xml", 12},
		     {"SK1234.xml", 13},
		     {"Ringlist-wb.xml", 14},
		     {"DistinctiveRingList.xml", 14},
		     {"Chirp1.rwb", 14},
		     {"index.html", 0},
		     {"", 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		assert_int_equal(dissect_file_step(files[i].name), files[i].step);
}

/* A wrong checksum of each layer is noted, and the fields are read: captures of hosts that leave checksums to the
 * card, and anonymised captures. */
static void wrong_checksums_are_noted(void **state)
{
	static char stream[16384];
	size_t size = frames_udp(FRAMES_PHONE, 50001, FRAMES_SERVER, 69, "\0\1ITLFile.tlv\0octet", 20, frame,
				 sizeof(frame));

	(void)state;
	frame[18 + 10] ^= 1;
	frame[18 + 20 + 6] ^= 1;
	read_frame(frame, size);
	is("tftp", "", 6);
	field("note", "IPv4 header checksum at offset 28 is wrong, UDP checksum at offset 44 is wrong");
	field("file", "ITLFile.tlv");
	size = frames_tcp(FRAMES_PHONE, 49701, FRAMES_CM, 5060, 1001, TCP_ACK, stream,
			  frames_register(0, stream, sizeof(stream)), frame, sizeof(frame));
	frame[18 + 20 + 16] ^= 1;
	read_frame(frame, size);
	field("note", "TCP checksum at offset 54 is wrong");
	field("method", "REGISTER");
}

static void odd_elements_are_shown_with_their_offset(void **state)
{
	static const uint8_t lldp[] = {0x01, 0x80, 0xc2, 0,    0, 0x0e, 2,    0,    0, 0,   0,	  1,
				       0x88, 0xcc, 0x02, 0x02, 7, 'c',	0x04, 0x02, 7, 'p', 0x06, 3,
				       0,    120,  0,	 0x0e, 1, 4,	0x0e, 2,    4, 4,   0,	  0};

	(void)state;
	read_frame(lldp, sizeof(lldp));
	is("lldp", "", 3);
	field("odd_1", "TTL (type 3), 3 octets at offset 22: octets behind its fields");
	field("odd_2", "capabilities (type 7), 1 octets at offset 27: shorter than its fields");
	field("odd_3", "capabilities (type 7), 2 octets at offset 30: shorter than its fields");
	field("ttl_s", "120");
}

static void keep_alives_are_no_messages(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} cases[] = {{"", 0},
		     {"\r\n\r\n", 4},
		     {"\r\n", 2},
		     {"\0\0\0\0", 4},
		     {"\0", 1},
		     {"jaK", 3},
		     {"  \r\n\0\0\0\0", 8},
		     {"\0\1\0\0\x21\x12\xa4\x42"
		      "123456789012",
		      20}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		read_frame(frame, frames_udp(FRAMES_PHONE, 5060, FRAMES_CM, 5060, cases[i].bytes,
					     cases[i].size, frame, sizeof(frame)));
		is("sip", "", 11);
		field("keep_alive", "yes");
	}
	read_frame(frame,
		   frames_udp(FRAMES_PHONE, 5060, FRAMES_CM, 5060, "no message", 10, frame, sizeof(frame)));
	assert_true(out.malformed);
}

/* An IPv4 packet and a CDP message behind each link header that is read. */
static void link_types_of_captures(void **state)
{
	static const struct {
		unsigned type;
		uint8_t head[24];
		size_t size;
		const char *mac;
	} cases[] = {
	    {0, {2, 0, 0, 0}, 4, NULL},
	    {0, {0, 0, 0, 2}, 4, NULL},
	    {101, {0}, 0, NULL},
	    {113, {0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 9, 0, 0, 8, 0}, 16, "02:00:00:00:00:09"},
	    {113, {0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 9, 0, 0, 0x81, 0, 0, 110, 8, 0}, 20, "02:00:00:00:00:09"},
	    {276, {8, 0, 0, 0, 0, 0, 0, 3, 0, 1, 4, 6, 2, 0, 0, 0, 0, 9, 0, 0}, 20, "02:00:00:00:00:09"},
	};
	static const uint8_t cdp[] = {0,    0,	  0,	1,    0,    6,	  2,	0,    0,    0,	  0,	9,
				      0,    0,	  0,	4,    0xaa, 0xaa, 0x03, 0x00, 0x00, 0x0c, 0x20, 0x00,
				      0x02, 0xb4, 0x79, 0xba, 0x00, 0x01, 0x00, 0x08, 'S',  'W',  '0',	'1'};
	uint8_t packet[2048];
	size_t size = frames_udp(FRAMES_PHONE, 50001, FRAMES_SERVER, 69, "\0\1ITLFile.tlv\0octet", 20, frame,
				 sizeof(frame)) -
		      18;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		memcpy(packet, cases[i].head, cases[i].size);
		memcpy(packet + cases[i].size, frame + 18, size);
		assert_int_equal(
		    dissect_record(context, cases[i].type, packet, cases[i].size + size, false, &out), 0);
		is("tftp", "", 6);
		if (cases[i].mac)
			field("source_mac", cases[i].mac);
		else
			assert_null(dissect_value(&out, "source_mac"));
		for (size_t cut = 0; cut < cases[i].size; cut++)
			assert_int_equal(dissect_record(context, cases[i].type, packet, cut, false, &out), 0);
	}
	assert_int_equal(dissect_record(context, 113, cdp, sizeof(cdp), false, &out), 0);
	is("cdp", "", 3);
	field("device_id", "SW01");
	assert_int_equal(dissect_record(context, 147, packet, size, false, &out), -ENOTSUP);
}

/* The tables are bounded: thousands of flows and phones do not grow it, and the latest are known. */
static void more_than_it_can_remember(void **state)
{
	static char stream[16384];
	size_t size = frames_register(0, stream, sizeof(stream));

	(void)state;
	for (uint32_t i = 0; i < 3000; i++) {
		frames_tcp(FRAMES_PHONE + i, (uint16_t)(1024 + i), FRAMES_CM, 5060, 1, TCP_SYN, NULL, 0,
			   frame, sizeof(frame));
		read_frame(frame, frames_tcp(FRAMES_PHONE + i, (uint16_t)(1024 + i), FRAMES_CM, 5060, 1,
					     TCP_ACK, stream, 100, frame, sizeof(frame)));
	}
	connect_phone();
	segment(stream, 0, size);
	is("sip", PHONE, 11);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)
int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(the_discovery_of_a_phone),
	    CASE(lldp_of_a_phone),
	    CASE(a_lease_teaches_the_address),
	    CASE(a_tftp_transfer_on_ephemeral_ports),
	    CASE(http_of_a_file),
	    CASE(headers_of_an_http_answer),
	    CASE(sip_on_any_port),
	    CASE(a_register_over_segments),
	    CASE(two_messages_in_one_segment),
	    CASE(a_capture_that_begins_in_the_middle),
	    CASE(every_truncation_and_corruption),
	    CASE(files_and_their_steps),
	    CASE(wrong_checksums_are_noted),
	    CASE(odd_elements_are_shown_with_their_offset),
	    CASE(keep_alives_are_no_messages),
	    CASE(link_types_of_captures),
	    CASE(more_than_it_can_remember),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
