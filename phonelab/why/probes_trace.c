/* Where the frames of the checks vanish, wait or change: from the counts at the points of their paths. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/lab/probe_trace.h"
#include "phonelab/why/fact.h"
#include "phonelab/why/probes_cable.h"
#include "phonelab/why/probes_internal.h"

/* The most that a list of classes in a fact holds. */
#define CLASSES_TEXT 400

/* "cable sw1 Gi1/0/2", "filter gw" */
static void object_of(const json_t *point, char object[100])
{
	const char *node = json_text(point, "node");

	snprintf(object, 100, *node ? "filter %.90s" : "cable %.90s",
		 *node ? node : json_text(point, "label"));
}

/* The fact of that name about the same object, direction and phone: a new class of frames is added to it. */
static json_t *find_fact(const struct probes_view *view, const char *name, const char *object,
			 const char *direction, const char *phone)
{
	json_t *fact;
	size_t i;

	json_array_foreach (view->facts, i, fact)
		if (!strcmp(json_text(fact, "fact"), name) && !strcmp(json_text(fact, "object"), object) &&
		    !strcmp(fact_text(fact, "direction"), direction) &&
		    !strcmp(fact_text(fact, "name"), phone))
			return fact;
	return NULL;
}

static const char *direction_of(const json_t *trace)
{
	return probes_is_back(trace) ? "to the phone" : "from the phone";
}

static const char *phone_of(const struct probes_view *view, const json_t *check)
{
	return json_text(
	    json_array_get(json_object_get(view->plan, "places"), (size_t)json_int(check, "place")), "name");
}

/* Is the class in a list of classes? */
static bool has_class(const char *list, const char *class)
{
	size_t n = strlen(class);

	for (const char *at = list; (at = strstr(at, class)) != NULL; at += n)
		if ((at == list || at[-1] == ' ') && (!at[n] || at[n] == ','))
			return true;
	return false;
}

/* Add to a list of classes, without repetition. */
static void add_class(json_t *fact, const char *value, const char *class)
{
	char list[CLASSES_TEXT];
	const char *known = fact_text(fact, value);

	if (has_class(known, class))
		return;
	snprintf(list, sizeof(list), "%s%s%s", known, *known ? ", " : "", class);
	fact_value(fact, value, "%s", list);
}

static void set_counts(json_t *fact, const struct probes_finding *finding)
{
	long long after = json_int(finding->item, "after");

	fact_value(fact, "a", "%s", json_text(finding->a, "label"));
	fact_value(fact, "b", "%s", json_text(finding->b, "label"));
	fact_value(fact, "at_a", "%lld", probes_seen(finding->trace, after));
	fact_value(fact, "at_b", "%lld", probes_seen(finding->trace, after + 1));
	fact_value(fact, finding->trouble->count, "%lld", json_int(finding->item, finding->trouble->count));
	if (json_object_get(finding->item, "octets"))
		fact_value(fact, "octets", "%lld", json_int(finding->item, "octets"));
}

/* The classes of which all frames pass this cable in this direction unharmed. */
static void add_clean(json_t *fact, const struct probes_finding *finding, const json_t *point)
{
	char class[PROBES_CLASS], harmed[CLASSES_TEXT] = "";
	const json_t *trace;
	size_t i;

	json_array_foreach (finding->view->traces, i, trace) {
		size_t used = strlen(harmed);

		if (probes_passes(finding, trace, point) > 0)
			snprintf(harmed + used, sizeof(harmed) - used, "%s%s", used ? ", " : "",
				 probes_class(probes_check_of(finding->view, trace), class));
	}
	json_array_foreach (finding->view->traces, i, trace) {
		probes_class(probes_check_of(finding->view, trace), class);
		if (!probes_passes(finding, trace, point) && !has_class(harmed, class))
			add_class(fact, "clean", class);
	}
}

static void add_fact(const struct probes_finding *finding, const json_t *point, const char *sure,
		     const char *rank)
{
	const char *direction = direction_of(finding->trace);
	char object[100], text[PROBES_TEXT], class[PROBES_CLASS];
	long long n = json_int(finding->item, finding->trouble->count);
	json_t *fact;

	object_of(point, object);
	fact = find_fact(finding->view, finding->trouble->fact, object, direction, finding->phone);
	probes_describe(finding, text);
	if (!fact) {
		fact = probes_fact(finding->view->plan, finding->check, finding->view->facts,
				   finding->trouble->fact, object, text);
		fact_value(fact, "direction", "%s", direction);
		fact_value(fact, "rank", "%s", rank);
		fact_value(fact, "sure", "%s", sure);
		set_counts(fact, finding);
		add_clean(fact, finding, point);
	} else if (n > strtoll(fact_text(fact, finding->trouble->count), NULL, 10)) {
		json_object_set_new(fact, "text", json_text_new(text));
		set_counts(fact, finding);
	}
	add_class(fact, "classes", probes_class(finding->check, class));
	if (*rank == '1')
		fact_value(fact, "rank", "1");
	if (!strcmp(sure, "yes"))
		fact_value(fact, "sure", "yes");
}

/* The cable between a switch and what is plugged in there belongs to the switch's port. */
static void add_finding(const struct probes_finding *finding)
{
	bool a_switch = *json_text(finding->a, "switch"), b_switch = *json_text(finding->b, "switch");
	bool sure = true;
	int which;

	if (!a_switch || !b_switch ||
	    strcmp(json_text(finding->a, "switch"), json_text(finding->b, "switch")) != 0) {
		add_fact(finding, a_switch ? finding->a : finding->b, "yes", "1");
		return;
	}
	which = probes_choose(finding, &sure);
	if (which >= 0 || !sure)
		add_fact(finding, finding->a, which > 0 && sure ? "yes" : "no", which >= 0 ? "1" : "2");
	if (which <= 0 || !sure)
		add_fact(finding, finding->b, which < 0 && sure ? "yes" : "no", which <= 0 ? "1" : "2");
}

/* Frames for a node that are addressed to another device: what the sender learnt by ARP is wrong. */
static void add_astray(const struct probes_view *view, const json_t *trace)
{
	const json_t *check = probes_check_of(view, trace);
	const char *mac = json_text(trace, "astray_to"), *from;
	char object[100], text[300], class[PROBES_CLASS];
	json_t *fact;

	if (!json_int(trace, "astray"))
		return;
	from = json_text(probes_point(view, trace, 0), "label");
	snprintf(object, sizeof(object), "device %.20s", mac);
	fact = find_fact(view, "probe.frames_astray", object, direction_of(trace), phone_of(view, check));
	if (!fact) {
		snprintf(text, sizeof(text), "frames to %s leave %s for MAC %s, which is not on the way",
			 json_text(check, "address"), from, mac);
		fact = probes_fact(view->plan, check, view->facts, "probe.frames_astray", object, text);
		fact_value(fact, "mac", "%s", mac);
		fact_value(fact, "direction", "%s", direction_of(trace));
	}
	fact_value(fact, "frames", "%lld",
		   json_int(trace, "astray") + strtoll(fact_text(fact, "frames"), NULL, 10));
	add_class(fact, "classes", probes_class(check, class));
}

/* The socket that does not answer; of ARP and ICMP, the kernel's filter. */
static void unanswered_object(const json_t *check, const json_t *point, char object[100])
{
	char port[PROBES_CLASS];

	switch (probe_kind_of(json_text(check, "kind"))) {
	case PROBE_ARP:
	case PROBE_ICMP:
	case PROBE_RESOLVE:
	case PROBE_KINDS: object_of(point, object); return;
	case PROBE_TFTP: snprintf(port, sizeof(port), "udp 69"); break;
	case PROBE_DNS: snprintf(port, sizeof(port), "udp 53"); break;
	case PROBE_DHCP: snprintf(port, sizeof(port), "udp 67"); break;
	case PROBE_TCP:
	case PROBE_HTTP:
	case PROBE_SIP:
		snprintf(port, sizeof(port), "%s %lld",
			 strcmp(json_text(check, "transport"), "udp") != 0 ? "tcp" : "udp",
			 json_int(check, "port"));
	}
	snprintf(object, 100, "socket %.40s %s", json_text(point, "node"), port);
}

/* A node that receives requests and sends no answer. */
static void add_unanswered(const struct probes_view *view, const json_t *out, const json_t *back)
{
	const json_t *check = probes_check_of(view, out);
	long long last = (long long)json_array_size(json_object_get(out, "seen")) - 1;
	const json_t *point = probes_point(view, out, last);
	char object[100], text[300], class[PROBES_CLASS];
	json_t *fact;

	if (probes_is_resolve(check) || !*json_text(point, "node") || !probes_seen(out, last) ||
	    probes_seen(back, 0))
		return;
	unanswered_object(check, point, object);
	snprintf(text, sizeof(text), "%s: %lld frames arrive at %s, and no answer leaves",
		 probes_class(check, class), probes_seen(out, last), json_text(point, "label"));
	fact = probes_fact(view->plan, check, view->facts, "probe.no_answer_leaves", object, text);
	fact_value(fact, "classes", "%s", class);
	fact_value(fact, "node", "%s", json_text(point, "node"));
	fact_value(fact, "arrived", "%lld", probes_seen(out, last));
}

/* Does the address of a check answer any echo to the place? Then its next hops are resolved. */
static bool is_answered(const struct probes_view *view, const json_t *check)
{
	const json_t *other;
	size_t i;

	json_array_foreach (view->checks, i, other)
		if (json_int(other, "place") == json_int(check, "place") && json_int(other, "received") &&
		    !strcmp(json_text(other, "kind"), probe_kind_names[PROBE_ICMP]) &&
		    !strcmp(json_text(other, "address"), json_text(check, "address")))
			return true;
	return false;
}

static void trace_facts(const struct probes_view *view, const json_t *trace)
{
	const json_t *check = probes_check_of(view, trace);

	if (probes_is_resolve(check) && is_answered(view, check))
		return; /* a single lost ARP packet is no trouble */
	for (const struct probes_trouble *trouble = probes_troubles; trouble->list; trouble++) {
		const json_t *item;
		size_t i;

		json_array_foreach (json_object_get(trace, trouble->list), i, item) {
			long long after = json_int(item, "after");
			struct probes_finding finding = {.view = view,
							 .trouble = trouble,
							 .trace = trace,
							 .check = check,
							 .item = item,
							 .a = probes_point(view, trace, after),
							 .b = probes_point(view, trace, after + 1),
							 .phone = phone_of(view, check)};

			add_finding(&finding);
		}
	}
}

/* Are both facts of one phone and one direction, and is the object of `other` one of the two cables of `fact`? */
static bool is_same_place(const json_t *fact, const json_t *other)
{
	const char *label = json_text(other, "object") + strlen("cable ");

	return !strncmp(json_text(other, "object"), "cable ", strlen("cable ")) &&
	       !strcmp(fact_text(other, "direction"), fact_text(fact, "direction")) &&
	       !strcmp(fact_text(other, "name"), fact_text(fact, "name")) &&
	       (!strcmp(label, fact_text(fact, "a")) || !strcmp(label, fact_text(fact, "b")));
}

/* Is it the second choice between two cables, of which other frames accuse the first one for certain? */
static bool is_second(const json_t *fact, const json_t *other)
{
	return !strcmp(fact_text(fact, "rank"), "2") && !strcmp(fact_text(other, "sure"), "yes") &&
	       !strcmp(json_text(other, "fact"), json_text(fact, "fact"));
}

/* Are only ARP packets of nodes missing, where other frames wait? Those that were sent late are still on their way. */
static bool is_late(const json_t *fact, const json_t *other)
{
	return !strcmp(json_text(fact, "fact"), "probe.frames_vanish") &&
	       !strcmp(fact_text(fact, "kind"), probe_kind_names[PROBE_RESOLVE]) &&
	       !strcmp(fact_text(fact, "classes"), "ARP") &&
	       !strcmp(json_text(other, "fact"), "probe.frames_wait");
}

static bool is_refuted(const json_t *facts, const json_t *fact)
{
	const json_t *other;
	size_t i;

	json_array_foreach (facts, i, other)
		if ((is_second(fact, other) || is_late(fact, other)) && is_same_place(fact, other))
			return true;
	return false;
}

static void drop_refuted(json_t *facts)
{
	for (size_t i = json_array_size(facts); i-- > 0;)
		if (is_refuted(facts, json_array_get(facts, i)))
			json_array_remove(facts, i);
}

void probes_trace_facts(const json_t *plan, const json_t *result, json_t *facts)
{
	const struct probes_view view = {.plan = plan,
					 .checks = json_object_get(result, "checks"),
					 .traces = json_object_get(result, "traces"),
					 .facts = facts};
	const json_t *trace;
	size_t i;

	if (json_int(result, "dropped") || !json_is_true(json_object_get(plan, "native"))) {
		fact_add(facts, "probe.no_localisation", "", 0, "probe", "%s",
			 json_int(result, "dropped") ? "too many frames passed to count them on their way"
						     : "frames cannot be counted on their way here");
		return;
	}
	json_array_foreach (view.traces, i, trace) {
		const json_t *next = json_array_get(view.traces, i + 1);

		trace_facts(&view, trace);
		add_astray(&view, trace);
		if (!probes_is_back(trace) && probes_is_back(next) &&
		    json_int(next, "check") == json_int(trace, "check"))
			add_unanswered(&view, trace, next);
	}
	drop_refuted(facts);
}
