#ifndef PHONELAB_LINT_LINT_H
#define PHONELAB_LINT_LINT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/ladder.h"
#include "phonelab/lint/loads.h"
#include "phonelab/lint/source.h"
#include "phonelab/lint/world.h"
#include "wire/phonexml.h"

/* What phones would do with the files of a source: each phone core boots in memory, and what it reports becomes findings. */

enum lint_level {
	LINT_NOTE, /* nothing is wrong */
	LINT_WARNING,
	LINT_ERROR, /* a phone does not register */
};

enum lint_rule {
	LINT_TRUST_LIST,
	LINT_CONFIGURATION,
	LINT_NOT_PROVISIONED,
	LINT_FIRMWARE,
	LINT_DIAL_RULES,
	LINT_CALL_MANAGER,
	LINT_CALL_MANAGER_NAME,
	LINT_REGISTER,
	LINT_LOCALE,
	LINT_SOFT_KEYS,
	LINT_RINGTONES,
	LINT_VALUE_IGNORED,
	LINT_UNSIGNED,
	LINT_NAME_CASE,
	LINT_PHONE_FILE_NAME,
	LINT_FOLDER,
	LINT_TLS,
	LINT_UNKNOWN_MODEL,
	LINT_UNUSED,
};
#define LINT_RULES (LINT_UNUSED + 1)

struct lint_rule_row {
	const char *id; /* a contract: "value-ignored" */
	enum lint_level level;
	const char *title; /* one sentence */
};
extern const struct lint_rule_row lint_rule_rows[LINT_RULES];

/* "note", "warning", "error": the words of SARIF. */
const char *lint_level_name(enum lint_level level);

struct lint_finding {
	enum lint_rule rule;
	enum lint_level level;
	int step;	/* 5 to 14; 0: of no step */
	char file[300]; /* within the source */
	unsigned line;	/* from 1; 0: of the whole file */
	char text[480];
};

struct lint_findings {
	struct lint_finding *item;
	size_t count;
	size_t dropped; /* beyond LINT_FINDINGS_MAX */
};
#define LINT_FINDINGS_MAX 512 /* of a phone, or of the folder */

/* Add a finding, unless it is there already or the list is full. text is a printf format. -ENOMEM. */
int lint_add(struct lint_findings *findings, enum lint_rule rule, int step, const char *file, unsigned line,
	     const char *format, ...) __attribute__((format(printf, 6, 7)));

enum lint_model_from {
	LINT_MODEL_OPTION,
	LINT_MODEL_LOAD,    /* the family of the load's name; one model stands for all of it */
	LINT_MODEL_ASSUMED, /* the files name no load of a known family */
};

/* A phone, and what became of it. */
struct lint_phone {
	char name[DEVICE_TEXT];
	const struct phone_model *model;
	enum lint_model_from model_from;
	enum phone_configuration configuration;
	char file[PHONE_NAME_MAX]; /* of the configuration in use; "" none */
	char version_stamp[96];
	char load[96]; /* that the configuration names */
	struct ladder ladder;
	bool registers;
	int stopped; /* the step at which the phone stops; 0: none */
	unsigned numbers;
	char number[PHONEXML_LINES_MAX][64]; /* to be registered, the primary line first */
	unsigned managers;
	struct {
		char name[128];
		uint16_t port;
	} manager[PHONEXML_MEMBERS_MAX]; /* in the order in which the phone tries them */
	bool udp;
	struct lint_findings findings;
};

struct lint_order {
	struct lint_source *source;
	const struct phone_model *model;	/* NULL: by the load's name */
	bool no_firmware;			/* the phones run the load that their configuration names */
	const struct lint_installed *installed; /* of a phone that was used before; NULL: new phones */
	struct phone_actions *actions;		/* of the caller, for all phones */
	struct lint_loads loads;		/* that phones could install so far */
};

/* Boot one phone. It is filled in any case, and released by lint_phone_free. 0 or a negative errno (lint_world_boot). */
int lint_phone_run(struct lint_order *order, const struct mac *mac, struct lint_phone *phone);
void lint_phone_free(struct lint_phone *phone);

/* The file of phones that have none of their own. */
#define LINT_DEFAULT_FILE "XMLDefault.cnf.xml"

/* If the folder has that file, boot a phone with it, and add the findings in it. 0 or a negative errno. */
int lint_default_file(struct lint_order *order, struct lint_findings *findings);

/* The phones that have a file in the folder, in ascending order, from *at on. False: there are no more. Names that look like
 * the file of a phone, but that no phone requests, become findings. */
bool lint_next_phone(const struct lint_source *source, size_t *at, struct mac *mac,
		     struct lint_findings *findings);

/* Add the findings of the folder as a whole, when all phones are done. unused: also the files that no phone has requested. */
void lint_folder_findings(const struct lint_source *source, bool unused, struct lint_findings *findings);

/* --- report.c --- */

struct lint_report {
	const struct lint_source *source;
	FILE *out;   /* text or JSON */
	bool json;   /* one object per line */
	bool steps;  /* the steps of every phone */
	bool github; /* annotations, on out */
	FILE *sarif; /* NULL: none */
	size_t phones, registering, level[LINT_ERROR + 1], sarif_results;
	struct lint_shared *shared; /* findings in files of several phones */
	size_t shares;
};

void lint_report_begin(struct lint_report *report);
void lint_report_phone(struct lint_report *report, const struct lint_phone *phone);

/* The findings of the folder, the findings of shared files, the summary. Releases what the report holds. */
void lint_report_end(struct lint_report *report, const struct lint_findings *folder);

/* The path or URL of a finding's file, for people (and for annotations). */
void lint_path(const struct lint_source *source, const char *file, char path[1400]);

/* The SARIF 2.1.0 document around the results, and one result. */
void lint_sarif_begin(struct lint_report *report);
void lint_sarif_result(struct lint_report *report, const struct lint_finding *finding);
void lint_sarif_end(struct lint_report *report);

/* One phone as an object. New reference. */
json_t *lint_phone_json(const struct lint_source *source, const struct lint_phone *phone);
json_t *lint_findings_json(const struct lint_source *source, const struct lint_findings *findings);

#endif
