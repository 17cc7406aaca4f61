#ifndef PHONELAB_SCENARIO_KEYS_H
#define PHONELAB_SCENARIO_KEYS_H

#include "phonelab/document/keys.h"

/* The shape of a whole scenario. */
extern const struct shape scenario_shape;

#endif
