#include "phonelab/command/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "base/text.h"
#include "phonelab/client/client.h"
#include "phonelab/exercise/permit.h"
#include "phonelab/lab/status.h"
#include "phonelab/why/facts.h"
#include "phonelab/why/model.h"
#include "phonelab/why/produce.h"
#include "phonelab/why/report.h"
#include "phonelab/why/source.h"
#include "phonelab/why/why.h"
#include "phonelab/lab/status_read.h"

#define BOOTING_US UINT64_C(10000000) /* a step that began later than that is not suspicious */

/* The switch of the phone: by its port, else the first one. */
static const char *switch_of(const struct why_case *it)
{
	const char *sw = json_text(it->phone, "switch");

	if (*sw || why_port(it, &sw))
		return sw;
	return json_text(json_array_get(json_object_get(it->status, "switches"), 0), "name");
}

/* The command that goes before LOOK. A lab of containers is asked through compose: the files of a server stand on the
 * volume of every container, the namespace of a phone is in the container of the rack. Moves *look behind "exec NODE --"
 * where that is left out. */
static void add_caller(struct text *text, const struct lab *lab, const char **look)
{
	const char *arguments = strstr(*look, " -- ");

	if (lab->pid) {
		text_add(text, "phonelab --lab %s ", lab->name);
	} else if (!arguments) {
		text_add(text, CLIENT_COMPOSE " run --rm phonelab ");
	} else if (!strncmp(*look, "exec PHONE", 10)) {
		text_add(text, CLIENT_COMPOSE " exec phones phonelab ");
	} else {
		text_add(text, CLIENT_COMPOSE " exec switch as-phonelab ");
		*look = arguments + 4;
	}
}

/* Make the command of the report one that can be pasted: its words in capitals stand for nodes of this lab. If the lab has
 * ended, there is none. */
static void set_look(const struct why_source *source, const struct why_case *it, json_t *report)
{
	const char *const words[][2] = {
	    {"SERVER", json_text(json_object_get(report, "server"), "name")},
	    {"PHONE", it->name},
	    {"SWITCH", switch_of(it)},
	    {"DHCP", why_node(it, "dhcp")},
	    {"CALL-MANAGER", json_text(json_array_get(json_object_get(it->status, "cluster"), 0), "name")}};
	const char *look = json_text(report, "look");
	struct fail ignored = {0};
	struct text text = {0};
	struct lab lab;

	if (*look && *source->lab && !client_find(source->lab, &lab, &ignored))
		add_caller(&text, &lab, &look);
	else
		look = "";
	while (*look) {
		size_t w;

		for (w = 0; w < sizeof(words) / sizeof(words[0]); w++)
			if (!strncmp(look, words[w][0], strlen(words[w][0])))
				break;
		if (w < sizeof(words) / sizeof(words[0])) {
			text_add(&text, "%s", words[w][1]);
			look += strlen(words[w][0]);
		} else {
			text_add(&text, "%c", *look++);
		}
	}
	json_object_del(report, "look");
	if (text.length)
		json_object_set_new(report, "look", json_text_new(text.bytes));
	text_free(&text);
}

/* Read the status of the phone from the rack, and the configuration of its switch. */
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

/* Is the phone of a running lab still booting: has power, no step has failed since it was last registered, and the newest
 * step began a short time ago? */
static bool is_booting(const struct why_source *source, const struct why_case *it)
{
	static const char *const states[] = {"booting", "network", "provisioning", "registering"};
	const json_t *event;
	uint64_t began = 0;
	bool boots = false;
	size_t i;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		boots = boots || !strcmp(json_text(it->phone, "state"), states[i]);
	if (!boots || !*source->lab || !it->step || why_link_flaps(it))
		return false;
	json_array_foreach (it->events, i, event) {
		const char *name = json_text(event, "event");

		if (!strcmp(name, "step.failed"))
			return false;
		if (!strncmp(name, "step.", 5) || !strcmp(name, "phone.service-control"))
			began = (uint64_t)json_int(event, "t");
	}
	return began && clock_now_us() < began + BOOTING_US;
}

/* No cause is named while the phone boots. */
static void set_booting(json_t *report)
{
	static const char *const guesses[] = {"cause", "look",	    "server",  "log",
					      "needs", "object",    "objects", "alternatives",
					      "also",  "ruled_out", "verdict"};

	json_object_set_new(report, "booting", json_true());
	for (size_t i = 0; i < sizeof(guesses) / sizeof(guesses[0]); i++)
		json_object_del(report, guesses[i]);
}

static void print_report(const json_t *report)
{
	struct text text = {0};

	why_report_text(report, &text);
	print_text("%s", text.bytes ? text.bytes : "");
	text_free(&text);
}

/* The model of the lab, from the lab or the folder: a new object. NULL for a capture. */
static json_t *model_for(const struct why_source *source, const struct why_case *it)
{
	struct fail ignored = {0};
	json_t *phones, *model;
	struct lab lab;

	if (source->events)
		return NULL;
	if (!*source->lab || client_find(source->lab, &lab, &ignored))
		return model_of_folder(source->directory, source->status);
	phones = json_pack("[s]", it->name);
	model = model_of_lab(&lab, source->status, phones);
	json_decref(phones);
	return model;
}

/* Collect the facts of the case. */
static void produce(const struct why_source *source, struct why_case *it, bool passive)
{
	struct fail ignored = {0};
	json_t *model = model_for(source, it);
	struct lab lab;
	bool runs = *source->lab && !client_find(source->lab, &lab, &ignored);
	struct why_means means = {.lab = runs ? &lab : NULL, .model = model, .passive = passive};

	it->facts = why_produce(it, &means);
	json_decref(model);
}

static void print_facts(const struct why_case *it)
{
	const json_t *fact;
	size_t i;

	json_array_foreach (it->facts, i, fact) {
		char *line = json_dumps(fact, JSON_COMPACT);

		print_text("%s\n", line ? line : "");
		free(line);
	}
}

static int explain(const struct why_source *source, const char *name, const struct command_line *line)
{
	struct why_case it = {.status = source->status, .nodes = source->nodes, .name = name};
	bool healthy, booting;
	json_t *report;

	if (why_find_phone(&it))
		return exit_complain(EXIT_DEFECT, "why: %s is not in the status", name);
	gather(source, &it);
	booting = is_booting(source, &it);
	if (!booting)
		produce(source, &it, line->option[OPT_WHY_PASSIVE].given);
	report = why_report(&it);
	healthy = json_is_true(json_object_get(report, "healthy"));
	if (!healthy && booting)
		set_booting(report);
	set_look(source, &it, report);
	if (line->option[OPT_WHY_FACTS].given)
		print_facts(&it);
	else if (line->option[OPT_WHY_JSON].given)
		print_json(report, JSON_INDENT(2));
	else
		print_report(report);
	json_decref(report);
	why_free(&it);
	return healthy ? EXIT_AS_ASKED : EXIT_ASSERTION;
}

/* An exercise refuses `why`, or sells it. 0, or an exit status with the reason printed. */
static int permit(const struct lab *lab, const char *phone)
{
	struct fail fail = {0};
	long price = 0;

	if (lab ? exercise_permit_why(lab, &price, &fail) : exercise_permit_why_file(phone, &price, &fail))
		return exit_complain(EXIT_USAGE, "why: %s", fail.text);
	if (price)
		exit_complain(EXIT_AS_ASKED, "why: this costs %ld points of the exercise, once", price);
	return EXIT_AS_ASKED;
}

/* Open the source of evidence that the options name. 0, or an exit status with the reason printed. */
static int open_source(const struct command_line *line, struct why_source *source)
{
	struct fail fail = {0};
	struct lab lab;
	int err;

	*source = (struct why_source){0};
	if (line->option[OPT_WHY_FOLDER].given && line->option[OPT_WHY_CAPTURE].given)
		return exit_complain(EXIT_USAGE, "why: --folder and --capture exclude each other");
	if (line->option[OPT_WHY_FOLDER].given || line->option[OPT_WHY_CAPTURE].given) {
		err = permit(NULL, line->word[0]);
		if (err)
			return err;
	}
	if (line->option[OPT_WHY_FOLDER].given)
		err = why_source_folder(source, line->option[OPT_WHY_FOLDER].text, &fail);
	else if (line->option[OPT_WHY_CAPTURE].given)
		err = why_source_capture(source, line->option[OPT_WHY_CAPTURE].text, line->word[0], &fail);
	else if ((err = client_choose(line->lab, &lab)) || (err = permit(&lab, NULL)))
		return err;
	else
		return why_source_lab(source, &lab, &fail) ? exit_complain(EXIT_DEFECT, "why: %s", fail.text)
							   : EXIT_AS_ASKED;
	return err ? exit_complain(EXIT_USAGE, "why: %s", fail.text) : EXIT_AS_ASKED;
}

int command_why(const struct command_line *line)
{
	struct why_source source;
	int err = open_source(line, &source);
	const char *name;

	/* No cause is guessed from a part of the evidence. */
	if (!err && status_print_unanswered(source.status))
		err = EXIT_DEFECT;
	name = err ? NULL : status_read_find(source.status, line->word[0]);

	if (name)
		err = explain(&source, name, line);
	else if (!err)
		err = exit_complain(EXIT_USAGE, "why: unknown phone \"%s\" in %s%s", line->word[0],
				    *source.lab ? "lab " : "the ", *source.lab ? source.lab : "evidence");
	why_source_free(&source);
	return err;
}
