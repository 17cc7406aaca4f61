/* Dial rules and soft keys. */
#include "cucm/tree.h"

#include <stdio.h>
#include <string.h>

#include "base/markup.h"
#include "wire/phonexml.h"

#define RULES_ROOM (128 * 1024)

const char *tree_dial_rules_name(const struct cucm_dial_rules *rules, char name[TREE_NAME])
{
	char guid[GUID_TEXT];

	snprintf(name, TREE_NAME, "DR%s.xml", guid_format("dial rules", rules->name, guid));
	return name;
}

const char *tree_softkeys_name(const struct cucm_softkeys *softkeys, char name[TREE_NAME])
{
	char guid[GUID_TEXT];

	snprintf(name, TREE_NAME, "SK%s.xml", guid_format("soft keys", softkeys->name, guid));
	return name;
}

static int rules_dial_template(struct tree *tree, const struct cucm_device *device)
{
	const struct cucm_dial_rules *rules = device->dial_rules;
	struct phonexml_dial_template config = {0};
	char name[TREE_NAME], guid[GUID_TEXT], out[RULES_ROOM];

	if (!rules || (device > tree->plan->devices && device[-1].dial_rules == rules))
		return 0;
	snprintf(config.version_stamp, sizeof(config.version_stamp), "{%s}",
		 guid_format("dial rules", rules->name, guid));
	for (size_t i = 0; i < rules->rule_count; i++) {
		const struct cucm_dial_rule *from = &rules->rules[i];
		struct phonexml_rule *rule = &config.rule[config.rules++];

		rule->timeout_s = from->timeout_s;
		snprintf(rule->match, sizeof(rule->match), "%s", from->match);
		snprintf(rule->rewrite, sizeof(rule->rewrite), "%s", from->rewrite ? from->rewrite : "");
		snprintf(rule->tone, sizeof(rule->tone), "%s", from->tone ? from->tone : "");
	}
	return tree_put_xml(tree, tree_dial_rules_name(rules, name), out,
			    phonexml_dial_template_encode(&config, out, sizeof(out)));
}

static int rules_application(struct tree *tree)
{
	const struct cucm_plan *plan = tree->plan;
	struct text text = {0};

	text_add(&text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DialRules>\n");
	for (size_t i = 0; i < plan->app_dial_rule_count; i++) {
		const struct cucm_app_dial_rule *rule = &plan->app_dial_rules[i];

		markup_add(&text,
			   "  <DialRule Name=\"%s\" BeginsWith=\"%s\" NumDigits=\"%u\" DigitsToRemove=\"%u\" "
			   "PrefixWith=\"%s\"/>\n",
			   rule->name, rule->begins_with, rule->digits, rule->remove,
			   rule->prefix ? rule->prefix : "");
	}
	text_add(&text, "</DialRules>\n");
	return tree_put_text(tree, "AppDialRules.xml", &text);
}

int tree_dial_rules(struct tree *tree)
{
	int err = rules_application(tree);

	for (size_t i = 0; i < tree->plan->device_count && !err; i++)
		err = rules_dial_template(tree, &tree->plan->devices[i]);
	return err;
}

/* keyID, tag, eventID and helpID as CUCM numbers them. */
static const struct phonexml_soft_key soft_keys[] = {
    {"Redial", 1, 1, 301},   {"NewCall", 2, 2, 302},	  {"Hold", 3, 3, 303},	  {"Transfer", 4, 4, 304},
    {"CFwdAll", 5, 5, 305},  {"<<", 8, 8, 308},		  {"EndCall", 9, 9, 309}, {"Resume", 10, 10, 310},
    {"Answer", 11, 11, 311}, {"Conference", 13, 13, 313}, {"Park", 14, 14, 314},  {"Join", 15, 15, 315},
    {"PickUp", 17, 17, 317}, {"GPickUp", 18, 18, 318},
};

static const struct phonexml_soft_key_set soft_key_sets[] = {
    {"On Hook", {"Redial", "NewCall", "CFwdAll", "PickUp", "GPickUp"}, 5},
    {"Connected", {"Hold", "EndCall", "Transfer", "Conference", "Park"}, 5},
    {"On Hold", {"Resume", "NewCall", "EndCall"}, 3},
    {"Ring In", {"Answer"}, 1},
    {"Off Hook", {"Redial", "EndCall", "CFwdAll", "PickUp", "GPickUp"}, 5},
    {"Connected Transfer", {"Hold", "EndCall", "Transfer"}, 3},
    {"Digits After First", {"<<", "EndCall"}, 2},
    {"Connected Conference", {"Hold", "EndCall", "Conference"}, 3},
    {"Ring Out", {"EndCall"}, 1},
    {"Off Hook With Feature", {"Redial", "EndCall"}, 2},
    {"Remote In Use", {"NewCall", "Join"}, 2},
    {"Connected No Feature", {"Hold", "EndCall"}, 2},
};

static int rules_soft_keys(struct tree *tree, const struct cucm_device *device)
{
	const struct cucm_softkeys *softkeys = device->softkeys;
	static const size_t keys = sizeof(soft_keys) / sizeof(*soft_keys);
	static const size_t sets = sizeof(soft_key_sets) / sizeof(*soft_key_sets);
	struct phonexml_soft_keys config = {.keys = keys, .sets = sets};
	char name[TREE_NAME], guid[GUID_TEXT], out[RULES_ROOM];

	if (!softkeys || (device > tree->plan->devices && device[-1].softkeys == softkeys))
		return 0;
	snprintf(config.version_stamp, sizeof(config.version_stamp), "{%s}",
		 guid_format("soft keys", softkeys->name, guid));
	memcpy(config.key, soft_keys, sizeof(soft_keys));
	memcpy(config.set, soft_key_sets, sizeof(soft_key_sets));
	return tree_put_xml(tree, tree_softkeys_name(softkeys, name), out,
			    phonexml_soft_keys_encode(&config, out, sizeof(out)));
}

int tree_softkeys(struct tree *tree)
{
	int err = 0;

	for (size_t i = 0; i < tree->plan->device_count && !err; i++)
		err = rules_soft_keys(tree, &tree->plan->devices[i]);
	return err;
}
