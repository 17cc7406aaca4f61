#ifndef PHONELAB_WHY_WALK_H
#define PHONELAB_WHY_WALK_H

#include "phonelab/why/model.h"
#include "phonelab/why/why.h"

/*
 * The walk from the port of a phone to each address that it needs at its failing step (a healthy phone: at all steps), and
 * back: every switch and trunk, every node, listener and process. It appends a fact for each thing that is not as the
 * phone needs it, `walk.*` and `port.*` (docs/why.md), and `walk.ok` for a server that is reached and that answers. What
 * the model does not know is no deviation; then there is no `walk.ok` either.
 */
void why_walk_facts(const struct why_case *it, const json_t *model, json_t *facts);

#endif
