/* The faults that a scenario adds: their ids and their targets. */
#include "phonelab/scenario/settle.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "phonelab/document/file_id.h"
#include "phonelab/fault/target.h"

/* FILE or FILE#ID as it is found from the folder of the scenario. */
static void from_scenario(const struct settler *it, const char *word, char path[PATH_MAX])
{
	const char *slash = strrchr(it->scenario->file, '/');

	if (strchr(word, '/') && *word != '/' && slash)
		snprintf(path, PATH_MAX, "%.*s/%s", (int)(slash - it->scenario->file), it->scenario->file,
			 word);
	else
		snprintf(path, PATH_MAX, "%s", word);
}

void settle_fault(struct settler *it, const struct yaml_node *at, const char *path,
		  const struct scenario_fault *wanted)
{
	const struct fault_target target = {.phone = wanted->phone,
					    .port = wanted->port,
					    .service = wanted->service,
					    .all = wanted->all == 1};
	const struct fault *fault;
	struct fault_set *set;
	struct fail fail = {0};
	char word[PATH_MAX], file[PATH_MAX];
	struct stat info;

	if (!wanted->id)
		return; /* a complaint states it already */
	from_scenario(it, wanted->id, word);
	file_id_split(word, file);
	if (file_id_is_file(word) && (stat(file, &info) || !S_ISREG(info.st_mode))) {
		complain(it->complaints, settle_value_at(at, "id"), path,
			 "found \"%.60s\", expected a file of faults", wanted->id);
		return;
	}
	fault = fault_named(word, &set, &fail);
	if (!fault) {
		complain(it->complaints, settle_value_at(at, "id"), path, "%.*s",
			 (int)strcspn(fail.text, "\n"), fail.text);
		return;
	}
	if (!it->complaints->n && fault_target_check(it->scenario->topology, fault, &target, &fail))
		complain(it->complaints, at, path, "%s", fail.text);
	fault_set_free(set);
}
