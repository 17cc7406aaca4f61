#ifndef PHONELAB_EXERCISE_CLASS_H
#define PHONELAB_EXERCISE_CLASS_H

#include <jansson.h>
#include <stdint.h>

#include "base/fail.h"
#include "phonelab/document/arena.h"
#include "phonelab/document/complaints.h"
#include "phonelab/document/keys.h"

/* A class: a lab for each trainee, with an exercise and a seed of their own, and one file of results. */
#define CLASS_TRAINEES 64

enum class_runtime {
	CLASS_NATIVE,
	CLASS_COMPOSE, /* a compose project for each trainee, of the name of its lab */
};

struct exercise_class {
	const void *at;
	const char *name, *exercise;
	const char *results; /* NULL: NAME.csv beside the file of the class */
	int64_t seed;	     /* of the first trainee; the next one has the next seed */
	int runtime;	     /* enum class_runtime */
	const char *compose; /* the compose file */
	KEY_LIST_OF(const char *) trainees;
	struct arena arena; /* of exercise_class_read; no key */
};
extern const struct shape exercise_class_shape;

/* Read a file of a class. results and compose become absolute paths. NULL if there are complaints. Free with exercise_class_free. */
struct exercise_class *exercise_class_read(const char *path, struct complaints *complaints);
void exercise_class_free(struct exercise_class *class); /* NULL is legal */

/* The name of a trainee's lab: CLASS-TRAINEE. */
#define CLASS_LAB 40
const char *exercise_class_lab(const struct exercise_class *class, size_t trainee, char name[CLASS_LAB]);

/*
 * Where each trainee stands: a list, the best first, of objects with `position` (equal points: equal positions),
 * `trainee`, `lab`, `phase` of its lab ("down" if it does not run), `exercise`, `seconds` (since it began, or that it took), `hints`, `attempts`, and, from the file of results,
 * `solved` (exercises that the trainee has passed) and `points` (of each exercise the best). results: the text of the
 * file, which is changed; NULL: there is none. phase: asks a lab (a new object of the verb exercise), or NULL.
 */
typedef json_t *exercise_class_ask_fn(void *arg, const char *lab);
json_t *exercise_class_board(const struct exercise_class *class, char *results, exercise_class_ask_fn *ask,
			     void *arg);

#endif
