#ifndef PHONELAB_LINT_MODEL_H
#define PHONELAB_LINT_MODEL_H

#include "phonelab/lint/lint.h"

/* Choose the model of a phone: that of the order, else one of the family of the load that its file names, else the 7841. load
 * gets the name of that load, or of the load in the default file, as far as a look at the text shows ("" none): the phone
 * reads it again, and a wrong guess costs time only. False: the load is of no known model. */
bool lint_choose_model(const struct lint_order *order, struct lint_phone *phone, char load[96]);

#endif
