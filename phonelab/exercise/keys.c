/* The keys of a file of exercises. Each row: key, type, flags, field, least, greatest, default, choices,
 * shape, doc. */
#include "phonelab/exercise/keys.h"

#include <stddef.h>

#include "phonelab/exercise/exercise.h"

#define AT(type, field) offsetof(struct type, field)
#define TEXT(key, flags, type, field, doc)                                                                   \
	{                                                                                                    \
		key, KEY_TEXT, flags, AT(type, field), 1, 4000, NULL, NULL, NULL, doc                        \
	}

static const struct key fault_keys[] = {
    TEXT("fault", KEY_REQUIRED, exercise_fault, fault, "An id of the catalogue of faults."),
    TEXT("phone", 0, exercise_fault, phone, "Whom it is for: any (by the seed), or a phone."),
    TEXT("component", KEY_LIST | KEY_ONE | KEY_REQUIRED, exercise_fault, component,
	 "Where it is: regular expressions, any of which is right."),
    TEXT("near", KEY_LIST | KEY_ONE, exercise_fault, near, "Answers to where that are worth half."),
    TEXT("cause", KEY_LIST | KEY_ONE | KEY_REQUIRED, exercise_fault, cause,
	 "What it is: regular expressions, any of which is right."),
    TEXT("close", KEY_LIST | KEY_ONE, exercise_fault, close, "Answers to what that are worth half."),
    {0},
};
static const struct shape fault_shape = {"fault", sizeof(struct exercise_fault), fault_keys,
					 "One fault, and the answers to it."};

static const struct key variant_keys[] = {
    {"faults", KEY_OBJECT, KEY_LIST | KEY_REQUIRED, AT(exercise_variant, faults), 1, 4, NULL, NULL,
     &fault_shape, "What is broken, all at once."},
    {0},
};
static const struct shape variant_shape = {"variant", sizeof(struct exercise_variant), variant_keys,
					   "One of several; the seed chooses."};

static const struct key hint_keys[] = {
    TEXT("text", KEY_REQUIRED, exercise_hint, text, "What it says."),
    {"price", KEY_INTEGER, KEY_REQUIRED, AT(exercise_hint, price), 0, 100, NULL, NULL, NULL, "Points."},
    {0},
};
static const struct shape hint_shape = {"hint", sizeof(struct exercise_hint), hint_keys, "A hint."};

static const struct key exercise_keys[] = {
    {"id", KEY_NAME, KEY_REQUIRED, AT(exercise, id), 1, 60, NULL, NULL, NULL,
     "Its name, which must not tell."},
    TEXT("title", KEY_REQUIRED, exercise, title, "One line."),
    {"level", KEY_INTEGER, KEY_REQUIRED, AT(exercise, level), 1, 5, NULL, NULL, NULL,
     "From 1, for beginners, to 5."},
    TEXT("story", KEY_REQUIRED, exercise, story, "The ticket."),
    TEXT("topology", 0, exercise, topology, "office (the default), or the path of a topology."),
    TEXT("tools", KEY_LIST | KEY_REQUIRED, exercise, tools, "Commands that may be used."),
    {"variants", KEY_OBJECT, KEY_LIST, AT(exercise, variants), 1, 16, NULL, NULL, &variant_shape,
     "What may be broken; without it nothing is."},
    {"hints", KEY_OBJECT, KEY_LIST, AT(exercise, hints), 1, 8, NULL, NULL, &hint_shape,
     "In the order in which they are given."},
    TEXT("may_change", KEY_LIST | KEY_ONE, exercise, may_change,
	 "Regular expressions of differences that a repair may leave."),
    TEXT("backup", KEY_LIST | KEY_ONE, exercise, backup, "Files of which a copy is in backup/."),
    TEXT("explanation", KEY_REQUIRED, exercise, explanation, "What is said afterwards."),
    {0},
};
static const struct shape exercise_shape = {"exercise", sizeof(struct exercise), exercise_keys,
					    "An exercise."};

static const struct key file_keys[] = {
    {"exercises", KEY_OBJECT, KEY_LIST | KEY_REQUIRED, AT(exercise_file, exercises), 1, 200, NULL, NULL,
     &exercise_shape, "The exercises."},
    {0},
};
const struct shape exercise_file_shape = {"exercises", sizeof(struct exercise_file), file_keys,
					  "A file of exercises."};
