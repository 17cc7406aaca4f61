#include "phonelab/why/differ.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/control.h"
#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/why/differ_internal.h"

#define ASK_MS 1000

/* A lab without that verb or that socket has none, and so has a folder. */
bool differ_in_exercise(const struct why_case *it)
{
	struct fail fail = {0};
	char path[DIFFER_PATH];
	json_t *reply;
	bool yes;

	snprintf(path, sizeof(path), "%slab.sock", it->directory);
	reply = control_ask(path, json_pack("{s:s,s:s}", "do", "exercise", "action", "state"), ASK_MS, NULL,
			    &fail);
	yes = reply ? strcmp(json_text_or(reply, "phase", "none"), "none")
		    : fail.err != -ENOENT && fail.err != -ECONNREFUSED && fail.err != -EINVAL;
	json_decref(reply);
	return yes;
}

/* Does the failing step need a server of that kind? Step 0, a healthy phone, needs all of them. */
static bool needs_files(int step)
{
	return !step || step >= LADDER_CTL;
}

static bool needs_managers(int step)
{
	return !step || step == LADDER_CM_CONNECT || step == LADDER_REGISTER;
}

void why_differ_facts(const struct why_case *it, json_t *facts)
{
	struct differ of = {.it = it, .facts = facts};
	struct fail ignored = {0};
	struct intended intended;

	if (!*it->directory || differ_in_exercise(it) || intended_read(&intended, it->directory, &ignored))
		return;
	of.intended = &intended;
	of.device = intended_device(&intended, it->name);
	differ_switches(&of);
	differ_configs(&of);
	if (needs_files(it->step) && !intended.plan.foreign_devices)
		differ_files(&of);
	if (needs_managers(it->step))
		differ_rows(&of);
	intended_free(&intended);
}
