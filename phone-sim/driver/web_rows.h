#ifndef PHONE_SIM_DRIVER_WEB_ROWS_H
#define PHONE_SIM_DRIVER_WEB_ROWS_H

#include "phone-sim/driver/web_page.h"

/* The rows of the pages of 78xx and 88xx phones. The labels and their order are those of pages that engineers saved and
 * of the administration guides of both families. */

/* How the value of a row is found. offset is in struct phone_view, for CONFIG in struct phonexml_config, for COUNT in
 * struct web_counters. */
enum web_kind {
	WEB_CONSTANT, /* constant, as it is; NULL: empty */
	WEB_WORDS,    /* constant; the 78xx capitalise its words */
	WEB_ZERO,     /* a counter of something that a simulated phone does not do */
	WEB_COUNT,    /* uint64_t of struct web_counters */
	WEB_TEXT,     /* char[] */
	WEB_MAC,      /* char[] "SEP001122AABB01", shown without "SEP" */
	WEB_ADDRESS,  /* uint32_t; 0: empty */
	WEB_MASK,     /* unsigned, the length of a prefix; 0: empty */
	WEB_VLAN,     /* uint16_t; 0: untagged, shown as 4095 */
	WEB_YES,      /* bool: Yes or No */
	WEB_SPEED,    /* bool: link */
	WEB_MODEL,    /* the model number */
	WEB_CAMERA,   /* does the model have a camera? */
	WEB_SERIAL,   /* the serial number */
	WEB_UDI,      /* unique device identifier: name, product id, version id, serial number */
	WEB_IMAGE,    /* the image of the active load whose name begins with constant */
	WEB_MEMBER,   /* struct phone_member_view */
	WEB_TIME,     /* the present time of day */
	WEB_DATE,
	WEB_SECURITY, /* deviceSecurityMode */
	WEB_ACCESS,   /* webAccess */
	WEB_CONFIG,   /* char[] of the configuration; constant if it is empty or absent */
	WEB_CONFIG_YES,
	WEB_CONFIG_NO,
	WEB_CTL, /* Installed or Not installed, and then one row for the signature and for each record */
	WEB_ITL,
};

/* On which phones a row exists. */
enum web_only {
	WEB_ALL,
	WEB_78 = 1,
	WEB_88 = 2,
	WEB_PC = 4,	 /* phones with a PC port */
	WEB_MODULES = 8, /* phones that take key expansion modules */
	WEB_NOT_7811 = 16,
};

struct web_row {
	const char *label;   /* of the 88xx; the 78xx capitalise its words */
	const char *element; /* in XML */
	enum web_kind kind;
	size_t offset;
	const char *constant;
	unsigned only;	     /* enum web_only */
	const char *label78; /* of the 78xx if it is another text */
};

/* Each ends with a NULL label. */
extern const struct web_row web_device[], web_network[], web_ethernet[], web_access[], web_port[],
    web_stream[];

/* Does the row exist on this model? */
bool web_row_exists(const struct web_row *row, const struct phone_model *model);

/* Is it a model of the 78xx family? */
bool web_is_78(const struct phone_model *model);

/* The label or title as the model writes it, in text. */
const char *web_words(const struct phone_model *model, const char *label, char *text, size_t size);

/* The value of a row (WEB_CTL and WEB_ITL: whether the list is installed). */
void web_row_value(const struct web_row *row, const struct web_source *source, char *value, size_t size);

#endif
