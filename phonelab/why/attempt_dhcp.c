/* Facts of the attempt: step 4, and the names that DNS did not resolve. */
#include "phonelab/why/attempt_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"

#define SLOW_MS	     1000
#define SERVERS_MOST 4

/* The messages of the last tries. */
struct dhcp {
	const json_t *discover, *offer, *ack; /* the last ones */
	unsigned discovers;		      /* since the last answer of any kind */
	const json_t *bad, *nak, *decline, *late, *other, *expired;
	unsigned bads, lates;
	char server[SERVERS_MOST][16]; /* that have sent an OFFER or an ACK */
	unsigned servers;
};

static void note_server(struct dhcp *it, const json_t *event)
{
	const char *address = attempt_evidence(event, "server");

	for (unsigned i = 0; i < it->servers; i++)
		if (!strcmp(it->server[i], address))
			return;
	if (*address && it->servers < SERVERS_MOST)
		snprintf(it->server[it->servers++], sizeof(it->server[0]), "%.15s", address);
}

static void take(struct dhcp *it, const json_t *event)
{
	const char *name = json_text(event, "event") + strlen("dhcp.");

	if (!strcmp(name, "discover")) {
		it->discovers++;
		it->discover = event;
		return;
	}
	if (!strcmp(name, "offer"))
		it->offer = event;
	else if (!strcmp(name, "ack"))
		it->ack = event;
	else if (!strcmp(name, "nak"))
		it->nak = event;
	else if (!strcmp(name, "decline"))
		it->decline = event;
	else if (!strcmp(name, "other"))
		it->other = event;
	else if (!strcmp(name, "expired"))
		it->expired = event;
	else if (!strcmp(name, "bad")) {
		it->bad = event;
		it->bads++;
	} else if (!strcmp(name, "late")) {
		it->late = event;
		it->lates++;
		return; /* the phone has given up that request: it is still without an answer */
	} else {
		return;
	}
	it->discovers = 0;
	note_server(it, event);
}

static void read_messages(const struct attempt_source *source, struct dhcp *it)
{
	long long since = why_attempt_since(source->attempt, LADDER_DHCP);
	const json_t *event;
	size_t i;

	json_array_foreach (source->attempt->events, i, event)
		if (!strncmp(json_text(event, "event"), "dhcp.", 5) &&
		    (json_int(event, "t") >= since || !strcmp(json_text(event, "event"), "dhcp.decline")))
			take(it, event);
}

static bool is_newer(const json_t *a, const json_t *b)
{
	return a && (!b || json_int(a, "t") >= json_int(b, "t"));
}

/* "config NODE dnsmasq.conf" of a server of the lab; "device ADDRESS" of another. Returns text. */
static const char *server_object(const struct attempt_source *source, const char *address, char text[100])
{
	const char *node = attempt_node(source, address);

	if (*node && strcmp(node, address))
		snprintf(text, 100, "config %.40s dnsmasq.conf", node);
	else
		snprintf(text, 100, "device %.40s", *address ? address : "unknown");
	return text;
}

static void set_lease(json_t *fact, const json_t *event)
{
	static const char *const keys[] = {"address",	"server",   "lease",  "prefix", "gateway",
					   "option150", "option66", "siaddr", "dns"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (*attempt_evidence(event, keys[i]))
			fact_value(fact, keys[i], "%s", attempt_evidence(event, keys[i]));
}

/* --- nothing came --- */

/* The VLAN in which the phone asks: "try 2, VLAN 110". */
static int vlan_of(const json_t *discover)
{
	const char *vlan = strstr(json_text(discover, "detail"), "VLAN ");

	return vlan ? atoi(vlan + 5) : 0;
}

static void silence(const struct attempt_source *source, const struct dhcp *it)
{
	char object[80];
	json_t *fact;

	attempt_phone(source, object);
	if (it->discovers && is_newer(it->discover, it->ack)) {
		fact = attempt_fact(source, "dhcp.silent", object, it->discover,
				    "%u DISCOVER%s of %s in VLAN %d without an answer", it->discovers,
				    it->discovers == 1 ? "" : "s", source->it->name, vlan_of(it->discover));
		fact_value(fact, "n", "%u", it->discovers);
		fact_value(fact, "vlan", "%d", vlan_of(it->discover));
	}
	if (it->offer && is_newer(it->offer, it->ack) && is_newer(it->offer, it->nak) &&
	    source->failed == LADDER_DHCP && !is_newer(it->decline, it->offer)) {
		fact = attempt_fact(source, "dhcp.request_silent", object, it->offer,
				    "no answer to the REQUEST of %s from %s",
				    attempt_evidence(it->offer, "address"),
				    attempt_evidence(it->offer, "server"));
		set_lease(fact, it->offer);
	}
}

/* --- what came --- */

static void offers(const struct attempt_source *source, const struct dhcp *it)
{
	char object[100], from[64];
	json_t *fact;
	long long ms;

	if (it->offer) {
		fact = attempt_fact(source, "dhcp.offer",
				    server_object(source, attempt_evidence(it->offer, "server"), object),
				    it->offer, "OFFER of %s", json_text(it->offer, "detail"));
		set_lease(fact, it->offer);
	}
	if (it->ack) {
		fact = attempt_fact(source, "dhcp.ok",
				    server_object(source, attempt_evidence(it->ack, "server"), object),
				    it->ack, "ACK of %s", json_text(it->ack, "detail"));
		set_lease(fact, it->ack);
	}
	for (size_t i = 0; source->exchanges && i < source->exchanges->n; i++) {
		const struct why_exchange *exchange = &source->exchanges->item[i];

		ms = exchange->step == LADDER_DHCP && exchange->kind == WHY_ANSWER_GOOD ? exchange->ms : 0;
		if (ms < SLOW_MS)
			continue;
		fact = fact_add(source->facts, "dhcp.slow", server_object(source, exchange->server, object),
				LADDER_DHCP, attempt_from(source, exchange->line, from),
				"%.60s was answered after %lld ms", exchange->asked, ms);
		fact_value(fact, "ms", "%lld", ms);
		fact_time(fact, exchange->t);
	}
}

static void unusable(const struct attempt_source *source, const struct dhcp *it)
{
	const char *type = attempt_evidence(it->bad, "type"), *reason = attempt_evidence(it->bad, "reason");
	char object[100];
	json_t *fact;

	if (!it->bad)
		return;
	reason = *reason ? reason : json_text(it->bad, "detail");
	fact = attempt_fact(source, "dhcp.offer_unusable",
			    server_object(source, attempt_evidence(it->bad, "server"), object), it->bad,
			    "%u message%s that the phone cannot use: %s%s%s", it->bads,
			    it->bads == 1 ? "" : "s", type, *type ? ": " : "", reason);
	fact_value(fact, "type", "%s", type);
	fact_value(fact, "reason", "%s", reason);
	fact_value(fact, "server", "%s", attempt_evidence(it->bad, "server"));
}

static void refusals(const struct attempt_source *source, const struct dhcp *it)
{
	const char *server, *detail;
	char object[100];
	json_t *fact;

	if (it->nak && is_newer(it->nak, it->ack)) {
		server = attempt_evidence(it->nak, "server");
		fact = attempt_fact(source, "dhcp.nak", server_object(source, server, object), it->nak,
				    "NAK of %s: %s", *server ? server : "a server",
				    json_text(it->nak, "detail"));
		fact_value(fact, "server", "%s", server);
		fact_value(fact, "reason", "%s", json_text(it->nak, "detail"));
	}
	if (it->decline) { /* what the phone leased afterwards does not matter: somebody has that address */
		detail = json_text(it->decline, "detail"); /* "10.110.0.50 is in use by MAC" */
		server = strrchr(detail, ' ');
		snprintf(object, sizeof(object), "device %.40s", server ? server + 1 : "unknown");
		fact = attempt_fact(source, "dhcp.decline", object, it->decline, "%s", detail);
		fact_value(fact, "address", "%.*s", (int)strcspn(detail, " "), detail);
		fact_value(fact, "mac", "%s", server ? server + 1 : "");
	}
	if (it->expired && is_newer(it->expired, it->ack))
		attempt_fact(source, "dhcp.expired", attempt_phone(source, object), it->expired,
			     "the lease of %s has expired", json_text(it->expired, "detail"));
}

static void late(const struct attempt_source *source, const struct dhcp *it)
{
	char object[100];
	json_t *fact;

	if (!it->late)
		return;
	fact = attempt_fact(source, "dhcp.late",
			    server_object(source, attempt_evidence(it->late, "server"), object), it->late,
			    "%s; the phone had given up that request", json_text(it->late, "detail"));
	fact_value(fact, "ms", "%s", attempt_evidence(it->late, "ms"));
	fact_value(fact, "server", "%s", attempt_evidence(it->late, "server"));
	fact_value(fact, "n", "%u", it->lates);
}

static void two_servers(const struct attempt_source *source, const struct dhcp *it)
{
	const json_t *event = it->other ? it->other : it->offer;
	char object[100];
	json_t *fact;

	if (it->servers < 2 || !event)
		return;
	fact =
	    attempt_fact(source, "dhcp.two_servers", server_object(source, it->server[1], object), event,
			 "%s and %s have both answered %s", it->server[0], it->server[1], source->it->name);
	for (unsigned i = 0; i < 2; i++)
		fact_value(fact, i ? "second" : "first", "%s", it->server[i]);
}

/* Which file servers the lease names. */
static void file_servers(const struct attempt_source *source, const struct dhcp *it)
{
	const char *siaddr = attempt_evidence(it->ack, "siaddr");
	char object[100];
	json_t *fact;

	if (!it->ack || *attempt_evidence(it->ack, "option150") || *attempt_evidence(it->ack, "option66"))
		return;
	fact = attempt_fact(source, *siaddr ? "dhcp.siaddr" : "dhcp.no_tftp",
			    server_object(source, attempt_evidence(it->ack, "server"), object), it->ack,
			    *siaddr ? "the ACK has neither option 150 nor 66; its siaddr is %s"
				    : "the ACK has neither option 150 nor 66 nor siaddr%s",
			    siaddr);
	fact_value(fact, "siaddr", "%s", siaddr);
	set_lease(fact, it->ack);
}

static void names(const struct attempt_source *source)
{
	const json_t *event;
	char object[100];
	json_t *fact;
	size_t i;

	json_array_foreach (source->attempt->events, i, event) {
		const char *name = attempt_evidence(event, "name"), *server;
		bool unknown = !strcmp(attempt_evidence(event, "how"), "dns-unknown");

		if (strcmp(json_text(event, "event"), "dns.failed"))
			continue;
		server = attempt_evidence(event, "server");
		snprintf(object, sizeof(object), "socket %.60s udp 53", attempt_node(source, server));
		fact = attempt_fact(source, unknown ? "dns.unknown" : "dns.timeout", object, event,
				    unknown ? "%s: the DNS server %s does not know the name"
					    : "%s: no answer of the DNS server %s",
				    name, server);
		fact_value(fact, "query", "%s", name);
		fact_value(fact, "server", "%s", server);
	}
}

void attempt_dhcp(const struct attempt_source *source)
{
	struct dhcp it = {0};

	read_messages(source, &it);
	silence(source, &it);
	offers(source, &it);
	unusable(source, &it);
	refusals(source, &it);
	late(source, &it);
	two_servers(source, &it);
	file_servers(source, &it);
	names(source);
}
