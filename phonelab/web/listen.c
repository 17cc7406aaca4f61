#include "phonelab/web/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 64

int web_listen(const char *address, uint16_t *port, struct fail *fail)
{
	struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(*port)};
	const char *text = address ? address : "127.0.0.1";
	socklen_t size = sizeof(own);
	const int one = 1;
	int fd;

	if (inet_pton(AF_INET, text, &own.sin_addr) != 1)
		return fail_set(fail, -EINVAL,
				"--listen: found \"%s\", expected an IPv4 address of this machine", text);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail_set(fail, -errno, "socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&own, sizeof(own)) || listen(fd, BACKLOG) ||
	    getsockname(fd, (struct sockaddr *)&own, &size)) {
		int err = -errno;

		close(fd);
		return fail_set(fail, err, "%s, port %u: %s", text, (unsigned)*port, strerror(-err));
	}
	*port = ntohs(own.sin_port);
	return fd;
}

int web_read_address(const char *text, char address[WEB_ADDRESS], uint16_t *port, struct fail *fail)
{
	const char *colon = strchr(text, ':');
	size_t length = colon ? (size_t)(colon - text) : WEB_ADDRESS;
	size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;
	long number = colon ? strtol(colon + 1, NULL, 10) : -1;
	char name[WEB_ADDRESS];
	struct in_addr any;

	snprintf(name, sizeof(name), "%.*s", length < WEB_ADDRESS ? (int)length : 0, text);
	if (inet_pton(AF_INET, name, &any) != 1 || digits < 1 || digits > 5 || colon[1 + digits] ||
	    number > UINT16_MAX)
		return fail_set(fail, -EINVAL,
				"--public: found \"%.60s\", expected an IPv4 address and a port, such as "
				"127.0.0.1:8080",
				text);
	strcpy(address, name);
	*port = (uint16_t)number;
	return 0;
}
