#ifndef PHONELAB_LAB_DEVICE_VERB_H
#define PHONELAB_LAB_DEVICE_VERB_H

#include <jansson.h>
#include <stdint.h>

#include "base/fail.h"
#include "phonelab/lab/clusters.h"

/*
 * The verb `device` of lab.sock (docs/formats.md): the device table of the call managers. The process that holds the lab
 * answers it, so that commands, scenarios and the AXL service change one table. cluster: number of the cluster that is asked;
 * DEVICE_ANY_CLUSTER: the one that the request names (member `cluster`), or that of its phone. The reply (new reference), or NULL with
 * the reason.
 */
#define DEVICE_ANY_CLUSTER SIZE_MAX
json_t *device_verb(const struct clusters *clusters, size_t cluster, const json_t *request,
		    struct fail *fail);

#endif
