/* why --all: all phones of a lab or of a folder, grouped by cause. */
#include "phonelab/command/why_all.h"

#include <stdlib.h>

#include "base/json_text.h"
#include "base/text.h"
#include "phonelab/command/command.h"
#include "phonelab/why/gather.h"
#include "phonelab/why/group.h"

/* The cases of all phones, gathered; *n of them. NULL without memory. */
static struct why_case *all_cases(struct why_source *source, size_t *n)
{
	const json_t *phones = json_object_get(source->status, "phones"), *phone;
	struct why_case *cases;
	size_t i;

	*n = json_array_size(phones);
	cases = calloc(*n ? *n : 1, sizeof(*cases));
	if (!cases)
		return NULL;
	json_array_foreach (phones, i, phone)
		cases[i].name = json_text(phone, "name");
	why_gather(source, cases, *n, WHY_PASSIVE); /* probes of many phones would take too long */
	return cases;
}

int why_all(struct why_source *source, bool json)
{
	size_t n;
	struct why_case *cases = all_cases(source, &n);
	json_t *reports = json_array(), *grouped;
	struct text text = {0};
	bool healthy;

	if (!cases) {
		json_decref(reports);
		return exit_complain(EXIT_DEFECT, "why: out of memory");
	}
	for (size_t i = 0; i < n; i++) {
		json_array_append_new(reports, why_report_gathered(&cases[i]));
		why_free(&cases[i]);
	}
	grouped = why_group(reports);
	healthy = json_int(grouped, "healthy") == json_int(grouped, "total");
	if (json)
		print_json(grouped, JSON_INDENT(2));
	else
		why_group_text(grouped, &text);
	if (text.bytes)
		print_text("%s", text.bytes);
	text_free(&text);
	json_decref(grouped);
	json_decref(reports);
	free(cases);
	return healthy ? EXIT_AS_ASKED : EXIT_ASSERTION;
}
