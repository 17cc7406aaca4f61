#ifndef PHONELAB_LINT_MODEL_H
#define PHONELAB_LINT_MODEL_H

#include "phonelab/lint/lint.h"

/* The load that the phone's own file names, as far as a look at its text shows; "" if there is none. The phone reads it
 * again: a wrong guess costs time only. */
void lint_read_load(struct lint_source *source, const char *device, char load[96]);

/* Choose the model of the phone: that of the order, else one of the family of its load, else the 7841. False: the load is of
 * no known model. */
bool lint_choose_model(const struct lint_order *order, const char *load, struct lint_phone *phone);

#endif
