#include "phonelab/why/source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "phonelab/why/logs.h"

int why_source_lab(struct why_source *source, const struct lab *lab, struct fail *fail)
{
	struct fail ignored = {0};
	json_t *reply;

	*source = (struct why_source){0};
	source->status = client_status(lab, fail);
	if (!source->status)
		return -EIO;
	reply = client_call(lab, "lab.sock", json_pack("{s:s}", "do", "nodes"), 10000, NULL, &ignored);
	source->nodes = json_incref(json_object_get(reply, "nodes"));
	json_decref(reply);
	client_path(lab, "", source->directory, sizeof(source->directory));
	snprintf(source->lab, sizeof(source->lab), "%s", lab->name);
	return 0;
}

int why_source_folder(struct why_source *source, const char *folder, struct fail *fail)
{
	size_t length = strlen(folder);
	json_error_t error;
	char path[300];

	*source = (struct why_source){0};
	if (length + 1 >= sizeof(source->directory))
		return fail_set(fail, -ENAMETOOLONG, "%.100s...: found a path that is too long", folder);
	snprintf(source->directory, sizeof(source->directory), "%s%s", folder,
		 length && folder[length - 1] == '/' ? "" : "/");
	/* A bundle has it all in lab/. */
	snprintf(path, sizeof(path), "%slab/status.json", source->directory);
	if (!access(path, F_OK) && strlen(source->directory) + sizeof("lab/") <= sizeof(source->directory))
		strcat(source->directory, "lab/");
	snprintf(path, sizeof(path), "%sstatus.json", source->directory);
	source->status = json_load_file(path, 0, &error);
	if (!json_is_array(json_object_get(source->status, "phones")))
		return fail_set(fail, -ENOENT,
				"%s: found %s, expected the status of a lab, as phonelab test and collect "
				"leave it",
				path, source->status ? "no phones in it" : error.text);
	snprintf(path, sizeof(path), "%snodes.json", source->directory);
	source->nodes = json_load_file(path, 0, NULL);
	return 0;
}

void why_source_free(struct why_source *source)
{
	json_decref(source->status);
	json_decref(source->nodes);
	json_decref(source->events);
	why_logs_free(source->logs);
	json_decref(source->facts);
	*source = (struct why_source){0};
}
