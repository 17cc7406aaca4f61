/* why --all: all phones of a lab or of a folder, grouped by cause. */
#include "phonelab/command/why_all.h"

#include "base/json_text.h"
#include "base/text.h"
#include "phonelab/command/command.h"
#include "phonelab/why/group.h"
#include "phonelab/why/survey.h"

int why_all(struct why_source *source, bool passive, bool json)
{
	json_t *grouped = why_survey(source, passive);
	struct text text = {0};
	bool healthy;

	if (!grouped)
		return exit_complain(EXIT_DEFECT, "why: out of memory");
	healthy = json_int(grouped, "healthy") == json_int(grouped, "total");
	if (json)
		print_json(grouped, JSON_INDENT(2));
	else
		why_group_text(grouped, &text);
	if (text.bytes)
		print_text("%s", text.bytes);
	text_free(&text);
	json_decref(grouped);
	return healthy ? EXIT_AS_ASKED : EXIT_ASSERTION;
}
