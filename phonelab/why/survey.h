#ifndef PHONELAB_WHY_SURVEY_H
#define PHONELAB_WHY_SURVEY_H

#include "phonelab/why/source.h"

/*
 * All phones of a source, explained and grouped (group.h): a new object, or NULL without memory. passive: send no frames.
 * Otherwise, in a running lab, one phone of each of the largest groups whose cause is not decided or only inferred is probed,
 * in two rounds of two seconds. If the cause that is found then is not of that phone alone, it is the cause of its group. Of several possible
 * causes, it is the one that the phones of the group share.
 */
json_t *why_survey(struct why_source *source, bool passive);

#endif
