#include "phone-sim/driver/download.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <event2/event.h>

#include "base/clock.h"
#include "cable/netns.h"
#include "phone-sim/core/tftp_client.h"

#define BLKSIZE	    1428 /* fills a frame: 1500 less the headers of IP, UDP and TFTP, and room for tunnels */
#define WINDOWSIZE  8
#define READ_BUDGET 64 /* datagrams at one wake-up */

struct tftp_get {
	const struct download_sink *sink;
	struct tftp_client *client;
	int sock;
	struct event *readable;
	struct event *deadline;
	unsigned again; /* retransmissions */
};

static enum phone_fetch_status status_of(enum tftp_client_status status)
{
	switch (status) {
	case TFTP_CLIENT_RUNNING: break;
	case TFTP_CLIENT_DONE: return PHONE_FETCH_OK;
	case TFTP_CLIENT_NOT_FOUND: return PHONE_FETCH_NOT_FOUND;
	case TFTP_CLIENT_UNREACHABLE: return PHONE_FETCH_UNREACHABLE;
	case TFTP_CLIENT_REFUSED: return PHONE_FETCH_REFUSED;
	case TFTP_CLIENT_TIMEOUT: return PHONE_FETCH_TIMEOUT;
	case TFTP_CLIENT_TOO_LARGE: return PHONE_FETCH_TOO_LARGE;
	case TFTP_CLIENT_TRUNCATED: return PHONE_FETCH_TRUNCATED;
	case TFTP_CLIENT_PROTOCOL_ERROR: return PHONE_FETCH_PROTOCOL_ERROR;
	}
	return PHONE_FETCH_PROTOCOL_ERROR;
}

/* Send the packets of the client. 0, or the errno (positive) of a destination that cannot be reached. */
static int send_all(struct tftp_get *get, const struct tftp_client_out *out)
{
	for (unsigned i = 0; i < out->send_count; i++) {
		struct sockaddr_in to = {.sin_family = AF_INET,
					 .sin_port = htons(out->send[i].port),
					 .sin_addr.s_addr = htonl(out->send[i].address)};
		ssize_t sent;
		do
			sent = sendto(get->sock, out->send[i].bytes, out->send[i].length, MSG_DONTWAIT,
				      (struct sockaddr *)&to, sizeof(to));
		while (sent < 0 && errno == EINTR);
		if (sent < 0 && errno != EAGAIN && errno != ENOBUFS)
			return errno;
	}
	return 0;
}

/* What the network did; NULL if the server ended the transfer with an ERROR, or the status says it all. */
static const char *how_of(const struct tftp_get *get, enum phone_fetch_status status, int error_code)
{
	if (error_code >= 0)
		return NULL;
	if (status == PHONE_FETCH_REFUSED)
		return PHONE_HOW_REFUSED;
	if (status == PHONE_FETCH_UNREACHABLE)
		return PHONE_HOW_UNREACHABLE;
	if (status == PHONE_FETCH_TRUNCATED)
		return PHONE_HOW_CUT;
	if (status == PHONE_FETCH_TIMEOUT)
		return tftp_client_received(get->client) ? PHONE_HOW_STALLED : PHONE_HOW_SILENT;
	return NULL;
}

static void report(struct tftp_get *get, enum phone_fetch_status status, const char *detail)
{
	struct phone_fetch_facts *facts = get->sink->facts;
	const struct wire_odd *odd = tftp_client_odd(get->client);

	facts->tftp_error = tftp_client_error_code(get->client);
	facts->again = get->again;
	facts->how = how_of(get, status, facts->tftp_error);
	facts->other_address = tftp_client_other_address(get->client);
	facts->dropped = tftp_client_dropped(get->client);
	for (; facts->odds < odd->count && facts->odds < PHONE_FETCH_ODD_MAX; facts->odds++) {
		struct phone_fetch_odd *to = &facts->odd[facts->odds];

		snprintf(to->name, sizeof(to->name), "%s", odd->item[facts->odds].name);
		to->what = odd->item[facts->odds].what;
	}
	get->sink->over(get->sink->arg, status, 0, detail);
}

/* Execute the output of the client. True if the transfer has ended. */
static bool follow(struct tftp_get *get, struct tftp_client_out *out)
{
	int error;

	if (out->data && out->data_length) {
		uint64_t size = tftp_client_size(get->client);
		int err;

		if (size)
			get->sink->announced(get->sink->arg, size);
		err = get->sink->data(get->sink->arg, out->data, out->data_length);
		if (err) {
			report(get, err == -EFBIG ? PHONE_FETCH_TOO_LARGE : PHONE_FETCH_PROTOCOL_ERROR,
			       strerror(-err));
			return true;
		}
	}
	if (out->retransmitted)
		get->sink->retransmitted(get->sink->arg, ++get->again);
	error = send_all(get, out);
	if (error && out->status == TFTP_CLIENT_RUNNING) {
		struct tftp_client_out last = {0};
		tftp_client_error(get->client, error, &last);
		*out = last;
	}
	if (out->status != TFTP_CLIENT_RUNNING) {
		report(get, status_of(out->status), tftp_client_detail(get->client));
		return true;
	}
	return false;
}

static void arm(struct tftp_get *get, uint64_t deadline_us)
{
	uint64_t now = clock_now_us();
	uint64_t wait = deadline_us > now ? deadline_us - now : 0;
	const struct timeval tv = {(time_t)(wait / 1000000), (suseconds_t)(wait % 1000000)};

	if (deadline_us == UINT64_MAX)
		evtimer_del(get->deadline);
	else
		evtimer_add(get->deadline, &tv);
}

/* After the end the socket and the timer are stopped; the owner frees the transfer. */
static void proceed(struct tftp_get *get, struct tftp_client_out *out)
{
	if (follow(get, out)) {
		event_del(get->readable);
		evtimer_del(get->deadline);
	} else {
		arm(get, out->deadline_us);
	}
}

/* ICMP errors wait in a queue of their own (IP_RECVERR), read only to be emptied. */
static void drain_errors(int sock)
{
	uint8_t control[512];
	struct msghdr msg = {.msg_control = control, .msg_controllen = sizeof(control)};

	while (recvmsg(sock, &msg, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0)
		msg.msg_controllen = sizeof(control);
}

static void socket_error(struct tftp_get *get, int error)
{
	struct tftp_client_out out = {.deadline_us = UINT64_MAX};

	drain_errors(get->sock);
	tftp_client_error(get->client, error, &out);
	proceed(get, &out);
}

static void on_readable(int fd, short what, void *arg)
{
	struct tftp_get *get = arg;
	uint8_t bytes[2048];

	(void)what;
	for (int i = 0; i < READ_BUDGET; i++) {
		struct sockaddr_in from = {0};
		socklen_t from_length = sizeof(from);
		struct tftp_client_out out = {.deadline_us = UINT64_MAX};
		ssize_t length =
		    recvfrom(fd, bytes, sizeof(bytes), MSG_DONTWAIT, (struct sockaddr *)&from, &from_length);
		if (length < 0) {
			if (errno == EINTR)
				continue;
			if (errno != EAGAIN)
				socket_error(get, errno);
			return;
		}
		tftp_client_datagram(get->client, clock_now_us(), ntohl(from.sin_addr.s_addr),
				     ntohs(from.sin_port), bytes, (size_t)length, &out);
		proceed(get, &out);
		if (out.status != TFTP_CLIENT_RUNNING || !event_pending(get->readable, EV_READ, NULL))
			return;
	}
}

static void on_deadline(int fd, short what, void *arg)
{
	struct tftp_get *get = arg;
	struct tftp_client_out out = {.deadline_us = UINT64_MAX};

	(void)fd;
	(void)what;
	tftp_client_timer(get->client, clock_now_us(), &out);
	proceed(get, &out);
}

static int open_socket(struct tftp_get *get, const struct download_order *order, struct fail *fail)
{
	const int one = 1;

	get->sock = netns_socket(order->ns, AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fail);
	if (get->sock < 0)
		return get->sock;
	if (setsockopt(get->sock, IPPROTO_IP, IP_RECVERR, &one, sizeof(one)) < 0)
		return fail_set(fail, -errno, "tftp: IP_RECVERR: %s", strerror(errno));
	get->readable = event_new(order->base, get->sock, EV_READ | EV_PERSIST, on_readable, get);
	get->deadline = evtimer_new(order->base, on_deadline, get);
	if (!get->readable || !get->deadline)
		return fail_set(fail, -ENOMEM, "tftp: out of memory");
	return event_add(get->readable, NULL) < 0 ? fail_set(fail, -ENOMEM, "tftp: cannot be watched") : 0;
}

int tftp_get_start(struct tftp_get **out, const struct download_sink *sink,
		   const struct download_order *order, struct fail *fail)
{
	const struct tftp_client_config config = {.server = order->server,
						  .port = order->port,
						  .file = order->file,
						  .limit = order->limit,
						  .blksize = BLKSIZE,
						  .windowsize = order->flash ? WINDOWSIZE : 0,
						  .tsize = true,
						  .total_us = order->timeout_us};
	struct tftp_client_out first = {.deadline_us = UINT64_MAX};
	int err;

	struct tftp_get *get = calloc(1, sizeof(*get));
	if (!get)
		return fail_set(fail, -ENOMEM, "tftp: out of memory");
	get->sink = sink;
	get->sock = -1;
	get->client = tftp_client_new(&config);
	err = get->client ? open_socket(get, order, fail)
			  : fail_set(fail, -errno, "tftp: file name of %zu bytes: %s", strlen(order->file),
				     strerror(errno));
	if (err) {
		tftp_get_free(get);
		return err;
	}
	tftp_client_start(get->client, clock_now_us(), &first);
	proceed(get, &first);
	*out = get;
	return 0;
}

void tftp_get_free(struct tftp_get *get)
{
	if (!get)
		return;
	if (get->readable)
		event_free(get->readable);
	if (get->deadline)
		event_free(get->deadline);
	if (get->sock >= 0)
		close(get->sock);
	tftp_client_free(get->client);
	free(get);
}
