#include "phone-sim/driver/dns.h"

#include <errno.h>
#include <stdlib.h>
#include <netinet/in.h>
#include <event2/dns.h>
#include <event2/event.h>

#include "cable/netns.h"

struct dns {
	struct dns_order order;
	struct evdns_base *evdns;
	struct evdns_request *request;
	struct event *finish; /* the deadline; and reports the end from a clean stack */
	uint32_t address[DNS_ADDRESSES_MAX];
	unsigned count;
	bool answered;
	bool timed_out;
};

/* evdns answers a cancelled request too, and later: what belongs to it goes only then. */
void dns_cancel(struct dns *dns)
{
	if (!dns)
		return;
	event_free(dns->finish);
	dns->finish = NULL;
	if (dns->request && !dns->answered) {
		evdns_cancel_request(dns->evdns, dns->request);
		return;
	}
	if (dns->evdns)
		evdns_base_free(dns->evdns, 0);
	free(dns);
}

static void on_finish(int fd, short what, void *arg)
{
	struct dns *dns = arg;

	(void)fd;
	(void)what;
	dns->order.done(dns->order.arg, dns, dns->address, dns->count, dns->timed_out || !dns->answered);
	dns_cancel(dns);
}

static void on_answer(int result, char type, int count, int ttl, void *addresses, void *arg)
{
	struct dns *dns = arg;

	(void)ttl;
	dns->answered = true;
	if (!dns->finish) {
		evdns_base_free(dns->evdns, 0);
		free(dns);
		return;
	}
	dns->timed_out = result == DNS_ERR_TIMEOUT;
	if (result == DNS_ERR_NONE && type == DNS_IPv4_A)
		for (int i = 0; i < count && dns->count < DNS_ADDRESSES_MAX; i++)
			dns->address[dns->count++] = ntohl(((const uint32_t *)addresses)[i]);
	event_active(dns->finish, EV_TIMEOUT, 0);
}

/* evdns makes the socket of a name server when it is added, so that happens in the phone's namespace. */
static int add_servers(void *arg, struct fail *fail)
{
	struct dns *dns = arg;
	int added = 0;

	for (unsigned i = 0; i < dns->order.server_count; i++) {
		struct sockaddr_in to = {.sin_family = AF_INET,
					 .sin_port = htons(53),
					 .sin_addr.s_addr = htonl(dns->order.servers[i])};
		if (evdns_base_nameserver_sockaddr_add(dns->evdns, (struct sockaddr *)&to, sizeof(to), 0) ==
		    0)
			added++;
	}
	return added ? 0 : fail_set(fail, -ENETUNREACH, "dns: no name server can be asked");
}

static int begin(struct dns *dns, struct fail *fail)
{
	int err;

	dns->evdns = evdns_base_new(dns->order.base, EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	if (!dns->evdns)
		return fail_set(fail, -ENOMEM, "dns: out of memory");
	evdns_base_set_option(dns->evdns, "timeout:", "1");
	evdns_base_set_option(dns->evdns, "attempts:", "4");
	evdns_base_set_option(dns->evdns, "randomize-case:", "0");
	err = netns_call(dns->order.ns, add_servers, dns, fail);
	if (err)
		return err;
	if (*dns->order.domain)
		evdns_base_search_add(dns->evdns, dns->order.domain);
	dns->request = evdns_base_resolve_ipv4(dns->evdns, dns->order.name,
					       *dns->order.domain ? 0 : DNS_QUERY_NO_SEARCH, on_answer, dns);
	return dns->request || dns->answered
		   ? 0
		   : fail_set(fail, -EINVAL, "dns: \"%s\" cannot be asked for", dns->order.name);
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
	dns->finish = evtimer_new(order->base, on_finish, dns);
	if (!dns->finish) {
		free(dns);
		return fail_set(fail, -ENOMEM, "dns: out of memory");
	}
	evtimer_add(dns->finish, &limit);
	if (begin(dns, &reason)) {
		dns->answered = true;
		event_active(dns->finish, EV_TIMEOUT, 0);
	}
	*out = dns;
	return 0;
}

uint32_t dns_id(const struct dns *dns)
{
	return dns->order.id;
}
