#ifndef PHONELAB_EXERCISE_KEYS_H
#define PHONELAB_EXERCISE_KEYS_H

#include "phonelab/document/keys.h"

/* The shape of a file of exercises; it fills a struct exercise_file. */
extern const struct shape exercise_file_shape;

#endif
