#include "phonelab/why/produce.h"

#include <string.h>

#include "base/json_text.h"
#include "phonelab/why/attempt.h"
#include "phonelab/why/condition.h"
#include "phonelab/why/content.h"
#include "phonelab/why/differ.h"
#include "phonelab/why/lease.h"
#include "phonelab/why/probes.h"
#include "phonelab/why/walk.h"

/* Is there something to explain: a broken step, or something that the phone continued without? */
static bool is_open(const struct why_case *it, const json_t *facts)
{
	const json_t *fact;
	size_t i;

	json_array_foreach (facts, i, fact)
		if (!strncmp(json_text(fact, "fact"), "continued.", 10))
			return true;
	return it->step > 0;
}

/* A list of ringtones that is not there is legal; whether it should be there, only the topology tells. */
static bool lacks_ringtones(const json_t *facts)
{
	return condition_find("file.missing[file~Ringlist]", facts, NULL) != NULL;
}

json_t *why_produce(const struct why_case *it, const struct why_means *means)
{
	json_t *facts = json_array();

	why_attempt_facts(it, facts);
	why_lease_facts(it, facts);
	if (!is_open(it, facts)) {
		if (lacks_ringtones(facts))
			why_differ_facts(it, facts);
		return facts;
	}
	if (means->model)
		why_walk_facts(it, means->model, facts);
	why_content_facts(it, facts);
	why_differ_facts(it, facts);
	if (means->lab && !means->passive)
		why_probe_facts(it, means->lab, facts);
	return facts;
}
