/* Findings and their rules. */
#include "phonelab/lint/lint.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The ids are a contract: code review tools recognise a finding by its rule. */
const struct lint_rule_row lint_rule_rows[LINT_RULES] = {
    [LINT_TRUST_LIST] = {"trust-list", LINT_WARNING,
			 "The phone cannot use a trust list (CTL, ITL) and continues without it."},
    [LINT_CONFIGURATION] = {"configuration", LINT_ERROR,
			    "The phone has no configuration that it can use and does not register."},
    [LINT_NOT_PROVISIONED] =
	{"not-provisioned", LINT_WARNING,
	 "The phone has no file of its own and uses XMLDefault.cnf.xml, without a line."},
    [LINT_FIRMWARE] = {"firmware", LINT_WARNING,
		       "The phone cannot install the load that its configuration names."},
    [LINT_DIAL_RULES] = {"dial-rules", LINT_WARNING, "The phone uses its default dial rules."},
    [LINT_CALL_MANAGER] = {"call-manager", LINT_ERROR, "The phone cannot connect to any call manager."},
    [LINT_CALL_MANAGER_NAME] = {"call-manager-name", LINT_WARNING,
				"A call manager has neither an IPv4 address nor the name of a host."},
    [LINT_REGISTER] = {"register", LINT_ERROR, "The phone sends no REGISTER that can succeed."},
    [LINT_LOCALE] = {"locale", LINT_WARNING, "A file of the locale is missing: the phone stays in English."},
    [LINT_SOFT_KEYS] = {"soft-keys", LINT_WARNING, "The phone uses its default soft keys."},
    [LINT_RINGTONES] = {"ringtones", LINT_WARNING, "The phone uses its default ring."},
    [LINT_VALUE_IGNORED] = {"value-ignored", LINT_WARNING,
			    "The phone does not use a value of a file; the default applies."},
    [LINT_UNSIGNED] = {"unsigned", LINT_WARNING,
		       "A trust list requires signed files, and a file has no signed form."},
    [LINT_NAME_CASE] = {"name-case", LINT_WARNING,
			"The name of a file differs in letter case from the name that phones request."},
    [LINT_PHONE_FILE_NAME] = {"phone-file-name", LINT_WARNING,
			      "The name looks like a phone's file, but no phone requests it."},
    [LINT_FOLDER] = {"folder", LINT_WARNING, "A part of the folder could not be read."},
    [LINT_TLS] = {"tls", LINT_NOTE, "Phones of Cisco register by TLS here; phonelab's phones use TCP."},
    [LINT_UNKNOWN_MODEL] = {"unknown-model", LINT_NOTE, "The load belongs to no model that phonelab knows."},
    [LINT_UNUSED] = {"unused", LINT_NOTE, "No phone requests this file."},
};

const char *lint_level_name(enum lint_level level)
{
	switch (level) {
	case LINT_NOTE: return "note";
	case LINT_WARNING: return "warning";
	case LINT_ERROR: return "error";
	}
	return "error";
}

static bool same(const struct lint_finding *a, const struct lint_finding *b)
{
	return a->rule == b->rule && a->line == b->line && !strcmp(a->file, b->file) &&
	       !strcmp(a->text, b->text);
}

int lint_add(struct lint_findings *findings, enum lint_rule rule, int step, const char *file, unsigned line,
	     const char *format, ...)
{
	struct lint_finding finding = {
	    .rule = rule, .level = lint_rule_rows[rule].level, .step = step, .line = line};
	struct lint_finding *grown;
	va_list args;

	snprintf(finding.file, sizeof(finding.file), "%.299s", file);
	va_start(args, format);
	vsnprintf(finding.text, sizeof(finding.text), format, args);
	va_end(args);
	for (size_t i = 0; i < findings->count; i++)
		if (same(&findings->item[i], &finding))
			return 0;
	if (findings->count == LINT_FINDINGS_MAX) {
		findings->dropped++;
		return 0;
	}
	grown = realloc(findings->item, (findings->count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	findings->item = grown;
	findings->item[findings->count++] = finding;
	return 0;
}

/* --- the entries of a folder --- */

#define CONFIG_END ".cnf.xml"

/* "SEP", 12 hexadecimal digits and ".cnf.xml" or ".cnf.xml.sgn", in any letter case. */
static bool phone_file(const char *name, struct mac *mac)
{
	char device[DEVICE_TEXT];

	if (strlen(name) < 15 || strncasecmp(name, "SEP", 3) ||
	    (strcasecmp(name + 15, CONFIG_END) && strcasecmp(name + 15, CONFIG_END ".sgn")))
		return false;
	for (int i = 0; i < 15; i++)
		device[i] = (char)toupper((unsigned char)name[i]);
	device[15] = '\0';
	return !mac_parse_device(mac, device);
}

static bool looks_like_phone_file(const char *name)
{
	return !strncasecmp(name, "SEP", 3) && (isxdigit((unsigned char)name[3]) || strchr(name, '.')) &&
	       !strchr(name, '/');
}

bool lint_next_phone(const struct lint_source *source, size_t *at, struct mac *mac,
		     struct lint_findings *findings)
{
	const struct lint_entry *entry;
	struct mac before = *mac;
	bool first = *at == 0;

	while ((entry = lint_folder_entry(source, (*at)++))) {
		if (phone_file(entry->name, mac)) {
			if (first || !mac_equal(mac, &before))
				return true;
		} else if (looks_like_phone_file(entry->name)) {
			lint_add(
			    findings, LINT_PHONE_FILE_NAME, 0, entry->name, 0,
			    "no phone requests a file of this name (expected SEP, 12 hexadecimal digits in "
			    "capitals, .cnf.xml)");
		}
	}
	return false;
}

/* Phones that are not in the folder yet request these. */
static bool for_new_phones(const char *name)
{
	static const char *const names[] = {LINT_DEFAULT_FILE, LINT_DEFAULT_FILE ".sgn", "ITLFile.tlv"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/* Was NAME.sgn requested, which is made from NAME? It stands behind NAME in the list. */
static bool signed_form_asked(const struct lint_source *source, size_t i)
{
	const struct lint_entry *entry = lint_folder_entry(source, i),
				*next = lint_folder_entry(source, i + 1);
	size_t length = strlen(entry->name);

	return next && next->asked && !strncmp(next->name, entry->name, length) &&
	       !strcmp(next->name + length, ".sgn");
}

void lint_folder_findings(const struct lint_source *source, bool unused, struct lint_findings *findings)
{
	const struct lint_entry *entry;

	if (lint_folder_incomplete(source))
		lint_add(findings, LINT_FOLDER, 0, "", 0, "%s", lint_folder_incomplete(source));
	for (size_t i = 0; unused && (entry = lint_folder_entry(source, i)); i++)
		if (!entry->asked && !looks_like_phone_file(entry->name) && !for_new_phones(entry->name) &&
		    !signed_form_asked(source, i))
			lint_add(findings, LINT_UNUSED, 0, entry->name, 0, "no phone requests this file");
}
