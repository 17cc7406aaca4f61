#ifndef PHONELAB_WHY_EXCHANGE_INTERNAL_H
#define PHONELAB_WHY_EXCHANGE_INTERNAL_H

#include "phonelab/why/exchange.h"

/* --- the list (exchange.c) --- */

/* Copy a text member of an object, cut to size. */
void why_exchange_copy(char *to, size_t size, const json_t *object, const char *key);

/* Append it in place of an earlier answer to the same request. */
void why_exchange_put(struct why_exchanges *list, struct why_exchange *exchange);

/* Remove entry number i. */
void why_exchange_drop(struct why_exchanges *list, size_t i);

/* The last entry, or NULL. */
struct why_exchange *why_exchange_newest(struct why_exchanges *list);

/* --- DHCP (exchange_dhcp.c) --- */

/* Add an event of DHCP; what: its name without "dhcp.". */
void why_exchange_dhcp(struct why_exchanges *list, const json_t *event, const char *what);

#endif
