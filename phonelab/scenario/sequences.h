#ifndef PHONELAB_SCENARIO_SEQUENCES_H
#define PHONELAB_SCENARIO_SEQUENCES_H

#include <jansson.h>
#include <stdint.h>

#include "wire/dissect.h"

/* The message sequences of the phones that a failed scenario concerns, of the frames at their ports. */
struct sequences;

#define SEQUENCES_MOST 8

/* status: of the whole lab, for the names of servers; concerned: a status with these phones only. NULL without memory. */
struct sequences *sequences_new(const json_t *status, const json_t *concerned);

/* A frame of the capture, with its time (nanoseconds since 1970), at a port ("sw1 Gi1/0/1"). */
void sequences_add(struct sequences *sequences, const char *port, uint64_t number, uint64_t ns,
		   const struct dissect *frame);

/* A list (new): for each phone an object of sequence_json(), with its name as `phone`. */
json_t *sequences_json(const struct sequences *sequences);

/* NULL is legal. */
void sequences_free(struct sequences *sequences);

#endif
