/* What is wrong with the frames of a check, in words. */
#include <stdio.h>

#include "base/json_text.h"
#include "phonelab/lab/probe_trace.h"
#include "phonelab/why/probes_cable.h"

bool probes_is_resolve(const json_t *check)
{
	return probe_kind_of(json_text(check, "kind")) == PROBE_RESOLVE;
}

/* Which frames these are. */
static void describe_way(const struct probes_finding *finding, char way[160])
{
	char class[PROBES_CLASS];
	long long sender = 0;

	if (!probes_is_resolve(finding->check)) {
		snprintf(way, 160,
			 probes_is_back(finding->trace) ? "%s to %.40s from %.40s" : "%s from %.40s to %.40s",
			 probes_class(finding->check, class), finding->phone,
			 json_text(finding->check, "address"));
		return;
	}
	while (sender < json_int(finding->item, "after") && !probes_seen(finding->trace, sender))
		sender++;
	snprintf(way, 160, "ARP packets of %.80s",
		 json_text(probes_point(finding->view, finding->trace, sender), "label"));
}

void probes_describe(const struct probes_finding *finding, char text[PROBES_TEXT])
{
	long long after = json_int(finding->item, "after"),
		  n = json_int(finding->item, finding->trouble->count);
	const char *a = json_text(finding->a, "label"), *b = json_text(finding->b, "label");
	char way[160];

	describe_way(finding, way);
	switch (finding->trouble->kind) {
	case PROBES_LOST:
		snprintf(text, PROBES_TEXT, "%s: %lld frames at %s, %lld at %s", way,
			 probes_seen(finding->trace, after), a, probes_seen(finding->trace, after + 1), b);
		break;
	case PROBES_LATE:
		snprintf(text, PROBES_TEXT, "%s: frames take %lld ms from %s to %s", way, n, a, b);
		break;
	case PROBES_ALTERED:
		snprintf(text, PROBES_TEXT, "%s: %lld frames change between %s and %s", way, n, a, b);
		break;
	case PROBES_EXTRA:
		snprintf(text, PROBES_TEXT, "%s: %lld frames are doubled between %s and %s", way, n, a, b);
		break;
	}
}
