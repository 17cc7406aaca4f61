#ifndef PHONELAB_WHY_PROBES_INTERNAL_H
#define PHONELAB_WHY_PROBES_INTERNAL_H

#include "phonelab/lab/probe.h"
#include "phonelab/why/probes.h"

/* Only for probes*.c. */

#define PROBES_NETNS 64

struct probes {
	const struct why_case *it;
	const struct lab *lab;
	const json_t *known; /* the facts of the other producers */
	json_t *plan;	     /* owned; probe.h */
	int netns[PROBES_NETNS];
	size_t netns_count;
	const json_t *peer; /* in the status, or NULL */
	json_t *peer_more;  /* owned: of the peer by its rack */
};

/* Append a namespace (taken over). Its number, or -1 if there is no room (then it is closed). */
int probes_add_netns(struct probes *probes, int netns);

/* --- probes_path.c --- */

/* Where a request goes. */
struct probes_way {
	const char *gateway; /* of the phone, "" if none */
	const char *address; /* of the server */
	long long tag;	     /* of the frames; 0: none */
};

/* The path of a request from a phone (in status.phones), as in probe.h, each point also with "label" ("sw1 Gi1/0/2",
 * "gw eth0") and "switch" or "node". A new list; empty if the path is not known, or if the ports of phone and server (or
 * router) are not in one VLAN. */
json_t *probes_path(struct probes *probes, const json_t *phone, const struct probes_way *way);

/* The switch and port where a node is plugged in, in that VLAN if it has several cables. NULL: nowhere. */
const json_t *probes_port(const json_t *status, const char *device, long long vlan, const char **sw);

/* "sw1 Gi1/0/9" of the interface gi1-0-9 of a switch. False if another switch is plugged in there, or it is no port. */
bool probes_port_label(const json_t *status, const char *sw, const char *interface, char text[80]);

/* --- probes_plan.c --- */

/* Append the checks of a place (0: the phone, 1: the peer). more: of the phone whose servers are asked. */
void probes_add_checks(struct probes *probes, int place, const json_t *phone, const json_t *more);

/* --- probes_facts.c --- */

/* Append the facts of the results of probe_run. */
void probes_facts(const struct probes *probes, const json_t *result, json_t *facts);

/* The name of the node with that address, "" if none is known. */
const char *probes_node_at(const json_t *status, const char *address);

/* "socket cucm-pub tcp 5060"; of an address that no node has "address 10.20.0.9". */
void probes_object(const json_t *status, const char *address, const char *port, char text[100]);

/* Append a fact about a check: object as given, from, values who and name are set. */
json_t *probes_fact(const json_t *plan, const json_t *check, json_t *facts, const char *name,
		    const char *object, const char *text);

/* --- probes_trace.c --- */

/* Append the facts of the traces. */
void probes_trace_facts(const json_t *plan, const json_t *result, json_t *facts);

/* --- probes_own.c --- */

/* If frames could not be counted on their way: probe.frames_vanish at the cable of the phone, if the phone misses echo replies
 * of every address that it asked, and its peer at the same switch of none. */
void probes_own_cable(const json_t *status, const char *phone, const char *peer, json_t *facts);

#endif
