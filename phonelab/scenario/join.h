#ifndef PHONELAB_SCENARIO_JOIN_H
#define PHONELAB_SCENARIO_JOIN_H

#include <jansson.h>
#include <sys/types.h>

#include "base/fail.h"
#include "phonelab/document/complaints.h"
#include "phonelab/scenario/scenario.h"

struct runner;

/* A lab of containers that was up before the scenario (`phonelab test --in`). The processes in its containers, other than
 * the relay, end with the pipe life. */
struct joined {
	int life[2];
	pid_t captures[32];
	size_t capture_count;
};

/* Can the scenario run in the lab with this greeting (client/relay.h)? Complain about each key that cannot work there, and
 * about another topology. */
void joined_check(const struct scenario *scenario, const char *lab, const json_t *greeting,
		  struct complaints *complaints);

/* Start the relay, and the captures at the switches. 0, or a negative errno with the reason. */
int joined_begin(struct runner *runner, struct fail *fail);

/* End the captures. */
void joined_end_captures(struct runner *runner);

/* Restore the lab and leave it. 0, or a negative errno with the reason. */
int joined_end(struct runner *runner, struct fail *fail);

#endif
