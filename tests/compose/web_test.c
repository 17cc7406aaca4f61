/*
 * The page of a lab of containers: through the port that the service `web` publishes, and from the host through
 * `phonelab web`. One lab, A, carries all tests in their order. Raw requests and headless Chromium are the viewers; docker
 * inspect tells which container has a network.
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
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/compose.h"
#include "tests/support/lab.h"
#include "tests/support/web.h"

#define PHONES 8
#define THREE  "SEP001122AABB03"
#define FOUR   "SEP001122AABB04"
#define SLOW   200

static char base[80];	/* what the address has behind the port: "/TOKEN/", or "/" */
static char secret[40]; /* of the page */

/* A port that is free now. */
static int free_port(void)
{
	struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof(own);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&own, sizeof(own)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&own, &size), 0);
	close(fd);
	return ntohs(own.sin_port);
}

/* Take the address, and the secret that is in the page. */
static void open_page(const char *output)
{
	char *page, *at;

	web_read_url(output);
	snprintf(base, sizeof(base), "%s", strchr(web_url + strlen("http://"), '/'));
	page = web_get(base, "");
	if (web_status_of(page) != 200)
		fail_msg("%s", page);
	at = strstr(page, "name=\"secret\" content=\"");
	assert_non_null(at);
	snprintf(secret, sizeof(secret), "%.32s", at + strlen("name=\"secret\" content=\""));
	assert_int_equal(strspn(secret, "0123456789abcdef"), 32);
	for (int i = 1; i <= PHONES; i++) {
		char name[20];

		snprintf(name, sizeof(name), "SEP001122AABB%02X", (unsigned)i);
		if (!strstr(page, name))
			fail_msg("%s is not in the page", name);
	}
	free(page);
}

/* GET or POST of a path behind the token; the reply. */
static char *ask(const char *method, const char *path)
{
	return web_ask("%s %s%s HTTP/1.1\r\nHost: %.*s\r\nX-Phonelab-Secret: %s\r\nContent-Length: 0\r\n\r\n",
		       method, base, path, (int)strcspn(web_url + 7, "/"), web_url + 7, secret);
}

/* Connections that send nothing, and a request that is too large, keep nobody out. */
static void attack(void)
{
	static const char head[] = "POST / HTTP/1.1\r\nContent-Length: 104857600\r\n\r\n";
	static const char body[1 << 20];
	int slow[SLOW], fd = web_connect(), sent = 0, status = 0;

	assert_true(send(fd, head, strlen(head), MSG_NOSIGNAL) > 0);
	while (sent < 100 && send(fd, body, sizeof(body), MSG_NOSIGNAL) > 0)
		sent++;
	assert_true(sent < 100);
	close(fd);
	for (size_t i = 0; i < SLOW; i++)
		slow[i] = web_connect();
	/* Docker's proxy reorders connections: this one may be among those that give way. */
	for (int tries = 1; status != 200 && tries <= 10; tries++) {
		char *reply = ask("GET", "style.css");

		status = web_status_of(reply);
		free(reply);
	}
	for (size_t i = 0; i < SLOW; i++)
		close(slow[i]);
	assert_int_equal(status, 200);
}

/* --- the stream of events --- */

static char seen[1 << 20]; /* of the stream */
static size_t seen_length;

static int open_stream(const char *phone)
{
	char request[300];
	int fd = web_connect();

	seen_length = 0;
	snprintf(request, sizeof(request), "GET %sevents?phone=%s HTTP/1.1\r\nHost: %.*s\r\n\r\n", base,
		 phone, (int)strcspn(web_url + 7, "/"), web_url + 7);
	assert_true(send(fd, request, strlen(request), MSG_NOSIGNAL) > 0);
	return fd;
}

/* Read until the text has come, from the place `from` of the stream on; the place behind it. */
static size_t wait_for(int fd, const char *text, size_t from)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	time_t limit = time(NULL) + 60 * PATIENCE;
	const char *at;
	ssize_t n;

	while (!(at = strstr(seen + from, text))) {
		if (time(NULL) >= limit || poll(&pfd, 1, 60000 * PATIENCE) != 1)
			fail_msg("%s has not come after: %s", text, seen + from);
		n = read(fd, seen + seen_length, sizeof(seen) - 1 - seen_length);
		if (n <= 0)
			fail_msg("the stream has ended before %s: %s", text, seen + from);
		seen_length += (size_t)n;
		seen[seen_length] = 0;
	}
	return (size_t)(at - seen) + strlen(text);
}

/* A phone is reset by its page: the viewer receives its steps, one after the other, and that it is registered. */
static void see_a_reset(const char *phone)
{
	static const char *const events[] = {"\"step.done\"", "\"dhcp.ack\"", "\"phone.registered\""};
	char path[60];
	int fd = open_stream(phone);
	size_t at = wait_for(fd, "event: board", 0);

	at = wait_for(fd, "\n\n", at);
	at = wait_for(fd, "event: events", at); /* what has happened so far */
	at = wait_for(fd, "\n\n", at);
	snprintf(path, sizeof(path), "reset?phone=%s", phone);
	web_must_be(200, ask("POST", path), path);
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		at = wait_for(fd, events[i], at);
	close(fd);
	json_decref(compose_registered(now.a, PHONES, NULL, 60));
}

/* --- the service web --- */

static void the_log_has_the_address_and_the_ladder(void **state)
{
	char port[16], *text;

	(void)state;
	compose_need();
	snprintf(port, sizeof(port), "%d", free_port());
	setenv("WEB_PORT", port, 1);
	free(compose(now.a, "up -d"));
	compose_healthy(now.a);
	json_decref(compose_registered(now.a, PHONES, NULL, 60));
	text = compose(now.a, "logs --no-color web");
	open_page(text);
	free(text);
	assert_int_equal(atoi(web_url + strlen("http://127.0.0.1:")), atoi(port));
	assert_int_equal(strspn(base + 1, "0123456789abcdef"), 32);
	/* `docker compose up` shows the phones. */
	text = compose(now.a, "logs --no-color phones");
	for (int i = 1; i <= PHONES; i++) {
		char name[20];

		snprintf(name, sizeof(name), "SEP001122AABB%02X", (unsigned)i);
		assert_true(LINES_WITH(text, name, "dhcp") >= 1);
		assert_true(LINES_WITH(text, name, "register") >= 1);
	}
	free(text);
}

/* Without the token there is nothing, and by another name not even with it. */
static void only_the_whole_address_opens_the_page(void **state)
{
	static const char *const hosts[] = {"evil.example", "127.0.0.1.evil.example", "10.0.0.1", "[::1]"};
	const int port = atoi(web_url + strlen("http://127.0.0.1:"));
	char other[80], *text;

	(void)state;
	compose_need();
	web_must_be(404, web_get("/", ""), "no token");
	web_must_be(404, web_get("/style.css", ""), "a file without the token");
	snprintf(other, sizeof(other), "/%032d/", 0);
	web_must_be(404, web_get(other, ""), "a wrong token");
	web_must_be(200, ask("GET", "style.css"), "a file");
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		web_must_be(421, web_ask("GET %s HTTP/1.1\r\nHost: %s:%d\r\n\r\n", base, hosts[i], port),
			    hosts[i]);
	web_must_be(421, web_ask("GET %s HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n", base), "the port inside");
	web_must_be(403, web_get(base, "Origin: http://evil.example\r\n"), "a foreign origin");
	web_must_be(403,
		    web_ask("POST %sreset?phone=" THREE
			    " HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: 0\r\n\r\n",
			    base, port),
		    "a change without the secret");
	/* By the address of the container. */
	text =
	    compose_sh(0,
		       "c=$(docker ps -q --filter label=com.docker.compose.project=%s --filter "
		       "label=com.docker.compose.service=web); a=$(docker inspect -f '{{range "
		       ".NetworkSettings.Networks}}{{.IPAddress}}{{end}}' $c); curl -s -o /dev/null -m 10 -w "
		       "'%%{http_code}' http://$a:8080%s",
		       now.a, base);
	assert_string_equal(text, "421");
	free(text);
	attack();
}

/* The container of the page has a network, one published port, and nothing else that the others have not. */
static void only_the_page_has_a_network(void **state)
{
	char *text;

	(void)state;
	compose_need();
	text = compose_sh(
	    0,
	    "docker inspect -f '{{index .Config.Labels \"com.docker.compose.service\"}} "
	    "{{.HostConfig.NetworkMode}} {{json .HostConfig.PortBindings}}' $(docker ps -q --filter "
	    "label=com.docker.compose.project=%s)",
	    now.a);
	assert_int_equal(LINES_WITH(text, " none {}"), 9);
	assert_int_equal(LINES_WITH(text, "web ", "_page", "\"HostIp\":\"127.0.0.1\""), 1);
	assert_int_equal(LINES_WITH(text, ""), 10);
	free(text);
	text =
	    compose_sh(0,
		       "docker inspect -f '{{.HostConfig.CapAdd}} {{.HostConfig.CapDrop}} "
		       "{{.HostConfig.ReadonlyRootfs}} "
		       "{{.Config.User}} {{range .Mounts}}{{.Type}} {{.Destination}} {{.RW}};{{end}}' "
		       "$(docker ps -q --filter "
		       "label=com.docker.compose.project=%s --filter label=com.docker.compose.service=web)",
		       now.a);
	assert_string_equal(text, "[] [ALL] true phonelab volume /run/phonelab true;\n");
	free(text);
	/* It does not reach the outside. */
	text = compose_sh(
	    -1,
	    COMPOSE " exec -T web bash -c 'timeout 2 bash -c \"exec 3<>/dev/tcp/1.1.1.1/80\" && echo out; "
		    "touch /usr/x; grep Cap /proc/self/status' 2>&1",
	    now.a, now.command);
	assert_null(strstr(text, "out\n"));
	assert_non_null(strstr(text, "Read-only file system"));
	assert_int_equal(LINES_WITH(text, "Cap", "0000000000000000"), 5);
	free(text);
}

static void the_page_follows_a_reset(void **state)
{
	(void)state;
	compose_need();
	see_a_reset(THREE);
}

/* What the page asks the lab in other ways than by events. */
static void the_page_asks_the_lab(void **state)
{
	char *text;

	(void)state;
	compose_need();
	text = ask("GET", "show?switch=sw1&command=cdp+neighbors");
	assert_non_null(strstr(text, "Total cdp entries displayed : 8"));
	free(text);
	text = ask("GET", "configuration?phone=" THREE);
	assert_non_null(strstr(text, "\"file\":\"" THREE ".cnf.xml"));
	free(text);
	text = ask("POST", "why?phone=" THREE);
	assert_non_null(strstr(text, "\"status\":0"));
	free(text);
}

static void a_browser_opens_the_page(void **state)
{
	struct lab lab = {0};

	(void)state;
	compose_need();
	snprintf(lab.name, sizeof(lab.name), "%s", now.a);
	web_browse(&lab, "web_compose.py");
}

/* --- phonelab web on the host --- */

static pid_t page;	  /* the process */
static int page_out = -1; /* what it prints */

/* Read what it prints until the text has come. */
static void page_prints(const char *text, char *printed, size_t size)
{
	struct pollfd pfd = {.fd = page_out, .events = POLLIN};
	size_t used = 0;
	ssize_t n;

	*printed = 0;
	while (!strstr(printed, text)) {
		if (poll(&pfd, 1, 60000 * PATIENCE) != 1)
			fail_msg("phonelab web has not printed %s, but: %s", text, printed);
		n = read(page_out, printed + used, size - 1 - used);
		if (n <= 0)
			fail_msg("phonelab web has ended: %s", printed);
		used += (size_t)n;
		printed[used] = 0;
	}
}

static void the_host_serves_the_page(void **state)
{
	char bin[512], printed[2000];
	int pipes[2];

	(void)state;
	compose_need();
	lab_bin("phonelab", bin);
	assert_int_equal(pipe(pipes), 0);
	page = fork();
	if (!page) {
		dup2(pipes[1], STDOUT_FILENO);
		dup2(pipes[1], STDERR_FILENO);
		close(pipes[0]);
		close(pipes[1]);
		execl(bin, "phonelab", "web", now.a, NULL);
		_exit(127);
	}
	close(pipes[1]);
	page_out = pipes[0];
	page_prints("/\n", printed, sizeof(printed));
	open_page(printed);
	assert_string_equal(base, "/"); /* the user is known: no token */
	web_must_be(421, web_ask("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"), "a foreign host");
	attack();
	see_a_reset(FOUR);
	if (!geteuid()) {
		char *text = compose_sh(
		    -1,
		    "setpriv --reuid 65534 --clear-groups curl -s -o /dev/null -m 10 -w '%%{http_code}' %s",
		    web_url);

		assert_string_equal(text, "403");
		free(text);
	}
}

/* A question that no container of the lab answers has a reason; the status does not need the keeper. */
static void the_page_does_without_the_keeper(void **state)
{
	char *text;

	(void)state;
	compose_need();
	free(compose(now.a, "stop -t 10 keeper"));
	text = compose(now.a, "logs --no-color web");
	open_page(text); /* names every phone */
	free(text);
	text = compose_sh(-1, COMPOSE " exec -T web phonelab fault ls --active 2>&1", now.a, now.command);
	assert_non_null(strstr(text, "no keeper runs in this lab of containers"));
	free(text);
	text = compose_sh(-1, COMPOSE " exec -T web phonelab capture " THREE " -c 1 2>&1 | cat", now.a,
			  now.command);
	assert_non_null(strstr(text, "is in another container of the lab"));
	free(text);
}

/* The viewer learns that the lab has ended, and so does the user. */
static void the_page_of_the_host_ends_with_the_lab(void **state)
{
	char printed[2000];
	int fd, status;
	size_t at;

	(void)state;
	compose_need();
	fd = open_stream("");
	at = wait_for(fd, "event: board", 0);
	free(compose(now.a, "stop -t 10"));
	wait_for(fd, "event: end", at);
	close(fd);
	page_prints("has ended", printed, sizeof(printed));
	assert_int_equal(waitpid(page, &status, 0), page);
	assert_int_equal(status, 0);
	close(page_out);
	page = 0;
}

/* Also after a failed test nothing of the host is left. */
static int end(void **state)
{
	if (page > 0)
		kill(page, SIGTERM);
	return compose_end(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_log_has_the_address_and_the_ladder),
	    cmocka_unit_test(only_the_whole_address_opens_the_page),
	    cmocka_unit_test(only_the_page_has_a_network),
	    cmocka_unit_test(the_page_asks_the_lab),
	    cmocka_unit_test(the_page_follows_a_reset),
	    cmocka_unit_test(a_browser_opens_the_page),
	    cmocka_unit_test(the_page_does_without_the_keeper),
	    cmocka_unit_test(the_host_serves_the_page),
	    cmocka_unit_test(the_page_of_the_host_ends_with_the_lab),
	    cmocka_unit_test(compose_nothing_is_left),
	};

	return cmocka_run_group_tests_name("compose: the page", tests, compose_begin, end);
}
