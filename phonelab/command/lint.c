#include "phonelab/command/command.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "phonelab/lint/crew.h"

struct run {
	const struct command_line *line;
	struct lint_order order;
	struct lint_report report;
	struct lint_findings folder; /* of the folder as a whole */
	struct mac *phone;	     /* to be checked */
	size_t phones;
};

static int add_phone(struct run *run, const struct mac *mac)
{
	struct mac *grown = run->phone;

	if (run->phones % 256 == 0)
		grown = realloc(grown, (run->phones + 256) * sizeof(*grown));
	if (!grown)
		return exit_complain(EXIT_DEFECT, "lint: out of memory");
	run->phone = grown;
	run->phone[run->phones++] = *mac;
	return EXIT_AS_ASKED;
}

/* The phones of --phone SEP[,SEP]. */
static int list_given(struct run *run, const char *list)
{
	int status = EXIT_AS_ASKED;
	struct mac mac;
	char name[32];

	for (size_t length; *list && !status; list += length + (list[length] == ',')) {
		length = strcspn(list, ",");
		snprintf(name, sizeof(name), "%.*s", (int)length, list);
		if (length >= sizeof(name) || mac_parse(&mac, strncasecmp(name, "SEP", 3) ? name : name + 3))
			return exit_complain(
			    EXIT_USAGE,
			    "lint: --phone: \"%.*s\" is no phone (expected SEP and 12 hexadecimal "
			    "digits; several are separated by commas)",
			    (int)length, list);
		status = add_phone(run, &mac);
	}
	return status;
}

static int list_all(struct run *run)
{
	struct mac mac = {0};
	size_t at = 0;
	int status = EXIT_AS_ASKED;

	while (!status && lint_next_phone(run->order.source, &at, &mac, &run->folder))
		status = add_phone(run, &mac);
	return status;
}

/* Where the files of phones are, if they are not in the folder itself; NULL: nowhere. */
static const char *folder_below(const struct lint_source *source)
{
	const struct lint_entry *entry;

	for (size_t i = 0; (entry = lint_folder_entry(source, i)); i++) {
		const char *name = strrchr(entry->name, '/');

		if (name && !strncasecmp(name, "/SEP", 4) && strcasestr(name, ".cnf.xml"))
			return entry->name;
	}
	return NULL;
}

static int no_phone(const struct run *run)
{
	const char *below = folder_below(run->order.source), *dir = run->line->word[0];

	if (below)
		return exit_complain(
		    EXIT_USAGE,
		    "lint: %s: no file of a phone (expected SEP<MAC>.cnf.xml); %s is in a folder "
		    "below: name that folder",
		    dir, below);
	return exit_complain(
	    EXIT_USAGE,
	    "lint: %s: no file of a phone (expected SEP<MAC>.cnf.xml); name the folder that the "
	    "TFTP server serves, or phones with --phone",
	    dir);
}

static int choose_model(struct run *run)
{
	const char *name = run->line->option[OPT_LINT_MODEL].text;
	char list[160] = "";
	size_t at = 0;

	run->order.model = name ? phone_model_find(name) : NULL;
	if (!name || run->order.model)
		return EXIT_AS_ASKED;
	for (unsigned i = 0; phone_model_at(i) && at < sizeof(list); i++)
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s", i ? ", " : "",
				       phone_model_at(i)->name);
	return exit_complain(EXIT_USAGE, "lint: --model: unknown model \"%s\" (expected %s)", name, list);
}

/* Which options fit together, and where the files come from. */
static int open_source(struct run *run)
{
	const struct command_line *line = run->line;
	const char *url = line->option[OPT_LINT_SERVER].text;
	struct fail fail = {0};
	int err;

	if (!url == !line->words)
		return exit_complain(EXIT_USAGE, "lint: %s; usage: phonelab lint %s",
				     url ? "DIR and --server exclude each other"
					 : "missing argument DIR or --server",
				     line->command->synopsis);
	if (url && !line->option[OPT_LINT_PHONE].given)
		return exit_complain(EXIT_USAGE,
				     "lint: --server cannot list the phones; name them with --phone");
	if (line->option[OPT_LINT_UNUSED].given && line->option[OPT_LINT_PHONE].given)
		return exit_complain(EXIT_USAGE, "lint: --unused needs all phones of a folder; omit --phone");
	if (line->option[OPT_LINT_JSON].given && line->option[OPT_LINT_GITHUB].given)
		return exit_complain(EXIT_USAGE, "lint: --json and --github exclude each other");
	err = url ? lint_server_open(&run->order.source, url, &fail)
		  : lint_folder_open(&run->order.source, line->word[0], &fail);
	return err ? exit_complain(EXIT_USAGE, "lint: %s", fail.text) : choose_model(run);
}

static void report(void *arg, const struct lint_phone *phone)
{
	struct run *run = arg;

	lint_report_phone(&run->report, phone);
}

/* Boot the phones, and report them. */
static int check(struct run *run)
{
	bool server = run->line->option[OPT_LINT_SERVER].given;
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	int err;

	fflush(NULL); /* nothing is written twice */
	err = lint_crew_run(&run->order, run->phone, run->phones,
			    server || processors < 1 ? 1 : (unsigned)processors, report, run);
	if (err)
		return exit_complain(EXIT_DEFECT, "lint: %s",
				     err == -ELOOP ? "a phone does not come to an end" : strerror(-err));
	if (!run->line->option[OPT_LINT_PHONE].given && lint_default_file(&run->order, &run->folder))
		return exit_complain(EXIT_DEFECT, "lint: out of memory");
	if (server && !lint_server_answered(run->order.source))
		return exit_complain(EXIT_USAGE,
				     "lint: --server: %s does not answer; check its address and port",
				     run->order.source->base);
	if (!server)
		lint_folder_findings(run->order.source, run->line->option[OPT_LINT_UNUSED].given,
				     &run->folder);
	return EXIT_AS_ASKED;
}

static int run_all(struct run *run)
{
	const char *list = run->line->option[OPT_LINT_PHONE].text;
	int status = list ? list_given(run, list) : list_all(run);

	if (status)
		return status;
	lint_report_begin(&run->report);
	status = run->phones ? check(run) : no_phone(run);
	if (!status || run->folder.count)
		lint_report_end(&run->report, &run->folder);
	if (status)
		return status;
	return run->report.level[LINT_ERROR] + run->report.level[LINT_WARNING] ? EXIT_ASSERTION
									       : EXIT_AS_ASKED;
}

int command_lint(const struct command_line *line)
{
	struct run run = {.line = line,
			  .report = {.out = stdout,
				     .json = line->option[OPT_LINT_JSON].given,
				     .steps = line->option[OPT_LINT_STEPS].given,
				     .github = line->option[OPT_LINT_GITHUB].given}};
	const char *sarif = line->option[OPT_LINT_SARIF].text;
	int status = open_source(&run);

	/* Phones allocate and release large tables: keep the memory in the process. */
	mallopt(M_MMAP_THRESHOLD, 64 * 1024 * 1024);
	mallopt(M_TRIM_THRESHOLD, 128 * 1024 * 1024);
	run.order.no_firmware = line->option[OPT_LINT_NO_FIRMWARE].given;
	run.report.source = run.order.source;
	if (!status && sarif && !(run.report.sarif = fopen(sarif, "we")))
		status = exit_complain(EXIT_USAGE, "lint: --sarif: %s: %s", sarif, strerror(errno));
	run.order.actions = status ? NULL : phone_actions_new();
	if (!status)
		status =
		    run.order.actions ? run_all(&run) : exit_complain(EXIT_DEFECT, "lint: out of memory");
	if (run.report.sarif && (ferror(run.report.sarif) | fclose(run.report.sarif)))
		status = exit_complain(EXIT_USAGE, "lint: --sarif: %s: cannot be written", sarif);
	phone_actions_free(run.order.actions);
	free(run.folder.item);
	free(run.phone);
	lint_source_free(run.order.source);
	return status;
}
