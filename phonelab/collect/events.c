#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/collect/bundle.h"

static bool has_one(const char *line, const char *const *texts)
{
	for (; *texts; texts++)
		if (strstr(line, *texts))
			return true;
	return false;
}

void bundle_each_event(const struct bundle *bundle, const char *const *texts, bundle_event_fn *each,
		       void *arg)
{
	char path[BUNDLE_PATH], *line = NULL;
	size_t room = 0;
	ssize_t length;
	FILE *in;

	snprintf(path, sizeof(path), "%sevents.jsonl", bundle->run);
	in = fopen(path, "re");
	while (in && (length = getline(&line, &room, in)) > 0) {
		/* Most lines are others: the text decides before the parser does. */
		json_t *event = has_one(line, texts) ? json_loadb(line, (size_t)length, 0, NULL) : NULL;

		if (event && json_int(event, "t") >= bundle->since)
			each(arg, event);
		json_decref(event);
	}
	free(line);
	if (in)
		fclose(in);
}
