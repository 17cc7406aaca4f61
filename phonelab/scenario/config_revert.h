#ifndef PHONELAB_SCENARIO_CONFIG_REVERT_H
#define PHONELAB_SCENARIO_CONFIG_REVERT_H

#include <jansson.h>

/* The configuration lines that lead a switch from one state back to an earlier one. now, before: the output of `show
 * running-config`. A list of texts (new reference), empty if both are the same. */
json_t *config_revert(const char *now, const char *before);

#endif
