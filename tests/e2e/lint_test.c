/*
 * phonelab lint predicts what phones do: the same files are read by `lint` and by the phones of a lab. The result of each
 * step from the trust lists to the ringtones, the configuration with its version stamp, and the numbers that the call
 * manager binds must be the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "tests/support/lab.h"

#define ROOT  "/run/phonelab/tftp/root"
#define FLASH "/run/phonelab/phones/flash"

/* What is done to the files of a phone, by a shell in the folder of the TFTP server; $SEP is the phone's name. */
struct variant {
	const char *what, *script;
	bool registers;
};

#define EDIT(expression) "sed -i '" expression "' $SEP.cnf.xml"

static const struct variant plain[] = {
    {"as it is", "true", true},
    {"values that phones do not know",
     EDIT("s,<transportLayerProtocol>.*,<transportLayerProtocol>4</transportLayerProtocol>,"), true},
    {"UDP", EDIT("s,<transportLayerProtocol>.*,<transportLayerProtocol>2</transportLayerProtocol>,"), true},
    {"cut off", "head -c 300 $SEP.cnf.xml >x; mv x $SEP.cnf.xml", false},
    {"an HTML page", "echo '<html><body>404</body></html>' >$SEP.cnf.xml", false},
    {"missing: the default file", "rm $SEP.cnf.xml", false},
    {"in small letters: the default file", "mv $SEP.cnf.xml $(echo $SEP.cnf.xml | tr A-Z a-z)", false},
    {"no such dial template",
     EDIT("s,<dialTemplate>.*</dialTemplate>,<dialTemplate>gone.xml</dialTemplate>,"), true},
    {"soft keys that are HTML",
     "echo '<html/>' >sk.xml; " EDIT("s,<softKeyFile>.*</softKeyFile>,,; "
				     "s,<sipLines>,<softKeyFile>sk.xml</softKeyFile>&,"),
     true},
    {"no such locale",
     EDIT("s,<userLocale>,&<name>Klingon_Empire</name>,; "
	  "s,<versionStamp>,<networkLocale>Kronos</networkLocale>&,"),
     true},
    {"no such load",
     EDIT("s,<loadInformation>.*</loadInformation>,<loadInformation>sip78xx.99-0-0</loadInformation>,"),
     true},
    {"a name that no server knows",
     EDIT("s,<processNodeName>.*</processNodeName>,<processNodeName>no such name</processNodeName>,"), false},
    {"another proxy", EDIT("s,<proxy>.*</proxy>,<proxy>10.9.9.9</proxy>,"), false},
    {"a line without a name", EDIT("s,<name>20[0-9][0-9]</name>,<name></name>,"), false},
};

static const struct variant signed_files[] = {
    {"as it is", "true", true},
    {"no signed file: the default file", "rm $SEP.cnf.xml.sgn", false},
    {"changed after it was signed", "sed -i 's,<phoneLabel>,<PHONELABEL>,; s,SIP,SIQ,' $SEP.cnf.xml.sgn",
     false},
    {"only the plain file is changed", "echo >$SEP.cnf.xml", true},
    {"a trust list that is HTML", "echo '<html/>' >ITL$SEP.tlv", true},
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static struct lab lab;

static void phone_name(size_t i, char name[16])
{
	snprintf(name, 16, "SEP001122AABB%02X", (unsigned)(i + 1) & 255);
}

static void start(const char *label, size_t phones, bool itl)
{
	char text[4096], path[512];
	size_t at;

	at = (size_t)snprintf(text, sizeof(text),
			      "vlans: [{id: 110, name: VOICE, subnet: 10.110.0.0/24}]\n"
			      "switches: [{name: sw1, voice_vlan: 110}]\n"
			      "servers: [{name: dhcp, kind: dhcp}, {name: tftp, kind: tftp}]\n"
			      "cluster: {itl: %s, nodes: [{name: cucm}]}\n"
			      "phones:\n",
			      itl ? "normal" : "none");
	for (size_t i = 0; i < phones; i++)
		at += (size_t)snprintf(
		    text + at, sizeof(text) - at,
		    "  - {model: 7841, line: %zu, locale: none, mac: \"00:11:22:aa:bb:%02x\"}\n", 2001 + i,
		    (unsigned)(i + 1) & 255);
	lab_begin(&lab, label);
	assert_int_equal(lab_up(&lab, lab_write(&lab, "lint.yaml", text, path), false, 60, NULL, 0), 0);
}

static void shell(const char *script, const char *name)
{
	struct command_result done =
	    lab_exec(&lab, "tftp", "cd " ROOT " && export SEP=%s && %s", name, script);

	if (done.status)
		fail_msg("%s: %s: %s", name, script, done.err);
	command_free(&done);
}

static void cable(const char *verb, const char *name)
{
	struct command_result done = lab_command(&lab, "%s %s", verb, name);

	assert_int_equal(done.status, 0);
	command_free(&done);
}

/* What lint says of the lab's files at this place, a folder or a server: a list of the phones and the summary. */
static json_t *lint(const char *place)
{
	char bin[512];
	struct command_result done = lab_exec(
	    &lab, "tftp", "%s lint --json --model 7841 --phone $(cd " FLASH " && ls -d SEP* | paste -sd,) %s",
	    lab_bin("phonelab", bin), place);
	json_t *list = json_array(), *phone;
	char *rest = done.out;

	if (done.status > 1)
		fail_msg("lint %s: %s", place, done.err);
	for (char *line; (line = strsep(&rest, "\n")) && *line;) {
		phone = json_loads(line, 0, NULL);
		assert_non_null(phone);
		json_array_append_new(list, phone);
	}
	command_free(&done);
	return list;
}

/* The first step whose result differs; 0: none does. */
static int difference(json_t *expected, json_t *phone)
{
	for (int n = 5; n <= 14; n++)
		if (strcmp(phone_step_state(expected, n), phone_step_state(phone, n)))
			return n;
	return 0;
}

static bool all_as_expected(json_t *status, void *arg)
{
	json_t *expected;
	size_t i;

	json_array_foreach ((json_t *)arg, i, expected) {
		const char *name = json_text(expected, "phone");

		if (*name && difference(expected, status_phone(status, name)))
			return false;
	}
	return true;
}

static void explain(const struct variant *variant, json_t *expected)
{
	json_t *status = lab_status(&lab), *phone = status_phone(status, json_text(expected, "phone"));
	int n = difference(expected, phone);

	if (n)
		print_error("%s (%s), step %d: lint: %s (%s), the phone: %s (%s)\n",
			    json_text(expected, "phone"), variant->what, n, phone_step_state(expected, n),
			    json_text(phone_step(expected, n), "detail"), phone_step_state(phone, n),
			    json_text(phone_step(phone, n), "detail"));
	json_decref(status);
}

static void compare(const struct variant *variant, json_t *expected, json_t *phone, const char *events)
{
	const char *name = json_text(expected, "phone"), *stamp = json_text(expected, "version_stamp");
	bool registers = json_is_true(json_object_get(expected, "registers"));
	char node[48], quoted[128];

	if (registers != variant->registers)
		fail_msg("%s (%s): lint says that it %s", name, variant->what,
			 registers ? "registers" : "does not register");
	assert_string_equal(json_text(phone, "configuration"), json_text(expected, "configuration"));
	if (registers)
		assert_true(json_equal(json_object_get(phone, "registered_lines"),
				       json_object_get(expected, "numbers")));
	else
		assert_int_equal(json_array_size(json_object_get(phone, "registered_lines")), 0);
	snprintf(node, sizeof(node), "\"node\":\"%s\"", name);
	snprintf(quoted, sizeof(quoted), "\"version_stamp\":\"%s\"", stamp);
	if (*stamp && !LINES_WITH(events, node, "\"step.done\"", quoted))
		fail_msg("%s (%s): the phone has not used %s", name, variant->what, quoted);
}

/* Change the files, boot all phones without a stored configuration, and compare. */
static void check(const struct variant *variants, size_t count)
{
	json_t *expected, *status;
	char name[16], *events;

	for (size_t i = 0; i < count; i++) {
		phone_name(i, name);
		cable("unplug", name);
	}
	for (size_t i = 0; i < count; i++) {
		phone_name(i, name);
		shell(variants[i].script, name);
		shell("rm -f " FLASH "/$SEP/files/*", name);
	}
	expected = lint(ROOT);
	assert_int_equal(json_array_size(expected), count + 1);
	for (size_t i = 0; i < count; i++) {
		phone_name(i, name);
		cable("plug", name);
	}
	status = lab_status_when(&lab, 60, all_as_expected, expected);
	for (size_t i = 0; !status && i < count; i++)
		explain(&variants[i], json_array_get(expected, i));
	assert_non_null(status);
	events = lab_read(&lab, "events.jsonl");
	for (size_t i = 0; i < count; i++) {
		phone_name(i, name);
		compare(&variants[i], json_array_get(expected, i), status_phone(status, name), events);
	}
	free(events);
	json_decref(status);
	json_decref(expected);
}

static void plain_files(void **state)
{
	(void)state;
	start("lint", COUNT(plain), false);
	check(plain, COUNT(plain));
}

static void files_with_signatures(void **state)
{
	(void)state;
	start("lintsign", COUNT(signed_files), true);
	check(signed_files, COUNT(signed_files));
}

static void same_result(const char *place, json_t *phone, json_t *folder)
{
	static const char *const keys[] = {"numbers", "configuration", "version_stamp", "load", "registers"};

	if (difference(folder, phone))
		fail_msg("%s: step %d of %s differs", place, difference(folder, phone),
			 json_text(phone, "phone"));
	for (size_t k = 0; k < COUNT(keys); k++)
		if (!json_equal(json_object_get(phone, keys[k]), json_object_get(folder, keys[k])))
			fail_msg("%s: %s of %s differs", place, keys[k], json_text(phone, "phone"));
}

/* The real servers give lint what the folder has; an image is missing, and a signed file. */
static void from_a_server(void **state)
{
#define ADDRESS "$(ip -4 -o address show dev eth0 | awk '{ sub(\"/.*\", \"\", $4); print $4; exit }')"
	static const char *const places[] = {"--server http://" ADDRESS ":6970/",
					     "--server tftp://" ADDRESS "/"};
	json_t *folder, *server;
	char name[16];

	(void)state;
	start("lintsrv", 3, true);
	phone_name(1, name);
	shell("rm $SEP.cnf.xml.sgn", name);
	for (unsigned image = 0; image < 2; image++) {
		folder = lint(ROOT);
		assert_int_equal(json_array_size(folder), 4);
		for (size_t p = 0; p < COUNT(places); p++) {
			server = lint(places[p]);
			assert_int_equal(json_array_size(server), 4);
			for (size_t i = 0; i < 3; i++)
				same_result(places[p], json_array_get(server, i), json_array_get(folder, i));
			json_decref(server);
		}
		json_decref(folder);
		if (image == 0)
			shell("rm kern*.sbn", name);
	}
}

static void no_server(void **state)
{
	char bin[512];
	struct command_result done;

	(void)state;
	done = command_sh(60, "%s lint --server http://127.0.0.1:9/ --phone SEP001122AABB01",
			  lab_bin("phonelab", bin));
	assert_int_equal(done.status, 2);
	assert_non_null(strstr(done.err, "http://127.0.0.1:9/ does not answer"));
	command_free(&done);
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(plain_files, end),
	    cmocka_unit_test_teardown(files_with_signatures, end),
	    cmocka_unit_test_teardown(from_a_server, end),
	    cmocka_unit_test(no_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
