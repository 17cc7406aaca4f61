#ifndef PHONELAB_WHY_PROBES_MANY_H
#define PHONELAB_WHY_PROBES_MANY_H

#include "phonelab/client/client.h"
#include "phonelab/why/why.h"

/* why_probe_facts for n cases at the same time, up to WHY_PROBED_MOST, each in a process of its own; its facts are appended to
 * those of the case. Takes up to two seconds, and never more than five. */
#define WHY_PROBED_MOST 8
void why_probe_many(struct why_case *const *cases, size_t n, const struct lab *lab);

#endif
