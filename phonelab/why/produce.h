#ifndef PHONELAB_WHY_PRODUCE_H
#define PHONELAB_WHY_PRODUCE_H

#include "phonelab/why/why.h"

/* How facts are found, besides the events. */
struct why_means {
	const struct lab *lab; /* runs: it is probed; NULL: kept evidence */
	const json_t *model;   /* of the lab (model.h), or NULL */
	bool passive;	       /* send no frames */
	bool all;	       /* ask every producer, also about a healthy phone */
	bool booting;	       /* the phone is on its way, see why_produce */
};

/*
 * All facts of a case, from every producer: a new list (fact.h). A registered phone that missed nothing has only the facts of
 * its attempt. NULL for a phone that boots, unless its attempt is slow: an answer came late, or many packets were sent again.
 */
json_t *why_produce(const struct why_case *it, const struct why_means *means);

#endif
