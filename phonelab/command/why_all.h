#ifndef PHONELAB_COMMAND_WHY_ALL_H
#define PHONELAB_COMMAND_WHY_ALL_H

#include <stdbool.h>

#include "phonelab/why/source.h"

/* `phonelab why --all`: print the answers for all phones, grouped by cause. passive: send no frames. An enum exit_status: 0 if all are healthy,
 * otherwise 1. */
int why_all(struct why_source *source, bool passive, bool json);

#endif
