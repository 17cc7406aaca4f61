/* The keys of a file of exercises. Each row: key, type, flags, field, least, greatest, default, choices,
 * shape, doc. */
#include "phonelab/exercise/exercise.h"

#include <stddef.h>

#define AT(type, field)			   offsetof(struct type, field)
#define TEXT(key, flags, type, field, doc) KEY_ROW(key, KEY_TEXT, flags, AT(type, field), 1, 4000, doc)

static const struct key fault_keys[] = {
    TEXT("fault", KEY_REQUIRED, exercise_fault, fault, "An id of the catalogue of faults."),
    TEXT("phone", 0, exercise_fault, phone,
	 "The phone: any (the seed chooses), or a device name, MAC or directory number."),
    TEXT("component", KEY_LIST | KEY_ONE | KEY_REQUIRED, exercise_fault, component,
	 "Right answers to WHERE: regular expressions."),
    TEXT("near", KEY_LIST | KEY_ONE, exercise_fault, near, "Answers to WHERE that get half of the points."),
    TEXT("cause", KEY_LIST | KEY_ONE | KEY_REQUIRED, exercise_fault, cause,
	 "Right answers to WHAT: regular expressions."),
    TEXT("close", KEY_LIST | KEY_ONE, exercise_fault, close, "Answers to WHAT that get half of the points."),
    {0},
};
static const struct shape fault_shape = {"fault", sizeof(struct exercise_fault), fault_keys,
					 "One fault and its answers."};

static const struct key variant_keys[] = {
    KEY_MAP("faults", KEY_LIST | KEY_REQUIRED, AT(exercise_variant, faults), 1, 4, &fault_shape,
	    "Faults that are applied together."),
    {0},
};
static const struct shape variant_shape = {"variant", sizeof(struct exercise_variant), variant_keys,
					   "One variant; the seed chooses one of them."};

static const struct key draw_keys[] = {
    TEXT("from", KEY_LIST | KEY_ONE, exercise_draw_row, from,
	 "Exercises of this file: one of their variants, with its answers."),
    {"line", KEY_FLAG, 0, AT(exercise_draw_row, line), 0, 0, "no", NULL, NULL,
     "A changed line of a switch; another one is drawn until a phone is affected."},
    {0},
};
static const struct shape draw_shape = {"draw", sizeof(struct exercise_draw_row), draw_keys,
					"One fault that the seed draws."};

static const struct key hint_keys[] = {
    TEXT("text", KEY_REQUIRED, exercise_hint, text, "The hint."),
    KEY_ROW("price", KEY_INTEGER, KEY_REQUIRED, AT(exercise_hint, price), 0, 100, "Its price in points."),
    {0},
};
static const struct shape hint_shape = {"hint", sizeof(struct exercise_hint), hint_keys, "A hint."};

static const struct key choices_keys[] = {
    TEXT("component", KEY_LIST, exercise_choices, component, "Answers to WHERE."),
    TEXT("cause", KEY_LIST, exercise_choices, cause, "Answers to WHAT."),
    {0},
};
static const struct shape choices_shape = {"choices", sizeof(struct exercise_choices), choices_keys,
					   "Answers that the ticket offers, right and wrong ones."};

static const struct key exercise_keys[] = {
    KEY_ROW("id", KEY_NAME, KEY_REQUIRED, AT(exercise, id), 1, 60,
	    "Its name, which must not reveal the fault."),
    TEXT("title", KEY_REQUIRED, exercise, title, "One line."),
    KEY_ROW("level", KEY_INTEGER, KEY_REQUIRED, AT(exercise, level), 1, 5, "From 1 (for beginners) to 5."),
    TEXT("story", KEY_REQUIRED, exercise, story, "The ticket."),
    TEXT("topology", 0, exercise, topology, "office (the default), secure, or the path of a topology."),
    {"why", KEY_TEXT, 0, AT(exercise, why), 1, 20, EXERCISE_REFUSED, NULL, NULL,
     "phonelab why in this lab: refused, or its price in points (0 to 100)."},
    TEXT("tools", KEY_LIST | KEY_REQUIRED, exercise, tools, "Commands for the trainee."),
    KEY_MAP("variants", KEY_LIST, AT(exercise, variants), 1, 16, &variant_shape,
	    "The variants; if omitted, the exercise is a healthy control."),
    KEY_MAP("draw", KEY_LIST, AT(exercise, draw), 1, 4, &draw_shape,
	    "In place of variants: one fault for each row."),
    KEY_MAP("hints", KEY_LIST, AT(exercise, hints), 1, 8, &hint_shape, "Hints, in order."),
    KEY_MAP("choices", 0, AT(exercise, choices), 0, 0, &choices_shape,
	    "Numbered answers; the seed chooses their order."),
    TEXT("may_change", KEY_LIST | KEY_ONE, exercise, may_change,
	 "Differences that a good repair may leave: regular expressions."),
    TEXT("backup", KEY_LIST | KEY_ONE, exercise, backup,
	 "Files that are copied to backup/ before the faults are applied."),
    TEXT("explanation", KEY_REQUIRED, exercise, explanation, "The explanation after a finished exercise."),
    {0},
};
static const struct shape exercise_shape = {"exercise", sizeof(struct exercise), exercise_keys,
					    "An exercise."};

static const struct key file_keys[] = {
    KEY_MAP("exercises", KEY_LIST | KEY_REQUIRED, AT(exercise_file, exercises), 1, 200, &exercise_shape,
	    "The exercises."),
    KEY_MAP("synonyms", KEY_LIST, AT(exercise_file, synonyms), 1, 200, &spelling_row_shape,
	    "Spellings of answers, in addition to the built-in ones."),
    {0},
};
const struct shape exercise_file_shape = {"exercises", sizeof(struct exercise_file), file_keys,
					  "A file of exercises."};
