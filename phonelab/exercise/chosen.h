#ifndef PHONELAB_EXERCISE_CHOSEN_H
#define PHONELAB_EXERCISE_CHOSEN_H

#include "phonelab/exercise/draw.h"
#include "phonelab/fault/client.h"

/* The faults of an exercise in its lab, for the files that start it: chosen.c, inject.c and start.c. */

/* One fault, before it is applied. */
struct chosen {
	const struct exercise *source;
	const struct exercise_fault *exercise; /* NULL: a line */
	const char *what;		       /* for fault_add */
	json_t *lines, *line;		       /* the lines that were not drawn yet, and the one that was */
	char path[40];			       /* of the fault of the line */
	int fd;
	struct fault_set *set;
	const struct fault *fault;
	struct fault_target target;
	json_t *vars;
};

/* Draw the faults of the exercise (up to EXERCISE_FAULTS, zeroed) and their phones; *n counts them, and each is freed with chosen_free. 0, or a negative
 * errno with the reason. */
int chosen_draw(const struct lab *lab, const struct exercise_set *set, const struct exercise *exercise,
		struct rng *rng, struct chosen *chosen, size_t *n, struct fail *fail);

/* Draw another one of the lines that are left, in place of the present one. */
int chosen_draw_line(struct rng *rng, struct chosen *chosen, struct fail *fail);

/* What the state of an exercise contains of the fault: a new object, or NULL with the reason. */
json_t *chosen_part(const struct chosen *chosen, struct fail *fail);

/* A text with the values of its names; as it is if it has an unknown name. The caller frees it. */
char *chosen_expand(const struct chosen *chosen, const char *text);

/* The same for a list; vars may be NULL: no names. NULL with the reason. */
json_t *chosen_expand_all(const json_t *vars, const struct exercise_texts *texts, struct fail *fail);

void chosen_free(struct chosen *chosen);

/* Apply the faults, boot every phone with erased flash, and wait for the first symptom. A line that affects no phone is
 * restored, and another one is drawn. 0, or a negative errno with the reason. */
int chosen_inject(const struct lab *lab, struct rng *rng, struct chosen *chosen, size_t n, struct fail *fail);

#endif
