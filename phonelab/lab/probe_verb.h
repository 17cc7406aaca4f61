#ifndef PHONELAB_LAB_PROBE_VERB_H
#define PHONELAB_LAB_PROBE_VERB_H

#include <jansson.h>

#include "base/fail.h"

/* The verb `probe` in the container of the rack: {"plan"} as in probe.h, without taps, its places by their names. Runs the
 * plan in a forked process, which takes up to two seconds. The reply is the result of probe_run. NULL with the reason. */
json_t *probe_answer(const json_t *request, struct fail *fail);

#endif
