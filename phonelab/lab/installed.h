#ifndef PHONELAB_LAB_INSTALLED_H
#define PHONELAB_LAB_INSTALLED_H

#include <limits.h>

#include "base/fail.h"

/*
 * The topologies that come with phonelab, by name: "office". They are in share/phonelab/topologies beside the folder of the
 * program, or, for a program of a build folder, in topologies/ of its checkout.
 */

#define INSTALLED_DEFAULT "office" /* the topology if none is named */

/* The file of a topology that the user names: a path, or the name of an installed topology. A file of that path takes
 * precedence. 0 with the path; or -ENOENT with the reason, which lists the names, if there is neither. */
int installed_find(const char *word, char path[PATH_MAX], struct fail *fail);

/* Called for each installed topology, in the order of their names. */
typedef void installed_fn(void *arg, const char *name, const char *path);
void installed_each(installed_fn *each, void *arg);

#endif
