#include "phone-sim/driver/udp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <event2/event.h>

#include "cable/netns.h"

#define DATAGRAM_MAX 65536

struct udp {
	int fd;
	struct event *readable;
	const struct udp_calls *calls;
	void *arg;
};

/* One datagram a call: what is called may close this socket. */
static void on_readable(int fd, short what, void *arg)
{
	static _Thread_local uint8_t bytes[DATAGRAM_MAX];
	struct udp *udp = arg;
	ssize_t length = recv(fd, bytes, sizeof(bytes), 0);

	(void)what;
	if (length >= 0)
		udp->calls->received(udp->arg, bytes, (size_t)length);
	else if (errno != EAGAIN && errno != EINTR) {
		int error = errno;
		event_del(udp->readable);
		udp->calls->closed(udp->arg, error);
	}
}

static int open_socket(int ns, uint32_t address, uint16_t port, enum mark mark, struct fail *fail)
{
	const struct sockaddr_in to = {
	    .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)};
	const int dont = IP_PMTUDISC_DONT;

	int fd = netns_socket(ns, AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fail);
	if (fd < 0)
		return fd;
	mark_socket(fd, mark);
	setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &dont, sizeof(dont));
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0) {
		int err = -errno;
		close(fd);
		return fail_set(fail, err, "UDP: %s", strerror(-err));
	}
	return fd;
}

int udp_open(struct udp **out, struct event_base *base, int ns, uint32_t address, uint16_t port,
	     enum mark mark, const struct udp_calls *calls, void *arg, uint32_t *local_address,
	     uint16_t *local_port, struct fail *fail)
{
	struct sockaddr_in local = {0};
	socklen_t length = sizeof(local);
	struct udp *udp;
	struct event *readable;

	int fd = open_socket(ns, address, port, mark, fail);
	if (fd < 0)
		return fd;
	udp = calloc(1, sizeof(*udp));
	readable = udp ? event_new(base, fd, EV_READ | EV_PERSIST, on_readable, udp) : NULL;
	if (!readable || event_add(readable, NULL) < 0) {
		if (readable)
			event_free(readable);
		free(udp);
		close(fd);
		return fail_set(fail, -ENOMEM, "UDP: out of memory");
	}
	*udp = (struct udp){.fd = fd, .readable = readable, .calls = calls, .arg = arg};
	getsockname(fd, (struct sockaddr *)&local, &length);
	*local_address = ntohl(local.sin_addr.s_addr);
	*local_port = ntohs(local.sin_port);
	*out = udp;
	return 0;
}

void udp_send(struct udp *udp, const void *bytes, size_t length)
{
	/* A send may fail with the error of an earlier one, and clears it: send again. */
	if (send(udp->fd, bytes, length, MSG_NOSIGNAL) < 0 && errno == ECONNREFUSED)
		send(udp->fd, bytes, length, MSG_NOSIGNAL);
}

void udp_close(struct udp *udp)
{
	if (!udp)
		return;
	event_free(udp->readable);
	close(udp->fd);
	free(udp);
}
