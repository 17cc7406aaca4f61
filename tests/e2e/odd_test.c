/*
 * Messages of equipment that is not phonelab's, with elements that no standard knows, in a running lab: a real
 * server's offer with options without a value, the LLDP of another switch, and CDP and LLDP neighbours at a port.
 * One odd element costs only that element, and an event names it. This program sends the frames itself, from
 * inside a node: odd_test send INTERFACE HEX.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/lab.h"
#include "wire/cdp.h"
#include "wire/lldp.h"

#define ONE   "SEP001122AABB01"
#define TIMES 40 /* frames, 0.3 s apart */

static struct lab lab;

static int begin(void **state)
{
	(void)state;
	lab_begin(&lab, "odd");
	return 0;
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

static int send_frames(const char *interface, const char *hex)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(interface)};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	uint8_t frame[1600];
	unsigned byte;
	size_t length = 0;

	for (; length < sizeof(frame) && sscanf(hex + 2 * length, "%2x", &byte) == 1; length++)
		frame[length] = (uint8_t)byte;
	if (fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof(to)))
		return 1;
	for (int i = 0; i < TIMES; i++) {
		if (send(fd, frame, length, 0) < 0)
			return 1;
		poll(NULL, 0, 300);
	}
	return 0;
}

/* In the background, as long as TIMES says. */
static void send_from(const char *node, const char *interface, const uint8_t *frame, size_t length)
{
	char self[512] = "", hex[3300] = "";
	struct command_result done;

	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	for (size_t i = 0; i < length; i++)
		snprintf(hex + 2 * i, 3, "%02x", frame[i]);
	done = lab_exec(&lab, node, "%s send %s %s >/dev/null 2>&1 </dev/null &", self, interface, hex);
	assert_int_equal(done.status, 0);
	command_free(&done);
}

/* Poll until the output of the command holds the text. */
static void shown_within(int seconds, const char *command, const char *text)
{
	for (int tries = 0;; tries++) {
		struct command_result done = lab_command(&lab, "%s", command);
		bool found = strstr(done.out, text) != NULL;

		if (!found && tries == seconds * 4)
			fail_msg("%s does not show \"%s\" but\n%s", command, text, done.out);
		command_free(&done);
		if (found)
			return;
		poll(NULL, 0, 250);
	}
}

static bool registered(json_t *status, void *name)
{
	return !strcmp(member(status_phone(status, name), "state"), "registered");
}

static void must_register(const char *detail, int step)
{
	json_t *status = lab_status_when(&lab, 60, registered, ONE);

	assert_non_null(status);
	assert_non_null(strstr(member(phone_step(status_phone(status, ONE), step), "detail"), detail));
	json_decref(status);
}

static void logged(const char *event, const char *text)
{
	char *log = lab_read(&lab, "events.jsonl");

	assert_non_null(log);
	if (!LINES_WITH(log, event, text))
		fail_msg("no %s with \"%s\"", event, text);
	free(log);
}

/* dnsmasq sends options 35 and 66 without a value when it is configured without one. */
static void options_without_a_value(void **state)
{
	struct command_result done;

	(void)state;
	assert_int_equal(lab_up(&lab, "topologies/minimal.yaml", false, 60, NULL, 0), 0);
	done = lab_exec(
	    &lab, "dhcp",
	    "sed -i '/tftp-server\\|option:66\\|,66,/d; $a dhcp-option-force=66\\ndhcp-option-force=35'"
	    " /run/phonelab/dhcp/dnsmasq.conf");
	assert_int_equal(done.status, 0);
	command_free(&done);
	done = lab_command(&lab, "service dhcp restart");
	assert_int_equal(done.status, 0);
	command_free(&done);
	done = lab_command(&lab, "reset " ONE);
	assert_int_equal(done.status, 0);
	command_free(&done);
	shown_within(20, "why " ONE, "healthy");
	must_register("option 150", 4);
	logged("\"dhcp.odd\"", "TFTP server name (type 66), 0 octets");
	logged("\"dhcp.odd\"", "ARP cache timeout (type 35), 0 octets");
}

/* A CDP neighbour with an IP prefix of six octets, and an LLDP neighbour with a TTL of
 * four and a port VLAN of one, are listed. */
static void neighbours_with_odd_tlvs(void **state)
{
	static const uint8_t lldp[] = {
	    0x01, 0x80, 0xc2, 0, 0,    0x0e, 2,	  0,	0, 0, 0,    0x77, 0x88, 0xcc, 0x02, 0x07, 4, 2,
	    0,	  0,	0,    0, 0x77, 4,    7,	  3,	2, 0, 0,    0,	  0,	0x77, 0x06, 4,	  0, 120,
	    0,	  0,	0x0a, 3, 'p',  'b',  'x', 0xfe, 5, 0, 0x80, 0xc2, 1,	1,    0,    0};
	const struct mac source = {{2, 0, 0, 0, 0, 0x77}};
	const struct cdp_message message = {.has = CDP_HAS(CDP_DEVICE_ID) | CDP_HAS(CDP_PORT_ID) |
						   CDP_HAS(CDP_IP_PREFIX) | CDP_HAS(CDP_PLATFORM),
					    .ttl = 180,
					    .device_id = wire_slice_text("ata.example"),
					    .port_id = wire_slice_text("Port 1"),
					    .ip_prefix = wire_slice_text("123456"),
					    .platform = wire_slice_text("ATA 192")};
	uint8_t frame[CDP_FRAME_MAX];
	ssize_t length = cdp_frame(&message, &source, frame, sizeof(frame));

	(void)state;
	assert_true(length > 0);
	assert_int_equal(lab_up(&lab, "topologies/minimal.yaml", false, 60, NULL, 0), 0);
	send_from("tftp", "eth0", frame, (size_t)length);
	send_from("tftp", "eth0", lldp, sizeof(lldp));
	shown_within(10, "show sw1 cdp neighbors", "ata.example");
	shown_within(10, "show sw1 lldp neighbors", "pbx");
	shown_within(10, "show sw1 lldp neighbors", "0200.0000.0077"); /* the port id is a MAC */
	logged("\"cdp.odd\"", "IP prefix (type 7), 6 octets");
	logged("\"lldp.odd\"", "TTL (type 3), 4 octets");
	logged("\"lldp.odd\"", "port VLAN id (type 127 0080c2/1), 1 octets");
}

/* The voice VLAN comes from another switch whose TLVs have octets behind their fields, or are too short. */
static void voice_vlan_from_odd_lldp(void **state)
{
	static const char topology[] =
	    "vlans:\n  - {id: 10, name: DATA}\n  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"
	    "switches:\n  - {name: sw1, access_vlan: 10, voice_vlan: 110, cdp: off, lldp: off}\n"
	    "servers:\n  - {name: dhcp, kind: dhcp, vlan: 110}\n  - {name: tftp, kind: tftp, vlan: 110}\n"
	    "cluster:\n  nodes: [{name: cucm, vlan: 110}]\nphones:\n  - {model: 7841}\n";
	static const uint8_t lldp[] = {
	    0x01, 0x80, 0xc2, 0,    0,	  0x0e, 2,    0,    0,	  0,	0,   0x99, 0x88, 0xcc, /* */
	    0x02, 0x07, 4,    2,    0,	  0,	0,    0,    0x99,			       /* chassis */
	    0x04, 0x07, 3,    2,    0,	  0,	0,    0,    0x99,			       /* port */
	    0x06, 0x04, 0,    120,  0,	  0,	0x0a, 4,    'c',  'o',	'r', 'e',	       /* TTL, name */
	    0xfe, 0x07, 0,    0x80, 0xc2, 1,	0,    10,   0,				       /* VLAN: 3 */
	    0xfe, 0x06, 0,    0x12, 0x0f, 2,	7,    1,				       /* power: 2 */
	    0xfe, 0x08, 0,    0x12, 0xbb, 1,	0,    0x33, 4,	  0,			       /* MED: 4 */
	    0xfe, 0x09, 0,    0x12, 0xbb, 2,	1,    0x40, 0xdd, 0x6e, 0,		       /* policy: 5 */
	    0,	  0,	0x12, 0x34, 0x56, 0x78};					       /* end, FCS */
	char path[512];
	struct command_result done;

	(void)state;
	lab_up(&lab, lab_write(&lab, "topology.yaml", topology, path), false, 4, NULL, 1);
	send_from("sw1", "gi1-0-1", lldp, sizeof(lldp));
	done = lab_command(&lab, "reset " ONE);
	command_free(&done);
	must_register("VLAN 110 by LLDP-MED from core 02:00:00:00:00:99", 3);
	logged("\"lldp.odd\"", "MED network policy (type 127 0012bb/2), 5 octets");
	logged("\"lldp.odd\"", "power via MDI (type 127 00120f/2), 2 octets");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(options_without_a_value, begin, end),
	    cmocka_unit_test_setup_teardown(neighbours_with_odd_tlvs, begin, end),
	    cmocka_unit_test_setup_teardown(voice_vlan_from_odd_lldp, begin, end),
	};

	if (argc == 4 && !strcmp(argv[1], "send"))
		return send_frames(argv[2], argv[3]);
	return cmocka_run_group_tests_name("odd", tests, NULL, NULL);
}
