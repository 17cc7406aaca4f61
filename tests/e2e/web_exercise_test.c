/*
 * The web pages of an exercise and of a class. Headless Chromium takes an exercise to its mark, and reads every reply of the server
 * meanwhile: none has the fault or the answer. Then it views the board of a class over two labs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/web.h"

/* A trainee whose name is markup, with an escape sequence and a bidirectional override. */
#define TRAINEE "<img src=x onerror=owned=1>\033]0;x\a\xe2\x80\xae"

static const char topology[] = "vlans:\n  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"
			       "switches:\n  - {name: sw1, voice_vlan: 110}\n"
			       "servers:\n  - {name: dhcp, kind: dhcp}\n  - {name: tftp, kind: tftp}\n"
			       "cluster:\n  nodes: [{name: cucm}]\nphones:\n  - {model: 7841}\n";

static char bin[512];
static struct lab lab;
static pid_t server; /* of the board of a class; 0: none */

static int begin(void **state)
{
	(void)state;
	lab_bin("phonelab", bin);
	lab_begin(&lab, "webex");
	return 0;
}

/* After each test, also one that has failed. */
static int end(void **state)
{
	struct command_result done;

	(void)state;
	if (server > 0) {
		kill(server, SIGTERM);
		done = command_sh(60, "%s exercise class %s/class.yaml --down", bin, lab.dir);
		command_free(&done);
	}
	server = 0;
	lab_end(&lab);
	return 0;
}

/* Run sh in the scratch folder of the lab, with the program $p, the lab $lab and a name for a class, $class; what it prints
 * (free it). */
static char *in_folder(const char *script)
{
	struct command_result done = command_sh(200, "cd %s || exit 1\np=%s lab=%s class=wc-%d\n%s", lab.dir,
						bin, lab.name, (int)getpid(), script);
	char *out;

	if (done.status)
		fail_msg("%s: status %d: %s%s", script, done.status, done.out, done.err);
	out = strdup(done.out);
	command_free(&done);
	return out;
}

/* --- a lab with an exercise --- */

static void an_exercise_is_taken_to_its_mark(void **state)
{
	char results[400];
	char *out;

	(void)state;
	snprintf(results, sizeof(results), "%s/results.csv", lab.dir);
	setenv("PHONELAB_RESULTS", results, 1);
	setenv("PHONELAB_TRAINEE", TRAINEE, 1);
	lab.running = true;
	out = in_folder("$p exercise start two-desks --seed 7 --name $lab --web --trainee "
			"\"$PHONELAB_TRAINEE\" --csv results.csv");
	assert_non_null(strstr(out, "/#/exercise\n"));
	web_read_url(out);
	free(out);
	/* The address that was printed ends with the page. */
	*strchr(web_url, '#') = 0;
	web_browse(&lab, "exercise_page.py");
}

/* Hints and checks cost points: they need POST and the secret, which a page that only views does not have. */
static void a_lab_without_an_exercise_lists_them(void **state)
{
	char *out;

	(void)state;
	web_up(&lab, topology, "--pace fast");
	web_must_be(405, web_get("/hint", ""), "GET of a hint");
	web_must_be(405, web_get("/check?component=none&cause=nothing", ""), "GET of a check");
	web_must_be(404, web_get("/class.csv", ""), "the board of a class in a lab");
	web_must_be(404, web_get("/class.js", ""), "the page of a class in a lab");
	web_browse(&lab, "exercise_list_page.py");
	out = in_folder(
	    "$p --lab $lab web --view >view & pid=$!\n"
	    "for i in $(seq 100); do [ -s view ] && break; sleep 0.1; done\n"
	    "curl -s --noproxy '*' $(cat view) | grep -o 'name=\"secret\" content=\"[^\"]*\"'\n"
	    "for path in hint 'check?component=none&cause=nothing'; do curl -s --noproxy '*' -o /dev/null "
	    "-w '%{http_code} ' -H 'X-Phonelab-Secret: ' -X POST \"$(cat view)$path\"; done\n"
	    "kill $pid; wait $pid");
	assert_string_equal(out, "name=\"secret\" content=\"\"\n403 403 ");
	free(out);
}

/* --- a class --- */

/* The stream of the page begins with the board. */
static void gets_a_board(const char *target)
{
	char text[65536] = "", request[300];
	struct pollfd pfd = {.fd = web_connect(), .events = POLLIN};
	size_t used = 0;
	ssize_t n = 1;

	snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: %.*s\r\n\r\n", target,
		 (int)strcspn(web_url + 7, "/"), web_url + 7);
	assert_true(send(pfd.fd, request, strlen(request), MSG_NOSIGNAL) > 0);
	while (n > 0 && used < sizeof(text) - 1 && !strstr(text, "event: board") &&
	       poll(&pfd, 1, 20000 * PATIENCE) == 1) {
		n = recv(pfd.fd, text + used, sizeof(text) - 1 - used, 0);
		used += n > 0 ? (size_t)n : 0;
		text[used] = 0;
	}
	close(pfd.fd);
	if (!strstr(text, "event: board"))
		fail_msg("%s: no board in: %s", target, text);
}

static void a_class_has_a_live_board(void **state)
{
	char text[400];
	char *out;

	(void)state;
	snprintf(text, sizeof(text), "%s/class.yaml", lab.dir);
	setenv("PHONELAB_CLASS", text, 1);
	out = in_folder(
	    "printf 'name: %s\\nexercise: quiet-day\\nseed: 3\\ntrainees: [ann, ben]\\n' $class >class.yaml\n"
	    "$p exercise class class.yaml >/dev/null\n"
	    "$p web --class class.yaml >url 2>&1 & echo $!\n"
	    "for i in $(seq 100); do [ -s url ] && break; sleep 0.1; done; cat url");
	server = (pid_t)atoi(out);
	assert_true(server > 0);
	web_read_url(out);
	free(out);
	snprintf(text, sizeof(text), "%d", (int)server);
	setenv("PHONELAB_SERVER", text, 1);
	web_must_be(421, web_ask("GET /class.csv HTTP/1.1\r\nHost: evil.example\r\n\r\n"), "another host");
	web_must_be(403, web_get("/class.csv", "Origin: http://evil.example\r\n"), "another origin");
	web_must_be(404, web_get("/exercise", ""), "a path of a lab");
	web_must_be(404, web_get("/show?switch=sw1&command=version", ""), "another path of a lab");
	gets_a_board("/events");
	gets_a_board("/events?phone=SEP001122AABB01");
	web_browse(&lab, "class_page.py");
	assert_int_equal(kill(server, SIGTERM), 0);
	free(in_folder("$p exercise class class.yaml --down"));
}

static void a_class_that_is_not_valid_is_reported(void **state)
{
	struct command_result done =
	    command_sh(20,
		       "printf 'name: x\\ntrainees: [a]\\n' >/tmp/web-class-%d.yaml; %s web --class "
		       "/tmp/web-class-%d.yaml; s=$?; rm /tmp/web-class-%d.yaml; exit $s",
		       (int)getpid(), bin, (int)getpid(), (int)getpid());

	(void)state;
	assert_int_equal(done.status, 2);
	assert_non_null(strstr(done.err, "exercise"));
	assert_string_equal(done.out, "");
	command_free(&done);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(an_exercise_is_taken_to_its_mark, begin, end),
	    cmocka_unit_test_setup_teardown(a_lab_without_an_exercise_lists_them, begin, end),
	    cmocka_unit_test_setup_teardown(a_class_has_a_live_board, begin, end),
	    cmocka_unit_test_setup_teardown(a_class_that_is_not_valid_is_reported, begin, end),
	};

	return cmocka_run_group_tests_name("web_exercise", tests, NULL, NULL);
}
