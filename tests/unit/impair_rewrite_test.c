/*
 * Rewrites: a switch core changes frames by rule; wire/ decodes what comes out, and tshark must find nothing
 * malformed and every checksum right.
 */
#include "tests/support/switch_test.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <unistd.h>

#include "tests/support/command.h"
#include "wire/dhcp.h"
#include "wire/edit.h"
#include "wire/ipv4.h"
#include "wire/tftp.h"

#define SERVER 47 /* port */

static int setup(void **state)
{
	(void)state;
	bench_init(&bench);
	bench_start(&bench);
	bench_plug(&bench, 0, SWITCH_POWER_AC, 0);
	bench_plug(&bench, SERVER, SWITCH_POWER_NONE, 0);
	bench_frame(&bench, 0, 255, 1, 110);
	bench_clear(&bench);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, bench_teardown)

static void add(const char *text)
{
	json_t *rule = json_loads(text, 0, NULL);
	struct fail fail = {0};
	unsigned id;

	assert_non_null(rule);
	if (switch_core_impair_add(bench.core, bench.now_us, rule, &id, &fail))
		fail_msg("%s: %s", text, fail.text);
	json_decref(rule);
}

/* matched of the only rule */
static unsigned matched(void)
{
	json_t *list = switch_core_impair_list(bench.core, bench.now_us);
	json_int_t value = json_integer_value(json_object_get(json_array_get(list, 0), "matched"));

	json_decref(list);
	return (unsigned)value;
}

/* From the server to the phone; leaves tagged. */
static void send_udp(uint16_t source_port, uint16_t destination_port, const void *payload, size_t length)
{
	uint8_t frame[ETHER_FRAME_MAX];
	struct udp_frame udp = {.destination_mac = bench_mac(1),
				.source_mac = bench_mac(9),
				.source = 0x0a6e0002,
				.destination = 0x0a6e0039,
				.source_port = source_port,
				.destination_port = destination_port,
				.tos = 0x60,
				.id = 0x1234,
				.payload = {payload, length}};
	ssize_t whole = udp_frame_encode(&udp, frame, sizeof(frame));

	assert_true(whole > 0);
	bench_bytes(&bench, SERVER, frame, (size_t)whole);
}

static struct udp_frame last_udp(void)
{
	const struct bench_sent *sent = bench_last_to(&bench, 0);
	struct udp_frame udp;

	assert_int_equal(udp_frame_decode(sent->frame, sent->length, &udp, NULL), 0);
	assert_int_equal(udp.tci & 0xfff, 110);
	return udp;
}

static struct dhcp_message offer(void)
{
	return (struct dhcp_message){
	    .operation = DHCP_BOOTREPLY,
	    .xid = 0x12345678,
	    .yiaddr = 0x0a6e0039,
	    .chaddr = bench_mac(1),
	    .has = DHCP_HAS_TYPE | DHCP_HAS_SERVER | DHCP_HAS_LEASE | DHCP_HAS_MASK | DHCP_HAS_ROUTER |
		   DHCP_HAS_TFTP_NAME | DHCP_HAS_TFTP_ADDRESS,
	    .type = DHCP_OFFER,
	    .server = 0x0a6e0002,
	    .lease = 3600,
	    .mask = 0xffffff00,
	    .routers = {.count = 1, .item = {0x0a6e0001}},
	    .tftp_name = "10.110.0.2",
	    .tftp_addresses = {.count = 2, .item = {0x0a6e0002, 0x0a6e0003}},
	};
}

static size_t encode(const struct dhcp_message *message, uint8_t *out)
{
	ssize_t length = dhcp_encode(message, out, DHCP_MAX);

	assert_true(length > 0);
	return (size_t)length;
}

static struct dhcp_message pass(const struct dhcp_message *message)
{
	uint8_t bytes[DHCP_MAX];
	size_t length = encode(message, bytes);
	struct dhcp_message out;
	struct udp_frame udp;

	send_udp(67, 68, bytes, length);
	udp = last_udp();
	assert_int_equal(dhcp_decode(udp.payload.data, udp.payload.length, &out, NULL), 0);
	return out;
}

static void test_strip_option(void **state)
{
	struct dhcp_message in = offer(), out;

	(void)state;
	add("{\"direction\":\"out\",\"ports\":[\"Gi1/0/1\"],\"filter\":\"udp src port "
	    "67\",\"take\":{\"first\":1},"
	    "\"action\":{\"strip_dhcp_option\":{\"code\":150}}}");
	out = pass(&in);
	assert_int_equal(out.has, in.has & ~(unsigned)DHCP_HAS_TFTP_ADDRESS);
	assert_string_equal(out.tftp_name, "10.110.0.2");
	assert_int_equal(out.xid, in.xid);
	assert_int_equal(out.lease, 3600);
	assert_int_equal(out.unknown, 0);
	/* The second is not taken; one without the option would be no match. */
	out = pass(&in);
	assert_int_equal(out.has, in.has);
	assert_int_equal(out.tftp_addresses.item[1], 0x0a6e0003);
	in.has &= ~(unsigned)DHCP_HAS_TFTP_ADDRESS;
	pass(&in);
	assert_int_equal(matched(), 2);
}

static void test_set_option(void **state)
{
	struct dhcp_message in = offer(), out;

	(void)state;
	add("{\"direction\":\"in\",\"ports\":[\"Gi1/0/48\"],\"filter\":\"udp src port 67\","
	    "\"action\":{\"set_dhcp_option\":{\"code\":150,\"addresses\":[\"192.0.2.1\"]}}}");
	add("{\"direction\":\"in\",\"filter\":\"udp src port 67\","
	    "\"action\":{\"set_dhcp_option\":{\"code\":66,\"text\":\"tftp.nowhere.example\"}}}");
	add("{\"direction\":\"in\",\"filter\":\"udp src port 67\","
	    "\"action\":{\"set_dhcp_option\":{\"code\":51,\"hex\":\"0000003C\"}}}");
	add("{\"direction\":\"in\",\"filter\":\"udp src port 67\","
	    "\"action\":{\"set_dhcp_option\":{\"code\":15,\"text\":\"voice.example\"}}}");
	out = pass(&in);
	assert_int_equal(out.has, in.has | DHCP_HAS_DOMAIN);
	assert_int_equal(out.tftp_addresses.count, 1);
	assert_int_equal(out.tftp_addresses.item[0], 0xc0000201);
	assert_string_equal(out.tftp_name, "tftp.nowhere.example");
	assert_string_equal(out.domain, "voice.example");
	assert_int_equal(out.lease, 60);
	assert_int_equal(out.routers.item[0], 0x0a6e0001);
}

/* Options in file and sname, and options that this library does not know. */
static void test_overload_and_unknown_options(void **state)
{
	static const uint8_t options[] = {53, 1, 2, 43, 2, 7, 9, 150, 4, 10, 0, 0, 1, 52, 1, 3, 255};
	uint8_t in[300] = {2, 1, 6, 0}, out[600];
	struct dhcp_message message;
	ssize_t length;

	(void)state;
	memcpy(in + 236, "\x63\x82\x53\x63", 4);
	memcpy(in + 240, options, sizeof(options));
	memcpy(in + 108, "\x96\x04\x0a\x00\x00\x02\x42\x01\x61\xff", 10); /* file: 150 goes on, 66 is "a" */
	memcpy(in + 44, "\x96\x04\x0a\x00\x00\x03\x0f\x01\x62\xff", 10);  /* sname: 150, 15 is "b" */
	assert_int_equal(dhcp_decode(in, sizeof(in), &message, NULL), 0);
	assert_int_equal(message.tftp_addresses.count, 3);
	length = edit_dhcp_strip(in, sizeof(in), 150, out, sizeof(out));
	assert_int_equal(length, sizeof(in));
	assert_int_equal(dhcp_decode(out, (size_t)length, &message, NULL), 0);
	assert_false(message.has & DHCP_HAS_TFTP_ADDRESS);
	assert_string_equal(message.tftp_name, "a");
	assert_string_equal(message.domain, "b");
	assert_int_equal(message.unknown, 1);
	assert_memory_equal(out + 240, "\x35\x01\x02\x2b\x02\x07\x09\x34\x01\x03\xff", 11);
	length = edit_dhcp_set(in, sizeof(in), 150, "\x01\x02\x03\x04", 4, out, sizeof(out));
	assert_int_equal(dhcp_decode(out, (size_t)length, &message, NULL), 0);
	assert_int_equal(message.tftp_addresses.count, 1);
	assert_int_equal(message.tftp_addresses.item[0], 0x01020304);
	assert_int_equal(edit_dhcp_strip(in, sizeof(in), 99, out, sizeof(out)), -ENOENT);
	assert_int_equal(edit_dhcp_strip(in, sizeof(in), 255, out, sizeof(out)), -EINVAL);
	assert_int_equal(edit_dhcp_set(in, sizeof(in), 150, "", 0, out, sizeof(out)), -EINVAL);
	assert_int_equal(edit_dhcp_set(in, sizeof(in), 150, "x", 1, out, 250), -ENOSPC);
	for (size_t cut = 0; cut < 240 + sizeof(options) - 1; cut++) {
		uint8_t *exact = malloc(cut ? cut : 1);

		memcpy(exact, in, cut);
		length = edit_dhcp_strip(exact, cut, 150, out, sizeof(out));
		assert_true(length == -EBADMSG || length == -ENOENT || length > 0);
		free(exact);
	}
}

static void test_cdp_voice_vlan(void **state)
{
	struct cdp_message message;

	(void)state;
	add("{\"direction\":\"out\",\"ports\":[\"Gi1/0/1\"],\"action\":{\"voice_vlan\":{\"vlan\":999}}}");
	bench_advance(&bench, 70 * BENCH_SECOND);
	message = bench_last_cdp(&bench, 0);
	assert_int_equal(message.voip_reply.vlan, 999);
	assert_int_equal(message.native_vlan, 10);
	assert_true(wire_slice_equal(message.device_id, wire_slice_text("sw1")));
	message = bench_last_cdp(&bench, SERVER);
	assert_false(message.has & CDP_HAS(CDP_VOIP_REPLY));
}

/* A phone that speaks LLDP-MED hears a policy; the rule makes it another, untagged. */
static void test_lldp_voice_vlan(void **state)
{
	struct lldp_message phone = bench_phone_lldp(), message;
	const struct lldp_policy *policy;

	(void)state;
	add("{\"direction\":\"out\",\"ports\":[\"Gi1/0/1\"],"
	    "\"action\":{\"voice_vlan\":{\"vlan\":222,\"tagged\":false}}}");
	bench_lldp(&bench, 0, &phone, 1);
	bench_advance(&bench, 2 * BENCH_SECOND);
	message = bench_last_lldp(&bench, 0);
	policy = lldp_find_policy(&message, LLDP_APP_VOICE);
	assert_non_null(policy);
	assert_int_equal(policy->vlan, 222);
	assert_false(policy->tagged);
	assert_false(policy->unknown);
	assert_int_equal(policy->priority, 5);
	assert_int_equal(policy->dscp, 46);
}

static void test_remove_tlvs(void **state)
{
	struct lldp_message phone = bench_phone_lldp(), lldp;
	struct cdp_message cdp;

	(void)state;
	add("{\"direction\":\"out\",\"ports\":[\"Gi1/0/1\"],"
	    "\"action\":{\"remove_tlv\":{\"protocol\":\"cdp\",\"type\":14}}}");
	add("{\"direction\":\"out\",\"ports\":[\"Gi1/0/1\"],"
	    "\"action\":{\"remove_tlv\":{\"protocol\":\"lldp\",\"type\":127,\"oui\":4795,\"subtype\":2}}}");
	add("{\"direction\":\"out\",\"ports\":[\"Gi1/0/1\"],"
	    "\"action\":{\"remove_tlv\":{\"protocol\":\"lldp\",\"type\":5}}}");
	bench_lldp(&bench, 0, &phone, 1);
	bench_advance(&bench, 70 * BENCH_SECOND);
	cdp = bench_last_cdp(&bench, 0);
	assert_false(cdp.has & CDP_HAS(CDP_VOIP_REPLY));
	assert_true(cdp.has & CDP_HAS(CDP_PLATFORM));
	lldp = bench_last_lldp(&bench, 0);
	assert_false(lldp.has & LLDP_HAS_POLICY);
	assert_false(lldp.has & LLDP_HAS_SYSTEM_NAME);
	assert_true(lldp.has & LLDP_HAS_MED);
	assert_true(lldp.has & LLDP_HAS_END);
}

static void test_tftp_error(void **state)
{
	uint8_t block[4 + 512] = {0, TFTP_DATA, 0, 3};
	struct tftp_packet packet;
	struct udp_frame udp;

	(void)state;
	add("{\"direction\":\"out\",\"ports\":[\"Gi1/0/1\"],\"take\":{\"nth\":2},"
	    "\"action\":{\"tftp_error\":{\"code\":2,\"message\":\"not for you\"}}}");
	/* An ACK and a stranger are no matches. */
	send_udp(30000, 40000, "\0\4\0\3", 4);
	send_udp(30000, 40000, "hello", 5);
	assert_int_equal(matched(), 0);
	send_udp(30000, 40000, block, sizeof(block));
	udp = last_udp();
	assert_int_equal(udp.payload.length, sizeof(block));
	send_udp(30000, 40000, block, sizeof(block));
	udp = last_udp();
	assert_int_equal(tftp_decode(udp.payload.data, udp.payload.length, &packet, NULL), 0);
	assert_int_equal(packet.opcode, TFTP_ERROR);
	assert_int_equal(packet.error_code, 2);
	assert_string_equal(packet.message, "not for you");
	assert_int_equal(udp.source_port, 30000);
	assert_int_equal(udp.tos, 0x60);
	assert_int_equal(udp.id, 0x1234);
}

/* TCP and ICMP are mended too; a UDP checksum that was left out stays so. */
static void test_mend(void **state)
{
	uint8_t tcp[14 + 20 + 20 + 5] = {2,  0,	   0, 0, 0,  1, 2, 0,	 0,    0,    0,	   9,	 8,
					 0,  0x45, 0, 0, 45, 0, 1, 0x40, 0,    64,   6,	   0,	 0,
					 10, 0,	   0, 1, 10, 0, 0, 2,	 0x13, 0xc4, 0x13, 0xc4, 0,
					 0,  0,	   1, 0, 0,  0, 2, 0x50, 0x18, 1,    0};
	uint8_t udp[64] = {2,	 0, 0,	0,  0, 1, 2,  0, 0, 0, 0,  9, 8, 0, 0x45, 0,	0,    30,   0, 1,
			   0x40, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0x13, 0xc4, 0x13, 0xc4, 0, 10};
	struct ipv4_packet packet;
	struct tcp_segment segment;
	struct udp_datagram datagram;

	(void)state;
	memcpy(tcp + 54, "hello", 5);
	edit_mend(tcp, sizeof(tcp));
	assert_int_equal(ipv4_decode(tcp + 14, sizeof(tcp) - 14, &packet, NULL), 0);
	assert_int_equal(tcp_decode(&packet, &segment, NULL), 0);
	assert_int_equal(segment.payload.length, 5);
	edit_mend(udp, sizeof(udp));
	assert_int_equal(ipv4_decode(udp + 14, sizeof(udp) - 14, &packet, NULL), 0);
	assert_int_equal(udp_decode(&packet, &datagram, NULL), 0);
	assert_true(datagram.no_checksum);
}

static void to_pcap(pcap_dumper_t *dumper, const struct bench_sent *sent)
{
	struct pcap_pkthdr header = {.caplen = (bpf_u_int32)sent->length, .len = (bpf_u_int32)sent->length};

	pcap_dump((u_char *)dumper, &header, sent->frame);
}

/* Everything at once, as a stranger reads it. */
static void test_tshark(void **state)
{
	static const char *const rules[] = {
	    "{\"direction\":\"out\",\"action\":{\"voice_vlan\":{\"vlan\":999}}}",
	    "{\"direction\":\"out\",\"action\":{\"remove_tlv\":{\"protocol\":\"cdp\",\"type\":5}}}",
	    "{\"direction\":\"out\",\"action\":{\"remove_tlv\":{\"protocol\":\"lldp\",\"type\":6}}}",
	    "{\"direction\":\"out\",\"action\":{\"strip_dhcp_option\":{\"code\":66}}}",
	    "{\"direction\":\"out\",\"filter\":\"udp src port 67\","
	    "\"action\":{\"set_dhcp_option\":{\"code\":150,\"addresses\":[\"192.0.2.7\"]}}}",
	    "{\"direction\":\"out\",\"filter\":\"udp src port 69\",\"action\":{\"tftp_error\":{\"code\":1}}}",
	    "{\"direction\":\"out\",\"filter\":\"udp src port "
	    "9999\",\"action\":{\"corrupt\":{\"bits\":5,\"mend\":true}}}",
	};
	struct lldp_message phone = bench_phone_lldp();
	uint8_t bytes[DHCP_MAX], block[60] = {0, TFTP_DATA, 0, 1};
	char path[] = "/tmp/impair-XXXXXX";
	struct dhcp_message in = offer();
	struct command_result result;
	pcap_dumper_t *dumper;
	pcap_t *pcap;

	(void)state;
	if (access("/usr/bin/tshark", X_OK)) {
		print_message("tshark is not installed\n");
		skip();
	}
	for (unsigned i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		add(rules[i]);
	bench_lldp(&bench, 0, &phone, 1);
	bench_advance(&bench, 70 * BENCH_SECOND);
	send_udp(67, 68, bytes, encode(&in, bytes));
	send_udp(69, 40000, block, sizeof(block));
	send_udp(9999, 40000, block, sizeof(block));
	close(mkstemp(path));
	pcap = pcap_open_dead(DLT_EN10MB, 65535);
	dumper = pcap_dump_open(pcap, path);
	assert_non_null(dumper);
	for (unsigned i = 0; i < bench.sent_count; i++)
		to_pcap(dumper, &bench.sent[i]);
	pcap_dump_close(dumper);
	pcap_close(pcap);
	result = command_sh(
	    60,
	    "tshark -r %s -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -T fields -E occurrence=a "
	    "-e _ws.malformed -e ip.checksum.status -e udp.checksum.status -e cdp.checksum.status "
	    "-e cdp.voice_vlan -e lldp.media.vlan_id -e dhcp.option.tftp_server_address -e tftp.error.code "
	    "-e frame.len",
	    path);
	unlink(path);
	if (result.status)
		fail_msg("tshark: %s", result.err);
	assert_non_null(strstr(result.out, "\t999\t")); /* CDP and LLDP */
	assert_non_null(strstr(result.out, "192.0.2.7"));
	assert_null(strstr(result.out, "10.110.0.3"));
	assert_non_null(strstr(result.out, "\t1\t1\t"));
	for (char *line = strtok(result.out, "\n"); line; line = strtok(NULL, "\n")) {
		/* Malformed is empty; no checksum's status is 0 (bad). */
		if (line[0] != '\t' || strstr(line, "\t0\t"))
			fail_msg("%s", line);
	}
	command_free(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_strip_option),
	    TEST(test_set_option),
	    TEST(test_overload_and_unknown_options),
	    TEST(test_cdp_voice_vlan),
	    TEST(test_lldp_voice_vlan),
	    TEST(test_remove_tlvs),
	    TEST(test_tftp_error),
	    TEST(test_mend),
	    TEST(test_tshark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
