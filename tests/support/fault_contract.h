#ifndef TESTS_SUPPORT_FAULT_CONTRACT_H
#define TESTS_SUPPORT_FAULT_CONTRACT_H

#include <stdbool.h>

#include "phonelab/fault/fault.h"
#include "tests/support/lab.h"

/* What came out of one fault in one lab. */
struct fault_outcome {
	bool done;
	char wrong[700]; /* "": the contract is kept */
	char cause[300]; /* that why named */
	bool hit;	 /* it is the promised one */
	double seconds;
};

/*
 * The contract of a fault, through the phonelab command alone: added, the proof in place, the symptom at the
 * promised step with the promised message, no other phone hurt where it is for one; cleared, the proof gone,
 * every phone registered again. In a healthy lab, native or of containers, where no other fault is in place.
 */
void fault_contract(struct lab *lab, const struct fault *fault, struct fault_outcome *outcome);

#endif
