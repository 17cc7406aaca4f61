#ifndef PHONELAB_WHY_WALK_INTERNAL_H
#define PHONELAB_WHY_WALK_INTERNAL_H

#include <netinet/in.h>
#include <stdbool.h>

#include "phonelab/why/fact.h"
#include "phonelab/why/model.h"
#include "phonelab/why/walk.h"

#define WALK_HOPS   8  /* nodes on a way */
#define WALK_OBJECT 96 /* octets of an object's name */

struct walk {
	const struct why_case *it;
	const json_t *model;
	json_t *facts;
	json_t *phone;		 /* the phone as a node: interfaces, routes, neighbours; owned */
	struct model_place port; /* of the phone */
	int vlan;		 /* in which the phone sends; 0: unknown */
	const char *wants; /* the object that gave the phone the address of this walk: its lease, its file */
};

/* What came out of a part of the walk. Of several the worst counts: the greatest. */
enum walk_result {
	WALK_FINE,
	WALK_UNKNOWN,
	WALK_BROKEN,
};

/* A packet, by which rules are judged. */
struct walk_packet {
	uint32_t from, to; /* host byte order */
	int protocol;	   /* IPPROTO_TCP or IPPROTO_UDP */
	int port;	   /* the server's */
	bool back;	   /* an answer: port is the source's */
};

/* Append a fact unless the list has one of that name and object. NULL: it has, or there is no memory. */
json_t *walk_fact(struct walk *walk, const char *name, const char *object, const char *from,
		  const char *format, ...) __attribute__((format(printf, 5, 6)));

/* "port sw1 Gi1/0/5", or "trunk .." if it is one. Returns text. */
const char *walk_port_object(const struct walk *walk, struct model_place place, char text[WALK_OBJECT]);

/* Does the port carry traffic: is it neither shut down nor err-disabled, and has it a link? */
enum walk_result walk_port_up(struct walk *walk, struct model_place place, const char *device);

/* From one port to another through all switches between, in the VLAN. snooped: answers of a DHCP server come from `to`. */
enum walk_result walk_switches(struct walk *walk, struct model_place from, struct model_place to, int vlan,
			       bool snooped);

/* The port of a node: is it up, and in the VLAN? planned: the VLAN of the plan, or -1. */
enum walk_result walk_node_port(struct walk *walk, const char *node, struct model_place place, int vlan,
				int planned);

/* TVS and CAPF of a node: do they run? */
void walk_trust_services(struct walk *walk, const char *node);

/* The facts about the phone's own port, whatever the step. */
void walk_own_port(struct walk *walk);

/* From one node (or the phone, by its name) to an address, node by node. server: the node where it ended, if it arrived. */
enum walk_result walk_route(struct walk *walk, const char *from, const struct walk_packet *packet,
			    const char **server);

/* The node that has the address, by inspection, else by the plan; NULL: none. count: how many have it (may be NULL). */
const char *walk_owner(const struct walk *walk, uint32_t address, int *count);

/* Its inspection; of the phone walk->phone. NULL or without "interfaces": unknown. */
const json_t *walk_node(const struct walk *walk, const char *name);

/* The interface of an inspection that has the address, by its text; NULL: none. */
const json_t *walk_interface(const json_t *node, uint32_t address);

/* The entry of the plan for the node that has the address there; NULL: none. */
const json_t *walk_planned_owner(const struct walk *walk, uint32_t address);

/* The interface of an inspection with that name, or NULL. */
const json_t *walk_interface_named(const json_t *node, const char *name);

struct walk_prefix {
	uint32_t address;
	int length;
};

/* Read "10.110.0.0/24" or an address. */
bool walk_read_prefix(const char *text, struct walk_prefix *prefix);
bool walk_holds(const struct walk_prefix *prefix, uint32_t address);

struct walk_lookup {
	const json_t *route; /* NULL: none */
	bool unknown;
	bool refused; /* by a policy rule */
};

/* What the node does with a packet, by its policy rules and routing tables. */
struct walk_lookup walk_look_up(const json_t *node, uint32_t from, uint32_t to);

/* Has the node a route to the address without a gateway: is the address in a subnet of its own? */
bool walk_is_near(const json_t *node, uint32_t address);

/* A packet at a node on its way. */
struct walk_hop {
	struct walk *walk;
	const struct walk_packet *packet;
	const char *node;
	const json_t *inspect;
	const char *in;	      /* the interface by which the packet came, "" at its first node */
	const char *previous; /* the node before it, or NULL */
};

/* "gw: ip route": where a person sees a fact about the node. Returns text. */
const char *walk_node_from(const struct walk_hop *hop, const char *command, char text[WALK_OBJECT]);

/* Each states its fact, if it is so: the interface is switched off; an address of the plan is missing; a node beside the
 * planned one has the address; the mask of the interface is not the plan's; the neighbour entry of owner is wrong. */
bool walk_is_off(struct walk *walk, const char *node, const json_t *interface);
bool walk_lost_any(struct walk *walk, const char *node);
void walk_duplicate(const struct walk_hop *hop, uint32_t address);
enum walk_result walk_check_mask(const struct walk_hop *hop, const json_t *interface);
enum walk_result walk_check_neighbour(const struct walk_hop *hop, const char *owner, uint32_t next);

/* Does the node lack the address of that plug of the plan? Then there is a fact about it. */
bool walk_lost_address(struct walk *walk, const char *node, const json_t *plug);

/* The VLAN of a port for frames without a tag; -1: unknown. */
int walk_untagged(const json_t *port);

/* Do the rules of the node let the packet pass at that hook ("input", "forward", "output")? in, out: interfaces or "". */
enum walk_result walk_filter(struct walk *walk, const char *node, const char *hook,
			     const struct walk_packet *packet, const char *in, const char *out);

/* Does a program of the kind listen at the address and port, and work? */
enum walk_result walk_listener(struct walk *walk, const char *node, const char *kind,
			       const struct walk_packet *packet);

/* The state of the node's programs of the kind. */
enum walk_result walk_process(struct walk *walk, const char *node, const char *kind);

/* What the services need: leases and pools, the database, the root of the files. */
enum walk_result walk_leases(struct walk *walk, const char *node);
enum walk_result walk_database(struct walk *walk, const char *node);
enum walk_result walk_files(struct walk *walk, const char *node);

static inline enum walk_result walk_worse(enum walk_result a, enum walk_result b)
{
	return a > b ? a : b;
}

#endif
