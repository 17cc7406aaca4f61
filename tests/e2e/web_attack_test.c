/*
 * Attacks on the web page of a lab: ten thousand connections that send little, requests of 100 MB, and hostile names in
 * everything that a device can send. Tier check: web_test has the short forms.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/web.h"

#define CONNECTIONS 10000
#define EVERY	    500		 /* connections between two requests of a visitor */
#define REQUEST	    (100u << 20) /* octets */
#define PART	    (1u << 20)
#define GROWTH_KB   16384

static const char topology[] = "vlans:\n  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"
			       "switches:\n  - {name: sw1, voice_vlan: 110}\n"
			       "servers:\n  - {name: dhcp, kind: dhcp}\n  - {name: tftp, kind: tftp}\n"
			       "cluster:\n  nodes: [{name: cucm}]\n"
			       "phones:\n  - {model: 7841, label: \"\\\"><img src=x onerror=owned=1>\"}\n"
			       "  - {model: 8845, label: \"<script>owned=1</script>\"}\n";

static struct lab lab;

static int begin(void **state)
{
	(void)state;
	lab_begin(&lab, "attack");
	web_up(&lab, topology, "");
	return 0;
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

/* Of the process that serves the page: resident memory in kB, and open descriptors. */
static void measure(long *memory_kb, long *descriptors)
{
	struct command_result found = command_sh(
	    10,
	    "pid=$(pgrep -f -- '--lab %s web$') && grep VmRSS /proc/$pid/status | tr -dc '0-9\\n' && ls "
	    "/proc/$pid/fd | wc -l",
	    lab.name);

	if (found.status || sscanf(found.out, "%ld %ld", memory_kb, descriptors) != 2)
		fail_msg("the server of the page has ended: %s%s", found.out, found.err);
	command_free(&found);
}

static void must_have_grown_little(long before_kb, const char *what)
{
	long memory_kb, descriptors;

	measure(&memory_kb, &descriptors);
	if (memory_kb > before_kb + GROWTH_KB || descriptors > 150)
		fail_msg("%s: the server had %ld kB, and has %ld kB and %ld descriptors", what, before_kb,
			 memory_kb, descriptors);
}

/* As many descriptors as the system allows. */
static size_t raise_limit(void)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	return limit.rlim_cur;
}

static void ten_thousand_slow_connections(void **state)
{
	static int fds[CONNECTIONS];
	long before_kb, ignored;

	(void)state;
	if (raise_limit() < CONNECTIONS + 100) {
		print_message("skipped: fewer than %d open files are allowed\n", CONNECTIONS + 100);
		skip();
	}
	measure(&before_kb, &ignored);
	for (int i = 0; i < CONNECTIONS; i++) {
		fds[i] = web_connect();
		send(fds[i], "GET / HTTP/1.1\r\n", (size_t)(i % 17), MSG_NOSIGNAL | MSG_DONTWAIT);
		send(fds[i / 2], "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (i % EVERY == EVERY - 1)
			web_must_be(200, web_get("/style.css", ""), "a visitor beside slow connections");
	}
	must_have_grown_little(before_kb, "10,000 connections");
	for (int i = 0; i < CONNECTIONS; i++)
		close(fds[i]);
	web_must_be(200, web_get("/style.css", ""), "a visitor after slow connections");
}

/* Send a head and then octets until the server has had enough, or 100 MB; the server must refuse it. */
static void send_much(const char *head, const char *what)
{
	char *part = malloc(PART);
	int fd = web_connect();
	size_t sent = 0;
	ssize_t n;

	assert_non_null(part);
	memset(part, 'x', PART);
	assert_true(send(fd, head, strlen(head), MSG_NOSIGNAL) > 0);
	while (sent < REQUEST && (n = send(fd, part, PART, MSG_NOSIGNAL)) > 0)
		sent += (size_t)n;
	free(part);
	web_must_be_refused(web_read_reply(fd), what);
}

static void requests_of_100_megabytes(void **state)
{
	long before_kb, ignored;
	char head[300];

	(void)state;
	measure(&before_kb, &ignored);
	send_much("GET /", "a target of 100 MB");
	send_much("GET / HTTP/1.1\r\nX: ", "a header of 100 MB");
	snprintf(head, sizeof(head), "POST /why HTTP/1.1\r\nHost: %.*s\r\nContent-Length: %u\r\n\r\n",
		 (int)strcspn(web_url + 7, "/"), web_url + 7, REQUEST);
	send_much(head, "a body of 100 MB");
	snprintf(head, sizeof(head),
		 "POST /why HTTP/1.1\r\nHost: %.*s\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n",
		 (int)strcspn(web_url + 7, "/"), web_url + 7, REQUEST);
	send_much(head, "a chunk of 100 MB");
	must_have_grown_little(before_kb, "requests of 100 MB");
	web_must_be(200, web_get("/style.css", ""), "a visitor after large requests");
}

/* The address of a server, by a jq expression over the status. */
static void address_of(const char *filter, char *text, size_t size)
{
	char bin[512];
	struct command_result found = command_sh(20, "%s --lab %s status --json | jq -r '%s'",
						 lab_bin("phonelab", bin), lab.name, filter);

	assert_int_equal(found.status, 0);
	snprintf(text, size, "%.*s", (int)strcspn(found.out, "\n"), found.out);
	command_free(&found);
	assert_true(*text && strcmp(text, "null"));
}

static void hostile_names_stay_text(void **state)
{
	char dhcp[64], tftp[64], cucm[64], here[400];
	struct command_result done;

	(void)state;
	assert_non_null(getcwd(here, sizeof(here)));
	address_of("[.services[] | select(.name == \"dhcp\")][0].address", dhcp, sizeof(dhcp));
	address_of("[.services[] | select(.name == \"tftp\")][0].address", tftp, sizeof(tftp));
	address_of(".cluster[0].address", cucm, sizeof(cucm));
	done = lab_exec(&lab, "tftp", "python3 %s/tests/support/hostile_device.py eth0 %s %s %s", here, dhcp,
			tftp, cucm);
	if (done.status)
		fail_msg("the hostile device: %s%s", done.out, done.err);
	command_free(&done);
	web_browse(&lab, "attack_page.py");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hostile_names_stay_text),
	    cmocka_unit_test(requests_of_100_megabytes),
	    cmocka_unit_test(ten_thousand_slow_connections),
	};

	return cmocka_run_group_tests_name("web attack", tests, begin, end);
}
