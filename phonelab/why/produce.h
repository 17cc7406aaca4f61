#ifndef PHONELAB_WHY_PRODUCE_H
#define PHONELAB_WHY_PRODUCE_H

#include "phonelab/why/why.h"

/* All facts of a case, from every producer: a new list (fact.h). model: of the lab (model.h), or NULL. */
json_t *why_produce(const struct why_case *it, const json_t *model);

#endif
