#ifndef PHONELAB_CLIENT_CLUSTER_H
#define PHONELAB_CLIENT_CLUSTER_H

#include "base/fail.h"
#include "cucm/authority.h"
#include "phonelab/client/client.h"
#include "phonelab/lab/intended.h"

/* What an administrator does with the certificates of a running lab's cluster, and with its security mode: for `phonelab cucm` and
 * the action `cucm` of scenarios. Except for the mode, the functions make keys and sign files in this process; a change of a device waits up to five
 * seconds for them (provision.h). They return 0 or a negative errno with the reason; -EINVAL: the cluster cannot do it. */
struct cluster {
	const struct lab *lab; /* borrowed; the lab runs here, and its run directory is no console's */
	char directory[340];   /* the run directory of the cluster as seen from here */
	struct intended intended;
	int lock; /* of the devices and files; negative: released */
};

/* Lock the devices and read the plan: devices do not change until cluster_close, or until a change that releases the lock. name: of the
 * cluster; NULL: the first. -EINVAL: there is none of that name, or it has no certificates. */
int cluster_open(struct cluster *cluster, const struct lab *lab, const char *name, struct fail *fail);
void cluster_close(struct cluster *cluster); /* after a failed cluster_open too */

/* Is there a certificate of each call manager with this name ("callmanager", "tvs")? */
bool cluster_certificate_is_of_node(const char *name);

/* A new key and certificate: "callmanager", "tvs" of a node (NULL: the publisher), "capf" or "itlrecovery". pair: its name in keys/. */
int cluster_renew(struct cluster *cluster, const char *certificate, const char *node, bool expired,
		  char pair[CUCM_PAIR_NAME], struct fail *fail);

/* Sign the ITL and all files again, with their ordinary signers, and restart the TFTP services. Releases the lock. */
int cluster_restart_tftp(struct cluster *cluster, struct fail *fail);

/* Write the CTL again. */
int cluster_update_ctl(struct cluster *cluster, struct fail *fail);

/* Enter or leave mixed mode. Releases the lock. */
int cluster_set_mixed(struct cluster *cluster, bool mixed, struct fail *fail);

/* Set the parameter "Prepare Cluster for Rollback to pre 8.0": the ITL changes with cluster_restart_tftp. */
int cluster_set_rollback(struct cluster *cluster, bool rollback, struct fail *fail);

/* As `utils itl reset localkey`: ITLRecovery signs the ITL, until cluster_restart_tftp. -EINVAL: it always does in this release. */
int cluster_reset_itl(struct cluster *cluster, struct fail *fail);

/* Bulk certificate management: each cluster of the lab imports the certificates with which the others sign trust lists and files. */
int cluster_consolidate(const struct lab *lab, struct fail *fail);

/* Move a phone to another cluster: its device and its option 150 (device_move.h), then the DHCP servers are restarted and the phone is
 * reset. reply: as of device_move, and `reset`: false if the phone is not simulated; a new reference. */
int cluster_move(const struct lab *lab, const char *phone, const char *cluster, json_t **reply,
		 struct fail *fail);

#endif
