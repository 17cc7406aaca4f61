#ifndef PHONELAB_LAB_PROGRAM_H
#define PHONELAB_LAB_PROGRAM_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/fail.h"
#include "phonelab/lab/server_program.h"

/* Control of a server's program by a user: start, stop, pause. No action counts as a failure of the lab. */
enum program_state {
	PROGRAM_RUNNING,
	PROGRAM_STOPPED,
	PROGRAM_PAUSED,
};

enum program_action {
	PROGRAM_STATE,	 /* report the state only */
	PROGRAM_STOP,	 /* end it in order; it stays down */
	PROGRAM_KILL,	 /* SIGKILL; it stays down */
	PROGRAM_PAUSE,	 /* SIGSTOP */
	PROGRAM_RUN,	 /* start or continue it; nothing to do if it runs */
	PROGRAM_RESTART, /* end and start it, so that it reads its files again */
};

/* Do the action and wait, up to some seconds, until it is done (a start: until the program is ready). Returns the enum
 * program_state after it; -ENOENT if no program has that name, or another negative errno, with the reason. */
typedef int program_fn(void *arg, const char *name, enum program_action action, struct fail *fail);

/* Is the process stopped by a signal (state T)? */
bool program_stands_still(pid_t pid);

/* The same of the process or any of its descendants: a call manager consists of many processes. */
bool program_stands_still_in_part(pid_t pid);

/* The state of a program that runs as pid; 0: stopped. Paused: one of its processes is. */
enum program_state program_state_of(pid_t pid);

/* Pause the process group of pid. -ESRCH with the reason if it does not run. */
int program_pause(pid_t pid, const char *name, struct fail *fail);

/* The verb "program": {"name":NAME,"action":ACTION}; the reply is {"state":STATE}. NULL with the reason. */
json_t *program_answer(const json_t *request, program_fn *act, void *arg, struct fail *fail);

/* The programs of the servers, and the routers: `status --json` services[] (docs/formats.md). A new list. */
json_t *program_list(const struct node *nodes, size_t node_count, const struct server_programs *programs,
		     program_fn *act, void *arg);

/* The same through a control socket; a socket that listens and does not reply is PROGRAM_PAUSED. */
int program_ask(const char *socket, const char *name, enum program_action action, struct fail *fail);

#endif
