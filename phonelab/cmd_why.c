#include "phonelab/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ladder.h"
#include "phonelab/client.h"
#include "phonelab/why.h"

/* What the phone and its switch say when they are asked. */
static void ask_devices(const struct lab *lab, struct why_case *it)
{
	struct fail fail;
	char socket[80];
	const char *sw;
	json_t *reply =
	    client_call(lab, "phones/rack.sock", json_pack("{s:s,s:s}", "do", "status", "node", it->name),
			5000, NULL, &fail);

	it->phone_more = json_incref(json_array_get(json_object_get(reply, "phones"), 0));
	json_decref(reply);
	if (!why_port(it, &sw))
		sw = why_text(json_array_get(json_object_get(it->status, "switches"), 0), "name");
	snprintf(socket, sizeof(socket), "switches/%s.sock", sw);
	reply = client_call(lab, socket, json_pack("{s:s,s:[s]}", "do", "show", "args", "running-config"),
			    5000, NULL, &fail);
	if (reply)
		it->running = strdup(why_text(reply, "text"));
	json_decref(reply);
}

/* The run directory as files, and the status: all that a cause is found in. */
static void gather(const struct lab *lab, struct why_case *it)
{
	char path[256];

	client_path(lab, "events.jsonl", path, sizeof(path));
	why_read_events(it, path);
	client_path(lab, "", path, sizeof(path));
	snprintf(it->directory, sizeof(it->directory), "%s", path);
	ask_devices(lab, it);
}

static void print_evidence(const struct why_case *it)
{
	struct why_evidence evidence[WHY_EVIDENCE];
	size_t n = why_evidence(it, evidence);

	for (size_t i = 0; i < n; i++)
		printf("  %-24s %s\n", evidence[i].from, evidence[i].text);
}

/* The command to go on with: the words in capitals of the rule stand for what has that part in this case. */
static void print_look(const struct lab *lab, const struct why_case *it, const char *look)
{
	const char *sw = why_text(it->phone, "switch");
	const char *const words[][2] = {
	    {"PHONE", it->name},
	    {"SWITCH", *sw ? sw : why_node(it, "switch")},
	    {"DHCP", why_node(it, "dhcp")},
	    {"CALL-MANAGER", why_text(json_array_get(json_object_get(it->status, "cluster"), 0), "name")}};

	printf("\nTo look further\n  phonelab --lab %s ", lab->name);
	while (*look) {
		size_t w;

		for (w = 0; w < sizeof(words) / sizeof(words[0]); w++)
			if (!strncmp(look, words[w][0], strlen(words[w][0])))
				break;
		if (w < sizeof(words) / sizeof(words[0])) {
			fputs(words[w][1], stdout);
			look += strlen(words[w][0]);
		} else {
			putchar(*look++);
		}
	}
	putchar('\n');
}

/* "step 5, ctl, failed", "step 4, dhcp, is active" */
static const char *is_or_has(const char *state)
{
	return strcmp(state, "failed") ? "is " : "";
}

static int explain(const struct lab *lab, const json_t *status, const char *name)
{
	struct why_case it = {.status = status, .name = name};
	const struct why_rule *rule;
	const json_t *step;
	struct fail fail;
	json_t *nodes;

	if (why_find_phone(&it))
		return command_complain(EXIT_DEFECT, "why: %s is not in the status of the lab", name);
	if (!it.step) {
		printf("%s is healthy: all steps are done, and registered with %s as %s.\n", name,
		       why_text(it.phone, "registered_with"), why_text(it.phone, "directory_number"));
		return EXIT_AS_ASKED;
	}
	nodes = client_call(lab, "lab.sock", json_pack("{s:s}", "do", "nodes"), 10000, NULL, &fail);
	it.nodes = json_object_get(nodes, "nodes");
	gather(lab, &it);
	step = it.rung;
	printf("%s: step %d, %s, %s%s%s%s\n", name, it.step, ladder_step_name(it.step),
	       is_or_has(why_text(step, "state")), why_text(step, "state"),
	       *why_text(step, "detail") ? ": " : "", why_text(step, "detail"));
	printf("  %s\n\nEvidence\n", ladder_step_title(it.step));
	print_evidence(&it);
	rule = why_rule(&it);
	printf("\nLikely cause\n  %s\n", rule->cause);
	print_look(lab, &it, rule->look);
	why_free(&it);
	json_decref(nodes);
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
