#ifndef PHONELAB_LAB_PROVISION_H
#define PHONELAB_LAB_PROVISION_H

#include "base/fail.h"
#include "base/mac.h"
#include "cucm/plan.h"
#include "phonelab/topology/topology.h"

/* Devices that are added or changed to the call manager of a running rendered lab: a row in the device table of every node and a
 * configuration file on the TFTP service. phones/added.json and
 * phones/set.json record them for a later rendering. */

/* Add a device of that MAC and model, unless the topology has it or it was added before. Its directory number
 * is the highest number in use plus 1. Several processes may add devices at a time. 0 or a negative errno. */
int provision_phone(struct topology *topology, const struct mac *mac, const char *model, struct fail *fail);

/* What an administrator can set of a device later. NULL, and provisioned below 0: as it is. */
struct provision_settings {
	const char *load, *label, *auth_password;
	int provisioned;
};

/* Change the device in its plan; new lines live in arena, texts are borrowed. */
void provision_set(struct arena *arena, struct cucm_device *device, const struct provision_settings *set);

/* Record in phones/set.json of the running lab what was set of a device; NULL: nothing any more. From inside the lab. 0 or a
 * negative errno. */
int provision_record(const char *device, const struct provision_settings *set, struct fail *fail);

/* Add the devices of directory/phones/added.json to the plan, and apply the settings of directory/phones/set.json. */
void provision_recall(struct topology *topology, struct cucm_plan *plan, const char *directory);

#endif
