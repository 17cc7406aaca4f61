/* Facts of the last attempt that only frames show. */
#include "phonelab/why/capture_internal.h"

#include <stdio.h>
#include <string.h>

#include "phonelab/why/fact.h"

#define LOSS_FEWEST  3 /* segments sent again */
#define LOSS_PERCENT 3
#define LARGE	     1000
#define LARGE_FEWEST 3
#define SLOW_MS	     3000
#define ICMP_PORT    3 /* code of "port unreachable" */

static const char *frame_text(unsigned long number)
{
	static char text[4][32];
	static unsigned next;
	char *to = text[next++ % 4];

	snprintf(to, sizeof(text[0]), "frame %lu", number);
	return to;
}

/* --- loss --- */

struct loss {
	unsigned segments, again, missing;
	unsigned long number;
	uint32_t server;
};

static void add_stream(struct loss *loss, const struct capture_stream *stream)
{
	loss->segments += stream->segments;
	loss->again += stream->repeated;
	loss->missing += stream->holes;
}

static void loss_facts(const struct capture *it, json_t *facts)
{
	struct loss loss = {0};
	unsigned syns = 0;
	json_t *fact;

	for (size_t i = 0; i < CAPTURE_CONNECTIONS; i++) {
		const struct capture_connection *connection = &it->connection[i];

		if (!connection->number || connection->state == CAPTURE_SYN || connection->reported)
			continue;
		add_stream(&loss, &connection->up);
		add_stream(&loss, &connection->down);
		syns += connection->syns > 1 ? connection->syns - 1 : 0;
		if (connection->number >= loss.number) {
			loss.number = connection->number;
			loss.server = connection->server;
		}
	}
	loss.again += syns;
	loss.segments += syns;
	if (loss.again + loss.missing < LOSS_FEWEST ||
	    (loss.again + loss.missing) * 100 < LOSS_PERCENT * loss.segments)
		return;
	fact = fact_add(facts, "capture.loss", "", 0, frame_text(loss.number),
			"%u of %u TCP segments with data were sent again or are missing",
			loss.again + loss.missing, loss.segments);
	fact_value(fact, "segments", "%u", loss.segments);
	fact_value(fact, "repeated", "%u", loss.again);
	fact_value(fact, "missing", "%u", loss.missing);
	fact_value(fact, "percent", "%u",
		   loss.segments ? (loss.again + loss.missing) * 100 / loss.segments : 100);
}

/* Does the connection lose exactly its large segments to the phone? Captured before the place of the loss, they are sent
 * again and again; behind it, only a gap is seen. */
static unsigned large_lost(const struct capture *it, const struct capture_connection *connection)
{
	const struct capture_stream *down = &connection->down;

	if (down->large_repeated >= LARGE_FEWEST && down->repeated == down->large_repeated)
		return down->large_repeated;
	if (!down->large && it->network.largest_in <= LARGE && down->holes &&
	    down->hole[0].from - down->next >= LARGE)
		return down->hole[0].from - down->next;
	return 0;
}

static void large_facts(const struct capture *it, json_t *facts)
{
	for (size_t i = 0; i < CAPTURE_CONNECTIONS; i++) {
		const struct capture_connection *connection = &it->connection[i];
		unsigned lost = connection->number ? large_lost(it, connection) : 0;
		const char *server = capture_address(connection->server);
		json_t *fact;

		if (!lost)
			continue;
		if (connection->down.large)
			fact = fact_add(facts, "capture.large_lost", "", 0, frame_text(connection->number),
					"segments of more than %d octets from %s were sent again %u times, "
					"smaller ones never",
					LARGE, server, lost);
		else
			fact = fact_add(
			    facts, "capture.large_lost", "", 0, frame_text(connection->number),
			    "%u octets of %s are missing; the largest packet that came has %zu octets", lost,
			    server, it->network.largest_in);
		fact_value(fact, "server", "%s", server);
		fact_value(fact, "largest", "%zu", it->network.largest_in);
		return;
	}
}

/* --- DHCP --- */

/* Several OFFERs to one transaction show that its DISCOVERs were all answered, but late: none was lost. */
static void slow_facts(const struct capture *it, json_t *facts)
{
	const struct capture_dhcp *dhcp = &it->dhcp;
	unsigned long long ms =
	    dhcp->answered_us > dhcp->began_us ? (dhcp->answered_us - dhcp->began_us) / 1000 : 0;
	json_t *fact;

	if (dhcp->offers < 2 || ms < SLOW_MS)
		return;
	fact = fact_add(facts, "capture.dhcp_slow", "", LADDER_DHCP, "capture",
			"the first OFFER of %s came %llu ms after the first DISCOVER, and each further "
			"DISCOVER has an OFFER too",
			capture_address(dhcp->first), ms);
	fact_value(fact, "server", "%s", capture_address(dhcp->first));
	fact_value(fact, "seconds", "%llu", ms / 1000);
}

/* --- the network --- */

static void conflict_facts(const struct capture *it, json_t *facts)
{
	char first[MAC_TEXT], second[MAC_TEXT];
	const char *address = capture_address(it->network.conflict.address);
	bool gateway = it->network.conflict.address == it->dhcp.gateway;
	bool address_is_own = it->network.conflict.address == it->address_now;
	char object[40];
	json_t *fact;

	if (!it->network.conflict.number)
		return;
	mac_format(&it->network.conflict.mac[0], first);
	mac_format(&it->network.conflict.mac[1], second);
	/* Of the two, the one that forwards the phone's packets is the router. */
	snprintf(object, sizeof(object), "device %s",
		 mac_equal(&it->network.conflict.mac[1], &it->network.router) ? first : second);
	fact = fact_add(facts, "capture.arp_conflict", object, 0, frame_text(it->network.conflict.number),
			"two devices have the address %s%s: %s and %s", address,
			gateway ? " (the gateway)" : "", first, second);
	fact_value(fact, "address", "%s", address);
	fact_value(fact, "first", "%s", first);
	fact_value(fact, "second", "%s", second);
	fact_value(fact, "role", "%s", gateway ? "gateway" : address_is_own ? "phone" : "");
}

/* RFC 792, RFC 1812 5.2.7.1 */
static const char *code_text(unsigned code)
{
	static const char *const codes[] = {"network unreachable",
					    "host unreachable",
					    "protocol unreachable",
					    "port unreachable",
					    "fragmentation needed",
					    "source route failed",
					    "network unknown",
					    "host unknown",
					    "source isolated",
					    "network prohibited",
					    "host prohibited",
					    "network unreachable for this service",
					    "host unreachable for this service",
					    "prohibited by a filter"};

	return code < sizeof(codes) / sizeof(codes[0]) ? codes[code] : "unreachable";
}

static void icmp_facts(const struct capture *it, json_t *facts)
{
	const char *by = capture_address(it->network.unreachable.by),
		   *to = capture_address(it->network.unreachable.to),
		   *why = code_text(it->network.unreachable.code);
	const char *transport = it->network.unreachable.tcp ? "tcp" : "udp";
	bool closed = it->network.unreachable.code == ICMP_PORT;
	char object[60];
	json_t *fact;

	if (!it->network.unreachable.number)
		return;
	snprintf(object, sizeof(object), "socket %s %s %u", to, transport, it->network.unreachable.port);
	fact = fact_add(facts, closed ? "capture.icmp_port" : "capture.icmp_unreachable",
			closed ? object : "", 0, frame_text(it->network.unreachable.number),
			"%s reports by ICMP for %s, %s port %u: %s (%u times)", by, to, transport,
			it->network.unreachable.port, why, it->network.unreachable.count);
	fact_value(fact, "port", "%u", it->network.unreachable.port);
	fact_value(fact, "transport", "%s", it->network.unreachable.tcp ? "TCP" : "UDP");
	fact_value(fact, "by", "%s", by);
	fact_value(fact, "to", "%s", to);
	fact_value(fact, "code", "%u", it->network.unreachable.code);
	fact_value(fact, "reason", "%s", why);
	if (it->network.unreachable.mtu)
		fact_value(fact, "mtu", "%u", it->network.unreachable.mtu);
}

static void vlan_facts(const struct capture *it, json_t *facts)
{
	int vlan = it->network.vlan, told = it->network.told_vlan;
	char used[24];
	json_t *fact;

	if (vlan < 0)
		return;
	snprintf(used, sizeof(used), vlan ? "in VLAN %d" : "untagged", vlan);
	fact = fact_add(facts, "capture.vlan", "", LADDER_VOICE_VLAN, frame_text(it->network.vlan_number),
			"the phone sends %s", used);
	fact_value(fact, "vlan", "%d", vlan);
	if (told < 0)
		return;
	fact_value(fact, "told", "%d", told);
	/* In a capture of a switch the tag may be off. */
	if (vlan && vlan != told)
		fact_add(facts, "capture.vlan_differs", "", LADDER_VOICE_VLAN,
			 frame_text(it->network.vlan_number),
			 "the phone sends %s, but its neighbour named VLAN %d", used, told);
}

/* A file whose content is not what its name says, by the name of the fact that the content of a served file has. */
static void content_facts(const struct capture *it, json_t *facts)
{
	const char *found = it->content.found, *file = it->content.file;
	const char *name = !strcmp(found, "gzip data")	    ? "content.gzip"
			   : !strcmp(found, "an HTML page") ? "content.html"
							    : "content.malformed";
	char object[CAPTURE_FILE + 8];
	json_t *fact;
	size_t length = strlen(file);

	if (!it->content.number)
		return;
	if (length > 4 && !strcmp(file + length - 4, ".sgn"))
		length -= 4;
	snprintf(object, sizeof(object), "file %.*s", (int)length, file);
	fact = fact_add(facts, name, object, it->content.step, frame_text(it->content.number),
			"the phone received %s as %s", found, file);
	fact_value(fact, "file", "%s", object + strlen("file "));
	fact_value(fact, "found", "%s", found);
}

static void rejection_facts(const struct capture *it, json_t *facts)
{
	const char *server = capture_address(it->sip.rejected.server), *reason = it->sip.rejected.reason;
	int length = (int)strcspn(reason, "\"");
	json_t *fact;

	if (!it->sip.rejected.number)
		return;
	fact = fact_add(facts, "capture.rejected", "", LADDER_REGISTER, frame_text(it->sip.rejected.number),
			"%s rejects the REGISTER with %u; its header Warning: %.*s", server,
			it->sip.rejected.status, length, reason);
	fact_value(fact, "server", "%s", server);
	fact_value(fact, "status", "%u", it->sip.rejected.status);
	fact_value(fact, "reason", "%.*s", length, reason);
}

/* --- the capture --- */

/* The step at which the capture ends, if nothing has failed there: no cause can be named. */
static void unfinished_facts(const struct capture *it, json_t *facts)
{
	for (int n = 1; n <= LADDER_STEPS; n++) {
		const struct ladder_rung *rung = &it->ladder.rung[n - 1];

		if (rung->state == LADDER_DONE || rung->state == LADDER_SKIPPED)
			continue;
		if (rung->state != LADDER_FAILED)
			fact_add(facts, "capture.unfinished", "", n, frame_text(it->frames),
				 "the capture ends at step %d, %s: no failure of that step is in it", n,
				 ladder_step_name(n));
		return;
	}
}

static void extent_facts(const struct capture *it, json_t *facts)
{
	json_t *fact;

	if (it->begun_at)
		fact = fact_add(facts, "capture.attempt", "", 0, frame_text(it->begun_at),
				"the last attempt began here: %s", it->begun_by);
	else
		fact = fact_add(facts, "capture.attempt", "", 0, frame_text(1), "%s",
				it->begun ? "the capture has one attempt"
					  : "the capture does not have the beginning of the attempt");
	fact_value(fact, "step", "%d", it->begun);
	fact_value(fact, "attempts", "%u", it->attempts + 1);
	if (it->cut) {
		fact = fact_add(facts, "capture.cut", "", 0, "capture",
				"%lu of %lu frames of the phone were cut by the capture's snap length",
				it->cut, it->own);
		fact_value(fact, "frames", "%lu", it->cut);
	}
	if (it->repeated) {
		fact = fact_add(facts, "capture.duplicates", "", 0, "capture",
				"%lu frames are in the capture twice and were read once", it->repeated);
		fact_value(fact, "frames", "%lu", it->repeated);
	}
}

void capture_facts(const struct capture *it, json_t *facts)
{
	extent_facts(it, facts);
	unfinished_facts(it, facts);
	vlan_facts(it, facts);
	conflict_facts(it, facts);
	content_facts(it, facts);
	slow_facts(it, facts);
	rejection_facts(it, facts);
	icmp_facts(it, facts);
	large_facts(it, facts);
	loss_facts(it, facts);
}
