#include "phonelab/exercise/permit.h"

#include <errno.h>
#include <stdlib.h>

#include "base/json_text.h"
#include "phonelab/exercise/lab.h"
#include "phonelab/lab/status_read.h"

#define ASK_MS 10000

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

/* names: of phones. *found: the first one that the lab has, or NULL. */
static int permit_if_there(const struct lab *lab, const json_t *names, const char **found, long *price,
			   struct fail *fail)
{
	struct fail ignored = {0};
	json_t *status = client_status(lab, &ignored), *name;
	int err = 0;
	size_t i;

	*price = 0;
	*found = NULL;
	json_array_foreach (names, i, name)
		if (!*found && status_read_find(status, json_string_value(name)))
			*found = json_string_value(name);
	if (*found)
		err = exercise_permit_why(lab, price, fail);
	json_decref(status);
	return err;
}

int exercise_permit_why_files(const json_t *names, long *price, struct fail *fail)
{
	struct lab *labs = NULL, here;
	const char *found;
	struct fail ignored = {0};
	size_t n = 0;
	int err = 0;

	*price = 0;
	if (exercise_lab_here())
		return client_find(NULL, &here, &ignored)
			   ? 0
			   : permit_if_there(&here, names, &found, price, fail);
	if (client_labs(&labs, &n, &ignored))
		n = 0;
	for (size_t i = 0; i < n && !err; i++) {
		long one = 0;

		err = permit_if_there(&labs[i], names, &found, &one, fail);
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
