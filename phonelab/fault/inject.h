#ifndef PHONELAB_FAULT_INJECT_H
#define PHONELAB_FAULT_INJECT_H

#include "phonelab/fault/place.h"

/* Do all actions of the fault in order. On an error what was done is taken back. *done: what to give to
 * fault_undo. */
int fault_inject(const struct fault_place *place, struct fault_done **done, struct fail *fail);

/* Take all back, and free done. 0, or the first error; the rest is taken back nevertheless. */
int fault_undo(const struct fault_place *place, struct fault_done *done, struct fail *fail);

#endif
