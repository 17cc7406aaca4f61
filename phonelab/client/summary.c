#include "phonelab/client/summary.h"

#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "base/print.h"
#include "phonelab/lab/status_read.h"

#define GREEN "\033[32m"
#define RED   "\033[31m"
#define RESET "\033[0m"

/* Milliseconds at which the phone was registered; -1 when it is not. */
static double registered_after(const json_t *phone)
{
	const json_t *step;
	size_t i;

	json_array_foreach (json_object_get(phone, "steps"), i, step)
		if (json_int(step, "n") == LADDER_REGISTER) {
			const json_t *ms = json_object_get(step, "ms");

			return json_is_number(ms) ? json_number_value(ms) : -1;
		}
	return -1;
}

void summary_print(const json_t *status, bool colour)
{
	const json_t *phones = json_object_get(status, "phones"), *phone;
	size_t i, total = json_array_size(phones), good = 0, partly = 0, by_word = 0;

	printf("\n  %-16s %-6s %-16s %-16s %s\n", "PHONE", "DN", "IP", "REGISTERED WITH", "SECONDS");
	json_array_foreach (phones, i, phone) {
		bool registered = status_read_registered(phone) || status_read_by_word(phone);
		double ms = registered_after(phone);
		char seconds[24] = "-";

		good += registered;
		partly += status_read_partly(phone);
		by_word += status_read_by_word(phone);
		if (ms >= 0)
			snprintf(seconds, sizeof(seconds), "%.2f", ms / 1000);
		if (total > 40 && registered && i >= 10)
			continue;
		fputs(colour ? registered ? GREEN : RED : "", stdout);
		print_text("  %-16s", json_text_or(phone, "name", "-"));
		fputs(colour ? RESET : "", stdout);
		print_text(" %-6s %-16s %-16s %s\n", json_text_or(phone, "directory_number", "-"),
			   json_text_or(phone, "ipv4", "-"),
			   registered ? json_text_or(phone, "registered_with", "-")
				      : json_text_or(phone, "state", "-"),
			   seconds);
	}
	if (total > 40)
		printf("  ...\n");
	printf("\n  %zu of %zu registered", good, total);
	if (partly)
		printf(", %zu partly registered: the registrar has bound the primary line only", partly);
	if (by_word)
		printf(", %zu of them by the phone's word: %s", by_word,
		       json_array_size(json_object_get(status, "cluster"))
			   ? "the topology names no `registered` command"
			   : "the call managers are in another closet");
	putchar('\n');
}

void summary_stuck(const json_t *status)
{
	const json_t *phone;
	size_t i, stuck = 0;

	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		const json_t *step;

		if (status_read_registered(phone) || status_read_partly(phone) || status_read_by_word(phone))
			continue;
		step = status_read_open_step(phone);
		if (++stuck > 20)
			continue;
		print_to(stderr, "phonelab: %s is %s: step %d, %s, %s%s: %s\n",
			 json_text_or(phone, "name", "-"), json_text_or(phone, "state", "-"),
			 step ? (int)json_int(step, "n") : LADDER_STEPS, json_text_or(step, "name", "-"),
			 strcmp(json_text_or(step, "state", "-"), "failed") ? "is " : "",
			 json_text_or(step, "state", "-"), json_text_or(step, "detail", "-"));
	}
	if (stuck > 20)
		fprintf(stderr, "phonelab: and %zu more\n", stuck - 20);
}
