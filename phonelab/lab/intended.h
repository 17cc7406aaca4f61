#ifndef PHONELAB_LAB_INTENDED_H
#define PHONELAB_LAB_INTENDED_H

#include <jansson.h>

#include "base/fail.h"
#include "cucm/cucm.h"
#include "phonelab/topology/topology.h"

/* What the topology of a run directory asks for: everything that is rendered from it, in memory. */
struct intended {
	struct topology *topology;
	struct cucm_plan first; /* as rendered at the start */
	struct cucm_plan plan;	/* with the devices that were added or changed on purpose since then */
};

/* Read the topology that directory was rendered from. 0 or a negative errno with the reason; -ENOENT: it is not stored. */
int intended_read(struct intended *intended, const char *directory, struct fail *fail);
void intended_free(struct intended *intended);

/* The device of that name in the plan, or NULL. */
const struct cucm_device *intended_device(const struct intended *intended, const char *name);

/*
 * A configuration of a server of the lab. node and file as in the name of a person: "cucm-pub", "kamailio.cfg"; path: below
 * the run directory. first and now: as rendered at the start, and as a rendering now gives it; they differ only after devices
 * were added.
 */
typedef void intended_config_fn(void *arg, const char *node, const char *file, const char *path,
				const char *first, const char *now);
void intended_each_config(const struct intended *intended, intended_config_fn *each, void *arg);

/* The rows of a device in every call manager's database, as rows_read. New reference; NULL with the reason. */
json_t *intended_rows(const struct intended *intended, const struct cucm_device *device, struct fail *fail);

/* The output of "show running-config" of switch number i before anybody configures it. To be free()d; NULL with the
 * reason. */
char *intended_running_config(const struct intended *intended, size_t i, struct fail *fail);

#endif
