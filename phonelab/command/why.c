#include "phonelab/command/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/text.h"
#include "phonelab/client/client.h"
#include "phonelab/command/why_all.h"
#include "phonelab/command/why_look.h"
#include "phonelab/exercise/permit.h"
#include "phonelab/lab/status.h"
#include "phonelab/why/gather.h"
#include "phonelab/why/report.h"
#include "phonelab/why/source.h"
#include "phonelab/why/why.h"
#include "phonelab/lab/status_read.h"

static void print_report(const json_t *report)
{
	struct text text = {0};

	why_report_text(report, &text);
	print_text("%s", text.bytes ? text.bytes : "");
	text_free(&text);
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

static int explain(struct why_source *source, const char *name, const struct command_line *line)
{
	struct why_case it = {.name = name};
	bool healthy;
	json_t *report;

	why_gather(source, &it, 1,
		   (line->option[OPT_WHY_PASSIVE].given ? WHY_PASSIVE : 0) |
		       (line->option[OPT_WHY_FACTS].given ? WHY_THOROUGH : 0));
	report = why_report_gathered(&it);
	healthy = json_is_true(json_object_get(report, "healthy"));
	why_set_look(source, &it, report);
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
static int after_permit(int err, long price, const struct fail *fail)
{
	if (err)
		return exit_complain(EXIT_USAGE, "why: %s", fail->text);
	if (price)
		exit_complain(EXIT_AS_ASKED, "why: this costs %ld points of the exercise, once", price);
	return EXIT_AS_ASKED;
}

static int permit(const struct lab *lab, const char *phone)
{
	struct fail fail = {0};
	long price = 0;
	int err =
	    lab ? exercise_permit_why(lab, &price, &fail) : exercise_permit_why_file(phone, &price, &fail);

	return after_permit(err, price, &fail);
}

/* The same for all phones of a folder. */
static int permit_all(const json_t *status)
{
	json_t *names = json_array(), *phone;
	struct fail fail = {0};
	long price = 0;
	size_t i;
	int err;

	json_array_foreach (json_object_get(status, "phones"), i, phone)
		json_array_append(names, json_object_get(phone, "name"));
	err = exercise_permit_why_files(names, &price, &fail);
	json_decref(names);
	return after_permit(err, price, &fail);
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
	if (line->words && (line->option[OPT_WHY_FOLDER].given || line->option[OPT_WHY_CAPTURE].given)) {
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

/* Exactly one of PHONE and --all, and what fits to it. 0, or an exit status with the reason printed. */
static int check_line(const struct command_line *line)
{
	bool all = line->option[OPT_WHY_ALL].given;

	if (all == (line->words > 0))
		return exit_complain(EXIT_USAGE, "why: found %s, expected PHONE or --all",
				     all ? "both PHONE and --all" : "neither PHONE nor --all");
	if (all && line->option[OPT_WHY_CAPTURE].given)
		return exit_complain(EXIT_USAGE, "why: --capture needs PHONE: a device name or a MAC");
	if (all && line->option[OPT_WHY_FACTS].given)
		return exit_complain(EXIT_USAGE, "why: --facts needs PHONE");
	return EXIT_AS_ASKED;
}

static int answer(const struct command_line *line, struct why_source *source)
{
	const char *name, *closet;
	int err;

	/* No cause is guessed from a part of the evidence. */
	if (status_print_unanswered(source->status))
		return EXIT_DEFECT;
	if (line->option[OPT_WHY_ALL].given) {
		if (status_print_silent(source->status, NULL))
			return EXIT_DEFECT;
		err = line->option[OPT_WHY_FOLDER].given ? permit_all(source->status) : EXIT_AS_ASKED;
		return err ? err
			   : why_all(source, line->option[OPT_WHY_PASSIVE].given,
				     line->option[OPT_WHY_JSON].given);
	}
	name = status_read_find(source->status, line->word[0]);
	closet = json_text(status_read_named(source->status, "phones", name ? name : ""), "closet");
	/* The servers are in core. */
	if (*closet && (status_print_silent(source->status, closet) ||
			status_print_silent(source->status, TOPOLOGY_CORE)))
		return EXIT_DEFECT;
	if (name)
		return explain(source, name, line);
	return exit_complain(EXIT_USAGE, "why: unknown phone \"%s\" in %s%s", line->word[0],
			     *source->lab ? "lab " : "the ", *source->lab ? source->lab : "evidence");
}

int command_why(const struct command_line *line)
{
	struct why_source source = {0};
	int err = check_line(line);

	if (!err)
		err = open_source(line, &source);
	if (!err)
		err = answer(line, &source);
	why_source_free(&source);
	return err;
}
