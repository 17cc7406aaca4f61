/* What the ticket offers, and how people spell it. */
#include "phonelab/exercise/exercise.h"

#include <string.h>

#include "base/json_text.h"
#include "base/rng.h"

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

void exercise_put_ticket(const struct lab *lab, const struct exercise_set *set,
			 const struct exercise *exercise, json_t *state)
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
