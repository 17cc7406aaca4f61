/* Facts of ARP, ICMP and DHCP. */
#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/why/fact.h"
#include "phonelab/why/probes_subject.h"

#define LOSS_PART	20     /* of this many echoes one must be lost to be called a loss */
#define DELAY_MIN_US	50000  /* the fastest answer of many: not what a busy machine does */
#define DELAY_MEDIAN_US 150000 /* half of the answers */
#define DHCP_LATE_MS	700

/* --- ARP --- */

/* The MAC that should not answer: of all that do, the first that is not the far end of the path. */
static const char *stranger_of(const json_t *check, bool own)
{
	const char *expected = own ? "" : json_text(check, "far_mac");
	const json_t *mac;
	size_t i;

	json_array_foreach (json_object_get(check, "macs"), i, mac)
		if ((own || *expected) && strcmp(json_string_value(mac), expected) != 0)
			return json_string_value(mac);
	return "";
}

/* "sw1 Gi1/0/9": where frames of a MAC came in, "" if not known. A trunk to another switch is not the place. */
static const char *port_of_mac(const struct probes_subject *subject, const char *mac, char text[80])
{
	const json_t *entry, *taps = json_object_get(subject->probes->plan, "taps");
	size_t i;

	text[0] = 0;
	json_array_foreach (json_object_get(subject->check, "entered"), i, entry) {
		const char *sw = json_text(json_array_get(taps, (size_t)json_int(entry, "tap")), "name");

		if (!strcmp(json_text(entry, "mac"), mac) &&
		    probes_port_label(subject->probes->it->status, sw, json_text(entry, "interface"), text))
			break;
	}
	return text;
}

static void join(const json_t *texts, char *list, size_t size)
{
	list[0] = 0;
	for (size_t i = 0; i < json_array_size(texts); i++) {
		size_t used = strlen(list);

		snprintf(list + used, size - used, "%s%s", i ? " and " : "",
			 json_string_value(json_array_get(texts, i)));
	}
}

static void arp_conflict(struct probes_subject *subject, const char *stranger)
{
	const json_t *macs = json_object_get(subject->check, "macs");
	char list[120], text[300], port[80];
	json_t *fact;

	if (*stranger)
		snprintf(subject->object, sizeof(subject->object), "device %.20s", stranger);
	join(macs, list, sizeof(list));
	port_of_mac(subject, stranger, port);
	snprintf(text, sizeof(text), "%s %s for %s%s%s%s", list,
		 json_array_size(macs) > 1 ? "answer" : "answers", subject->address,
		 *subject->node ? ", the address of " : "", subject->node,
		 *subject->node && json_array_size(macs) == 1 ? ", which has another MAC" : "");
	fact = probes_add(subject, "probe.arp.conflict", text);
	fact_value(fact, "macs", "%s", list);
	fact_value(fact, "mac", "%s", stranger);
	fact_value(fact, "node", "%s", subject->node);
	if (*port)
		fact_value(fact, "port", "%s", port);
}

void probes_arp_facts(struct probes_subject *subject)
{
	const json_t *macs = json_object_get(subject->check, "macs");
	bool own = !strcmp(subject->address, json_text(probes_place(subject), "address"));
	const char *first = json_string_value(json_array_get(macs, 0)), *stranger;
	char text[300];

	if (!*subject->address)
		return; /* the phone has none */
	snprintf(subject->object, sizeof(subject->object), "address %.60s",
		 *subject->node ? subject->node : subject->address);
	stranger = stranger_of(subject->check, own);
	if (json_array_size(macs) > 1 || *stranger) {
		arp_conflict(subject, stranger);
	} else if (first) {
		snprintf(text, sizeof(text), "%s answers ARP for %s", first, subject->address);
		fact_value(probes_add(subject, "probe.arp.ok", text), "mac", "%s", first);
	} else if (own) {
		snprintf(text, sizeof(text), "no other device answers ARP for %s", subject->address);
		probes_add(subject, "probe.address.ok", text);
	} else {
		snprintf(text, sizeof(text), "nobody answers ARP for %s, asked by %s", subject->address,
			 subject->phone);
		probes_add(subject, "probe.arp.silent", text);
	}
}

/* --- ICMP --- */

static void icmp_times(json_t *fact, const json_t *check)
{
	static const char *const names[] = {"min", "median", "max"};
	char key[20];

	fact_value(fact, "sent", "%lld", json_int(check, "sent"));
	fact_value(fact, "received", "%lld", json_int(check, "received"));
	for (size_t i = 0; i < 3 && json_object_get(check, "min_us"); i++) {
		snprintf(key, sizeof(key), "%s_us", names[i]);
		fact_value(fact, names[i], "%.1f ms", (double)json_int(check, key) / 1000);
	}
}

/* The same check with the other size. */
static const json_t *other_size(const json_t *checks, const json_t *check)
{
	const json_t *other;
	size_t i;

	json_array_foreach (checks, i, other)
		if (other != check && !strcmp(json_text(other, "kind"), "icmp") &&
		    json_int(other, "place") == json_int(check, "place") &&
		    !strcmp(json_text(other, "address"), json_text(check, "address")))
			return other;
	return NULL;
}

static void icmp_lost(const struct probes_subject *subject, const json_t *other)
{
	long long sent = json_int(subject->check, "sent"), received = json_int(subject->check, "received");
	long long others = json_int(other, "received"), size = json_int(subject->check, "size");
	const char *error = json_text(subject->check, "error"), *name = "probe.loss";
	char text[400];
	json_t *fact;

	if (*error && received)
		name =
		    "probe.interrupted"; /* the phone lost its address meanwhile: these frames were never sent */
	else if (!received && other && !others)
		name = "probe.icmp.silent";
	else if (!received && size > json_int(other, "size"))
		name = "probe.large_lost";
	snprintf(text, sizeof(text), "%lld of %lld frames of %lld octets were lost between %s and %s%s%.100s",
		 sent - received, sent, size + 42, subject->phone, subject->address, *error ? ": " : "",
		 error);
	fact = probes_add(subject, name, text);
	icmp_times(fact, subject->check);
	fact_value(fact, "percent", "%lld", sent ? (sent - received) * 100 / sent : 0);
	if (*error)
		fact_value(fact, "error", "%s", error);
}

void probes_icmp_facts(struct probes_subject *subject, const json_t *checks)
{
	const json_t *check = subject->check;
	long long sent = json_int(check, "sent"), lost = sent - json_int(check, "received");
	char text[300];

	snprintf(subject->object, sizeof(subject->object), "address %.60s",
		 *subject->node ? subject->node : subject->address);
	/* A single echo may come too late on a busy machine, also if few were sent. */
	if (lost * LOSS_PART >= sent && (lost > 1 || lost == sent))
		icmp_lost(subject, other_size(checks, check));
	else {
		snprintf(text, sizeof(text), "%lld of %lld frames of %lld octets came back from %s",
			 json_int(check, "received"), json_int(check, "sent"), json_int(check, "size") + 42,
			 subject->address);
		icmp_times(probes_add(subject, "probe.icmp.ok", text), check);
	}
	if (json_int(check, "received") &&
	    (json_int(check, "min_us") >= DELAY_MIN_US || json_int(check, "median_us") >= DELAY_MEDIAN_US)) {
		json_t *fact;

		snprintf(text, sizeof(text), "an answer from %s takes %lld ms (median; at least %lld ms)",
			 subject->address, json_int(check, "median_us") / 1000,
			 json_int(check, "min_us") / 1000);
		fact = probes_add(subject, "probe.delay", text);
		icmp_times(fact, check);
		fact_value(fact, "ms", "%lld", json_int(check, "median_us") / 1000);
	}
}

/* --- DHCP --- */

/* Of the first OFFER; "server" and "server2" are those that make one. */
static void offer_values(json_t *fact, const json_t *offers)
{
	static const char *const lists[] = {"router", "dns", "option150"};
	const json_t *offer = json_array_get(offers, 0);

	if (!offer)
		return;
	fact_value(fact, "server", "%s", json_text(offer, "server"));
	fact_value(fact, "offered", "%s", json_text(offer, "address"));
	fact_value(fact, "prefix", "%lld", json_int(offer, "prefix"));
	fact_value(fact, "lease", "%lld", json_int(offer, "lease"));
	fact_value(fact, "tftp_name", "%s", json_text(offer, "tftp_name"));
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		const char *first = json_string_value(json_array_get(json_object_get(offer, lists[i]), 0));

		fact_value(fact, lists[i], "%s", first ? first : "");
	}
	if (json_array_size(offers) > 1)
		fact_value(fact, "server2", "%s", json_text(json_array_get(offers, 1), "server"));
}

void probes_dhcp_facts(struct probes_subject *subject)
{
	const json_t *check = subject->check, *offers = json_object_get(check, "offers"),
		     *offer = json_array_get(offers, 0);
	long long ms = json_int(offer, "ms");
	const char *name = "probe.dhcp.ok";
	char text[300], vlan[40];
	json_t *fact;

	snprintf(vlan, sizeof(vlan), json_int(check, "vlan") ? "in VLAN %lld" : "without a tag",
		 json_int(check, "vlan"));
	probes_set_port(subject, "udp", 67);
	if (!offer) {
		name = "probe.dhcp.silent";
		snprintf(text, sizeof(text), "no OFFER to %lld DISCOVERs of %s %s", json_int(check, "sent"),
			 subject->phone, vlan);
	} else if (json_array_size(offers) > 1) {
		name = "probe.dhcp.two_servers";
		snprintf(text, sizeof(text), "%s and %s make an OFFER %s", json_text(offer, "server"),
			 json_text(json_array_get(offers, 1), "server"), vlan);
	} else {
		if (ms >= DHCP_LATE_MS)
			name = "probe.dhcp.late";
		snprintf(text, sizeof(text), "%s makes an OFFER %s after %lld ms", json_text(offer, "server"),
			 vlan, ms);
	}
	fact = probes_add(subject, name, text);
	offer_values(fact, offers);
	fact_value(fact, "vlan", "%lld", json_int(check, "vlan"));
	fact_value(fact, "own_vlan",
		   json_int(check, "vlan") == json_int(probes_place(subject), "vlan") ? "yes" : "no");
	fact_value(fact, "ms", "%lld", ms);
}
