#include "phonelab/exercise/class.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json_text.h"
#include "phonelab/document/arena.h"
#include "phonelab/exercise/record.h"

#define LAB_MOST 32 /* characters of the name of a lab */

#define AT(field) offsetof(struct exercise_class, field)

static const char *const runtimes[] = {"native", "compose", NULL};

const struct shape exercise_class_shape = {
    "class", sizeof(struct exercise_class),
    (const struct key[]){
	KEY_ROW("name", KEY_NAME, KEY_REQUIRED, AT(name), 1, 20, "The name; a lab is called NAME-TRAINEE."),
	KEY_ROW("exercise", KEY_TEXT, KEY_REQUIRED, AT(exercise), 1, 500,
		"The exercise of every trainee: an id, or a file."),
	{"seed", KEY_INTEGER, 0, AT(seed), 0, 1000000000, "1", NULL, NULL,
	 "The seed of the first trainee; each further trainee has the next seed."},
	KEY_ROW("results", KEY_TEXT, 0, AT(results), 1, 500,
		"The file of results; by default NAME.csv. A path is relative to the file of the class."),
	{"runtime", KEY_CHOICE, 0, AT(runtime), 0, 0, "native", runtimes, NULL,
	 "native, or a compose project for each trainee."},
	KEY_ROW("compose", KEY_TEXT, 0, AT(compose), 1, 500,
		"The compose file; by default compose/compose.yaml in the working directory. A path is "
		"relative to the "
		"file of the class."),
	KEY_ROW("trainees", KEY_NAME, KEY_LIST | KEY_REQUIRED, AT(trainees), 1, 20,
		"The trainees, up to 64."),
	{0}},
    "A class."};

static void check(struct complaints *complaints, const struct exercise_class *class)
{
	if (class->trainees.n > CLASS_TRAINEES)
		complain(complaints, class->at, "trainees", "found %zu, expected up to %d", class->trainees.n,
			 CLASS_TRAINEES);
	if (class->runtime == CLASS_COMPOSE && strchr(class->exercise, '/'))
		complain(complaints, class->at, "exercise",
			 "found a file, expected an id: a lab of containers cannot read files of the host");
	for (size_t i = 0; i < class->trainees.n; i++) {
		const char *name = class->trainees.items[i];

		if (strlen(class->name) + 1 + strlen(name) > LAB_MOST)
			complain(complaints, class->at, "trainees",
				 "found a lab %s-%s, expected a name of up to %d characters", class->name,
				 name, LAB_MOST);
		for (size_t j = 0; j < i; j++)
			if (!strcmp(class->trainees.items[j], name))
				complain(complaints, class->at, "trainees", "found %s twice, expected once",
					 name);
	}
}

/* A path of the file of the class as an absolute path, also for a file that does not exist. */
static const char *absolute(struct exercise_class *class, const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');
	char *here = getcwd(NULL, 0), *all;

	if (*path == '/')
		all = arena_format(&class->arena, "%s", path);
	else if (*file == '/')
		all = arena_format(&class->arena, "%.*s/%s", (int)(slash - file), file, path);
	else
		all = arena_format(&class->arena, "%s/%.*s%s", here ? here : "",
				   slash ? (int)(slash - file + 1) : 0, file, path);
	free(here);
	return all;
}

struct exercise_class *exercise_class_read(const char *path, struct complaints *complaints)
{
	struct exercise_class *class = calloc(1, sizeof(*class));
	struct arena arena = {0};
	struct yaml_node *root;

	if (!class)
		arena_out_of_memory();
	complaints->file = path;
	root = yaml_tree_read(path, &arena, complaints);
	if (root)
		shape_decode(&exercise_class_shape, root, &arena, complaints, class);
	class->arena = arena;
	if (!complaints->n)
		check(complaints, class);
	if (complaints->n) {
		exercise_class_free(class);
		return NULL;
	}
	class->results =
	    absolute(class, path,
		     class->results ? class->results : arena_format(&class->arena, "%s.csv", class->name));
	class->compose = class->compose ? absolute(class, path, class->compose)
					: absolute(class, "./", "compose/compose.yaml");
	if (strchr(class->exercise, '/'))
		class->exercise = absolute(class, path, class->exercise);
	return class;
}

void exercise_class_free(struct exercise_class *class)
{
	struct arena arena;

	if (!class)
		return;
	arena = class->arena;
	free(class);
	arena_free(&arena);
}

const char *exercise_class_lab(const struct exercise_class *class, size_t trainee, char name[CLASS_LAB])
{
	snprintf(name, CLASS_LAB, "%s-%s", class->name, class->trainees.items[trainee]);
	return name;
}

/* --- the board --- */

/* Points of each exercise, the best row, and the exercises passed: {trainee: {"best": {id: points}, "passed": {id: true}}} */
static json_t *best_rows(char *results)
{
	json_t *all = json_object();
	char *fields[EXERCISE_FIELDS], *line;

	while ((line = strsep(&results, "\n"))) {
		json_t *one, *best;
		json_int_t points;

		if (!*line || exercise_row_read(line, fields))
			continue;
		one = json_object_get(all, fields[15]);
		if (!one) {
			one = json_pack("{s:{},s:{}}", "best", "passed");
			json_object_set_new(all, fields[15], one);
		}
		best = json_object_get(one, "best");
		points = atoll(fields[5]);
		if (strcmp(fields[4], "yes"))
			points = 0; /* what did not pass counts nothing */
		else
			json_object_set_new(json_object_get(one, "passed"), fields[2], json_true());
		if (points > json_int(best, fields[2]))
			json_object_set_new(best, fields[2], json_integer(points));
	}
	return all;
}

static json_t *row_of(const struct exercise_class *class, size_t trainee, const json_t *rows,
		      exercise_class_ask_fn *ask, void *arg)
{
	const char *name = class->trainees.items[trainee];
	const json_t *own = json_object_get(rows, name), *exercise;
	char lab[CLASS_LAB];
	json_t *state = ask(arg, exercise_class_lab(class, trainee, lab)), *points, *row;
	json_int_t sum = 0;
	const char *id;

	json_object_foreach (json_object_get(own, "best"), id, points)
		sum += json_integer_value(points);
	exercise = json_object_get(state, "exercise");
	row = json_pack("{s:i,s:s,s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:I}", "position", 0, "trainee", name, "lab",
			lab, "phase", state ? json_text(state, "phase") : "down", "exercise",
			json_text(exercise, "id"), "seconds", json_int(exercise, "seconds"), "hints",
			json_int(exercise, "taken"), "attempts", json_int(exercise, "attempts"), "solved",
			(json_int_t)json_object_size(json_object_get(own, "passed")), "points", sum);
	json_decref(state);
	return row;
}

/* More points first; then in the order of the class. */
static void insert(json_t *board, json_t *row)
{
	size_t at = 0;

	while (at < json_array_size(board) &&
	       json_int(json_array_get(board, at), "points") >= json_int(row, "points"))
		at++;
	json_array_insert_new(board, at, row);
}

json_t *exercise_class_board(const struct exercise_class *class, char *results, exercise_class_ask_fn *ask,
			     void *arg)
{
	json_t *rows = best_rows(results), *board = json_array(), *row;
	json_int_t before = -1, position = 0;
	size_t i;

	for (i = 0; i < class->trainees.n; i++)
		insert(board, row_of(class, i, rows, ask, arg));
	json_array_foreach (board, i, row) {
		if (json_int(row, "points") != before)
			position = (json_int_t)i + 1;
		before = json_int(row, "points");
		json_object_set_new(row, "position", json_integer(position));
	}
	json_decref(rows);
	return board;
}
