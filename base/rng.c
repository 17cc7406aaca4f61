#include "base/rng.h"

/* FNV-1a, so that the same seed gives every node a stream of its own. */
void rng_seed(struct rng *rng, uint64_t seed, const char *name)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (const char *c = name ? name : ""; *c; c++)
		hash = (hash ^ (uint8_t)*c) * 0x100000001b3u;
	rng->state = seed ^ hash;
	rng->state = rng_next(rng);
}

/* splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). */
uint64_t rng_next(struct rng *rng)
{
	uint64_t z = rng->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

uint64_t rng_range(struct rng *rng, uint64_t low, uint64_t high)
{
	uint64_t span = high - low + 1, limit, value;

	if (span == 0)
		return rng_next(rng);
	/* Values above the last whole multiple of span would favour the low ones. */
	limit = UINT64_MAX - (UINT64_MAX % span + 1) % span;
	do
		value = rng_next(rng);
	while (value > limit);
	return low + value % span;
}

uint64_t rng_backoff(struct rng *rng, unsigned attempt, uint64_t base, uint64_t ceiling, uint64_t jitter)
{
	uint64_t delay = base < ceiling ? base : ceiling, move;

	while (attempt-- && delay < ceiling)
		delay = delay > ceiling / 2 ? ceiling : delay * 2;
	if (!jitter)
		return delay;
	move = rng_range(rng, 0, 2 * jitter);
	return delay + move > jitter ? delay + move - jitter : 0;
}
