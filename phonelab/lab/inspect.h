#ifndef PHONELAB_LAB_INSPECT_H
#define PHONELAB_LAB_INSPECT_H

#include <jansson.h>

#include "base/mac.h"
#include "phonelab/lab/node.h"
#include "phonelab/lab/server_program.h"

/*
 * What a node looks like from inside its namespaces, as an administrator reads it there. Nothing is changed, and no frame
 * is sent. docs/formats.md lists the members.
 */

/* The most entries of a list; a list that was cut has the member "cut" beside it: {"routes":[..],"cut":["routes"]}. */
#define INSPECT_MOST	   512
#define INSPECT_NEIGHBOURS 8192

struct inspect_target {
	const char *name;			/* of the node */
	const char *kind;			/* "dhcp", "tftp", "router", "call-manager", "phone" */
	const struct server_programs *programs; /* of the lab, or NULL */
	const char *phone;			/* the phone in question; NULL: none */
	const char *phone_mac;			/* "00:11:22:aa:bb:02", or NULL */
	const char *directory;			/* the run directory */
	bool ours;				/* the lab's own programs serve: their files are known */
};

/* The target for a node. phone: of the lab, or NULL; mac is its memory. */
struct inspect_target inspect_target_of(const struct node *node, const struct server_programs *programs,
					const char *phone, char mac[MAC_TEXT]);

/* Inspect the node whose network namespace this thread is in. A new object. What cannot be read is a text in the member
 * "errors", and its own member is absent. Takes up to a second, usually some milliseconds. */
json_t *inspect_here(const struct inspect_target *target);

/* The parts, each of which adds its members to object. */
void inspect_net(json_t *object);
void inspect_sockets(json_t *object);
void inspect_filter(json_t *object);
void inspect_processes(json_t *object, const struct inspect_target *target);
void inspect_service(json_t *object, const struct inspect_target *target);

/* Note that something could not be read. */
void inspect_error(json_t *object, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Append value (stolen) to object[list] unless the list is full: then "cut" names it. */
void inspect_append(json_t *object, const char *list, size_t most, json_t *value);

/* The topology as the administrator planned it: nodes with addresses and ports, VLANs, trunks. A new object. */
json_t *inspect_plan(const struct topology *topology);

#endif
