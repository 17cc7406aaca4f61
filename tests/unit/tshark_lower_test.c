/*
 * A stranger reads what the lower codecs write: frames of every kind go into a pcap, and tshark must find in
 * each field what was meant, every checksum right, and nothing malformed or worth a warning.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <pcap/pcap.h>

#include "tests/support/command.h"
#include "tests/support/sample_frames.h"
#include "wire/ether.h"

#define TIMEOUT_S 60
#define TEXT_CELL 512
#define WARNING	  0x600000 /* PI_WARN of tshark */

struct expectation {
	enum sample_frame frame;
	const char *field, *value; /* several occurrences are joined by | */
};

static const struct expectation expectations[] = {
    {SAMPLE_CDP_PHONE, "eth.dst", "01:00:0c:cc:cc:cc"},
    {SAMPLE_CDP_PHONE, "eth.len", "153"},
    {SAMPLE_CDP_PHONE, "cdp.version", "2"},
    {SAMPLE_CDP_PHONE, "cdp.ttl", "180"},
    {SAMPLE_CDP_PHONE, "cdp.checksum.status", "1"},
    {SAMPLE_CDP_PHONE, "cdp.deviceid", "SEP001122AABB01"},
    {SAMPLE_CDP_PHONE, "cdp.number_of_addresses", "1"},
    {SAMPLE_CDP_PHONE, "cdp.portid", "Port 1"},
    {SAMPLE_CDP_PHONE, "cdp.capabilities", "0x00000490"},
    {SAMPLE_CDP_PHONE, "cdp.software_version", "sip78xx.14-2-1-0001-125.loads"},
    {SAMPLE_CDP_PHONE, "cdp.platform", "Cisco IP Phone 7841"},
    {SAMPLE_CDP_PHONE, "cdp.duplex", "1"},
    {SAMPLE_CDP_PHONE, "cdp.power_consumption", "3600"},
    {SAMPLE_CDP_PHONE, "cdp.request_id", "4660"},
    {SAMPLE_CDP_PHONE, "cdp.management_id", "0"},
    {SAMPLE_CDP_PHONE, "cdp.power_requested", "3600"},
    {SAMPLE_CDP_PHONE, "cdp.tlv.type",
     "0x0001|0x0002|0x0003|0x0004|0x0005|0x0006|0x000b|0x000f|0x0010|0x0019"},
    {SAMPLE_CDP_SWITCH, "cdp.checksum.status", "1"},
    {SAMPLE_CDP_SWITCH, "cdp.portid", "GigabitEthernet1/0/1"},
    {SAMPLE_CDP_SWITCH, "cdp.capabilities", "0x00000028"},
    {SAMPLE_CDP_SWITCH, "cdp.vtp_management_domain", "lab"},
    {SAMPLE_CDP_SWITCH, "cdp.native_vlan", "10"},
    {SAMPLE_CDP_SWITCH, "cdp.voice_vlan", "110"},
    {SAMPLE_CDP_SWITCH, "cdp.trust_bitmap", "0x00"},
    {SAMPLE_CDP_SWITCH, "cdp.untrusted_port_cos", "0x00"},
    {SAMPLE_CDP_SWITCH, "cdp.power_available", "4000|4294967295"},
    {SAMPLE_CDP_SWITCH, "cdp.request_id", "4660"},
    {SAMPLE_CDP_SWITCH, "cdp.management_id", "2"},
    {SAMPLE_CDP_REST, "cdp.checksum.status", "1"},
    {SAMPLE_CDP_REST, "cdp.mtu", "1500"},
    {SAMPLE_CDP_REST, "cdp.system_name", "sw1"},
    {SAMPLE_CDP_REST, "cdp.location", "hall"},
    {SAMPLE_CDP_REST, "cdp.odr_default_gateway", "10.110.0.2"},
    {SAMPLE_CDP_REST, "cdp.spare_poe_tlv.spare_pair_arch", "1"},
    {SAMPLE_CDP_ODD, "cdp.checksum.status", "1"},
    {SAMPLE_CDP_ODD, "cdp.deviceid", "SW1"},
    {SAMPLE_CDP_ODD_HIGH, "cdp.checksum.status", "1"},

    {SAMPLE_LLDP_PHONE, "eth.dst", "01:80:c2:00:00:0e"},
    {SAMPLE_LLDP_PHONE, "eth.type", "0x88cc"},
    {SAMPLE_LLDP_PHONE, "lldp.chassis.subtype", "5"},
    {SAMPLE_LLDP_PHONE, "lldp.chassis.id.ip4", "10.110.0.57"},
    {SAMPLE_LLDP_PHONE, "lldp.port.subtype", "3"},
    {SAMPLE_LLDP_PHONE, "lldp.port.id.mac", "00:11:22:aa:bb:01"},
    {SAMPLE_LLDP_PHONE, "lldp.time_to_live", "180"},
    {SAMPLE_LLDP_PHONE, "lldp.port.desc", "Port 1"},
    {SAMPLE_LLDP_PHONE, "lldp.tlv.system.name", "SEP001122AABB01"},
    {SAMPLE_LLDP_PHONE, "lldp.tlv.system_cap", "0x0024"},
    {SAMPLE_LLDP_PHONE, "lldp.tlv.enable_system_cap", "0x0024"},
    {SAMPLE_LLDP_PHONE, "lldp.ieee.802_3.pmd_mau_type", "0x001e"},
    {SAMPLE_LLDP_PHONE, "lldp.media.subtype.caps", "0x0033"},
    {SAMPLE_LLDP_PHONE, "lldp.media.subtype.class", "3"},
    {SAMPLE_LLDP_PHONE, "lldp.media.app_type", "1"},
    {SAMPLE_LLDP_PHONE, "lldp.media.policy_flag", "1"},
    {SAMPLE_LLDP_PHONE, "lldp.media.power.type", "1"},
    {SAMPLE_LLDP_PHONE, "lldp.media.power.source", "3"},
    {SAMPLE_LLDP_PHONE, "lldp.media.power.prio", "0"},
    {SAMPLE_LLDP_PHONE, "lldp.media.power.value", "129"},
    {SAMPLE_LLDP_PHONE, "lldp.media.hardware", "V03"},
    {SAMPLE_LLDP_PHONE, "lldp.media.firmware", "sip78xx.14-2-1-0001-125"},
    {SAMPLE_LLDP_PHONE, "lldp.media.software", "sw"},
    {SAMPLE_LLDP_PHONE, "lldp.media.sn", "FCH123"},
    {SAMPLE_LLDP_PHONE, "lldp.media.manufacturer", "Cisco Systems, Inc."},
    {SAMPLE_LLDP_PHONE, "lldp.media.model", "CP-7841"},
    {SAMPLE_LLDP_PHONE, "lldp.media.asset", "asset"},
    {SAMPLE_LLDP_SWITCH, "lldp.chassis.subtype", "4"},
    {SAMPLE_LLDP_SWITCH, "lldp.chassis.id.mac", "00:11:22:00:00:01"},
    {SAMPLE_LLDP_SWITCH, "lldp.port.id", "Gi1/0/1"},
    {SAMPLE_LLDP_SWITCH, "lldp.tlv.system.desc", "switch software"},
    {SAMPLE_LLDP_SWITCH, "lldp.mgn.addr.ip4", "10.110.0.2"},
    {SAMPLE_LLDP_SWITCH, "lldp.mgn.interface.number", "7"},
    {SAMPLE_LLDP_SWITCH, "lldp.ieee.802_1.port_vlan.id", "10"},
    {SAMPLE_LLDP_SWITCH, "lldp.ieee.802_3.mdi_power_support", "0x07"},
    {SAMPLE_LLDP_SWITCH, "lldp.ieee.802_3.mdi_power_class", "5"},
    {SAMPLE_LLDP_SWITCH, "lldp.ieee.802_3.mdi_power_type", "0"},
    {SAMPLE_LLDP_SWITCH, "lldp.ieee.802_3.mdi_power_source", "1"},
    {SAMPLE_LLDP_SWITCH, "lldp.ieee.802_3.mdi_power_priority", "3"},
    {SAMPLE_LLDP_SWITCH, "lldp.ieee.802_3.mdi_pde_requested", "129"},
    {SAMPLE_LLDP_SWITCH, "lldp.ieee.802_3.mdi_pse_allocated", "130"},
    {SAMPLE_LLDP_SWITCH, "lldp.ieee.802_3.max_frame_size", "1522"},
    {SAMPLE_LLDP_SWITCH, "lldp.media.app_type", "1|2"},
    {SAMPLE_LLDP_SWITCH, "lldp.media.policy_flag", "0|0"},
    {SAMPLE_LLDP_SWITCH, "lldp.media.tag_flag", "1|1"},
    {SAMPLE_LLDP_SWITCH, "lldp.media.vlan_id", "110|110"},
    {SAMPLE_LLDP_SWITCH, "lldp.media.l2_prio", "5|3"},
    {SAMPLE_LLDP_SWITCH, "lldp.media.dscp", "46|24"},
    {SAMPLE_LLDP_LAST, "lldp.time_to_live", "0"},

    {SAMPLE_DHCP_ASKS, "vlan.id", "110"},
    {SAMPLE_DHCP_ASKS, "vlan.priority", "5"},
    {SAMPLE_DHCP_ASKS, "ip.checksum.status", "1"},
    {SAMPLE_DHCP_ASKS, "udp.checksum.status", "1"},
    {SAMPLE_DHCP_ASKS, "ip.src", "0.0.0.0"},
    {SAMPLE_DHCP_ASKS, "udp.dstport", "67"},
    {SAMPLE_DHCP_ASKS, "dhcp.type", "1"},
    {SAMPLE_DHCP_ASKS, "dhcp.id", "0x12345678"},
    {SAMPLE_DHCP_ASKS, "dhcp.secs", "3"},
    {SAMPLE_DHCP_ASKS, "dhcp.flags.bc", "1"},
    {SAMPLE_DHCP_ASKS, "dhcp.option.dhcp", "1"},
    {SAMPLE_DHCP_ASKS, "dhcp.option.hostname", "SEP001122AABB01"},
    {SAMPLE_DHCP_ASKS, "dhcp.option.vendor_class_id", "Cisco Systems, Inc. IP Phone CP-7841"},
    {SAMPLE_DHCP_ASKS, "dhcp.option.request_list_item", "1|66|6|3|15|150|35"},
    {SAMPLE_DHCP_ASKS, "dhcp.option.requested_ip_address", "10.110.0.57"},
    {SAMPLE_DHCP_ASKS, "dhcp.option.dhcp_max_message_size", "1500"},
    {SAMPLE_DHCP_ASKS, "dhcp.option.type", "53|12|50|55|57|60|61|0"},
    {SAMPLE_DHCP_ACKS, "ip.checksum.status", "1"},
    {SAMPLE_DHCP_ACKS, "udp.checksum.status", "1"},
    {SAMPLE_DHCP_ACKS, "dhcp.type", "2"},
    {SAMPLE_DHCP_ACKS, "dhcp.ip.your", "10.110.0.57"},
    {SAMPLE_DHCP_ACKS, "dhcp.ip.server", "10.110.0.2"},
    {SAMPLE_DHCP_ACKS, "dhcp.server", "server"},
    {SAMPLE_DHCP_ACKS, "dhcp.file", "boot"},
    {SAMPLE_DHCP_ACKS, "dhcp.option.dhcp", "5"},
    {SAMPLE_DHCP_ACKS, "dhcp.option.subnet_mask", "255.255.255.0"},
    {SAMPLE_DHCP_ACKS, "dhcp.option.router", "10.110.0.1"},
    {SAMPLE_DHCP_ACKS, "dhcp.option.domain_name_server", "10.110.0.2|10.110.0.3"},
    {SAMPLE_DHCP_ACKS, "dhcp.option.domain_name", "lab.example"},
    {SAMPLE_DHCP_ACKS, "dhcp.option.ip_address_lease_time", "3600"},
    {SAMPLE_DHCP_ACKS, "dhcp.option.dhcp_server_id", "10.110.0.2"},
    {SAMPLE_DHCP_ACKS, "dhcp.option.renewal_time_value", "1800"},
    {SAMPLE_DHCP_ACKS, "dhcp.option.rebinding_time_value", "3150"},
    {SAMPLE_DHCP_ACKS, "dhcp.option.tftp_server_name", "cucm1"},
    {SAMPLE_DHCP_ACKS, "dhcp.option.bootfile_name", "file"},
    {SAMPLE_DHCP_ACKS, "dhcp.option.tftp_server_address", "10.20.0.3|10.20.0.4"},
    {SAMPLE_DHCP_ACKS, "dhcp.option.arp_cache_timeout", "60"},
    {SAMPLE_DHCP_NAKS, "dhcp.option.dhcp", "6"},
    {SAMPLE_DHCP_NAKS, "dhcp.option.message", "wrong network"},

    {SAMPLE_ARP_PROBE, "eth.dst", "ff:ff:ff:ff:ff:ff"},
    {SAMPLE_ARP_PROBE, "vlan.id", "110"},
    {SAMPLE_ARP_PROBE, "arp.isprobe", "1"},
    {SAMPLE_ARP_PROBE, "arp.src.proto_ipv4", "0.0.0.0"},
    {SAMPLE_ARP_PROBE, "arp.dst.proto_ipv4", "10.110.0.57"},
    {SAMPLE_ARP_ANNOUNCE, "arp.isannouncement", "1"},
    {SAMPLE_ARP_ANNOUNCE, "arp.src.proto_ipv4", "10.110.0.57"},
    {SAMPLE_ARP_ANSWER, "eth.dst", "00:11:22:00:00:01"},
    {SAMPLE_ARP_ANSWER, "arp.opcode", "2"},
    {SAMPLE_ARP_ANSWER, "arp.src.hw_mac", "00:11:22:aa:bb:01"},
    {SAMPLE_ARP_ANSWER, "arp.src.proto_ipv4", "10.110.0.57"},
    {SAMPLE_ARP_ANSWER, "arp.dst.hw_mac", "00:11:22:00:00:01"},
    {SAMPLE_ARP_ANSWER, "arp.dst.proto_ipv4", "10.110.0.2"},
};
#define EXPECTATIONS (sizeof(expectations) / sizeof(*expectations))

/* What tshark found: the severities and messages of each frame's expert items, and a column for each field,
 * in the order in which the fields first come among the expectations (tshark fills one column of a field
 * only). */
static struct {
	bool ran;
	unsigned frames;
	unsigned columns;
	const char *field[EXPECTATIONS];
	char cell[SAMPLE_FRAMES][EXPECTATIONS][TEXT_CELL];
	char severity[SAMPLE_FRAMES][TEXT_CELL];
	char message[SAMPLE_FRAMES][TEXT_CELL];
} found;

/* The column of a field; found.columns when it has none yet. */
static unsigned column_of(const char *field)
{
	unsigned column = 0;

	while (column < found.columns && strcmp(found.field[column], field) != 0)
		column++;
	return column;
}

static void write_capture(const char *path)
{
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, 65535);
	pcap_dumper_t *dumper;
	uint8_t data[ETHER_FRAME_MAX];

	assert_non_null(pcap);
	dumper = pcap_dump_open(pcap, path);
	assert_non_null(dumper);
	for (int i = 0; i < SAMPLE_FRAMES; i++) {
		ssize_t length = sample_frame_write((enum sample_frame)i, data, sizeof(data));
		struct pcap_pkthdr header = {.ts = {.tv_sec = i}};

		assert_true(length > 0);
		length = ether_pad(data, (size_t)length, sizeof(data));
		header.caplen = header.len = (bpf_u_int32)length;
		pcap_dump((u_char *)dumper, &header, data);
	}
	pcap_dump_close(dumper);
	pcap_close(pcap);
}

/* --- what tshark makes of them --- */

static void take_cell(char *to, const char *from, size_t length)
{
	assert_true(length < TEXT_CELL);
	memcpy(to, from, length);
	to[length] = '\0';
}

/* A line a frame, cells divided by tabs: the severities, the messages, then the columns. */
static void take_output(const char *out)
{
	for (; *out; found.frames++) {
		const char *end = out + strcspn(out, "\n");

		assert_true(found.frames < SAMPLE_FRAMES);
		for (size_t i = 0; i < found.columns + 2; i++) {
			size_t length = strcspn(out, "\t\n");

			take_cell(i == 0   ? found.severity[found.frames]
				  : i == 1 ? found.message[found.frames]
					   : found.cell[found.frames][i - 2],
				  out, length);
			out += length + (out[length] == '\t');
		}
		assert_ptr_equal(out, end);
		out += *out == '\n';
	}
}

static void run_tshark(const char *path)
{
	static const char *const fixed[] = {
	    "tshark", "-n",
	    "-r",     NULL,
	    "-o",     "ip.check_checksum:TRUE",
	    "-o",     "udp.check_checksum:TRUE",
	    "-T",     "fields",
	    "-E",     "separator=/t",
	    "-E",     "occurrence=a",
	    "-E",     "aggregator=|",
	    "-e",     "_ws.expert.severity",
	    "-e",     "_ws.expert.message",
	};
	const size_t n = sizeof(fixed) / sizeof(*fixed);
	const char *argv[sizeof(fixed) / sizeof(*fixed) + 2 * EXPECTATIONS + 1];
	struct command_result result;

	memcpy(argv, fixed, sizeof(fixed));
	argv[3] = path;
	for (size_t i = 0; i < EXPECTATIONS; i++) {
		if (column_of(expectations[i].field) < found.columns)
			continue;
		argv[n + 2 * found.columns] = "-e";
		argv[n + 2 * found.columns + 1] = expectations[i].field;
		found.field[found.columns++] = expectations[i].field;
	}
	argv[n + 2 * found.columns] = NULL;
	result = command_run(TIMEOUT_S, argv);
	if (result.status != 0)
		fail_msg("tshark: status %d: %s", result.status, result.err);
	take_output(result.out);
	command_free(&result);
}

static int setup(void **state)
{
	char directory[] = "/tmp/tshark-lower-XXXXXX", path[64];
	struct command_result version = command_sh(TIMEOUT_S, "tshark --version");

	(void)state;
	if (version.status == 0) {
		assert_non_null(mkdtemp(directory));
		snprintf(path, sizeof(path), "%s/frames.pcap", directory);
		write_capture(path);
		run_tshark(path);
		assert_int_equal(unlink(path), 0);
		assert_int_equal(rmdir(directory), 0);
		found.ran = true;
	}
	command_free(&version);
	return 0;
}

static void need_tshark(void)
{
	if (found.ran)
		return;
	print_message("no tshark on this machine\n");
	skip();
}

static void nothing_is_malformed_or_worth_a_warning(void **state)
{
	(void)state;
	need_tshark();
	assert_int_equal(found.frames, SAMPLE_FRAMES);
	for (int i = 0; i < SAMPLE_FRAMES; i++) {
		char *at = found.severity[i];

		while (*at) {
			if (strtol(at, &at, 10) >= WARNING)
				fail_msg("frame %d: %s", i + 1, found.message[i]);
			at += *at == '|';
		}
	}
}

static void check_frames(enum sample_frame first, enum sample_frame last)
{
	unsigned wrong = 0, checked = 0;

	need_tshark();
	for (size_t i = 0; i < EXPECTATIONS; i++) {
		const struct expectation *e = &expectations[i];
		const char *value;

		if (e->frame < first || e->frame > last)
			continue;
		value = found.cell[e->frame][column_of(e->field)];
		checked++;
		if (strcmp(value, e->value) == 0)
			continue;
		print_error("frame %d, %s: tshark found \"%s\", meant was \"%s\"\n", e->frame + 1, e->field,
			    value, e->value);
		wrong++;
	}
	assert_true(checked > 0);
	assert_int_equal(wrong, 0);
}

static void cdp_is_read_as_meant(void **state)
{
	(void)state;
	check_frames(SAMPLE_CDP_PHONE, SAMPLE_CDP_ODD_HIGH);
}

static void lldp_is_read_as_meant(void **state)
{
	(void)state;
	check_frames(SAMPLE_LLDP_PHONE, SAMPLE_LLDP_LAST);
}

static void dhcp_is_read_as_meant(void **state)
{
	(void)state;
	check_frames(SAMPLE_DHCP_ASKS, SAMPLE_DHCP_NAKS);
}

static void arp_is_read_as_meant(void **state)
{
	(void)state;
	check_frames(SAMPLE_ARP_PROBE, SAMPLE_ARP_ANSWER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_is_malformed_or_worth_a_warning),
	    cmocka_unit_test(cdp_is_read_as_meant),
	    cmocka_unit_test(lldp_is_read_as_meant),
	    cmocka_unit_test(dhcp_is_read_as_meant),
	    cmocka_unit_test(arp_is_read_as_meant),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
