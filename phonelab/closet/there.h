#ifndef PHONELAB_CLOSET_THERE_H
#define PHONELAB_CLOSET_THERE_H

#include "phonelab/client/client.h"

/* Run `phonelab ARGS` in a closet of a lab of closets, with the standard streams of this process; args ends with NULL. Signals of
 * this process are passed on. out: the descriptor for its standard output. Returns the exit status of the command, or
 * EXIT_DEFECT with the reason printed if the closet is not reached. */
int there_run(const struct lab *lab, const char *closet, const char *const args[], int out);

/* Connect to a channel of a closet (channel.h). The descriptor, or a negative errno with the reason. */
int there_open(const struct lab *lab, const char *closet, struct fail *fail);

#endif
