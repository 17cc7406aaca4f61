/*
 * The bundle of a lab with digest authentication and 13 broken phones, a fault each, of 12 steps: a person finds each cause in a
 * file that the index names for the phone. Python's standard library reads the index, tshark the captures; passwords are looked
 * for with grep.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cucm/config.h"
#include "cucm/plan.h"
#include "tests/support/lab.h"

#define PHONES 13

static struct lab lab;

/* The fault of phone number i + 1, the step at which it is seen, and where a person finds its cause. */
static const struct broken {
	const char *fault, *phone;
	int step;
	const char *file, *evidence;
} broken[PHONES] = {
    {"power-inline-never", "SEP001122AABB01", 1, "switches/sw1/show-tech-support.txt",
     "interface GigabitEthernet1/0/1\n description reception\n switchport access vlan 10\n"
     " switchport mode access\n switchport voice vlan 110\n power inline never\n"},
    {"flash-both-corrupt", "SEP001122AABB02", 2, "phones/SEP001122AABB02/steps.txt",
     "sip78xx.14-2-1-0001-125.sbn: checksum error"},
    {"no-voice-vlan", "SEP001122AABB03", 4, "switches/sw1/show-tech-support.txt",
     "interface GigabitEthernet1/0/3\n description reception\n switchport access vlan 10\n"
     " switchport mode access\n!\n"},
    {"dhcp-phone-ignored", "SEP001122AABB04", 4, "dhcp/syslog/messages", "00:11:22:aa:bb:04 ignored"},
    {"ctl-garbage", "SEP001122AABB05", 5, "phones/SEP001122AABB05/steps.txt",
     "CTLSEP001122AABB05.tlv: not a trust list"},
    {"itl-forged", "SEP001122AABB06", 6, "phones/SEP001122AABB06/console.log",
     "SECUREAPP-ITLSEP001122AABB06.tlv refused: the signature does not verify"},
    {"config-malformed", "SEP001122AABB07", 7, "lab/tftp/root/SEP001122AABB07.cnf.xml", "</devise>"},
    {"load-missing", "SEP001122AABB08", 8, "tftp/cm/trace/tftp/SDL003_600_000001.txt",
     "Received File request for sip78xx.99-9-1-0001-999.loads"},
    {"dial-rules-unknown", "SEP001122AABB09", 9, "tftp/cm/trace/tftp/SDL003_600_000001.txt",
     "File[DRdeleted.xml.sgn], Error(1)"},
    {"sip-blocked", "SEP001122AABB0A", 10, "phones/SEP001122AABB0A/steps.txt",
     "10.20.0.11: no answer to TCP, 10.20.0.12: no answer to TCP"},
    {"device-deleted", "SEP001122AABB0B", 11, "cucm-pub/syslog/CiscoSyslog",
     "%UC_CALLMANAGER-3-EndPointTransientConnection: %[DeviceName=SEP001122AABB0B]"},
    {"config-unknown-locale", "SEP001122AABB0C", 12, "tftp/cm/trace/tftp/SDL003_600_000001.txt",
     "File[Klingon_Kronos/sl-bev-sip.jar.sgn], Error(1)"},
    {"softkeys-unknown", "SEP001122AABB0D", 13, "tftp/cm/trace/tftp/SDL003_600_000001.txt",
     "File[SKdeleted.xml.sgn], Error(1)"},
};

/* --- the lab --- */

/* The office, with digest authentication. */
static const char *digest_office(char path[512])
{
	static const char cluster[] = "  name: StandAloneCluster\n";
	struct fail fail = {0};
	char *office = NULL, *at, *text;
	size_t size;

	if (file_read("topologies/office.yaml", 1 << 20, &office, &size, &fail))
		fail_msg("%s", fail.text);
	at = strstr(office, cluster);
	assert_non_null(at);
	at += sizeof(cluster) - 1;
	text = malloc(size + 80);
	assert_non_null(text);
	snprintf(text, size + 80, "%.*s  digest: true\n  axl_password: secret-of-axl\n%s", (int)(at - office),
		 office, at);
	lab_write(&lab, "digest.yaml", text, path);
	free(text);
	free(office);
	return path;
}

static bool all_fail(json_t *status, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < PHONES; i++) {
		json_t *phone = status_phone(status, broken[i].phone);
		const char *state = phone_step_state(phone, broken[i].step);

		/* Without power no step fails. */
		if (strcmp(state, broken[i].step == 1 ? "pending" : "failed"))
			return false;
	}
	return true;
}

static void apply(void)
{
	for (int add = 1; add >= 0; add--)
		for (size_t i = 0; i < PHONES; i++) {
			struct command_result result =
			    add ? lab_command(&lab, "fault add %s --phone %s", broken[i].fault,
					      broken[i].phone)
				: lab_command(&lab, "fault boot %s --phone %s --erase", broken[i].fault,
					      broken[i].phone);

			if (result.status)
				fail_msg("%s: %s%s", broken[i].fault, result.out, result.err);
			command_free(&result);
		}
}

static int begin(void **state)
{
	static const char *const extra[] = {"--phones", "13", NULL};
	json_t *status;
	char path[512];

	(void)state;
	lab_begin(&lab, "collect");
	lab_up(&lab, digest_office(path), false, 60, extra, 0);
	apply();
	status = lab_status_when(&lab, 60, all_fail, NULL);
	assert_non_null(status);
	json_decref(status);
	return 0;
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

/* Collect into the folder DIR/NAME. */
static void collect(const char *name, const char *options)
{
	char bin[512];
	struct command_result result = command_sh(
	    60, "cd %s && mkdir %s && '%s' --lab %s collect -o - %s | tar xz -C %s --strip-components=1",
	    lab.dir, name, lab_bin("phonelab", bin), lab.name, options, name);

	if (result.status || strstr(result.err, "phonelab:"))
		fail_msg("collect %s: %d %s", options, result.status, result.err);
	command_free(&result);
}

/* A file of a bundle (free it); NULL: it is not there. */
static char *bundle_file(const char *bundle, const char *file)
{
	struct fail fail = {0};
	char path[700], *text = NULL;

	snprintf(path, sizeof(path), "%s/%s/%s", lab.dir, bundle, file);
	return file_read(path, 64 << 20, &text, NULL, &fail) ? NULL : text;
}

static struct command_result shell(const char *bundle, const char *line)
{
	return command_sh(60, "cd %s/%s && %s", lab.dir, bundle, line);
}

/* --- tests --- */

static void test_causes(void **state)
{
	struct command_result index;

	(void)state;
	collect("all", "--capture 1");
	index = command_sh(20, "python3 tests/support/collect_index.py %s/all/index.html", lab.dir);
	if (index.status)
		fail_msg("%s", index.err);
	for (size_t i = 0; i < PHONES; i++) {
		char line[300], *text = bundle_file("all", broken[i].file);

		snprintf(line, sizeof(line), "phone %s %d %s", broken[i].phone, broken[i].step,
			 broken[i].file);
		if (LINES_WITH(index.out, line) != 1)
			fail_msg("the index does not name: %s", line);
		if (!text || !strstr(text, broken[i].evidence))
			fail_msg("%s: %s has no \"%s\"", broken[i].fault, broken[i].file, broken[i].evidence);
		free(text);
	}
	assert_int_equal(LINES_WITH(index.out, "script"), 0);
	/* Every file of the bundle has a sentence. */
	struct command_result find = shell("all", "find . -type f ! -name index.html | wc -l");
	assert_int_equal(LINES_WITH(index.out, "file "), atoi(find.out));
	command_free(&find);
	find = command_sh(
	    20, "python3 tests/support/collect_index.py %s/all/index.html | awk '/^file/ && NF < 3'",
	    lab.dir);
	assert_string_equal(find.out, "");
	command_free(&find);
	command_free(&index);
}

/* Names and lines against a list of facts: where RTMT has which log, and how its lines begin. */
static void test_layout(void **state)
{
	static const struct {
		const char *file, *line; /* an extended regular expression */
	} facts[] = {
	    {"cucm-pub/syslog/CiscoSyslog",
	     "^190 cucm-pub local7 6 : [0-9]+: cucm-pub\\.lab [A-Z][a-z]{2} [0-9]{2} [0-9]{4} [0-9:]{8} UTC "
	     ":   "
	     "%UC_CALLMANAGER-6-EndPointRegistered: %\\[DeviceName=SEP[0-9A-F]{12}\\]\\[IPAddress=10"},
	    {"cucm-pub/syslog/CiscoSyslog", "^187 cucm-pub local7 3 : .*EndPointTransientConnection: "
					    ".*\\[Reason=2\\].*\\[NodeID=cucm-pub\\]"},
	    {"cucm-pub/syslog/messages", "^[A-Z][a-z]{2} [0-9]{2} [0-9:]{8} cucm-pub cucm-pub: .*lab.ready"},
	    {"cucm-pub/cm/trace/ccm/sdl/SDL001_100_000001.txt",
	     "^[0-9]{8}\\.[0-9]{3} \\|[0-9:]{8}\\.[0-9]{3} \\|AppInfo  \\|SIPTcp - wait_SdlReadRsp: Incoming "
	     "SIP TCP "
	     "message from 10\\.110\\.0\\.[0-9]+ on port [0-9]+ index [0-9]+ with [0-9]+ bytes:$"},
	    {"cucm-pub/cm/trace/ccm/sdl/SDL001_100_000001.txt",
	     "\\|SIPTcp - wait_SdlSPISignal: Outgoing SIP TCP message to 10\\.110\\.0\\.[0-9]+ on port "
	     "[0-9]+ index "
	     "[0-9]+$"},
	    {"cucm-pub/cm/trace/ccm/sdl/SDL001_100_000001.txt", "^\\[[0-9]+,NET\\]$"},
	    {"cucm-pub/cm/trace/ccm/sdl/SDL001_100_000001.txt", "^REGISTER sip:10\\.20\\.0\\.11 SIP/2\\.0.$"},
	    {"cucm-sub/cm/trace/ccm/sdl/SDL002_100_000001.txt", "cisco-keep-alive"},
	    {"tftp/cm/trace/tftp/SDL003_600_000001.txt",
	     "\\|AppInfo  \\|HTTPConnection::wait_SdlDataInd Decode successful - Filename is : "
	     "ITLSEP001122AABB06.tlv$"},
	    {"tftp/cm/trace/tftp/SDL003_600_000001.txt",
	     "\\|ServeFile::wait_FileRequest Received File request for .* with Request ID [0-9]+$"},
	    {"tftp/cm/trace/tftp/SDL003_600_000001.txt",
	     "\\|ServeDynamicFile::FindAndServe File Not Found - 404 - Failure$"},
	    {"tftp/cm/trace/tftp/SDL003_600_000001.txt",
	     "\\|INFO: TFTPEngine::sendNAK\\[10\\.110\\.0\\.[0-9]+\\], File\\[.*\\], Error\\(1\\)$"},
	    {"switches/sw1/show-tech-support.txt", "^------------------ show version ------------------$"},
	    {"phones/SEP001122AABB0D/console.log", "^[0-9]{4} NOT [A-Z][a-z]{2} [0-9]{2} "},
	    {"phones/SEP001122AABB0D/web/DeviceInformation.html", "<B> Phone DN</B>.*2013"},
	    {"phones/SEP001122AABB0D/web/NetworkConfiguration.html", "10\\.20\\.0\\.11  Active"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		struct command_result result =
		    command_sh(20, "grep -cE '%s' %s/all/%s", facts[i].line, lab.dir, facts[i].file);

		if (result.status)
			fail_msg("%s has no line like %s", facts[i].file, facts[i].line);
		command_free(&result);
	}
	/* The messages are whole. */
	struct command_result sdl = command_sh(
	    20, "python3 tests/support/collect_sdl.py %s/all/cucm-pub/cm/trace/ccm/sdl/SDL001_100_000001.txt",
	    lab.dir);
	if (sdl.status || atoi(sdl.out) < PHONES)
		fail_msg("%s%s", sdl.out, sdl.err);
	command_free(&sdl);
	/* The problem report is a gzip archive; a phone without power makes none. */
	struct command_result prt = shell("all", "tar tzf phones/SEP001122AABB0D/prt/probrep-*.tar.gz && "
						 "test ! -e phones/SEP001122AABB01/prt");
	assert_int_equal(prt.status, 0);
	assert_int_equal(LINES_WITH(prt.out, "show-status.txt"), 1);
	assert_int_equal(LINES_WITH(prt.out, "description.txt"), 1);
	command_free(&prt);
}

/* Neither the passwords of the topology, nor their HA1, nor a key, nor a response to a challenge. While the capture runs, a phone
 * fetches its file and registers. */
static void test_secrets(void **state)
{
	struct command_result result;
	char bin[512], ha1[CUCM_HA1], line[1000];

	(void)state;
	result = command_sh(
	    60,
	    "cd %s && mkdir captured && ('%s' --lab %s collect -o captured.tgz --capture 4 & sleep 1; "
	    "'%s' --lab %s reset SEP001122AABB0D; wait $!) && tar xzf captured.tgz -C captured "
	    "--strip-components=1",
	    lab.dir, lab_bin("phonelab", bin), lab.name, bin, lab.name);
	if (result.status)
		fail_msg("%s%s", result.out, result.err);
	command_free(&result);
	assert_int_equal(cucm_ha1("SEP001122AABB0D", CUCM_REALM, "secret-001122AABB0D-1", ha1), 0);
	/* The lab has what must not be in the bundle. */
	result = lab_exec(&lab, "cucm-pub",
			  "cd /run/phonelab && grep -lE 'secret-001122AABB0D-1|%s' tftp/root/*.xml "
			  "cucm/*/cucm.sqlite*; grep -l secret-of-axl cucm/*/service.json; "
			  "grep -lE 'response=\"[0-9a-f]{32}' trace/*/*",
			  ha1);
	assert_true(LINES_WITH(result.out, "SEP001122AABB0D.cnf.xml") == 1);
	assert_true(LINES_WITH(result.out, "cucm.sqlite") >= 1);
	assert_true(LINES_WITH(result.out, "trace/") >= 1);
	assert_true(LINES_WITH(result.out, "service.json") >= 1);
	command_free(&result);
	snprintf(
	    line, sizeof(line),
	    "! grep -rlaE 'secret-001122AABB|secret-of-axl|%s|PRIVATE KEY|response=\"[0-9a-f]{32}' . && "
	    "! find . -name '*.key' | grep . && grep -q removed-13 lab/tftp/root/SEP001122AABB0D.cnf.xml && "
	    "grep -rq 'response=\"xxxxxxxx' cucm-pub/cm/trace/ccm/sdl",
	    ha1);
	result = shell("captured", line);
	if (result.status)
		fail_msg("%s%s", result.out, result.err);
	command_free(&result);
	/* tshark reads each capture, and finds frames in those of the phones that have power. */
	result = shell("captured",
		       "find . -name '*.pcapng' | sort | while read f; do n=$(tshark -r $f 2>&1 | wc -l); "
		       "tshark -r $f >/dev/null 2>&1 || echo bad; echo $f $n; done");
	assert_int_equal(LINES_WITH(result.out, "bad"), 0);
	assert_int_equal(LINES_WITH(result.out, "switches/sw1/span.pcapng"), 1);
	assert_int_equal(LINES_WITH(result.out, "phones/SEP001122AABB03/phone.pcapng"), 1);
	assert_int_equal(LINES_WITH(result.out, " 0"), 0);
	command_free(&result);
}

static json_t *why(const char *options, const char *phone)
{
	char bin[512];
	struct command_result result =
	    command_sh(60, "'%s' why %s --json %s", lab_bin("phonelab", bin), phone, options);
	json_t *report = json_loads(result.out, 0, NULL);

	if (!report)
		fail_msg("why %s: %s%s", options, result.out, result.err);
	command_free(&result);
	return report;
}

/* `why` names the same cause from the bundle, from a folder of the old layout, and in the lab; and the alarm of the cause. */
static void test_why(void **state)
{
	static const char *const folders[] = {"all", "all/lab"};
	char options[300];
	json_t *report, *alarm;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		snprintf(options, sizeof(options), "--folder %s/%s", lab.dir, folders[i]);
		report = why(options, "SEP001122AABB0B");
		assert_string_equal(member(report, "id"), "cm-device");
		alarm = json_object_get(report, "alarm");
		assert_string_equal(member(alarm, "name"), "EndPointTransientConnection");
		assert_int_equal(member_int(alarm, "reason"), 2);
		assert_true(json_is_true(json_object_get(alarm, "logged")));
		json_decref(report);
		/* Replaced passwords are no deviation. */
		report = why(options, "SEP001122AABB0D");
		char *text = json_dumps(report, 0);
		assert_null(strstr(text, "assword"));
		assert_null(strstr(text, "versionStamp"));
		free(text);
		json_decref(report);
	}
}

static void test_phone_and_since(void **state)
{
	struct command_result result;

	(void)state;
	collect("one", "--phone 2013 --since 1h");
	result =
	    shell("one", "ls phones switches; grep -o 'SEP[0-9A-F]*' cucm-pub/syslog/CiscoSyslog | sort -u; "
			 "grep -c '^0001 NOT' phones/*/console.log; "
			 "grep -o 'DeviceName>SEP[0-9A-F]*\\|ccm.cisco.com=\"SEP[0-9A-F]*' "
			 "cucm-pub/cm/trace/ccm/sdl/*.txt | grep -v SEP001122AABB0D; "
			 "grep -c 'SEP001122AABB0D.cnf' tftp/cm/trace/tftp/*.txt");
	assert_int_equal(result.status, 0);
	/* Its folder, and its name in the alarms. */
	if (LINES_WITH(result.out, "SEP") != 2)
		fail_msg("%s", result.out);
	assert_int_equal(LINES_WITH(result.out, "SEP001122AABB0D"), 2);
	assert_int_equal(LINES_WITH(result.out, "sw1"), 1);
	command_free(&result);
	/* From now on: nothing of the boot. */
	collect("now", "--since 0s --phone 2013");
	result = shell("now", "grep -c '^0001 NOT' phones/*/console.log; ls cucm-pub/syslog tftp/cm 2>&1");
	assert_int_equal(atoi(result.out), 0);
	assert_int_equal(LINES_WITH(result.out, "CiscoSyslog"), 0);
	command_free(&result);
}

static void rejects(const char *options, const char *reason)
{
	struct command_result result = lab_command(&lab, "collect -o %s/none.tgz %s", lab.dir, options);

	if (result.status != 2 || !strstr(result.err, reason))
		fail_msg("collect %s: status %d, %s", options, result.status, result.err);
	command_free(&result);
}

static void test_wrong_usage(void **state)
{
	(void)state;
	rejects("--phone 9999", "unknown phone \"9999\"");
	rejects("--since yesterday", "--since needs a time, not \"yesterday\"");
	rejects("--capture 0", "--capture needs a number from 1 to 3600");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_causes),	    cmocka_unit_test(test_layout),
	    cmocka_unit_test(test_secrets),	    cmocka_unit_test(test_why),
	    cmocka_unit_test(test_phone_and_since), cmocka_unit_test(test_wrong_usage),
	};

	lab_apart();
	return cmocka_run_group_tests_name("collect", tests, begin, end);
}
