#include "phonelab/why/produce.h"

#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/why/attempt.h"
#include "phonelab/why/condition.h"
#include "phonelab/why/content.h"
#include "phonelab/why/differ.h"
#include "phonelab/why/lease.h"
#include "phonelab/why/probes.h"
#include "phonelab/why/retry.h"
#include "phonelab/why/walk.h"

/* Is there something to explain: a broken step, something that the phone continued without, or that took long? */
static bool is_open(const struct why_case *it, const json_t *facts)
{
	const json_t *fact;
	size_t i;

	json_array_foreach (facts, i, fact)
		if (!strncmp(json_text(fact, "fact"), "continued.", 10) ||
		    condition_fits("dhcp.slow|dhcp.late|dhcp.decline|file.slow|file.retransmitted", fact,
				   fact))
			return true;
	return it->step > 0;
}

/* A list of ringtones or rules of the application that are not there are legal; whether they should be there, only the topology
 * tells. */
static bool lacks_file(const json_t *facts)
{
	const json_t *fact;
	size_t i;

	json_array_foreach (facts, i, fact)
		if (!strcmp(json_text(fact, "fact"), "file.missing") &&
		    json_int(fact, "step") > LADDER_CONFIG)
			return true;
	return false;
}

json_t *why_produce(const struct why_case *it, const struct why_means *means)
{
	json_t *facts = json_array();

	why_attempt_facts(it, facts);
	why_lease_facts(it, facts);
	if (!means->all && !is_open(it, facts)) {
		if (lacks_file(facts))
			why_differ_facts(it, facts);
		return facts;
	}
	if (means->model)
		why_walk_facts(it, means->model, facts);
	why_content_facts(it, facts);
	why_differ_facts(it, facts);
	if (means->lab && !means->passive)
		why_probe_facts(it, means->lab, facts);
	why_retry_facts(it, means->model, facts);
	return facts;
}
