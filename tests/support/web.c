#include "tests/support/web.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/lab.h"

#define MISSING 77 /* exit status of a script: something is not installed */
#define REPLY	(256 * 1024)

char web_url[120];

static struct sockaddr_in address = {.sin_family = AF_INET};

void web_read_url(const char *output)
{
	const char *at = strstr(output, "http://127.0.0.1:");

	if (!at)
		fail_msg("no address in: %s", output);
	snprintf(web_url, sizeof(web_url), "%.*s", (int)strcspn(at, " \n"), at);
	address.sin_port = htons((uint16_t)atoi(at + strlen("http://127.0.0.1:")));
	inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
}

int web_connect(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

char *web_read_reply(int fd)
{
	char *reply = calloc(1, REPLY);
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	size_t used = 0;
	ssize_t n = 1;

	while (n > 0 && used < REPLY - 1) {
		if (poll(&pfd, 1, 20000 * PATIENCE) != 1)
			fail_msg("the server neither replies nor closes; so far: %s", reply);
		n = read(fd, reply + used, REPLY - 1 - used);
		used += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	return reply;
}

char *web_ask(const char *format, ...)
{
	char text[2000];
	va_list args;
	int fd = web_connect();

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	assert_true(send(fd, text, strlen(text), MSG_NOSIGNAL) > 0);
	return web_read_reply(fd);
}

int web_status_of(const char *reply)
{
	int status = 0;

	sscanf(reply, "HTTP/1.%*d %d", &status);
	return status;
}

void web_must_be(int status, char *reply, const char *what)
{
	if (web_status_of(reply) != status)
		fail_msg("%s: found %.200s, expected status %d", what, reply, status);
	free(reply);
}

char *web_get(const char *target, const char *more)
{
	return web_ask("GET %s HTTP/1.1\r\nHost: %.*s\r\n%s\r\n", target, (int)strcspn(web_url + 7, "/"),
		       web_url + 7, more);
}

void web_must_be_refused(char *reply, const char *what)
{
	int status = web_status_of(reply);

	if (*reply && (status < 400 || status > 599))
		fail_msg("%s: found %.100s", what, reply);
	free(reply);
}

void web_up(struct lab *lab, const char *topology, const char *options)
{
	char path[512], bin[512];
	struct command_result up;

	lab->running = true;
	up = command_sh(60, "%s up -d --web --name %s --timeout 120 %s %s", lab_bin("phonelab", bin),
			lab->name, options, lab_write(lab, "topology.yaml", topology, path));
	if (up.status)
		fail_msg("phonelab up: status %d: %s%s", up.status, up.out, up.err);
	web_read_url(up.out);
	command_free(&up);
}

void web_browse(const struct lab *lab, const char *script)
{
	const char *pictures = getenv("PHONELAB_SCREENSHOTS");
	struct command_result done;
	char bin[512];

	done = command_sh(240, "exec python3 tests/support/browser/%s %s '%s --lab %s' %s", script, web_url,
			  lab_bin("phonelab", bin), lab->name, pictures ? pictures : "");
	if (done.status == MISSING) {
		print_message("skipped: %s", done.out);
		command_free(&done);
		skip();
	}
	if (done.status)
		fail_msg("status %d: %s%s", done.status, done.out, done.err);
	command_free(&done);
}
