#include "phonelab/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ladder.h"
#include "phonelab/client.h"
#include "phonelab/why.h"

/* The run directory as files, and the status: all that a cause is found in. */
static void gather(const struct lab *lab, struct why_case *it)
{
	char path[256];

	client_path(lab, "events.jsonl", path, sizeof(path));
	why_read_events(it, path);
	client_path(lab, "", path, sizeof(path));
	snprintf(it->directory, sizeof(it->directory), "%s", path);
}

static void print_evidence(const struct why_case *it)
{
	struct why_evidence evidence[WHY_EVIDENCE];
	size_t n = why_evidence(it, evidence);

	for (size_t i = 0; i < n; i++)
		printf("  %-24s %s\n", evidence[i].from, evidence[i].text);
}

static int explain(const struct lab *lab, const json_t *status, const char *name)
{
	struct why_case it = {.status = status, .name = name};
	const struct why_rule *rule;
	const json_t *step;

	if (why_find_phone(&it))
		return command_complain(EXIT_DEFECT, "why: %s is not in the status of the lab", name);
	if (!it.step) {
		printf("%s is healthy: all steps are done, and registered with %s as %s.\n", name,
		       why_text(it.phone, "registered_with"), why_text(it.phone, "directory_number"));
		return EXIT_AS_ASKED;
	}
	gather(lab, &it);
	step = it.rung;
	printf("%s: step %d, %s, is %s%s%s\n", name, it.step, ladder_step_name(it.step),
	       why_text(step, "state"), *why_text(step, "detail") ? ": " : "", why_text(step, "detail"));
	printf("  %s\n\nEvidence\n", ladder_step_title(it.step));
	print_evidence(&it);
	rule = why_rule(&it);
	printf("\nLikely cause\n  %s\n", rule->cause);
	printf("\nTo look further\n  phonelab --lab %s %s\n", lab->name, rule->look);
	why_free(&it);
	return EXIT_ASSERTION;
}

static int run(const struct command_line *line)
{
	struct lab lab;
	struct fail fail;
	json_t *status;
	char *name;
	int rc = client_choose(line->lab, &lab);

	if (rc)
		return rc;
	status = client_call(&lab, "lab.sock", json_pack("{s:s}", "do", "status"), 20000, NULL, &fail);
	if (!status)
		return command_complain(EXIT_DEFECT, "why: %s", fail.text);
	name = client_phone(status, line->word[0]);
	if (name)
		rc = explain(&lab, status, name);
	else
		rc = command_complain(EXIT_USAGE, "why: found \"%s\", expected a phone of lab %s",
				      line->word[0], lab.name);
	free(name);
	json_decref(status);
	return rc;
}

const struct command command_why = {
    .name = "why",
    .synopsis = "PHONE",
    .title = "the first broken step of a phone, its evidence and the likely cause",
    .help = "PHONE is a device name, a MAC or a directory number. Status 0: healthy; 1: a step is broken.\n",
    .least = 1,
    .most = 1,
    .run = run,
};
