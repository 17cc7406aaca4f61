/* From what is seen to what is likely: the first row that fits. */
#include "phonelab/why/rules.h"

#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/why/facts.h"

static const struct why_rule *const tables[] = {why_rules_link, why_rules_dhcp, why_rules_files,
						why_rules_register, why_rules_registered};

static const struct why_rule otherwise = {
    0, NULL, NULL, "The phone is still on its way, or a file is missing on the TFTP service.",
    WHY_LOOK_MESSAGES};

const struct why_rule *why_rule(const struct why_case *it)
{
	struct why_case tried = *it;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct why_rule *rule = tables[i]; rule->cause; rule++) {
			tried.text = rule->text;
			if (rule->step == it->step && (rule->when ? rule->when : why_detail_has)(&tried))
				return rule;
		}
	return it->step ? &otherwise : NULL;
}

const char *why_cause(const struct why_case *it, const struct why_rule *rule, char text[WHY_CAUSE])
{
	bool named = rule->text && !strcmp(rule->text, WHY_ASKED);
	const char *addresses = named ? strstr(json_text(it->rung, "detail"), WHY_ASKED) : NULL;

	snprintf(text, WHY_CAUSE, "%s%s%s", rule->cause, addresses ? addresses : "", named ? "." : "");
	return text;
}
