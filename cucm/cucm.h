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

/* Write what the device's configuration file names: soft keys, dial rules, the files of its locale; and the ringtones. */
int cucm_write_device_files(const struct cucm_plan *plan, const char *directory,
			    const struct cucm_device *device, struct fail *fail);

/* Bring one device's rows in every node's database in line with the plan; running nodes see it at the next
 * request. */
int cucm_write_device_database(const struct cucm_plan *plan, const char *directory,
			       const struct cucm_device *device, struct fail *fail);

/* The version stamp of a device's configuration file, without its braces: a GUID of what the file contains. 0 or a negative
 * errno. */
#define CUCM_STAMP 37
int cucm_device_stamp(const struct cucm_plan *plan, const struct cucm_device *device, char stamp[CUCM_STAMP]);

/* A directory number that no device has, in the table `unassigned` of every node's database: add it with its description, or
 * remove it (description NULL). 0 or a negative errno. */
int cucm_write_number(const struct cucm_plan *plan, const char *directory, const char *number,
		      const char *description, struct fail *fail);

/* Note in every node's database what the CAPF did last with a device, in the words of AXL: "Upgrade Success". 0 or a negative
 * errno. */
int cucm_write_capf(const struct cucm_plan *plan, const char *directory, const char *device,
		    const char *status, struct fail *fail);

/* Change auto-registration in every node's database: "on", "off" or "exhausted". 0 or a negative errno. */
int cucm_write_auto_registration(const struct cucm_plan *plan, const char *directory, const char *value,
				 struct fail *fail);

/* A device has arrived by auto-registration. done: every node forgets it; else each notes that the device was not found, and forgets
 * it after some times. 0 or a negative errno. */
int cucm_write_arrived(const struct cucm_plan *plan, const char *directory, const char *device, bool done,
		       struct fail *fail);

/* A file of the TFTP service, by its name below the root of the tree. 0, or a negative errno, which ends the call. */
typedef int cucm_file_fn(void *arg, const char *name, const void *bytes, size_t size);

/* Render in memory the files that one device may request, and the default file: without signatures, without trust lists,
 * and without the encrypted file. directory has the certificates of the phones. Images above CUCM_EACH_IMAGE octets are omitted. Returns as cucm_render. */
#define CUCM_EACH_IMAGE (4u << 20)
int cucm_each_file(const struct cucm_plan *plan, const char *directory, const struct cucm_device *device,
		   cucm_file_fn *each, void *arg, struct fail *fail);

/* The same for the trust lists that one device may request, signed with the key below directory; none if the plan has none. */
int cucm_each_trust_list(const struct cucm_plan *plan, const char *directory,
			 const struct cucm_device *device, cucm_file_fn *each, void *arg, struct fail *fail);

/* Rewrite the trust lists according to plan->itl. */
int cucm_write_trust_lists(const struct cucm_plan *plan, const char *directory, struct fail *fail);

/* What the TFTP service does at its start, in a lab with certificates: sign the ITL and all files with the certificates as they are
 * now. The CTL stays as it is until cucm_write_ctl. */
int cucm_sign_again(const struct cucm_plan *plan, const char *directory, struct fail *fail);
int cucm_write_ctl(const struct cucm_plan *plan, const char *directory, struct fail *fail);

/* Write the ITL alone, with the certificates as they are now. */
int cucm_write_itl(const struct cucm_plan *plan, const char *directory, struct fail *fail);

/* The configurations of the DHCP servers, which read them when they start. 0 or a negative errno. */
int cucm_write_dhcp(const struct cucm_plan *plan, const char *directory, struct fail *fail);

/* The cluster has entered or left mixed mode (plan->mixed): write or remove the CTL, the configurations that the call managers read
 * when they start, and the mode in every node's database. The files of the devices follow with cucm_sign_again. */
int cucm_write_mode(const struct cucm_plan *plan, const char *directory, struct fail *fail);

/* --- running the servers --- */

enum cucm_program {
	CUCM_PROGRAM_DHCP,     /* dnsmasq: DHCP and DNS */
	CUCM_PROGRAM_TFTP,     /* dnsmasq: TFTP */
	CUCM_PROGRAM_HTTP,     /* lighttpd: port 6970 */
	CUCM_PROGRAM_KAMAILIO, /* Kamailio: one node */
	CUCM_PROGRAM_SERVICE,  /* cucm-service: the web services of the publisher */
	CUCM_PROGRAM_TVS,      /* cucm-service: the trust verification service of one node */
	CUCM_PROGRAM_CAPF,     /* cucm-service: the CAPF of the publisher */
};

#define CUCM_ARGS 16

/* One program to run in a server's network namespace, from an environment where paths are below plan->prefix.
 * It stays in the foreground and writes its log to standard error and output; SIGTERM ends it. */
struct cucm_command {
	enum cucm_program program;
	const char *node; /* borrowed from the plan: the server or node it belongs to */
	char name[64];	  /* unique, for logs: "dhcp", "tftp", "tftp-http", "cucm-pub", "cucm-pub-service" */
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
 *   Kamailio  its RPC answers and its SIP port listens on TCP,
 *   service   its HTTPS port listens,
 *   TVS, CAPF their ports listen.
 *
 * 0; -EAGAIN if it is not ready, with the reason; another negative errno if the check itself failed. Takes up to
 * timeout_ms.
 */
int cucm_ready(const struct cucm_plan *plan, const struct cucm_command *command, const char *directory,
	       int netns, int timeout_ms, struct fail *fail);

#endif
