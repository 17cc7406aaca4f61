/*
 * The device table of the call managers: `phonelab device`, AXL, RISPort70 and the action set_device change and show the same
 * devices. The witnesses are Kamailio's table and log, lighttpd's log, tshark, and SOAP clients of Python's standard library.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/lab.h"
#include "tests/support/witness.h"

#define ONE   "SEP001122AABB01"
#define TWO   "SEP001122AABB02"
#define THREE "SEP001122AABB03"

static struct lab lab;
static char client[700]; /* the beginning of a command line: the SOAP client */

static const char topology[] =
    "vlans:\n"
    "  - {id: 10, name: DATA}\n"
    "  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"
    "switches:\n"
    "  - {name: sw1, access_vlan: 10, voice_vlan: 110}\n"
    "servers:\n"
    "  - {name: dhcp, kind: dhcp, port: Gi1/0/48, vlan: 110, address: 10.110.0.2}\n"
    "  - {name: tftp, kind: tftp, port: Gi1/0/47, vlan: 110, address: 10.110.0.3}\n"
    "cluster:\n"
    "  nodes:\n"
    "    - {name: cucm-pub, port: Gi1/0/45, vlan: 110, address: 10.110.0.11}\n"
    "    - {name: cucm-sub, port: Gi1/0/44, vlan: 110, address: 10.110.0.12}\n"
    "phones:\n"
    "  - {model: 7841, count: 3, mac: \"00:11:22:aa:bb:01\", lines: from 2001}\n";

static int begin(void **state)
{
	char bin[512], path[512], *slash;

	(void)state;
	lab_begin(&lab, "devices");
	if (lab_up(&lab, lab_write(&lab, "lab.yaml", topology, path), true, 60, NULL, 0)) {
		lab_end(&lab);
		return -1;
	}
	/* BUILD/bin/phonelab; the client is in the source, or beside this test where only that was copied. */
	lab_bin("phonelab", bin);
	for (int i = 0; i < 3 && (slash = strrchr(bin, '/')); i++)
		*slash = 0;
	snprintf(client, sizeof(client),
		 "python3 '%s/tests/e2e/soap/client.py' --host 10.110.0.11 --ca "
		 "/run/phonelab/cucm/cucm-pub/tomcat.pem",
		 *bin ? bin : ".");
	return 0;
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

/* --- asking --- */

/* `phonelab device ...` must succeed; its output, which the caller frees. */
static char *device(const char *words)
{
	struct command_result result = lab_command(&lab, "device %s", words);
	char *out = strdup(result.out);

	if (result.status)
		fail_msg("device %s: status %d: %s%s", words, result.status, result.out, result.err);
	command_free(&result);
	return out;
}

static json_t *page_of(const char *phone)
{
	char words[100], *out;
	json_t *page;

	snprintf(words, sizeof(words), "show %s --json", phone);
	out = device(words);
	page = json_loads(out, 0, NULL);
	free(out);
	assert_non_null(page);
	return page;
}

/* What the SOAP client prints, from the namespace of the TFTP server. */
static json_t *soap(const char *words)
{
	struct command_result result = lab_exec(&lab, "tftp", "%s %s", client, words);
	json_t *object = json_loads(result.out, 0, NULL);

	if (!object)
		fail_msg("client %s: %s%s", words, result.out, result.err);
	command_free(&result);
	return object;
}

static int lines(const char *file, const char *word, const char *other)
{
	char *text = lab_read(&lab, file);
	int n = text ? LINES_WITH(text, word, other) : 0;

	free(text);
	return n;
}

static bool shows(json_t *status, void *number)
{
	json_t *phone = status_phone(status, ONE);

	return !strcmp(member(phone, "state"), "registered") &&
	       !strcmp(member(phone, "directory_number"), number);
}

/* The phone is registered with that number: by its own report, in Kamailio's table, on the device page and in RIS. */
static void registered_with(const char *number, int reason, const char *unregistered)
{
	json_t *status = lab_status_when(&lab, 20, shows, (void *)number), *page, *ris, *one;
	char *dump = witness_kamcmd(&lab, "cucm-pub", "ul.dump"), aor[80], state[80];
	bool found = false;
	size_t i;

	assert_non_null(status);
	json_decref(status);
	snprintf(aor, sizeof(aor), "AoR: %s", number);
	assert_int_equal(LINES_WITH(dump, aor), 1);
	free(dump);
	page = page_of(ONE);
	assert_string_equal(member(page, "registration"), "registered");
	assert_string_equal(member(page, "registered_with"), "cucm-pub");
	assert_int_equal(member_int(json_object_get(page, "last_registered"), "code"), reason);
	assert_string_equal(member(json_object_get(page, "last_unregistered"), "reason"), unregistered);
	ris = soap("ris");
	snprintf(state, sizeof(state), "%s-Registered", number);
	json_array_foreach (json_object_get(ris, "devices"), i, one)
		if (!strcmp(member(one, "name"), ONE) &&
		    !strncmp(member(one, "numbers"), state, strlen(state))) {
			found = true;
			assert_string_equal(member(one, "node"), "cucm-pub");
			assert_string_equal(member(one, "ipv4"), member(page, "ipv4"));
		}
	assert_true(found);
	json_decref(ris);
	json_decref(page);
}

/* --- the tests, in one lab --- */

/* A set of the command: file, NOTIFY, fetch, REGISTER, table, RIS. */
static void the_command_changes_a_number(void **state)
{
	int fetches = lines("log/tftp-http.access", "GET /" ONE ".cnf.xml.sgn", "\" 200 ");
	char *out = device("set 2001 line=2901,2951 label=Front-desk description=Lobby"), *file;

	(void)state;
	assert_non_null(strstr(out, "notified by cucm-pub"));
	free(out);
	registered_with("2901", 104, "callManagerApplyConfig");
	file = lab_read(&lab, "tftp/root/" ONE ".cnf.xml");
	assert_non_null(strstr(file, "<name>2901</name>"));
	assert_non_null(strstr(file, "<featureLabel>Front-desk</featureLabel>"));
	free(file);
	assert_int_equal(lines("log/tftp-http.access", "GET /" ONE ".cnf.xml.sgn", "\" 200 "), fetches + 1);
	assert_int_equal(lines("log/cucm-pub.log", "EndPointUnregistered", "[Reason=17]"), 1);
	/* What is not in the file needs no restart, and what is as before neither. */
	fetches = lines("events.jsonl", "phone.service-control", ONE);
	free(device("set 2901 description=Front-lobby"));
	free(device("apply 2901"));
	for (int waited = 0;
	     lines("events.jsonl", "phone.service-control", ONE) < fetches + 2 && waited < 600; waited++)
		poll(NULL, 0, 50);
	assert_int_equal(lines("events.jsonl", "phone.service-control", ONE), fetches + 2);
	assert_int_equal(lines("log/cucm-pub.log", "EndPointRegistered", ONE), 2);
}

static void axl_changes_a_number(void **state)
{
	json_t *reply =
	    soap("axl updatePhone '{\"name\":\"" ONE
		 "\",\"lines\":{\"line\":{\"index\":1,\"label\":\"AXL\",\"dirn\":{\"pattern\":\"2902\"}}}}'");

	(void)state;
	assert_int_equal(strlen(member(reply, "return")), 38);
	json_decref(reply);
	/* CUCM does not notify the phone until the client asks for it. */
	assert_int_equal(lines("log/cucm-pub.log", "EndPointRegistered", ONE), 2);
	json_decref(soap("axl applyPhone '{\"name\":\"" ONE "\"}'"));
	registered_with("2902", 104, "callManagerApplyConfig");
}

static void a_scenario_changes_a_number(void **state)
{
	char path[512], bin[512], text[2400];
	struct command_result run;

	(void)state;
	snprintf(text, sizeof(text),
		 "topology: lab.yaml\n"
		 "timeout: 100s\n"
		 "timeline:\n"
		 "  - when: {registered: yes}\n    name: changed\n    do:\n"
		 "      - {set_device: {phone: 2002, line: [2702, 2752], softkeys: off}}\n"
		 "      - {set_device: {phone: 2003, label: Later, apply: no}}\n"
		 "expect:\n"
		 "  - eventually: {phone: " TWO
		 ", field: directory_number, equals: 2702}\n    after: changed\n"
		 "    within: 60s\n"
		 "  - eventually: {phone: " TWO ", registered: yes}\n    after: changed\n    within: 60s\n"
		 "  - eventually: {phone: " TWO ", step: softkeys, state: skipped}\n    after: changed\n"
		 "    within: 60s\n"
		 "  - never: {phone: " THREE ", event: phone.service-control}\n");
	lab_write(&lab, "change.yaml", text, path);
	run = command_sh(120, "'%s' test '%s'", lab_bin("phonelab", bin), path);
	if (run.status)
		fail_msg("%s%s", run.out, run.err);
	command_free(&run);
}

/* The four views of the cluster agree: `status --json`, `device ls`, AXL and RIS. */
static void all_views_agree(void **state)
{
	json_t *status = lab_status(&lab), *axl = soap("phones"), *ris = soap("ris 2"), *phone, *one;
	char *out = device("ls --json");
	json_t *list = json_loads(out, 0, NULL);
	size_t i, j, seen = 0;

	(void)state;
	free(out);
	assert_int_equal(json_array_size(json_object_get(list, "devices")), 3);
	assert_int_equal(json_object_size(axl), 3);
	assert_int_equal(member_int(ris, "pages"), 2);
	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		const char *name = member(phone, "name");
		json_t *provisioned = json_object_get(axl, name);

		assert_true(
		    json_equal(json_object_get(provisioned, "lines"), json_object_get(phone, "lines")));
		assert_string_equal(member(provisioned, "load"), member(phone, "active_load"));
		json_array_foreach (json_object_get(ris, "devices"), j, one) {
			if (strcmp(member(one, "name"), name) || strcmp(member(one, "status"), "Registered"))
				continue;
			seen++;
			assert_string_equal(member(one, "ipv4"), member(phone, "ipv4"));
			assert_string_equal(member(one, "node"), member(phone, "registered_with"));
			assert_string_equal(member(one, "active_load"), member(phone, "active_load"));
		}
		json_array_foreach (json_object_get(list, "devices"), j, one)
			if (!strcmp(member(one, "name"), name))
				assert_string_equal(member(one, "ipv4"), member(phone, "ipv4"));
	}
	assert_int_equal(seen, 3);
	json_decref(status);
	json_decref(axl);
	json_decref(ris);
	json_decref(list);
}

static void devices_come_and_go(void **state)
{
	json_t *reply, *page;
	struct command_result wrong;
	char *out;
	int resets;

	(void)state;
	reply =
	    soap("axl addPhone '{\"phone\":{\"name\":\"SEP0099887766AA\",\"product\":\"Cisco 8841\","
		 "\"class\":\"Phone\",\"protocol\":\"SIP\",\"protocolSide\":\"User\",\"devicePoolName\":"
		 "\"Default\",\"commonPhoneConfigName\":\"\",\"locationName\":\"Hub_None\","
		 "\"useTrustedRelayPoint\":\"Default\",\"phoneTemplateName\":\"\",\"builtInBridgeStatus\":"
		 "\"Default\",\"packetCaptureMode\":\"None\",\"certificateOperation\":\"\","
		 "\"deviceMobilityMode\":\"Default\",\"lines\":{\"line\":{\"index\":1,\"dirn\":{\"pattern\":"
		 "\"2777\"}}}}}'");
	assert_int_equal(strlen(member(reply, "return")), 38);
	json_decref(reply);
	page = page_of("2777");
	assert_string_equal(member(page, "registration"), "unknown");
	assert_string_equal(member(page, "model"), "8841");
	json_decref(page);
	reply =
	    soap("sql \"select n.dnorpattern, t.name from device d join devicenumplanmap m on m.fkdevice = "
		 "d.pkid join numplan n on n.pkid = m.fknumplan join typemodel t on t.enum = d.tkmodel where "
		 "d.name = 'SEP0099887766AA'\"");
	assert_string_equal(member(json_array_get(reply, 0), "dnorpattern"), "2777");
	assert_string_equal(member(json_array_get(reply, 0), "name"), "Cisco 8841");
	json_decref(reply);
	free(device("remove 2777"));
	reply = soap("axl getPhone '{\"name\":\"SEP0099887766AA\"}'");
	assert_int_equal(member_int(reply, "status"), 500);
	json_decref(reply);
	/* A phone that is removed is reset, and rejected then; also if a setting removes it, but not if the request is refused. */
	resets = lines("log/cucm-pub.log", "[Reason=9]", THREE);
	wrong = lab_command(&lab, "device set " THREE " provisioned=no call_manager_group=cucm-x");
	assert_int_equal(wrong.status, 2);
	command_free(&wrong);
	out = device("set 2003 provisioned=no");
	assert_non_null(strstr(out, THREE ": removed; notified by cucm-pub"));
	free(out);
	for (int waited = 0; !lines("log/cucm-pub.log", "[Reason=2]", THREE) && waited < 600; waited++)
		poll(NULL, 0, 50);
	assert_int_not_equal(lines("log/cucm-pub.log", "[Reason=2]", THREE), 0);
	assert_int_equal(lines("log/cucm-pub.log", "[Reason=9]", THREE), resets + 1);
	free(device("set " THREE " provisioned=yes"));

	wrong = lab_command(&lab, "device set 2001x label=a");
	assert_int_equal(wrong.status, 2);
	command_free(&wrong);
	wrong = lab_command(&lab, "device set " ONE " lable=a");
	assert_int_equal(wrong.status, 2);
	assert_non_null(strstr(wrong.err, "expected \"label\""));
	command_free(&wrong);
	wrong = lab_command(&lab, "device set " ONE " call_manager_group=cucm-x");
	assert_int_equal(wrong.status, 2);
	command_free(&wrong);
	wrong = lab_command(&lab, "device set " ONE " line=abc");
	assert_int_equal(wrong.status, 2);
	command_free(&wrong);
}

static void the_service_is_a_program_of_the_lab(void **state)
{
	json_t *reply = soap("login");
	struct command_result result;

	(void)state;
	assert_int_equal(member_int(reply, "status"), 200);
	assert_true(json_is_true(json_object_get(reply, "banner")));
	json_decref(reply);
	reply = soap("--password wrong login");
	assert_int_equal(member_int(reply, "status"), 401);
	json_decref(reply);
	reply = soap("wsdl");
	assert_int_equal(json_array_size(json_object_get(reply, "operations")), 4);
	json_decref(reply);
	result = lab_command(&lab, "service cucm-pub-service stop");
	assert_int_equal(result.status, 0);
	command_free(&result);
	result = lab_exec(&lab, "tftp", "%s login", client);
	assert_int_not_equal(result.status, 0);
	assert_non_null(strstr(result.err, "Connection refused"));
	command_free(&result);
	result = lab_command(&lab, "service cucm-pub-service start");
	assert_int_equal(result.status, 0);
	command_free(&result);
	json_decref(soap("login"));
}

/* The capture has the NOTIFY with the stamp of the new file, and the REGISTER with the alarm 104. */
static void the_wire_has_seen_it(void **state)
{
	struct command_result found;

	(void)state;
	lab_down(&lab);
	found =
	    command_sh(60,
		       "tshark -r '%s' -Y 'sip' -T fields -e sip.Method -e sip.Event -e sip.Reason -e "
		       "sip.msg_body 2>/dev/null; tshark -r '%s' -Y 'sip.Method==NOTIFY' -V 2>/dev/null | "
		       "grep -c 'action=apply-config'",
		       lab.capture, lab.capture);
	assert_int_not_equal(LINES_WITH(found.out, "NOTIFY", "service-control"), 0);
	assert_int_not_equal(LINES_WITH(found.out, "REGISTER", "cisco-alarm:104", "Last=apply-config"), 0);
	command_free(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_command_changes_a_number),
	    cmocka_unit_test(axl_changes_a_number),
	    cmocka_unit_test(all_views_agree),
	    cmocka_unit_test(devices_come_and_go),
	    cmocka_unit_test(the_service_is_a_program_of_the_lab),
	    cmocka_unit_test(the_wire_has_seen_it),
	    cmocka_unit_test(a_scenario_changes_a_number),
	};

	return cmocka_run_group_tests_name("devices", tests, begin, end);
}
