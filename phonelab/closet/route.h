#ifndef PHONELAB_CLOSET_ROUTE_H
#define PHONELAB_CLOSET_ROUTE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Which closet has a node, a file of the run directory, or the subject of a request. No I/O. Everything that is in no other closet
 * is in `core`. */
#define ROUTE_CORE    "core"
#define ROUTE_CLOSETS 64

struct route;

/* closets: the names of all closets, with "core" among them; copied. NULL: out of memory. */
struct route *route_new(const char *const closets[], size_t n);
void route_free(struct route *route); /* NULL is legal */

/* This switch, phone or server is in closet number i. */
void route_place(struct route *route, const char *node, size_t i); /* a number that no closet has: core */

size_t route_count(const struct route *route);
const char *route_name(const struct route *route, size_t i);
int route_find(const struct route *route, const char *closet); /* its number, or -ENOENT */
size_t route_core(const struct route *route);

/* All placed nodes: {NAME: number}, borrowed. */
json_t *route_nodes(const struct route *route);

bool route_is_placed(const struct route *route, const char *node);

/* The closet of a node by its exact name. */
size_t route_node(const struct route *route, const char *node);

/* The closet whose file counts, by its name below the run directory: "switches/sw2.sock", "log/SEP001122AABB01.log". */
size_t route_file(const struct route *route, const char *file);

/* May the console have a copy of the file, or pass on the socket? Not what it makes itself. */
bool route_passes(const char *file);

/* The closet of a request to the rack: by "node", or by the first place of a plan of probes. -EINVAL: it names no phone. */
int route_rack_request(const struct route *route, const json_t *request);

/* Numbers of faults: each keeper counts from 1. The console's number of fault number of closet i, and back. */
long long route_fault_number(const struct route *route, size_t i, long long number);
bool route_fault_split(const struct route *route, long long console_number, size_t *i, long long *number);

#endif
