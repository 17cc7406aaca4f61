/*
 * A configuration from another provisioning system, with values that phones do not know: the phone takes this file,
 * reports each value that it does not use, and registers by TCP.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/lab.h"
#include "tests/support/witness.h"

#define PHONE "SEP001122AABB01"
#define STAMP "{0dd0dd0d-0000-4000-8000-00000000000a}"

static const char topology[] = "vlans:\n"
			       "  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"
			       "switches:\n"
			       "  - {name: sw1, voice_vlan: 110}\n"
			       "servers:\n"
			       "  - {name: dhcp, kind: dhcp}\n"
			       "  - {name: tftp, kind: tftp}\n"
			       "cluster:\n"
			       "  itl: none\n"
			       "  nodes: [{name: cucm}]\n"
			       "phones:\n"
			       "  - {model: 8851, line: 2001, locale: none, mac: \"00:11:22:aa:bb:01\"}\n";

static const char odd_file[] =
    "<?xml version=\"1.0\"?>\n"
    "<device xsi:type=\"axl:XIPPhone\" ctiid=\"7\">\n"
    "<deviceProtocol>SIP</deviceProtocol>\n"
    "<devicePool><callManagerGroup><members>\n"
    "<member><callManager><processNodeName/></callManager></member>\n"
    "<member><callManager><ports><sipPort>sixty</sipPort></ports>\n"
    "<processNodeName>$node</processNodeName></callManager></member>\n"
    "</members></callManagerGroup></devicePool>\n"
    "<sipProfile><sipLines>\n"
    "<line button=\"1\"><featureID>9</featureID><name>2001</name><port>none</port>\n"
    "<displayName>*1 A \\&quot;B\\&quot; &amp; C</displayName>\n"
    "<authName>" PHONE "</authName><authPassword></authPassword></line>\n"
    "$keys\n"
    "</sipLines></sipProfile>\n"
    "<loadInformation/>\n"
    "<vendorConfig><webAccess>on</webAccess></vendorConfig>\n"
    "<versionStamp>" STAMP "</versionStamp>\n"
    "<transportLayerProtocol>4</transportLayerProtocol>\n"
    "</device>\n";

/* What the console says of the file, behind "line N: ". */
static const char *const lines[] = {
    "device/devicePool/callManagerGroup/members/member/callManager/processNodeName: found \"\", using not "
    "this row",
    "device/devicePool/callManagerGroup/members/member/callManager/ports/sipPort: found \"sixty\", using "
    "5060",
    "device/sipProfile/sipLines/line/port: found \"none\", using 5060",
    "device/vendorConfig/webAccess: found \"on\", using 0",
    "device/transportLayerProtocol: found \"4\", using 1",
};

static struct lab lab;

static int begin(void **state)
{
	char path[512];

	(void)state;
	lab_begin(&lab, "odd");
	return lab_up(&lab, lab_write(&lab, "odd.yaml", topology, path), false, 60, NULL, 0);
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

/* Write the file in place of the phone's own, with 45 keys of an expansion module behind the line. */
static void write_file(const char *node)
{
	struct command_result done =
	    lab_exec(&lab, "tftp",
		     "cd /run/phonelab/tftp/root && node=%s keys=$(for b in $(seq 2 46); do "
		     "echo \"<line button=\\\"$b\\\"><featureID>2</featureID></line>\"; done) && "
		     "cat >" PHONE ".cnf.xml <<EOF\n%s\nEOF\n",
		     node, odd_file);

	if (done.status != 0)
		fail_msg("the file was not written: %s", done.err);
	command_free(&done);
}

/* The events with this word, once there is at least one. */
static char *events_with(const char *word)
{
	char *events = lab_read(&lab, "events.jsonl");

	for (int waited = 0; (!events || !strstr(events, word)) && waited < 600; waited++) {
		poll(NULL, 0, 50);
		free(events);
		events = lab_read(&lab, "events.jsonl");
	}
	if (!events || !strstr(events, word))
		fail_msg("no event has %s", word);
	return events;
}

static bool registered(json_t *status, void *arg)
{
	(void)arg;
	return strcmp(member(status_phone(status, PHONE), "state"), "registered") == 0;
}

static void an_odd_configuration(void **state)
{
	json_t *status = lab_status(&lab), *phone;
	struct command_result done, console;
	char *events, *dump;

	(void)state;
	phone = status_phone(status, PHONE);
	write_file(member(phone, "registered_with"));
	json_decref(status);
	done = lab_command(&lab, "restart " PHONE);
	assert_int_equal(done.status, 0);
	command_free(&done);

	events = events_with(STAMP); /* evidence of step 7 */
	assert_int_equal(LINES_WITH(events, "\"version_stamp\":\"" STAMP "\"", "\"step\":7", "done"), 1);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char element[128];

		strncpy(element, lines[i], sizeof(element) - 1);
		element[strcspn(element, ":")] = '\0';
		assert_int_equal(LINES_WITH(events, "\"file.odd\"", element), 1);
	}
	free(events);

	status = lab_status_when(&lab, 30, registered, NULL);
	assert_non_null(status);
	phone = status_phone(status, PHONE);
	assert_string_equal(phone_step_state(phone, 7), "done");
	assert_non_null(strstr(member(phone_step(phone, 7), "detail"), "46 lines, 1 call manager"));
	json_decref(status);
	dump = witness_kamcmd(&lab, "cucm", "ul.dump");
	assert_int_equal(witness_bindings(dump, PHONE), 1);
	assert_non_null(strstr(dump, "transport=tcp"));
	free(dump);

	console = lab_command(&lab, "console " PHONE);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (LINES_WITH(console.out, " WRN ", "JAVA-" PHONE ".cnf.xml: line ", lines[i]) != 1)
			fail_msg("the console does not have: %s\n%s", lines[i], console.out);
	command_free(&console);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(an_odd_configuration, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
