#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/lab/probe_trace.h"
#include "phonelab/why/fact.h"
#include "phonelab/why/probes_internal.h"

#define DELAY_MIN_US	50000  /* the fastest answer of many: not what a busy machine does */
#define DELAY_MEDIAN_US 150000 /* half of the answers */
#define DHCP_LATE_MS	700

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

/* What the facts of a check are made from. */
struct subject {
	const struct probes *probes;
	const json_t *check;
	json_t *facts;
	const char *phone, *address;
	char object[100], node[80];
};

static json_t *add(const struct subject *subject, const char *name, const char *text)
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

static void set_port_object(struct subject *subject, const char *protocol, long long port)
{
	char text[40];

	snprintf(text, sizeof(text), "%s %lld", protocol, port);
	probes_object(subject->probes->it->status, subject->address, text, subject->object);
}

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
static const char *port_of_mac(const struct subject *subject, const char *mac, char text[80])
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

static void arp_conflict(struct subject *subject, const char *stranger)
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
	fact = add(subject, "probe.arp.conflict", text);
	fact_value(fact, "macs", "%s", list);
	fact_value(fact, "mac", "%s", stranger);
	fact_value(fact, "node", "%s", subject->node);
	if (*port)
		fact_value(fact, "port", "%s", port);
}

static void arp_facts(struct subject *subject)
{
	const json_t *macs = json_object_get(subject->check, "macs");
	bool own =
	    !strcmp(subject->address, json_text(place_of(subject->probes->plan, subject->check), "address"));
	const char *first = json_string_value(json_array_get(macs, 0)), *stranger;
	char text[300];

	snprintf(subject->object, sizeof(subject->object), "address %.60s",
		 *subject->node ? subject->node : subject->address);
	stranger = stranger_of(subject->check, own);
	if (json_array_size(macs) > 1 || *stranger) {
		arp_conflict(subject, stranger);
	} else if (first) {
		snprintf(text, sizeof(text), "%s answers ARP for %s", first, subject->address);
		fact_value(add(subject, "probe.arp.ok", text), "mac", "%s", first);
	} else if (own) {
		snprintf(text, sizeof(text), "nobody else answers ARP for %s", subject->address);
		add(subject, "probe.address.ok", text);
	} else {
		snprintf(text, sizeof(text), "nobody answers ARP for %s, asked by %s", subject->address,
			 subject->phone);
		add(subject, "probe.arp.silent", text);
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

static void icmp_lost(const struct subject *subject, const json_t *other)
{
	long long sent = json_int(subject->check, "sent"), received = json_int(subject->check, "received");
	long long others = json_int(other, "received"), size = json_int(subject->check, "size");
	const char *error = json_text(subject->check, "error"), *name = "probe.loss";
	char text[400];
	json_t *fact;

	if (!received && other && !others)
		name = "probe.icmp.silent";
	else if (!received && size > json_int(other, "size"))
		name = "probe.large_lost";
	snprintf(text, sizeof(text), "%lld of %lld frames of %lld octets were lost between %s and %s%s%.100s",
		 sent - received, sent, size + 42, subject->phone, subject->address, *error ? ": " : "",
		 error);
	fact = add(subject, name, text);
	icmp_times(fact, subject->check);
	fact_value(fact, "percent", "%lld", sent ? (sent - received) * 100 / sent : 0);
	if (*error)
		fact_value(fact, "error", "%s", error);
}

static void icmp_facts(struct subject *subject, const json_t *checks)
{
	const json_t *check = subject->check;
	char text[300];

	snprintf(subject->object, sizeof(subject->object), "address %.60s",
		 *subject->node ? subject->node : subject->address);
	if (json_int(check, "received") < json_int(check, "sent"))
		icmp_lost(subject, other_size(checks, check));
	else {
		snprintf(text, sizeof(text), "%lld of %lld frames of %lld octets came back from %s",
			 json_int(check, "received"), json_int(check, "sent"), json_int(check, "size") + 42,
			 subject->address);
		icmp_times(add(subject, "probe.icmp.ok", text), check);
	}
	if (json_int(check, "received") &&
	    (json_int(check, "min_us") >= DELAY_MIN_US || json_int(check, "median_us") >= DELAY_MEDIAN_US)) {
		json_t *fact;

		snprintf(text, sizeof(text), "an answer from %s takes %lld ms (median; at least %lld ms)",
			 subject->address, json_int(check, "median_us") / 1000,
			 json_int(check, "min_us") / 1000);
		fact = add(subject, "probe.delay", text);
		icmp_times(fact, check);
		fact_value(fact, "ms", "%lld", json_int(check, "median_us") / 1000);
	}
}

/* --- TCP, HTTP, SIP --- */

/* Is there such a fact of this place and object already? */
static bool is_known(const struct subject *subject, const char *name)
{
	const json_t *fact;
	size_t i;

	json_array_foreach (subject->facts, i, fact)
		if (!strcmp(json_text(fact, "fact"), name) &&
		    !strcmp(json_text(fact, "object"), subject->object) &&
		    !strcmp(fact_text(fact, "name"), subject->phone))
			return true;
	return false;
}

/* The fact of the connection. False: there is none, and no more to say. */
static bool tcp_fact(const struct subject *subject)
{
	const char *result = json_text(subject->check, "result");
	bool connected = json_is_true(json_object_get(subject->check, "connected"));
	char name[40], text[300];

	snprintf(name, sizeof(name), "probe.tcp.%.20s", connected ? "ok" : result);
	snprintf(text, sizeof(text),
		 connected			  ? "%s accepts a connection at TCP port %lld"
		 : !strcmp(result, "refused")	  ? "%s refuses a connection to TCP port %lld"
		 : !strcmp(result, "silent")	  ? "%s does not answer a connection to TCP port %lld"
		 : !strcmp(result, "unreachable") ? "no packet reaches %s for a connection to TCP port %lld"
						  : "%s resets a connection to TCP port %lld",
		 subject->address, json_int(subject->check, "port"));
	if (!is_known(subject, name)) /* HEAD and GET are two connections */
		fact_value(add(subject, name, text), "ms", "%lld", json_int(subject->check, "connect_ms"));
	return connected;
}

/* What the first octets of a file are, "": nothing odd. first: hexadecimal. */
static const char *odd_content(const char *first, const char *encoding)
{
	if (!strncmp(first, "1f8b", 4))
		return "gzip";
	if (!strncmp(first, "efbbbf", 6))
		return "a byte order mark (UTF-8)";
	if (!strncmp(first, "fffe", 4) || !strncmp(first, "feff", 4))
		return "UTF-16";
	if (!strncasecmp(first, "3c21444f4354595045", 18) || !strncasecmp(first, "3c68746d6c", 10) ||
	    !strncasecmp(first, "3c48544d4c", 10))
		return "HTML";
	return *encoding && strcmp(encoding, "identity") != 0 ? encoding : "";
}

static void set_http_values(json_t *fact, const json_t *check)
{
	static const char *const names[] = {"location", "encoding", "type", "length", "file"};

	fact_value(fact, "status", "%lld", json_int(check, "status"));
	fact_value(fact, "octets", "%lld", json_int(check, "octets"));
	fact_value(fact, "ms", "%lld", json_int(check, "answer_ms"));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (*json_text(check, names[i]))
			fact_value(fact, names[i], "%s", json_text(check, names[i]));
}

static void http_facts(struct subject *subject)
{
	const json_t *check = subject->check;
	const char *result = json_text(check, "result"), *file = json_text(check, "file"), *odd;
	const char *method = json_text(check, "method"), *name = "probe.http.ok";
	long long status = json_int(check, "status");
	char text[500];

	set_port_object(subject, "tcp", json_int(check, "port"));
	if (!tcp_fact(subject))
		return;
	odd = odd_content(json_text(check, "first"), json_text(check, "encoding"));
	if (!status) {
		name = "probe.http.silent";
		snprintf(text, sizeof(text), "%s %s from %s: no answer over an open connection (%s)", method,
			 file, subject->address, result);
	} else if (strcmp(result, "ok") != 0) {
		name = "probe.http.cut";
		snprintf(text, sizeof(text), "%s %s from %s: %lld of %s octets came (%s)", method, file,
			 subject->address, json_int(check, "octets"), json_text_or(check, "length", "?"),
			 result);
	} else if (status != 200 && status != 404) {
		name = "probe.http.status";
		snprintf(text, sizeof(text), "%s %s from %s: status %lld%s%s", method, file, subject->address,
			 status, *json_text(check, "location") ? ", to " : "", json_text(check, "location"));
	} else if (status == 200 && *odd) {
		name = "probe.http.unusable";
		snprintf(text, sizeof(text), "%s %s from %s: the content is %s", method, file,
			 subject->address, odd);
	} else {
		if (status == 404)
			name = "probe.http.missing";
		snprintf(text, sizeof(text), "%s %s from %s: status %lld", method, file, subject->address,
			 status);
	}
	set_http_values(add(subject, name, text), check);
}

static void sip_facts(struct subject *subject)
{
	const json_t *check = subject->check;
	long long status = json_int(check, "status"), registers = json_int(check, "register_status");
	bool udp = !strcmp(json_text(check, "transport"), "udp");
	char text[300];
	json_t *fact;

	set_port_object(subject, udp ? "udp" : "tcp", json_int(check, "port"));
	if (!udp && !tcp_fact(subject))
		return;
	if (!status) {
		snprintf(text, sizeof(text), "%s does not answer OPTIONS (%s)", subject->address,
			 json_text(check, "result"));
		add(subject, "probe.sip.silent", text);
		return;
	}
	snprintf(text, sizeof(text),
		 "%s answers OPTIONS with %lld %.80s, and a query of bindings with %lld %.80s",
		 subject->address, status, json_text(check, "reason"), registers,
		 json_text_or(check, "register_reason", "(no answer)"));
	fact = add(subject, registers && registers < 500 ? "probe.sip.ok" : "probe.sip.status", text);
	fact_value(fact, "status", "%lld", status);
	fact_value(fact, "register_status", "%lld", registers);
	fact_value(fact, "register_reason", "%s", json_text(check, "register_reason"));
}

/* --- TFTP, DNS --- */

static void tftp_facts(struct subject *subject)
{
	const json_t *check = subject->check;
	const char *result = json_text(check, "result"), *file = json_text(check, "file");
	const char *from = json_text(check, "from"), *name;
	char text[400];
	json_t *fact;

	set_port_object(subject, "udp", 69);
	if (*from && strcmp(from, subject->address) != 0) {
		snprintf(text, sizeof(text), "TFTP %s: asked %s, answered by %s", file, subject->address,
			 from);
		fact_value(add(subject, "probe.tftp.other_address", text), "from", "%s", from);
	}
	if (!strcmp(result, "ok")) {
		name = "probe.tftp.ok";
		snprintf(text, sizeof(text), "TFTP %s from %s: data", file, subject->address);
	} else if (!strcmp(result, "error") && json_object_get(check, "code")) {
		name = json_int(check, "code") == 1 ? "probe.tftp.missing" : "probe.tftp.error";
		snprintf(text, sizeof(text), "TFTP %s from %s: error %lld, %.100s", file, subject->address,
			 json_int(check, "code"), json_text(check, "message"));
	} else {
		name = !strcmp(result, "refused") ? "probe.tftp.refused" : "probe.tftp.silent";
		snprintf(text, sizeof(text), "TFTP %s from %s: no answer (%s)", file, subject->address,
			 result);
	}
	fact = add(subject, name, text);
	fact_value(fact, "file", "%s", file);
	fact_value(fact, "ms", "%lld", json_int(check, "ms"));
	if (json_object_get(check, "code"))
		fact_value(fact, "code", "%lld", json_int(check, "code"));
}

static void dns_facts(struct subject *subject)
{
	const json_t *check = subject->check;
	const char *name = json_text(check, "name"), *result = json_text(check, "result");
	char text[300];
	json_t *fact;

	set_port_object(subject, "udp", 53);
	if (!strcmp(result, "ok"))
		snprintf(text, sizeof(text), "%s resolves %.100s to %s", subject->address, name,
			 json_text(check, "answer"));
	else if (json_object_get(check, "code"))
		snprintf(text, sizeof(text), "%s has no address of %.100s (code %lld)", subject->address,
			 name, json_int(check, "code"));
	else
		snprintf(text, sizeof(text), "%s does not answer a query of %.100s (%s)", subject->address,
			 name, result);
	fact = add(subject,
		   !strcmp(result, "ok")	    ? "probe.dns.ok"
		   : json_object_get(check, "code") ? "probe.dns.unknown"
						    : "probe.dns.silent",
		   text);
	fact_value(fact, "query", "%s", name);
	fact_value(fact, "answer", "%s", json_text(check, "answer"));
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

static void dhcp_facts(struct subject *subject)
{
	const json_t *check = subject->check, *offers = json_object_get(check, "offers"),
		     *offer = json_array_get(offers, 0);
	long long ms = json_int(offer, "ms");
	const char *name = "probe.dhcp.ok";
	char text[300], vlan[40];
	json_t *fact;

	snprintf(vlan, sizeof(vlan), json_int(check, "vlan") ? "in VLAN %lld" : "without a tag",
		 json_int(check, "vlan"));
	set_port_object(subject, "udp", 67);
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
	fact = add(subject, name, text);
	offer_values(fact, offers);
	fact_value(fact, "vlan", "%lld", json_int(check, "vlan"));
	fact_value(fact, "ms", "%lld", ms);
}

/* --- all --- */

static void check_facts(const struct probes *probes, const json_t *checks, const json_t *check, json_t *facts)
{
	struct subject subject = {.probes = probes,
				  .check = check,
				  .facts = facts,
				  .phone = json_text(place_of(probes->plan, check), "name"),
				  .address = json_text(check, "address")};

	snprintf(subject.node, sizeof(subject.node), "%.70s",
		 probes_node_at(probes->it->status, subject.address));
	switch (probe_kind_of(json_text(check, "kind"))) {
	case PROBE_ARP: arp_facts(&subject); break;
	case PROBE_ICMP: icmp_facts(&subject, checks); break;
	case PROBE_TCP:
		set_port_object(&subject, "tcp", json_int(check, "port"));
		tcp_fact(&subject);
		break;
	case PROBE_HTTP: http_facts(&subject); break;
	case PROBE_SIP: sip_facts(&subject); break;
	case PROBE_TFTP: tftp_facts(&subject); break;
	case PROBE_DNS: dns_facts(&subject); break;
	case PROBE_DHCP: dhcp_facts(&subject); break;
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
	static const char *const values[] = {"kind", "size", "port", "method"};

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
}
