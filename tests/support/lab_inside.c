#include "tests/support/lab_inside.h"

#include <errno.h>

#include "base/control.h"
#include "phonelab/client/client.h"
#include "phonelab/exercise/exercise.h"

int lab_inside_path(const char *name, const char *file, char *path, size_t size, struct fail *fail)
{
	struct lab lab;
	int err = client_find(name, &lab, fail);

	if (!err)
		client_path(&lab, file, path, size);
	return err;
}

json_t *lab_inside_ask(const char *name, const char *text, struct fail *fail)
{
	json_t *request = json_loads(text, 0, NULL), *reply = NULL;
	char path[256];

	if (!request)
		fail_set(fail, -EINVAL, "found %s, expected an object of JSON", text);
	else if (!lab_inside_path(name, "lab.sock", path, sizeof(path), fail))
		reply = control_call(path, request, 20000, NULL, fail);
	json_decref(request);
	return reply;
}

size_t lab_inside_exercises(void)
{
	struct exercise_set *set = exercise_catalogue();
	size_t n = set->n;

	exercise_set_free(set);
	return n;
}

int lab_inside_variants(const char *id)
{
	struct exercise_set *set = exercise_catalogue();
	const struct exercise *it = exercise_find(set, id);
	int n = it ? (int)it->variants.n : -1;

	exercise_set_free(set);
	return n;
}
