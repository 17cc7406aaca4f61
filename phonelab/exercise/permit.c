#include "phonelab/exercise/permit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/exercise/lab.h"
#include "phonelab/lab/lab_file.h"

#define ASK_MS 2000

int exercise_permit_why(const struct lab *lab, long *price, struct fail *fail)
{
	struct fail why = {0};
	json_t *reply = client_call(
	    lab, "lab.sock", json_pack("{s:s,s:s}", "do", "exercise", "action", "why"), ASK_MS, NULL, &why);

	*price = json_is_true(json_object_get(reply, "charged")) ? (long)json_int(reply, "price") : 0;
	/* Only a lab without that socket or that verb has no exercise: a supervisor that is stopped answers nothing. */
	if (!reply && why.err != -ENOENT && why.err != -ECONNREFUSED && why.err != -EINVAL)
		return fail_set(fail, why.err, "%s", why.text);
	json_decref(reply);
	return 0;
}

/* The first of the names that the lab has, or NULL. The files of the lab tell, because its programs may be slow or stopped. A
 * lab whose files tell nothing has all of them. */
static const char *phone_of(const struct lab *lab, const json_t *names)
{
	char directory[256], path[300];
	struct fail ignored = {0};
	struct topology *topology;
	const char *found = NULL;
	json_t *added, *name;
	size_t i;

	client_path(lab, "", directory, sizeof(directory));
	snprintf(path, sizeof(path), "%sphones/added.json", directory);
	topology = lab_file_intended(directory, &ignored);
	added = json_load_file(path, 0, NULL);
	json_array_foreach (names, i, name) {
		const char *text = json_string_value(name);
		bool has = !topology || json_object_get(added, text);

		for (size_t j = 0; topology && j < topology_known_phones(topology); j++)
			has = has || !strcmp(topology->phones[j].name, text);
		found = has ? text : NULL;
		if (found)
			break;
	}
	topology_free(topology);
	json_decref(added);
	return found;
}

int exercise_permit_why_files(const json_t *names, long *price, struct fail *fail)
{
	struct lab *labs = NULL, here;
	struct fail ignored = {0};
	size_t n = 0;
	int err = 0;

	*price = 0;
	if (exercise_lab_here())
		return client_find(NULL, &here, &ignored) || !phone_of(&here, names)
			   ? 0
			   : exercise_permit_why(&here, price, fail);
	if (client_labs(&labs, &n, &ignored))
		n = 0;
	for (size_t i = 0; i < n && !err; i++) {
		const char *found = phone_of(&labs[i], names);
		long one = 0;

		if (!found)
			continue;
		err = exercise_permit_why(&labs[i], &one, fail);
		*price += one;
		if (err)
			fail_prefix(fail, err, "%s is a phone of lab \"%s\"", found, labs[i].name);
	}
	free(labs);
	return err;
}

int exercise_permit_why_file(const char *phone, long *price, struct fail *fail)
{
	json_t *names = json_pack("[s]", phone);
	int err = exercise_permit_why_files(names, price, fail);

	json_decref(names);
	return err;
}
