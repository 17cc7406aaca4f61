#ifndef PHONELAB_CONSOLE_MERGE_H
#define PHONELAB_CONSOLE_MERGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "phonelab/closet/route.h"
#include "phonelab/topology/topology.h"

/* The replies of several closets as the reply of one lab. No I/O, no clock. */

/* What the console knows of closet number i of the route. */
struct merge_closet {
	const json_t *status; /* its last reply to `status`, borrowed; NULL: there was none */
	bool reached;	      /* it is the present state */
	int64_t silent_s;     /* since the last reply; -1: there was none */
	const char *reason;   /* why it is not reached; "" or NULL: unknown */
};

/*
 * The object of `status --json` of the whole lab (new reference). Phones and switches come from their closet and have
 * `closet`; with `old` if that closet is not reached. One of which nothing is known has the state "unknown". Everything else
 * comes from `core`. A phone is registered if the call managers of core say so. `closets` lists name, reached, silent_s
 * (null: never reached) and, if it is not reached, reason. NULL: out of memory.
 */
json_t *merge_status(const struct topology *topology, const struct route *route, const char *lab,
		     const struct merge_closet *closets);

/* The entry of a closet in `closets`. */
json_t *merge_closet_entry(const struct route *route, size_t i, const struct merge_closet *closet);

/* Append the faults of closet i (the reply to `fault-ls`) to list, with the numbers of the console and `closet`. */
void merge_faults(const struct route *route, size_t i, const json_t *reply, json_t *list);

/* Add the reply to `inspect` of a closet to that of the lab: the nodes that are in this closet, and of core everything
 * else. */
void merge_inspect(const struct route *route, size_t i, const json_t *reply, json_t *whole);

/* The same for `nodes`: a list of {"name","kind"}. */
void merge_nodes(const struct route *route, size_t i, const json_t *reply, json_t *list);

#endif
