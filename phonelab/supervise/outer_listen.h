#ifndef PHONELAB_SUPERVISE_OUTER_LISTEN_H
#define PHONELAB_SUPERVISE_OUTER_LISTEN_H

#include "base/fail.h"

/* Listen at the abstract socket by which a lab is found (outer.h). Returns the descriptor; -EADDRINUSE if a lab of that
 * name runs or another user has bound the name, or another negative errno. */
int outer_listen(const char *lab, struct fail *fail);

#endif
