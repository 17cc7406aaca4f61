/*
 * The commands about a running lab of the office topology: show, capture into a pipe, decode, collect, why, console,
 * messages, reset and others, as a person uses them. tshark and tar, programs of other authors, read their output.
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

#define PHONE "SEP001122AABB01"

static struct lab lab;
static char phonelab[512];

static int begin(void **state)
{
	(void)state;
	lab_bin("phonelab", phonelab);
	lab_begin(&lab, "commands");
	return lab_up(&lab, "topologies/office.yaml", true, 120, NULL, 0);
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

/* `show sw1 WORDS` prints `lines` lines that contain all of the words `with`. */
static void shows(const char *words, int lines, const char *const with[])
{
	struct command_result show = lab_command(&lab, "show sw1 %s", words);

	if (show.status)
		fail_msg("show sw1 %s: status %d: %s", words, show.status, show.err);
	if (lines_with(show.out, with) != lines)
		fail_msg("show sw1 %s: '%s' is not on %d lines:\n%s", words, with[0], lines, show.out);
	command_free(&show);
}
#define SHOWS(words, lines, ...) shows(words, lines, (const char *const[]){__VA_ARGS__, NULL})

static void test_show_neighbors(void **state)
{
	(void)state;
	SHOWS("cdp neighbors", 1, "Device ID", "Local Intrfce", "Holdtme", "Capability", "Platform",
	      "Port ID");
	SHOWS("cdp neighbors", 1, PHONE, "Gig 1/0/1", "H P M", "IP Phone", "Port 1");
	SHOWS("cdp neighbors", 1, "Total cdp entries displayed : 8");
	SHOWS("cdp neighbors detail", 8, "Device ID: SEP");
	SHOWS("cdp neighbors detail", 16, "IP address: 10.110.0."); /* entry and management address */
	SHOWS("cdp neighbors detail", 4, "Platform: Cisco IP Phone 7841");
	SHOWS("cdp neighbors detail", 2, "Power drawn: 14.800 Watts");
	SHOWS("lldp neighbors", 1, "Device ID", "Local Intf", "Hold-time", "Capability", "Port ID");
	SHOWS("lldp neighbors", 1, PHONE, "Gi1/0/1", "B,T", "001122AABB01:P1");
	SHOWS("lldp neighbors", 1, "Total entries displayed: 8");
	SHOWS("lldp neighbors detail", 8, "System Name: SEP");
	SHOWS("lldp neighbors detail", 8, "MED Information");
}

/* The power is the negotiated power, not the reservation of the class: 7841 3.6 W (class 1: 4), 8845 9.5 W (class 3:
 * 15.4), 8865 14.8 W (class 4: 30). The sum is the used part of the budget. */
static void test_show_power(void **state)
{
	(void)state;
	SHOWS("power inline", 1, "Module", "Available", "Used", "Remaining");
	SHOWS("power inline", 1, "370.0", "63.0", "307.0");
	SHOWS("power inline", 4, " on ", " 3.6 ", "IP Phone 7841", " 1 ");
	SHOWS("power inline", 2, " on ", " 9.5 ", "IP Phone 8845", " 3 ");
	SHOWS("power inline", 2, " on ", " 14.8 ", "IP Phone 8865", " 4 ");
	SHOWS("power inline", 40, " off ", "n/a");
	json_t *status = lab_status(&lab);
	assert_non_null(status);
	json_t *poe = json_object_get(json_array_get(json_object_get(status, "switches"), 0), "poe");
	assert_int_equal(member_int(poe, "used_mw"), 63000);
	assert_int_equal(member_int(poe, "budget_mw"), 370000);
	json_decref(status);
}

static void test_show_the_rest(void **state)
{
	(void)state;
	SHOWS("vlan brief", 1, "110", "VOICE", "active");
	SHOWS("vlan brief", 1, "10 ", "DATA", "active");
	SHOWS("mac address-table", 1, "110", "0011.22aa.bb01", "DYNAMIC", "Gi1/0/1");
	SHOWS("mac address-table", 8, "110", "0011.22aa.bb0", "DYNAMIC");
	SHOWS("interfaces status", 1, "Gi1/0/1 ", "reception", "connected", "10");
	SHOWS("interfaces status", 1, "Gi1/0/9 ", "notconnect");
	/* Words may be abbreviated while they are unambiguous. */
	SHOWS("cdp nei", 1, "Total cdp entries displayed : 8");
	SHOWS("int status", 1, "Gi1/0/9 ", "notconnect");
}

/* A phone fetches a file in a loop while tshark reads the capture from a pipe. */
static void piped(const char *node, const char *want_tag)
{
	struct command_result rows = command_sh(
	    60,
	    "timeout 40 '%s' --lab '%s' exec " PHONE " -- sh -c 'while :; do curl -s -m 2 -o /dev/null "
	    "http://10.20.0.3:6970/Ringlist.xml; done' & busy=$!; "
	    "timeout 40 '%s' --lab '%s' capture %s -c 60 | timeout 40 tshark -n -r - -T fields -E "
	    "separator='|' "
	    "-e vlan.id -e http.request.uri -e tcp.dstport 2>/dev/null; code=$?; kill $busy; exit $code",
	    phonelab, lab.name, phonelab, lab.name, node);

	if (rows.status)
		fail_msg("status %d: %s%s", rows.status, rows.out, rows.err);
	char row[100];
	snprintf(row, sizeof(row), "%s|/Ringlist.xml|6970", want_tag);
	if (LINES_WITH(rows.out, row) < 1)
		fail_msg("capture %s: tshark saw no '%s':\n%s", node, row, rows.out);
	int lines = 0;
	for (const char *at = rows.out; (at = strchr(at, '\n')); at++)
		lines++;
	assert_int_equal(lines, 60);
	command_free(&rows);
}

static void test_capture_of_a_port(void **state)
{
	(void)state;
	piped("sw1:Gi1/0/1", "110");
}

static void test_capture_of_a_phone(void **state)
{
	(void)state;
	piped(PHONE, "110");
}

static void test_capture_of_a_server(void **state)
{
	(void)state;
	piped("tftp", "");
}

/* How many segments are more than once in a capture. */
static int repeated(const char *file)
{
	struct command_result lines = command_sh(
	    60,
	    "tshark -n -r '%s/%s' -Y 'tcp.len > 0' -T fields -e ip.src -e ip.dst -e ip.id -e tcp.srcport "
	    "-e tcp.dstport -e tcp.seq_raw 2>/dev/null | sort | uniq -d | wc -l",
	    lab.dir, file);
	int count = atoi(lines.out);

	command_free(&lines);
	return count;
}

static void test_capture_to_a_file(void **state)
{
	(void)state;
	/* A file is fetched in a loop, from Gi1/0/1 to Gi1/0/47: the capture contains the names of both ports. */
	struct command_result capture =
	    command_sh(30,
		       "'%s' --lab '%s' capture sw1 -w '%s/sw1.pcapng' --duration 3 & capture=$!; "
		       "'%s' --lab '%s' capture sw1 -w '%s/both.pcapng' --duration 3 --both & "
		       "while kill -0 $capture 2>/dev/null; do "
		       "'%s' --lab '%s' exec " PHONE " -- curl -s -m 2 -o /dev/null "
		       "http://10.20.0.3:6970/Ringlist.xml; done; wait",
		       phonelab, lab.name, lab.dir, phonelab, lab.name, lab.dir, phonelab, lab.name);
	assert_int_equal(capture.status, 0);
	command_free(&capture);
	assert_int_equal(repeated("sw1.pcapng"), 0);
	assert_true(repeated("both.pcapng") > 0);
	struct command_result read =
	    command_sh(30,
		       "tshark -n -r '%s/sw1.pcapng' -Y 'tcp.port == 6970' -T fields "
		       "-E separator='|' -e frame.interface_name -e vlan.id 2>/dev/null",
		       lab.dir);
	assert_int_equal(read.status, 0);
	assert_true(LINES_WITH(read.out, "Gi1/0/1|110") >= 1);
	assert_true(LINES_WITH(read.out, "Gi1/0/47|") >= 1);
	command_free(&read);
	/* The capture ends when the reader closes the pipe, even without a frame. */
	capture = command_sh(20,
			     "timeout 15 '%s' --lab '%s' capture sw1:Gi1/0/9 2>/dev/null | :; "
			     "timeout 15 '%s' --lab '%s' capture cucm-sub | head -c 1 | wc -c",
			     phonelab, lab.name, phonelab, lab.name);
	assert_int_equal(capture.status, 0);
	assert_int_equal(atoi(capture.out), 1);
	assert_true(capture.seconds < 12);
	command_free(&capture);
}

/* The topology of this lab has no key_log: the command names what to do, and makes no file. */
static void test_capture_without_a_key_log(void **state)
{
	struct command_result capture =
	    lab_command(&lab, "capture 2001 --key-log -w %s/secret.pcapng", lab.dir);
	struct command_result file = command_sh(5, "test -e '%s/secret.pcapng'", lab.dir);

	(void)state;
	assert_int_equal(capture.status, 2);
	assert_string_equal(capture.err, "phonelab: capture: --key-log: this lab has no key log; write "
					 "\"key_log: true\" into its topology and start the lab again\n");
	assert_int_not_equal(file.status, 0);
	command_free(&capture);
	command_free(&file);
}

/* A pcap decodes to the same as the pcapng that it was converted from, from a file and from standard input. */
static void test_decode(void **state)
{
	(void)state;
	struct command_result result = command_sh(
	    60,
	    /* The capture of the lab still runs: take its current content, in both formats. */
	    "cd '%s' && tshark -n -r boot.pcapng -w now.pcapng 2>/dev/null; "
	    "tshark -n -r now.pcapng -F pcap -w boot.pcap 2>/dev/null && '%s' decode now.pcapng --json >one "
	    "&& '%s' decode boot.pcap --json >two && "
	    "'%s' decode --json - <boot.pcap >three && cmp two three && wc -l <one && wc -l <two && "
	    "grep -c '\"error\"' two;"
	    "tshark -n -r now.pcapng -Y 'sip.Method == \"REGISTER\"' 2>/dev/null | wc -l; "
	    "grep '\"protocol\":\"sip\"' one | grep -c '\"method\":\"REGISTER\"'",
	    lab.dir, phonelab, phonelab, phonelab);
	int one, two, malformed, registers, ours;
	if (sscanf(result.out, "%d %d %d %d %d", &one, &two, &malformed, &registers, &ours) != 5)
		fail_msg("status %d: %s%s", result.status, result.out, result.err);
	assert_true(one > 400);
	assert_int_equal(one, two);
	assert_int_equal(malformed, 0);
	assert_true(ours > 0);
	assert_int_equal(ours, registers);
	command_free(&result);
	/* A file that ends inside a frame: the complete frames are printed, and the status is 2. */
	result = command_sh(60, "head -c 5000 '%s/boot.pcap' | '%s' decode -", lab.dir, phonelab);
	assert_int_equal(result.status, 2);
	assert_true(LINES_WITH(result.out, "cdp") > 0);
	assert_non_null(strstr(result.err, "expected a whole pcap"));
	command_free(&result);
}

static void test_collect(void **state)
{
	static const char *const members[] = {"/index.html",
					      "/lab/events.jsonl",
					      "/lab/status.json",
					      "/lab/dhcp/leases",
					      "/lab/dhcp/dnsmasq.conf",
					      "/lab/log/dhcp.log",
					      "/lab/log/tftp.log",
					      "/lab/log/cucm-pub.log",
					      "/lab/log/tftp-http.access",
					      "/switches/sw1/show-tech-support.txt",
					      "/phones/" PHONE "/console.log",
					      "/phones/" PHONE "/status-messages.txt",
					      "/lab/cucm/cucm-pub/kamailio.cfg",
					      "/lab/tftp/root/" PHONE ".cnf.xml",
					      "/switches/sw1/span.pcapng"};
	(void)state;
	struct command_result collect = lab_command(&lab, "collect -o %s/logs.tgz --capture 2", lab.dir);
	assert_int_equal(collect.status, 0);
	command_free(&collect);
	struct command_result list =
	    command_sh(30,
		       "cd '%s' && mkdir logs && tar -C logs --strip-components=1 -xzf logs.tgz && "
		       "tar -tzf logs.tgz",
		       lab.dir);
	assert_int_equal(list.status, 0);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (LINES_WITH(list.out, members[i]) != 1)
			fail_msg("the bundle has no %s:\n%s", members[i], list.out);
	/* No private key leaves the lab. */
	assert_int_equal(LINES_WITH(list.out, ".key"), 0);
	command_free(&list);
	char path[400];
	json_error_t error;
	snprintf(path, sizeof(path), "%s/logs/lab/status.json", lab.dir);
	json_t *status = json_load_file(path, 0, &error);
	assert_non_null(status);
	assert_string_equal(member(status, "lab"), lab.name);
	json_decref(status);
	struct command_result look =
	    command_sh(10,
		       "cd '%s/logs' && grep -c -e '- show ' switches/sw1/show-tech-support.txt && grep -c "
		       "'404 Not Found' "
		       "phones/" PHONE "/console.log && wc -l <lab/dhcp/leases && ! grep -rl 'PRIVATE KEY' .",
		       lab.dir);
	int shown = -1, missing = -1, leases = -1;
	if (look.status || sscanf(look.out, "%d %d %d", &shown, &missing, &leases) != 3)
		fail_msg("status %d: %s%s", look.status, look.out, look.err);
	assert_int_equal(shown, 18);
	assert_true(missing > 0);
	assert_int_equal(leases, 8);
	command_free(&look);
	collect = lab_command(&lab, "collect -o %s/nowhere/logs.tgz", lab.dir);
	assert_int_equal(collect.status, 2);
	assert_non_null(strstr(collect.err, "nowhere"));
	command_free(&collect);
	/* A colon in the name is no host of tar. After a failure no empty archive is left; a file of the user stays. */
	collect = lab_command(&lab, "collect -o %s/a:b.tgz --phone " PHONE, lab.dir);
	assert_int_equal(collect.status, 0);
	command_free(&collect);
	collect = lab_command(&lab, "collect -o %s/empty.tgz --phone 9999", lab.dir);
	assert_int_equal(collect.status, 2);
	command_free(&collect);
	collect = lab_command(&lab, "collect -o %s/logs.tgz --phone 9999", lab.dir);
	assert_int_equal(collect.status, 2);
	command_free(&collect);
	look = command_sh(30,
			  "cd '%s' && tar -tzf ./logs.tgz >logs.list && "
			  "tar --force-local -tzf a:b.tgz >a.list && test ! -e empty.tgz",
			  lab.dir);
	assert_int_equal(look.status, 0);
	command_free(&look);
}

/* curl reads the web page of a phone through the router. */
static void test_web_page(void **state)
{
	static const struct {
		const char *path, *has;
	} pages[] = {
	    {"/", "<B> Phone DN</B></TD><td width=20></TD><TD><B>2001</B>"},
	    {"/CGI/Java/Serviceability?adapter=device.settings.status.messages",
	     "File Not Found : CTL" PHONE ".tlv"},
	    {"/FS/messages", "[src=" PHONE ".cnf.xml.sgn]"},
	    {"/NetworkConfigurationX", "<CallManager1>10.20.0.11  Active</CallManager1>"},
	    {"/DeviceInformationX", "<serialNumber>FCH"},
	    {"/NetworkConfigurationX", "<UserLocaleVersion>14.0.0.0(1)</UserLocaleVersion>"},
	    {"/NetworkConfigurationX", "<NetworkLocaleVersion>14.0.0.0(1)</NetworkLocaleVersion>"},
	    {"/PortInformationX?1", "<CDPNeighborPort>GigabitEthernet1/0/1</CDPNeighborPort>"},
	};
	json_t *status = lab_status(&lab);

	(void)state;
	assert_non_null(status);
	const char *address = member(status_phone(status, PHONE), "ipv4");
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		struct command_result got =
		    lab_exec(&lab, "cucm-pub", "curl -sSf -m 10 'http://%s%s'", address, pages[i].path);
		if (got.status || !strstr(got.out, pages[i].has))
			fail_msg("%s: status %d, no '%s': %s%s", pages[i].path, got.status, pages[i].has,
				 got.out, got.err);
		command_free(&got);
	}
	/* The counters of the kernel, which the page's own frames have changed since. A lane has counters of its own. */
	struct command_result counted = lab_exec(
	    &lab, PHONE,
	    "lane=$(ip -d link show eth0.110 | grep -c veth); "
	    "before=$(awk -v lane=$lane '$1 == \"eth0:\" || (lane && $1 == \"eth0.110:\") {n += $3} END "
	    "{print n}' "
	    "/proc/net/dev); "
	    "page=$(curl -s -m 10 http://%s/EthernetInformationX | sed -n "
	    "'s:.*<RxFrames>\\(.*\\)</RxFrames>.*:\\1:p'); "
	    "[ \"$before\" -gt 50 ] && [ \"$page\" -ge \"$before\" ] && [ \"$page\" -lt $((before + 1000)) ]",
	    address);
	if (counted.status)
		fail_msg("RxFrames is not the kernel's counter: %s%s", counted.out, counted.err);
	command_free(&counted);
	struct command_result none = lab_exec(
	    &lab, "cucm-pub", "curl -s -m 10 -o /dev/null -w '%%{http_code}' http://%s/nothing", address);
	assert_string_equal(none.out, "404");
	command_free(&none);
	/* A person asks for a problem report on the page, and gets the archive. */
	struct command_result prt = lab_exec(&lab, "cucm-pub",
					     "file=$(curl -sSf -m 10 -d '' http://%s/ProblemReport | "
					     "grep -o '/FS/probrep-[0-9-]*.tar.gz' | head -n 1) && "
					     "curl -sSf -m 10 \"http://%s$file\" | tar tz",
					     address, address);
	if (prt.status || LINES_WITH(prt.out, "show-status.txt") != 1)
		fail_msg("%d: %s%s", prt.status, prt.out, prt.err);
	command_free(&prt);
	json_decref(status);
}

/* The phone with two lines: both numbers, as the location table has them. */
static void test_status_shows_all_lines(void **state)
{
	struct command_result status = lab_command(&lab, "status");
	struct command_result dump =
	    lab_exec(&lab, "cucm-pub", "kamcmd -s unixs:/run/phonelab/cucm/cucm-pub/ctl ul.dump");

	(void)state;
	if (LINES_WITH(status.out, "SEP001122AABB05", " registered ", " 2005,2105 ") != 1)
		fail_msg("not both numbers: %s", status.out);
	assert_int_equal(LINES_WITH(dump.out, "AoR: 2005"), 1);
	assert_int_equal(LINES_WITH(dump.out, "AoR: 2105"), 1);
	command_free(&status);
	command_free(&dump);
}

static void test_a_phone_by_any_name(void **state)
{
	static const char *const names[] = {PHONE, "sep001122aabb01", "00:11:22:aa:bb:01", "2001"};
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct command_result why = lab_command(&lab, "why %s", names[i]);
		assert_int_equal(why.status, 0);
		assert_non_null(strstr(why.out, PHONE " is healthy"));
		command_free(&why);
	}
	struct command_result console = lab_command(&lab, "console 2001");
	assert_int_equal(console.status, 0);
	assert_true(console.out_length > 1000);
	command_free(&console);
	struct command_result messages = lab_command(&lab, "messages 2001");
	assert_int_equal(messages.status, 0);
	command_free(&messages);
}

static bool is_registered(json_t *status, void *arg)
{
	return !strcmp(member(status_phone(status, arg), "state"), "registered");
}

static void wait_registered(char *phone)
{
	json_t *status = lab_status_when(&lab, 60, is_registered, phone);

	assert_non_null(status);
	json_decref(status);
}

/* A capture of a port goes on after its cable was unplugged and plugged again: it has the boot of the phone. */
static void test_capture_follows_the_port(void **state)
{
	struct command_result capture = command_sh(
	    60,
	    "'%s' --lab '%s' capture sw1:Gi1/0/3 -w '%s/port.pcapng' --duration 12 & capture=$!; sleep 1; "
	    "'%s' --lab '%s' unplug 2003; sleep 1; '%s' --lab '%s' plug 2003; wait $capture",
	    phonelab, lab.name, lab.dir, phonelab, lab.name, phonelab, lab.name);
	struct command_result read;

	(void)state;
	assert_int_equal(capture.status, 0);
	command_free(&capture);
	read =
	    command_sh(30,
		       "cd '%s' && tshark -n -r port.pcapng -Y 'dhcp.option.dhcp == 1' 2>/dev/null | wc -l; "
		       "tshark -n -r port.pcapng -T fields -e frame.interface_name 2>/dev/null | sort -u",
		       lab.dir);
	if (atoi(read.out) < 1 || !strstr(read.out, "Gi1/0/3") || strstr(read.out, "Gi1/0/1\n"))
		fail_msg("DHCPDISCOVERs, then the ports: %s%s", read.out, read.err);
	command_free(&read);
	wait_registered("SEP001122AABB03");
}

/* A phone that boots is not blamed. */
static void test_why_of_a_booting_phone(void **state)
{
	struct command_result result =
	    command_sh(30, "'%s' --lab '%s' reset 2003 && '%s' --lab '%s' why 2003", phonelab, lab.name,
		       phonelab, lab.name);

	(void)state;
	if (strstr(result.out, "Likely cause") || strstr(result.out, "Cause, proven") ||
	    !(strstr(result.out, "still booting") || strstr(result.out, "is healthy")))
		fail_msg("status %d: %s%s", result.status, result.out, result.err);
	command_free(&result);
	wait_registered("SEP001122AABB03");
}

/* The call manager still has the phone in its location table, but the NOTIFY cannot arrive. */
static void test_reset_of_an_unreachable_phone(void **state)
{
	struct command_result result = lab_command(&lab, "unplug 2004");

	(void)state;
	assert_int_equal(result.status, 0);
	command_free(&result);
	result = lab_command(&lab, "reset 2004");
	if (result.status != 1 || !strstr(result.err, "did not receive the NOTIFY"))
		fail_msg("status %d: %s%s", result.status, result.out, result.err);
	assert_null(strstr(result.out, "reset, by"));
	command_free(&result);
	result = lab_command(&lab, "plug 2004");
	assert_int_equal(result.status, 0);
	command_free(&result);
	wait_registered("SEP001122AABB04");
}

/* -d before the command enables tokens, in the programs that it starts too; an unknown token is an error. */
static void test_debug_tokens(void **state)
{
	struct command_result result = command_sh(
	    20, "PHONELAB_DEBUG=cdp '%s' -d dhcp,step --lab '%s' exec sw1 -- sh -c 'echo =$PHONELAB_DEBUG='",
	    phonelab, lab.name);

	(void)state;
	assert_int_equal(result.status, 0);
	assert_non_null(strstr(result.out, "=cdp,dhcp,step="));
	command_free(&result);
	result = command_sh(20, "'%s' --debug=dhpc ls", phonelab);
	assert_int_equal(result.status, 2);
	assert_string_equal(result.err, "phonelab: unknown debug token \"dhpc\"; did you mean \"dhcp\"?\n");
	command_free(&result);
	result = command_sh(20, "'%s' -d", phonelab);
	assert_int_equal(result.status, 2);
	assert_non_null(strstr(result.err, "-d needs a value"));
	command_free(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_show_neighbors),
	    cmocka_unit_test(test_show_power),
	    cmocka_unit_test(test_show_the_rest),
	    cmocka_unit_test(test_capture_of_a_port),
	    cmocka_unit_test(test_capture_of_a_phone),
	    cmocka_unit_test(test_capture_of_a_server),
	    cmocka_unit_test(test_capture_to_a_file),
	    cmocka_unit_test(test_capture_without_a_key_log),
	    cmocka_unit_test(test_status_shows_all_lines),
	    cmocka_unit_test(test_decode),
	    cmocka_unit_test(test_collect),
	    cmocka_unit_test(test_web_page),
	    cmocka_unit_test(test_a_phone_by_any_name),
	    cmocka_unit_test(test_capture_follows_the_port),
	    cmocka_unit_test(test_why_of_a_booting_phone),
	    cmocka_unit_test(test_reset_of_an_unreachable_phone),
	    cmocka_unit_test(test_debug_tokens),
	};

	return cmocka_run_group_tests_name("commands about a lab", tests, begin, end);
}
