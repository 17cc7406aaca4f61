#ifndef PHONELAB_LAB_SELF_H
#define PHONELAB_LAB_SELF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"

/* The folder of this program. switch-sim, phone-sim and cable are expected there. */
void self_folder(char *text, size_t size);

/* Are they there? 0, or -ENOENT with the missing one. */
int self_check(struct fail *fail);

#define SELF_PROGRAM 200 /* bytes of the path of a program */

/* Is a program installed in one of the usual folders, sbin included? Its path, if so. */
bool self_find_program(const char *name, char path[SELF_PROGRAM]);

#endif
