#ifndef PHONELAB_LAB_RENDER_H
#define PHONELAB_LAB_RENDER_H

#include "base/fail.h"
#include "cucm/plan.h"
#include "phonelab/topology/topology.h"

/* Write every file of a lab under directory (created if missing), as under /run/phonelab: switches, rack, damaged flash,
 * and the files that cucm/ renders from plan. 0 or a negative errno. */
int render_lab(const struct topology *topology, const struct cucm_plan *plan, const char *directory,
	       struct fail *fail);

#endif
