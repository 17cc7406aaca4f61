#ifndef PHONELAB_SCENARIO_SETTLE_H
#define PHONELAB_SCENARIO_SETTLE_H

#include "base/nearest.h"
#include "phonelab/scenario/scenario.h"

/* Check a decoded scenario against its topology and resolve its names. Only read.c and settle_*.c include this
 * header. Errors become complaints at their place in the file; path: the keys that lead to it. */
struct settler {
	struct scenario *scenario;
	struct complaints *complaints;
};

/* read.c: a path of the file, which is relative to the scenario's folder, as seen from here. */
const char *settle_beside(struct scenario *scenario, const char *path);

/* --- settle_names.c: the things that names in the file refer to --- */

/* The value of a key, as the place of complaints about it; the map itself if it does not have the key. */
const struct yaml_node *settle_value_at(const struct yaml_node *map, const char *key);

/* Append a name to the list "a, b", which is cut to its size. */
void settle_list(char list[300], const char *name);

/* The index of the only name that is a key of map. -1 with a complaint if none or several are. */
int settle_only_one(struct settler *it, const struct yaml_node *map, const char *path,
		    const char *const *names);

/* "; did you mean \"X\"?" for the best candidate of a search; "" if no candidate is near. */
const char *settle_suggest(const struct nearest *nearest, char text[100]);

/* The index of the phone with this device name, MAC or directory number. SIZE_MAX with a complaint, which lists
 * others ("all or ") as values that are also valid. */
size_t settle_phone_named(struct settler *it, const struct yaml_node *at, const char *path, const char *text,
			  const char *others);

/* A switch; name NULL: the only switch. runs: the lab must run it. NULL with a complaint. */
const char *settle_switch_named(struct settler *it, const struct yaml_node *at, const char *path,
				const char *name, bool runs);

/* Complain if the switch does not have the port. */
void settle_port_of(struct settler *it, const struct yaml_node *at, const char *path, const char *switch_name,
		    const struct key_port *port);

/* A node by its name, or the device name of a phone by its MAC or directory number. also: one more valid name, or NULL.
 * NULL with a complaint. */
const char *settle_node_named(struct settler *it, const struct yaml_node *at, const char *path,
			      const char *name, const char *also);

/* False with a complaint if the node is external: the lab does not run it. */
bool settle_is_ours(struct settler *it, const struct yaml_node *at, const char *path, const char *name);

/* A server or one of its programs. NULL with a complaint. */
const char *settle_service_named(struct settler *it, const struct yaml_node *at, const char *path,
				 const char *name);

/* --- settle_phones.c --- */

/* Which phones does the observation concern? Sets which and chosen. never: the default is any phone. */
void settle_phones(struct settler *it, struct scenario_observation *observation, const char *path,
		   bool never);

/* --- settle_observation.c --- */

/* An observation. never: the expectation is that it is not seen; the default is any phone then. */
void settle_observation(struct settler *it, struct scenario_observation *observation, const char *path,
			bool never);

/* --- settle_timeline.c --- */

void settle_entry(struct settler *it, size_t index);

/* --- settle_expect.c --- */

/* After all entries of the timeline. */
void settle_expectation(struct settler *it, struct scenario_expectation *e);

/* After all expectations: complain if the scenario takes no time. */
void settle_end(struct settler *it);

#endif
