#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdint.h>

/* A seeded generator (splitmix64): the same seed gives the same boot. Not for secrets. */
struct rng {
	uint64_t state;
};

/* Start from seed, mixed with a name, so that every node of a lab has a stream of its own. */
void rng_seed(struct rng *rng, uint64_t seed, const char *name);

uint64_t rng_next(struct rng *rng);

/* Uniform in [low, high], both ends included; low <= high. */
uint64_t rng_range(struct rng *rng, uint64_t low, uint64_t high);

/*
 * The one place that owns backoff and jitter. The delay before retransmission number attempt (0 for the
 * first): base doubled attempt times, at most ceiling, then moved by a uniform -jitter..+jitter. All
 * in microseconds. RFC 2131 section 4.1: base 4 s, ceiling 64 s, jitter 1 s.
 */
uint64_t rng_backoff(struct rng *rng, unsigned attempt, uint64_t base, uint64_t ceiling, uint64_t jitter);

#endif
