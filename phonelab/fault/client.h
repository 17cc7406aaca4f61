#ifndef PHONELAB_FAULT_CLIENT_H
#define PHONELAB_FAULT_CLIENT_H

#include <jansson.h>

#include "phonelab/client/client.h"
#include "phonelab/fault/fault.h"

/* Faults of a lab that is up. The supervisor has them: every caller sees the same, and SIGKILL leaves
 * none. */

/* Whom a fault is for; all NULL and zero: whatever its scope's default is (the first phone, the first server
 * of its kind, everybody). */
struct fault_target {
	const char *phone;   /* SEP.., a MAC or a directory number */
	const char *port;    /* "sw1:Gi1/0/1" or "Gi1/0/1" */
	const char *service; /* name of a server or call manager */
	bool all;
};

/*
 * Put a fault in place. what: an id of the catalogue, or the path of a file of faults (FILE, when it holds
 * one, or FILE#ID). for_s: cleared by itself after so many seconds; 0: never. count: for rules on the wire,
 * so many frames; 0: all. *number is its number in this lab. 0, or a negative errno with the reason (-EINVAL:
 * the caller's mistake); what was done by half is undone.
 */
int fault_add(const struct lab *lab, const char *what, const struct fault_target *target, long for_s,
	      long count, long *number, struct fail *fail);

/* Clear by number ("3"), id (all of that id) or "all" / NULL. -ENOENT when no such fault is in place. */
int fault_clear(const struct lab *lab, const char *which, struct fail *fail);

/* {"faults":[{"number","id","title","step","layer","phone","port","switch","since","until"}]}: what is in
 * place. NULL with the reason. */
json_t *fault_active(const struct lab *lab, struct fail *fail);

/* Have the phone of the target boot as the fault asks for (fault.boot). 0 or a negative errno. */
int fault_reboot(const struct lab *lab, const struct fault *fault, const struct fault_target *target,
		 struct fail *fail);

/* Are the proofs seen? in_place: all of them hold; else none of them does, and all of `healed` hold. 0;
 * -EAGAIN with what is seen instead; or another negative errno. */
int fault_proof(const struct lab *lab, const struct fault *fault, const struct fault_target *target,
		bool in_place, struct fail *fail);

/* What the names in braces stand for (vars.h): a new object, or NULL with the reason. */
json_t *fault_target_vars(const struct lab *lab, const struct fault *fault, const struct fault_target *target,
			  struct fail *fail);

/* The fault that `what` names, as in fault_add; *set owns it. NULL with the reason. */
const struct fault *fault_named(const char *what, struct fault_set **set, struct fail *fail);

#endif
