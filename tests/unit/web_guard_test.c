/* Which requests the web page answers: Host, Origin, token, secret and the table of paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "phonelab/web/files.h"
#include "phonelab/web/guard.h"
#include "phonelab/web/listen.h"
#include "phonelab/web/peer.h"

#define TOKEN  "00112233445566778899aabbccddeeff"
#define SECRET "ffeeddccbbaa99887766554433221100"
#define OWN    "127.0.0.1:8080"

static const struct web_guard local = {.port = 8080, .address = "127.0.0.1", .secret = SECRET};

static int check(const struct web_guard *guard, const struct web_request *request)
{
	const struct web_path *path;
	const char *query;

	return web_guard_check(guard, request, &path, &query);
}

static int get(const struct web_guard *guard, const char *target)
{
	return check(guard, &(struct web_request){.target = target, .host = OWN});
}

static void test_paths(void **state)
{
	static const char *const unknown[] = {
	    "/../etc/passwd",	       "/%2e%2e/etc/passwd", "//",	    "/.",	"/style.css/",
	    "/style.css%00",	       "/STYLE.CSS",	     "/index.html", "/events/", "/main.js;x=1",
	    "/configuration/../events"};
	const struct web_request request = {.target = "/show?switch=sw1&command=version", .host = OWN};
	const struct web_path *path;
	const char *query;

	(void)state;
	assert_int_equal(get(&local, "/"), 200);
	assert_int_equal(get(&local, "/style.css"), 200);
	assert_int_equal(get(&local, "/style.css?x"), 200);
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		if (get(&local, unknown[i]) != 404)
			fail_msg("%s is not 404", unknown[i]);
	assert_int_equal(get(&local, "style.css"), 400);
	assert_int_equal(get(&local, "http://127.0.0.1:8080/"), 400);
	assert_int_equal(get(&local, ""), 400);
	assert_int_equal(get(&local, NULL), 400);
	assert_int_equal(web_guard_check(&local, &request, &path, &query), 200);
	assert_int_equal(path->route, WEB_ROUTE_SHOW);
	assert_string_equal(query, "switch=sw1&command=version");
}

static void test_long_target(void **state)
{
	char target[WEB_TARGET + 1];

	(void)state;
	memset(target, 'x', WEB_TARGET);
	memcpy(target, "/?", 2);
	target[WEB_TARGET] = 0;
	assert_int_equal(get(&local, target), 400);
	target[WEB_TARGET - 1] = 0;
	assert_int_equal(get(&local, target), 200);
}

static void test_host(void **state)
{
	static const struct {
		const char *listen, *host;
		int status;
	} cases[] = {
	    {"127.0.0.1", OWN, 200},
	    {"127.0.0.1", "localhost:8080", 200},
	    {"127.0.0.1", "127.0.0.1", 421},
	    {"127.0.0.1", "127.0.0.1:80", 421},
	    {"127.0.0.1", "127.0.0.1:8080:8080", 421},
	    {"127.0.0.1", "evil.example:8080", 421},
	    {"127.0.0.1", "127.0.0.1.evil.example:8080", 421},
	    {"127.0.0.1", "localhost.evil.example:8080", 421},
	    {"127.0.0.1", "10.0.0.7:8080", 421},
	    {"127.0.0.1", "", 421},
	    {"127.0.0.1", NULL, 421},
	    {"10.0.0.7", "10.0.0.7:8080", 200},
	    {"10.0.0.7", "localhost:8080", 421},
	    {"10.0.0.7", OWN, 421},
	    {"0.0.0.0", "10.0.0.7:8080", 200},
	    {"0.0.0.0", OWN, 200},
	    {"0.0.0.0", "evil.example:8080", 421},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct web_guard guard = {.port = 8080, .secret = SECRET};

		strcpy(guard.address, cases[i].listen);
		if (check(&guard, &(struct web_request){.target = "/", .host = cases[i].host}) !=
		    cases[i].status)
			fail_msg("case %zu", i);
	}
}

/* Behind a port that somebody else publishes and does not report: any port, but no other name. */
static void test_host_with_any_port(void **state)
{
	static const struct {
		const char *host;
		int status;
	} cases[] = {
	    {"127.0.0.1:1", 200},     {"localhost:65535", 200},
	    {"127.0.0.1", 200},	      {"evil.example:8080", 421},
	    {"127.0.0.2:8080", 421},  {"127.0.0.1:", 421},
	    {"127.0.0.1:8080x", 421}, {"127.0.0.1:123456", 421},
	    {"127.0.0.1:80:80", 421}, {"127.0.0.1:evil.example", 421},
	};
	const struct web_guard guard = {.port = 0, .address = "127.0.0.1", .secret = SECRET};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (check(&guard, &(struct web_request){.target = "/", .host = cases[i].host}) !=
		    cases[i].status)
			fail_msg("%s", cases[i].host);
}

static void test_public_address(void **state)
{
	static const char *const wrong[] = {"",
					    "127.0.0.1",
					    "127.0.0.1:",
					    ":80",
					    "localhost:80",
					    "127.0.0.1:65536",
					    "127.0.0.1:x",
					    "127.0.0.1:80:",
					    "127.0.0.1:-1",
					    "127.0.0.1: 80",
					    "1.2.3:80",
					    "127.0.0.1:000080",
					    "127.127.127.127.1:80"};
	char address[WEB_ADDRESS] = "";
	struct fail fail = {0};
	uint16_t port = 1;

	(void)state;
	assert_int_equal(web_read_address("255.255.255.255:65535", address, &port, &fail), 0);
	assert_string_equal(address, "255.255.255.255");
	assert_int_equal(port, 65535);
	assert_int_equal(web_read_address("127.0.0.1:0", address, &port, &fail), 0);
	assert_int_equal(port, 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (web_read_address(wrong[i], address, &port, &fail) != -EINVAL ||
		    !strstr(fail.text, "expected an IPv4 address and a port"))
			fail_msg("%s", wrong[i]);
	assert_string_equal(address, "127.0.0.1"); /* unchanged by those that are wrong */
}

/* A page of another origin sees nothing and changes nothing; a link on it opens the page. */
static void test_origin(void **state)
{
	static const struct {
		const char *target, *origin, *site;
		int status;
	} cases[] = {
	    {"/", NULL, NULL, 200},
	    {"/", "http://" OWN, "same-origin", 200},
	    {"/", NULL, "none", 200},
	    {"/", NULL, "cross-site", 200},
	    {"/", "http://evil.example", "cross-site", 403},
	    {"/", "null", NULL, 403},
	    {"/events", NULL, "same-origin", 200},
	    {"/events", NULL, "cross-site", 403},
	    {"/events", NULL, "same-site", 403},
	    {"/events", "http://127.0.0.1:8081", NULL, 403},
	    {"/events", "https://" OWN, NULL, 403},
	    {"/events", "http://localhost:8080", NULL, 403}, /* with Host 127.0.0.1:8080 */
	    {"/main.js", NULL, "cross-site", 403},
	    /* From a sandboxed frame of our page; the key of the target is checked later. */
	    {"/phone-page?key=x", "null", "cross-site", 200},
	    {"/phone-page?key=x", NULL, "cross-site", 200},
	    {"/phone-page?key=x", "http://evil.example", "cross-site", 403},
	    {"/sequence", "null", "cross-site", 403},
	    {"/capture", NULL, "cross-site", 403},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (check(&local, &(struct web_request){.target = cases[i].target,
							.host = OWN,
							.origin = cases[i].origin,
							.site = cases[i].site}) != cases[i].status)
			fail_msg("case %zu", i);
}

static void test_changes_need_the_secret(void **state)
{
	struct web_request request = {
	    .post = true, .target = "/reset?phone=SEP001122AABB01", .host = OWN, .origin = "http://" OWN};
	const struct web_guard view = {.port = 8080, .address = "127.0.0.1"};

	(void)state;
	assert_int_equal(check(&local, &request), 403);
	request.secret = "";
	assert_int_equal(check(&local, &request), 403);
	assert_int_equal(check(&view, &request), 403);
	request.secret = TOKEN;
	assert_int_equal(check(&local, &request), 403);
	request.secret = SECRET "0";
	assert_int_equal(check(&local, &request), 403);
	request.secret = SECRET;
	assert_int_equal(check(&local, &request), 200);
	assert_int_equal(check(&view, &request), 403);
	request.origin = "http://evil.example";
	assert_int_equal(check(&local, &request), 403);
	request = (struct web_request){.target = "/reset", .host = OWN, .secret = SECRET};
	assert_int_equal(check(&local, &request), 405);
	request = (struct web_request){.post = true, .target = "/style.css", .host = OWN, .secret = SECRET};
	assert_int_equal(check(&local, &request), 405);
}

static void test_token(void **state)
{
	static const struct web_guard far = {
	    .port = 8080, .address = "127.0.0.1", .token = TOKEN, .secret = SECRET};

	(void)state;
	assert_int_equal(get(&far, "/"), 404);
	assert_int_equal(get(&far, "/style.css"), 404);
	assert_int_equal(get(&far, "/" TOKEN), 404);
	assert_int_equal(get(&far, "/" TOKEN "/"), 200);
	assert_int_equal(get(&far, "/" TOKEN "/style.css"), 200);
	assert_int_equal(get(&far, "/" TOKEN "x/style.css"), 404);
	assert_int_equal(get(&far, "/" SECRET "/style.css"), 404);
	assert_int_equal(get(&far, "/" TOKEN "/" TOKEN "/"), 404);
	assert_int_equal(get(&far, "/?" TOKEN "/"), 404);
}

/* Each path of a file has a file. */
static void test_files(void **state)
{
	static const char *const scripts[] = {"/main.js",   "/dom.js",	 "/model.js",  "/lab.js",
					      "/switch.js", "/phone.js", "/display.js"};
	const struct web_file *page = web_file_find("/");

	(void)state;
	assert_null(web_file_find("/x"));
	assert_non_null(memmem(page->bytes, (size_t)(page->end - page->bytes), "@SECRET@", 8));
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		const struct web_file *file = web_file_find(scripts[i]);

		assert_non_null(file);
		assert_int_equal(get(&local, scripts[i]), 200);
		assert_true(file->end > file->bytes && !*file->end);
		/* What would make markup of a text. */
		assert_null(strstr(file->bytes, "innerHTML"));
		assert_null(strstr(file->bytes, "insertAdjacent"));
		assert_null(strstr(file->bytes, "document.write"));
		assert_null(strstr(file->bytes, "eval("));
	}
}

/* Rows of /proc/net/tcp, with %08X for 127.0.0.1: a listener, a client of user 1001, the server's end of it, a client that has
 * closed, and a client with an IPv6 socket. */
static const char table[] =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: %08X:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1 0\n"
    "   1: %08X:9C40 %08X:1F90 01 00000000:00000000 00:00000000 00000000  1001        0 2 1 0\n"
    "   2: %08X:1F90 %08X:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 3 1 0\n"
    "   3: %08X:9C42 %08X:1F90 05 00000000:00000000 00:00000000 00000000     0        0 0 1 0\n"
    "   4: 0000000000000000FFFF0000%08X:9C43 0000000000000000FFFF0000%08X:1F90 01 00000000:00000000 "
    "00:00000000 "
    "00000000  1002        0 4 1 0\n";

static bool finds(uint16_t port, uid_t *uid)
{
	const unsigned at = htonl(INADDR_LOOPBACK);
	char text[sizeof(table) + 80];
	bool found;
	FILE *in;

	snprintf(text, sizeof(text), table, at, at, at, at, at, at, at, at, at);
	in = fmemopen(text, strlen(text), "r");
	found = web_peer_find(in, port, 8080, uid);
	fclose(in);
	return found;
}

static void test_peer(void **state)
{
	uid_t uid = 0;

	(void)state;
	assert_true(finds(40000, &uid));
	assert_int_equal(uid, 1001);
	assert_false(finds(40001, &uid));
	assert_false(finds(40002, &uid));
	assert_true(finds(40003, &uid));
	assert_int_equal(uid, 1002);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_paths),
	    cmocka_unit_test(test_long_target),
	    cmocka_unit_test(test_host),
	    cmocka_unit_test(test_origin),
	    cmocka_unit_test(test_token),
	    cmocka_unit_test(test_changes_need_the_secret),
	    cmocka_unit_test(test_files),
	    cmocka_unit_test(test_peer),
	    cmocka_unit_test(test_host_with_any_port),
	    cmocka_unit_test(test_public_address),
	};

	return cmocka_run_group_tests_name("web_guard", tests, NULL, NULL);
}
