/* Is the lab of an exercise as it was when it was healthy? */
#include "base/json_text.h"
#include "phonelab/exercise/exercise.h"
#include "phonelab/lab/status_read.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define LOOK_MS 200

/* Is every phone of the beginning here, registered, at the end of the ladder, and no step failed? */
static bool all_well(const json_t *status, const json_t *state, json_t *said)
{
	json_t *wanted = json_object_get(json_object_get(state, "baseline"), "phones");
	json_t *phone;
	size_t i, good = 0;
	char text[200];

	json_array_clear(said);
	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		bool well = status_read_registered(phone) && !status_read_open_step(phone);

		good += well && json_object_get(wanted, json_text(phone, "name"));
		snprintf(text, sizeof(text), "phone %s: %s, step %lld", json_text(phone, "name"),
			 json_text(phone, "state"),
			 (long long)json_integer_value(json_object_get(phone, "step")));
		if (!well)
			json_array_append_new(said, json_string(text));
	}
	return good == json_object_size(wanted) && good > 0;
}

/* Every phone boots, so that what is seen is of now. */
json_t *exercise_examine(const struct lab *lab, const json_t *state, long timeout_s, struct fail *fail)
{
	uint64_t deadline = clock_now_us() + (uint64_t)timeout_s * 1000000;
	json_t *said = json_array(), *status, *now, *differences;
	bool well = false, booted = false;

	do {
		status = client_status(lab, fail);
		if (!status || (!booted && exercise_boot_all(lab, status, fail))) {
			json_decref(status);
			json_decref(said);
			return NULL;
		}
		if (booted)
			well = all_well(status, state, said);
		booted = true;
		json_decref(status);
		if (!well)
			poll(NULL, 0, LOOK_MS);
	} while (!well && clock_now_us() < deadline);
	if (!well && !json_array_size(said))
		json_array_append_new(said, json_string("phones: missing"));
	now = exercise_snapshot(lab, fail);
	if (!now) {
		json_decref(said);
		return NULL;
	}
	differences = exercise_differences(json_object_get(state, "baseline"), now,
					   json_object_get(state, "may_change"));
	json_array_extend(said, differences);
	json_decref(differences);
	json_decref(now);
	return said;
}
