/* Start an exercise: apply the faults, boot the phones, wait for the first symptom. */
#include "phonelab/exercise/exercise.h"

#include <ctype.h>
#include <errno.h>
#include <ftw.h>
#include <glob.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json_text.h"
#include "base/rng.h"
#include "phonelab/document/braces.h"
#include "phonelab/fault/client.h"
#include "phonelab/fault/vars.h"
#include "phonelab/lab/status_read.h"

#define SYMPTOM_US 60000000
#define POLL_MS	   150
#define FILE_MOST  (64u << 20)

/* One fault of the chosen variant, before it is applied. */
struct chosen {
	const struct exercise_fault *exercise;
	struct fault_set *set;
	const struct fault *fault;
	struct fault_target target;
	json_t *vars;
};

int exercise_boot_all(const struct lab *lab, const json_t *status, bool erased, struct fail *fail)
{
	json_t *phone;
	size_t i;
	int err = 0;

	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		json_t *reply;

		/* A phone without power cannot boot. */
		if (!json_is_true(json_object_get(phone, "powered")))
			continue;
		reply = client_call(lab, "phones/rack.sock",
				    json_pack("{s:s,s:s}", "do", erased ? "erase" : "reset", "node",
					      json_text(phone, "name")),
				    10000, NULL, fail);
		err = reply ? err : -EIO;
		json_decref(reply);
	}
	return err;
}

static json_t *expand_all(const json_t *vars, const struct exercise_texts *texts, struct fail *fail)
{
	json_t *list = json_array();

	for (size_t i = 0; i < texts->n; i++) {
		char *text = vars ? fault_expand(vars, texts->items[i], fail) : strdup(texts->items[i]);

		if (!text) {
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, json_string(text));
		free(text);
	}
	return list;
}

/* Choose the phone of a fault: for "any" the next phone that can have the fault, from a place that the seed gives; if
 * the exercise names no phone, the first one. A fault of a server or of the whole lab has no phone as its target; its
 * phone is the one that is watched. */
static int choose_phone(const struct lab *lab, const json_t *status, size_t place, struct chosen *chosen,
			struct fail *fail)
{
	const json_t *phones = json_object_get(status, "phones");
	const char *phone = chosen->exercise->phone;
	bool targets_phone = chosen->fault->scope <= FAULT_PORT;
	bool any = phone ? !strcmp(phone, "any") : targets_phone;
	size_t n = json_array_size(phones), from = phone ? place : 0;

	if (!any) {
		chosen->target.phone = phone;
		chosen->vars = fault_target_vars(lab, chosen->fault, &chosen->target, fail);
	}
	for (size_t i = 0; any && i < n && !chosen->vars; i++) {
		chosen->target.phone = json_text(json_array_get(phones, (from + i) % n), "name");
		chosen->vars = fault_target_vars(lab, chosen->fault, &chosen->target, fail);
	}
	if (!chosen->vars)
		return -EINVAL;
	chosen->target.phone = targets_phone ? json_text(chosen->vars, "phone") : NULL;
	return 0;
}

/* The values of names as regular expressions: Gi1/0/4 is not the beginning of Gi1/0/48. */
static json_t *bounded(const json_t *vars)
{
	json_t *all = json_object(), *value;
	const char *name;

	json_object_foreach ((json_t *)vars, name, value) {
		const char *text = json_string_value(value) ?: "";
		size_t n = strlen(text);
		bool word = n && isalnum((unsigned char)text[0]) && isalnum((unsigned char)text[n - 1]);

		json_object_set_new(all, name, word ? json_sprintf("\\b%s\\b", text) : json_string(text));
	}
	return all;
}

static char *expanded(const struct chosen *chosen, const char *text)
{
	struct fail ignored = {0};
	char *full = fault_expand(chosen->vars, text, &ignored);

	return full ? full : strdup(text);
}

static json_t *part_of(const struct chosen *chosen, struct fail *fail)
{
	const struct exercise_fault *it = chosen->exercise;
	const struct {
		const char *key, *text;
	} texts[] = {
	    {"what", chosen->fault->cause}, {"find", chosen->fault->find}, {"repair", chosen->fault->repair}};
	const struct {
		const char *key;
		const struct exercise_texts *patterns;
	} answers[] = {
	    {"component", &it->component}, {"near", &it->near}, {"cause", &it->cause}, {"close", &it->close}};
	json_t *values = bounded(chosen->vars);
	json_t *part =
	    json_pack("{s:s,s:s}", "title", chosen->fault->title, "phone", json_text(chosen->vars, "phone"));

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char *text = expanded(chosen, texts[i].text);

		json_object_set_new(part, texts[i].key, json_string(text));
		free(text);
	}
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		json_t *list = expand_all(values, answers[i].patterns, fail);

		if (!list) {
			json_decref(part);
			json_decref(values);
			return NULL;
		}
		json_object_set_new(part, answers[i].key, list);
	}
	json_decref(values);
	json_array_append_new(json_object_get(part, "cause"), json_string(chosen->fault->id));
	return part;
}

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

static int back_up_all(const struct lab *lab, const struct exercise *exercise, const struct chosen *chosen,
		       size_t n, struct fail *fail)
{
	json_t *list = expand_all(n ? chosen[0].vars : NULL, &exercise->backup, fail), *one;
	int err = list ? 0 : -EINVAL;
	size_t i;

	json_array_foreach (list, i, one)
		err = err ? err : back_up(lab, json_string_value(one), fail);
	json_decref(list);
	return err;
}

/* --- symptoms --- */

static bool shows(const json_t *status, const struct chosen *chosen)
{
	const struct fault_symptom *symptom = &chosen->fault->symptom;
	const json_t *phone = status_read_named(status, "phones", json_text(chosen->vars, "phone"));
	const json_t *rung = json_array_get(json_object_get(phone, "steps"), (size_t)symptom->step - 1);

	return phone && regex_matches(symptom->state, 0, json_text(rung, "state")) &&
	       regex_matches(symptom->detail, 0, json_text(rung, "detail"));
}

/* Wait until one symptom is visible: of two faults, one may hide the other. */
static int wait_for_symptom(const struct lab *lab, const struct chosen *chosen, size_t n, struct fail *fail)
{
	uint64_t deadline = clock_now_us() + SYMPTOM_US;

	while (clock_now_us() < deadline) {
		json_t *status = client_status(lab, fail);
		bool seen = false;

		if (!status)
			return -EIO;
		for (size_t i = 0; i < n; i++)
			seen = seen || shows(status, &chosen[i]);
		json_decref(status);
		if (seen)
			return 0;
		poll(NULL, 0, POLL_MS);
	}
	return fail_set(fail, -ETIMEDOUT, "no symptom within %d s", SYMPTOM_US / 1000000);
}

static int inject(const struct lab *lab, const struct chosen *chosen, size_t n, struct fail *fail)
{
	json_t *status;
	int err = 0;

	for (size_t i = 0; i < n && !err; i++) {
		long number;

		err = fault_add(lab, chosen[i].exercise->fault, &chosen[i].target, 0, 0, &number, fail);
	}
	status = err ? NULL : client_status(lab, fail);
	if (!err)
		err = status ? exercise_boot_all(lab, status, true, fail) : -EIO;
	json_decref(status);
	return err ? err : n ? wait_for_symptom(lab, chosen, n, fail) : 0;
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
	json_t *may = expand_all(n ? chosen[0].vars : NULL, &exercise->may_change, fail);
	int err = may && parts ? 0 : -EINVAL;

	for (size_t i = 0; i < n && !err; i++) {
		json_t *part = part_of(&chosen[i], fail);

		err = part ? json_array_append_new(parts, part) : -EINVAL;
	}
	for (size_t i = 0; i < exercise->hints.n; i++) {
		const struct exercise_hint *hint = &exercise->hints.items[i];
		char *text = n ? expanded(&chosen[0], hint->text) : strdup(hint->text);

		json_array_append_new(hints,
				      json_pack("{s:s,s:I}", "text", text, "price", (json_int_t)hint->price));
		free(text);
	}
	state =
	    json_pack("{s:s,s:s,s:s,s:I,s:I,s:b,s:o,s:o,s:o?,s:s,s:i,s:i,s:i,s:b,s:s}", "id", exercise->id,
		      "title", exercise->title, "story", exercise->story, "seed", (json_int_t)seed, "started",
		      (json_int_t)time(NULL), "healthy", !n, "parts", parts, "hints", hints, "may_change",
		      may, "explanation", exercise->explanation, "taken", 0, "attempts", 0, "why",
		      exercise_why_price(exercise), "asked", 0, "topology", exercise->topology ?: "office");
	if (!err)
		return state;
	json_decref(state);
	return NULL;
}

/* --- what the ticket offers, and how people spell it --- */

/* The choices in an order of the seed. */
static json_t *shuffled(struct rng *rng, const struct exercise_texts *texts)
{
	json_t *list = json_array(), *other;

	for (size_t i = 0; i < texts->n; i++)
		json_array_append_new(list, json_string(texts->items[i]));
	for (size_t i = texts->n; i > 1; i--) {
		size_t with = (size_t)rng_range(rng, 0, i - 1);

		other = json_incref(json_array_get(list, with));
		json_array_set(list, with, json_array_get(list, i - 1));
		json_array_set_new(list, i - 1, other);
	}
	return list;
}

static json_t *choices_of(const struct exercise *exercise, uint64_t seed)
{
	struct rng rng;
	json_t *component, *cause;

	rng_seed(&rng, seed, exercise->title);
	component = shuffled(&rng, &exercise->choices.component);
	cause = shuffled(&rng, &exercise->choices.cause);
	return json_pack("{s:o,s:o}", "component", component, "cause", cause);
}

static void add_spelling(json_t *list, const char *is, const char *also)
{
	json_array_append_new(list, json_pack("[s,s]", is, also));
}

/* The objects of the lab by their other names: pairs of texts. */
static json_t *spellings_of(const struct exercise_set *set, const json_t *status)
{
	json_t *list = json_array(), *one, *inner;
	size_t i, j;

	json_array_foreach (json_object_get(status, "phones"), i, one) {
		const char *name = json_text(one, "name");

		if (!strncmp(name, "SEP", 3))
			add_spelling(list, name, name + 3);
		json_array_foreach (json_object_get(one, "lines"), j, inner)
			add_spelling(list, name, json_string_value(inner));
	}
	json_array_foreach (json_object_get(status, "switches"), i, one)
		json_array_foreach (json_object_get(one, "ports"), j, inner) {
			const char *port = json_text(inner, "name");

			add_spelling(list, port, port + strcspn(port, "0123456789"));
		}
	json_array_foreach (json_object_get(status, "services"), i, one)
		if (*json_text(one, "address"))
			add_spelling(list, json_text(one, "node"), json_text(one, "address"));
	for (i = 0; i < set->synonym_count; i++)
		for (j = 0; j < set->synonyms[i].also.n; j++)
			add_spelling(list, set->synonyms[i].is, set->synonyms[i].also.items[j]);
	return list;
}

static void put_ticket(const struct lab *lab, const struct exercise_set *set, const struct exercise *exercise,
		       json_t *state)
{
	struct fail ignored = {0};
	json_t *status = client_status(lab, &ignored), *tools = json_array();

	for (size_t i = 0; i < exercise->tools.n; i++)
		json_array_append_new(tools, json_string(exercise->tools.items[i]));
	json_object_set_new(state, "tools", tools);
	json_object_set_new(state, "choices", choices_of(exercise, (uint64_t)json_int(state, "seed")));
	json_object_set_new(state, "spellings", spellings_of(set, status));
	json_decref(status);
}

static int choose(const struct lab *lab, struct rng *rng, const struct exercise_variant *variant,
		  struct chosen *chosen, struct fail *fail)
{
	json_t *status = client_status(lab, fail);
	size_t phones = json_array_size(json_object_get(status, "phones"));
	size_t place = phones ? (size_t)rng_range(rng, 0, phones - 1) : 0;
	int err = status ? 0 : -EIO;

	for (size_t i = 0; i < variant->faults.n && !err; i++) {
		chosen[i].exercise = &variant->faults.items[i];
		chosen[i].fault = fault_named(chosen[i].exercise->fault, &chosen[i].set, fail);
		err = chosen[i].fault ? choose_phone(lab, status, place + 3 * i, &chosen[i], fail) : -EINVAL;
	}
	json_decref(status);
	return err;
}

json_t *exercise_begin(const struct lab *lab, const struct exercise_set *set, const struct exercise *exercise,
		       uint64_t seed, struct fail *fail)
{
	struct chosen chosen[4] = {0};
	struct rng rng;
	size_t n = 0;
	json_t *state = NULL, *baseline = NULL;
	int err = 0;

	rng_seed(&rng, seed, exercise->id);
	if (exercise->variants.n) {
		const struct exercise_variant *variant =
		    &exercise->variants.items[rng_range(&rng, 0, exercise->variants.n - 1)];

		n = variant->faults.n;
		err = choose(lab, &rng, variant, chosen, fail);
	}
	remove_backup(lab);
	if (!err)
		err = back_up_all(lab, exercise, chosen, n, fail);
	if (!err) {
		state = new_state(exercise, seed, chosen, n, fail);
		if (state)
			put_ticket(lab, set, exercise, state);
		baseline = state ? exercise_snapshot(lab, fail) : NULL;
		err = baseline ? json_object_set(state, "baseline", baseline) : -EINVAL;
	}
	if (!err)
		err = inject(lab, chosen, n, fail);
	for (size_t i = 0; i < n; i++) {
		json_decref(chosen[i].vars);
		fault_set_free(chosen[i].set);
	}
	json_decref(baseline);
	if (!err)
		return state;
	json_decref(state);
	return NULL;
}
