/* A frame in one line, for people. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "wire/dissect.h"

struct row {
	const char *protocol;
	const char *fields[8][2];
	const char *summary;
};

static void fill(struct dissect *frame, const struct row *row)
{
	*frame = (struct dissect){.protocol = row->protocol};
	for (unsigned i = 0; i < 8 && row->fields[i][0]; i++) {
		frame->field[i].name = row->fields[i][0];
		snprintf(frame->field[i].value, sizeof(frame->field[i].value), "%s", row->fields[i][1]);
		frame->fields++;
	}
}

static void test_protocols(void **state)
{
	static const struct row rows[] = {
	    {"cdp",
	     {{"device_id", "SEP1"}, {"platform", "Phone"}, {"voice_vlan_query", "yes"}},
	     "SEP1, Phone, asks for the voice VLAN"},
	    {"lldp",
	     {{"system_name", "sw1"}, {"voice_policy", "tagged"}, {"voice_vlan", "110"}},
	     "sw1, voice VLAN 110"},
	    {"lldp", {{"voice_policy", "untagged"}, {"voice_vlan", "4095"}}, "voice untagged"},
	    {"arp",
	     {{"operation", "request"}, {"sender", "0.0.0.0"}, {"target", "10.0.0.1"}},
	     "request for 10.0.0.1"},
	    {"dhcp",
	     {{"type", "discover"}, {"client_mac", "aa"}, {"vlan", "110"}},
	     "DISCOVER for aa in VLAN 110"},
	    {"tftp", {{"opcode", "DATA"}, {"block", "7"}, {"file", "a.xml"}}, "DATA 7 a.xml"},
	    {"http", {{"status", "404"}, {"file", "a.xml"}}, "404 for a.xml"},
	    {"http", {{"method", "GET"}, {"file", "a.xml"}, {"host", "h"}}, "GET a.xml from h"},
	    {"sip", {{"method", "REGISTER"}, {"cseq_method", "REGISTER"}, {"to", "sip:1"}}, "REGISTER sip:1"},
	    {"sip",
	     {{"status", "401"}, {"reason_phrase", "No"}, {"cseq_method", "REGISTER"}, {"to", "sip:1"}},
	     "401 No (REGISTER) sip:1"},
	    {"sip", {{"incomplete_bytes", "9"}}, "9 octets of a message that goes on"},
	    {"tcp",
	     {{"flags", "SYN"}, {"source_port", "1"}, {"destination_port", "2"}, {"note", "retransmission"}},
	     "SYN, port 1 to 2; retransmission"},
	    {"unknown", {{"device_id", "x"}}, ""},
	};
	char text[DISSECT_SUMMARY_MAX];
	struct dissect frame;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fill(&frame, &rows[i]);
		dissect_summary(&frame, text, sizeof(text));
		assert_string_equal(text, rows[i].summary);
	}
}

static void test_malformed_and_cut(void **state)
{
	struct dissect frame = {.protocol = "dhcp", .malformed = true, .error = "dhcp: too short"};
	char text[DISSECT_SUMMARY_MAX];

	(void)state;
	dissect_summary(&frame, text, sizeof(text));
	assert_string_equal(text, "malformed: dhcp: too short");
	for (size_t size = 1; size < 12; size++) {
		dissect_summary(&frame, text, size);
		assert_int_equal(strlen(text), size - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_protocols),
	    cmocka_unit_test(test_malformed_and_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
