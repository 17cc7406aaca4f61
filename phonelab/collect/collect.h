#ifndef PHONELAB_COLLECT_COLLECT_H
#define PHONELAB_COLLECT_COLLECT_H

#include "base/fail.h"
#include "phonelab/client/client.h"

/*
 * The bundle of a lab: a folder laid out like a collection of the Real-Time Monitoring Tool (docs/collect.md). Logs of the
 * call managers and servers are made from what their programs wrote; nothing in them comes from a simulated phone.
 */
struct collect_order {
	const char *phone;  /* --phone as the user gives it; NULL: all phones */
	long long since;    /* --since: microseconds since the epoch; 0: from the beginning */
	unsigned capture_s; /* capture for that time first; 0: no captures */
};

/* Fill folder, which exists. 0, or an exit status with the reason printed. */
int collect_bundle(const struct lab *lab, const struct collect_order *order, const char *folder);

/* A time that a user gives, before or at now (seconds since the epoch): "90s", "15m", "2h", "1d" ago; "13:45" or "13:45:10" of
 * today; "2026-11-30 13:45" with optional seconds, or "2026-11-30". Local time. *us: microseconds since the epoch. 0, or
 * -EINVAL with the reason. */
int collect_since(const char *text, long long now, long long *us, struct fail *fail);

#endif
