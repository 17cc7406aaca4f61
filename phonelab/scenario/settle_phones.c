/* The phones that an observation concerns: one, all or any of the topology, or of a part of it. */
#include "phonelab/scenario/settle.h"

#include <stdio.h>
#include <string.h>

/* The two numbers of a range: "2001-2010". False if text is no range. */
static bool split_range(const char *text, const char **first, size_t *length, const char **last)
{
	static const char digits[] = "0123456789";

	*first = text;
	*length = strspn(text, digits);
	*last = text + *length + 1;
	return *length && text[*length] == '-' && **last && !(*last)[strspn(*last, digits)];
}

/* Does the phone have a directory number from first to last? All have the same length. */
static bool is_in_range(const struct topology_phone *phone, const char *first, size_t length,
			const char *last)
{
	for (size_t i = 0; i < phone->line_count; i++)
		if (strlen(phone->lines[i]) == length && strncmp(phone->lines[i], first, length) >= 0 &&
		    strcmp(phone->lines[i], last) <= 0)
			return true;
	return false;
}

static void set_range(struct settler *it, const struct yaml_node *at, const char *path, const char *text,
		      bool value, bool *chosen)
{
	const struct topology *topology = it->scenario->topology;
	const char *first, *last, *end;
	size_t length;
	char number[44];

	split_range(text, &first, &length, &last);
	if (strlen(last) != length || strncmp(first, last, length) > 0) {
		complain(it->complaints, at, path,
			 "found \"%.40s\", expected a range of two numbers of the same length, the smaller "
			 "number first",
			 text);
		return;
	}
	/* A range that reaches beyond the phones of the topology states more than can be checked. */
	for (int i = 0; i < 2; i++) {
		bool is_there = false;

		end = i ? last : first;
		snprintf(number, sizeof(number), "%.*s", (int)length, end);
		for (size_t p = 0; p < topology->phone_count; p++)
			is_there = is_there || is_in_range(&topology->phones[p], number, length, number);
		if (!is_there) {
			complain(it->complaints, at, path,
				 "found \"%.40s\", but no phone of the topology has the number %s", text,
				 number);
			return;
		}
	}
	for (size_t p = 0; p < topology->phone_count; p++)
		if (is_in_range(&topology->phones[p], first, length, last))
			chosen[p] = value;
}

/* Set the phones that the values of a key name. */
static void set_phones(struct settler *it, const struct scenario_observation *observation, const char *key,
		       const struct scenario_words *words, bool value, const char *path, bool *chosen)
{
	const struct yaml_node *at = settle_value_at(observation->at, key);

	for (size_t i = 0; i < words->n; i++) {
		const struct yaml_node *one = at->kind == YAML_LIST ? at->entries[i].value : at;
		const char *first, *last, *text = words->items[i];
		size_t length, phone;

		if (!text)
			continue; /* reported already */
		if (split_range(text, &first, &length, &last)) {
			set_range(it, one, path, text, value, chosen);
			continue;
		}
		if (!strcmp(text, "all")) {
			memset(chosen, value, it->scenario->topology->phone_count);
			continue;
		}
		phone = settle_phone_named(it, one, path, text,
					   "all, a range of directory numbers such as 2001-2010, or ");
		if (phone != SIZE_MAX)
			chosen[phone] = value;
	}
}

static bool is_of_models(const struct topology_phone *phone, const struct scenario_words *models)
{
	for (size_t i = 0; i < models->n; i++)
		if (models->items[i] && !strcmp(models->items[i], phone->row->model_name))
			return true;
	return false;
}

/* Remove the phones of other models. A model without a phone in the topology is an error. */
static void keep_models(struct settler *it, const struct scenario_observation *observation, const char *path,
			bool *chosen)
{
	const struct topology *topology = it->scenario->topology;
	const struct yaml_node *at = settle_value_at(observation->at, "model");

	for (size_t i = 0; i < observation->models.n; i++) {
		const struct scenario_words one = {&observation->models.items[i], 1};
		bool is_there = !observation->models.items[i]; /* reported already */
		char all[300] = "";

		for (size_t p = 0; p < topology->phone_count; p++) {
			const char *model = topology->phones[p].row->model_name;

			is_there = is_there || is_of_models(&topology->phones[p], &one);
			if (!strstr(all, model))
				settle_list(all, model);
		}
		if (!is_there)
			complain(it->complaints, at->kind == YAML_LIST ? at->entries[i].value : at, path,
				 "found model \"%.40s\", which no phone of the topology has; models of the "
				 "topology: %s",
				 observation->models.items[i], all);
	}
	for (size_t p = 0; p < topology->phone_count; p++)
		if (!is_of_models(&topology->phones[p], &observation->models))
			chosen[p] = false;
}

/* Choose among the phones of the topology. */
static void choose_part(struct settler *it, struct scenario_observation *observation, const char *path)
{
	const struct topology *topology = it->scenario->topology;
	size_t before = it->complaints->n, left = 0;

	for (size_t p = 0; p < topology->phone_count; p++)
		observation->chosen[p] = !observation->phones.n;
	set_phones(it, observation, "phones", &observation->phones, true, path, observation->chosen);
	if (observation->models.n)
		keep_models(it, observation, path, observation->chosen);
	set_phones(it, observation, "except", &observation->except, false, path, observation->chosen);
	for (size_t p = 0; p < topology->phone_count; p++)
		left += observation->chosen[p];
	for (size_t i = 0; i < observation->models.n; i++)
		before += !observation->models.items[i]; /* reported by the decoder */
	if (!left && it->complaints->n == before)
		complain(it->complaints, observation->at, path,
			 "found no phone to check, expected at least one phone that `phones`, `model` and "
			 "`except` leave");
}

static void choose_one(struct settler *it, struct scenario_observation *observation, const char *path)
{
	static const char *const parts[] = {"phones", "model", "except"};
	size_t phone;

	observation->which = SCENARIO_ONE;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (yaml_tree_get(observation->at, parts[i]))
			complain(it->complaints, settle_value_at(observation->at, parts[i]), path,
				 "found \"%s\" beside one phone, expected \"phone\" to be all or any",
				 parts[i]);
	phone = settle_phone_named(it, settle_value_at(observation->at, "phone"), path, observation->phone,
				   "all, any or ");
	if (phone != SIZE_MAX)
		observation->chosen[phone] = true;
}

void settle_phones(struct settler *it, struct scenario_observation *observation, const char *path, bool never)
{
	const struct topology *topology = it->scenario->topology;

	observation->chosen = arena_alloc(&it->scenario->arena, topology->phone_count + 1);
	observation->which = never ? SCENARIO_ANY : SCENARIO_ALL;
	if (observation->phone && !strcmp(observation->phone, "all"))
		observation->which = SCENARIO_ALL;
	else if (observation->phone && !strcmp(observation->phone, "any"))
		observation->which = SCENARIO_ANY;
	else if (observation->phone)
		observation->which = SCENARIO_ONE;
	if (observation->which == SCENARIO_ONE)
		choose_one(it, observation, path);
	else
		choose_part(it, observation, path);
}
