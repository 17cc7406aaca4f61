#ifndef PHONELAB_FAULT_KEYS_H
#define PHONELAB_FAULT_KEYS_H

#include "phonelab/fault/fault.h"
#include "phonelab/document/keys.h"

/* The keys of a file of faults, decoded into a struct fault_file. */
extern const struct shape fault_file_shape;

#endif
