/* The web server of a phone over HTTP, with curl as the client: pages, files, and the login of /CGI, which an
 * authentication server decides. Everything is on the loopback interface of the sandbox. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>

#include "cable/netns.h"
#include "phone-sim/core/models.h"
#include "phone-sim/driver/web.h"
#include "tests/support/sandbox.h"
#include "wire/phonexml.h"

#define PHONE	  "http://127.0.0.1"
#define AUTH_PORT 8081
#define EXECUTE	  PHONE WEB_EXECUTE
#define FORM	  "XML=<CiscoIPPhoneExecute><ExecuteItem URL=\"Key:Line1\"/></CiscoIPPhoneExecute>"

static struct bench {
	struct event_base *base;
	struct web *web;
	struct evhttp *server; /* the authentication server */
	struct phonexml_config config;
	bool open;
	char asked[300], executed[100];
	unsigned reports;
} bench;

static bool ask(void *arg, struct web_source *source)
{
	(void)arg;
	source->view = (struct phone_view){
	    .name = "SEP001122AABB01", .model = phone_model_find("8851"), .config = &bench.config};
	return bench.open;
}

static void report(void *arg)
{
	(void)arg;
	bench.reports++;
}

static void executed(void *arg, const char *uri)
{
	(void)arg;
	snprintf(bench.executed, sizeof(bench.executed), "%s", uri);
}

static int get(void *arg, struct download **download, struct download_order *order)
{
	struct fail fail = {0};

	(void)arg;
	order->base = bench.base;
	order->ns = -1;
	return download_start(download, order, &fail);
}

static void authenticate(struct evhttp_request *request, void *arg)
{
	struct evbuffer *out = evbuffer_new();

	(void)arg;
	snprintf(bench.asked, sizeof(bench.asked), "%s", evhttp_request_get_uri(request));
	evbuffer_add_printf(out,
			    strstr(bench.asked, "Password=se%20cret&") ? "AUTHORIZED\n" : "UNAUTHORIZED\n");
	evhttp_send_reply(request, HTTP_OK, "OK", out);
	evbuffer_free(out);
}

/* curl runs while the event loop does; the last line of what it prints is the status. */
static const char *curl(const char *const more[])
{
	static char text[8192];
	const char *argv[12] = {"curl", "-s", "-m", "20", "-w", "\n%{http_code}"};
	struct sandbox_child child;
	size_t n = 6, length = 0;

	while (*more)
		argv[n++] = *more++;
	assert_true(sandbox_spawn(&child, -1, argv));
	for (int status = -1, tries = 0; status == -1 && tries < 2000; tries++) {
		event_base_loop(bench.base, EVLOOP_NONBLOCK);
		status = sandbox_wait(&child, 5, text + length, sizeof(text) - length);
		length = strlen(text);
	}
	sandbox_end(&child);
	return text;
}

#define CURL(...) curl((const char *const[]){__VA_ARGS__, NULL})

static void has(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("no '%s': %s", what, text);
}

static int begin(void **state)
{
	const struct web_calls calls = {ask, executed, report, get, NULL};
	struct fail fail = {0};

	(void)state;
	memset(&bench, 0, sizeof(bench));
	bench.open = true;
	bench.base = event_base_new();
	phonexml_config_default(&bench.config);
	bench.server = evhttp_new(bench.base);
	evhttp_set_gencb(bench.server, authenticate, NULL);
	assert_int_equal(evhttp_bind_socket(bench.server, "127.0.0.1", AUTH_PORT), 0);
	if (web_open(&bench.web, bench.base, -1, &calls, &fail))
		fail_msg("%s", fail.text);
	return 0;
}

static int end(void **state)
{
	(void)state;
	web_close(bench.web);
	evhttp_free(bench.server);
	event_base_free(bench.base);
	return 0;
}

static void pages(void **state)
{
	(void)state;
	has(CURL(PHONE "/CGI/Java/Serviceability?adapter=device.statistics.device"), "<B>CP-8851</B>");
	has(CURL(PHONE "/nothing"), "\n404");
	has(CURL("-o", "/tmp/logo", PHONE "/FS/Logo.png"), "\n200");
	bench.open = false;
	has(CURL(PHONE "/"), "\n403");
	has(CURL("-d", FORM, EXECUTE), "\n403");
	has(CURL("-d", "", PHONE "/ProblemReport"), "\n403");
	assert_int_equal(bench.reports, 0);
}

/* Without an authenticationURL everybody may. */
static void no_login(void **state)
{
	(void)state;
	has(CURL("-d", FORM, EXECUTE), "Status=\"0\"");
	assert_string_equal(bench.executed, "Key:Line1");
	has(CURL(EXECUTE), "\n405");
	has(CURL("-o", "/tmp/screen", PHONE "/CGI/Screenshot"), "\n200");
	has(CURL(PHONE "/ConsoleLog"), "<FORM METHOD=\"post\" ACTION=\"/ProblemReport\">");
	has(CURL(PHONE "/ProblemReport"), "\n405");
	assert_int_equal(bench.reports, 0);
	has(CURL("-d", "", PHONE "/ProblemReport"), "\n200");
	assert_int_equal(bench.reports, 1);
	assert_string_equal(bench.asked, "");
}

static void login(void **state)
{
	(void)state;
	snprintf(bench.config.authentication_url, sizeof(bench.config.authentication_url),
		 "http://127.0.0.1:%d/auth", AUTH_PORT);
	has(CURL("-d", FORM, EXECUTE), "\n401");
	assert_string_equal(bench.asked, "");
	has(CURL("-u", "joe:wrong", "-d", FORM, EXECUTE), "\n401");
	assert_string_equal(bench.executed, "");
	has(CURL("-u", "joe:se cret", "-d", FORM, EXECUTE), "Status=\"0\"");
	assert_string_equal(bench.executed, "Key:Line1");
	assert_string_equal(bench.asked, "/auth?UserID=joe&Password=se%20cret&devicename=SEP001122AABB01");
	has(CURL("-o", "/tmp/screen", "-u", "joe:se cret", PHONE "/CGI/Screenshot"), "\n200");
	has(CURL("-H", "Authorization: Bearer x", PHONE "/CGI/Screenshot"), "\n401");
	/* A server that refuses connections allows nothing. */
	snprintf(bench.config.authentication_url, sizeof(bench.config.authentication_url),
		 "http://127.0.0.1:9/auth");
	has(CURL("-u", "joe:se cret", "-d", FORM, EXECUTE), "\n401");
}

static int tests_of_this_file(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(pages, begin, end),
	    cmocka_unit_test_setup_teardown(no_login, begin, end),
	    cmocka_unit_test_setup_teardown(login, begin, end),
	};
	struct fail fail = {0};

	if (netns_loopback_up(-1, &fail))
		fail_msg("%s", fail.text);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return sandbox_run(tests_of_this_file, 60);
}
