#include "phonelab/why/probes_cable.h"

#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/lab/probe_trace.h"

const struct probes_trouble probes_troubles[] = {
    {PROBES_LOST, "lost", "frames", "probe.frames_vanish"},
    {PROBES_LATE, "late", "ms", "probe.frames_wait"},
    {PROBES_ALTERED, "altered", "frames", "probe.frames_change"},
    {PROBES_EXTRA, "extra", "frames", "probe.frames_double"},
    {0},
};

const json_t *probes_check_of(const struct probes_view *view, const json_t *trace)
{
	return json_array_get(view->checks, (size_t)json_int(trace, "check"));
}

bool probes_is_back(const json_t *trace)
{
	return json_is_true(json_object_get(trace, "back"));
}

const json_t *probes_point(const struct probes_view *view, const json_t *trace, long long number)
{
	const json_t *path = json_object_get(probes_check_of(view, trace), "path");
	long long n = (long long)json_array_size(path);

	return json_array_get(path, (size_t)(probes_is_back(trace) ? n - 1 - number : number));
}

long long probes_seen(const json_t *trace, long long number)
{
	return json_integer_value(json_array_get(json_object_get(trace, "seen"), (size_t)number));
}

/* --- classes, from the most special to the most general --- */

enum scope { SCOPE_CLASS, SCOPE_PROTOCOL, SCOPE_ALL, SCOPES };

static const char *protocol_of(const json_t *check)
{
	switch (probe_kind_of(json_text(check, "kind"))) {
	case PROBE_RESOLVE:
	case PROBE_ARP: return "ARP";
	case PROBE_ICMP: return "ICMP";
	case PROBE_SIP: return !strcmp(json_text(check, "transport"), "udp") ? "UDP" : "TCP";
	case PROBE_TFTP:
	case PROBE_DNS:
	case PROBE_DHCP: return "UDP";
	case PROBE_TCP:
	case PROBE_HTTP:
	case PROBE_KINDS: break;
	}
	return "TCP";
}

const char *probes_class(const json_t *check, char text[PROBES_CLASS])
{
	enum probe_kind kind = probe_kind_of(json_text(check, "kind"));

	if (kind == PROBE_DHCP || kind == PROBE_DNS || kind == PROBE_TFTP)
		return snprintf(text, PROBES_CLASS, "%s",
				kind == PROBE_DHCP  ? "DHCP"
				: kind == PROBE_DNS ? "DNS"
						    : "TFTP"),
		       text;
	if (kind == PROBE_ARP || kind == PROBE_RESOLVE)
		snprintf(text, PROBES_CLASS, "ARP");
	else if (kind == PROBE_ICMP)
		snprintf(text, PROBES_CLASS, "ICMP of %lld octets", json_int(check, "size") + 42);
	else
		snprintf(text, PROBES_CLASS, "%s %lld", protocol_of(check), json_int(check, "port"));
	return text;
}

static bool in_scope(enum scope scope, const json_t *a, const json_t *b)
{
	char x[PROBES_CLASS], y[PROBES_CLASS];

	switch (scope) {
	case SCOPE_CLASS: return !strcmp(probes_class(a, x), probes_class(b, y));
	case SCOPE_PROTOCOL: return !strcmp(protocol_of(a), protocol_of(b));
	case SCOPE_ALL:
	case SCOPES: break;
	}
	return true;
}

/* --- which of the two cables it is --- */

/* Frames that cross a cable in one direction. */
struct crossing {
	double frames, troubled;
	double clean; /* frames of the longest flow of which none is troubled */
};

/* The frames of some traces: those that cross both cables, and those that cross only one of them. */
struct crossings {
	struct crossing both, a, b;
};

static const json_t *item_after(const json_t *trace, const char *list, long long point)
{
	const json_t *item;
	size_t i;

	json_array_foreach (json_object_get(trace, list), i, item)
		if (json_int(item, "after") == point)
			return item;
	return NULL;
}

/* The number of the point before the trouble where a trace passes the same cable, in the same direction, as the finding
 * does; -1: nowhere. enters: the cable is that of a. */
static long long crossing_of(const struct probes_finding *finding, const json_t *trace, const json_t *point,
			     bool enters)
{
	long long n = (long long)json_array_size(json_object_get(trace, "seen"));
	bool out = json_is_true(json_object_get(point, "out")) != probes_is_back(finding->trace);

	for (long long p = 0; p + 1 < n; p++) {
		const json_t *other = probes_point(finding->view, trace, enters ? p : p + 1);
		bool other_out = json_is_true(json_object_get(other, "out")) != probes_is_back(trace);

		if (out == other_out && !strcmp(json_text(other, "label"), json_text(point, "label")))
			return p;
	}
	return -1;
}

static void count(const struct probes_finding *finding, const json_t *trace, long long p,
		  struct crossing *crossing)
{
	const json_t *item = item_after(trace, finding->trouble->list, p);

	double frames = (double)probes_seen(trace, p);

	crossing->frames += frames;
	if (!item && frames > crossing->clean)
		crossing->clean = frames;
	if (item)
		crossing->troubled += finding->trouble->kind == PROBES_LATE
					  ? (double)probes_seen(trace, p)
					  : (double)json_int(item, finding->trouble->count);
}

static struct crossings cross(const struct probes_finding *finding, enum scope scope)
{
	struct crossings crossings = {{0, 0, 0}, {0, 0, 0}, {0, 0, 0}};
	const json_t *trace;
	size_t i;

	json_array_foreach (finding->view->traces, i, trace) {
		long long a, b;

		if (!in_scope(scope, probes_check_of(finding->view, trace), finding->check))
			continue;
		a = crossing_of(finding, trace, finding->a, true);
		b = crossing_of(finding, trace, finding->b, false);
		if (a >= 0 && a == b) {
			count(finding, trace, a, &crossings.both);
			continue;
		}
		if (a >= 0)
			count(finding, trace, a, &crossings.a);
		if (b >= 0)
			count(finding, trace, b, &crossings.b);
	}
	return crossings;
}

/* Can it not be chance that no frame of a flow is troubled, if each were with the probability rate? One such flow acquits the
 * cable: the trouble of the others is elsewhere. */
#define CHANCE 0.05

static bool is_innocent(const struct crossing *crossing, double rate)
{
	double chance = 1;

	for (double i = 0; i < crossing->clean && chance >= CHANCE; i++)
		chance *= 1 - rate;
	return chance < CHANCE;
}

/* The frames that cross only one of the two cables tell. If both have trouble elsewhere too, the one with more has it. */
static int judge(const struct crossings *crossings)
{
	double rate = crossings->both.frames > 0 ? crossings->both.troubled / crossings->both.frames : 0;
	bool a = is_innocent(&crossings->a, rate), b = is_innocent(&crossings->b, rate);

	if (a != b)
		return (int)b - (int)a;
	if (crossings->a.troubled != crossings->b.troubled)
		return crossings->a.troubled > crossings->b.troubled ? 1 : -1;
	return 0;
}

int probes_choose(const struct probes_finding *finding, bool *sure)
{
	for (enum scope scope = SCOPE_CLASS; scope < SCOPES; scope++) {
		struct crossings crossings = cross(finding, scope);
		int which = judge(&crossings);

		*sure = scope == SCOPE_CLASS;
		if (which)
			return which;
	}
	return 0;
}

int probes_passes(const struct probes_finding *finding, const json_t *trace, const json_t *point)
{
	long long p = crossing_of(finding, trace, point, point == finding->a);

	if (p < 0 || !probes_seen(trace, p))
		return -1;
	return item_after(trace, finding->trouble->list, p) != NULL;
}
