/* Start an exercise: apply the faults, boot the phones, wait for the first symptom. */
#include "phonelab/exercise/draw.h"
#include "phonelab/exercise/exercise.h"

#include <ctype.h>
#include <errno.h>
#include <ftw.h>
#include <glob.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json_text.h"
#include "base/rng.h"
#include "phonelab/document/braces.h"
#include "phonelab/fault/client.h"
#include "phonelab/fault/vars.h"
#include "phonelab/lab/status_read.h"

#define SYMPTOM_US 60000000
#define HEALTHY_US 2000000 /* all phones stay healthy */
#define LINE_TRIES 8
#define ASK_MS	   10000
#define POLL_MS	   150
#define FILE_MOST  (64u << 20)

/* One fault of the exercise, before it is applied. */
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

static json_t *part_of_fault(const struct chosen *chosen, struct fail *fail)
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

static json_t *part_of(const struct chosen *chosen, struct fail *fail)
{
	if (chosen->line)
		return json_deep_copy(chosen->line);
	return part_of_fault(chosen, fail);
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

static int back_up_files(const struct lab *lab, const struct exercise *exercise, const json_t *vars,
			 struct fail *fail)
{
	json_t *list = expand_all(vars, &exercise->backup, fail), *one;
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
			seen = seen || (!chosen[i].line && shows(status, &chosen[i]));
		json_decref(status);
		if (seen)
			return 0;
		poll(NULL, 0, POLL_MS);
	}
	return fail_set(fail, -ETIMEDOUT, "no symptom within %d s", SYMPTOM_US / 1000000);
}

/* Does a phone show that something is wrong? all: every phone is registered with all steps done. */
static bool is_affected(const json_t *status, bool *all)
{
	bool affected = false;
	json_t *phone, *rung;
	size_t i, j;

	*all = true;
	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		*all = *all && status_read_registered(phone) && !status_read_open_step(phone);
		affected = affected || !strcmp(json_text(phone, "state"), "dark");
		json_array_foreach (json_object_get(phone, "steps"), j, rung)
			affected = affected || !strcmp(json_text(rung, "state"), "failed");
	}
	return affected;
}

/* Wait until a phone is affected. 0, or -EAGAIN if all phones stay healthy. */
static int wait_for_effect(const struct lab *lab, struct fail *fail)
{
	uint64_t now = clock_now_us(), deadline = now + SYMPTOM_US, healthy_since = 0;

	for (; now < deadline; now = clock_now_us()) {
		json_t *status = client_status(lab, fail);
		bool all, affected;

		if (!status)
			return -EIO;
		affected = is_affected(status, &all);
		json_decref(status);
		if (affected)
			return 0;
		healthy_since = !all ? 0 : healthy_since ?: now;
		if (all && now >= healthy_since + HEALTHY_US)
			break;
		poll(NULL, 0, POLL_MS);
	}
	return -EAGAIN;
}

static int boot_erased(const struct lab *lab, struct fail *fail)
{
	json_t *status = client_status(lab, fail);
	int err = status ? exercise_boot_all(lab, status, true, fail) : -EIO;

	json_decref(status);
	return err;
}

/* --- a line of a switch --- */

static json_t *lines_of(const struct lab *lab, const json_t *status, struct fail *fail)
{
	json_t *all = json_array(), *sw;
	size_t i;

	json_array_foreach (json_object_get(status, "switches"), i, sw) {
		const char *name = json_text(sw, "name");
		char socket[80];
		json_t *reply, *some;

		snprintf(socket, sizeof(socket), "switches/%.40s.sock", name);
		reply =
		    client_call(lab, socket, json_pack("{s:s,s:[s]}", "do", "show", "args", "running-config"),
				ASK_MS, NULL, fail);
		some = reply ? exercise_lines(name, json_text(reply, "text"), json_object_get(sw, "ports"))
			     : NULL;
		json_array_extend(all, some);
		json_decref(some);
		json_decref(reply);
	}
	return all;
}

/* Draw one of the lines that are left. */
static int draw_line(struct rng *rng, struct chosen *chosen, struct fail *fail)
{
	size_t left = json_array_size(chosen->lines), i = left ? (size_t)rng_range(rng, 0, left - 1) : 0;
	char *text;

	if (!left)
		return fail_set(fail, -EINVAL, "no line of a switch affects a phone");
	json_decref(chosen->line);
	json_decref(chosen->vars);
	fault_set_free(chosen->set);
	chosen->set = NULL;
	chosen->line = json_incref(json_array_get(chosen->lines, i));
	json_array_remove(chosen->lines, i);
	chosen->vars = json_pack("{s:O,s:O,s:s}", "port", json_object_get(chosen->line, "port"), "switch",
				 json_object_get(chosen->line, "switch"), "phone", "");
	chosen->target = (struct fault_target){.port = json_text(chosen->line, "target")};
	if (chosen->fd > 0)
		close(chosen->fd);
	chosen->fd = memfd_create("line.yaml", MFD_CLOEXEC);
	text = exercise_line_fault(chosen->line);
	if (chosen->fd < 0 || !text || file_write_all(chosen->fd, text, strlen(text)))
		fail_set(fail, -ENOMEM, "no memory for a line of a switch");
	free(text);
	snprintf(chosen->path, sizeof(chosen->path), "/proc/self/fd/%d#line", chosen->fd);
	chosen->what = chosen->path;
	chosen->fault = fail->err ? NULL : fault_named(chosen->what, &chosen->set, fail);
	return chosen->fault ? 0 : -EINVAL;
}

static int undo_line(const struct lab *lab, const struct chosen *chosen, struct fail *fail)
{
	char socket[80];
	json_t *reply;

	snprintf(socket, sizeof(socket), "switches/%.40s.sock", json_text(chosen->line, "switch"));
	reply = client_call(
	    lab, socket,
	    json_pack("{s:s,s:O}", "do", "configure", "lines", json_object_get(chosen->line, "undo")), ASK_MS,
	    NULL, fail);
	json_decref(reply);
	return reply ? 0 : -EIO;
}

static int add(const struct lab *lab, const struct chosen *chosen, struct fail *fail)
{
	long number;

	return fault_add(lab, chosen->what, &chosen->target, 0, 0, &number, fail);
}

/* Change a line, another one if no phone is affected. */
static int inject_line(const struct lab *lab, struct rng *rng, struct chosen *chosen, struct fail *fail)
{
	int err;

	for (int tries = 0; tries < LINE_TRIES; tries++) {
		err = add(lab, chosen, fail);
		err = err ? err : boot_erased(lab, fail);
		err = err ? err : wait_for_effect(lab, fail);
		if (err != -EAGAIN)
			return err;
		err = undo_line(lab, chosen, fail);
		err = err ? err : draw_line(rng, chosen, fail);
		if (err)
			return err;
	}
	return fail_set(fail, -ETIMEDOUT, "%d changed lines of the switches have affected no phone",
			LINE_TRIES);
}

static int inject(const struct lab *lab, struct rng *rng, struct chosen *chosen, size_t n, struct fail *fail)
{
	size_t others = 0;
	int err = 0;

	for (size_t i = 0; i < n && !err; i++)
		if (chosen[i].line)
			err = inject_line(lab, rng, &chosen[i], fail);
	for (size_t i = 0; i < n && !err; i++)
		if (!chosen[i].line) {
			err = add(lab, &chosen[i], fail);
			others++;
		}
	if (!err && (others || !n))
		err = boot_erased(lab, fail);
	return err || !others ? err : wait_for_symptom(lab, chosen, n, fail);
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
		json_t *part = part_of(&chosen[i], fail), *more = NULL;

		err = part ? json_array_append_new(parts, part) : -EINVAL;
		if (!err && chosen[i].source != exercise)
			more = expand_all(chosen[i].vars, &chosen[i].source->may_change, fail);
		json_array_extend(may, more);
		json_decref(more);
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

static int choose_fault(const struct lab *lab, const json_t *status, const struct exercise_pick *pick,
			size_t fault, size_t place, struct chosen *chosen, struct fail *fail)
{
	chosen->source = pick->source;
	chosen->exercise = &pick->variant->faults.items[fault];
	chosen->what = chosen->exercise->fault;
	chosen->fault = fault_named(chosen->what, &chosen->set, fail);
	return chosen->fault ? choose_phone(lab, status, place, chosen, fail) : -EINVAL;
}

static int choose(const struct lab *lab, const struct exercise_set *set, const struct exercise *exercise,
		  struct rng *rng, struct chosen *chosen, size_t *n, struct fail *fail)
{
	struct exercise_pick picks[EXERCISE_FAULTS];
	size_t count = exercise_draw(set, exercise, rng, picks), place;
	json_t *status = client_status(lab, fail);
	size_t phones = json_array_size(json_object_get(status, "phones"));
	int err = status ? 0 : -EIO;

	*n = 0;
	place = count && phones ? (size_t)rng_range(rng, 0, phones - 1) : 0;
	for (size_t i = 0; i < count && !err; i++) {
		if (!picks[i].variant) {
			struct chosen *line = &chosen[(*n)++];

			line->source = exercise;
			line->lines = lines_of(lab, status, fail);
			err = draw_line(rng, line, fail);
			continue;
		}
		for (size_t j = 0; j < picks[i].variant->faults.n && *n < EXERCISE_FAULTS && !err; j++) {
			err = choose_fault(lab, status, &picks[i], j, place + 3 * *n, &chosen[*n], fail);
			++*n;
		}
	}
	json_decref(status);
	return err;
}

static void free_chosen(struct chosen *chosen)
{
	json_decref(chosen->vars);
	json_decref(chosen->line);
	json_decref(chosen->lines);
	fault_set_free(chosen->set);
	if (chosen->fd > 0)
		close(chosen->fd);
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
	err = choose(lab, set, exercise, &rng, chosen, &n, fail);
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
		err = inject(lab, &rng, chosen, n, fail);
	for (size_t i = 0; i < n; i++) {
		/* Another line may have been drawn. */
		if (!err && chosen[i].line)
			json_array_set(json_object_get(state, "parts"), i, chosen[i].line);
		free_chosen(&chosen[i]);
	}
	json_decref(baseline);
	if (!err)
		return state;
	json_decref(state);
	return NULL;
}
