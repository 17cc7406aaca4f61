/* Captures at the switches and at phones, all at the same time. */
#include <string.h>
#include <unistd.h>

#include "base/json_text.h"
#include "phonelab/collect/bundle.h"
#include "phonelab/lab/complain.h"
#include "phonelab/lab/spawn.h"
#include "phonelab/lab/status_read.h"

#define CAPTURES_MOST 72
#define PHONES_MOST   8 /* without --phone: those that are not registered */

struct captures {
	const struct bundle *bundle;
	unsigned seconds;
	struct {
		pid_t pid;
		bool phone; /* may be without power or cable */
		char path[BUNDLE_PATH];
	} started[CAPTURES_MOST];
	size_t n;
	int status;
};

static void start(struct captures *it, const char *node, const char *folder, const char *file)
{
	bool phone = !strcmp(folder, "phones");
	static const struct spawn_options options = {
	    .foreground = true, .output = STDERR_FILENO, .error = STDERR_FILENO};
	char seconds[24];
	struct fail fail = {0};
	FILE *out;

	if (it->n == CAPTURES_MOST)
		return;
	out = bundle_create(it->bundle, "%s/%s/%s", folder, node, file);
	if (!out)
		return;
	fclose(out);
	it->started[it->n].phone = phone;
	snprintf(it->started[it->n].path, BUNDLE_PATH, "%s/%s/%s/%s", it->bundle->folder, folder, node, file);
	snprintf(seconds, sizeof(seconds), "%u", it->seconds);
	it->started[it->n].pid =
	    spawn_program(&options,
			  (char *[]){(char *)"/proc/self/exe", (char *)"--lab", (char *)it->bundle->lab->name,
				     (char *)"capture", (char *)node, (char *)"-w", it->started[it->n].path,
				     (char *)"--duration", seconds, NULL},
			  &fail);
	if (it->started[it->n].pid < 0)
		it->status = exit_complain(EXIT_DEFECT, "collect: %s", fail.text);
	else
		it->n++;
}

static void start_at_phones(struct captures *it)
{
	const json_t *phone;
	size_t i, count = 0;

	json_array_foreach (json_object_get(it->bundle->status, "phones"), i, phone) {
		const char *name = json_text(phone, "name");
		bool wanted = it->bundle->phone ? bundle_wants(it->bundle, name)
						: !status_read_registered(phone) && count < PHONES_MOST;

		count += wanted;
		if (wanted)
			start(it, name, "phones", "phone.pcapng");
	}
}

int bundle_captures(const struct bundle *bundle, unsigned seconds)
{
	struct captures it = {.bundle = bundle, .seconds = seconds};
	const json_t *one;
	size_t i;

	json_array_foreach (json_object_get(bundle->status, "switches"), i, one)
		start(&it, json_text(one, "name"), "switches", "span.pcapng");
	start_at_phones(&it);
	for (i = 0; i < it.n; i++) {
		int status;

		spawn_wait(it.started[i].pid, -1, &status);
		if (!spawn_exit_status(status))
			continue;
		if (it.started[i].phone)
			unlink(it.started[i].path);
		else
			it.status = exit_complain(EXIT_DEFECT, "collect: a capture failed");
	}
	return it.status;
}
