#ifndef PHONELAB_LAB_RENDER_H
#define PHONELAB_LAB_RENDER_H

#include "base/fail.h"
#include "cucm/plan.h"
#include "phonelab/topology/topology.h"

/* Write every file of a lab under directory (made when missing), as it would be under /run/phonelab:
 * switches, rack, damaged flash, and what cucm/ renders from plan. 0 or a negative errno. */
int render_lab(const struct topology *topology, const struct cucm_plan *plan, const char *directory,
	       struct fail *fail);

/* Make a directory; one that is there already is fine. 0 or a negative errno. */
int render_directory(const char *path, struct fail *fail);

#endif
