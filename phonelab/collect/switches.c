/* The switch side: what its support would ask for. */
#include "base/json_text.h"
#include "phonelab/collect/bundle.h"
#include "phonelab/lab/complain.h"

#define SHOW_MS 10000

static void save_switch(const struct bundle *bundle, const char *name)
{
	struct fail fail = {0};
	char socket[100];
	json_t *reply;
	FILE *out;

	snprintf(socket, sizeof(socket), "switches/%.60s.sock", name);
	reply =
	    client_call(bundle->lab, socket, json_pack("{s:s,s:[s]}", "do", "show", "args", "tech-support"),
			SHOW_MS, NULL, &fail);
	out = bundle_create(bundle, "switches/%s/show-tech-support.txt", name);
	if (out) {
		fprintf(out, "%s#show tech-support\n%s", name,
			reply ? json_text(reply, "text") : "% the switch does not answer: ");
		if (!reply)
			fprintf(out, "%s\n", fail.text);
		fclose(out);
	}
	json_decref(reply);
}

void bundle_switches(const struct bundle *bundle)
{
	const json_t *one;
	size_t i;

	json_array_foreach (json_object_get(bundle->status, "switches"), i, one)
		save_switch(bundle, json_text(one, "name"));
}
