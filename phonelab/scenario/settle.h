#ifndef PHONELAB_SCENARIO_SETTLE_H
#define PHONELAB_SCENARIO_SETTLE_H

#include "phonelab/scenario/scenario.h"

/* How what was read of a scenario is checked against its topology and settled: between read.c and the
 * settle_*.c, and nobody else. What is wrong is complained of, at its place in the file; path: the keys that
 * lead there. */
struct settler {
	struct scenario *scenario;
	struct complaints *complaints;
};

/* --- settle_names.c: what a word of the file stands for --- */

/* The key of a map as it is written, for complaints about it; the map itself when it is not there. */
const struct yaml_node *settle_value_at(const struct yaml_node *map, const char *key);

/* Exactly one of the names is a key of map: its index. -1 with the complaint otherwise. */
int settle_only_one(struct settler *it, const struct yaml_node *map, const char *path,
		    const char *const *names);

/* The index of the phone that text names by device name, MAC or directory number. SIZE_MAX with the
 * complaint, in which others ("all or ") is what else it might say. */
size_t settle_phone_named(struct settler *it, const struct yaml_node *at, const char *path, const char *text,
			  const char *others);

/* A switch; name NULL: the only one. NULL with the complaint. */
const char *settle_switch_named(struct settler *it, const struct yaml_node *at, const char *path,
				const char *name);

/* Is it a server, a call manager or a switch? */
bool settle_node_exists(const struct topology *topology, const char *name);

/* A node by its name; a phone also by MAC or number: then its device name. NULL with the complaint. */
const char *settle_node_named(struct settler *it, const struct yaml_node *at, const char *path,
			      const char *name);

/* A server, or one program of it. NULL with the complaint. */
const char *settle_service_named(struct settler *it, const struct yaml_node *at, const char *path,
				 const char *name);

/* --- settle_fault.c --- */

/* A fault that is added: complain about an unknown id, an unreadable file, and a target that does not fit. */
void settle_fault(struct settler *it, const struct yaml_node *at, const char *path,
		  const struct scenario_fault *wanted);

/* --- settle_look.c --- */

/* An observation; never: it must not be seen, so that any phone counts. */
void settle_look(struct settler *it, struct scenario_observation *look, const char *path, bool never);

/* --- settle_timeline.c --- */

void settle_entry(struct settler *it, size_t index);

/* --- settle_expect.c --- */

/* All entries of the timeline have been settled. */
void settle_expectation(struct settler *it, struct scenario_expectation *e);

/* All expectations have been: something has to take time, or all is over at power-on. */
void settle_end(struct settler *it);

#endif
