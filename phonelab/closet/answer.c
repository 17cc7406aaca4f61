#include "phonelab/closet/answer.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/json_text.h"
#include "phonelab/closet/channel.h"

/* --- connect --- */

static int connect_to(const struct lab *lab, const json_t *request, struct fail *fail)
{
	const char *name = json_text(request, "socket");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char path[512];
	int fd;

	if (channel_check_name(name, fail))
		return fail->err;
	client_path(lab, name, path, sizeof(path));
	if (strlen(path) >= sizeof(address.sun_path))
		return fail_set(fail, -ENAMETOOLONG, "%s: the path is too long", path);
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && !connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	fail_set(fail, -errno, "%s: %s", name, strerror(errno));
	if (fd >= 0)
		close(fd);
	return fail->err;
}

/* Pass on what has come. False: the end. */
static bool pass(int from, int to)
{
	char octets[16384];
	ssize_t n = recv(from, octets, sizeof(octets), MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	return n && !channel_write(to, octets, (size_t)n);
}

static int answer_connect(const struct lab *lab, int fd, const json_t *request)
{
	struct fail fail = {0};
	int socket = connect_to(lab, request, &fail);
	struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = socket, .events = POLLIN}};

	if (socket < 0)
		return channel_write_error(fd, &fail);
	for (;;) {
		if (poll(fds, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			break;
		}
		if ((fds[0].revents && !pass(fd, socket)) || (fds[1].revents && !pass(socket, fd)))
			break;
	}
	close(socket);
	return 0;
}

/* --- the channel --- */

int answer_channel(const struct lab *lab, int fd)
{
	int err = 0;

	while (!err) {
		struct fail fail = {0};
		json_t *request = channel_read_line(fd, CHANNEL_LINE, &fail);
		const char *verb = json_text(request, "do");

		if (!request && fail.err == -EPIPE)
			return 0;
		err = -ECONNRESET; /* most requests are the only one of their channel */
		if (!strcmp(verb, "connect")) {
			answer_connect(lab, fd, request);
		} else if (!strcmp(verb, "run")) {
			answer_run(lab, fd, request);
		} else if (!strcmp(verb, "list")) {
			err = answer_list(lab, fd);
		} else if (!strcmp(verb, "sockets")) {
			err = answer_sockets(lab, fd);
		} else if (!strcmp(verb, "read")) {
			err = answer_read(lab, fd, request);
		} else if (!strcmp(verb, "tail")) {
			answer_tail(lab, fd, request);
		} else {
			if (request)
				fail_set(
				    &fail, -EINVAL,
				    "unknown request \"%.60s\" of a channel; expected connect, run, list, "
				    "sockets, read or tail",
				    verb);
			channel_write_error(fd, &fail);
		}
		json_decref(request);
	}
	return 0;
}
