#ifndef PHONELAB_EXERCISE_DRAW_H
#define PHONELAB_EXERCISE_DRAW_H

#include "base/rng.h"
#include "phonelab/exercise/exercise.h"

/* What the seed draws: the variants of an exercise, and changed lines of switches. Pure functions. */
#define EXERCISE_FAULTS 4 /* in one exercise */

/* One draw: a variant of an exercise (the exercise itself, or one of those that its draw names), or a line. */
struct exercise_pick {
	const struct exercise *source;
	const struct exercise_variant *variant; /* NULL: a line of a switch */
};

/* Returns how many; 0: a healthy control. */
size_t exercise_draw(const struct exercise_set *set, const struct exercise *exercise, struct rng *rng,
		     struct exercise_pick picks[EXERCISE_FAULTS]);

/* Can an exercise draw a variant of the other one, or is it the same? */
bool exercise_uses(const struct exercise *exercise, const struct exercise *other);

/*
 * The changes of single lines of a switch that a person makes by mistake: a list of objects with `lines` and `undo`
 * (commands), `target` (SWITCH:PORT), `port`, `switch`, and what a part of the exercise's state has: `title`, `phone`,
 * `what`, `find`, `repair`, and the answers. running: its running configuration; ports: of its status. A change may
 * have no effect on any phone.
 */
json_t *exercise_lines(const char *sw, const char *running, const json_t *ports);

/* The fault of a line as the text of a file of faults; the caller frees it. */
char *exercise_line_fault(const json_t *line);

#endif
