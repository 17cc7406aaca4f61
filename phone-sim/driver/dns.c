/* A resolver with a socket of the phone's namespace: those of libevent open their own. */
#include "phone-sim/driver/dns.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <netinet/in.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <event2/event.h>

#include "cable/netns.h"
#include "wire/dns.h"

#define ATTEMPTS 4 /* per name */
#define NAMES	 2 /* with the domain, and plain */

struct dns {
	struct dns_order order; /* its pointers are not used after the start */
	uint32_t server[DNS_SERVERS_MAX];
	unsigned server_count;
	char name[NAMES][DNS_NAME_MAX];
	unsigned name_count, name_at;
	unsigned attempt; /* for this name */
	int sock;
	uint16_t id; /* of the last query */
	bool sent;   /* any query */
	struct event *readable, *again;
	struct event *finish; /* the deadline; and reports the end from a clean stack */
	uint32_t address[DNS_ADDRESSES_MAX];
	unsigned count;
	bool over, timed_out;
};

void dns_cancel(struct dns *dns)
{
	if (!dns)
		return;
	if (dns->readable)
		event_free(dns->readable);
	if (dns->again)
		event_free(dns->again);
	if (dns->finish)
		event_free(dns->finish);
	if (dns->sock >= 0)
		close(dns->sock);
	free(dns);
}

static void on_finish(int fd, short what, void *arg)
{
	struct dns *dns = arg;

	(void)fd;
	(void)what;
	dns->order.done(dns->order.arg, dns, dns->address, dns->count, dns->timed_out || !dns->over);
	dns_cancel(dns);
}

static void end(struct dns *dns, bool timed_out)
{
	dns->over = true;
	dns->timed_out = timed_out;
	event_active(dns->finish, EV_TIMEOUT, 0);
}

/* Send the question to a server. The socket is connected to it: the kernel drops datagrams of others. */
static int send_query(struct dns *dns, uint32_t server)
{
	const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
	const struct sockaddr_in to = {
	    .sin_family = AF_INET, .sin_port = htons(DNS_PORT), .sin_addr.s_addr = htonl(server)};
	uint8_t query[DNS_QUERY_MAX];
	ssize_t length;

	/* A new source port, a new number: an answer cannot be guessed, nor taken for that of an earlier query. */
	if (getrandom(&dns->id, sizeof(dns->id), 0) != sizeof(dns->id))
		return -errno;
	length = dns_encode_query(dns->id, dns->name[dns->name_at], query, sizeof(query));
	if (length < 0)
		return (int)length;
	if (connect(dns->sock, &nobody, sizeof(nobody)) ||
	    connect(dns->sock, (const struct sockaddr *)&to, sizeof(to)) ||
	    send(dns->sock, query, (size_t)length, MSG_NOSIGNAL) < 0)
		return -errno;
	dns->sent = true;
	return 0;
}

/* Ask the next server that can be asked. */
static void ask(struct dns *dns)
{
	const struct timeval second = {.tv_sec = 1};

	while (dns->attempt < ATTEMPTS)
		if (!send_query(dns, dns->server[dns->attempt++ % dns->server_count])) {
			evtimer_add(dns->again, &second);
			return;
		}
	end(dns, dns->sent);
}

static void on_again(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	ask(arg);
}

/* This server has no address for the name. */
static void denied(struct dns *dns, uint8_t rcode)
{
	if (rcode != DNS_NOERROR && rcode != DNS_NXDOMAIN && dns->attempt < dns->server_count) {
		ask(dns); /* perhaps another server knows more */
	} else if (++dns->name_at < dns->name_count) {
		dns->attempt = 0;
		ask(dns);
	} else {
		end(dns, false);
	}
}

static void on_readable(int fd, short what, void *arg)
{
	uint8_t bytes[DNS_REPLY_MAX];
	struct dns *dns = arg;
	struct dns_reply reply;
	ssize_t length = recv(fd, bytes, sizeof(bytes), 0);

	(void)what;
	if (dns->over)
		return;
	if (length < 0) {
		/* No program is at this port. The others need not wait; when all have been asked, this one may start. */
		if (errno == ECONNREFUSED && dns->attempt < dns->server_count)
			ask(dns);
		return;
	}
	if (dns_decode_reply(bytes, (size_t)length, &reply, NULL) || reply.id != dns->id ||
	    strcasecmp(reply.name, dns->name[dns->name_at]) != 0)
		return;
	evtimer_del(dns->again);
	if (reply.rcode != DNS_NOERROR || !reply.count) {
		denied(dns, reply.rcode);
		return;
	}
	memcpy(dns->address, reply.address, sizeof(dns->address));
	dns->count = reply.count;
	end(dns, false);
}

/* A dot at the end: the name is complete. */
static void add_name(struct dns *dns, const char *name, const char *domain)
{
	char *to = dns->name[dns->name_count];
	int length = snprintf(to, DNS_NAME_MAX, "%s%s%s", name, *domain ? "." : "", domain);

	if (length <= 0 || length >= DNS_NAME_MAX)
		return;
	if (to[length - 1] == '.')
		to[length - 1] = '\0';
	dns->name_count++;
}

static void make_names(struct dns *dns, const char *name, const char *domain)
{
	size_t length = strlen(name);
	bool search = *domain && length && name[length - 1] != '.';

	if (search && !strchr(name, '.'))
		add_name(dns, name, domain);
	add_name(dns, name, "");
	if (search && strchr(name, '.'))
		add_name(dns, name, domain);
}

static int open_socket(struct dns *dns, int ns, struct fail *fail)
{
	dns->sock = netns_socket(ns, AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0, fail);
	if (dns->sock < 0)
		return dns->sock;
	dns->readable = event_new(dns->order.base, dns->sock, EV_READ | EV_PERSIST, on_readable, dns);
	return dns->readable && !event_add(dns->readable, NULL)
		   ? 0
		   : fail_set(fail, -ENOMEM, "dns: out of memory");
}

int dns_start(struct dns **out, const struct dns_order *order, struct fail *fail)
{
	const struct timeval limit = {(time_t)(order->timeout_us / 1000000),
				      (suseconds_t)(order->timeout_us % 1000000)};
	struct fail reason = {0};
	struct dns *dns = calloc(1, sizeof(*dns));

	if (!dns)
		return fail_set(fail, -ENOMEM, "dns: out of memory");
	dns->order = *order;
	dns->sock = -1;
	dns->finish = evtimer_new(order->base, on_finish, dns);
	dns->again = evtimer_new(order->base, on_again, dns);
	if (!dns->finish || !dns->again) {
		dns_cancel(dns);
		return fail_set(fail, -ENOMEM, "dns: out of memory");
	}
	evtimer_add(dns->finish, &limit);
	make_names(dns, order->name, order->domain);
	while (dns->server_count < order->server_count && dns->server_count < DNS_SERVERS_MAX) {
		dns->server[dns->server_count] = order->servers[dns->server_count];
		dns->server_count++;
	}
	if (!dns->server_count || !dns->name_count || open_socket(dns, order->ns, &reason))
		end(dns, false);
	else
		ask(dns);
	*out = dns;
	return 0;
}

uint32_t dns_id(const struct dns *dns)
{
	return dns->order.id;
}
