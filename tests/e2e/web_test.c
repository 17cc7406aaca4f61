/*
 * The web page of a lab. Raw sockets attack the server; headless Chromium opens every page (tests/support/browser) while
 * a phone boots, a fault is applied and cleared, and names in the lab are hostile. This program also sends a frame with a
 * hostile name from inside a node: web_test send INTERFACE HEX.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/web.h"
#include "wire/cdp.h"

#define ONE  "SEP001122AABB01"
#define SLOW 400 /* connections that send nothing */

/* A label that is markup, and a CDP device id with markup, a control character and a bidirectional override. */
#define LABEL	 "<img src=x onerror=owned=1>"
#define NEIGHBOR "<script>owned=1</script>\033]0;x\a\xe2\x80\xae"

static const char topology[] =
    "vlans:\n  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"
    "switches:\n  - {name: sw1, voice_vlan: 110}\n"
    "servers:\n  - {name: dhcp, kind: dhcp}\n  - {name: tftp, kind: tftp}\n"
    "cluster:\n  nodes: [{name: cucm}]\n"
    "phones:\n  - {model: 7841, label: \"" LABEL "\"}\n  - {model: 8845, count: 3}\n";

static struct lab lab;
static pid_t slow; /* the process that sends slowly */

static int begin(void **state)
{
	(void)state;
	lab_begin(&lab, "web");
	web_up(&lab, topology, "");
	return 0;
}

/* --- raw requests --- */

static void replies_have_the_headers(void **state)
{
	static const char *const headers[] = {"Content-Security-Policy: default-src 'self'",
					      "X-Content-Type-Options: nosniff", "X-Frame-Options: DENY",
					      "Cache-Control: no-store"};
	static const char *const targets[] = {"/", "/main.js", "/nothing", ("/configuration?phone=" ONE)};

	(void)state;
	for (size_t t = 0; t < sizeof(targets) / sizeof(targets[0]); t++) {
		char *reply = web_get(targets[t], "");

		for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
			if (!strstr(reply, headers[i]))
				fail_msg("%s has no %s", targets[t], headers[i]);
		assert_null(strstr(reply, "Access-Control-Allow"));
		free(reply);
	}
}

/* A reader without scripts sees every phone. */
static void the_page_names_every_phone(void **state)
{
	char *reply = web_get("/", "");

	(void)state;
	assert_int_equal(web_status_of(reply), 200);
	for (int i = 1; i <= 4; i++) {
		char name[20];

		snprintf(name, sizeof(name), "SEP001122AABB%02d", i);
		assert_non_null(strstr(reply, name));
	}
	assert_null(strstr(reply, "<script>"));
	assert_null(strstr(reply, "<style"));
	assert_null(strstr(reply, " on"));
	free(reply);
}

static void foreign_requests_are_rejected(void **state)
{
	(void)state;
	web_must_be(421, web_ask("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"), "another host");
	web_must_be(421, web_ask("GET / HTTP/1.0\r\n\r\n"), "no host");
	web_must_be(403, web_get("/events", "Origin: http://evil.example\r\n"), "another origin");
	web_must_be(403, web_get("/events", "Sec-Fetch-Site: cross-site\r\n"), "another site");
	web_must_be(403,
		    web_ask("POST /reset?phone=" ONE " HTTP/1.1\r\nHost: %.*s\r\nContent-Length: 0\r\n\r\n",
			    (int)strcspn(web_url + 7, "/"), web_url + 7),
		    "no secret");
	web_must_be(
	    403,
	    web_ask(
		"POST /why HTTP/1.1\r\nHost: %.*s\r\nX-Phonelab-Secret: 00112233445566778899aabbccddeeff\r\n"
		"Content-Length: 0\r\n\r\n",
		(int)strcspn(web_url + 7, "/"), web_url + 7),
	    "a wrong secret");
	web_must_be(405, web_get("/reset?phone=" ONE, ""), "GET for a change");
}

/* The lab is that of one user; only root can act for another one here. */
static void another_user_is_rejected(void **state)
{
	struct command_result done;

	(void)state;
	if (getuid())
		skip();
	done = command_sh(
	    20,
	    "setpriv --reuid 65534 --regid 65534 --clear-groups curl -s --noproxy '*' -w '%%{http_code}' %s",
	    web_url);
	assert_non_null(strstr(done.out, "403"));
	assert_non_null(strstr(done.out, "another user"));
	assert_null(strstr(done.out, ONE));
	command_free(&done);
}

/* On another address than 127.0.0.1 each path begins with the printed token, and --view changes nothing. */
static void another_address_needs_the_token(void **state)
{
	char bin[512];
	struct command_result done =
	    command_sh(30,
		       "%s --lab %s web --listen 127.0.0.2 --view >%s/far & pid=$!\n"
		       "for i in $(seq 100); do [ -s %s/far ] && break; sleep 0.1; done; far=$(cat %s/far)\n"
		       "code() { curl -s --noproxy '*' -o /dev/null -w '%%{http_code} ' \"$@\"; }\n"
		       "code $far; code ${far}style.css; code ${far%%/*/}/; code ${far%%/*/}/style.css; code "
		       "-X POST ${far}reset?phone=" ONE "\n"
		       "code -H 'X-Phonelab-Secret: ' -X POST ${far}why; kill $pid; wait $pid; echo $?",
		       lab_bin("phonelab", bin), lab.name, lab.dir, lab.dir, lab.dir);

	(void)state;
	assert_string_equal(done.out, "200 200 404 404 403 403 0\n");
	command_free(&done);
}

static void no_path_leads_to_a_file(void **state)
{
	static const char *const lost[] = {"/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd",
					   "/events.jsonl",	"/style.css/../../guard.c",  "/phones/flash"};
	static const char *const bad[] = {"/configuration?phone=../../../etc/passwd",
					  "/configuration?phone=SEP../../../..x",
					  "/configuration",
					  "/configuration?phone=%2e%2e",
					  "/show?switch=../lab&command=version",
					  "/show?switch=sw1",
					  "/show?switch=-x&command=version",
					  "/events?phone=x"};

	(void)state;
	for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++)
		web_must_be(404, web_get(lost[i], ""), lost[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		web_must_be(400, web_get(bad[i], ""), bad[i]);
	web_must_be(404, web_get("/show?switch=lab&command=version", ""), "an unknown switch");
}

static void large_requests_are_refused(void **state)
{
	size_t size = 4u << 20;
	char *junk = malloc(size);
	int fd = web_connect();

	(void)state;
	memset(junk, 'x', size);
	memcpy(junk, "GET / HTTP/1.1\r\nX: ", 19);
	while (send(fd, junk, size, MSG_NOSIGNAL) > 0)
		;
	web_must_be_refused(web_read_reply(fd), "a huge header");
	fd = web_connect();
	memcpy(junk, "GET /", 5);
	while (send(fd, junk, size, MSG_NOSIGNAL) > 0)
		;
	web_must_be_refused(web_read_reply(fd), "a huge target");
	web_must_be_refused(web_ask("POST /why HTTP/1.1\r\nHost: x\r\nContent-Length: 104857600\r\n\r\nx"),
			    "a body of 100 MB");
	web_must_be_refused(
	    web_ask("POST /why HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n6400000\r\nx"),
	    "a chunk of 100 MB");
	web_must_be_refused(web_ask("\r\n\r\n\x01\x02\x03 / HTTP/9.9\r\n\r\n"), "no HTTP");
	web_must_be_refused(web_ask("BREW / HTTP/1.1\r\nHost: x\r\n\r\n"), "an unknown method");
	web_must_be(200, web_get("/style.css", ""), "the page after that");
	free(junk);
}

/* The process that serves the page, and its resident memory in kB. */
static long memory_of_server(void)
{
	struct command_result found = command_sh(
	    10, "pid=$(pgrep -f -- '--lab %s web$') && grep VmRSS /proc/$pid/status | tr -dc 0-9", lab.name);
	long size = atol(found.out);

	assert_int_equal(found.status, 0);
	command_free(&found);
	return size;
}

/* Send an octet now and then. The exit status is 0 if the server closes the connection. */
static int send_slowly(int fd)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};

	for (int i = 0; i < 40 * PATIENCE; i++) {
		if (send(fd, "x", 1, MSG_NOSIGNAL) != 1)
			return 0;
		if (poll(&pfd, 1, 500) == 1 && recv(fd, (char[1]){0}, 1, MSG_DONTWAIT) <= 0)
			return 0;
	}
	return 1;
}

/* Connections that send nothing, or one octet, do not keep others out, and take no memory. One goes on beside the other
 * tests. */
static void slow_connections_keep_nobody_out(void **state)
{
	static int fds[SLOW];
	long before = memory_of_server();

	(void)state;
	for (int i = 0; i < SLOW; i++) {
		fds[i] = web_connect();
		if (i % 2)
			assert_int_equal(send(fds[i], "G", 1, MSG_NOSIGNAL), 1);
	}
	web_must_be(200, web_get("/style.css", ""), "a request beside slow ones");
	assert_true(memory_of_server() < before + 16384);
	for (int i = 0; i < SLOW; i++)
		close(fds[i]);
	fds[0] = web_connect();
	slow = fork();
	if (!slow)
		_exit(send_slowly(fds[0]));
	close(fds[0]);
}

static void a_slow_request_ends(void **state)
{
	(void)state;
	assert_int_equal(command_wait(slow, 30), 0);
}

/* Does the server follow the event stream? */
static bool follows(void)
{
	struct command_result found = command_sh(
	    10, "ls -l /proc/$(pgrep -f -- '--lab %s web$')/fd | grep -c 'inotify\\|events.jsonl'", lab.name);
	bool yes = atoi(found.out) == 2;

	command_free(&found);
	return yes;
}

/* The server follows the lab while there is a viewer, and then no more. */
static void without_viewers_nothing_is_followed(void **state)
{
	int fd = web_connect(), tries = 0;
	char text[4096] = "", request[200];
	ssize_t n;

	(void)state;
	assert_false(follows());
	snprintf(request, sizeof(request), "GET /events HTTP/1.1\r\nHost: %.*s\r\n\r\n",
		 (int)strcspn(web_url + 7, "/"), web_url + 7);
	assert_true(send(fd, request, strlen(request), MSG_NOSIGNAL) > 0);
	while (!strstr(text, "event: board") && (n = recv(fd, text, sizeof(text) - 1, 0)) > 0)
		text[n] = 0;
	assert_non_null(strstr(text, "event: board"));
	assert_true(follows());
	close(fd);
	while (follows() && tries++ < 100 * PATIENCE)
		poll(NULL, 0, 50);
	assert_false(follows());
}

/* --- the browser --- */

static int send_frame(const char *interface, const char *hex)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(interface)};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	uint8_t frame[1600];
	unsigned byte;
	size_t length = 0;

	for (; length < sizeof(frame) && sscanf(hex + 2 * length, "%2x", &byte) == 1; length++)
		frame[length] = (uint8_t)byte;
	return fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof(to)) || send(fd, frame, length, 0) < 0;
}

/* A device with a hostile name at the port of tftp. */
static void send_hostile_neighbor(void)
{
	const struct mac source = {{2, 0, 0, 0, 0, 0x77}};
	const struct cdp_message message = {.has = CDP_HAS(CDP_DEVICE_ID) | CDP_HAS(CDP_PORT_ID) |
						   CDP_HAS(CDP_PLATFORM),
					    .ttl = 180,
					    .device_id = wire_slice_text(NEIGHBOR),
					    .port_id = wire_slice_text("<b>1</b>"),
					    .platform = wire_slice_text("<i>x</i>")};
	char self[512] = "", hex[2 * CDP_FRAME_MAX + 1] = "";
	uint8_t frame[CDP_FRAME_MAX];
	ssize_t length = cdp_frame(&message, &source, frame, sizeof(frame));
	struct command_result done;

	assert_true(length > 0);
	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	for (ssize_t i = 0; i < length; i++)
		snprintf(hex + 2 * i, 3, "%02x", frame[i]);
	done = lab_exec(&lab, "tftp", "%s send eth0 %s", self, hex);
	assert_int_equal(done.status, 0);
	command_free(&done);
}

static void chromium_sees_the_lab(void **state)
{
	(void)state;
	send_hostile_neighbor();
	web_browse(&lab, "web_page.py");
}

/* The page ends with its lab. */
static int end(void **state)
{
	struct command_result left;

	(void)state;
	lab_down(&lab);
	left = command_sh(20,
			  "for i in $(seq 100); do pgrep -f -- '--lab %s web$' >/dev/null || exit 0; sleep "
			  "0.1; done; exit 1",
			  lab.name);
	lab_end(&lab);
	if (left.status)
		fprintf(stderr, "the process of the page is left\n");
	command_free(&left);
	return left.status;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(replies_have_the_headers),
	    cmocka_unit_test(the_page_names_every_phone),
	    cmocka_unit_test(foreign_requests_are_rejected),
	    cmocka_unit_test(another_user_is_rejected),
	    cmocka_unit_test(another_address_needs_the_token),
	    cmocka_unit_test(no_path_leads_to_a_file),
	    cmocka_unit_test(large_requests_are_refused),
	    cmocka_unit_test(without_viewers_nothing_is_followed),
	    cmocka_unit_test(slow_connections_keep_nobody_out),
	    cmocka_unit_test(chromium_sees_the_lab),
	    cmocka_unit_test(a_slow_request_ends),
	};

	if (argc == 4 && !strcmp(argv[1], "send"))
		return send_frame(argv[2], argv[3]);
	return cmocka_run_group_tests_name("web", tests, begin, end);
}
