/* Steps 9, 13 and 14: dial rules, soft keys, ringtones. The phone replaces a missing file by its own;
 * the step has failed, and is tried again (heal) while the phone is registered. */
#include "phone-sim/core/files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/fetch.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/step_runner.h"

#define SMALL_MAX  PHONEXML_SIZE_MAX
#define RINGS_READ 8 /* ring files fetched at boot; the others when a person chooses them */

bool files_nothing_to_heal(struct phone *phone)
{
	if (!phone->healing || phone->ladder.rung[phone->state - 1].state == LADDER_FAILED)
		return false;
	phone_fire(phone, STEP_DONE);
	return true;
}

/* An event about one element of a file; the keys of what was found and of what follows from it. */
static void report_element(struct phone *phone, const char *event, const char *file, unsigned line,
			   const char *element, const char *found, const char *key, const char *value,
			   const char *text)
{
	char number[12];
	const struct phone_evidence evidence[] = {
	    {"file", file}, {"line", number}, {"element", element}, {"found", found}, {key, value}};

	snprintf(number, sizeof(number), "%u", line);
	phone_report(phone, event, evidence, 5, "%s: %s", file, text);
}

const char *xml_refused(struct phone *phone, const char *file, const struct phonexml_error *error, int code,
			char text[XML_ERROR_TEXT])
{
	if (code != -EBADMSG && code != -EFBIG) {
		snprintf(text, XML_ERROR_TEXT, "%s", strerror(-code));
		return text;
	}
	phonexml_error_format(error, text, XML_ERROR_TEXT);
	report_element(phone, "file.bad", file, error->line, error->element, error->found, "expected",
		       error->expected, text);
	return text;
}

void xml_report(struct phone *phone, const char *file, const struct phonexml_error *error)
{
	char text[XML_ERROR_TEXT];

	for (unsigned i = 0; i < error->warnings && i < PHONEXML_WARNINGS_MAX; i++) {
		const struct phonexml_warning *warning = &error->warning[i];

		phonexml_warning_format(warning, text, sizeof(text));
		phone_console(phone, "WRN JAVA-%s: %s", file, text);
		report_element(phone, "file.odd", file, warning->line, warning->element, warning->found,
			       "used", warning->used, text);
	}
	if (error->warnings <= PHONEXML_WARNINGS_MAX)
		return;
	snprintf(text, sizeof(text), "%u further values are not used",
		 error->warnings - PHONEXML_WARNINGS_MAX);
	phone_console(phone, "WRN JAVA-%s: %s", file, text);
	phone_report(phone, "file.odd", &(const struct phone_evidence){"file", file}, 1, "%s: %s", file,
		     text);
}

/* The step fails because the file is malformed; instead: what the phone uses. */
static void malformed(struct phone *phone, const struct file_result *result, int err,
		      const struct phonexml_error *error, const char *instead)
{
	char text[XML_ERROR_TEXT];

	phone_message(phone, "TFTP Error : %s", result->file);
	phone_step_failed(phone, "%s: %s: %s", result->file,
			  xml_refused(phone, result->file, error, err, text), instead);
}

/* --- dial rules --- */

#define APP_DIAL_RULES "AppDialRules.xml"

/* The step ends as the worse of its two files did. */
static void dial_rules_end(struct phone *phone, bool good, const char *template)
{
	const char *problem = phone->files.app_problem;
	unsigned rules = phone->files.app_rules;

	if (!good)
		phone_step_failed(phone, "%s: default dial rules", template);
	else if (problem[0])
		phone_step_failed(phone, "%s: no application dial rules; %s", problem, template);
	else if (!rules && !phone->xml->dial_template[0])
		phone_step_skipped(phone, "none configured");
	else
		phone_step_done(phone, "%s, %u application dial rule%s", template, rules,
				rules == 1 ? "" : "s");
}

static void dial_template_done(struct phone *phone, const struct file_result *result)
{
	struct phonexml_dial_template *rules;
	struct phonexml_error error;
	char text[XML_ERROR_TEXT], why[PHONE_NAME_MAX + sizeof(text)];
	int err;

	if (result->status != FILE_OK) {
		dial_rules_end(phone, false, result->detail);
		return;
	}
	rules = malloc(sizeof(*rules));
	err = rules ? phonexml_dial_template_decode(result->bytes, result->length, rules, &error) : -ENOMEM;
	if (err) {
		phone_message(phone, "TFTP Error : %s", result->file);
		snprintf(why, sizeof(why), "%s: %s", result->file,
			 xml_refused(phone, result->file, &error, err, text));
	} else {
		xml_report(phone, result->file, &error);
		snprintf(why, sizeof(why), "%s: %u rule%s", result->file, rules->rules,
			 rules->rules == 1 ? "" : "s");
	}
	free(rules);
	dial_rules_end(phone, !err, why);
}

/* The rules of the application dial rules, or why there are none. */
static void app_dial_rules_read(struct phone *phone, const struct file_result *result)
{
	struct phonexml_app_rules *rules = malloc(sizeof(*rules));
	struct phonexml_error error;
	char text[XML_ERROR_TEXT];
	int err = rules ? phonexml_app_rules_decode(result->bytes, result->length, rules, &error) : -ENOMEM;

	if (err) {
		phone_message(phone, "TFTP Error : %s", APP_DIAL_RULES);
		snprintf(phone->files.app_problem, sizeof(phone->files.app_problem),
			 APP_DIAL_RULES ": %.160s", xml_refused(phone, APP_DIAL_RULES, &error, err, text));
	} else {
		xml_report(phone, APP_DIAL_RULES, &error);
		phone->files.app_rules = rules->rules;
	}
	free(rules);
}

/* A cluster without application dial rules has no such file. */
static void app_dial_rules_done(struct phone *phone, const struct file_result *result)
{
	if (result->status == FILE_FAILED)
		snprintf(phone->files.app_problem, sizeof(phone->files.app_problem), "%.199s",
			 result->detail);
	else if (result->status == FILE_OK)
		app_dial_rules_read(phone, result);
	if (phone->xml->dial_template[0])
		file_get_signed(phone, phone->xml->dial_template, SMALL_MAX, dial_template_done);
	else
		dial_rules_end(phone, true, "no dial template");
}

void dial_rules_enter(struct phone *phone)
{
	if (files_nothing_to_heal(phone))
		return;
	phone->files.app_rules = 0;
	phone->files.app_problem[0] = '\0';
	file_get_signed(phone, APP_DIAL_RULES, SMALL_MAX, app_dial_rules_done);
}

/* --- soft keys --- */

static void softkeys_done(struct phone *phone, const struct file_result *result)
{
	struct phonexml_soft_keys *keys;
	struct phonexml_error error;
	int err;

	if (result->status != FILE_OK) {
		phone_step_failed(phone, "%s: default template", result->detail);
		return;
	}
	keys = malloc(sizeof(*keys));
	err = keys ? phonexml_soft_keys_decode(result->bytes, result->length, keys, &error) : -ENOMEM;
	if (err) {
		malformed(phone, result, err, &error, "default template");
	} else {
		xml_report(phone, result->file, &error);
		phone_step_done(phone, "%s: %u key%s in %u set%s", result->file, keys->keys,
				keys->keys == 1 ? "" : "s", keys->sets, keys->sets == 1 ? "" : "s");
	}
	free(keys);
}

void softkeys_enter(struct phone *phone)
{
	if (files_nothing_to_heal(phone))
		return;
	if (!phone->xml->soft_key_file[0])
		phone_step_skipped(phone, "none configured: default template");
	else
		file_get_signed(phone, phone->xml->soft_key_file, SMALL_MAX, softkeys_done);
}

/* --- ringtones --- */

static void ring_next(struct phone *phone);

static void ring_done(struct phone *phone, const struct file_result *result)
{
	if (result->status != FILE_OK && !phone->files.missing++)
		snprintf(phone->files.first_missing, sizeof(phone->files.first_missing), "%s",
			 phone->files.ring[phone->files.ring_at]);
	phone->files.ring_at++;
	ring_next(phone);
}

static void ring_next(struct phone *phone)
{
	if (phone->files.ring_at < phone->files.rings && phone->files.ring_at < RINGS_READ) {
		file_get(phone, phone->files.ring[phone->files.ring_at], SMALL_MAX, ring_done);
		return;
	}
	if (phone->files.missing)
		phone_step_failed(phone,
				  "%u of %u ringtones could not be fetched, the first is %s: default ring",
				  phone->files.missing, phone->files.rings, phone->files.first_missing);
	else
		phone_step_done(phone, "%s: %u ringtone%s", phone->model->ring_list, phone->files.rings,
				phone->files.rings == 1 ? "" : "s");
}

static void ring_list_done(struct phone *phone, const struct file_result *result)
{
	struct phonexml_rings rings;
	struct phonexml_error error;
	int err;

	switch (result->status) {
	case FILE_NOT_FOUND:
		phone_step_skipped(phone, "no %s: default ring", phone->model->ring_list);
		return;
	case FILE_FAILED: phone_step_failed(phone, "%s: default ring", result->detail); return;
	case FILE_OK: break;
	}
	err = phonexml_rings_decode(result->bytes, result->length, &rings, &error);
	if (err) {
		malformed(phone, result, err, &error, "default ring");
		return;
	}
	xml_report(phone, result->file, &error);
	phone->files.rings = rings.rings;
	phone->files.ring_at = phone->files.missing = 0;
	for (unsigned i = 0; i < rings.rings; i++)
		snprintf(phone->files.ring[i], sizeof(phone->files.ring[i]), "%s", rings.ring[i].file);
	ring_next(phone);
}

void ringtones_enter(struct phone *phone)
{
	if (!files_nothing_to_heal(phone))
		file_get_signed(phone, phone->model->ring_list, SMALL_MAX, ring_list_done);
}
