#ifndef PHONELAB_WHY_PROBES_CABLE_H
#define PHONELAB_WHY_PROBES_CABLE_H

#include <jansson.h>
#include <stdbool.h>

/*
 * Which cable of a switch loses, delays or changes frames. A frame that a switch receives at one port and does not send from
 * another was lost at one of the two cables: the other frames that cross them tell which. Pure: the results of probe_run in,
 * an answer out.
 */

enum probes_trouble_kind { PROBES_LOST, PROBES_LATE, PROBES_ALTERED, PROBES_EXTRA };

/* What happens to frames between two points. */
struct probes_trouble {
	enum probes_trouble_kind kind;
	const char *list;  /* in a trace (probe_trace.h): "lost", "late", .. */
	const char *count; /* in an item of the list */
	const char *fact;  /* "probe.frames_vanish", .. */
};

/* Ends with a list of NULL. */
extern const struct probes_trouble probes_troubles[];

/* A run: the plan, and of its result the checks and the traces. Borrowed. */
struct probes_view {
	const json_t *plan, *checks, *traces;
	json_t *facts;
};

/* Frames of a check, in one direction, between two points of its path. */
struct probes_finding {
	const struct probes_view *view;
	const struct probes_trouble *trouble;
	const json_t *trace, *check, *item;
	const json_t *a, *b; /* the points, in the direction of the frames */
	const char *phone;
};

const json_t *probes_check_of(const struct probes_view *view, const json_t *trace);
bool probes_is_back(const json_t *trace);

/* The point of that number in the direction of the trace, and the frames seen there. */
const json_t *probes_point(const struct probes_view *view, const json_t *trace, long long number);
long long probes_seen(const json_t *trace, long long number);

/* "ICMP of 1514 octets", "TCP 6970", "DHCP", ..: what a filter on a cable can tell apart. */
#define PROBES_CLASS 40
const char *probes_class(const json_t *check, char text[PROBES_CLASS]);

/* Does the check count the ARP packets of the nodes, and send nothing? */
bool probes_is_resolve(const json_t *check);

/* "TCP 6970 from SEP001122AABB01 to 10.20.0.3: 4 frames at sw1 Gi1/0/2, 0 at sw1 Gi1/0/9" */
#define PROBES_TEXT 500
void probes_describe(const struct probes_finding *finding, char text[PROBES_TEXT]);

/* Do frames of the trace pass this end of the finding (its a or b) as those of the finding do? 0: unharmed; 1: with that
 * trouble; -1: none passes. */
int probes_passes(const struct probes_finding *finding, const json_t *trace, const json_t *point);

/* Is it the cable of a (1) or that of b (-1)? 0: either. *sure: frames of the same class tell; otherwise it is the one that
 * fits better. */
int probes_choose(const struct probes_finding *finding, bool *sure);

#endif
