/* From what is seen to what is likely: the first row that fits. */
#include "phonelab/why/rules.h"

#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/why/facts.h"

static const struct why_rule *const tables[] = {why_rules_link,	    why_rules_dhcp,	 why_rules_switch,
						why_rules_vlan,	    why_rules_pool,	 why_rules_files,
						why_rules_register, why_rules_registered};

static const struct why_rule otherwise = {
    0, NULL, NULL, "The phone is still on its way, or a file is missing on the TFTP service.",
    WHY_LOOK_MESSAGES};

/* The first rule of a table that fits, or NULL. */
static const struct why_rule *first_of(const struct why_rule *rule, const struct why_case *it)
{
	struct why_case tried = *it;

	for (; rule->cause; rule++) {
		tried.text = rule->text;
		if (rule->step == it->step && (rule->when ? rule->when : why_detail_has)(&tried))
			return rule;
	}
	return NULL;
}

const struct why_rule *why_rule(const struct why_case *it)
{
	const struct why_rule *rule = NULL;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]) && !rule; i++)
		rule = first_of(tables[i], it);
	return rule || !it->step ? rule : &otherwise;
}

const struct why_rule *why_rule_of_path(const struct why_case *it, bool same_vlan)
{
	const struct why_rule *rule = first_of(why_rules_switch, it);

	if (!rule && why_link_flaps(it))
		rule = first_of(why_rules_dhcp, it);
	return rule || same_vlan ? rule : first_of(why_rules_vlan, it);
}

const char *why_cause(const struct why_case *it, const struct why_rule *rule, char text[WHY_CAUSE])
{
	bool named = rule->text && !strcmp(rule->text, WHY_ASKED);
	const char *addresses = named ? strstr(json_text(it->rung, "detail"), WHY_ASKED) : NULL;

	snprintf(text, WHY_CAUSE, "%s%s%s", rule->cause, addresses ? addresses : "", named ? "." : "");
	return text;
}
