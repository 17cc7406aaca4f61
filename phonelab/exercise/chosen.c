/* The faults of an exercise in its lab. */
#include "phonelab/exercise/chosen.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json_text.h"
#include "phonelab/fault/vars.h"

#define ASK_MS 10000

json_t *chosen_expand_all(const json_t *vars, const struct exercise_texts *texts, struct fail *fail)
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

char *chosen_expand(const struct chosen *chosen, const char *text)
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
		char *text = chosen_expand(chosen, texts[i].text);

		json_object_set_new(part, texts[i].key, json_string(text));
		free(text);
	}
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		json_t *list = chosen_expand_all(values, answers[i].patterns, fail);

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

json_t *chosen_part(const struct chosen *chosen, struct fail *fail)
{
	if (chosen->line)
		return json_deep_copy(chosen->line);
	return part_of_fault(chosen, fail);
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
int chosen_draw_line(struct rng *rng, struct chosen *chosen, struct fail *fail)
{
	size_t left = json_array_size(chosen->lines), i = left ? (size_t)rng_range(rng, 0, left - 1) : 0;
	char *text;
	bool made;

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
	made = chosen->fd >= 0 && text && !file_write_all(chosen->fd, text, strlen(text));
	free(text);
	if (!made)
		return fail_set(fail, -ENOMEM, "no memory for a line of a switch");
	snprintf(chosen->path, sizeof(chosen->path), "/proc/self/fd/%d#line", chosen->fd);
	chosen->what = chosen->path;
	chosen->fault = fault_named(chosen->what, &chosen->set, fail);
	return chosen->fault ? 0 : -EINVAL;
}

/* --- all of them --- */

static int choose_fault(const struct lab *lab, const json_t *status, const struct exercise_pick *pick,
			size_t fault, size_t place, struct chosen *chosen, struct fail *fail)
{
	chosen->source = pick->source;
	chosen->exercise = &pick->variant->faults.items[fault];
	chosen->what = chosen->exercise->fault;
	chosen->fault = fault_named(chosen->what, &chosen->set, fail);
	return chosen->fault ? choose_phone(lab, status, place, chosen, fail) : -EINVAL;
}

int chosen_draw(const struct lab *lab, const struct exercise_set *set, const struct exercise *exercise,
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
			err = chosen_draw_line(rng, line, fail);
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

void chosen_free(struct chosen *chosen)
{
	json_decref(chosen->vars);
	json_decref(chosen->line);
	json_decref(chosen->lines);
	fault_set_free(chosen->set);
	if (chosen->fd > 0)
		close(chosen->fd);
}
