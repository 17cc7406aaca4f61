#include "tests/support/lab_inside.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/control.h"
#include "phonelab/client/client.h"
#include "phonelab/exercise/draw.h"

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

bool lab_inside_secure(const char *id)
{
	struct exercise_set *set = exercise_catalogue();
	const struct exercise *it = exercise_find(set, id);
	bool secure = it && it->topology && !strcmp(it->topology, "secure");

	exercise_set_free(set);
	return secure;
}

size_t lab_inside_draw(const char *id, int seed, char names[4][64])
{
	struct exercise_set *set = exercise_catalogue();
	const struct exercise *it = exercise_find(set, id);
	struct exercise_pick picks[EXERCISE_FAULTS];
	struct rng rng;
	size_t n = 0;

	rng_seed(&rng, (uint64_t)seed, id);
	if (it && it->draw.n)
		n = exercise_draw(set, it, &rng, picks);
	for (size_t i = 0; i < n; i++)
		snprintf(names[i], 64, "%s", picks[i].variant ? picks[i].source->id : "line");
	exercise_set_free(set);
	return n;
}
