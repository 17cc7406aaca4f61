/* The names of peers, without blocking: frames are forwarded while a name server is silent. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include <event2/util.h>

#include "base/resolver.h"
#include "switch-sim/driver/switchd_trunk.h"

static void complain(struct trunk_lookup *lookup, const char *text)
{
	const struct switch_uplink *uplink = lookup->of->uplink[lookup->trunk];
	struct switchd *d = lookup->of->d;

	if (!strcmp(lookup->complaint, text))
		return;
	snprintf(lookup->complaint, sizeof(lookup->complaint), "%s", text);
	fprintf(stderr, "%s: uplink %s: cannot resolve \"%s\": %s; the switch tries again\n",
		d->file->config.name, switch_core_port_name(d->core, uplink->port), uplink->peer.host, text);
}

void trunk_lookup_done(struct trunk_lookup *lookup, const struct trunk_address *address, const char *reason)
{
	struct switchd_trunks *t = lookup->of;

	lookup->asked = false;
	if (address)
		*lookup->complaint = 0;
	else
		complain(lookup, reason);
	switchd_enter(t->d);
	trunks_resolved(t->trunks, t->d->now_us, lookup->trunk, address);
	switchd_trunks_arm(t);
	switchd_leave(t->d);
}

static bool take(const struct evutil_addrinfo *info, uint16_t port, struct trunk_address *address)
{
	*address = (struct trunk_address){.port = port};
	if (info->ai_family == AF_INET) {
		address->ip[10] = address->ip[11] = 0xff;
		memcpy(address->ip + 12, &((const struct sockaddr_in *)(const void *)info->ai_addr)->sin_addr,
		       4);
		return true;
	}
	if (info->ai_family != AF_INET6)
		return false;
	memcpy(address->ip, &((const struct sockaddr_in6 *)(const void *)info->ai_addr)->sin6_addr, 16);
	return true;
}

static void on_result(int result, struct evutil_addrinfo *list, void *arg)
{
	struct trunk_lookup *lookup = arg;
	struct switchd_trunks *t = lookup->of;
	struct trunk_address address;
	bool found = false;

	lookup->request = NULL;
	if (result == EVUTIL_EAI_CANCEL)
		return;
	for (const struct evutil_addrinfo *info = list; info && !found; info = info->ai_next)
		found = take(info, t->uplink[lookup->trunk]->peer.port, &address);
	if (list)
		evutil_freeaddrinfo(list);
	trunk_lookup_done(lookup, found ? &address : NULL,
			  result ? evutil_gai_strerror(result) : "no address");
}

void trunk_lookup_start(struct trunk_lookup *lookup)
{
	struct switchd_trunks *t = lookup->of;
	const struct evutil_addrinfo hints = {.ai_family = t->family == AF_INET6 ? AF_UNSPEC : AF_INET,
					      .ai_socktype = SOCK_DGRAM};
	struct evdns_getaddrinfo_request *request;

	if (t->outside >= 0) {
		/* The answer to an earlier question is as good. */
		if (!lookup->asked)
			lookup->asked = trunk_outside_ask(t, "resolve", lookup->trunk,
							  t->uplink[lookup->trunk]->peer.host);
		return;
	}
	trunk_lookup_stop(lookup);
	lookup->dns = resolver_new(t->d->base);
	if (!lookup->dns) {
		on_result(EVUTIL_EAI_MEMORY, NULL, lookup);
		return;
	}
	/* NULL: on_result has been called already. */
	request = evdns_getaddrinfo(lookup->dns, t->uplink[lookup->trunk]->peer.host, NULL, &hints, on_result,
				    lookup);
	lookup->request = request;
}

void trunk_lookup_stop(struct trunk_lookup *lookup)
{
	if (lookup->request)
		evdns_getaddrinfo_cancel(lookup->request);
	lookup->request = NULL;
	if (lookup->dns)
		evdns_base_free(lookup->dns, 1);
	lookup->dns = NULL;
}
