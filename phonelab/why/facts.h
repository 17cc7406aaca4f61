#ifndef PHONELAB_WHY_FACTS_H
#define PHONELAB_WHY_FACTS_H

#include "phonelab/why/why.h"

/* What is so of a case, by its status. A kind is that of a service: "dhcp", "tftp", "http", "call-manager", "router". */

/* A step of the phone, by its number; and does its detail hold text, case ignored? */
const json_t *why_rung(const struct why_case *it, int step);
bool why_step_has(const struct why_case *it, int step, const char *text);

/* Is it an address, but of no service of the kind? False if the services are unknown. */
bool why_address_is_foreign(const struct why_case *it, const char *kind, const char *address);

/* The port of a switch where a node is plugged in; NULL when nowhere. */
const json_t *why_port_of_node(const struct why_case *it, const char *node);

/* The node of the first service of the kind, "" when there is none. */
const char *why_service_node(const struct why_case *it, const char *kind);

/* Has the phone no configuration file of its own, only the default? */
bool why_not_provisioned(const struct why_case *it);

#endif
