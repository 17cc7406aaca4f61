#ifndef PHONELAB_WHY_FACTS_H
#define PHONELAB_WHY_FACTS_H

#include "phonelab/why/why.h"

/* What is so of a case, by its status: the words in which the rules (rules.h) put their conditions. A
 * kind is that of a service: "dhcp", "tftp", "http", "call-manager", "router". */

/* A step of the phone, by its number; and does its detail hold text, case ignored? */
const json_t *why_rung(const struct why_case *it, int step);
bool why_step_has(const struct why_case *it, int step, const char *text);

/* Does the detail of the broken step hold the rule's text (if it has one), case ignored? */
bool why_detail_has(const struct why_case *it);

/* Are there services of the kind, and are all in that state? */
bool why_service_is(const struct why_case *it, const char *kind, const char *state);

/* Is it an address, but of no service of the kind? False if the services are unknown. */
bool why_address_is_foreign(const struct why_case *it, const char *kind, const char *address);

/* The port of a switch where a node is plugged in; NULL when nowhere. */
const json_t *why_port_of_node(const struct why_case *it, const char *node);

/* The node of the first service of the kind, "" when there is none. */
const char *why_service_node(const struct why_case *it, const char *kind);

/* Is the port of a service of the kind that the rule's text names shut down? */
bool why_port_shut(const struct why_case *it);

/* The voice VLAN of the phone's port, 0 when it has none. */
long long why_voice_vlan(const struct why_case *it);

/* Is the link of the phone's port lost again and again: three times within ten seconds, by the events of the switch? Then
 * every boot is a new one. */
bool why_link_flaps(const struct why_case *it);

/* Has the phone no configuration file of its own, only the default? */
bool why_not_provisioned(const struct why_case *it);

#endif
