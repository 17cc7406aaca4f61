#ifndef PHONELAB_COMMAND_WHY_LOOK_H
#define PHONELAB_COMMAND_WHY_LOOK_H

#include <jansson.h>

#include "phonelab/why/source.h"
#include "phonelab/why/why.h"

/* Make the command `look` of a report one that can be pasted: its words in capitals stand for nodes of this lab, and a lab of
 * containers is asked through compose. If the lab has ended, the report has no `look`. */
void why_set_look(const struct why_source *source, const struct why_case *it, json_t *report);

#endif
