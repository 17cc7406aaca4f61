#ifndef PHONELAB_SCENARIO_ACT_H
#define PHONELAB_SCENARIO_ACT_H

#include "base/fail.h"
#include "cucm/plan.h"
#include "phonelab/client/client.h"
#include "phonelab/scenario/scenario.h"

/* Run argv for at most timeout_ms, after which its process group is killed; standard output and error go to
 * output (size bytes, NUL-terminated, what is beyond is dropped). It dies with this process. Its status;
 * 128 + a signal; -ETIME when it was killed for the time, another negative errno when it could not be run. */
int scenario_command(char *const *argv, int timeout_ms, char *output, size_t size);

/* `phonelab exec NODE -- sh -c LINE` in the lab, with SCENARIO in its environment; results as above. */
int scenario_in_node(const struct lab *lab, const char *node, const char *line, int timeout_ms, char *output,
		     size_t size);

/* What actions change and later ones build on. */
struct scenario_hands {
	const struct scenario *scenario;
	const struct lab *lab;
	struct cucm_plan plan; /* the devices as they have been set */
};

/* Do it. 0, or a negative errno with what went wrong. */
int scenario_act(struct scenario_hands *hands, const struct scenario_action *action, struct fail *fail);

#endif
