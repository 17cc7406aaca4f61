/* Start an exercise: back up files, keep the healthy state, apply the faults. */
#include "phonelab/exercise/chosen.h"

#include <errno.h>
#include <ftw.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json_text.h"

#define FILE_MOST (64u << 20)

/* --- the backup --- */

static int copy_file(const char *from, const char *to, struct fail *fail)
{
	char *bytes, folder[1024];
	size_t length;
	int err;

	snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(to, '/') - to), to);
	err = file_make_directory(folder, fail);
	if (!err)
		err = file_read(from, FILE_MOST, &bytes, &length, fail);
	if (err)
		return err;
	err = file_write(to, bytes, length, fail);
	free(bytes);
	return err;
}

/* backup/ has the same folders as the run directory. */
static int back_up(const struct lab *lab, const char *pattern, struct fail *fail)
{
	char root[256], path[768], to[1024];
	glob_t found;
	int err = 0;

	client_path(lab, "", root, sizeof(root));
	snprintf(path, sizeof(path), "%s/%s", root, pattern);
	if (glob(path, 0, NULL, &found))
		return fail_set(fail, -ENOENT, "backup: no file matches %s", pattern);
	for (size_t i = 0; i < found.gl_pathc && !err; i++) {
		size_t length = strlen(root);

		snprintf(to, sizeof(to), "%s/backup%s%s", root, found.gl_pathv[i][length] == '/' ? "" : "/",
			 found.gl_pathv[i] + length);
		err = copy_file(found.gl_pathv[i], to, fail);
	}
	globfree(&found);
	return err;
}

static int remove_one(const char *path, const struct stat *info, int what, struct FTW *at)
{
	(void)info;
	(void)what;
	(void)at;
	return remove(path);
}

/* The backup of an earlier exercise would repair this one. */
static void remove_backup(const struct lab *lab)
{
	char path[256];

	client_path(lab, "backup", path, sizeof(path));
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int back_up_files(const struct lab *lab, const struct exercise *exercise, const json_t *vars,
			 struct fail *fail)
{
	json_t *list = chosen_expand_all(vars, &exercise->backup, fail), *one;
	int err = list ? 0 : -EINVAL;
	size_t i;

	json_array_foreach (list, i, one)
		err = err ? err : back_up(lab, json_string_value(one), fail);
	json_decref(list);
	return err;
}

/* The files of the exercise, and of each exercise of which it has drawn a variant. */
static int back_up_all(const struct lab *lab, const struct exercise *exercise, const struct chosen *chosen,
		       size_t n, struct fail *fail)
{
	int err = back_up_files(lab, exercise, n ? chosen[0].vars : NULL, fail);

	for (size_t i = 0; i < n && !err; i++)
		if (chosen[i].source != exercise)
			err = back_up_files(lab, chosen[i].source, chosen[i].vars, fail);
	return err;
}

/* --- the whole exercise --- */

/* The answers to a healthy control. */
json_t *exercise_nothing_wrong(void)
{
	return json_pack(
	    "[{s:s,s:s,s:s,s:s,s:s,s:[s],s:[],s:[s],s:[]}]", "title", "Nothing is wrong", "phone", "", "what",
	    "Every phone is registered and nothing is out of order.", "find",
	    "`phonelab status` has every phone registered, with no step failed.", "repair",
	    "None; the ticket is answered and closed.", "component", "^(none|nothing|no component)$", "near",
	    "cause",
	    "^(none|nothing|nothing is wrong|no fault|healthy|all is well|everything is healthy)[.]?$",
	    "close");
}

static json_t *new_state(const struct exercise *exercise, uint64_t seed, const struct chosen *chosen,
			 size_t n, struct fail *fail)
{
	json_t *parts = n ? json_array() : exercise_nothing_wrong(), *hints = json_array(), *state;
	json_t *may = chosen_expand_all(n ? chosen[0].vars : NULL, &exercise->may_change, fail);
	int err = may && parts ? 0 : -EINVAL;

	for (size_t i = 0; i < n && !err; i++) {
		json_t *part = chosen_part(&chosen[i], fail), *more = NULL;

		err = part ? json_array_append_new(parts, part) : -EINVAL;
		if (!err && chosen[i].source != exercise)
			more = chosen_expand_all(chosen[i].vars, &chosen[i].source->may_change, fail);
		json_array_extend(may, more);
		json_decref(more);
	}
	for (size_t i = 0; i < exercise->hints.n; i++) {
		const struct exercise_hint *hint = &exercise->hints.items[i];
		char *text = n ? chosen_expand(&chosen[0], hint->text) : strdup(hint->text);

		json_array_append_new(hints,
				      json_pack("{s:s,s:I}", "text", text, "price", (json_int_t)hint->price));
		free(text);
	}
	state = json_pack(
	    "{s:s,s:s,s:s,s:I,s:I,s:I,s:b,s:o,s:o,s:o?,s:s,s:i,s:i,s:i,s:b,s:s}", "id", exercise->id, "title",
	    exercise->title, "story", exercise->story, "seed", (json_int_t)seed, "started",
	    (json_int_t)time(NULL), "started_us", (json_int_t)clock_now_us(), "healthy", !n, "parts", parts,
	    "hints", hints, "may_change", may, "explanation", exercise->explanation, "taken", 0, "attempts",
	    0, "why", exercise_why_price(exercise), "asked", 0, "topology", exercise->topology ?: "office");
	if (!err)
		return state;
	json_decref(state);
	return NULL;
}

/* Note what the faults have changed: the rest is the work of the trainee. */
static int put_broken(const struct lab *lab, json_t *state, struct fail *fail)
{
	json_t *now = exercise_snapshot(lab, fail);

	if (!now)
		return -EIO;
	json_object_set_new(state, "broken",
			    exercise_differences(json_object_get(state, "baseline"), now,
						 json_object_get(state, "may_change")));
	json_decref(now);
	return 0;
}

json_t *exercise_begin(const struct lab *lab, const struct exercise_set *set, const struct exercise *exercise,
		       uint64_t seed, struct fail *fail)
{
	struct chosen chosen[EXERCISE_FAULTS] = {0};
	struct rng rng;
	size_t n = 0;
	json_t *state = NULL, *baseline = NULL;
	int err;

	rng_seed(&rng, seed, exercise->id);
	err = chosen_draw(lab, set, exercise, &rng, chosen, &n, fail);
	remove_backup(lab);
	if (!err)
		err = back_up_all(lab, exercise, chosen, n, fail);
	if (!err) {
		state = new_state(exercise, seed, chosen, n, fail);
		if (state)
			exercise_put_ticket(lab, set, exercise, state);
		baseline = state ? exercise_snapshot(lab, fail) : NULL;
		err = baseline ? json_object_set(state, "baseline", baseline) : -EINVAL;
	}
	if (!err)
		err = chosen_inject(lab, &rng, chosen, n, fail);
	if (!err)
		err = put_broken(lab, state, fail);
	for (size_t i = 0; i < n; i++) {
		/* Another line may have been drawn. */
		if (!err && chosen[i].line)
			json_array_set(json_object_get(state, "parts"), i, chosen[i].line);
		chosen_free(&chosen[i]);
	}
	json_decref(baseline);
	if (!err)
		return state;
	json_decref(state);
	return NULL;
}
