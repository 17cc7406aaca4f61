#ifndef PHONELAB_LAB_SERVER_PROGRAM_H
#define PHONELAB_LAB_SERVER_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"
#include "cucm/cucm.h"
#include "phonelab/lab/node.h"

/* A program of a server or call manager: one of the lab's own, or the user's (`run` in a topology). */
struct server_program {
	const char *name, *node; /* name: unique, of its log */
	const char *kind;	 /* "dhcp", "tftp", "http", "call-manager", "web-service", "router" */
	char *const *argv;
	const struct cucm_command *command; /* the lab's own; else NULL */
	const struct cucm_plan *plan;	    /* of command */
	const struct topology_run *run;	    /* the user's; else NULL */
	const char *const *environment;	    /* the user's: further variables, "NAME=TEXT", NULL at the end */
};

#define SERVER_PROGRAM_CLUSTERS 5
struct server_programs {
	struct server_program *items;
	size_t n;
	struct {
		struct cucm_command *items;
		size_t n;
	} commands[SERVER_PROGRAM_CLUSTERS]; /* those of the lab's own, of each cluster */
	size_t clusters;
	struct arena arena;
};

/* All programs, the lab's own first; free with server_programs_free, also after an error. topology and plan must live
 * longer. */
int server_programs_read(struct server_programs *programs, const struct topology *topology,
			 const struct cucm_plan *plan, struct fail *fail);
void server_programs_free(struct server_programs *programs);

/* Add the programs of another cluster. plan must live longer. */
int server_programs_add(struct server_programs *programs, const struct cucm_plan *plan, struct fail *fail);

/* Before the start, where the program will run: does the directory of a program of the user exist? 0, or -ENOENT with
 * the reason. */
int server_program_check(const struct server_program *program, struct fail *fail);

/* The program with that name, or NULL. */
const struct server_program *server_programs_find(const struct server_programs *programs, const char *name);

/* Is it ready? As cucm_ready; the program of the user as its `ready` says. address: of its node. */
int server_program_ready(const struct server_program *program, uint32_t address, const char *directory,
			 int netns, int timeout_ms, struct fail *fail);

/* How long it may take until it is ready, in seconds. */
unsigned server_program_patience_s(const struct server_program *program);

#endif
