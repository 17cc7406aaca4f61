#include "tests/support/why_lab.h"

#include <stdio.h>

#include "base/json_text.h"
#include "phonelab/why/fact.h"
#include "phonelab/why/source.h"

json_t *why_lab_facts(const char *name, const char *phone, why_producer_fn *producer)
{
	struct why_source source = {0};
	struct fail fail = {0};
	struct lab lab;
	struct why_case it = {.name = phone};
	json_t *facts = NULL;
	char path[300];

	if (client_find(name, &lab, &fail) || why_source_lab(&source, &lab, &fail)) {
		fprintf(stderr, "%s: %s\n", name, fail.text);
		why_source_free(&source);
		return NULL;
	}
	it.status = source.status;
	it.nodes = source.nodes;
	snprintf(it.directory, sizeof(it.directory), "%s", source.directory);
	if (why_find_phone(&it)) {
		fprintf(stderr, "%s: no phone %s\n", name, phone);
	} else {
		snprintf(path, sizeof(path), "%sevents.jsonl", source.directory);
		why_read_events(&it, path);
		facts = json_array();
		producer(&it, facts);
	}
	why_free(&it);
	why_source_free(&source);
	return facts;
}

void why_lab_print(const json_t *facts)
{
	const json_t *fact;
	size_t i;

	json_array_foreach (facts, i, fact)
		fprintf(stderr, "  %s [%s] step %lld: %s (%s)\n", json_text(fact, "fact"),
			json_text(fact, "object"), json_int(fact, "step"), json_text(fact, "text"),
			json_text(fact, "from"));
}
