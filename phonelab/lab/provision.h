#ifndef PHONELAB_LAB_PROVISION_H
#define PHONELAB_LAB_PROVISION_H

#include "base/fail.h"
#include "base/mac.h"
#include "cucm/plan.h"
#include "phonelab/topology/topology.h"

/* Devices that are added to the call manager of a running rendered lab: a row in the device table of every node and a
 * configuration file on the TFTP service. phones/added.json records them for a later rendering. */

/* Add a device of that MAC and model, unless the topology has it or it was added before. Its directory number
 * is the highest number in use plus 1. Several processes may add devices at a time. 0 or a negative errno. */
int provision_phone(struct topology *topology, const struct mac *mac, const char *model, struct fail *fail);

/* Add the devices of directory/phones/added.json to the plan. */
void provision_recall(struct topology *topology, struct cucm_plan *plan, const char *directory);

#endif
