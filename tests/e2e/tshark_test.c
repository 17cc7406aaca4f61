/*
 * tshark, a dissector of other authors, reads the whole boot of the office topology. It finds no malformed packet, no
 * bad checksum and no warning, and it decodes the voice VLAN, the power TLVs, option 150 and the REGISTER as intended.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/lab.h"
#include "tests/support/witness.h"

#define CHECKSUMS "-o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -o tcp.check_checksum:TRUE"

static struct lab lab;
static json_t *status;

static int begin(void **state)
{
	(void)state;
	lab_begin(&lab, "tshark");
	if (lab_up(&lab, "topologies/office.yaml", true, 120, NULL, 0))
		return -1;
	status = lab_status(&lab);
	if (!status)
		return -1;
	lab_down(&lab);
	return 0;
}

static int end(void **state)
{
	(void)state;
	json_decref(status);
	lab_end(&lab);
	return 0;
}

/* Run tshark on the capture: a display filter, and fields as -e arguments; one row per frame. */
static struct command_result rows(const char *filter, const char *fields)
{
	return command_sh(120,
			  "cd '%s' && tshark -n -r boot.pcapng " CHECKSUMS
			  " -Y '%s' -T fields -E separator='|' -e frame.number %s 2>tshark.err || { cat "
			  "tshark.err >&2; exit 1; }",
			  lab.dir, filter, fields);
}

static void expect(const char *filter, const char *fields, int least, const char *const words[])
{
	struct command_result result = rows(filter, fields);

	if (result.status)
		fail_msg("tshark: %s", result.err);
	int seen = lines_with(result.out, words);
	if (seen < least)
		fail_msg("'%s': %d rows with '%s', wanted at least %d:\n%.2000s", filter, seen, words[0],
			 least, result.out);
	command_free(&result);
}
#define EXPECT(filter, fields, least, ...)                                                                   \
	expect(filter, fields, least, (const char *const[]){__VA_ARGS__, NULL})

static void none(const char *filter, const char *fields)
{
	struct command_result result = rows(filter, fields);

	if (result.status)
		fail_msg("tshark: %s", result.err);
	if (result.out_length)
		fail_msg("'%s' holds for %zu octets of rows:\n%.700s", filter, result.out_length, result.out);
	command_free(&result);
}

static void test_there_are_frames(void **state)
{
	(void)state;
	EXPECT("frame", "-e frame.protocols", 8 * 50, "eth");
}

static void test_nothing_malformed(void **state)
{
	(void)state;
	none("_ws.malformed", "-e frame.protocols -e _ws.col.Info");
}

static void test_no_warning(void **state)
{
	(void)state;
	/* tshark warns about every TFTP ERROR. The server's "file not found" for the trust list is expected.
	 * The kernel writes a TCP checksum of 0 as 0xffff, which is the same sum (skb_checksum_help). */
	none("_ws.expert.severity >= \"Warning\" && !tftp.error.code && !tcp.options.sack.dsack && "
	     "!(tcp.checksum == 0xffff)",
	     "-e frame.protocols -e _ws.expert.message -e _ws.col.Info");
}

/* The capture contains each frame once, although it passes two ports, or four if a router forwards it. */
static void test_each_frame_once(void **state)
{
	struct command_result twice;

	(void)state;
	twice = rows("dhcp.option.dhcp == 1", "-e eth.src");
	assert_int_equal(lines_with(twice.out, (const char *const[]){"|00:11:22:aa:bb:0", NULL}), 8);
	command_free(&twice);
	/* A sender numbers its segments, and a retransmission gets a number of its own. */
	twice = command_sh(
	    120,
	    "tshark -n -r '%s' -Y 'tcp.len > 0' -T fields -E separator='|' -e ip.src -e ip.dst -e "
	    "ip.id -e tcp.srcport -e tcp.dstport -e tcp.seq_raw 2>/dev/null | sort >'%s/segments'; "
	    "wc -l <'%s/segments'; uniq -d '%s/segments'",
	    lab.capture, lab.dir, lab.dir, lab.dir);
	assert_true(atoi(twice.out) > 8 * 20);
	assert_null(strchr(twice.out, '|'));
	command_free(&twice);
	/* CDP of the switch leaves the switch, CDP of the phone comes in. */
	EXPECT("cdp && frame.interface_name == \"Gi1/0/3\"", "-e cdp.deviceid", 1, "|sw1");
	EXPECT("cdp && frame.interface_name == \"Gi1/0/3\"", "-e cdp.deviceid", 1, "|SEP");
}

static void test_checksums(void **state)
{
	(void)state;
	/* The kernel writes a TCP checksum that comes out as 0 as 0xffff (CSUM_MANGLED_0), once in 65,536
	 * segments. It is the same number in one's complement, and verifies; tshark would have it written as
	 * 0. */
	none("ip.checksum.status == \"Bad\" || udp.checksum.status == \"Bad\" || cdp.checksum.status == "
	     "\"Bad\" || "
	     "(tcp.checksum.status == \"Bad\" && tcp.checksum != 0xffff)",
	     "-e frame.protocols -e _ws.col.Info");
	EXPECT("cdp", "-e cdp.checksum.status", 16, "|1");
	EXPECT("udp", "-e udp.checksum.status", 16, "|1");
	EXPECT("tcp", "-e tcp.checksum.status", 16, "|1");
}

static void test_voice_vlan(void **state)
{
	(void)state;
	/* The phone requests the voice VLAN, the switch announces 110 in CDP and LLDP-MED, and the phone tags its DHCP. */
	EXPECT("cdp.tlv.type == 0x000f", "-e cdp.deviceid", 8, "SEP");
	EXPECT("cdp.tlv.type == 0x000e", "-e cdp.deviceid -e cdp.voice_vlan", 8, "sw1", "110");
	EXPECT("lldp.media.app_type == 1 && lldp.media.vlan_id == 110", "-e lldp.media.vlan_id", 8, "110");
	EXPECT("dhcp.option.dhcp == 1", "-e vlan.id", 8, "|110");
}

static void test_power(void **state)
{
	(void)state;
	EXPECT("cdp.power_requested", "-e cdp.deviceid -e cdp.power_requested", 8, "SEP");
	EXPECT("cdp.tlv.type == 0x001a", "-e cdp.deviceid -e cdp.tlv.type", 8, "sw1");
	/* The identity of the phone, in the form of recorded phones. */
	EXPECT("lldp.port.desc == \"SW PORT\"", "-e lldp.tlv.system.name -e lldp.tlv.system.desc", 8,
	       "Cisco IP Phone ", ", V1, sip");
	EXPECT("lldp.media.app_type == 2 && lldp.port.desc == \"SW PORT\"",
	       "-e lldp.media.manufacturer -e lldp.media.model", 8, "Cisco Systems, Inc.|CP-");
	EXPECT("lldp.media.power.type == 1 || lldp.media.power.type == 0", "-e lldp.media.power.value", 8,
	       "|");
}

static void test_option_150(void **state)
{
	(void)state;
	EXPECT("dhcp.option.dhcp == 5", "-e dhcp.option.tftp_server_address", 8, "10.20.0.3");
	EXPECT("dhcp.option.dhcp == 1", "-e dhcp.option.vendor_class_id", 8,
	       "Cisco Systems, Inc. IP Phone CP-");
	EXPECT("dhcp.option.dhcp == 1", "-e dhcp.option.request_list_item", 8, "150");
}

static void test_register(void **state)
{
	(void)state;
	size_t i;
	json_t *phone;

	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		char filter[200];
		snprintf(filter, sizeof(filter),
			 "sip.Method == \"REGISTER\" && sip.contact.user && sip.from.user == \"%s\"",
			 member(phone, "directory_number"));
		EXPECT(filter, "-e sip.Contact", 1, member(phone, "name"), "+sip.instance");
	}
	EXPECT("sip.Status-Code == 100 && sip.CSeq.method == \"REGISTER\"", "-e frame.number", 8, "");
	EXPECT("sip.Status-Code == 200 && sip.CSeq.method == \"REGISTER\"", "-e sip.Expires", 8, "|120");
	/* Every phone marks call control, but not downloads, with CS3, in the IP header and in the tag. The tag exists at the
	 * phones' ports only, not behind the router. */
	EXPECT("tcp.dstport == 5060 && vlan.id == 110 && ip.dsfield.dscp == 24 && vlan.priority == 3",
	       "-e frame.number", 8 * 3, "");
	none("tcp.dstport == 5060 && ip.dsfield.dscp != 24", "-e frame.number");
	none("tcp.dstport == 5060 && vlan && vlan.priority != 3", "-e frame.number");
	none("tcp.dstport == 6970 && ip.dsfield.dscp != 0", "-e frame.number");
	/* The body of the first REGISTER has two well-formed XML parts. */
	EXPECT("sip.Method == \"REGISTER\" && mime_multipart", "-e frame.protocols", 8, "mime_multipart");
}

/* A phone that is switched off in order announces that: LLDP with a time to live of 0, and a REGISTER with Expires 0. */
static void test_farewell(void **state)
{
	(void)state;
	EXPECT("lldp.time_to_live == 0 && lldp.chassis.subtype == 5", "-e lldp.port.id", 8, "001122AABB0",
	       ":P1");
	EXPECT("sip.Method == \"REGISTER\" && sip.Expires == 0 && ip.dst == 10.20.0.11", "-e sip.Contact", 8,
	       "SEP001122AABB0");
}

static void test_decode(void **state)
{
	(void)state;
	char bin[512];
	struct command_result decode = command_run(
	    60, (const char *[]){lab_bin("phonelab", bin), "decode", lab.capture, "--json", NULL});

	/* phonelab decode finds nothing malformed either, and every line is an object. */
	assert_int_equal(decode.status, 0);
	size_t lines = 0;
	for (char *line = strtok(decode.out, "\n"); line; line = strtok(NULL, "\n"), lines++) {
		json_t *object = json_loads(line, 0, NULL);
		if (!json_is_object(object) || !json_is_integer(json_object_get(object, "frame")) ||
		    !json_is_string(json_object_get(object, "protocol")))
			fail_msg("the line lacks frame or protocol: %s", line);
		if (json_is_string(json_object_get(object, "error")))
			fail_msg("phonelab decode reports malformed: %s", line);
		json_decref(object);
	}
	struct command_result count = command_sh(60, "tshark -n -r '%s' 2>/dev/null | wc -l", lab.capture);
	assert_int_equal(lines, atoi(count.out));
	command_free(&count);
	command_free(&decode);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_there_are_frames),
	    cmocka_unit_test(test_nothing_malformed),
	    cmocka_unit_test(test_no_warning),
	    cmocka_unit_test(test_each_frame_once),
	    cmocka_unit_test(test_checksums),
	    cmocka_unit_test(test_voice_vlan),
	    cmocka_unit_test(test_power),
	    cmocka_unit_test(test_option_150),
	    cmocka_unit_test(test_register),
	    cmocka_unit_test(test_farewell),
	    cmocka_unit_test(test_decode),
	};
	return cmocka_run_group_tests_name("tshark reads the boot of the office", tests, begin, end);
}
