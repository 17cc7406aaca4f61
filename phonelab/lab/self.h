#ifndef PHONELAB_LAB_SELF_H
#define PHONELAB_LAB_SELF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"

/* The folder that this program is in, where switch-sim, phone-sim and cable are too. */
void self_folder(char *text, size_t size);

/* Are they? 0, or -ENOENT with the one that is missing. */
int self_check(struct fail *fail);

/* Is a program installed, where administrators' programs are too? */
bool self_has_program(const char *name);

#endif
