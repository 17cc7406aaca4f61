#ifndef SWITCH_SIM_CORE_TRUNK_REPORT_H
#define SWITCH_SIM_CORE_TRUNK_REPORT_H

#include <jansson.h>

#include "base/text.h"
#include "switch-sim/core/trunk.h"

/* The lines of a trunk over UDP in `show interfaces`. */
void trunk_report_show(struct text *text, const struct trunk_status *status);

/* The object `trunk` of a port in `status --json` (docs/formats.md); a new reference. */
json_t *trunk_report_json(const struct trunk_status *status);

#endif
