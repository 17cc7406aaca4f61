#ifndef PHONELAB_SCENARIO_ACT_H
#define PHONELAB_SCENARIO_ACT_H

#include "base/fail.h"
#include "cucm/plan.h"
#include "phonelab/client/client.h"
#include "phonelab/scenario/scenario.h"

/* Run argv; after timeout_ms its process group is killed. Standard output and error go to output (NUL-terminated;
 * the rest beyond size bytes is dropped). The program exits with this process. Returns the exit status, 128 + the
 * signal that killed it, -ETIME after the timeout, or another negative errno if it cannot be run. */
int scenario_command(char *const *argv, int timeout_ms, char *output, size_t size);

/* `phonelab exec NODE -- sh -c LINE` in the lab, with SCENARIO in its environment; results as above. */
int scenario_in_node(const struct lab *lab, const char *node, const char *line, int timeout_ms, char *output,
		     size_t size);

/* The lab, and the devices as earlier actions have changed them. */
struct scenario_hands {
	const struct scenario *scenario;
	const struct lab *lab;
	struct cucm_plan plan; /* with the changes of set_device */
};

/* Perform an action. 0, or a negative errno with the reason. */
int scenario_act(struct scenario_hands *hands, const struct scenario_action *action, struct fail *fail);

#endif
