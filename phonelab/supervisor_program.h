#ifndef PHONELAB_SUPERVISOR_PROGRAM_H
#define PHONELAB_SUPERVISOR_PROGRAM_H

#include "phonelab/supervisor_internal.h"

/* What a server's program is told from outside: none of it is a failure of the lab. Each returns when it has
 * come true (a start: when the program is ready), within some seconds. 0, -ENOENT when no program has that
 * name, or another negative errno, with the reason. */
enum program_state {
	PROGRAM_RUNNING,
	PROGRAM_STOPPED,
	PROGRAM_PAUSED,
};

int program_stop(struct supervisor *supervisor, const char *name, bool kill, struct fail *fail);
int program_pause(struct supervisor *supervisor, const char *name, struct fail *fail);

/* Out of whatever state it is in; running already: nothing to do. */
int program_run(struct supervisor *supervisor, const char *name, struct fail *fail);

/* End and start: it reads its files again. */
int program_restart(struct supervisor *supervisor, const char *name, struct fail *fail);

/* The state by its program's name; -ENOENT. */
int program_state_of(const struct supervisor *supervisor, const char *name, struct fail *fail);

/* "running", "stopped", "paused". */
const char *program_state_name(enum program_state state);

/* The programs of the servers, and the routers: `status --json` services[] (docs/formats.md). A new list. */
json_t *program_list(const struct supervisor *supervisor);

/* The verb "program": name, and one of "stop", "kill", "pause", "run", "restart", "state". */
json_t *verb_program(void *arg, const json_t *request, int *fd, struct fail *fail);

#endif
