#ifndef PHONELAB_SUPERVISE_SUPERVISOR_PROGRAM_H
#define PHONELAB_SUPERVISE_SUPERVISOR_PROGRAM_H

#include "phonelab/lab/program.h"
#include "phonelab/supervise/supervisor_internal.h"

/* A program_fn of the supervisor's children; arg: the struct supervisor. */
program_fn supervisor_program;

/* The verb "program". */
json_t *verb_program(void *arg, const json_t *request, int *fd, struct fail *fail);

#endif
