#include "phonelab/why/differ.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/ladder.h"
#include "phonelab/client/client.h"
#include "phonelab/why/differ_internal.h"

bool differ_in_exercise(const struct why_case *it)
{
	char path[DIFFER_PATH];

	snprintf(path, sizeof(path), "%slab.sock", it->directory);
	return client_has_exercise(path);
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

struct differ_base *why_differ_base_new(void)
{
	struct differ_base *base = calloc(1, sizeof(*base));

	if (!base)
		return NULL;
	base->rendered = json_object();
	base->running = json_object();
	return base;
}

void why_differ_base_free(struct differ_base *base)
{
	if (!base)
		return;
	if (base->comparable)
		intended_free(&base->intended);
	json_decref(base->rendered);
	json_decref(base->running);
	free(base);
}

static bool is_comparable(struct differ_base *base, const struct why_case *it)
{
	struct fail ignored = {0};

	if (!base->known)
		base->comparable = *it->directory && !differ_in_exercise(it) &&
				   !intended_read(&base->intended, it->directory, &ignored);
	base->known = true;
	return base->comparable;
}

static void compare(const struct why_case *it, struct differ_base *base, json_t *facts)
{
	struct differ of = {.it = it, .base = base, .intended = &base->intended, .facts = facts};

	of.device = intended_device(of.intended, it->name);
	differ_switches(&of);
	differ_configs(&of);
	if (needs_files(it->step) && !of.intended->plan.foreign_devices)
		differ_files(&of);
	if (needs_managers(it->step))
		differ_rows(&of);
}

void why_differ_facts(const struct why_case *it, json_t *facts)
{
	struct differ_base *own = it->differ ? NULL : why_differ_base_new();
	struct differ_base *base = it->differ ? it->differ : own;

	if (base && is_comparable(base, it))
		compare(it, base, facts);
	why_differ_base_free(own);
}
