#include "phonelab/scenario/sequences.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/sequence/sequence.h"

struct sequences {
	size_t count;
	struct {
		char phone[32], port[64];
		struct sequence *sequence;
	} item[SEQUENCES_MOST];
};

/* Give the sequence the names of the servers and of the call managers. */
static void name_servers(struct sequence *sequence, const json_t *status)
{
	static const char *const lists[] = {"services", "cluster"};
	const json_t *entry;
	size_t i;

	for (size_t n = 0; n < sizeof(lists) / sizeof(lists[0]); n++)
		json_array_foreach (json_object_get(status, lists[n]), i, entry)
			sequence_name(sequence, json_text(entry, "address"),
				      json_text_or(entry, "node", json_text(entry, "name")));
}

struct sequences *sequences_new(const json_t *status, const json_t *concerned)
{
	struct sequences *sequences = calloc(1, sizeof(*sequences));
	const json_t *phone;
	size_t i;

	if (!sequences)
		return NULL;
	json_array_foreach (json_object_get(concerned, "phones"), i, phone) {
		const char *name = json_text(phone, "name");
		struct sequence *sequence = sequences->count < SEQUENCES_MOST ? sequence_new(name) : NULL;

		if (!sequence)
			continue;
		name_servers(sequence, status);
		snprintf(sequences->item[sequences->count].phone, sizeof(sequences->item[0].phone), "%s",
			 name);
		snprintf(sequences->item[sequences->count].port, sizeof(sequences->item[0].port), "%s %s",
			 json_text(phone, "switch"), json_text(phone, "port"));
		sequences->item[sequences->count++].sequence = sequence;
	}
	return sequences;
}

void sequences_add(struct sequences *sequences, const char *port, uint64_t number, uint64_t ns,
		   const struct dissect *frame)
{
	for (size_t i = 0; i < sequences->count; i++)
		if (!strcmp(sequences->item[i].port, port))
			sequence_add(sequences->item[i].sequence, number, (int64_t)(ns / 1000), frame);
}

json_t *sequences_json(const struct sequences *sequences)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sequences->count; i++) {
		json_t *object = sequence_json(sequences->item[i].sequence, 0);

		json_object_set_new(object, "phone", json_text_new(sequences->item[i].phone));
		json_array_append_new(list, object);
	}
	return list;
}

void sequences_free(struct sequences *sequences)
{
	if (!sequences)
		return;
	for (size_t i = 0; i < sequences->count; i++)
		sequence_free(sequences->item[i].sequence);
	free(sequences);
}
