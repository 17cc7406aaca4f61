#include "base/json_text.h"
#include "phonelab/command/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ladder.h"
#include "phonelab/client/client.h"
#include "phonelab/lab/status.h"
#include "phonelab/why/why.h"
#include "phonelab/why/source.h"
#include "phonelab/lab/status_read.h"

enum { FOLDER, CAPTURE };

static void print_evidence(const struct why_case *it)
{
	struct why_evidence evidence[WHY_EVIDENCE];
	size_t n = why_evidence(it, evidence);

	for (size_t i = 0; i < n; i++)
		printf("  %-24s %s\n", evidence[i].from, evidence[i].text);
}

/* The command to go on with: the words in capitals of the rule stand for what has that part in this case. */
static void print_look(const struct why_source *source, const struct why_case *it, const char *look)
{
	const char *sw = json_text(it->phone, "switch");
	const char *const words[][2] = {
	    {"PHONE", it->name},
	    {"SWITCH", *sw ? sw : why_node(it, "switch")},
	    {"DHCP", why_node(it, "dhcp")},
	    {"CALL-MANAGER", json_text(json_array_get(json_object_get(it->status, "cluster"), 0), "name")}};

	if (!*source->lab)
		return; /* nobody can be asked any more */
	printf("\nTo look further\n  phonelab --lab %s ", source->lab);
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

/* What the phone and its switch say when they are asked, while the lab is up. */
static void ask_devices(const struct lab *lab, struct why_case *it)
{
	struct fail fail = {0};
	char socket[80];
	const char *sw;
	json_t *reply =
	    client_call(lab, "phones/rack.sock", json_pack("{s:s,s:s}", "do", "status", "node", it->name),
			5000, NULL, &fail);

	it->phone_more = json_incref(json_array_get(json_object_get(reply, "phones"), 0));
	json_decref(reply);
	if (!why_port(it, &sw))
		sw = json_text(json_array_get(json_object_get(it->status, "switches"), 0), "name");
	snprintf(socket, sizeof(socket), "switches/%.40s.sock", sw);
	reply = client_call(lab, socket, json_pack("{s:s,s:[s]}", "do", "show", "args", "running-config"),
			    5000, NULL, &fail);
	if (reply)
		it->running = strdup(json_text(reply, "text"));
	json_decref(reply);
}

static void gather(const struct why_source *source, struct why_case *it)
{
	char path[300];
	struct lab lab;
	struct fail fail = {0};

	snprintf(it->directory, sizeof(it->directory), "%s", source->directory);
	if (source->events) {
		it->events = json_incref(source->events);
		it->events_name = "frame";
	} else {
		snprintf(path, sizeof(path), "%sevents.jsonl", source->directory);
		why_read_events(it, path);
	}
	if (*source->lab && !client_find(source->lab, &lab, &fail))
		ask_devices(&lab, it);
}

static void print_step(const struct why_case *it)
{
	const json_t *step = it->rung;

	printf("%s: step %d, %s, %s%s%s%s\n  %s\n", it->name, it->step, ladder_step_name(it->step),
	       is_or_has(json_text(step, "state")), json_text(step, "state"),
	       *json_text(step, "detail") ? ": " : "", json_text(step, "detail"),
	       ladder_step_title(it->step));
}

static int explain(const struct why_source *source, const char *name)
{
	struct why_case it = {.status = source->status, .nodes = source->nodes, .name = name};
	const struct why_rule *rule;
	char lost[160];

	if (why_find_phone(&it))
		return exit_complain(EXIT_DEFECT, "why: %s is not in the status", name);
	gather(source, &it);
	rule = why_rule(&it);
	if (!rule) {
		printf("%s is healthy: all steps are done, and registered with %s as %s.\n", name,
		       json_text(it.phone, "registered_with"), json_text(it.phone, "directory_number"));
		why_free(&it);
		return EXIT_AS_ASKED;
	}
	if (it.step)
		print_step(&it);
	else
		printf("%s is registered with %s as %s, but had to get by\n", name,
		       json_text(it.phone, "registered_with"), json_text(it.phone, "directory_number"));
	printf("\nEvidence\n");
	print_evidence(&it);
	if (status_read_lost(source->status, lost))
		printf("  %s\n", lost);
	printf("\nLikely cause\n  %s\n", rule->cause);
	print_look(source, &it, rule->look);
	why_free(&it);
	return EXIT_ASSERTION;
}

/* From where the options say. 0, or an exit status with the reason printed. */
static int open_source(const struct command_line *line, struct why_source *source)
{
	struct fail fail = {0};
	struct lab lab;
	int err;

	*source = (struct why_source){0};
	if (line->option[FOLDER].said && line->option[CAPTURE].said)
		return exit_complain(EXIT_USAGE, "why: found --folder and --capture, expected one of them");
	if (line->option[FOLDER].said)
		err = why_source_folder(source, line->option[FOLDER].text, &fail);
	else if (line->option[CAPTURE].said)
		err = why_source_capture(source, line->option[CAPTURE].text, line->word[0], &fail);
	else if ((err = client_choose(line->lab, &lab)))
		return err;
	else
		return why_source_lab(source, &lab, &fail) ? exit_complain(EXIT_DEFECT, "why: %s", fail.text)
							   : EXIT_AS_ASKED;
	return err ? exit_complain(EXIT_USAGE, "why: %s", fail.text) : EXIT_AS_ASKED;
}

static int run(const struct command_line *line)
{
	struct why_source source;
	int err = open_source(line, &source);
	const char *name;

	/* No cause is guessed from a part of the evidence. */
	if (!err && status_print_unanswered(source.status))
		err = EXIT_DEFECT;
	name = err ? NULL : status_read_find(source.status, line->word[0]);

	if (name)
		err = explain(&source, name);
	else if (!err)
		err = exit_complain(EXIT_USAGE, "why: found \"%s\", expected a phone of %s%s", line->word[0],
				    *source.lab ? "lab " : "", *source.lab ? source.lab : "what was kept");
	why_source_free(&source);
	return err;
}

const struct command command_why = {
    .name = "why",
    .synopsis = "PHONE [--folder DIR | --capture FILE]",
    .title = "the first broken step of a phone, its evidence and the likely cause",
    .help =
	"PHONE is a device name, a MAC or a directory number. Status 0: healthy; 1: a step is broken, or\n"
	"the phone had to get by without something.\n"
	"The evidence is that of a lab that is up, of a folder that phonelab test or collect left, or of a\n"
	"capture, of real phones too (PHONE is then a device name or a MAC).\n",
    .least = 1,
    .most = 1,
    .options = {{"--folder", NULL, OPTION_TEXT, "DIR", 0, 0, "what was kept of a lab"},
		{"--capture", NULL, OPTION_TEXT, "FILE", 0, 0, "a pcap or pcapng"}},
    .run = run,
};
