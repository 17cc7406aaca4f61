/* Files of exercises. */
#include "phonelab/exercise/exercise.h"

#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "phonelab/document/arena.h"
#include "phonelab/document/braces.h"
#include "phonelab/document/file_id.h"
#include "phonelab/document/yaml_tree.h"
#include "phonelab/fault/fault.h"

#define OFFICE_FILE "phonelab/exercises/office.yaml"
#define SECURE_FILE "phonelab/exercises/secure.yaml"

__asm__(".pushsection .rodata\n"
	"exercises_office:\n .incbin \"phonelab/exercises/office.yaml\"\n .byte 0\n"
	"exercises_secure:\n .incbin \"phonelab/exercises/secure.yaml\"\n .byte 0\n"
	"topology_office:\n .incbin \"topologies/office.yaml\"\n .byte 0\n"
	"topology_secure:\n .incbin \"topologies/secure.yaml\"\n .byte 0\n"
	".popsection\n");

extern const char exercises_office[], exercises_secure[], topology_office[], topology_secure[];

const char *exercise_topology(const struct exercise *exercise)
{
	if (!exercise->topology || !strcmp(exercise->topology, "office"))
		return topology_office;
	return !strcmp(exercise->topology, "secure") ? topology_secure : NULL;
}

static void check_regexes(struct complaints *complaints, const void *at, const char *key,
			  const struct exercise_texts *texts)
{
	for (size_t i = 0; i < texts->n; i++)
		braces_check_regex(complaints, at, key, texts->items[i]);
}

static void check_fault(struct complaints *complaints, const struct fault_set *faults,
			const struct exercise_fault *fault)
{
	if (!file_id_is_file(fault->fault) && !fault_find(faults, fault->fault)) {
		const char *near = fault_suggest(faults, fault->fault);

		complain(complaints, fault->at, "fault", "found \"%.60s\", expected %s%s", fault->fault,
			 near ? near : "an id that phonelab fault ls lists", near ? "?" : "");
	}
	check_regexes(complaints, fault->at, "component", &fault->component);
	check_regexes(complaints, fault->at, "near", &fault->near);
	check_regexes(complaints, fault->at, "cause", &fault->cause);
	check_regexes(complaints, fault->at, "close", &fault->close);
}

int exercise_why_price(const struct exercise *exercise)
{
	const char *text = exercise->why ? exercise->why : EXERCISE_REFUSED;
	size_t n = strspn(text, "0123456789");
	int price = n && n <= 3 && !text[n] ? atoi(text) : -1;

	return price <= 100 ? price : -1;
}

/* Is one of the choices right? A pattern with a name in braces is not known yet. */
static bool offers(const struct exercise_texts *choices, const struct exercise_texts *patterns)
{
	struct braces_name name;

	for (size_t i = 0; i < patterns->n; i++) {
		if (braces_next(patterns->items[i], &name))
			return true;
		for (size_t j = 0; j < choices->n; j++)
			if (regex_matches(patterns->items[i], REG_ICASE, choices->items[j]))
				return true;
	}
	return false;
}

static void check_choices(struct complaints *complaints, const struct exercise *exercise,
			  const struct exercise_fault *fault)
{
	const struct exercise_choices *choices = &exercise->choices;

	if (choices->component.n && !offers(&choices->component, &fault->component))
		complain(complaints, choices->at, "component",
			 "found no right answer to fault %s, expected one", fault->fault);
	if (choices->cause.n && !offers(&choices->cause, &fault->cause))
		complain(complaints, choices->at, "cause", "found no right answer to fault %s, expected one",
			 fault->fault);
}

static void check_draw(struct complaints *complaints, const struct exercise_set *set,
		       const struct exercise *exercise)
{
	size_t lines = 0;

	if (exercise->draw.n && exercise->variants.n)
		complain(complaints, exercise->at, "draw", "found variants too, expected one of them");
	for (size_t i = 0; i < exercise->draw.n; i++) {
		const struct exercise_draw_row *row = &exercise->draw.items[i];

		lines += row->line == 1;
		if ((row->line == 1) == (row->from.n > 0))
			complain(complaints, row->at, "from", "expected either from, or line: yes");
		for (size_t j = 0; j < row->from.n; j++) {
			const struct exercise *source = exercise_find(set, row->from.items[j]);
			bool one = source && source->variants.n;

			for (size_t v = 0; one && v < source->variants.n; v++)
				one = source->variants.items[v].faults.n == 1;
			if (!one)
				complain(complaints, row->at, "from",
					 "found \"%.60s\", expected an exercise whose variants have one "
					 "fault each",
					 row->from.items[j]);
		}
	}
	if (lines > 1)
		complain(complaints, exercise->at, "draw", "found %zu lines, expected one", lines);
}

static void check_exercise(struct complaints *complaints, const struct fault_set *faults,
			   const struct exercise_set *set, const struct exercise *exercise)
{
	for (size_t i = 0; i < exercise->variants.n; i++)
		for (size_t j = 0; j < exercise->variants.items[i].faults.n; j++) {
			check_fault(complaints, faults, &exercise->variants.items[i].faults.items[j]);
			check_choices(complaints, exercise, &exercise->variants.items[i].faults.items[j]);
		}
	if (exercise->why && strcmp(exercise->why, EXERCISE_REFUSED) && exercise_why_price(exercise) < 0)
		complain(complaints, exercise->at, "why",
			 "found \"%.20s\", expected " EXERCISE_REFUSED ", or a price from 0 to 100 points",
			 exercise->why);
	check_draw(complaints, set, exercise);
	check_regexes(complaints, exercise->at, "may_change", &exercise->may_change);
	for (size_t i = 0; i < exercise->backup.n; i++)
		if (*exercise->backup.items[i] == '/' || strstr(exercise->backup.items[i], ".."))
			complain(complaints, exercise->at, "backup",
				 "found \"%.60s\", expected a path below the run directory",
				 exercise->backup.items[i]);
	for (const struct exercise *other = set->exercises; other < exercise; other++)
		if (!strcmp(other->id, exercise->id))
			complain(complaints, exercise->at, "id",
				 "found \"%s\" a second time, expected it once", exercise->id);
}

/* A list of the arena: those of `before`, and those of `more` behind them. */
static void *append(struct arena *arena, const void *before, size_t n, const void *more, size_t count,
		    size_t size)
{
	char *all = arena_alloc(arena, (n + count) * size);

	if (n)
		memcpy(all, before, n * size);
	if (count)
		memcpy(all + n * size, more, count * size);
	return all;
}

/* Append the exercises and synonyms of a file; name and text as in exercise_set_read. */
static void take(struct exercise_set *set, const char *name, const char *text, struct complaints *complaints)
{
	struct exercise_file file = {0};
	struct yaml_node *root;

	complaints->file = name;
	root = text ? yaml_tree_parse(text, strlen(text), &set->arena, complaints)
		    : yaml_tree_read(name, &set->arena, complaints);
	if (root)
		shape_decode(&exercise_file_shape, root, &set->arena, complaints, &file);
	if (complaints->n)
		return;
	set->exercises = append(&set->arena, set->exercises, set->n, file.exercises.items, file.exercises.n,
				sizeof(*set->exercises));
	set->n += file.exercises.n;
	set->synonyms = append(&set->arena, set->synonyms, set->synonym_count, file.synonyms.items,
			       file.synonyms.n, sizeof(*set->synonyms));
	set->synonym_count += file.synonyms.n;
}

static struct exercise_set *set_new(void)
{
	struct exercise_set *set = calloc(1, sizeof(*set));

	if (!set)
		arena_out_of_memory();
	return set;
}

/* Check those from place `from` up to `to`, which file `name` has. An exercise may draw from those of another file. */
static void check_file(const struct exercise_set *set, const char *name, size_t from, size_t to,
		       struct complaints *complaints)
{
	struct fault_set *faults = fault_catalogue();

	complaints->file = name;
	for (size_t i = from; i < to; i++)
		check_exercise(complaints, faults, set, &set->exercises[i]);
	fault_set_free(faults);
}

struct exercise_set *exercise_set_read(const char *name, const char *text, struct complaints *complaints)
{
	struct exercise_set *set = set_new();

	take(set, name, text, complaints);
	if (!complaints->n)
		check_file(set, name, 0, set->n, complaints);
	if (!complaints->n)
		return set;
	exercise_set_free(set);
	return NULL;
}

/* In order of level; exercises of one level keep their order. */
static void sort(struct exercise_set *set)
{
	for (size_t i = 1; i < set->n; i++) {
		struct exercise moved = set->exercises[i];
		size_t at = i;

		for (; at && set->exercises[at - 1].level > moved.level; at--)
			set->exercises[at] = set->exercises[at - 1];
		set->exercises[at] = moved;
	}
}

struct exercise_set *exercise_catalogue(void)
{
	struct complaints complaints = {0};
	struct exercise_set *set = set_new();
	size_t of_office;

	take(set, OFFICE_FILE, exercises_office, &complaints);
	of_office = set->n;
	take(set, SECURE_FILE, exercises_secure, &complaints);
	complaints_none(&complaints);
	check_file(set, OFFICE_FILE, 0, of_office, &complaints);
	check_file(set, SECURE_FILE, of_office, set->n, &complaints);
	sort(set);
	complaints_none(&complaints);
	return set;
}

void exercise_set_free(struct exercise_set *set)
{
	if (!set)
		return;
	arena_free(&set->arena);
	free(set);
}

const struct exercise *exercise_find(const struct exercise_set *set, const char *id)
{
	for (size_t i = 0; i < set->n; i++)
		if (!strcmp(set->exercises[i].id, id))
			return &set->exercises[i];
	return NULL;
}

const struct exercise *exercise_named(const char *what, struct exercise_set **set, struct fail *fail)
{
	bool file = file_id_is_file(what);
	struct complaints complaints = {0};
	const struct exercise *found = NULL;
	const char *id;
	char path[PATH_MAX];

	id = file_id_split(what, path);
	*set = file ? exercise_set_read(path, NULL, &complaints) : exercise_catalogue();
	if (!*set) {
		complaints_fail(&complaints, fail);
		return NULL;
	}
	if (!file || id)
		found = exercise_find(*set, file ? id : what);
	else if ((*set)->n == 1)
		found = &(*set)->exercises[0];
	if (found)
		return found;
	fail_set(fail, -EINVAL, "unknown exercise \"%s\"; %s", what,
		 file ? "name a file of one exercise, or FILE#ID" : "list them with: phonelab exercise ls");
	exercise_set_free(*set);
	*set = NULL;
	return NULL;
}
