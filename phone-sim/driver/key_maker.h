#ifndef PHONE_SIM_DRIVER_KEY_MAKER_H
#define PHONE_SIM_DRIVER_KEY_MAKER_H

#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "phone-sim/core/phone.h"

struct event_base;
struct key_maker;
struct key_job;

/*
 * Key pairs for the phones of a rack, made in threads of its own: an RSA key of 2048 bits takes a quarter of a second, during
 * which an event loop would serve no phone. There is a thread per processor at most, and none while there is nothing to make.
 */

/* Two keys, DER. Borrowed for the call; NULL: the key could not be made. */
struct key_pair {
	const uint8_t *key; /* PKCS#8 */
	size_t length;
	const uint8_t *public_key; /* SubjectPublicKeyInfo */
	size_t public_length;
};

/* Called from the event loop; the job is freed after it returns. */
typedef void key_made_fn(void *arg, struct key_job *job, const struct key_pair *pair);

int key_maker_new(struct key_maker **maker, struct event_base *base, struct fail *fail);

/* Cancel all jobs and wait for the threads. NULL is legal. */
void key_maker_free(struct key_maker *maker);

/* Make a key: RSA of 512 to 4096 bits, or EC on the NIST curve of 256, 384 or 521 bits. Any other number of bits fails, through
 * made. -ENOMEM is the only error. */
int key_maker_start(struct key_maker *maker, struct key_job **job, enum phone_key_type type, unsigned bits,
		    key_made_fn *made, void *arg, struct fail *fail);

/* Make it no more: made is not called. NULL is legal. */
void key_job_cancel(struct key_job *job);

#endif
