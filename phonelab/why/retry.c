#include "phonelab/why/retry.h"

#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/why/condition.h"
#include "phonelab/why/retry_internal.h"

bool retry_is_deviation(const json_t *fact)
{
	static const char *const good[] = {"walk.ok", "port.announces"};
	const char *name = json_text(fact, "fact");

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!strcmp(name, good[i]))
			return false;
	return !strncmp(name, "walk.", 5) || !strncmp(name, "port.", 5);
}

bool retry_has_deviation(const json_t *facts)
{
	const json_t *fact;
	size_t i;

	json_array_foreach (facts, i, fact)
		if (retry_is_deviation(fact))
			return true;
	return false;
}

/* Does the object stand at a point where frames were counted: is it that port ("sw1 Gi1/0/2"), or of that switch or node? */
static bool is_at(const char *object, const char *point)
{
	bool port = !strncmp(object, "port ", 5) || !strncmp(object, "trunk ", 6);
	const char *name = strchr(object, ' ');
	size_t length;

	if (!name)
		return false;
	length = strcspn(++name, " ");
	return port ? !strcmp(name, point)
		    : !strncmp(name, point, length) && (!point[length] || point[length] == ' ');
}

/* The step's server has answered a probe of the phone. */
static bool is_answered(const struct why_case *it, const json_t *facts)
{
	return condition_find(it->step <= LADDER_DHCP ? "probe.dhcp.ok[who=phone,own_vlan=yes]"
						      : "probe.tcp.ok[who=phone]",
			      facts, NULL) != NULL;
}

static bool is_of_the_way(const char *object)
{
	return !strncmp(object, "port ", 5) || !strncmp(object, "trunk ", 6) ||
	       !strncmp(object, "vlan ", 5) || !strncmp(object, "route ", 6) ||
	       !strncmp(object, "address ", 8);
}

bool retry_is_contradicted(const struct why_case *it, const json_t *facts, const char *object)
{
	static const char partly[] =
	    "probe.loss[who=phone]|probe.large_lost[who=phone]|probe.arp.conflict[who=phone]|"
	    "probe.frames_change[who=phone,sure=yes]|probe.frames_double[who=phone,sure=yes]";
	const json_t *fact;
	size_t i;

	json_array_foreach (facts, i, fact) {
		if (condition_fits(partly, fact, fact))
			return true;
		if (condition_fits(
			"probe.frames_vanish[who=phone,sure=yes]|probe.frames_wait[who=phone,sure=yes]", fact,
			fact) &&
		    !is_at(object, fact_text(fact, "a")) && !is_at(object, fact_text(fact, "b")))
			return true;
	}
	/* Its configuration may keep a program from starting. */
	if (!strncmp(object, "process ", 8) &&
	    condition_find("log.in_use|log.configuration|log.cannot_open|diff.config_line", facts, NULL))
		return true;
	return it->step && is_of_the_way(object) && is_answered(it, facts);
}

void retry_ok(json_t *facts, const char *object, const char *repaired, int step, const char *text)
{
	if (!fact_is(facts, "retry.ok", object))
		fact_value(fact_add(facts, "retry.ok", object, step, "simulation", "%s", text), "repaired",
			   "%s", repaired);
}

void why_retry_facts(const struct why_case *it, const json_t *model, json_t *facts)
{
	if (!it->phone || fact_is(facts, "capture.attempt", NULL))
		return;
	if (model)
		retry_walks(it, model, facts);
	if (*it->directory && it->step >= LADDER_CTL) {
		retry_files(it, model, facts);
		retry_rows(it, facts);
	}
}
