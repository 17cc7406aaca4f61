/* Compare the lab of an exercise with the healthy lab. */
#include "phonelab/exercise/exercise.h"
#include "phonelab/lab/status_read.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/json_text.h"

#define POLL_MS 200

/* Is every phone of the healthy lab registered, with no failed and no unfinished step? Otherwise differences lists the
 * phones. */
static bool all_healthy(const json_t *status, const json_t *state, json_t *differences)
{
	json_t *wanted = json_object_get(json_object_get(state, "baseline"), "phones");
	json_t *phone;
	size_t i, good = 0;
	char text[200];

	json_array_clear(differences);
	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		bool healthy = status_read_registered(phone) && !status_read_open_step(phone);

		good += healthy && json_object_get(wanted, json_text(phone, "name"));
		snprintf(text, sizeof(text), "phone %s: %s, step %lld", json_text(phone, "name"),
			 json_text(phone, "state"), json_int(phone, "step"));
		if (!healthy)
			json_array_append_new(differences, json_string(text));
	}
	return good == json_object_size(wanted) && good > 0;
}

int exercise_wait_healthy(const struct lab *lab, long timeout_s, struct fail *fail)
{
	uint64_t deadline = clock_now_us() + (uint64_t)timeout_s * 1000000;
	char sick[80] = "no phone";
	json_t *status, *phone;
	size_t i;

	do {
		status = client_status(lab, fail);
		if (!status)
			return -EIO;
		*sick = 0;
		json_array_foreach (json_object_get(status, "phones"), i, phone)
			if (!status_read_registered(phone) || status_read_open_step(phone))
				snprintf(sick, sizeof(sick), "%.70s", json_text(phone, "name"));
		json_decref(status);
		if (!*sick)
			return 0;
		poll(NULL, 0, POLL_MS);
	} while (clock_now_us() < deadline);
	return fail_set(fail, -ETIMEDOUT, "%s is not registered, or a step has failed, after %ld s", sick,
			timeout_s);
}

/* Every phone boots, so that the result does not depend on an earlier boot. */
json_t *exercise_examine(const struct lab *lab, const json_t *state, long timeout_s, struct fail *fail)
{
	uint64_t deadline = clock_now_us() + (uint64_t)timeout_s * 1000000;
	json_t *differences = json_array(), *status, *now, *others;
	bool healthy = false, booted = false;

	do {
		status = client_status(lab, fail);
		if (!status || (!booted && exercise_boot_all(lab, status, false, fail))) {
			json_decref(status);
			json_decref(differences);
			return NULL;
		}
		if (booted)
			healthy = all_healthy(status, state, differences);
		booted = true;
		json_decref(status);
		if (!healthy)
			poll(NULL, 0, POLL_MS);
	} while (!healthy && clock_now_us() < deadline);
	if (!healthy && !json_array_size(differences))
		json_array_append_new(differences, json_string("phones: missing"));
	now = exercise_snapshot(lab, fail);
	if (!now) {
		json_decref(differences);
		return NULL;
	}
	others = exercise_differences(json_object_get(state, "baseline"), now,
				      json_object_get(state, "may_change"));
	json_array_extend(differences, others);
	json_decref(others);
	json_decref(now);
	return differences;
}
