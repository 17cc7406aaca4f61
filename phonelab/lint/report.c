/* Findings for people and for GitHub, phone by phone. */
#include <stdlib.h>
#include <string.h>

#include "base/github.h"
#include "base/print.h"
#include "phonelab/lint/lint.h"

#define SHARES_MAX 2000 /* findings in shared files */

/* A finding in a file that several phones use: reported once, at the end. */
struct lint_shared {
	struct lint_finding finding;
	size_t phones;
};

void lint_path(const struct lint_source *source, const char *file, char path[1400])
{
	snprintf(path, 1400, "%s%s", source->base, file);
}

void lint_report_begin(struct lint_report *report)
{
	if (report->sarif)
		lint_sarif_begin(report);
}

/* What is written once per finding: counts, annotations, SARIF. */
static void once(struct lint_report *report, const struct lint_finding *finding)
{
	static const char *const kinds[] = {
	    [LINT_NOTE] = "notice", [LINT_WARNING] = "warning", [LINT_ERROR] = "error"};
	char path[1400];

	report->level[finding->level]++;
	if (report->sarif)
		lint_sarif_result(report, finding);
	if (!report->github)
		return;
	lint_path(report->source, finding->file, path);
	github_annotate(report->out, kinds[finding->level], path, finding->line ? finding->line : 1,
			lint_rule_rows[finding->rule].id, finding->text);
}

static bool is_shared(const struct lint_phone *phone, const struct lint_finding *finding)
{
	return !strcasestr(finding->file, phone->name);
}

static void share(struct lint_report *report, const struct lint_finding *finding)
{
	struct lint_shared *shared = report->shared;

	for (size_t i = 0; i < report->shares; i++) {
		const struct lint_finding *known = &shared[i].finding;

		if (known->rule == finding->rule && known->line == finding->line &&
		    !strcmp(known->file, finding->file) && !strcmp(known->text, finding->text)) {
			shared[i].phones++;
			return;
		}
	}
	once(report, finding);
	if (report->shares == SHARES_MAX)
		return;
	shared = realloc(shared, (report->shares + 1) * sizeof(*shared));
	if (!shared)
		return;
	shared[report->shares++] = (struct lint_shared){*finding, 1};
	report->shared = shared;
}

/* "tftpboot/SEP001122AABB01.cnf.xml:12: warning: TEXT [value-ignored]" */
static void put_finding(const struct lint_report *report, const struct lint_finding *finding, size_t phones)
{
	char path[1400], line[16] = "", users[48] = "";

	lint_path(report->source, finding->file, path);
	if (finding->line)
		snprintf(line, sizeof(line), ":%u", finding->line);
	if (phones)
		snprintf(users, sizeof(users), " (%zu phone%s)", phones, phones == 1 ? "" : "s");
	print_to(report->out, "  %s%s: %s: %s [%s]%s\n", path, line, lint_level_name(finding->level),
		 finding->text, lint_rule_rows[finding->rule].id, users);
}

static void put_dropped(const struct lint_report *report, const struct lint_findings *findings)
{
	if (findings->dropped)
		print_to(report->out, "  %zu further findings are not listed\n", findings->dropped);
}

static void put_numbers(const struct lint_report *report, const struct lint_phone *phone)
{
	for (unsigned i = 0; i < phone->numbers; i++)
		print_to(report->out, "%s%s", i ? ", " : "", phone->number[i]);
}

static void put_phone(const struct lint_report *report, const struct lint_phone *phone)
{
	const struct ladder_rung *rung = phone->ladder.rung;

	switch (phone->model_from) {
	case LINT_MODEL_OPTION: print_to(report->out, "%s  %s  ", phone->name, phone->model->name); break;
	case LINT_MODEL_LOAD:
		print_to(report->out, "%s  %s  ", phone->name, phone->model->load_family + strlen("sip"));
		break;
	case LINT_MODEL_ASSUMED: print_to(report->out, "%s  %s?  ", phone->name, phone->model->name); break;
	}
	if (phone->registers) {
		print_to(report->out, "registers ");
		put_numbers(report, phone);
		print_to(report->out, " at %s\n", rung[LADDER_CM_CONNECT - 1].detail);
	} else {
		print_to(report->out, "stops at step %d, %s\n", phone->stopped,
			 ladder_step_name(phone->stopped) ?: "?");
	}
	for (int n = LADDER_CTL; n <= LADDER_STEPS && (report->steps || phone->findings.count); n++)
		print_to(report->out, rung[n - 1].detail[0] ? "  %2d %-11s %-8s %s\n" : "  %2d %-11s %s%s\n",
			 n, ladder_step_name(n), ladder_state_name(rung[n - 1].state), rung[n - 1].detail);
}

void lint_report_phone(struct lint_report *report, const struct lint_phone *phone)
{
	report->phones++;
	report->registering += phone->registers;
	if (report->json) {
		json_t *object = lint_phone_json(report->source, phone);

		json_dumpf(object, report->out, JSON_COMPACT | JSON_ENSURE_ASCII);
		fputc('\n', report->out);
		json_decref(object);
	} else {
		put_phone(report, phone);
	}
	for (size_t i = 0; i < phone->findings.count; i++) {
		const struct lint_finding *finding = &phone->findings.item[i];

		if (is_shared(phone, finding)) {
			share(report, finding);
			continue;
		}
		if (!report->json)
			put_finding(report, finding, 0);
		once(report, finding);
	}
	if (!report->json)
		put_dropped(report, &phone->findings);
}

static void put_end(struct lint_report *report, const struct lint_findings *folder)
{
	if (report->shares)
		fputs("Files of several phones\n", report->out);
	for (size_t i = 0; i < report->shares; i++)
		put_finding(report, &report->shared[i].finding, report->shared[i].phones);
	if (folder->count)
		fputs("The folder\n", report->out);
	for (size_t i = 0; i < folder->count; i++)
		put_finding(report, &folder->item[i], 0);
	put_dropped(report, folder);
	print_to(report->out,
		 "%zu phone%s: %zu register%s, %zu stop%s; %zu error%s, %zu warning%s, %zu note%s\n",
		 report->phones, report->phones == 1 ? "" : "s", report->registering,
		 report->registering == 1 ? "s" : "", report->phones - report->registering,
		 report->phones - report->registering == 1 ? "s" : "", report->level[LINT_ERROR],
		 report->level[LINT_ERROR] == 1 ? "" : "s", report->level[LINT_WARNING],
		 report->level[LINT_WARNING] == 1 ? "" : "s", report->level[LINT_NOTE],
		 report->level[LINT_NOTE] == 1 ? "" : "s");
}

static void put_json_end(struct lint_report *report, const struct lint_findings *folder)
{
	json_t *object = json_pack(
	    "{s:{s:I,s:I,s:I,s:I,s:I}, s:o}", "summary", "phones", (json_int_t)report->phones, "register",
	    (json_int_t)report->registering, "errors", (json_int_t)report->level[LINT_ERROR], "warnings",
	    (json_int_t)report->level[LINT_WARNING], "notes", (json_int_t)report->level[LINT_NOTE],
	    "findings", lint_findings_json(report->source, folder));

	json_dumpf(object, report->out, JSON_COMPACT | JSON_ENSURE_ASCII);
	fputc('\n', report->out);
	json_decref(object);
}

void lint_report_end(struct lint_report *report, const struct lint_findings *folder)
{
	for (size_t i = 0; i < folder->count; i++)
		once(report, &folder->item[i]);
	if (report->json)
		put_json_end(report, folder);
	else
		put_end(report, folder);
	if (report->sarif)
		lint_sarif_end(report);
	free(report->shared);
	report->shared = NULL;
}
