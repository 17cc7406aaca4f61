#ifndef PHONELAB_EXERCISE_EXERCISE_H
#define PHONELAB_EXERCISE_EXERCISE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "phonelab/document/arena.h"
#include "phonelab/client/client.h"
#include "phonelab/document/complaints.h"
#include "phonelab/document/keys.h"
#include "phonelab/document/spelling.h"

/*
 * An exercise is data (docs/exercises.md): a lab with faults or without (a healthy control), a ticket, and the
 * answers that are right. The program contains the built-in exercises, phonelab/exercises/office.yaml and secure.yaml.
 */
struct exercise_texts {
	const char **items;
	size_t n;
};

/* One fault of a variant and its answers: regular expressions without regard to case, with the names in braces
 * of faults (phonelab/fault/vars.h). A match of `near` or `close` gets half of the points. */
struct exercise_fault {
	const void *at;
	const char *fault; /* an id of the catalogue */
	const char *phone; /* "any" (the seed chooses) or a phone; NULL: the default of the fault */
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

/* One fault that the seed draws: a variant of other exercises of the same file, or a line of a switch. */
struct exercise_draw_row {
	const void *at;
	struct exercise_texts from; /* ids */
	int line;		    /* 1: a line */
};

/* Answers that the ticket offers, by number; the seed chooses their order. Free text is accepted too. */
struct exercise_choices {
	const void *at;
	struct exercise_texts component, cause;
};

struct exercise {
	const void *at;
	const char *id, *title, *story, *explanation;
	const char *topology; /* "office" (NULL too), "secure", or the path of a file */
	const char *why;      /* EXERCISE_REFUSED (NULL too), or a price in points */
	int64_t level;	      /* 1 to 5 */
	struct {
		struct exercise_variant *items;
		size_t n; /* 0: a healthy control */
	} variants;
	KEY_LIST_OF(struct exercise_draw_row) draw; /* in place of variants */
	struct {
		struct exercise_hint *items;
		size_t n;
	} hints;
	struct exercise_choices choices;
	struct exercise_texts tools;
	struct exercise_texts may_change; /* differences from the healthy lab that a repair may leave */
	struct exercise_texts backup;	  /* files of the run directory that are copied to backup/ */
};

#define EXERCISE_REFUSED "refused"

struct exercise_file {
	const void *at;
	struct {
		struct exercise *items;
		size_t n;
	} exercises;
	KEY_LIST_OF(struct spelling_row) synonyms;
};

struct exercise_set {
	struct arena arena;
	struct exercise *exercises;
	size_t n;
	struct spelling_row *synonyms; /* in addition to the built-in ones */
	size_t synonym_count;
};

/* The built-in exercises in order of level: those in the office and those in the secure cluster. Never NULL: a test parses them.
 * Free with exercise_set_free. */
struct exercise_set *exercise_catalogue(void);

/* Read exercises from the file called name, or from a text (not NULL), which complaints call name. NULL if there are
 * complaints. */
struct exercise_set *exercise_set_read(const char *name, const char *text, struct complaints *complaints);
void exercise_set_free(struct exercise_set *set); /* NULL is legal */

const struct exercise *exercise_find(const struct exercise_set *set, const char *id); /* or NULL */

/* Find an exercise by its id or file (FILE or FILE#ID); *set owns it. NULL with the reason. */
const struct exercise *exercise_named(const char *what, struct exercise_set **set, struct fail *fail);

/* The price of `phonelab why` in points, or -1: refused. */
int exercise_why_price(const struct exercise *exercise);

/* The text of the built-in topology of an exercise; NULL: its topology is a file. */
const char *exercise_topology(const struct exercise *exercise);

/* The shape of a file of exercises; it fills a struct exercise_file (keys.c). */
extern const struct shape exercise_file_shape;

/* --- a lab of an exercise (start.c; the faults: chosen.h) --- */

/* Apply the faults of the exercise to a healthy running lab, boot every phone with erased flash, and wait for the first
 * symptom. Returns the state that a check needs, as a new object: the faults with their answers, the hints, and the
 * snapshot of the healthy lab.
 * NULL with the reason. */
json_t *exercise_begin(const struct lab *lab, const struct exercise_set *set, const struct exercise *exercise,
		       uint64_t seed, struct fail *fail);

/* The same for a request `begin` (session.h). It runs in a process of its own, and leaves its memory. */
json_t *exercise_begin_request(const struct lab *lab, const json_t *request, struct fail *fail);

/* Put into a state what the ticket offers (tools, choices) and the spellings of the lab's objects (ticket.c). */
void exercise_put_ticket(const struct lab *lab, const struct exercise_set *set,
			 const struct exercise *exercise, json_t *state);

/* Boot every phone that has power. erased: without its trust lists and stored configuration. */
int exercise_boot_all(const struct lab *lab, const json_t *status, bool erased, struct fail *fail);

/* --- is it repaired (check.c) --- */

/* Reset every phone, wait up to timeout_s until all have finished the ladder, and compare the lab with the healthy
 * one of the state. The differences as texts (a new list); empty if the lab is repaired. NULL with the reason. */
json_t *exercise_examine(const struct lab *lab, const json_t *state, long timeout_s, struct fail *fail);

/* Wait up to timeout_s until every phone is registered with no failed and no unfinished step. 0, or -ETIMEDOUT with
 * the reason. */
int exercise_wait_healthy(const struct lab *lab, long timeout_s, struct fail *fail);

/* --- snapshots of a lab (snapshot.c) --- */

/* Everything in a lab that a person can change: configurations, files, services, device tables, phones. NULL with
 * the reason. */
json_t *exercise_snapshot(const struct lab *lab, struct fail *fail);

/* The differences between two snapshots as texts (a new list), without those that match a regular expression of
 * may_change. */
json_t *exercise_differences(const json_t *before, const json_t *after, const json_t *may_change);

/* --- the mark (score.c) --- */

#define EXERCISE_PASS	 60 /* points, of 100 */
#define EXERCISE_ATTEMPT 5  /* the cost of a check of a lab that is not repaired */
#define EXERCISE_WORDS	 10 /* in one answer */

struct exercise_mark {
	int repair, component, cause, hints, why, attempts, points;
	bool passed;
};

/* Does one of the regular expressions in the list match the text? flags: of regcomp. */
bool exercise_matches_any(const json_t *list, int flags, const char *text);

/* Check the form of an answer. 0, or -EINVAL with the reason: too many answers, or too many words in one. */
int exercise_answer_check(const char *what, const char *answer, struct fail *fail);

/* The answers to healthy control: parts of a state. */
json_t *exercise_nothing_wrong(void);

/* Replace the numbers of choices (a list of texts; NULL: none) in an answer by their texts: a new text. NULL with the
 * reason if a number has no choice. */
char *exercise_answer_resolve(const char *what, const json_t *choices, const char *answer, struct fail *fail);

/* The spellings of a lab's objects, of synonyms and of the built-in data, from a state. Free with spelling_free. */
struct spelling *exercise_spelling(const json_t *state);

/* The answer `what` ("component", "cause") of an object, with the texts of its choices: a new text. NULL with the reason. */
char *exercise_answer_of(const json_t *state, const json_t *answer, const char *what, struct fail *fail);

/* Does an answer to WHERE say that nothing is wrong? NULL: no. */
bool exercise_says_nothing(const json_t *state, const char *component);

/* The mark for an answer, in any spelling. repaired: the check found no difference. */
struct exercise_mark exercise_score(const json_t *state, bool repaired, const char *component,
				    const char *cause);

/* --- the result (result.c) --- */

/* The result of a check (docs/formats.md), a new object. answer: NULL: none was given. differences: from
 * exercise_examine. ends: the exercise is finished, so the result may contain the mark and the explanation. */
json_t *exercise_result(const json_t *state, const json_t *answer, const json_t *differences, bool ends);

/* The differences that a trainee has left, without those of phones (a new list). broken: the differences that the faults
 * made; both are lists of exercise_differences. */
json_t *exercise_collateral(const json_t *broken, const json_t *differences);

#endif
