#ifndef PHONELAB_LAB_SELF_H
#define PHONELAB_LAB_SELF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"

/* The folder of this program. switch-sim, phone-sim and cable are expected there. */
void self_folder(char *text, size_t size);

/* Are they there? 0, or -ENOENT with the missing one. */
int self_check(struct fail *fail);

/* Is a program installed in one of the usual folders, sbin included? */
bool self_has_program(const char *name);

#endif
