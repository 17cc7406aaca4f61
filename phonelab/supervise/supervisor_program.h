#ifndef PHONELAB_SUPERVISE_SUPERVISOR_PROGRAM_H
#define PHONELAB_SUPERVISE_SUPERVISOR_PROGRAM_H

#include "phonelab/lab/program.h"
#include "phonelab/supervise/supervisor_internal.h"

/* A program_fn of the supervisor's children; arg: the struct supervisor. */
program_fn supervisor_program;

/* The verb "service" (supervisor_service.c): one program, or all of a server's. {"name":NAME,
 * "action":"stop|kill|pause|continue|start|restart"}; the reply has `programs`, their names. */
json_t *verb_service(void *arg, const json_t *request, int *fd, struct fail *fail);

#endif
