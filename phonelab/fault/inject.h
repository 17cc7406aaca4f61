#ifndef PHONELAB_FAULT_INJECT_H
#define PHONELAB_FAULT_INJECT_H

#include "phonelab/fault/place.h"

/* Apply all actions of the fault in order. On an error the applied actions are reverted. *done is for fault_undo. 0 or
 * a negative errno with the reason. */
int fault_inject(const struct fault_place *place, struct fault_done **done, struct fail *fail);

/* Revert all actions, and free done. Returns 0 or the first error; the other actions are reverted in each case. */
int fault_undo(const struct fault_place *place, struct fault_done *done, struct fail *fail);

#endif
