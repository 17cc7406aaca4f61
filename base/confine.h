#ifndef BASE_CONFINE_H
#define BASE_CONFINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"

/*
 * What a program gives up before it reads the first octet of a network (docs/confinement.md): new privileges by exec,
 * capabilities, system calls (seccomp), and files (Landlock). Threads that it starts later are confined too.
 */

enum confine_access {
	CONFINE_READ,	/* read files, list folders */
	CONFINE_REMOVE, /* the same, and remove files: a program removes its sockets when it ends */
	CONFINE_WRITE,	/* the same, and create and change files, folders, sockets and FIFOs */
};

/* System calls beyond those of every program: a bit each. */
enum confine_calls {
	CONFINE_CALLS_LINKS = 1,   /* netlink and packet sockets, requests about interfaces */
	CONFINE_CALLS_NETNS = 2,   /* create and enter network namespaces */
	CONFINE_CALLS_FOLDERS = 4, /* watch folders, create FIFOs */
};

struct confine_path {
	char *path; /* its files and all below it, or one file */
	enum confine_access access;
};

struct confine {
	const char *program; /* in messages */
	uint64_t
	    capabilities; /* kept, if the process has them: a bit each, CONFINE_CAPABILITY(CAP_NET_RAW) */
	unsigned calls;	  /* enum confine_calls */
	struct confine_path *paths; /* beside those of every program; confine_add */
	size_t count;
	bool incomplete; /* memory was short for a path */
};

#define CONFINE_CAPABILITY(number) (UINT64_C(1) << (number))

/* Add a path, or with folder_of the folder of the path, each once; it is copied. NULL, and a path that does not exist when
 * confine_apply is called, are legal. */
void confine_add(struct confine *confine, const char *path, enum confine_access access);
void confine_add_folder_of(struct confine *confine, const char *path, enum confine_access access);

/*
 * Confine this process, for good. Call it when everything is open that needs more rights, and before the first thread is
 * started. If the kernel lacks seccomp or Landlock, this is reported on standard error, and the program goes on. The
 * environment variable PHONELAB_CONFINE=off, for debuggers, leaves the process as it is, with a message. 0, or a negative errno with
 * the reason if the kernel refuses to remove a right, or if memory or descriptors are short. Afterwards *confine has no paths.
 */
int confine_apply(struct confine *confine, struct fail *fail);

/* The verb "confinement" of a control socket (docs/formats.md): the rights of this process, as the kernel reports them, and what
 * an attempt gives to open a file that no simulator needs. */
json_t *confine_verb(void *arg, const json_t *request, int *fd, struct fail *fail);

/* Does this kernel have them, for this process? NULL: yes; else the reason. */
const char *confine_no_landlock(void);
const char *confine_no_seccomp(void);

#endif
