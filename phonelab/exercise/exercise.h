#ifndef PHONELAB_EXERCISE_EXERCISE_H
#define PHONELAB_EXERCISE_EXERCISE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "phonelab/document/arena.h"
#include "phonelab/client/client.h"
#include "phonelab/document/complaints.h"

/*
 * An exercise is data (docs/exercises.md): a lab in which something is broken, or nothing, a story as a
 * ticket reads, and what counts as found and as repaired. The built-in ones are phonelab/exercises/NAME.yaml,
 * which the assembler puts into the program.
 */
struct exercise_texts {
	const char **items;
	size_t n;
};

/* One fault of a variant, and the answers to it: regular expressions, in any case, with the names in braces
 * of faults (phonelab/fault/vars.h). `near` and `close` are worth half. */
struct exercise_fault {
	const void *at;
	const char *fault; /* an id of the catalogue */
	const char *phone; /* "any", by the seed, or a phone; NULL: the fault's own choice */
	struct exercise_texts component, near, cause, close;
};

struct exercise_variant {
	const void *at;
	struct {
		struct exercise_fault *items;
		size_t n;
	} faults;
};

struct exercise_hint {
	const void *at;
	const char *text;
	int64_t price; /* points */
};

struct exercise {
	const void *at;
	const char *id, *title, *story, *explanation;
	const char *topology; /* "office", or the path of a file */
	int64_t level;	      /* 1 to 5 */
	struct {
		struct exercise_variant *items;
		size_t n; /* 0: a healthy control, nothing is wrong */
	} variants;
	struct {
		struct exercise_hint *items;
		size_t n;
	} hints;
	struct exercise_texts tools;
	struct exercise_texts may_change; /* differences from the healthy lab that a repair may leave */
	struct exercise_texts backup;	  /* files of the run directory that lie in backup/ as well */
};

struct exercise_file {
	const void *at;
	struct {
		struct exercise *items;
		size_t n;
	} exercises;
};

struct exercise_set {
	struct arena arena;
	struct exercise *exercises;
	size_t n;
};

/* The built-in ones, in order of level. Never NULL: a test parses them. Free with exercise_set_free. */
struct exercise_set *exercise_catalogue(void);

/* A text, and a file, of exercises. NULL when there are complaints. */
struct exercise_set *exercise_set_parse(const char *text, size_t length, const char *name,
					struct complaints *complaints);
struct exercise_set *exercise_set_read(const char *path, struct complaints *complaints);
void exercise_set_free(struct exercise_set *set); /* NULL is legal */

const struct exercise *exercise_find(const struct exercise_set *set, const char *id); /* or NULL */

/* The id, or a file (FILE, FILE#ID): *set owns it. NULL with the reason. */
const struct exercise *exercise_named(const char *what, struct exercise_set **set, struct fail *fail);

/* The text of a built-in file or topology, NUL-terminated. */
const char *exercise_catalogue_text(size_t *length);
const char *exercise_office_text(size_t *length);

/* --- a lab of an exercise (start.c) --- */

/* Put the exercise into a lab that is up and healthy, and wait until its first symptom shows. What check will
 * need, as a new object: the faults with the answers to them, the hints, and the lab as it was when it was
 * healthy. NULL with the reason. */
json_t *exercise_begin(const struct lab *lab, const struct exercise *exercise, uint64_t seed,
		       struct fail *fail);

/* Have every phone boot. */
int exercise_boot_all(const struct lab *lab, const json_t *status, struct fail *fail);

/* --- is it repaired (check.c) --- */

/* Every phone boots. What is not as in the healthy lab of the state, as texts (a new list): empty when
 * every phone has climbed to the end of the ladder within the time and nothing else is bent. NULL with the
 * reason. */
json_t *exercise_examine(const struct lab *lab, const json_t *state, long timeout_s, struct fail *fail);

/* --- what the lab is (snapshot.c) --- */

/* Configurations, files, services, tables and phones, all that a person could bend. NULL with the reason. */
json_t *exercise_snapshot(const struct lab *lab, struct fail *fail);

/* How after differs from before, as texts; those that match one of may_change (regular expressions) are left
 * out. A new list. */
json_t *exercise_differences(const json_t *before, const json_t *after, const json_t *may_change);

/* --- the mark (score.c) --- */

#define EXERCISE_PASS	 60 /* points, of 100 */
#define EXERCISE_ATTEMPT 5  /* what a check costs that finds the lab not repaired */
#define EXERCISE_WORDS	 10 /* at most, in one answer */

struct exercise_mark {
	int repair, component, cause, hints, attempts, points;
	bool passed;
};

/* Is an answer admissible? 0, or -EINVAL with the reason: too many answers, or too many words in one. */
int exercise_answer_check(const char *what, const char *answer, struct fail *fail);

/* The mark of a state's exercise: repaired, and nothing else changed? */
struct exercise_mark exercise_score(const json_t *state, bool repaired, const char *component,
				    const char *cause);

#endif
