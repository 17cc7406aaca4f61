/*
 * File servers of other makes in a running lab: HTTP and TFTP servers with habits that phonelab's servers do not have.
 * This program is the server too, started inside the node of the TFTP server: file_servers_test http|tftp. It reads its
 * habit from a file before each answer, so that a test changes it while the server runs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/support/lab.h"

#define ONE   "SEP001122AABB01"
#define HABIT "/run/phonelab/log/habit"
#define READY "log/serving" /* written when the server listens */
#define ROOT  "/run/phonelab/tftp/root/"
#define FIRST "10.110.0.3"  /* of the server */
#define OTHER "10.110.0.60" /* its second address */

static struct lab lab;

/* --- the servers --- */

static bool habit_is(const char *habit)
{
	struct fail fail = {0};
	char *text = NULL;
	size_t length;
	bool is = !file_read(HABIT, 100, &text, &length, &fail) && !strncmp(text, habit, strlen(habit));

	free(text);
	return is;
}

/* The file of that name, NULL if there is none. */
static char *read_served(const char *name, size_t *length)
{
	struct fail fail = {0};
	char path[400], *bytes = NULL;

	snprintf(path, sizeof(path), ROOT "%.300s", name);
	return file_read(path, 64 << 20, &bytes, length, &fail) ? NULL : bytes;
}

static void send_chunks(FILE *out, const char *bytes, size_t length)
{
	for (size_t at = 0; at < length; at += 700) {
		size_t part = length - at < 700 ? length - at : 700;

		fprintf(out, "%zx;x=1\r\n", part);
		fwrite(bytes + at, 1, part, out);
		fprintf(out, "\r\n");
	}
	fprintf(out, "0\r\nX-Sum: 1\r\n\r\n");
}

static void send_headers(FILE *out, size_t length)
{
	if (habit_is("long headers"))
		fprintf(out, "Set-Cookie: %08192d\r\n", 7);
	if (habit_is("endless headers"))
		for (int i = 0; i < 3000; i++)
			fprintf(out, "X-Field-%d: value\r\n", i);
	if (habit_is("odd headers"))
		fprintf(out, "Server: x\r\n folded\r\nno colon\r\n: no name\r\nX-Bell: \a\r\n");
	if (habit_is("gzip"))
		fprintf(out, "Content-Encoding: gzip\r\n");
	if (!habit_is("until close"))
		fprintf(out, "Content-Length: %zu\r\nConnection: close\r\n", length);
	fprintf(out, "\r\n");
}

static void answer_http(FILE *out, const char *name)
{
	size_t length = 0;
	char *bytes = read_served(name, &length);

	if (habit_is("redirect"))
		fprintf(out, "HTTP/1.1 302 Found\r\nLocation: http://" FIRST
			     "/login\r\nContent-Length: 0\r\n\r\n");
	else if (habit_is("401"))
		fprintf(out, "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\n"
			     "Content-Length: 0\r\n\r\n");
	else if (habit_is("503"))
		fprintf(out, "HTTP/1.1 503 Busy\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n");
	else if (!bytes)
		fprintf(out, "HTTP/1.1 404\r\nContent-Length: 3\r\n\r\nno!");
	else if (habit_is("chunked")) {
		fprintf(out,
			"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
		send_chunks(out, bytes, length);
	} else {
		fprintf(out, habit_is("until close") ? "HTTP/1.0 200 OK\r\n" : "HTTP/1.1 200 OK\r\n");
		send_headers(out, length);
		fwrite(bytes, 1, length, out);
	}
	free(bytes);
}

static int bound(int type, uint16_t port, const char *address)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), one = 1;

	inet_pton(AF_INET, address, &at.sin_addr);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) ? -1 : fd;
}

static int say_ready(void)
{
	struct fail fail = {0};

	return file_write("/run/phonelab/" READY, "yes", 3, &fail);
}

static int serve_http(void)
{
	int listener = bound(SOCK_STREAM, 6970, "0.0.0.0");

	signal(SIGPIPE, SIG_IGN); /* the phone closes when it has read enough */
	if (listener < 0 || listen(listener, 64) || say_ready())
		return 1;
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		FILE *stream = fd < 0 ? NULL : fdopen(fd, "r+");
		char line[600], name[400] = "", header[600];

		if (!stream)
			return 1;
		if (fgets(line, sizeof(line), stream))
			sscanf(line, "GET /%399s", name);
		while (fgets(header, sizeof(header), stream) && header[0] != '\r')
			;
		fseek(stream, 0, SEEK_CUR);
		answer_http(stream, name);
		fclose(stream);
	}
}

/* Send a packet and wait for the ACK of its block. */
static bool acknowledged(int fd, const struct sockaddr_in *to, const uint8_t *packet, size_t length,
			 uint16_t block)
{
	for (int tries = 0; tries < 5; tries++) {
		struct pollfd ready = {fd, POLLIN, 0};
		uint8_t answer[100];

		sendto(fd, packet, length, 0, (const struct sockaddr *)to, sizeof(*to));
		if (poll(&ready, 1, 1000) == 1 && recv(fd, answer, sizeof(answer), 0) >= 4 &&
		    answer[1] == 4 && (answer[2] << 8 | answer[3]) == block)
			return true;
	}
	return false;
}

static void send_error(int fd, const struct sockaddr_in *to, uint8_t code, const char *text)
{
	uint8_t packet[100] = {0, 5, 0, code};

	snprintf((char *)packet + 4, sizeof(packet) - 4, "%s", text);
	sendto(fd, packet, 4 + strlen(text) + 1, 0, (const struct sockaddr *)to, sizeof(*to));
}

static void answer_tftp(const struct sockaddr_in *client, const char *name, bool options)
{
	int fd = bound(SOCK_DGRAM, 0, FIRST);
	size_t length = 0, at = 0, part = 512;
	char *bytes = read_served(name, &length);
	uint8_t packet[516] = {0, 3};

	if (habit_is("error 8") && options)
		send_error(fd, client, 8, "no options here");
	else if (!bytes)
		send_error(fd, client,
			   habit_is("error 0")	 ? 0
			   : habit_is("error 2") ? 2
						 : 1,
			   "no\nsuch file");
	else
		for (uint16_t block = 1; part == 512; block++, at += part) {
			part = length - at < 512 ? length - at : 512;
			packet[2] = (uint8_t)(block >> 8);
			packet[3] = (uint8_t)block;
			memcpy(packet + 4, bytes + at, part);
			if (!acknowledged(fd, client, packet, 4 + part, block))
				break;
		}
	free(bytes);
	close(fd);
}

/* One request at a time, always answered from FIRST. */
static int serve_tftp(void)
{
	int fd = bound(SOCK_DGRAM, 69, "0.0.0.0");

	if (fd < 0 || say_ready())
		return 1;
	for (;;) {
		struct sockaddr_in client;
		socklen_t size = sizeof(client);
		char request[600] = {0};
		ssize_t length =
		    recvfrom(fd, request, sizeof(request) - 1, 0, (struct sockaddr *)&client, &size);
		size_t fixed = length > 2 ? strlen(request + 2) + 3 : 0;

		if (length < 0)
			return 1;
		if (fixed && request[1] == 1)
			answer_tftp(&client, request + 2,
				    (size_t)length > fixed + strlen(request + fixed) + 1);
	}
}

/* --- the tests --- */

static int begin(void **state)
{
	(void)state;
	lab_begin(&lab, "file-servers");
	return 0;
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

static void run(const char *node, const char *line)
{
	struct command_result done = node ? lab_exec(&lab, node, "%s", line) : lab_command(&lab, "%s", line);

	if (done.status)
		fail_msg("%s: %s%s", line, done.out, done.err);
	command_free(&done);
}

/* Start this program as a server in the node, in place of the lab's services. */
static void replace_servers(const char *kind)
{
	char self[512] = "", line[700], *text;

	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	run(NULL, "service tftp-http stop");
	run(NULL, "service tftp stop");
	snprintf(line, sizeof(line), "echo none >" HABIT "; '%s' %s >/dev/null 2>&1 </dev/null &", self,
		 kind);
	run("tftp", line);
	for (int tries = 0; !(text = lab_read(&lab, READY)); tries++) {
		if (tries == 60 * PATIENCE * 4)
			fail_msg("the server does not listen");
		poll(NULL, 0, 250);
	}
	free(text);
}

static int events(const char *event, const char *text)
{
	char *log = lab_read(&lab, "events.jsonl");
	int count;

	assert_non_null(log);
	count = LINES_WITH(log, event, "\"" ONE "\"", text);
	free(log);
	return count;
}

static void event_within(int seconds, const char *event, const char *text, int more_than)
{
	for (int tries = 0; events(event, text) <= more_than; tries++) {
		if (tries == seconds * PATIENCE * 4)
			fail_msg("no %s with \"%s\"", event, text);
		poll(NULL, 0, 250);
	}
}

/* The phone boots while the server has that habit. */
static void boot(const char *habit)
{
	char line[100];

	print_message("habit: %s\n", habit);
	snprintf(line, sizeof(line), "echo '%s' >" HABIT, habit);
	run("tftp", line);
	run(NULL, "reset " ONE);
}

/* Boot, and the phone fetches its configuration by that transport and registers. */
static void boots_by(const char *habit, const char *transport)
{
	char fetched[100];
	int files, times = events("\"phone.registered\"", "");

	snprintf(fetched, sizeof(fetched), ONE ".cnf.xml.sgn by %s", transport);
	files = events("\"file.ok\"", fetched);
	boot(habit);
	event_within(60, "\"file.ok\"", fetched, files);
	event_within(60, "\"phone.registered\"", "", times);
}

/* TFTP is stopped: what the phone reads came by HTTP. */
static void http_forms(void **state)
{
	static const char *const habits[] = {"chunked", "until close", "close", "long headers",
					     "odd headers"};

	(void)state;
	assert_int_equal(lab_up(&lab, "topologies/minimal.yaml", false, 60, NULL, 0), 0);
	replace_servers("http");
	for (size_t i = 0; i < sizeof(habits) / sizeof(habits[0]); i++)
		boots_by(habits[i], "HTTP");
	assert_int_equal(events("\"http.odd\"", "header Server from " FIRST ": its line is folded"), 1);
	assert_int_equal(events("\"http.odd\"", "header no colon"), 1);
	assert_int_equal(events("\"http.odd\"", "header X-Bell"), 1);
}

/* Of these answers the phone takes nothing, and asks by TFTP. The event has the reason. */
static void http_refusals(void **state)
{
	static const struct {
		const char *habit, *reason;
	} cases[] = {{"redirect", "302 Found: redirect to http://" FIRST "/login"},
		     {"401", "401 Unauthorized"},
		     {"503", "503 Busy"},
		     {"gzip", "the body has the encoding gzip, which was not requested"},
		     {"endless headers", "the headers are longer than 16384 bytes"}};

	(void)state;
	assert_int_equal(lab_up(&lab, "topologies/minimal.yaml", false, 60, NULL, 0), 0);
	replace_servers("http");
	run(NULL, "service tftp start");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		boots_by(cases[i].habit, "TFTP");
		event_within(60, "\"file.failed\"", cases[i].reason, 0);
	}
	assert_true(events("\"location\":\"http://" FIRST "/login\"", "302") > 0);
}

static void tftp_errors(void **state)
{
	(void)state;
	assert_int_equal(lab_up(&lab, "topologies/minimal.yaml", false, 60, NULL, 0), 0);
	replace_servers("tftp");
	boots_by("no options", "TFTP");
	boots_by("error 8", "TFTP");
	boot("error 0");
	event_within(60, "\"file.failed\"",
		     "CTL" ONE ".tlv by TFTP from " FIRST ": ERROR 0 no.such file (undefined error)", 0);
	boot("error 2");
	event_within(60, "\"tftp_error\":\"2\"", "ERROR 2 no.such file (access violation)", 0);
}

static void explained(const char *line)
{
	struct command_result done = lab_command(&lab, "%s", line);

	assert_int_equal(done.status, 1);
	if (!strstr(done.out, "rejects its answers: asked " OTHER ", answered by " FIRST))
		fail_msg("%s does not name the addresses but\n%s", line, done.out);
	command_free(&done);
}

/* The phone asks the second address of the server, the answers come from the first. */
static void another_address(void **state)
{
	char line[700], path[400], program[512];
	const char *capture[] = {lab_bin("phonelab", program),
				 "--lab",
				 lab.name,
				 "capture",
				 ONE,
				 "-w",
				 path,
				 "--duration",
				 "600",
				 NULL};
	struct stat st = {0};
	pid_t pid;

	(void)state;
	assert_int_equal(lab_up(&lab, "topologies/minimal.yaml", false, 60, NULL, 0), 0);
	replace_servers("tftp");
	run("tftp", "ip addr add " OTHER "/24 dev eth0");
	run("dhcp", "sed -i 's/,150,.*/,150," OTHER "/' /run/phonelab/dhcp/dnsmasq.conf");
	run(NULL, "service dhcp restart");
	snprintf(path, sizeof(path), "%s/boot.pcapng", lab.dir);
	pid = command_start(capture, NULL);
	for (int tries = 0; tries < 240 && (stat(path, &st) || !st.st_size); tries++)
		poll(NULL, 0, 250);
	boot("other address");
	event_within(60, "\"tftp.other_address\"", "asked " OTHER ", answered by " FIRST, 0);
	event_within(60, "\"step.failed\"", "asked " OTHER ", answered by " FIRST, 0);
	explained("why " ONE);
	kill(pid, SIGINT);
	assert_true(command_wait(pid, 20) >= 0);
	snprintf(line, sizeof(line), "why --capture %s " ONE, path);
	explained(line);
}

/* A firmware image after the first transport was refused: the load is active in the end. */
static void firmware_by_tftp(void **state)
{
	static const char topology[] =
	    "vlans:\n  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"
	    "switches:\n  - {name: sw1, voice_vlan: 110, ports: [{port: Gi1/0/1, shutdown: on}]}\n"
	    "servers:\n  - {name: dhcp, kind: dhcp}\n  - {name: tftp, kind: tftp}\n"
	    "cluster:\n  nodes: [{name: cucm}]\n"
	    "phones:\n  - {model: 7841, port: Gi1/0/1, active_load: sip78xx.12-5-1SR1-4, "
	    "load: sip78xx.14-2-1-0001-125}\n";
	char path[512], program[512];
	struct command_result opened;
	json_t *phone, *status;

	(void)state;
	lab_up(&lab, lab_write(&lab, "topology.yaml", topology, path), false, 2, NULL, 1);
	event_within(60, "\"phone.plugged\"", "", 0); /* the servers run */
	run(NULL, "service tftp-http stop");
	opened = command_sh(20, "'%s' --lab '%s' configure sw1 'interface Gi1/0/1' 'no shutdown'",
			    lab_bin("phonelab", program), lab.name);
	assert_int_equal(opened.status, 0);
	command_free(&opened);
	event_within(90, "\"phone.registered\"", "", 0);
	status = lab_status(&lab);
	phone = status_phone(status, ONE);
	assert_string_equal(phone_step_state(phone, 8), "done");
	assert_string_equal(member(phone, "active_load"), "sip78xx.14-2-1-0001-125");
	assert_true(events("\"file.failed\"", ".sbn by HTTP") >= 3);
	assert_true(events("\"file.ok\"", "rootfs78xx.14-2-1-0001-125.sbn by TFTP") >= 1);
	json_decref(status);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(http_forms, begin, end),
	    cmocka_unit_test_setup_teardown(http_refusals, begin, end),
	    cmocka_unit_test_setup_teardown(tftp_errors, begin, end),
	    cmocka_unit_test_setup_teardown(another_address, begin, end),
	    cmocka_unit_test_setup_teardown(firmware_by_tftp, begin, end),
	};

	if (argc == 2 && !strcmp(argv[1], "http"))
		return serve_http();
	if (argc == 2 && !strcmp(argv[1], "tftp"))
		return serve_tftp();
	lab_apart();
	return cmocka_run_group_tests_name("file_servers", tests, NULL, NULL);
}
