#ifndef PHONELAB_FAULT_TARGET_H
#define PHONELAB_FAULT_TARGET_H

#include "base/fail.h"
#include "phonelab/fault/client.h"
#include "phonelab/topology/topology.h"

/* The target of a fault: a phone, a port, a server, or the whole lab. */

/* The phone that a target names, or the phone at its port; for a target that names neither, the first phone that
 * can have the fault (its model and needs). *phone is NULL if the target's port has no phone, or if the lab has no phone. 0, or
 * -EINVAL with the reason. */
int fault_target_phone(const struct topology *topology, const struct fault_target *target,
		       const struct fault *fault, const struct topology_phone **phone, struct fail *fail);

/* The port in "sw1:Gi1/0/1" or "Gi1/0/1". Sets *sw to the index of the switch if the text names one. */
const char *fault_target_port(const struct topology *topology, const char *text, size_t *sw);

/* Does the target name what the fault needs? A fault of scope phone or port needs a phone or a port, unless exactly one
 * phone of the lab can have it. 0, or -EINVAL with the reason, which lists the phones. */
int fault_target_needed(const struct topology *topology, const struct fault *fault,
			const struct fault_target *target, struct fail *fail);

/* Do the phones boot with erased flash: by the fault itself, or because the target asks for it? */
bool fault_target_erases(const struct fault *fault, const struct fault_target *target);

/* The server of a kind (enum topology_server_kind) that a fault is about: the one that the target names, else the first
 * one that the lab runs, else the first. NULL if there is none. */
const struct topology_server *fault_target_server(const struct topology *topology, int kind,
						  const char *service);

/* Can the lab do every action of the fault? A server, call manager or switch of the user's has no configuration and no files
 * of the lab's, and no program of the lab's if it is external. 0, or -EINVAL with the reason, which names it. */
int fault_target_applies(const struct topology *topology, const struct fault *fault,
			 const struct fault_target *target, struct fail *fail);

/* Does the lab provision the phones: their files and the device table? 0, or -EINVAL with the reason. */
int fault_target_provisions(const struct topology *topology, struct fail *fail);

/* As fault_target_needed and fault_target_applies, and -EINVAL as well if the target names what the fault's scope does not have, or if the fault
 * has no symptom in this lab (fault.needs). */
int fault_target_check(const struct topology *topology, const struct fault *fault,
		       const struct fault_target *target, struct fail *fail);

#endif
