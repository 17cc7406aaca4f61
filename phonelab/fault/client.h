#ifndef PHONELAB_FAULT_CLIENT_H
#define PHONELAB_FAULT_CLIENT_H

#include <jansson.h>

#include "phonelab/client/client.h"
#include "phonelab/fault/fault.h"

/* Faults of a running lab. The supervisor (in a lab of containers, the keeper) holds them, so that every caller sees
 * the same faults, and none survives the lab. */

/* The target of a fault. All NULL and false is the default of a fault of scope service (the first server of its
 * kind) or all; a fault of scope phone or port needs a phone or a port (target.h). */
struct fault_target {
	const char *phone;   /* SEP.., a MAC or a directory number */
	const char *port;    /* "sw1:Gi1/0/1" or "Gi1/0/1" */
	const char *service; /* name of a server or call manager */
	bool all;
	bool erase; /* the phones boot with erased flash, even if the fault does not say so */
};

/*
 * Apply a fault. what: an id of the catalogue, or a file of faults (FILE if it contains one fault, or FILE#ID).
 * for_s: the fault is cleared after this time in seconds; 0: it stays. count: rules on the wire affect this number of
 * frames; 0: all frames. *number is the fault's number in this lab. 0, or a negative errno with the reason (-EINVAL
 * is a mistake of the caller); a fault that fails half-way is reverted.
 */
int fault_add(const struct lab *lab, const char *what, const struct fault_target *target, long for_s,
	      long count, long *number, struct fail *fail);

/* Clear a fault by its number ("3"), all faults of an id, or every fault ("all" or NULL). -ENOENT if no active fault
 * fits. */
int fault_clear(const struct lab *lab, const char *which, struct fail *fail);

/* {"faults":[{"number","id","title","step","layer","phone","port","switch","since","until"}]}: the active
 * faults. NULL with the reason. */
json_t *fault_active(const struct lab *lab, struct fail *fail);

/* Boot the phone of the target in the way that the fault needs (fault.boot, fault.flash). 0 or a negative errno. */
int fault_reboot(const struct lab *lab, const struct fault *fault, const struct fault_target *target,
		 struct fail *fail);

/* Check the proofs of a fault from the outside. active: all proofs hold. Not active: none of them holds, and all
 * `healed` checks hold. 0; -EAGAIN with what the check found; or another negative errno. */
int fault_proof(const struct lab *lab, const struct fault *fault, const struct fault_target *target,
		bool active, struct fail *fail);

/* The values of the names in braces (vars.h): a new object, or NULL with the reason. */
json_t *fault_target_vars(const struct lab *lab, const struct fault *fault, const struct fault_target *target,
			  struct fail *fail);

/* The fault of an id or a file, as in fault_add; *set owns it. NULL with the reason. */
const struct fault *fault_named(const char *what, struct fault_set **set, struct fail *fail);

#endif
