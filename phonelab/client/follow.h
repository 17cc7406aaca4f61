#ifndef PHONELAB_CLIENT_FOLLOW_H
#define PHONELAB_CLIENT_FOLLOW_H

#include <stdbool.h>

#include "base/fail.h"
#include "phonelab/client/client.h"

/* Set in the environment of a command in a container that must end when its standard input ends, because a signal to
 * `docker exec` does not reach the container. */
#define FOLLOW_STDIN "PHONELAB_ENDS_WITH_STDIN"

/* Waiting until files of a running lab grow: for commands that print what is new. The process sleeps meanwhile. */
struct follow {
	int changes; /* inotify */
	int process; /* the process of the lab; -1: a lab of containers */
	bool ended;  /* the lab has ended */
	bool alone;  /* nobody reads standard output any more */
	bool
	    stdin_ends; /* standard input ends when the command is to end: a command that runs in a container */
};

/* The process of a native lab as a descriptor that becomes readable when the lab has ended. -1: a lab of containers, whose
 * end ends this process too. The caller closes it. */
int follow_process(const struct lab *lab);

/* 0 or a negative errno with the reason. */
int follow_begin(struct follow *follow, const struct lab *lab, struct fail *fail);

/* Wait for this file too ("events.jsonl"). A file that cannot be watched is left out. */
void follow_file(const struct follow *follow, const struct lab *lab, const char *file);

/* Wait until a file has grown or wait_ms have passed (-1: no limit). False if there is nothing more to wait for: see `ended`
 * and `alone`; the files are then read a last time. */
bool follow_wait(struct follow *follow, int wait_ms);

void follow_end(struct follow *follow);

#endif
