#ifndef BASE_RESOLVER_H
#define BASE_RESOLVER_H

struct event_base;
struct evdns_base;

/* A resolver with the servers and names of this machine (/etc/resolv.conf, /etc/hosts), that gives up after two attempts of two
 * seconds. The caller frees it with evdns_base_free. NULL without memory. */
struct evdns_base *resolver_new(struct event_base *base);

#endif
