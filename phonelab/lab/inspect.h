#ifndef PHONELAB_LAB_INSPECT_H
#define PHONELAB_LAB_INSPECT_H

#include <jansson.h>

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
	const json_t *phones;			/* names of the phones in question, or NULL */
	const char *directory;			/* the run directory */
	bool ours;				/* the lab's own programs serve: their files are known */
};

/* The target for a node of the lab. */
struct inspect_target inspect_target_of(const struct node *node, const struct server_programs *programs,
					const json_t *phones);

/* Inspect the node whose network namespace this thread is in. A new object. If a member cannot be read, it is absent, and
 * the list "errors" has the reason. Takes up to a second, usually some milliseconds. */
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
