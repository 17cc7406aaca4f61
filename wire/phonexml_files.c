#include "wire/phonexml_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The smaller files: soft keys, dial template, application dial rules, ring list. */

/* --- soft keys --- */

#define KEY struct phonexml_soft_key
static const struct xml_row KEY_ROWS[] = {
    XML_TEXT_ROW(KEY, "@keyID", id, XML_NEEDED),
    XML_NUMBER_ROW(KEY, "tag", tag, 0, 65535, 0),
    XML_NUMBER_ROW(KEY, "eventID", event_id, 0, 65535, 0),
    XML_NUMBER_ROW(KEY, "helpID", help_id, 0, 65535, 0),
};
static const struct xml_table KEY_TABLE = XML_TABLE(KEY_ROWS);

struct set_key {
	char id[48];
};
_Static_assert(sizeof(struct set_key) == XML_SIZE(struct phonexml_soft_key_set, key[0]),
	       "a key of a set is its id");

static const struct xml_row SET_KEY_ROWS[] = {
    XML_TEXT_ROW(struct set_key, "@keyID", id, XML_NEEDED),
};
static const struct xml_table SET_KEY_TABLE = XML_TABLE(SET_KEY_ROWS);

#define SET struct phonexml_soft_key_set
static const struct xml_row SET_ROWS[] = {
    XML_TEXT_ROW(SET, "@id", id, XML_NEEDED),
    XML_LIST_ROW(SET, "softKey", key, keys, PHONEXML_SET_KEYS_MAX, &SET_KEY_TABLE),
};
static const struct xml_table SET_TABLE = XML_TABLE(SET_ROWS);

#define SOFT struct phonexml_soft_keys
static const struct xml_row SOFT_ROWS[] = {
    XML_TEXT_ROW(SOFT, "versionStamp", version_stamp, 0),
    XML_LIST_ROW(SOFT, "typeSoftKey/softKeyDef", key, keys, PHONEXML_KEYS_MAX, &KEY_TABLE),
    XML_LIST_ROW(SOFT, "softKeySets/softKeySet", set, sets, PHONEXML_SETS_MAX, &SET_TABLE),
};
static const struct xml_table SOFT_TABLE = XML_TABLE(SOFT_ROWS);
const struct xml_file xml_file_soft_keys = {
    .name = "SK<guid>.xml", .root = "softKeyCfg", .table = &SOFT_TABLE, .size_max = PHONEXML_SIZE_MAX};

XML_DECODER(phonexml_soft_keys, xml_file_soft_keys)
XML_ENCODER(phonexml_soft_keys, xml_file_soft_keys)

/* --- dial template --- */

#define RULE struct phonexml_rule
static const struct xml_row RULE_ROWS[] = {
    {.path = "@match",
     .kind = XML_KIND_TEXT,
     .flags = XML_PRESENT | XML_ALWAYS,
     .offset = offsetof(RULE, match),
     .size = XML_SIZE(RULE, match),
     .remark = "empty: the phone dials the rewrite at once (hotline)"},
    XML_NUMBER_ROW(RULE, "@timeout", timeout_s, 0, 3600, 0),
    XML_TEXT_ROW(RULE, "@rewrite", rewrite, 0),
    XML_TEXT_ROW(RULE, "@tone", tone, 0),
    XML_NUMBER_ROW(RULE, "@line", line, 0, 255, 0),
};
static const struct xml_table RULE_TABLE = XML_TABLE(RULE_ROWS);

#define DIAL struct phonexml_dial_template
static const struct xml_row DIAL_ROWS[] = {
    XML_TEXT_ROW(DIAL, "versionStamp", version_stamp, 0),
    XML_LIST_ROW(DIAL, "TEMPLATE", rule, rules, PHONEXML_RULES_MAX, &RULE_TABLE),
};
static const struct xml_table DIAL_TABLE = XML_TABLE(DIAL_ROWS);
const struct xml_file xml_file_dial_template = {.name = "DR<guid>.xml",
						.root = "DIALTEMPLATE",
						.table = &DIAL_TABLE,
						.size_max = PHONEXML_DIAL_SIZE_MAX,
						.fold_case = true};

XML_LIST_DECODER(phonexml_dial_template, xml_file_dial_template, rule, rules)
XML_ENCODER(phonexml_dial_template, xml_file_dial_template)

/* --- application dial rules --- */

#define APP_RULE struct phonexml_app_rule
static const struct xml_row APP_RULE_ROWS[] = {
    XML_TEXT_ROW(APP_RULE, "@Name", name, XML_CUT),
    XML_TEXT_ROW(APP_RULE, "@BeginsWith", begins_with, XML_ALWAYS),
    XML_NUMBER_ROW(APP_RULE, "@NumDigits", digits, 0, 100, 0),
    XML_NUMBER_ROW(APP_RULE, "@DigitsToRemove", digits_to_remove, 0, 100, 0),
    XML_TEXT_ROW(APP_RULE, "@PrefixWith", prefix, XML_ALWAYS),
};
static const struct xml_table APP_RULE_TABLE = XML_TABLE(APP_RULE_ROWS);

#define APP struct phonexml_app_rules
static const struct xml_row APP_ROWS[] = {
    XML_LIST_ROW(APP, "DialRule", rule, rules, PHONEXML_APP_RULES_MAX, &APP_RULE_TABLE),
};
static const struct xml_table APP_TABLE = XML_TABLE(APP_ROWS);
const struct xml_file xml_file_app_rules = {
    .name = "AppDialRules.xml", .root = "DialRules", .table = &APP_TABLE, .size_max = PHONEXML_SIZE_MAX};

XML_LIST_DECODER(phonexml_app_rules, xml_file_app_rules, rule, rules)
XML_ENCODER(phonexml_app_rules, xml_file_app_rules)

/* --- ring list --- */

#define RING struct phonexml_ring
static const struct xml_row RING_ROWS[] = {
    XML_TEXT_ROW(RING, "DisplayName", name, XML_CUT | XML_ALWAYS),
    XML_TEXT_ROW(RING, "FileName", file, XML_NEEDED),
};
static const struct xml_table RING_TABLE = XML_TABLE(RING_ROWS);

#define RINGS struct phonexml_rings
static const struct xml_row RINGS_ROWS[] = {
    XML_LIST_ROW(RINGS, "Ring", ring, rings, PHONEXML_RINGS_MAX, &RING_TABLE),
};
static const struct xml_table RINGS_TABLE = XML_TABLE(RINGS_ROWS);
const struct xml_file xml_file_rings = {.name = "Ringlist.xml, Ringlist-wb.xml",
					.root = "CiscoIPPhoneRingList",
					.table = &RINGS_TABLE,
					.size_max = PHONEXML_SIZE_MAX};

XML_LIST_DECODER(phonexml_rings, xml_file_rings, ring, rings)
XML_ENCODER(phonexml_rings, xml_file_rings)

const struct xml_file *const xml_files[XML_FILES] = {
    &xml_file_config,	     &xml_file_default,	  &xml_file_soft_keys,
    &xml_file_dial_template, &xml_file_app_rules, &xml_file_rings,
};
