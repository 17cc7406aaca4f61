/*
 * The pages Servers, Faults and Runs of a lab, and the configuration lines of a switch. Raw requests attack the paths to logs and
 * evidence; headless Chromium drives the pages (tests/support/browser). The test compares the pages with the programs themselves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/web.h"

#define RUN "001-never-registered"

static const char topology[] = "vlans:\n  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"
			       "switches:\n  - {name: sw1, voice_vlan: 110}\n"
			       "servers:\n  - {name: dhcp, kind: dhcp}\n  - {name: tftp, kind: tftp}\n"
			       "cluster:\n  nodes: [{name: cucm}]\n"
			       "phones:\n  - {model: 7841}\n  - {model: 8845, count: 2}\n";

/* It fails as soon as a phone registers. */
static const char scenario[] = "name: never-registered\ntitle: No phone registers\ntopology: topology.yaml\n"
			       "timeout: 60s\nexpect:\n  - {never: {registered: yes}, for: 60s}\n";

static struct lab lab;
static char top[400]; /* the folder in which the test was started */

/* `phonelab test` leaves evidence in the folder in which the lab is started then. */
static int begin(void **state)
{
	char path[512], bin[512];
	struct command_result run;

	(void)state;
	assert_non_null(getcwd(top, sizeof(top)));
	lab_begin(&lab, "web-pages");
	lab_write(&lab, "topology.yaml", topology, path);
	lab_write(&lab, "scenario.yaml", scenario, path);
	run = command_sh(120, "cd %s && %s test scenario.yaml", lab.dir, lab_bin("phonelab", bin));
	if (run.status != 1)
		fail_msg("phonelab test: status %d: %s%s", run.status, run.out, run.err);
	command_free(&run);
	assert_int_equal(chdir(lab.dir), 0);
	web_up(&lab, topology, "");
	assert_int_equal(chdir(top), 0);
	setenv("PHONELAB_RUN", RUN, 1);
	return 0;
}

/* --- evidence --- */

static void evidence_is_an_origin_of_its_own(void **state)
{
	static const char *const headers[] = {
	    "Content-Security-Policy: sandbox; default-src 'none'", "X-Frame-Options: SAMEORIGIN",
	    "X-Content-Type-Options: nosniff", "Cross-Origin-Resource-Policy: same-origin",
	    "Content-Type: text/html"};
	char *reply = web_get("/evidence?run=" RUN "&file=index.html", "");

	(void)state;
	assert_int_equal(web_status_of(reply), 200);
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		if (!strstr(reply, headers[i]))
			fail_msg("no %s in %.1200s", headers[i], reply);
	assert_null(strstr(reply, "default-src 'self'"));
	assert_null(strstr(reply, "X-Frame-Options: DENY"));
	free(reply);
	reply = web_get("/evidence?run=" RUN "&file=capture.pcapng", "");
	assert_int_equal(web_status_of(reply), 200);
	assert_non_null(strstr(reply, "Content-Disposition: attachment"));
	free(reply);
	web_must_be(403, web_get("/evidence?run=" RUN "&file=index.html", "Origin: null\r\n"),
		    "evidence asked by a page of another origin");
}

/* A file or folder of evidence that leads elsewhere. */
static void plant(const char *line)
{
	struct command_result done = command_sh(10, "cd %s/phonelab-evidence && %s", lab.dir, line);

	assert_int_equal(done.status, 0);
	command_free(&done);
}

static void evidence_stays_in_its_folder(void **state)
{
	static const char *const bad[] = {"/evidence",
					  "/evidence?run=" RUN,
					  "/evidence?run=..&file=index.html",
					  "/evidence?run=" RUN "/..&file=index.html",
					  "/evidence?run=" RUN "%2f..%2f" RUN "&file=index.html",
					  "/evidence?run=" RUN "&file=../topology.yaml",
					  "/evidence?run=" RUN "&file=%2e%2e%2ftopology.yaml",
					  "/evidence?run=" RUN "&file=/etc/passwd",
					  "/evidence?run=" RUN "&file=cucm/cucm/cucm.sqlite",
					  "/evidence?run=-x&file=index.html"};
	static const char *const gone[] = {
	    "/evidence?run=002&file=index.html",	"/evidence?run=away&file=result.json",
	    "/evidence?run=linked&file=index.html",	"/evidence?run=linked&file=events.jsonl",
	    "/evidence?run=linked&file=capture.pcapng", "/evidence?run=linked&file=status.json"};
	char *reply;

	(void)state;
	plant("ln -s /etc away && mkdir linked && ln -s /etc/passwd linked/index.html && "
	      "ln -s ../../topology.yaml linked/events.jsonl && mkfifo linked/capture.pcapng && mkdir "
	      "linked/status.json && ln -s ../" RUN "/result.json linked/result.json");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		web_must_be(400, web_get(bad[i], ""), bad[i]);
	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		web_must_be(404, web_get(gone[i], ""), gone[i]);
	reply = web_get("/runs", "");
	assert_int_equal(web_status_of(reply), 200);
	assert_non_null(strstr(reply, "\"run\":\"" RUN "\""));
	assert_null(strstr(reply, "linked"));
	assert_null(strstr(reply, "away"));
	free(reply);
	plant("rm -r away linked");
}

/* --- logs --- */

/* The beginning of the stream that follows these files. */
static void follow(const char *files, char *text, size_t size)
{
	char request[300];
	size_t used = 0;
	int fd = web_connect();
	ssize_t n;

	snprintf(request, sizeof(request), "GET /follow?files=%s HTTP/1.1\r\nHost: %.*s\r\n\r\n", files,
		 (int)strcspn(web_url + 7, "/"), web_url + 7);
	assert_true(send(fd, request, strlen(request), MSG_NOSIGNAL) > 0);
	*text = 0;
	while (!strstr(text, "\n\n") && used < size - 1 &&
	       (n = recv(fd, text + used, size - 1 - used, 0)) > 0)
		text[used += (size_t)n] = 0;
	close(fd);
}

static void only_logs_and_leases_are_followed(void **state)
{
	static const char *const bad[] = {
	    "/follow",
	    "/follow?files=events.jsonl",
	    "/follow?files=log/../events.jsonl",
	    "/follow?files=../leases",
	    "/follow?files=keys/signer.key",
	    "/follow?files=log/",
	    "/follow?files=/etc/passwd",
	    "/follow?files=log/a/b",
	    "/follow?files=log/tftp.log,log/-x",
	    "/follow?files=log/a,log/b,log/c,log/d,log/e,log/f,log/g,log/h,log/i"};
	struct command_result done;
	char text[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		web_must_be(400, web_get(bad[i], ""), bad[i]);
	follow("log/tftp.log", text, sizeof(text));
	assert_non_null(strstr(text, "dnsmasq"));
	/* A program of the lab, which is root there, leads a log out of the lab. */
	done = lab_exec(&lab, "tftp",
			"ln -s /etc/passwd /run/phonelab/log/out.log; mkfifo /run/phonelab/log/fifo.log");
	assert_int_equal(done.status, 0);
	command_free(&done);
	follow("log/out.log", text, sizeof(text));
	assert_non_null(strstr(text, "\"missing\":true"));
	follow("log/fifo.log", text, sizeof(text));
	assert_non_null(strstr(text, "\"missing\":true"));
}

/* Streams beyond the limit are refused, and the others stay. */
static void many_streams_keep_nobody_out(void **state)
{
	int fds[20];
	char request[200], *reply;

	(void)state;
	snprintf(request, sizeof(request), "GET /follow?files=log/tftp.log HTTP/1.1\r\nHost: %.*s\r\n\r\n",
		 (int)strcspn(web_url + 7, "/"), web_url + 7);
	for (int i = 0; i < 20; i++) {
		char first[32] = "";

		fds[i] = web_connect();
		assert_true(send(fds[i], request, strlen(request), MSG_NOSIGNAL) > 0);
		assert_true(recv(fds[i], first, sizeof(first) - 1, 0) > 0);
		assert_int_equal(web_status_of(first), i < 16 ? 200 : 503);
	}
	reply = web_get("/style.css", "");
	assert_int_equal(web_status_of(reply), 200);
	free(reply);
	for (int i = 0; i < 20; i++)
		close(fds[i]);
}

/* --- changes --- */

static void changes_need_the_secret(void **state)
{
	static const char *const targets[] = {"/program/stop?program=dhcp", "/configure?switch=sw1",
					      "/fault/add?id=dhcp-stopped", "/fault/clear?number=all",
					      "/fault/boot?id=dhcp-stopped"};

	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		web_must_be(403,
			    web_ask("POST %s HTTP/1.1\r\nHost: %.*s\r\nContent-Length: 0\r\n\r\n", targets[i],
				    (int)strcspn(web_url + 7, "/"), web_url + 7),
			    targets[i]);
		web_must_be(405, web_get(targets[i], ""), targets[i]);
	}
}

/* The secret of the page. */
static void read_secret(char secret[40])
{
	char *page = web_get("/", "");
	const char *at = strstr(page, "name=\"secret\" content=\"");

	assert_non_null(at);
	snprintf(secret, 40, "%.32s", at + strlen("name=\"secret\" content=\""));
	free(page);
}

static char *post(const char *target, const char *secret, const char *body)
{
	return web_ask(
	    "POST %s HTTP/1.1\r\nHost: %.*s\r\nX-Phonelab-Secret: %s\r\nContent-Length: %zu\r\n\r\n%s",
	    target, (int)strcspn(web_url + 7, "/"), web_url + 7, secret, strlen(body), body);
}

/* What is no name, no fault of the catalogue and no configuration line never reaches a command. */
static void parameters_are_checked(void **state)
{
	static const char *const bad[] = {"/program/stop?program=../lab",
					  "/program/stop?program=-x",
					  "/fault/add?id=/etc/passwd",
					  "/fault/add?id=x.yaml",
					  "/fault/add?id=--all",
					  "/fault/clear?number=-1",
					  "/fault/add?id=no-voice-vlan&phone=x",
					  "/fault/add?id=no-voice-vlan&port=--all",
					  "/fault/add?id=no-voice-vlan&for=1y",
					  "/fault/add?id=no-voice-vlan&count=-1",
					  "/fault/add?id=dhcp-stopped&service=a%20b",
					  "/configure?switch=sw1",
					  "/configure?switch=../lab"};
	char secret[40], large[9000];

	(void)state;
	read_secret(secret);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		web_must_be(400, post(bad[i], secret, ""), bad[i]);
	web_must_be(400, post("/configure?switch=sw1", secret, "vlan 7\n\x1b[2J\n"), "a control character");
	web_must_be(400, post("/configure?switch=sw1", secret, "vlan 7"), "a line without its end");
	memset(large, 'x', sizeof(large));
	large[sizeof(large) - 1] = 0;
	web_must_be_refused(
	    web_ask("POST /configure?switch=sw1 HTTP/1.1\r\nHost: %.*s\r\nX-Phonelab-Secret: %s\r\n"
		    "Content-Length: %zu\r\n\r\n",
		    (int)strcspn(web_url + 7, "/"), web_url + 7, secret, strlen(large)),
	    "a body of 9 KB");
}

/* --- the browser --- */

/* While nobody views a log, none is read or watched: the process has no inotify descriptor. */
static void nothing_is_followed_at_the_end(void **state)
{
	struct command_result found =
	    command_sh(30,
		       "pid=$(pgrep -f -- '--lab %s web$') || exit 2; for i in $(seq 100); do "
		       "ls -l /proc/$pid/fd | grep -q inotify || exit 0; sleep 0.1; done; exit 1",
		       lab.name);

	(void)state;
	assert_int_equal(found.status, 0);
	command_free(&found);
}

static void chromium_drives_the_pages(void **state)
{
	(void)state;
	web_browse(&lab, "web_pages.py");
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

/* --- an exercise --- */

static int begin_exercise(void **state)
{
	char bin[512];
	struct command_result done;

	(void)state;
	lab_begin(&lab, "web-exercise");
	lab.running = true;
	done = command_sh(120,
			  "%s exercise start no-address --seed 7 --name %s >/dev/null && "
			  "{ %s --lab %s web >%s/url & } && "
			  "for i in $(seq 100); do [ -s %s/url ] && break; sleep 0.1; done; cat %s/url",
			  lab_bin("phonelab", bin), lab.name, bin, lab.name, lab.dir, lab.dir, lab.dir);
	web_read_url(done.out);
	command_free(&done);
	return 0;
}

static void an_exercise_shows_no_fault(void **state)
{
	static const char *const asked[] = {"/fault/list", "/fault/active", "/fault/proof?id=dhcp-stopped"};
	static const char *const done[] = {"/fault/add?id=dhcp-stopped", "/fault/clear?number=all",
					   "/fault/boot?id=dhcp-stopped"};
	char secret[40];

	(void)state;
	read_secret(secret);
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
		web_must_be(403, web_get(asked[i], ""), asked[i]);
	for (size_t i = 0; i < sizeof(done) / sizeof(done[0]); i++)
		web_must_be(403, post(done[i], secret, ""), done[i]);
	web_browse(&lab, "web_exercise.py");
}

int main(void)
{
	const struct CMUnitTest pages[] = {
	    cmocka_unit_test(evidence_is_an_origin_of_its_own),
	    cmocka_unit_test(evidence_stays_in_its_folder),
	    cmocka_unit_test(only_logs_and_leases_are_followed),
	    cmocka_unit_test(many_streams_keep_nobody_out),
	    cmocka_unit_test(changes_need_the_secret),
	    cmocka_unit_test(parameters_are_checked),
	    cmocka_unit_test(chromium_drives_the_pages),
	    cmocka_unit_test(nothing_is_followed_at_the_end),
	};
	const struct CMUnitTest exercise[] = {cmocka_unit_test(an_exercise_shows_no_fault)};
	int failed = cmocka_run_group_tests_name("web pages", pages, begin, end);

	return failed + cmocka_run_group_tests_name("web exercise", exercise, begin_exercise, end);
}
