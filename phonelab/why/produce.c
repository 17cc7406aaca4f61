#include "phonelab/why/produce.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/why/attempt.h"
#include "phonelab/why/certificates.h"
#include "phonelab/why/condition.h"
#include "phonelab/why/content.h"
#include "phonelab/why/differ.h"
#include "phonelab/why/fact.h"
#include "phonelab/why/lease.h"
#include "phonelab/why/probes.h"
#include "phonelab/why/retry.h"
#include "phonelab/why/walk.h"

#define SLOW_MS 1000 /* for an answer of a call manager */

static bool is_slow(const json_t *fact)
{
	return condition_fits("dhcp.slow|dhcp.late|dhcp.decline|file.slow|file.retransmitted|cm.silent|cm."
			      "reset|register.silent",
			      fact, fact) ||
	       (condition_fits("cm.ok|register.accepted", fact, fact) &&
		atoll(fact_text(fact, "ms")) >= SLOW_MS);
}

/* Is there something to explain: a broken step, something that the phone continued without, or that took long? */
static bool is_open(const struct why_case *it, const json_t *facts)
{
	const json_t *fact;
	size_t i;

	json_array_foreach (facts, i, fact)
		if (!strncmp(json_text(fact, "fact"), "continued.", 10) ||
		    condition_fits("step.recovered|dhcp.decline|capf.failed", fact, fact) || is_slow(fact))
			return true;
	return it->step > 0;
}

static bool any_is_slow(const json_t *facts)
{
	const json_t *fact;
	size_t i;

	json_array_foreach (facts, i, fact)
		if (is_slow(fact))
			return true;
	return false;
}

/* A file that phones can do without is not there, or another call manager has the phone: whether that is wrong, only the topology
 * tells. */
static bool may_differ(const json_t *facts)
{
	const json_t *fact;
	size_t i;

	json_array_foreach (facts, i, fact)
		if (!strcmp(json_text(fact, "fact"), "register.not_first") ||
		    (!strcmp(json_text(fact, "fact"), "file.missing") &&
		     json_int(fact, "step") > LADDER_CONFIG))
			return true;
	return false;
}

json_t *why_produce(const struct why_case *it, const struct why_means *means)
{
	json_t *facts = json_array();

	why_attempt_facts(it, facts);
	if (means->booting && !any_is_slow(facts)) {
		json_decref(facts);
		return NULL;
	}
	why_lease_facts(it, means->model, facts);
	if (!means->all && !is_open(it, facts)) {
		if (may_differ(facts))
			why_differ_facts(it, facts);
		return facts;
	}
	if (means->model)
		why_walk_facts(it, means->model, facts);
	why_content_facts(it, facts);
	why_certificate_facts(it, facts);
	why_differ_facts(it, facts);
	if (means->lab && !means->passive)
		why_probe_facts(it, means->lab, facts);
	why_retry_facts(it, means->model, facts);
	return facts;
}
