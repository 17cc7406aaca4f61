#ifndef PHONELAB_LAB_USER_WITNESS_H
#define PHONELAB_LAB_USER_WITNESS_H

#include "phonelab/lab/status.h"

/* The command by which a user lets the lab ask a call manager of theirs (`registered` in a topology). */

/* Ask node number i of the cluster and append the device name of every registered phone to registered; what fits no
 * phone is appended as the command printed it. phones: those of the status object. 0, or a negative errno with the
 * reason. */
int user_witness_ask(const struct status_source *source, size_t i, const json_t *phones, json_t *registered,
		     struct fail *fail);

/* Append what the output of the command names: one directory number, address of record (sip:2001@pbx.example) or device
 * name a line; the first word of a line counts, "#" starts a comment. */
void user_witness_read(const char *output, const json_t *phones, json_t *registered);

#endif
