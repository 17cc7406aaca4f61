#ifndef PHONELAB_LAB_RENDER_H
#define PHONELAB_LAB_RENDER_H

#include "base/fail.h"
#include "cucm/plan.h"
#include "phonelab/topology/topology.h"

/* Write every file of a lab under directory (created if missing), as under /run/phonelab: switches, rack, damaged flash,
 * and the files that cucm/ renders from plan. 0 or a negative errno. */
int render_lab(const struct topology *topology, const struct cucm_plan *plan, const char *directory,
	       struct fail *fail);

/* Write the whole run directory of a lab, or of its closet: the files of render_lab, the topology itself (lab_file.h) and an
 * empty event stream. Changes of the device table that directory records are kept. name: of the lab. 0 or a negative errno. */
int render_run(struct topology *topology, const char *name, const char *directory, struct fail *fail);

/* The same, unless the run directory was rendered from the same topology. Several processes may do so at a time. */
int render_run_once(struct topology *topology, const char *name, const char *directory, struct fail *fail);

#endif
