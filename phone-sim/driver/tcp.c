#include "phone-sim/driver/tcp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "cable/netns.h"

struct tcp {
	struct bufferevent *bev;
	const struct tcp_calls *calls;
	void *arg;
	bool up;
};

static void on_readable(struct bufferevent *bev, void *arg)
{
	struct tcp *tcp = arg;

	tcp->calls->readable(tcp->arg, bufferevent_get_input(bev));
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	int error = errno; /* as libevent left it */
	struct tcp *tcp = arg;
	struct sockaddr_in local = {0};
	socklen_t length = sizeof(local);

	if (what & BEV_EVENT_CONNECTED) {
		tcp->up = true;
		bufferevent_set_timeouts(bev, NULL, NULL);
		bufferevent_enable(bev, EV_READ | EV_WRITE);
		getsockname(bufferevent_getfd(bev), (struct sockaddr *)&local, &length);
		tcp->calls->connected(tcp->arg, ntohl(local.sin_addr.s_addr), ntohs(local.sin_port));
		return;
	}
	if (what & BEV_EVENT_TIMEOUT)
		error = ETIMEDOUT;
	else if (what & BEV_EVENT_EOF)
		error = 0;
	else if (!error)
		error = EIO;
	bufferevent_disable(bev, EV_READ | EV_WRITE);
	tcp->calls->closed(tcp->arg, error);
}

static void set_options(int fd)
{
	const int one = 1, idle = 60, interval = 10, count = 3;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
}

int tcp_open(struct tcp **out, struct event_base *base, int ns, uint32_t address, uint16_t port,
	     uint64_t timeout_us, enum mark mark, const struct tcp_calls *calls, void *arg, struct fail *fail)
{
	struct sockaddr_in to = {
	    .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)};
	struct timeval limit = {(time_t)(timeout_us / 1000000), (suseconds_t)(timeout_us % 1000000)};
	struct tcp *tcp;
	struct bufferevent *bev;

	int fd = netns_socket(ns, AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fail);
	if (fd < 0)
		return fd;
	set_options(fd);
	mark_socket(fd, mark);
	tcp = calloc(1, sizeof(*tcp));
	bev = tcp ? bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE) : NULL;
	if (!bev) {
		close(fd);
		free(tcp);
		return fail_set(fail, -ENOMEM, "connection: out of memory");
	}
	*tcp = (struct tcp){.bev = bev, .calls = calls, .arg = arg};
	/* Connected by hand: bufferevent_socket_connect() reports a failure at once through the callback. */
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 && errno != EINPROGRESS) {
		int err = -errno;
		bufferevent_free(bev);
		free(tcp);
		return fail_set(fail, err, "connection: %s", strerror(-err));
	}
	bufferevent_setcb(bev, on_readable, NULL, on_event, tcp);
	bufferevent_set_timeouts(bev, NULL, timeout_us ? &limit : NULL);
	if (bufferevent_socket_connect(bev, NULL, 0) < 0) {
		bufferevent_free(bev);
		free(tcp);
		return fail_set(fail, -ENOMEM, "connection: cannot be watched");
	}
	*out = tcp;
	return 0;
}

int tcp_send(struct tcp *tcp, const void *bytes, size_t length)
{
	return bufferevent_write(tcp->bev, bytes, length) < 0 ? -ENOMEM : 0;
}

struct evbuffer *tcp_input(struct tcp *tcp)
{
	return bufferevent_get_input(tcp->bev);
}

void tcp_limit_input(struct tcp *tcp, size_t bytes)
{
	bufferevent_setwatermark(tcp->bev, EV_READ, 0, bytes);
}

unsigned tcp_sent_again(const struct tcp *tcp)
{
	struct tcp_info info = {0};
	socklen_t length = sizeof(info);

	if (!tcp || getsockopt(bufferevent_getfd(tcp->bev), IPPROTO_TCP, TCP_INFO, &info, &length))
		return 0;
	return info.tcpi_total_retrans;
}

void tcp_delay_acks(struct tcp *tcp)
{
	const int off = 0;

	setsockopt(bufferevent_getfd(tcp->bev), IPPROTO_TCP, TCP_QUICKACK, &off, sizeof(off));
}

/* Hand the kernel what waits: small beside its buffer, so this does not block. */
static void flush_out(struct tcp *tcp)
{
	struct evbuffer *output = bufferevent_get_output(tcp->bev);
	size_t length = evbuffer_get_length(output);
	unsigned char *bytes;

	if (!length || !tcp->up)
		return;
	evbuffer_unfreeze(output, 1);
	bytes = evbuffer_pullup(output, -1);
	if (bytes && send(bufferevent_getfd(tcp->bev), bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return; /* the other end has closed already */
}

void tcp_close(struct tcp *tcp, bool abort)
{
	const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

	if (!tcp)
		return;
	if (abort)
		setsockopt(bufferevent_getfd(tcp->bev), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	else {
		flush_out(tcp);
		/* Now: libevent closes the descriptor later, when the source address may be gone. */
		shutdown(bufferevent_getfd(tcp->bev), SHUT_WR);
	}
	bufferevent_free(tcp->bev);
	free(tcp);
}
