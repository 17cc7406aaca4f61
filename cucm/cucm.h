#ifndef CUCM_CUCM_H
#define CUCM_CUCM_H

#include <stdbool.h>
#include <stddef.h>

#include "cucm/plan.h"

/*
 * Rendering: the plan becomes files under a run directory (docs/formats.md). Files are written under a
 * temporary name and renamed, so that a running server reads the old file or the new file. Rendering again changes
 * only what the plan changed; the signing key in keys/ is made once and never replaced.
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

/* A file of the TFTP service, by its name below the root of the tree. 0, or a negative errno, which ends the call. */
typedef int cucm_file_fn(void *arg, const char *name, const void *bytes, size_t size);

/* Render in memory the files that one device may request, and the default file: without signatures, and without trust lists,
 * whose keys are on the disk. Images above CUCM_EACH_IMAGE octets are omitted. Returns as cucm_render. */
#define CUCM_EACH_IMAGE (4u << 20)
int cucm_each_file(const struct cucm_plan *plan, const struct cucm_device *device, cucm_file_fn *each,
		   void *arg, struct fail *fail);

/* The same for the trust lists that one device may request, signed with the key below directory; none if the plan has none. */
int cucm_each_trust_list(const struct cucm_plan *plan, const char *directory,
			 const struct cucm_device *device, cucm_file_fn *each, void *arg, struct fail *fail);

/* Rewrite the trust lists according to plan->itl. */
int cucm_write_trust_lists(const struct cucm_plan *plan, const char *directory, struct fail *fail);

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

/* The programs of all servers, DHCP first. *commands is allocated and has *count entries; free it with
 * cucm_commands_free. */
int cucm_command_lines(const struct cucm_plan *plan, struct cucm_command **commands, size_t *count,
		       struct fail *fail);

/* NULL is legal. */
void cucm_commands_free(struct cucm_command *commands, size_t count);

/*
 * Is the program of this command ready? The caller can be any process that sees the run directory; directory is the
 * caller's path of it. netns is a descriptor of the network namespace of the program, or -1 for the caller's own: the
 * calling thread enters it for the check and returns. The program is ready when
 *
 *   DHCP      UDP port 67 (and 53) is bound,
 *   TFTP      a read request for the default file is answered,
 *   HTTP      a HEAD request for the default file is answered with 200 or 404,
 *   Kamailio  its RPC answers and its SIP port listens on TCP.
 *
 * 0; -EAGAIN if it is not ready, with the reason; another negative errno if the check itself failed. Takes up to
 * timeout_ms.
 */
int cucm_ready(const struct cucm_plan *plan, const struct cucm_command *command, const char *directory,
	       int netns, int timeout_ms, struct fail *fail);

#endif
