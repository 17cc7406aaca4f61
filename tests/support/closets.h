#ifndef TESTS_SUPPORT_CLOSETS_H
#define TESTS_SUPPORT_CLOSETS_H

#include "tests/support/lab.h"

/*
 * The lab of topologies/campus.yaml without an engine: each closet is started by `phonelab up --closet` in a network namespace of its
 * own. Their only links are veths between core and each closet with an MTU of 1450, so that frames of phones travel in fragments.
 * Needs root. The judge of registrations is Kamailio's table, in core.
 */
enum closets_side { CLOSETS_CORE, CLOSETS_1, CLOSETS_2, CLOSETS_MOST };

struct closets {
	struct lab lab; /* the folder, and the beginning of all names */
	char bin[512];	/* phonelab */
	char file[600]; /* the topology, with the address of core and a key log */
	int sides;	/* core and the closets that have a namespace */
	int phones;	/* of the whole lab, in equal parts in closet1 and closet2 */
};

extern const char *const closets_names[CLOSETS_MOST], *const closets_switches[CLOSETS_MOST];

/* Make the folder, the topology, the secret of the trunks and the namespaces, in which nothing runs yet. 0, or another number if
 * that fails. */
int closets_begin(struct closets *it, const char *label, int sides, int phones);

/* End all sides and remove what was made. */
void closets_end(struct closets *it);

/* The name of the namespace, and of the lab, of a side. */
void closets_name(const struct closets *it, int side, char name[80]);

/* The address of the machine of a side. */
void closets_address(int side, char text[20]);

/* `phonelab ARGS` in the namespace of a side. */
struct command_result closets_run(const struct closets *it, int side, int timeout_s, const char *args);

/* A program of phonelab that goes on, in the folder of the test and the namespace of that side. */
pid_t closets_start(const struct closets *it, int side, const char *log, const char *args);

/* `phonelab up -d` of a side, and wait for it; closets_up_start does not wait. */
struct command_result closets_up(const struct closets *it, int side, int timeout_s);
pid_t closets_up_start(const struct closets *it, int side, int timeout_s);
void closets_down(const struct closets *it, int side);

/* A line of a shell in a node of a side. */
struct command_result closets_exec(const struct closets *it, int side, const char *node, const char *line);

/* Contacts in the location table that were written since then (seconds since 1970). An old one stays there until it expires. */
int closets_registered_since(const struct closets *it, long since);

/* The same, as soon as there are wanted ones, or after the time. */
int closets_registered_within(const struct closets *it, int seconds, int wanted, long since);

/* Wait for a second in which no phone that is gone now has registered, and return it. */
long closets_next_second(void);

#endif
