#include "base/resolver.h"

#include <stddef.h>
#include <event2/dns.h>

struct evdns_base *resolver_new(struct event_base *base)
{
	struct evdns_base *dns = evdns_base_new(base, EVDNS_BASE_DISABLE_WHEN_INACTIVE);

	if (!dns)
		return NULL;
	evdns_base_set_option(dns, "timeout:", "2");
	evdns_base_set_option(dns, "attempts:", "2");
	evdns_base_set_option(dns, "randomize-case:", "0");
	/* If the file is absent, only /etc/hosts and addresses are resolved. */
	evdns_base_resolv_conf_parse(dns, DNS_OPTIONS_ALL, "/etc/resolv.conf");
	return dns;
}
