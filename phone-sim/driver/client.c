#include "phone-sim/driver/client.h"

#include <stdio.h>
#include <string.h>
#include <jansson.h>

#include "base/control.h"
#include "base/json_text.h"
#include "base/ladder.h"

#define CALL_MS	     10000
#define LADDERS_MOST 8 /* with more phones, each ladder is one line */

static const char *const verbs[] = {"status",  "usage",	     "console", "messages", "reset",
				    "restart", "erase",	     "unplug",	"plug",	    "remove",
				    "stop",    "prt-report", NULL};

bool client_knows(const char *verb)
{
	for (int i = 0; verbs[i]; i++)
		if (strcmp(verbs[i], verb) == 0)
			return true;
	return false;
}

/* One character per rung: done, failed, active or pending. */
static char sign_of(const char *state)
{
	switch (ladder_state_find(state)) {
	case LADDER_ACTIVE: return '>';
	case LADDER_DONE: return '#';
	case LADDER_SKIPPED: return '-';
	case LADDER_FAILED: return 'x';
	default: return '.';
	}
}

static void print_row(const json_t *phone)
{
	char ladder[LADDER_STEPS + 1] = "", vlan[16] = "-";
	const json_t *step, *number = json_object_get(phone, "voice_vlan");
	size_t i;

	json_array_foreach (json_object_get(phone, "steps"), i, step)
		if (i < LADDER_STEPS)
			ladder[i] = sign_of(json_text(step, "state"));
	if (json_is_integer(number))
		snprintf(vlan, sizeof(vlan), "%lld", (long long)json_integer_value(number));
	printf("%-16s %-5s %-12s %-14s %-15s %5s %-8s %s\n", json_text_or(phone, "name", "?"),
	       json_text_or(phone, "model", "-"), json_text_or(phone, "state", "?"), ladder,
	       json_text_or(phone, "ipv4", "-"), vlan, json_text_or(phone, "directory_number", "-"),
	       json_text_or(phone, "registered_with", "-"));
}

static void print_rungs(const json_t *phone)
{
	const json_t *step;
	size_t i;

	json_array_foreach (json_object_get(phone, "steps"), i, step) {
		const json_t *ms = json_object_get(step, "ms");
		char when[24] = "";
		if (json_is_integer(ms))
			snprintf(when, sizeof(when), "%lld ms", (long long)json_integer_value(ms));
		printf("   %2lld %-11s %-8s %10s  %s\n",
		       (long long)json_integer_value(json_object_get(step, "n")),
		       json_text_or(step, "name", "?"), json_text_or(step, "state", "?"), when,
		       json_text(step, "detail"));
	}
}

static int print_status(const json_t *reply, const struct client_options *options)
{
	const json_t *phones = json_object_get(reply, "phones"), *phone;
	size_t i, registered = 0, count = json_array_size(phones);

	if (options->json) {
		json_dumpf(reply, stdout, JSON_INDENT(2));
		putchar('\n');
	} else {
		printf("%-16s %-5s %-12s %-14s %-15s %5s %-8s %s\n", "PHONE", "MODEL", "STATE",
		       "LADDER 1..14", "IPV4", "VLAN", "NUMBER", "REGISTERED WITH");
	}
	json_array_foreach (phones, i, phone) {
		registered += strcmp(json_text(phone, "state"), "registered") == 0;
		if (options->json)
			continue;
		print_row(phone);
		if (count <= LADDERS_MOST)
			print_rungs(phone);
	}
	if (!options->json)
		printf("%zu of %zu registered   (# done, - skipped, > active, x failed, . pending)\n",
		       registered, count);
	return options->expect_registered && (!count || registered < count) ? 1 : 0;
}

static int print_usage(const json_t *reply, const struct client_options *options)
{
	json_t *used = json_object_get(reply, "cpu_us"), *value;
	const char *key;

	if (options->json) {
		json_dumpf(used, stdout, JSON_COMPACT);
		putchar('\n');
		return 0;
	}
	puts("CPU MICROSECONDS BY STEP");
	json_object_foreach (used, key, value)
		printf("%-16s %10lld\n", key, (long long)json_integer_value(value));
	return 0;
}

static int print_reply(const char *verb, const json_t *reply, const struct client_options *options)
{
	const json_t *line;
	size_t i;

	if (strcmp(verb, "status") == 0)
		return print_status(reply, options);
	if (strcmp(verb, "usage") == 0)
		return print_usage(reply, options);
	json_array_foreach (json_object_get(reply, "lines"), i, line)
		puts(json_string_value(line));
	return 0;
}

int client_run(const char *verb, const struct client_options *options)
{
	struct fail fail = {0};
	bool for_all = strcmp(verb, "status") == 0 || strcmp(verb, "usage") == 0 || strcmp(verb, "stop") == 0;
	int status;
	json_t *reply;
	json_t *request;

	if (!for_all && !options->node) {
		fprintf(stderr, "phone-sim: %s: expected the name of a phone, such as SEP001122AABB01\n",
			verb);
		return 2;
	}
	request = json_pack("{s:s}", "do", verb);
	if (options->node)
		json_object_set_new(request, "node", json_string(options->node));
	reply = control_call(options->control, request, CALL_MS, NULL, &fail);
	json_decref(request);
	if (!reply) {
		fprintf(stderr, "phone-sim: %s\n", fail.text);
		return 1;
	}
	status = print_reply(verb, reply, options);
	json_decref(reply);
	return status;
}
