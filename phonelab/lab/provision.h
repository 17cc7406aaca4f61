#ifndef PHONELAB_LAB_PROVISION_H
#define PHONELAB_LAB_PROVISION_H

#include <jansson.h>

#include "base/fail.h"
#include "base/mac.h"
#include "cucm/plan.h"
#include "phonelab/topology/topology.h"

/*
 * The device table of a running lab: the plan of its topology with the devices that were added, changed and removed since.
 * phones/added.json and phones/set.json record these changes. Each change writes the record, the configuration file of the
 * device and its rows in every node's database, under a lock: several processes may make changes at a time.
 */
struct provision {
	struct topology *topology;    /* borrowed */
	const struct cucm_plan *base; /* borrowed: plan_cucm() of the topology */
	struct cucm_plan plan;	      /* with the changes */
	struct arena arena;	      /* of what the changes need */
	json_t *added, *set;
	int lock; /* negative: opened to read only */
};

/* Read the changes, and lock them if change is set. topology and base must live until provision_close. 0 or a negative errno;
 * -EOPNOTSUPP if the devices of the cluster are external; -EBUSY if another process holds the lock for five seconds. */
int provision_open(struct provision *provision, struct topology *topology, const struct cucm_plan *base,
		   bool change, struct fail *fail);
void provision_close(struct provision *provision);

/* Lock the devices and files of the lab with this run directory for one reader and writer at a time; waits for the lock. Returns a
 * descriptor, or a negative errno. Closing the descriptor releases the lock. The holder must not wait for a process of the lab:
 * that process may wait for the lock. */
int provision_lock(const char *directory, struct fail *fail);

/* The device of that name, MAC or directory number, among those that are provisioned; NULL with the reason (-ENOENT). */
const struct cucm_device *provision_find(const struct provision *provision, const char *text,
					 struct fail *fail);

/* Change settings of a device (topology_device_read). *before: its record until then, for provision_revert; NULL is legal. */
int provision_set(struct provision *provision, const char *device, const json_t *settings, json_t **before,
		  struct fail *fail);

/* Would provision_set accept these settings? *removes: they take the device out of the table. 0, or -EINVAL with the reason. */
int provision_check(struct provision *provision, const char *device, const json_t *settings, bool *removes,
		    struct fail *fail);

/* Add a device, with settings (NULL: none). Without `line` its directory number is the highest number in use plus 1.
 * -EEXIST if there is one of that name. */
int provision_add(struct provision *provision, const struct mac *mac, const char *model,
		  const json_t *settings, json_t **before, struct fail *fail);

/* Remove a device: its file and its rows. The record keeps it as not provisioned. */
int provision_remove(struct provision *provision, const char *device, json_t **before, struct fail *fail);

/* Auto-registration: add a device that has arrived at a call manager, with the next directory number of the range of the
 * topology, which is never given a second time (phones/auto.json). 0, also if the device exists already; -ERANGE if the range is
 * used up; -EPROTO if auto-registration is off. model: the number of the device table. */
int provision_auto(struct provision *provision, const struct mac *mac, unsigned model, struct fail *fail);

/* Give a device the record back that it had before a change. */
int provision_revert(struct provision *provision, const char *device, const json_t *before,
		     struct fail *fail);

/* Add a device of that MAC and model, unless the topology has it or it was added before: for phones that are plugged in
 * later. 0 or a negative errno. */
int provision_phone(struct topology *topology, const struct mac *mac, const char *model, struct fail *fail);

/* Apply the changes that directory records to a plan of the topology. Memory is the topology's. */
void provision_recall(struct topology *topology, struct cucm_plan *plan, const char *directory);

/* Is the cluster in mixed mode: as in the topology, or as provision_set_mixed has recorded it below directory? */
bool provision_is_mixed(const struct topology *topology, const char *directory);

/* Record whether the cluster is in mixed mode. The caller has provision_lock. 0 or a negative errno. */
int provision_set_mixed(const char *directory, bool mixed, struct fail *fail);

/* Record the parameter "Prepare Cluster for Rollback to pre 8.0" (cucm_plan.rollback). The caller has provision_lock. 0 or a negative
 * errno. */
int provision_set_rollback(const char *directory, bool rollback, struct fail *fail);

/* Record that ITLRecovery signs the ITL (cucm_plan.itl_reset), or no longer does. The caller has provision_lock. 0 or a negative errno. */
int provision_set_itl_reset(const char *directory, bool reset, struct fail *fail);

/* What was set of devices: {"SEP...":{"line":["2001"]}, ...}; a new object, empty if nothing was set. */
json_t *provision_settings(const char *directory);

#endif
