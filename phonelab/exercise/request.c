/* The request to begin an exercise: from the catalogue, or from the text of a file that the user has. */
#include "phonelab/exercise/exercise.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/file.h"
#include "base/json_text.h"
#include "phonelab/exercise/draw.h"

/* A text as a file without a name: the path by which this process can read it, or NULL. */
static const char *as_file(const char *text, const char *hash, char path[200])
{
	int fd = memfd_create("faults", MFD_CLOEXEC);

	if (fd < 0 || file_write_all(fd, text, strlen(text)))
		return NULL;
	snprintf(path, 200, "/proc/self/fd/%d%.120s", fd, hash ? hash : "");
	return path;
}

/* The request contains the files of faults that the exercise names, because this process may not have the right
 * to read them. */
static void take_files(const json_t *files, struct exercise_set *set, struct exercise *exercise)
{
	char path[200];

	for (size_t i = 0; i < exercise->variants.n; i++)
		for (size_t j = 0; j < exercise->variants.items[i].faults.n; j++) {
			struct exercise_fault *fault = &exercise->variants.items[i].faults.items[j];
			const char *text = json_string_value(json_object_get(files, fault->fault));

			if (text && as_file(text, strrchr(fault->fault, '#'), path))
				fault->fault = arena_copy(&set->arena, path, strlen(path));
		}
}

json_t *exercise_begin_request(const struct lab *lab, const json_t *request, struct fail *fail)
{
	const char *text = json_string_value(json_object_get(request, "text"));
	struct complaints complaints = {0};
	struct exercise_set *set =
	    text ? exercise_set_read(json_text(request, "name"), text, &complaints) : exercise_catalogue();
	const struct exercise *exercise = set ? exercise_find(set, json_text(request, "id")) : NULL;

	if (!set) {
		complaints_fail(&complaints, fail);
		return NULL;
	}
	if (!exercise) {
		fail_set(fail, -EINVAL, "unknown exercise \"%s\"; list them with: phonelab exercise ls",
			 json_text(request, "id"));
		return NULL;
	}
	for (size_t i = 0; i < set->n; i++)
		if (exercise_uses(exercise, &set->exercises[i]))
			take_files(json_object_get(request, "files"), set, &set->exercises[i]);
	return exercise_begin(lab, set, exercise, (uint64_t)json_int(request, "seed"), fail);
}
