/*
 * No text from the wire, from a server's log or from a file controls the terminal of the reader. The commands
 * read a fake lab, whose control sockets answer with escape sequences, C1 bytes and bidirectional controls.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include "base/control.h"
#include "phonelab/lab/address.h"
#include "tests/support/lab.h"
#include "tests/support/sandbox.h"

#define PHONE "SEP001122AABB01"
#define OTHER "SEP001122AABB02"
#define HOSTILE                                                                                              \
	"\033]0;owned\a\033[31mred \xc2\x9b"                                                                 \
	"2J \xe2\x80\xae"                                                                                    \
	"back \x7f end" /* ESC, BEL, CSI, RLO, DEL */

static char phonelab[512];

/* --- the fake lab --- */

static json_t *fake_phone(const char *name, int step)
{
	json_t *steps = json_array();

	for (int n = 1; n <= 14; n++)
		json_array_append_new(steps,
				      json_pack("{s:i,s:s,s:s,s:n,s:s}", "n", n, "name", "name", "state",
						n < step    ? "done"
						: n == step ? "failed"
							    : "pending",
						"ms", "detail", n == step ? "NAK: " HOSTILE : ""));
	return json_pack("{s:s,s:s,s:i,s:o,s:s,s:i,s:s,s:n}", "name", name, "state", "network", "step", step,
			 "steps", steps, "ipv4", "10.110.0.50", "voice_vlan", 110, "directory_number",
			 HOSTILE, "registered_with");
}

static json_t *answer_status(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	(void)arg, (void)request, (void)fd, (void)fail;
	return json_pack(
	    "{s:s,s:[o,o],s:[{s:s,s:{s:i,s:i},s:[{s:s,s:s,s:i,s:n,s:s,s:s,s:i}]}],s:[{s:s,s:s,s:[]}],s:[s]}",
	    "lab", "fake", "phones", fake_phone(PHONE, 4), fake_phone(OTHER, 11), "switches", "name", "sw1",
	    "poe", "budget_mw", 1, "used_mw", 1, "ports", "name", "Gi1/0/1", "link", "up", "vlan", 1,
	    "voice_vlan", "neighbor", HOSTILE, "poe_state", "on", "poe_mw", 1, "cluster", "name", "cucm-pub",
	    "role", "publisher", "registered", "failures", HOSTILE);
}

static json_t *answer_lines(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	(void)arg, (void)request, (void)fd, (void)fail;
	return json_pack("{s:[s,s]}", "lines", HOSTILE, "Grüße");
}

static json_t *answer_text(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	(void)arg, (void)request, (void)fd, (void)fail;
	return json_pack("{s:s}", "text", HOSTILE "\n");
}

static json_t *answer_error(void *arg, const json_t *request, int *fd, struct fail *fail)
{
	(void)arg, (void)request, (void)fd;
	fail_set(fail, -EIO, "%s", HOSTILE);
	return NULL;
}

static const struct control_verb lab_verbs[] = {
    {"status", answer_status}, {"program", answer_error}, {NULL, NULL}};
static const struct control_verb rack_verbs[] = {
    {"status", answer_status}, {"console", answer_lines}, {"messages", answer_lines}, {NULL, NULL}};
static const struct control_verb switch_verbs[] = {
    {"show", answer_text}, {"configure", answer_text}, {NULL, NULL}};

static void answer_info(evutil_socket_t listener, short what, void *arg)
{
	int fd = accept(listener, NULL, NULL);
	char line[200], word[16];

	(void)what, (void)arg;
	snprintf(line, sizeof(line),
		 "{\"lab\":\"fake\",\"pid\":%d,\"topology\":\"x\",\"phones\":2,\"since\":0,\"up\":true}\n",
		 (int)getpid());
	if (read(fd, word, sizeof(word)) < 0 || send(fd, line, strlen(line), MSG_NOSIGNAL) < 0)
		_exit(1);
	shutdown(fd, SHUT_WR);
	close(fd);
}

static void write_file(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	if (!out || fputs(text, out) < 0 || fclose(out))
		_exit(1);
}

/* Serve the control sockets of a lab until killed; report on the pipe once they listen. */
static void serve(int ready)
{
	struct event_base *base = event_base_new();
	struct control_server *servers[3];
	struct fail fail = {0};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un address;
	socklen_t length = lab_address("fake", &address);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	mkdir("/run/phonelab", 0755);
	mkdir("/run/phonelab/phones", 0755);
	mkdir("/run/phonelab/switches", 0755);
	mkdir("/run/phonelab/log", 0755);
	write_file("/run/phonelab/events.jsonl",
		   "{\"t\":1,\"node\":\"" PHONE "\",\"event\":\"step.failed\",\"step\":4,\"detail\":\"NAK "
		   "\\u001b[31m\\u009b2J\\u202e\"}\n");
	write_file("/run/phonelab/log.times", "2 cucm-pub.log 4096\n");
	write_file("/run/phonelab/log/cucm-pub.log", "0(1) INFO: <script>: " OTHER " " HOSTILE " \x9b\xff\n");
	if (bind(fd, (struct sockaddr *)&address, length) || listen(fd, 8) ||
	    control_server_new(&servers[0], base, "/run/phonelab/lab.sock", lab_verbs, NULL, &fail) ||
	    control_server_new(&servers[1], base, "/run/phonelab/phones/rack.sock", rack_verbs, NULL,
			       &fail) ||
	    control_server_new(&servers[2], base, "/run/phonelab/switches/sw1.sock", switch_verbs, NULL,
			       &fail))
		_exit(1);
	event_add(event_new(base, fd, EV_READ | EV_PERSIST, answer_info, NULL), NULL);
	if (write(ready, "", 1) != 1)
		_exit(1);
	event_base_dispatch(base);
	_exit(1);
}

static pid_t server;

static int begin(void **state)
{
	int ready[2];
	char byte;

	(void)state;
	lab_bin("phonelab", phonelab);
	if (pipe(ready))
		return -1;
	server = fork();
	if (!server)
		serve(ready[1]);
	close(ready[1]);
	return server > 0 && read(ready[0], &byte, 1) == 1 ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	return 0;
}

/* --- the tests --- */

/* No byte that acts on a terminal, and no bidirectional control, in UTF-8 or raw. */
static void check_clean(const char *command, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char b = (unsigned char)text[i];

		if ((b < 0x20 && b != '\n' && b != '\t') || b == 0x7f || b == 0x9b || b == 0xff ||
		    !strncmp(text + i, "\xe2\x80\xae", 3))
			fail_msg("%s: byte %zu is 0x%02x in: %s", command, i, b, text);
	}
}

/* `phonelab WORDS` prints something, all of it clean, with the escape sequence visible. */
static void check_command(const char *words)
{
	struct command_result result = command_sh(20, "'%s' %s", phonelab, words);

	check_clean(words, result.out, result.out_length);
	check_clean(words, result.err, result.err_len);
	if (!strstr(result.out, "\\x1b[31m") && !strstr(result.err, "\\x1b[31m"))
		fail_msg("%s: status %d, no visible escape sequence in: %s%s", words, result.status,
			 result.out, result.err);
	command_free(&result);
}

static void test_status(void **state)
{
	(void)state;
	check_command("status");
}

static void test_why(void **state)
{
	(void)state;
	check_command("why " PHONE);
}

static void test_why_quotes_a_log(void **state)
{
	struct command_result result = command_sh(20, "'%s' why " OTHER, phonelab);

	(void)state;
	check_clean("why", result.out, result.out_length);
	assert_non_null(strstr(result.out, "log/cucm-pub.log:1"));
	assert_non_null(strstr(result.out, "\\x9b\\xff"));
	command_free(&result);
}

static void test_console_and_messages(void **state)
{
	struct command_result result = command_sh(20, "'%s' messages " PHONE, phonelab);

	(void)state;
	assert_non_null(strstr(result.out, "Grüße\n"));
	command_free(&result);
	check_command("messages " PHONE);
	check_command("console " PHONE);
}

static void test_switch(void **state)
{
	(void)state;
	check_command("show sw1 cdp neighbors");
	check_command("configure sw1 'interface Gi1/0/1'");
}

static void test_error_of_a_program(void **state)
{
	(void)state;
	check_command("service dhcp status");
}

/* JSON has its own escapes: it stays valid, and its values stay complete. */
static void test_json(void **state)
{
	struct command_result result = command_sh(20, "'%s' status --json", phonelab);
	json_t *status = json_loads(result.out, 0, NULL), *phone;

	(void)state;
	assert_non_null(status);
	phone = json_array_get(json_object_get(status, "phones"), 0);
	assert_string_equal(member(phone, "directory_number"), HOSTILE);
	assert_null(strchr(result.out, '\033'));
	assert_null(strstr(result.out, "\xc2\x9b"));
	json_decref(status);
	command_free(&result);
}

static void test_complaint_of_a_topology(void **state)
{
	(void)state;
	write_file("/tmp/wrong.yaml", "vlans:\n  - {id: \"\\e[31m\\u009b2J\\u202e\", name: VOICE}\n");
	check_command("validate /tmp/wrong.yaml");
	check_command("up -d /tmp/wrong.yaml");
}

/* In a lab of containers `why` recommends commands that work there: node names of the lab, and no `exec` of a server,
 * whose namespace only its own container can enter. The last test: now /run/phonelab is that of a container. */
static void test_why_in_a_lab_of_containers(void **state)
{
	struct command_result result = command_sh(
	    20, "'%s' render topologies/minimal.yaml --out /run/phonelab --name fake && '%s' why " OTHER,
	    phonelab, phonelab);

	(void)state;
	assert_int_equal(result.status, 1);
	if (strstr(result.out, "phonelab --lab") || !strstr(result.out, "\n  docker compose "))
		fail_msg("%s%s", result.out, result.err);
	command_free(&result);
}

static int tests(void)
{
	const struct CMUnitTest all[] = {
	    cmocka_unit_test(test_status),
	    cmocka_unit_test(test_why),
	    cmocka_unit_test(test_why_quotes_a_log),
	    cmocka_unit_test(test_console_and_messages),
	    cmocka_unit_test(test_switch),
	    cmocka_unit_test(test_error_of_a_program),
	    cmocka_unit_test(test_json),
	    cmocka_unit_test(test_complaint_of_a_topology),
	    cmocka_unit_test(test_why_in_a_lab_of_containers),
	};

	return cmocka_run_group_tests_name("hostile text on the terminal", all, begin, end);
}

int main(void)
{
	return sandbox_run(tests, 120);
}
