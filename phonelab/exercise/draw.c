#include "phonelab/exercise/draw.h"

#include <string.h>

static const struct exercise_pick *nth_variant(const struct exercise_set *set,
					       const struct exercise_texts *from, size_t n,
					       struct exercise_pick *pick)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct exercise *source = exercise_find(set, from->items[i]);

		if (source && n < source->variants.n) {
			*pick = (struct exercise_pick){source, &source->variants.items[n]};
			return pick;
		}
		n -= source ? source->variants.n : 0;
	}
	return NULL;
}

/* All variants of the exercises have the same chance. */
static bool draw_variant(const struct exercise_set *set, const struct exercise_texts *from, struct rng *rng,
			 struct exercise_pick *pick)
{
	size_t all = 0;

	for (size_t i = 0; i < from->n; i++) {
		const struct exercise *source = exercise_find(set, from->items[i]);

		all += source ? source->variants.n : 0;
	}
	return all && nth_variant(set, from, (size_t)rng_range(rng, 0, all - 1), pick);
}

size_t exercise_draw(const struct exercise_set *set, const struct exercise *exercise, struct rng *rng,
		     struct exercise_pick picks[EXERCISE_FAULTS])
{
	size_t n = 0;

	if (exercise->variants.n) {
		size_t variant = (size_t)rng_range(rng, 0, exercise->variants.n - 1);

		picks[0] = (struct exercise_pick){exercise, &exercise->variants.items[variant]};
		return 1;
	}
	for (size_t i = 0; i < exercise->draw.n && n < EXERCISE_FAULTS; i++) {
		if (exercise->draw.items[i].line)
			picks[n++] = (struct exercise_pick){exercise, NULL};
		else
			n += draw_variant(set, &exercise->draw.items[i].from, rng, &picks[n]);
	}
	return n;
}

bool exercise_uses(const struct exercise *exercise, const struct exercise *other)
{
	if (exercise == other)
		return true;
	for (size_t i = 0; i < exercise->draw.n; i++)
		for (size_t j = 0; j < exercise->draw.items[i].from.n; j++)
			if (!strcmp(exercise->draw.items[i].from.items[j], other->id))
				return true;
	return false;
}
