#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/lab/probe_trace.h"
#include "phonelab/why/fact.h"
#include "phonelab/why/probes_subject.h"

/* --- a fact of a check --- */

static const json_t *place_of(const json_t *plan, const json_t *check)
{
	return json_array_get(json_object_get(plan, "places"), (size_t)json_int(check, "place"));
}

json_t *probes_fact(const json_t *plan, const json_t *check, json_t *facts, const char *name,
		    const char *object, const char *text)
{
	const char *phone = json_text(place_of(plan, check), "name");
	char from[80];
	json_t *fact;

	snprintf(from, sizeof(from), "probe from %.40s", phone);
	fact = fact_add(facts, name, object, 0, from, "%s", text);
	fact_value(fact, "who", json_int(check, "place") ? "peer" : "phone");
	fact_value(fact, "name", "%s", phone);
	fact_value(fact, "address", "%s", json_text(check, "address"));
	fact_value(fact, "kind", "%s", json_text(check, "kind"));
	if (json_int(check, "port"))
		fact_value(fact, "port", "%lld", json_int(check, "port"));
	if (*json_text(check, "method"))
		fact_value(fact, "method", "%s", json_text(check, "method"));
	if (json_int(check, "size"))
		fact_value(fact, "size", "%lld", json_int(check, "size"));
	return fact;
}

const json_t *probes_place(const struct probes_subject *subject)
{
	return place_of(subject->probes->plan, subject->check);
}

json_t *probes_add(const struct probes_subject *subject, const char *name, const char *text)
{
	return probes_fact(subject->probes->plan, subject->check, subject->facts, name, subject->object,
			   text);
}

void probes_object(const json_t *status, const char *address, const char *port, char text[100])
{
	const char *node = probes_node_at(status, address);

	if (*node && *port)
		snprintf(text, 100, "socket %.40s %.20s", node, port);
	else
		snprintf(text, 100, "address %.40s", *node ? node : address);
}

void probes_set_port(struct probes_subject *subject, const char *protocol, long long port)
{
	char text[40];

	snprintf(text, sizeof(text), "%s %lld", protocol, port);
	probes_object(subject->probes->it->status, subject->address, text, subject->object);
}

/* --- all --- */

static void check_facts(const struct probes *probes, const json_t *checks, const json_t *check, json_t *facts)
{
	struct probes_subject subject = {.probes = probes,
					 .check = check,
					 .facts = facts,
					 .phone = json_text(place_of(probes->plan, check), "name"),
					 .address = json_text(check, "address")};

	snprintf(subject.node, sizeof(subject.node), "%.70s",
		 probes_node_at(probes->it->status, subject.address));
	switch (probe_kind_of(json_text(check, "kind"))) {
	case PROBE_ARP: probes_arp_facts(&subject); break;
	case PROBE_ICMP: probes_icmp_facts(&subject, checks); break;
	case PROBE_TCP:
		probes_set_port(&subject, "tcp", json_int(check, "port"));
		probes_tcp_fact(&subject);
		break;
	case PROBE_HTTP: probes_http_facts(&subject); break;
	case PROBE_SIP: probes_sip_facts(&subject); break;
	case PROBE_TFTP: probes_tftp_facts(&subject); break;
	case PROBE_DNS: probes_dns_facts(&subject); break;
	case PROBE_DHCP: probes_dhcp_facts(&subject); break;
	case PROBE_RESOLVE: /* its traces only */
	case PROBE_KINDS: break;
	}
}

/* --- the phone and the peer --- */

static bool is_bad(const json_t *fact)
{
	const char *name = json_text(fact, "fact"), *end = strrchr(name, '.');

	return end && strcmp(end, ".ok") != 0 && *fact_text(fact, "who");
}

/* Do two facts state the same of the same check? The own address of the phone is another one than that of the peer. */
static bool is_same(const json_t *a, const json_t *b)
{
	static const char *const values[] = {"kind", "size", "port", "method", "vlan"};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (strcmp(fact_text(a, values[i]), fact_text(b, values[i])) != 0)
			return false;
	return !strcmp(json_text(a, "fact"), json_text(b, "fact")) &&
	       !strcmp(fact_text(a, "address"), fact_text(b, "address"));
}

static void compare_with_peer(json_t *facts, const json_t *fact)
{
	const json_t *other;
	const char *name = "probe.only_phone";
	json_t *added;
	size_t i;

	json_array_foreach (facts, i, other)
		if (!strcmp(fact_text(other, "who"), "peer") && is_same(fact, other))
			name = "probe.also_peer";
	added = fact_add(facts, name, json_text(fact, "object"), 0, "probe", "%s: %s",
			 !strcmp(name, "probe.only_phone") ? "only the phone" : "the peer too",
			 json_text(fact, "text"));
	fact_value(added, "fact", "%s", json_text(fact, "fact"));
}

/* Each bad finding of the phone: does the peer find it too? */
static void add_comparisons(json_t *facts)
{
	size_t n = json_array_size(facts);

	for (size_t i = 0; i < n; i++) {
		const json_t *fact = json_array_get(facts, i);

		if (is_bad(fact) && !strcmp(fact_text(fact, "who"), "phone"))
			compare_with_peer(facts, fact);
	}
}

void probes_facts(const struct probes *probes, const json_t *result, json_t *facts)
{
	const json_t *checks = json_object_get(result, "checks"), *check;
	size_t i;

	if (!probes->peer)
		fact_add(facts, "probe.no_peer", "", 0, "status", "no other phone is registered now");
	json_array_foreach (checks, i, check)
		check_facts(probes, checks, check, facts);
	if (probes->peer)
		add_comparisons(facts);
	probes_trace_facts(probes->plan, result, facts);
	probes_own_cable(probes->it->status, probes->it->name, json_text(probes->peer, "name"), facts);
}
