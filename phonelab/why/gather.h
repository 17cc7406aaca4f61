#ifndef PHONELAB_WHY_GATHER_H
#define PHONELAB_WHY_GATHER_H

#include "phonelab/why/source.h"
#include "phonelab/why/why.h"

/*
 * Fill n cases of one source with events, devices, logs and facts. Sources that the phones share are read once:
 * the event stream, the reply of the rack, the configuration of each switch, the logs. The name of each case is set;
 * a case whose phone is not in the status is left with phone NULL. A phone that still boots has no facts. flags: of enum
 * why_gather_flags. why_free each case, then why_source_free the source.
 */
enum why_gather_flags {
	WHY_PASSIVE = 1,  /* send no frames */
	WHY_THOROUGH = 2, /* ask every producer, also about a healthy phone */
};
void why_gather(struct why_source *source, struct why_case *cases, size_t n, unsigned flags);

/* Is the phone of a running lab still booting: it has power, no step has failed since it was last registered, and the newest
 * step began a short time ago? Then it is not accused. */
bool why_is_booting(const struct why_source *source, const struct why_case *it);

/* The report of a gathered case (report.h). While the phone boots, it has `booting` and names no cause. */
json_t *why_report_gathered(const struct why_case *it);

#endif
