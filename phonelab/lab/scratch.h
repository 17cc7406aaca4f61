#ifndef PHONELAB_LAB_SCRATCH_H
#define PHONELAB_LAB_SCRATCH_H

#include "base/fail.h"

/* A folder of its own in /tmp, for files that a library can read or write only by name. */
#define SCRATCH_PATH 64

/* 0 or a negative errno with the reason. */
int scratch_make(char path[SCRATCH_PATH], struct fail *fail);

/* Remove the folder and the files in it. */
void scratch_remove(const char *path);

#endif
