#ifndef TESTS_SUPPORT_FAULT_CONTRACT_H
#define TESTS_SUPPORT_FAULT_CONTRACT_H

#include <stdbool.h>

#include "phonelab/fault/fault.h"
#include "tests/support/lab.h"

/* What came out of one fault in one lab. */
struct fault_outcome {
	bool done;
	char wrong[700]; /* "": the fault fulfils the contract */
	char cause[300]; /* that why named */
	bool hit;	 /* it is the promised one, in each form */
	double seconds;
};

/*
 * The contract of a fault, through the phonelab command alone: after `add` the proof holds, the symptom appears at the
 * promised step with the promised message, the phone is registered or not, as the fault states, and a fault of one phone
 * affects no other phone; after `clear` the proof no longer holds and every phone fetches its configuration and registers
 * again. A fault that states registered_if_erased is run a second time, with erased flash. The lab, native or of containers, is healthy and has no other fault.
 */
void fault_contract(struct lab *lab, const struct fault *fault, struct fault_outcome *outcome);

#endif
