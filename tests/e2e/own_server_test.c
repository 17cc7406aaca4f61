/*
 * Servers of the user in place of the lab's own: `run` in a topology. BusyBox serves the files of the phones, SIPp is the
 * registrar; neither knows phonelab.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/lab.h"

static struct lab lab;

/* What a provisioning server of the user delivers: short, and without any part that a phone can do without. */
static void write_phone(const char *device, const char *number)
{
	char name[64], text[1200], path[512];

	snprintf(name, sizeof(name), "sut/%s.cnf.xml", device);
	snprintf(text, sizeof(text),
		 "<device><devicePool><callManagerGroup><members><member priority=\"0\"><callManager>"
		 "<ports><sipPort>5060</sipPort></ports><processNodeName>10.110.0.9</processNodeName>"
		 "</callManager></member></members></callManagerGroup></devicePool><sipProfile><sipLines>"
		 "<line button=\"1\"><featureID>9</featureID><name>%s</name></line></sipLines></sipProfile>"
		 "</device>",
		 number);
	lab_write(&lab, name, text, path);
}

/* servers: further keys of the file server; node: the call manager. */
static void write_topology(const char *name, const char *files, const char *node, char path[512])
{
	char text[2000];

	snprintf(text, sizeof(text),
		 "vlans: [{id: 110, name: VOICE, subnet: 10.110.0.0/24}]\n"
		 "switches: [{name: sw1, voice_vlan: 110}]\n"
		 "servers:\n  - {name: dhcp, kind: dhcp}\n  - {name: files, kind: tftp, %s}\n"
		 "cluster:\n  devices: external\n  nodes: [{name: pbx, address: 10.110.0.9%s}]\n"
		 "phones: [{model: 7841, count: 2}]\n",
		 files, node);
	lab_write(&lab, name, text, path);
}

#define FILES                                                                                                \
	"run: {command: [busybox, httpd, -f, -p, 6970, -h, .], directory: sut, environment: {MODE: test}, "  \
	"ready: {tcp: 6970}}"

static void write_files(void)
{
	char folder[400];

	snprintf(folder, sizeof(folder), "%s/sut", lab.dir);
	assert_int_equal(mkdir(folder, 0755), 0);
	write_phone("SEP001122AABB01", "5001");
	write_phone("SEP001122AABB02", "5002");
}

static json_t *service(json_t *status, const char *name)
{
	json_t *entry;
	size_t i;

	json_array_foreach (json_object_get(status, "services"), i, entry)
		if (!strcmp(member(entry, "name"), name))
			return entry;
	return NULL;
}

static bool files_died(json_t *status, void *arg)
{
	const json_t *failure;
	size_t i;

	(void)arg;
	json_array_foreach (json_object_get(status, "failures"), i, failure)
		if (strstr(json_string_value(failure), "files"))
			return true;
	return false;
}

/* The lab's own Kamailio takes the numbers that the user's files give, and is the witness. */
static void phones_register_with_the_numbers_of_the_users_files(void **state)
{
	char topology[512];
	struct command_result status;
	json_t *object, *files;
	char *log;

	(void)state;
	write_topology("files.yaml", FILES, "", topology);
	assert_int_equal(lab_up(&lab, topology, false, 60, NULL, 0), 0);
	status = lab_command(&lab, "status");
	if (LINES_WITH(status.out, " registered ", "5001", "pbx") != 1 ||
	    LINES_WITH(status.out, " registered ", "5002", "pbx") != 1)
		fail_msg("%s", status.out);
	command_free(&status);
	log = lab_read(&lab, "log/files.log");
	assert_non_null(log);
	free(log);

	object = lab_status(&lab);
	files = service(object, "files");
	assert_string_equal(member(files, "state"), "running");
	assert_string_equal(member(files, "address"), "10.110.0.3");
	json_decref(object);

	/* It exits by itself: the lab says so and goes on. */
	status = lab_exec(&lab, "files",
			  "for p in /proc/[0-9]*; do case \"$(tr '\\0' ' ' <$p/cmdline 2>/dev/null)\" in "
			  "'busybox httpd -f -p 6970 '*) kill -9 ${p#/proc/};; esac; done");
	assert_int_equal(status.status, 0);
	command_free(&status);
	object = lab_status_when(&lab, 20, files_died, NULL);
	assert_non_null(object);
	assert_string_equal(member(service(object, "files"), "state"), "stopped");
	json_decref(object);
	lab_down(&lab);
}

static bool all_by_word(json_t *status, void *arg)
{
	json_t *phone;
	size_t i;

	(void)arg;
	json_array_foreach (json_object_get(status, "phones"), i, phone)
		if (strcmp(member(phone, "state"), "claims-registered") ||
		    !json_is_false(json_object_get(phone, "witness")))
			return false;
	return true;
}

#define SIPP                                                                                                 \
	", run: {command: [sh, -c, 'exec sipp -sf %s -i 0.0.0.0 -p 5060 -t t1 -nostdin -trace_logs "         \
	"-log_file "                                                                                         \
	"$PHONELAB_DATA/log'], ready: {tcp: 5060}}%s"

static void write_registrar(const char *name, const char *witness, char topology[512])
{
	char node[1000], here[300], scenario[400];

	assert_non_null(getcwd(here, sizeof(here)));
	snprintf(scenario, sizeof(scenario), "%s/scenarios/foreign-registrar/registrar.xml", here);
	snprintf(node, sizeof(node), SIPP, scenario, witness);
	write_topology(name, FILES, node, topology);
}

static void without_a_witness_the_word_of_the_phone_counts(void **state)
{
	char topology[512];
	struct command_result status;
	json_t *object;

	(void)state;
	write_registrar("word.yaml", "", topology);
	assert_int_equal(lab_up(&lab, topology, false, 60, NULL, 0), 0);
	object = lab_status_when(&lab, 20, all_by_word, NULL);
	assert_non_null(object);
	json_decref(object);
	status = lab_command(&lab, "status");
	if (LINES_WITH(status.out, "registered (by the phone's word)", "5001", "pbx") != 1 ||
	    LINES_WITH(status.out, "pbx", "2 (by the phones' word)") != 1)
		fail_msg("%s", status.out);
	command_free(&status);
	lab_down(&lab);
}

/* The command says what SIPp has written into its log: only what it lists is registered. */
static void the_users_command_is_a_witness(void **state)
{
	char topology[512];
	struct command_result status;
	json_t *object;

	(void)state;
	write_registrar(
	    "witness.yaml",
	    ", registered: {command: [sh, -c, 'grep -o SEP[0-9A-F]* "
	    "/run/phonelab/$PHONELAB_NODE/log | grep -v AABB02; test ! -e /run/phonelab/broken']}",
	    topology);
	assert_int_equal(lab_up(&lab, topology, false, 4, NULL, 1), 1);
	status = lab_command(&lab, "status");
	if (LINES_WITH(status.out, " registered ", "5001", "pbx") != 1 ||
	    LINES_WITH(status.out, "claims-registered", "5002", "pbx") != 1)
		fail_msg("%s", status.out);
	command_free(&status);
	status = lab_exec(&lab, "pbx", "touch /run/phonelab/broken");
	command_free(&status);
	object = lab_status(&lab);
	if (!strstr(member(json_array_get(json_object_get(object, "cluster"), 0), "error"),
		    "`registered.command` exited with status 1"))
		fail_msg("%s", json_dumps(object, 0));
	json_decref(object);
	lab_down(&lab);
}

static void what_is_wrong_with_a_program_is_said_and_nothing_stays(void **state)
{
	static const struct {
		const char *files, *node, *says;
		int status;
	} rows[] = {
	    {"run: {command: [sh, -c, 'echo no database; exit 3']}", "", "files exited with status 3", 1},
	    {"run: {command: [sh, -c, 'echo listening soon; sleep 100'], ready: {tcp: 6970, timeout: 1s}}",
	     "", "files is not ready after 1 seconds: TCP port 6970 does not listen", 1},
	    {"run: {command: [sleep, 100], ready: {command: ['false'], timeout: 1s}}", "",
	     "files is not ready after 1 seconds: its `ready.command` exited with status 1", 1},
	    {"run: {command: [busybox, httpd, -f, -p, 6970, -h, .], ready: {http: "
	     "'http://127.0.0.1:6970/none', "
	     "timeout: 1s}}",
	     "", "is answered with \"HTTP/1.1 404 Not Found\"", 1},
	    {"run: {command: ./prov, directory: none}", "", "`run.directory`: found no folder", 1},
	    {"run: {command: no-such-program}", "", "no-such-program cannot be run", 1},
	    {FILES, ", external: on",
	     "pbx (external): nothing is plugged into Gi1/0/46 of sw1 after 1 seconds", 1},
	};
	static const char *const wait[] = {"--wait-external", "1", NULL};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char topology[512], bin[512];
		struct command_result up, ls;

		write_topology("wrong.yaml", rows[i].files, rows[i].node, topology);
		up = command_sh(60, "%s up -d --name %s --timeout 20 %s %s %s", lab_bin("phonelab", bin),
				lab.name, wait[0], wait[1], topology);
		if (up.status != rows[i].status || !strstr(up.err, rows[i].says))
			fail_msg("row %zu: expected \"%s\": status %d\n%s%s", i, rows[i].says, up.status,
				 up.out, up.err);
		command_free(&up);
		ls = command_sh(20, "%s ls | grep -v ' ended '", bin);
		if (strstr(ls.out, lab.name))
			fail_msg("row %zu: the lab still runs:\n%s", i, ls.out);
		command_free(&ls);
	}
}

static int begin(void **state)
{
	(void)state;
	lab_begin(&lab, "own");
	write_files();
	return 0;
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
	    cmocka_unit_test(phones_register_with_the_numbers_of_the_users_files),
	    cmocka_unit_test(without_a_witness_the_word_of_the_phone_counts),
	    cmocka_unit_test(the_users_command_is_a_witness),
	    cmocka_unit_test(what_is_wrong_with_a_program_is_said_and_nothing_stays),
	};

	return cmocka_run_group_tests_name("servers of the user", tests, begin, end);
}
