#ifndef PHONELAB_LAB_PROVISION_RECORD_H
#define PHONELAB_LAB_PROVISION_RECORD_H

#include "phonelab/lab/provision.h"

/* Within provision: the record of the changes. */
#define PROVISION_ADDED "phones/added.json"
#define PROVISION_SET	"phones/set.json"
#define PROVISION_MODE                                                                                       \
	"phones/cluster.json" /* {"mixed": true, "rollback": true, "itl_reset": true}, as far as that was changed */

/* Make the plan of the topology with the changes as they are recorded now. */
void provision_plan(struct provision *provision);

/* Change the plan by a record: added devices at its end, then the settings. New memory is arena's. */
void provision_apply(const struct topology *topology, struct arena *arena, struct cucm_plan *plan,
		     const json_t *added, const json_t *set);

#endif
