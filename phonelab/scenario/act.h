#ifndef PHONELAB_SCENARIO_ACT_H
#define PHONELAB_SCENARIO_ACT_H

#include "base/fail.h"
#include "phonelab/client/client.h"
#include "phonelab/scenario/scenario.h"

/* `phonelab exec NODE -- sh -c LINE` in the lab, with SCENARIO in its environment. The output, and the result: see
 * run_program() (client/run_program.h). */
int scenario_in_node(const struct lab *lab, const char *node, const char *line, int timeout_ms, char *output,
		     size_t size);

/* The lab that the actions change. */
struct scenario_hands {
	const struct scenario *scenario;
	const struct lab *lab;
	int life; /* in containers: standard input of background commands, which end with it; else 0 */
};

/* Perform an action. 0, or a negative errno with the reason. */
int scenario_act(struct scenario_hands *hands, const struct scenario_action *action, struct fail *fail);

#endif
