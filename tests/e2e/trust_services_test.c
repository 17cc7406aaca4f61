/* TVS and CAPF of a secure cluster: the other end is Python's ssl with the openssl command, not our code. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/lab.h"

#define PUB "10.20.0.11"
#define SUB "10.20.0.12"

/* The authentication string of 2004, and the same as a dump of octets has it. */
#define STRING	   "8472915306"
#define STRING_HEX "38343732393135333036"

/* Release 14; the phones are provisioned, but do not run. 2003 enrols by a null string, 2004 by a string, 2005 by its MIC, 2006 has an
 * LSC that is to be deleted, 2007 has an encrypted configuration: it renews by its LSC. 2008 is to send its LSC, 2009 makes EC keys. */
static const char topology[] =
    "name: trust\nseed: 7\n"
    "vlans:\n"
    "  - {id: 10, name: DATA, subnet: 10.10.0.0/24}\n"
    "  - {id: 20, name: SERVERS, subnet: 10.20.0.0/24}\n"
    "  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"
    "switches:\n"
    "  - {name: sw1, model: C9200-48P, access_vlan: 10, voice_vlan: 110, management_address: 10.20.0.250}\n"
    "servers:\n"
    "  - name: gw\n    kind: router\n    interfaces:\n"
    "      - {port: Gi1/0/45, vlan: 110, address: 10.110.0.1}\n"
    "      - {port: Gi1/0/46, vlan: 20, address: 10.20.0.1}\n"
    "  - {name: dhcp, kind: dhcp, port: Gi1/0/48, vlan: 110, address: 10.110.0.2, pool: "
    "10.110.0.50-10.110.0.250}\n"
    "  - {name: tftp, kind: tftp, port: Gi1/0/47, vlan: 20, address: 10.20.0.3}\n"
    "cluster:\n"
    "  security: mixed\n  release: 14\n"
    "  nodes:\n"
    "    - {name: cucm-pub, role: publisher, port: Gi1/0/43, vlan: 20, address: 10.20.0.11}\n"
    "    - {name: cucm-sub, role: subscriber, port: Gi1/0/44, vlan: 20, address: 10.20.0.12}\n"
    "phones:\n"
    "  - {model: 8865, count: 2, lines: from 2001}\n"
    "  - {model: 8865, line: 2003, security: encrypted, capf: {operation: install}}\n"
    "  - {model: 8865, line: 2004, security: encrypted, capf: {operation: install, authentication: string, "
    "string: \"" STRING "\"}}\n"
    "  - {model: 8865, line: 2005, security: encrypted, capf: {operation: install, authentication: "
    "existing-mic}}\n"
    "  - {model: 8865, line: 2006, security: encrypted, lsc: installed, capf: {operation: delete}}\n"
    "  - {model: 8865, line: 2007, security: encrypted, lsc: installed, encrypted_config: on, capf: "
    "{operation: install, "
    "authentication: existing-lsc}}\n"
    "  - {model: 8865, line: 2008, security: encrypted, lsc: installed, capf: {operation: troubleshoot}}\n"
    "  - {model: 8865, line: 2009, security: encrypted, capf: {operation: install, key: ec-256}}\n";

static struct lab lab;
static char folder[600];

static int begin(void **state)
{
	char path[512], *slash;

	(void)state;
	lab_begin(&lab, "trust");
	lab_write(&lab, "trust.yaml", topology, path);
	if (lab_up(&lab, path, false, 60, (const char *[]){"--dark", NULL}, 0))
		return -1;
	/* BUILD/bin/phonelab; the scripts are in the source. */
	lab_bin("phonelab", folder);
	for (int i = 0; i < 3 && (slash = strrchr(folder, '/')); i++)
		*slash = 0;
	strcat(folder, "/tests/e2e/trust");
	return 0;
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

/* Run a script of the folder at the file server; it must print "ok". */
static void script(const char *words)
{
	struct command_result result = lab_exec(&lab, "tftp", "cd '%s' && python3 -B %s", folder, words);

	if (result.status || !strstr(result.out, "ok"))
		fail_msg("%s: status %d\n%s%s", words, result.status, result.out, result.err);
	command_free(&result);
}

/* What a command prints at the file server, cut at the first newline. */
static void print_of(char out[200], const char *line)
{
	struct command_result result = lab_exec(&lab, "tftp", "%s", line);

	snprintf(out, 200, "%.199s", result.out);
	out[strcspn(out, "\n")] = 0;
	command_free(&result);
}

static void expect(const char *line, const char *expected)
{
	char out[200];

	print_of(out, line);
	if (strcmp(out, expected))
		fail_msg("%s: found \"%s\", expected \"%s\"", line, out, expected);
}

/* The row of the table capf at a node, as it is at last: a failure is recorded after the session has ended. */
static void expect_row(const char *node, int phone, const char *expected)
{
	char line[400], out[200];

	snprintf(
	    line, sizeof(line),
	    "python3 -c \"import sqlite3; print('|'.join(sqlite3.connect('/run/phonelab/cucm/%s/cucm.sqlite')"
	    ".execute('select operation, status from capf where device = "
	    "\\'SEP001122AABB%02d\\'').fetchone()))\"",
	    node, phone);
	for (int i = 0; i < 50; i++) {
		print_of(out, line);
		if (!strcmp(out, expected))
			return;
		poll(NULL, 0, 200);
	}
	fail_msg("capf of %d at %s: found \"%s\", expected \"%s\"", phone, node, out, expected);
}

/* A tag of the phone in AXL. */
static void expect_axl(int phone, const char *tag, const char *expected)
{
	char line[700], text[100];

	snprintf(
	    line, sizeof(line),
	    "curl -sk -u axluser:phonelab -H 'SOAPAction: \"CUCM:DB ver=14.0 getPhone\"' --data '<e:Envelope "
	    "xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><a:getPhone "
	    "xmlns:a=\"http://www.cisco.com/AXL/API/14.0\"><name>SEP001122AABB%02d</name></a:getPhone>"
	    "</e:Body></e:Envelope>' https://" PUB ":8443/axl/ | grep -o '<%s>[^<]*'",
	    phone, tag);
	snprintf(text, sizeof(text), "<%s>%s", tag, expected);
	expect(line, text);
}

static void tvs_knows_the_cluster(void **state)
{
	(void)state;
	script("ask.py " PUB " " SUB);
}

static void capf_installs(void **state)
{
	(void)state;
	expect_row("cucm-pub", 3, "install|Operation Pending");
	script("enrol.py " PUB " SEP001122AABB03 install");
	/* the cluster has what the phone has, at both nodes; and nothing is pending any more */
	expect_row("cucm-pub", 3, "none|Upgrade Success");
	expect_row("cucm-sub", 3, "none|Upgrade Success");
	expect("cd /run/phonelab; openssl x509 -in keys/phones/SEP001122AABB03.lsc.crt -outform DER | cmp - "
	       "log/SEP001122AABB03.der && echo same",
	       "same");
	expect("sed -n 's|.*<capfAuthMode>\\(.*\\)</capfAuthMode>.*|\\1|p' "
	       "/run/phonelab/tftp/root/SEP001122AABB03.cnf.xml",
	       "0");
	script("enrol.py " PUB " SEP001122AABB03 nothing");
	expect_axl(3, "certificateStatus", "Upgrade Success");
}

static void capf_demands_a_proof(void **state)
{
	(void)state;
	script("enrol.py " PUB " SEP001122AABB04 refused");
	expect_row("cucm-pub", 4, "install|Upgrade Failed: Invalid Authentication String");
	script("enrol.py " PUB " SEP001122AABB04 lost " STRING);
	expect_row("cucm-pub", 4, "install|Upgrade Failed: Phone Communication Failure");
	script("enrol.py " PUB " SEP001122AABB04 silent " STRING);
	script("enrol.py " PUB " SEP001122AABB04 install-with-string " STRING);
	expect_row("cucm-pub", 4, "none|Upgrade Success");
	/* The trace has the session, and no log has the string. */
	expect("grep -c 'SEP001122AABB04: Upgrade Success' /run/phonelab/log/cucm-pub-capf.log", "1");
	expect("grep -rlE '" STRING "|" STRING_HEX "' /run/phonelab/log /run/phonelab/events.jsonl | wc -l",
	       "0");
	script("enrol.py " PUB " SEP001122AABB05 refused");
	expect_row("cucm-pub", 5, "install|Upgrade Failed: Invalid MIC");
	script("enrol.py " PUB " SEP001122AABB05 false-proof");
	script("enrol.py " PUB " SEP001122AABB05 install-with-mic");
	expect_row("cucm-pub", 5, "none|Upgrade Success");
	script("enrol.py " PUB " SEP001122AABB99 unknown");
	/* without an operation */
	script("enrol.py " PUB " SEP001122AABB01 nothing");
}

static void capf_deletes(void **state)
{
	(void)state;
	expect("test -e /run/phonelab/keys/phones/SEP001122AABB06.lsc.crt && echo there", "there");
	script("enrol.py " PUB " SEP001122AABB06 delete");
	expect("test -e /run/phonelab/keys/phones/SEP001122AABB06.lsc.crt || echo gone", "gone");
	expect_row("cucm-sub", 6, "none|Delete Success");
}

/* The phone sends its certificate, which the trace names; it stays as it is. */
static void capf_fetches(void **state)
{
	char before[200], after[200];

	(void)state;
	print_of(before, "sha256sum /run/phonelab/keys/phones/SEP001122AABB08.lsc.crt");
	expect_row("cucm-pub", 8, "troubleshoot|Operation Pending");
	expect_axl(8, "certificateOperation", "Troubleshoot");
	script("enrol.py " PUB " SEP001122AABB08 fetch");
	expect_row("cucm-pub", 8, "none|Troubleshoot Success");
	expect("grep -c 'SEP001122AABB08: LSC /.*CN=CP-8865-SEP001122AABB08, issuer "
	       ".*CN=CAPF-' /run/phonelab/log/cucm-pub-capf.log",
	       "1");
	print_of(after, "sha256sum /run/phonelab/keys/phones/SEP001122AABB08.lsc.crt");
	assert_string_equal(before, after);
	script("enrol.py " PUB " SEP001122AABB08 nothing");
}

static void capf_installs_ec_keys(void **state)
{
	static const char *const words[] = {"device set 2009 capf_operation=install capf_key=ec-384",
					    "device set 2007 capf_key=ec-256"};
	struct command_result result;

	(void)state;
	script("enrol.py " PUB " SEP001122AABB09 install-ec P-256");
	expect_row("cucm-pub", 9, "none|Upgrade Success");
	for (int i = 0; i < 2; i++) {
		result = lab_command(&lab, "%s", words[i]);
		assert_int_equal(result.status, i ? 2 : 0);
		if (i)
			assert_non_null(strstr(result.err, "found an EC key and an encrypted configuration"));
		command_free(&result);
	}
	script("enrol.py " PUB " SEP001122AABB09 install-ec P-384");
	expect_row("cucm-pub", 9, "none|Upgrade Success");
}

/* The administrator asks for another one; the encrypted file is for the newest certificate. */
static void the_files_of_the_phone_follow(void **state)
{
	static const char hash[] =
	    "cd /run/phonelab; grep -c \"<certHash>$(openssl x509 -in log/SEP001122AABB07.pem "
	    "-outform DER | md5sum | cut -d' ' -f1)</certHash>\" "
	    "tftp/root/SEP001122AABB07.cnf.xml.sgn";
	struct command_result result;
	char before[200], after[200];

	(void)state;
	print_of(before, "sha256sum /run/phonelab/tftp/root/SEP001122AABB07.cnf.xml.enc.sgn");
	script("enrol.py " PUB " SEP001122AABB07 install-with-lsc");
	expect(hash, "1");
	print_of(after, "sha256sum /run/phonelab/tftp/root/SEP001122AABB07.cnf.xml.enc.sgn");
	assert_string_not_equal(before, after);
	result = lab_command(&lab, "device set 2007 capf_operation=install");
	assert_int_equal(result.status, 0);
	command_free(&result);
	expect_row("cucm-pub", 7, "install|Operation Pending");
	script("enrol.py " PUB " SEP001122AABB07 refused");
	expect_row("cucm-pub", 7, "install|Upgrade Failed: Invalid LSC");
	script("enrol.py " PUB " SEP001122AABB07 false-lsc");
	script("enrol.py " PUB " SEP001122AABB07 small-key");
	expect_row("cucm-pub", 7, "install|Upgrade Failed: Key Generation Failed");
	script("enrol.py " PUB " SEP001122AABB07 install-with-lsc");
	expect(hash, "1");
	expect_row("cucm-pub", 7, "none|Upgrade Success");
}

static void services_stop_and_start(void **state)
{
	static const char *const programs[] = {"cucm-sub-tvs", "cucm-pub-capf"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		const char *line = i ? "timeout 5 bash -c '</dev/tcp/" PUB "/3804' 2>&1 | grep -o refused"
				     : "timeout 5 bash -c '</dev/tcp/" SUB "/2445' 2>&1 | grep -o refused";
		struct command_result result = lab_command(&lab, "service %s stop", programs[i]);

		assert_int_equal(result.status, 0);
		command_free(&result);
		expect(line, "refused");
		result = lab_command(&lab, "service %s start", programs[i]);
		assert_int_equal(result.status, 0);
		command_free(&result);
		expect(line, "");
	}
	script("ask.py " PUB " " SUB);
}

/* That is not an unknown device; when the database is back the service reads it. */
static void capf_without_its_database(void **state)
{
	struct command_result result;

	(void)state;
	expect("cd /run/phonelab/cucm/cucm-pub && mv cucm.sqlite away.sqlite && echo moved", "moved");
	result = lab_command(&lab, "service cucm-pub-capf restart");
	assert_int_equal(result.status, 0);
	command_free(&result);
	script("enrol.py " PUB " SEP001122AABB01 refused");
	expect("cd /run/phonelab/cucm/cucm-pub && mv away.sqlite cucm.sqlite && echo moved", "moved");
	script("enrol.py " PUB " SEP001122AABB01 nothing");
}

static void hostile_peers(void **state)
{
	(void)state;
	script("hostile.py " PUB " 2445");
	script("ask.py " PUB " " SUB);
	script("hostile.py " PUB " 3804");
	script("enrol.py " PUB " SEP001122AABB01 nothing");
	/* Nothing of a peer's name acts on a terminal, or begins a line of the trace. */
	expect("grep -c $(printf '\\033') /run/phonelab/log/cucm-pub-tvs.log", "0");
	expect("grep -vc ' |   debug ' /run/phonelab/log/cucm-pub-tvs.log", "0");
	expect("cat /run/phonelab/log/cucm-pub-*.log /run/phonelab/events.jsonl | grep -c 'PRIVATE KEY'",
	       "0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tvs_knows_the_cluster),
	    cmocka_unit_test(capf_installs),
	    cmocka_unit_test(capf_demands_a_proof),
	    cmocka_unit_test(capf_deletes),
	    cmocka_unit_test(capf_fetches),
	    cmocka_unit_test(capf_installs_ec_keys),
	    cmocka_unit_test(the_files_of_the_phone_follow),
	    cmocka_unit_test(services_stop_and_start),
	    cmocka_unit_test(capf_without_its_database),
	    cmocka_unit_test(hostile_peers),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
