#ifndef CUCM_TRUST_H
#define CUCM_TRUST_H

#include <stdint.h>
#include <sys/types.h>

#include "base/fail.h"
#include "cucm/keys.h"
#include "cucm/plan.h"

/* The trust lists of a cluster: which certificates they have, in which roles, and who signs. */

enum trust_kind {
	TRUST_CTL,
	TRUST_ITL,
};

struct trust;

/* Load the certificates of the plan's lists from directory/keys; signer is the pair keys/signer, borrowed until
 * trust_close. In a lab without certificates that pair is all that there is. 0 or a negative errno with the reason. */
int trust_open(struct trust **trust, const struct cucm_plan *plan, const char *directory,
	       const struct cucm_keys *signer, struct fail *fail);

/* NULL is legal. */
void trust_close(struct trust *trust);

/* Write a signed list into out; file is its name in the header. forged: altered after it was signed. The size, or a
 * negative errno with the reason. */
ssize_t trust_encode(const struct trust *trust, enum trust_kind kind, const char *file, bool forged,
		     uint8_t *out, size_t size, struct fail *fail);

#endif
