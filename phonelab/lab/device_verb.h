#ifndef PHONELAB_LAB_DEVICE_VERB_H
#define PHONELAB_LAB_DEVICE_VERB_H

#include <jansson.h>

#include "base/fail.h"
#include "cucm/plan.h"
#include "phonelab/topology/topology.h"

/*
 * The verb `device` of lab.sock (docs/formats.md): the device table of the call managers. The process that holds the lab
 * answers it, so that commands, scenarios and the AXL service change one table. base: plan_cucm() of the topology. The reply
 * (new reference), or NULL with the reason.
 */
json_t *device_verb(struct topology *topology, const struct cucm_plan *base, const json_t *request,
		    struct fail *fail);

#endif
