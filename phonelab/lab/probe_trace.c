#include "phonelab/lab/probe_trace.h"

#include <stdlib.h>
#include <string.h>

#include "phonelab/lab/probe.h"
#include "wire/arp.h"
#include "wire/dhcp.h"
#include "wire/ipv4.h"

const char *const probe_kind_names[PROBE_KINDS] = {"arp",  "icmp", "tcp",  "http",   "sip",
						   "tftp", "dns",  "dhcp", "resolve"};

enum probe_kind probe_kind_of(const char *name)
{
	enum probe_kind kind = 0;

	while (kind < PROBE_KINDS && strcmp(probe_kind_names[kind], name))
		kind++;
	return kind;
}

/* --- which frame it is --- */

/* FNV-1a */
static uint64_t mix(uint64_t digest, const uint8_t *data, size_t length)
{
	for (size_t i = 0; i < length; i++)
		digest = (digest ^ data[i]) * UINT64_C(0x100000001b3);
	return digest;
}

static uint64_t mix_number(uint64_t digest, uint64_t number)
{
	return mix(digest, (const uint8_t *)&number, sizeof(number));
}

#define SEED UINT64_C(0xcbf29ce484222325)

static bool match_arp(const struct probe_key *key, const struct wire_slice *payload,
		      struct probe_frame *frame)
{
	struct arp_packet arp;

	if (key->kind != PROBE_ARP || arp_decode(payload->data, payload->length, &arp, NULL))
		return false;
	frame->back = arp.sender_ip == key->there && arp.target_ip == key->here;
	/* A kernel that answers a probe of RFC 5227 repeats its sender address 0.0.0.0. */
	if (!frame->back && (arp.sender_ip != key->here || arp.target_ip != key->there))
		return false;
	frame->identity = mix(mix_number(mix_number(SEED, arp.operation), arp.sender_ip),
			      arp.sender_mac.octet, sizeof(arp.sender_mac.octet));
	frame->digest = mix(SEED, payload->data, ARP_LENGTH);
	return true;
}

/* A node looks for another one, or answers it. */
static bool match_resolve(const struct wire_slice *payload, struct probe_frame *frame)
{
	struct arp_packet arp;

	if (arp_decode(payload->data, payload->length, &arp, NULL) ||
	    (mac_is_group(&frame->to) && arp.operation != ARP_REQUEST))
		return false;
	frame->back = false;
	frame->identity =
	    mix_number(mix_number(mix_number(SEED, arp.operation), arp.sender_ip), arp.target_ip);
	frame->identity = mix(frame->identity, frame->from.octet, sizeof(frame->from.octet));
	frame->identity = mix(frame->identity, frame->to.octet, sizeof(frame->to.octet));
	frame->digest = mix(SEED, payload->data, ARP_LENGTH);
	return true;
}

/* A relay sends the message in another packet, and adds its address: what it leaves alone is the identity. */
static bool match_dhcp(const struct probe_key *key, const struct udp_datagram *udp, struct probe_frame *frame)
{
	struct dhcp_message message;

	if (dhcp_decode(udp->payload.data, udp->payload.length, &message, NULL) || message.xid != key->id)
		return false;
	frame->back = message.operation == DHCP_BOOTREPLY;
	frame->identity =
	    mix_number(mix_number(mix_number(SEED, message.type), message.yiaddr), message.server);
	/* To a message that a relay has changed, another one cannot be compared. */
	frame->digest = message.giaddr ? 0 : mix(SEED, udp->payload.data, udp->payload.length);
	return true;
}

static bool match_icmp(const struct probe_key *key, const struct ipv4_packet *ip, struct probe_frame *frame)
{
	const uint8_t *icmp = ip->payload.data;

	if (ip->payload.length < 8 || (icmp[0] != 8 && icmp[0] != 0) || wire_get16(icmp + 4) != key->id)
		return false;
	frame->back = icmp[0] == 0;
	frame->identity = mix_number(mix_number(SEED, icmp[0]), wire_get16(icmp + 6));
	return true;
}

static bool match_udp(const struct probe_key *key, const struct ipv4_packet *ip, struct probe_frame *frame)
{
	struct udp_datagram udp;
	bool wrong = false;

	if (udp_decode_any(ip, &udp, &wrong, NULL))
		return false;
	if (key->kind == PROBE_DHCP)
		return match_dhcp(key, &udp, frame);
	frame->back = ip->destination == key->here && udp.destination_port == key->port;
	if (!frame->back && (ip->source != key->here || udp.source_port != key->port))
		return false;
	/* Datagrams that are sent again are the same: they are counted. The first octets are opcode and block, or ID. */
	frame->identity = mix_number(mix_number(SEED, udp.payload.length), ip->source);
	frame->identity =
	    mix(frame->identity, udp.payload.data, udp.payload.length < 4 ? udp.payload.length : 4);
	return true;
}

static bool match_tcp(const struct probe_key *key, const struct ipv4_packet *ip, struct probe_frame *frame)
{
	struct tcp_segment tcp;
	bool wrong = false;

	if (tcp_decode_any(ip, &tcp, &wrong, NULL))
		return false;
	frame->back = ip->destination == key->here && tcp.destination_port == key->port;
	if (!frame->back && (ip->source != key->here || tcp.source_port != key->port))
		return false;
	frame->identity = mix_number(mix_number(SEED, (uint64_t)tcp.sequence << 32 | tcp.acknowledgement),
				     (uint64_t)ip->id << 8 | tcp.flags);
	return true;
}

static bool match_ipv4(const struct probe_key *key, const struct wire_slice *payload,
		       struct probe_frame *frame)
{
	struct ipv4_packet ip;
	bool wrong = false,
	     tcp = key->kind == PROBE_TCP || key->kind == PROBE_HTTP || (key->kind == PROBE_SIP && !key->udp);
	bool found = false;

	if (ipv4_decode_any(payload->data, payload->length, &ip, &wrong, NULL) || ipv4_is_fragment(&ip))
		return false;
	if (ip.protocol == IP_ICMP && key->kind == PROBE_ICMP)
		found = match_icmp(key, &ip, frame);
	else if (ip.protocol == IP_TCP && tcp && key->port)
		found = match_tcp(key, &ip, frame);
	else if (ip.protocol == IP_UDP && !tcp && key->kind != PROBE_ICMP && key->kind != PROBE_ARP)
		found = match_udp(key, &ip, frame);
	if (found && key->kind != PROBE_DHCP) /* TTL and checksum of the header are the router's */
		frame->digest = mix(mix_number(mix_number(SEED, ip.source), ip.destination), ip.payload.data,
				    ip.payload.length);
	return found;
}

bool probe_frame_match(const struct probe_key *key, const uint8_t *data, size_t length,
		       struct probe_frame *frame)
{
	struct ether_frame ether;

	if (ether_decode(data, length, &ether, NULL) || ether.kind != ETHER_II)
		return false;
	frame->length = length - (size_t)ether.tags * ETHER_TAG;
	frame->from = ether.source;
	frame->to = ether.destination;
	if (ether.type == ETHER_ARP)
		return key->kind == PROBE_RESOLVE ? match_resolve(&ether.payload, frame)
						  : match_arp(key, &ether.payload, frame);
	return key->kind != PROBE_RESOLVE && ether.type == ETHER_IPV4 &&
	       match_ipv4(key, &ether.payload, frame);
}

/* --- where it passes --- */

struct tally {
	unsigned seen[PROBE_PATH], lost[PROBE_PATH], altered[PROBE_PATH], extra[PROBE_PATH];
	unsigned shortest[PROBE_PATH], whole;
	int64_t *delay[PROBE_PATH]; /* from a point to the next */
	unsigned delays[PROBE_PATH];
};

static int compare_sights(const void *a, const void *b)
{
	const struct probe_sight *x = a, *y = b;

	if (x->frame.identity != y->frame.identity)
		return x->frame.identity < y->frame.identity ? -1 : 1;
	if (x->point != y->point)
		return x->point < y->point ? -1 : 1;
	return (x->us > y->us) - (x->us < y->us);
}

static int compare_times(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The sights of one identity at a point, in the order of time. */
struct group {
	const struct probe_sight *first;
	unsigned n;
};

static bool has_digest(const struct group *group, uint64_t digest)
{
	for (unsigned i = 0; i < group->n; i++)
		if (group->first[i].frame.digest == digest || !group->first[i].frame.digest)
			return true;
	return !digest;
}

/* Compare what was seen at point p with what was seen at the next one. */
static void add_step(struct tally *tally, const struct group *at, unsigned p)
{
	const struct group *here = &at[p], *next = &at[p + 1];

	if (!here->n || !next->n)
		return;
	tally->extra[p] += next->n > here->n ? next->n - here->n : 0;
	for (unsigned i = 0; i < next->n; i++)
		tally->altered[p] += !has_digest(here, next->first[i].frame.digest);
	for (unsigned i = 0; here->n == next->n && i < next->n; i++)
		tally->delay[p][tally->delays[p]++] = next->first[i].us - here->first[i].us;
}

/* Frames of one identity, n sights: the same octets that were sent more than once are counted, not told apart. */
static void add_frame(struct tally *tally, const struct probe_sight *sights, size_t n, unsigned points)
{
	struct group at[PROBE_PATH] = {{NULL, 0}};
	unsigned most = 0;

	for (size_t i = 0; i < n; i++) {
		struct group *group = &at[sights[i].point];

		if (!group->n++)
			group->first = &sights[i];
		tally->seen[sights[i].point]++;
	}
	for (unsigned p = points; p-- > 0;) {
		if (at[p].n > most && p + 1 < points) {
			tally->lost[p] += at[p].n - most;
			if (!tally->shortest[p] || at[p].first->frame.length < tally->shortest[p])
				tally->shortest[p] = (unsigned)at[p].first->frame.length;
		}
		most = at[p].n > most ? at[p].n : most;
	}
	if (at[points - 1].n && at[points - 1].first->frame.length > tally->whole)
		tally->whole = (unsigned)at[points - 1].first->frame.length;
	for (unsigned p = 0; p + 1 < points; p++)
		add_step(tally, at, p);
}

static void add_count(json_t *list, unsigned after, const char *name, unsigned count, unsigned octets)
{
	json_t *item = count ? json_pack("{s:i,s:i}", "after", (int)after, name, (int)count) : NULL;

	if (item && octets)
		json_object_set_new(item, "octets", json_integer(octets));
	if (item)
		json_array_append_new(list, item);
}

static json_t *tally_object(struct tally *tally, unsigned points)
{
	json_t *seen = json_array(), *lost = json_array(), *late = json_array(), *altered = json_array(),
	       *extra = json_array();

	for (unsigned p = 0; p < points; p++) {
		json_array_append_new(seen, json_integer(tally->seen[p]));
		add_count(lost, p, "frames", tally->lost[p], tally->shortest[p]);
		add_count(altered, p, "frames", tally->altered[p], 0);
		add_count(extra, p, "frames", tally->extra[p], 0);
		if (!tally->delays[p])
			continue;
		qsort(tally->delay[p], tally->delays[p], sizeof(int64_t), compare_times);
		if (tally->delay[p][tally->delays[p] / 2] >= PROBE_LATE_US)
			add_count(late, p, "ms", (unsigned)(tally->delay[p][tally->delays[p] / 2] / 1000), 0);
	}
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:i}", "seen", seen, "lost", lost, "late", late, "altered",
			 altered, "extra", extra, "whole", (int)tally->whole);
}

json_t *probe_trace(struct probe_sight *sights, size_t sight_count, unsigned count, int64_t until_us)
{
	struct tally *tally = calloc(1, sizeof(*tally));
	int64_t *delays = calloc(sight_count * count + 1, sizeof(*delays));
	json_t *result = NULL;

	if (!tally || !delays || !count || count > PROBE_PATH)
		goto out;
	for (unsigned p = 0; p < count; p++)
		tally->delay[p] = delays + sight_count * p;
	qsort(sights, sight_count, sizeof(*sights), compare_sights);
	for (size_t i = 0, n; i < sight_count; i += n) {
		int64_t begun = sights[i].us;

		for (n = 0; i + n < sight_count && sights[i + n].frame.identity == sights[i].frame.identity;
		     n++)
			begun = sights[i + n].us < begun ? sights[i + n].us : begun;
		if (begun <= until_us)
			add_frame(tally, sights + i, n, count);
	}
	result = tally_object(tally, count);
out:
	free(delays);
	free(tally);
	return result;
}
