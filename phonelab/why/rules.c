/* From what is seen to what is likely: the first row that fits. */
#include "phonelab/why/rules.h"

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
