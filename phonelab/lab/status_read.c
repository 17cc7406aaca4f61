#include "phonelab/lab/status_read.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/json_text.h"
#include "base/mac.h"

const json_t *status_read_named(const json_t *status, const char *list, const char *name)
{
	const json_t *entry;
	size_t i;

	json_array_foreach (json_object_get(status, list), i, entry)
		if (!strcmp(json_text(entry, "name"), name))
			return entry;
	return NULL;
}

static bool has_number(const json_t *phone, const char *number)
{
	const json_t *line;
	size_t i;

	if (*number && !strcmp(json_text(phone, "directory_number"), number))
		return true;
	json_array_foreach (json_object_get(phone, "lines"), i, line)
		if (!strcmp(json_string_value(line), number))
			return true;
	return false;
}

const char *status_read_find(const json_t *status, const char *text)
{
	char device[DEVICE_TEXT] = "";
	const json_t *phone;
	struct mac mac;
	size_t i;

	if (!mac_parse(&mac, text))
		mac_format_device(&mac, device);
	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		const char *name = json_text(phone, "name");

		if (*name && (!strcasecmp(name, text) || !strcmp(name, device) || has_number(phone, text)))
			return name;
	}
	return NULL;
}

bool status_read_registered(const json_t *phone)
{
	return !strcmp(json_text(phone, "state"), "registered");
}

bool status_read_by_word(const json_t *phone)
{
	return !strcmp(json_text(phone, "state"), "claims-registered") &&
	       json_is_false(json_object_get(phone, "witness"));
}

bool status_read_stored(const json_t *phone)
{
	return !strcmp(json_text(phone, "configuration"), "stored");
}

bool status_read_partly(const json_t *phone)
{
	return !strcmp(json_text(phone, "state"), "partly registered");
}

const json_t *status_read_open_step(const json_t *phone)
{
	const json_t *step;
	size_t i;

	json_array_foreach (json_object_get(phone, "steps"), i, step) {
		const char *state = json_text(step, "state");

		if (strcmp(state, "done") && strcmp(state, "skipped"))
			return step;
	}
	return NULL;
}

bool status_read_lost(const json_t *status, char text[160])
{
	json_int_t lost = json_integer_value(json_object_get(status, "events_lost"));

	snprintf(
	    text, 160,
	    "%lld events are missing in events.jsonl: too many per second, or the file or the disk is full",
	    (long long)lost);
	return lost > 0;
}

void status_read_silence(const json_t *closet, char text[STATUS_SILENCE])
{
	const json_t *silent = json_object_get(closet, "silent_s");
	const char *reason = json_text(closet, "reason"), *name = json_text(closet, "name");
	char time[40] = " yet";

	if (json_is_integer(silent))
		snprintf(time, sizeof(time), " for %lld s", (long long)json_integer_value(silent));
	snprintf(text, STATUS_SILENCE, "%.60s: not reached%s%s%.400s", name, time, *reason ? ": " : "",
		 reason);
}
