/* Findings as JSON objects and as SARIF 2.1.0. */
#include <ctype.h>
#include <string.h>

#include "base/json_text.h"
#include "base/version.h"
#include "phonelab/lint/lint.h"

/* --- JSON --- */

json_t *lint_findings_json(const struct lint_source *source, const struct lint_findings *findings)
{
	json_t *list = json_array();
	char path[1400];

	for (size_t i = 0; i < findings->count; i++) {
		const struct lint_finding *finding = &findings->item[i];
		json_t *object;

		lint_path(source, finding->file, path);
		object = json_pack("{s:s, s:s, s:o, s:o}", "rule", lint_rule_rows[finding->rule].id, "level",
				   lint_level_name(finding->level), "file", json_text_new(path), "text",
				   json_text_new(finding->text));
		if (finding->line)
			json_object_set_new(object, "line", json_integer(finding->line));
		if (finding->step)
			json_object_set_new(object, "step", json_integer(finding->step));
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *steps_json(const struct ladder *ladder)
{
	json_t *list = json_array();

	for (int n = LADDER_CTL; n <= LADDER_STEPS; n++)
		json_array_append_new(list,
				      json_pack("{s:i, s:s, s:s, s:o}", "n", n, "name", ladder_step_name(n),
						"state", ladder_state_name(ladder->rung[n - 1].state),
						"detail", json_text_new(ladder->rung[n - 1].detail)));
	return list;
}

json_t *lint_phone_json(const struct lint_source *source, const struct lint_phone *phone)
{
	static const char *const from[] = {
	    [LINT_MODEL_OPTION] = "option", [LINT_MODEL_LOAD] = "load", [LINT_MODEL_ASSUMED] = "assumed"};
	const char *configuration = phone_configuration_name(phone->configuration);
	json_t *numbers = json_array(), *managers = json_array(), *object;
	char path[1400] = "";

	for (unsigned i = 0; i < phone->numbers; i++)
		json_array_append_new(numbers, json_text_new(phone->number[i]));
	for (unsigned i = 0; i < phone->managers; i++)
		json_array_append_new(managers,
				      json_pack("{s:o, s:i}", "name", json_text_new(phone->manager[i].name),
						"port", (int)phone->manager[i].port));
	if (phone->file[0])
		lint_path(source, phone->file, path);
	object =
	    json_pack("{s:s, s:s, s:s, s:b, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "phone", phone->name,
		      "model", phone->model->name, "model_from", from[phone->model_from], "registers",
		      phone->registers, "numbers", numbers, "call_managers", managers, "transport",
		      phone->udp ? "udp" : "tcp", "version_stamp", json_text_new(phone->version_stamp),
		      "load", json_text_new(phone->load), "file", json_text_new(path), "steps",
		      steps_json(&phone->ladder), "findings", lint_findings_json(source, &phone->findings));
	if (phone->findings.dropped)
		json_object_set_new(object, "findings_dropped",
				    json_integer((json_int_t)phone->findings.dropped));
	if (configuration)
		json_object_set_new(object, "configuration", json_string(configuration));
	if (phone->stopped)
		json_object_set_new(object, "stops_at", json_integer(phone->stopped));
	return object;
}

/* --- SARIF --- */

static void put(struct lint_report *report, json_t *object)
{
	json_dumpf(object, report->sarif, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(object);
}

void lint_sarif_begin(struct lint_report *report)
{
	json_t *rules = json_array();

	for (size_t i = 0; i < LINT_RULES; i++) {
		const struct lint_rule_row *row = &lint_rule_rows[i];

		json_array_append_new(rules,
				      json_pack("{s:s, s:{s:s}, s:{s:s}}", "id", row->id, "shortDescription",
						"text", row->title, "defaultConfiguration", "level",
						lint_level_name(row->level)));
	}
	fputs(
	    "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{"
	    "\"tool\":{\"driver\":",
	    report->sarif);
	put(report, json_pack("{s:s, s:s, s:o}", "name", "phonelab lint", "version", PHONELAB_VERSION,
			      "rules", rules));
	fputs("},\"results\":[", report->sarif);
}

/* A relative path stays relative, so that the service finds the file in its checkout. */
static void uri_of(const struct lint_source *source, const char *file, char uri[4300])
{
	const char *unescaped = strstr(source->base, "://") ? "-._~/:" : "-._~/";
	char path[1400];
	size_t at;

	lint_path(source, file, path);
	at = (size_t)snprintf(uri, 4300, "%s", path[0] == '/' ? "file://" : "");
	for (const char *c = path; *c; c++) {
		bool plain = isalnum((unsigned char)*c) || strchr(unescaped, *c);

		at += (size_t)snprintf(uri + at, 4300 - at, plain ? "%c" : "%%%02X", (unsigned char)*c);
	}
}

void lint_sarif_result(struct lint_report *report, const struct lint_finding *finding)
{
	char uri[4300];

	uri_of(report->source, finding->file, uri);
	fputs(report->sarif_results++ ? ",\n" : "\n", report->sarif);
	put(report,
	    json_pack("{s:s, s:i, s:s, s:{s:o}, s:[{s:{s:{s:s}, s:{s:i}}}]}", "ruleId",
		      lint_rule_rows[finding->rule].id, "ruleIndex", (int)finding->rule, "level",
		      lint_level_name(finding->level), "message", "text", json_text_new(finding->text),
		      "locations", "physicalLocation", "artifactLocation", "uri", uri, "region", "startLine",
		      (int)(finding->line ? finding->line : 1)));
}

void lint_sarif_end(struct lint_report *report)
{
	fputs("\n],\"columnKind\":\"utf16CodeUnits\"}]}\n", report->sarif);
}
