#ifndef CUCM_CUCM_H
#define CUCM_CUCM_H

#include <stdbool.h>
#include <stddef.h>

#include "cucm/plan.h"

/*
 * Rendering: the plan becomes files under a run directory (docs/formats.md). Files are written under a
 * temporary name and renamed, so that a server that is running sees the old file or the new one. Rendering
 * twice changes nothing except what the plan changed; the signing key in keys/ is made once and kept.
 */

/* Write everything: TFTP tree, keys, databases and configurations of all servers, below directory (which
 * exists; it appears to the servers as plan->prefix). Checks the plan first. 0 or a negative errno with the
 * reason. */
int cucm_render(const struct cucm_plan *plan, const char *directory, struct fail *fail);

/* Rewrite the configuration file of one device (and its signed form), as CUCM does when its settings change;
 * removes the files if the device is absent or has no file. The databases of the nodes follow
 * (cucm_write_device_database). */
int cucm_write_device(const struct cucm_plan *plan, const char *directory, const struct cucm_device *device,
		      struct fail *fail);

/* Bring one device's rows in every node's database in line with the plan; running nodes see it at the next
 * request. */
int cucm_write_device_database(const struct cucm_plan *plan, const char *directory,
			       const struct cucm_device *device, struct fail *fail);

/* Rewrite the trust lists as plan->itl says. */
int cucm_write_trust_lists(const struct cucm_plan *plan, const char *directory, struct fail *fail);

/* Rewrite one server's configuration (the program must be restarted, or told to reload). name: of a DHCP
 * server, TFTP server or node. -ENOENT when no server has that name. */
int cucm_write_server(const struct cucm_plan *plan, const char *directory, const char *name,
		      struct fail *fail);

/* --- running the servers --- */

enum cucm_program {
	CUCM_PROGRAM_DHCP,     /* dnsmasq: DHCP and DNS */
	CUCM_PROGRAM_TFTP,     /* dnsmasq: TFTP */
	CUCM_PROGRAM_HTTP,     /* lighttpd: port 6970 */
	CUCM_PROGRAM_KAMAILIO, /* Kamailio: one node */
};

#define CUCM_ARGS 16

/* One program to run in a server's network namespace, from an environment where paths are below plan->prefix.
 * It stays in the foreground and writes its log to standard error and output; SIGTERM ends it. */
struct cucm_command {
	enum cucm_program program;
	const char *node;	   /* borrowed from the plan: the server or node it belongs to */
	char name[64];		   /* unique, for logs: "dhcp", "tftp", "tftp-http", "cucm-pub" */
	char *argv[CUCM_ARGS + 1]; /* NULL at the end */
};

/* Everything that has to run, DHCP first. *commands is allocated, *count long; cucm_commands_free it. */
int cucm_command_lines(const struct cucm_plan *plan, struct cucm_command **commands, size_t *count,
		       struct fail *fail);

/* NULL is legal. */
void cucm_commands_free(struct cucm_command *commands, size_t count);

/*
 * Is the program of this command up? Asked from anywhere that sees the run directory (directory is where it
 * is seen from here). netns is a descriptor of the network namespace that it runs in, or -1 for the caller's
 * own: sockets are looked up and opened inside (the calling thread enters it and comes back). DHCP      UDP
 * port 67 (and 53) is bound           TFTP   a read request for the default file is answered HTTP      GET of
 * the default file says 200        Kamailio   its RPC answers and TCP port 5060 listens 0 when it is; -EAGAIN
 * not yet (fail says what is missing); another negative errno when the asking itself failed. Takes at most
 * timeout_ms.
 */
int cucm_ready(const struct cucm_plan *plan, const struct cucm_command *command, const char *directory,
	       int netns, int timeout_ms, struct fail *fail);

#endif
