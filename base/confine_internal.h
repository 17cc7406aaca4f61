#ifndef BASE_CONFINE_INTERNAL_H
#define BASE_CONFINE_INTERNAL_H

#include "base/confine.h"

/* The two parts of confine_apply that a kernel may lack: confine_calls.c, confine_files.c. 0, or a negative errno with the
 * reason. */
int confine_system_calls(const struct confine *confine, struct fail *fail);
int confine_files(const struct confine *confine, struct fail *fail);

/* The version of Landlock's interface, or a negative errno. */
int confine_landlock_version(void);

#endif
