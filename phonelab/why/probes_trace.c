/* Where the frames of the checks vanish, wait or change: from the counts at the points of their paths. */
#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/lab/probe_trace.h"
#include "phonelab/why/fact.h"
#include "phonelab/why/probes_internal.h"

/* What happens to frames between two points. */
struct trouble {
	const char *list;  /* in a trace: "lost", "late", .. */
	const char *count; /* in an item of the list */
	const char *fact;
};

static const struct trouble troubles[] = {
    {"lost", "frames", "probe.frames_vanish"},
    {"late", "ms", "probe.frames_wait"},
    {"altered", "frames", "probe.frames_change"},
    {"extra", "frames", "probe.frames_double"},
};

/* All that is known of the run. */
struct view {
	const json_t *plan, *checks, *traces;
	json_t *facts;
};

/* One finding: frames of a check, in one direction, between two points of its path. */
struct finding {
	const struct view *view;
	const struct trouble *trouble;
	const json_t *trace, *check, *item;
	const json_t *a, *b; /* the points, in the direction of the frames */
};

static const json_t *check_of(const struct view *view, const json_t *trace)
{
	return json_array_get(view->checks, (size_t)json_int(trace, "check"));
}

static bool is_back(const json_t *trace)
{
	return json_is_true(json_object_get(trace, "back"));
}

/* The point of that number in the direction of the trace. */
static const json_t *point_of(const struct view *view, const json_t *trace, long long number)
{
	const json_t *path = json_object_get(check_of(view, trace), "path");
	long long n = (long long)json_array_size(path);

	return json_array_get(path, (size_t)(is_back(trace) ? n - 1 - number : number));
}

static long long seen_at(const json_t *trace, long long point)
{
	return json_integer_value(json_array_get(json_object_get(trace, "seen"), (size_t)point));
}

/* The item of a list for that point, or NULL. */
static const json_t *item_after(const json_t *trace, const char *list, long long point)
{
	const json_t *item;
	size_t i;

	json_array_foreach (json_object_get(trace, list), i, item)
		if (json_int(item, "after") == point)
			return item;
	return NULL;
}

/* --- which frames they are --- */

/* "ICMP 1472", "TCP 6970", "DHCP", ..: what a rule on a cable could tell apart. */
static const char *class_of(const json_t *check, char text[40])
{
	switch (probe_kind_of(json_text(check, "kind"))) {
	case PROBE_ARP: return "ARP";
	case PROBE_DHCP: return "DHCP";
	case PROBE_DNS: return "DNS";
	case PROBE_TFTP: return "TFTP";
	case PROBE_ICMP:
		snprintf(text, 40, "ICMP of %lld octets", json_int(check, "size") + 42);
		return text;
	case PROBE_TCP:
	case PROBE_HTTP:
	case PROBE_SIP:
	case PROBE_KINDS: break;
	}
	snprintf(text, 40, "%s %lld", strcmp(json_text(check, "transport"), "udp") != 0 ? "TCP" : "UDP",
		 json_int(check, "port"));
	return text;
}

static bool same_class(const json_t *a, const json_t *b)
{
	char x[40], y[40];

	return !strcmp(class_of(a, x), class_of(b, y));
}

static bool same_point(const json_t *a, const json_t *b)
{
	return a && b && !strcmp(json_text(a, "label"), json_text(b, "label"));
}

/* --- which of the two points it is --- */

/*
 * A frame that a switch receives at one port and does not send from the other was lost at one of the two cables. Frames of
 * the same class tell which: those that cross the suspected port in the same direction, and the other one not.
 */
struct votes {
	unsigned clean, bad;
};

static void vote(const struct finding *finding, const json_t *suspect, bool enters, struct votes *votes)
{
	const json_t *trace;
	size_t i;

	*votes = (struct votes){0};
	json_array_foreach (finding->view->traces, i, trace) {
		const json_t *points = json_object_get(trace, "seen");

		if (!same_class(check_of(finding->view, trace), finding->check))
			continue;
		for (long long p = 0; p + 1 < (long long)json_array_size(points); p++) {
			const json_t *point = point_of(finding->view, trace, enters ? p : p + 1);

			if (!same_point(point, suspect) || !seen_at(trace, p))
				continue;
			if (item_after(trace, finding->trouble->list, p))
				votes->bad++;
			else
				votes->clean++;
		}
	}
}

/* Is it the cable of a, rather than that of b? 0: both may be. */
static int choose(const struct finding *finding)
{
	struct votes a, b;

	vote(finding, finding->a, true, &a);
	vote(finding, finding->b, false, &b);
	if (!a.clean != !b.clean)
		return a.clean ? -1 : 1;
	if (a.clean)
		return 0;
	return a.bad == b.bad ? 0 : a.bad > b.bad ? 1 : -1;
}

/* --- facts --- */

/* "cable sw1 Gi1/0/2", "filter gw" */
static void object_of(const json_t *point, char object[100])
{
	const char *node = json_text(point, "node");

	snprintf(object, 100, *node ? "filter %.90s" : "cable %.90s", *node ? node : json_text(point, "label"));
}

static void describe(const struct finding *finding, char text[500])
{
	long long after = json_int(finding->item, "after"), n = json_int(finding->item, finding->trouble->count);
	const char *phone = json_text(json_array_get(json_object_get(finding->view->plan, "places"),
						     (size_t)json_int(finding->check, "place")),
				      "name");
	char class[40], way[120];

	snprintf(way, sizeof(way), is_back(finding->trace) ? "to %.40s from %.40s" : "from %.40s to %.40s", phone,
		 json_text(finding->check, "address"));
	if (!strcmp(finding->trouble->list, "lost"))
		snprintf(text, 500, "%s %s: %lld frames at %s, %lld at %s", class_of(finding->check, class),
			 way, seen_at(finding->trace, after), json_text(finding->a, "label"),
			 seen_at(finding->trace, after + 1), json_text(finding->b, "label"));
	else if (!strcmp(finding->trouble->list, "late"))
		snprintf(text, 500, "%s %s: frames take %lld ms from %s to %s",
			 class_of(finding->check, class), way, n, json_text(finding->a, "label"),
			 json_text(finding->b, "label"));
	else
		snprintf(text, 500, "%s %s: %lld frames %s between %s and %s",
			 class_of(finding->check, class), way, n,
			 !strcmp(finding->trouble->list, "altered") ? "change" : "are doubled",
			 json_text(finding->a, "label"), json_text(finding->b, "label"));
}

static void add_fact(const struct finding *finding, const json_t *point, bool sure)
{
	long long after = json_int(finding->item, "after");
	char object[100], text[500], class[40];
	json_t *fact;

	object_of(point, object);
	describe(finding, text);
	fact = probes_fact(finding->view->plan, finding->check, finding->view->facts, finding->trouble->fact,
			   object, text);
	fact_value(fact, "class", "%s", class_of(finding->check, class));
	fact_value(fact, "direction", is_back(finding->trace) ? "to the phone" : "from the phone");
	fact_value(fact, "a", "%s", json_text(finding->a, "label"));
	fact_value(fact, "b", "%s", json_text(finding->b, "label"));
	fact_value(fact, "at_a", "%lld", seen_at(finding->trace, after));
	fact_value(fact, "at_b", "%lld", seen_at(finding->trace, after + 1));
	fact_value(fact, finding->trouble->count, "%lld",
		   json_int(finding->item, finding->trouble->count));
	fact_value(fact, "sure", sure ? "yes" : "no");
}

/* The cable between a switch and what is plugged in there belongs to the switch's port. */
static void add_finding(const struct finding *finding)
{
	bool a_switch = *json_text(finding->a, "switch"), b_switch = *json_text(finding->b, "switch");
	int which = a_switch && b_switch ? choose(finding) : 0;

	if (a_switch && b_switch && which >= 0)
		add_fact(finding, finding->a, which > 0);
	if (a_switch && b_switch && which <= 0)
		add_fact(finding, finding->b, which < 0);
	if (!a_switch || !b_switch)
		add_fact(finding, a_switch ? finding->a : finding->b, true);
}

/* A node that receives requests and sends no answer. */
static void add_unanswered(const struct view *view, const json_t *out, const json_t *back)
{
	const json_t *check = check_of(view, out);
	long long last = (long long)json_array_size(json_object_get(out, "seen")) - 1;
	const json_t *point = point_of(view, out, last);
	char object[100], text[300], class[40];
	json_t *fact;

	if (!*json_text(point, "node") || !seen_at(out, last) || seen_at(back, 0))
		return;
	/* Nobody but another device with the address of the phone would answer that. */
	if (!strcmp(json_text(check, "sender"), "0.0.0.0") && !*json_text(check, "path"))
		return;
	object_of(point, object);
	snprintf(text, sizeof(text), "%s: %lld frames arrive at %s, and no answer leaves",
		 class_of(check, class), seen_at(out, last), json_text(point, "label"));
	fact = probes_fact(view->plan, check, view->facts, "probe.no_answer_leaves", object, text);
	fact_value(fact, "class", "%s", class);
	fact_value(fact, "node", "%s", json_text(point, "node"));
	fact_value(fact, "arrived", "%lld", seen_at(out, last));
}

static void trace_facts(const struct view *view, const json_t *trace)
{
	for (size_t t = 0; t < sizeof(troubles) / sizeof(troubles[0]); t++) {
		const json_t *item;
		size_t i;

		json_array_foreach (json_object_get(trace, troubles[t].list), i, item) {
			struct finding finding = {.view = view,
						  .trouble = &troubles[t],
						  .trace = trace,
						  .check = check_of(view, trace),
						  .item = item};

			finding.a = point_of(view, trace, json_int(item, "after"));
			finding.b = point_of(view, trace, json_int(item, "after") + 1);
			add_finding(&finding);
		}
	}
}

void probes_trace_facts(const json_t *plan, const json_t *result, json_t *facts)
{
	const struct view view = {.plan = plan,
				  .checks = json_object_get(result, "checks"),
				  .traces = json_object_get(result, "traces"),
				  .facts = facts};
	const json_t *trace;
	size_t i;

	if (json_int(result, "dropped") || !json_array_size(view.traces)) {
		fact_add(facts, "probe.no_localisation", "", 0, "probe", "%s",
			 json_int(result, "dropped") ? "too many frames passed to count them on their way"
						     : "frames cannot be counted on their way here");
		return;
	}
	json_array_foreach (view.traces, i, trace) {
		const json_t *next = json_array_get(view.traces, i + 1);

		trace_facts(&view, trace);
		if (!is_back(trace) && is_back(next) && json_int(next, "check") == json_int(trace, "check"))
			add_unanswered(&view, trace, next);
	}
}
