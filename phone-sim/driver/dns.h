#ifndef PHONE_SIM_DRIVER_DNS_H
#define PHONE_SIM_DRIVER_DNS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fail.h"

struct event_base;
struct dns;

#define DNS_SERVERS_MAX 4 /* further ones are not asked */

struct dns_order {
	struct event_base *base;
	int ns;			 /* used during dns_start() only; -1: the calling namespace */
	const uint32_t *servers; /* host order; used during dns_start() only */
	unsigned server_count;
	const char
	    *domain;	  /* appended to a name without a dot, and to others if they do not exist; "": none */
	const char *name; /* both are used during dns_start() only */
	uint64_t timeout_us;
	uint32_t id;
	/* Called once, from the event loop; the query is freed after it returns. count 0: failed. */
	void (*done)(void *arg, struct dns *dns, const uint32_t *addresses, unsigned count, bool timed_out);
	void *arg;
};

/* Ask the given servers in turn, a second each, for the IPv4 addresses of a name, four times in all; hosts and resolv.conf are not
 * read. Failures are reported by done. -ENOMEM is the only error. */
int dns_start(struct dns **dns, const struct dns_order *order, struct fail *fail);

uint32_t dns_id(const struct dns *dns);

/* Forget it: done is not called. NULL is legal. */
void dns_cancel(struct dns *dns);

#endif
