#ifndef TESTS_SUPPORT_MUTATE_H
#define TESTS_SUPPORT_MUTATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"

/* Replaces the value of one optional element of a well-formed message, as the project's encoders write it, by
 * random octets of any length. The element's own length and the checksum follow. */

#define MUTATE_MAX 8192 /* room that a message must have */

/* How many mutations a test runs: the environment variable MUTATIONS, 100,000 if it is not set. */
unsigned long mutate_count(void);

/* Each changes bytes (*length of them) in place and returns the has bit of the element; elements whose bit is in
 * keep stay. 0: the message has no other element, and is unchanged. */
uint32_t mutate_cdp(struct rng *rng, uint8_t *bytes, size_t *length, uint32_t keep);
uint32_t mutate_lldp(struct rng *rng, uint8_t *bytes, size_t *length, uint32_t keep);
uint32_t mutate_dhcp(struct rng *rng, uint8_t *bytes, size_t *length, uint32_t keep);
uint32_t mutate_oack(struct rng *rng, uint8_t *bytes, size_t *length);

#endif
