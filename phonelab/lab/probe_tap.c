#include "phonelab/lab/probe_internal.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "phonelab/lab/probe_cable.h"
#include "phonelab/lab/probe_points.h"
#include "phonelab/lab/probe_ring.h"

#define SIGHTS	  65536u
#define STRANGERS 64

/* Nodes look for others until the end of a run. What they sent in the last moment may be late on a busy machine, and does not
 * count. The rest of a silent run is longer than the second after which a kernel repeats its request. */
#define RESOLVE_REST_US 190000

struct sighting {
	uint16_t check;
	struct probe_sight sight;
};

struct probe_taps {
	struct probe_ring tap[PROBE_TAPS];
	size_t count;
	struct probe_points points[PROBE_CHECKS];
	struct probe_cables cables;
	struct sighting *sights;
	size_t sight_count;
	unsigned astray[PROBE_CHECKS][2]; /* frames to another MAC, from the place and back */
	struct mac astray_to[PROBE_CHECKS][2];
	uint64_t dropped;
	int64_t clock_offset; /* from the clock of the kernel's time stamps to clock_now_us */
};

/* --- opening --- */

/* The points of the path of a check, and the MAC at its far end. */
static void add_path(struct probe_taps *taps, size_t check, json_t *result)
{
	struct probe_points *points = &taps->points[check];
	int socks[PROBE_TAPS];
	char text[MAC_TEXT];

	for (size_t t = 0; t < taps->count; t++)
		socks[t] = taps->tap[t].sock;
	probe_points_read(points, json_object_get(result, "path"), socks, taps->count);
	if (points->n && points->point[points->n - 1].node) {
		mac_format(&points->point[points->n - 1].mac, text);
		json_object_set_new(result, "far_mac", json_string(text));
	}
}

static int64_t clock_difference(void)
{
	struct timespec real;

	clock_gettime(CLOCK_REALTIME, &real);
	return (int64_t)clock_now_us() - ((int64_t)real.tv_sec * 1000000 + real.tv_nsec / 1000);
}

struct probe_taps *probe_taps_open(const json_t *plan, const int *netns, size_t count,
				   const struct probe_run *run)
{
	struct probe_taps *taps = calloc(1, sizeof(*taps));
	const json_t *tap;
	size_t i;

	if (!taps)
		return NULL;
	taps->sights = calloc(SIGHTS, sizeof(*taps->sights));
	taps->clock_offset = clock_difference();
	json_array_foreach (json_object_get(plan, "taps"), i, tap) {
		size_t ns = (size_t)json_int(tap, "netns");

		if (i >= PROBE_TAPS || ns >= count || !taps->sights)
			break;
		probe_ring_open(&taps->tap[i], netns[ns], run);
		taps->count = i + 1;
	}
	for (i = 0; i < run->checks; i++)
		add_path(taps, i, run->check[i].result);
	return taps;
}

/* --- reading --- */

unsigned probe_taps_poll(const struct probe_taps *taps, struct pollfd *fds)
{
	for (size_t i = 0; i < taps->count; i++)
		fds[i] = (struct pollfd){.fd = taps->tap[i].sock, .events = POLLIN};
	return (unsigned)taps->count;
}

/* An answer to an ARP request came in where no answer is expected: "entered" of the check has MAC, tap and the interface of
 * the cable. */
static void note_stranger(unsigned tap, const struct probe_check *check, const struct sockaddr_ll *from,
			  const struct probe_cable *cable, const uint8_t *data)
{
	json_t *list = json_object_get(check->result, "entered");
	char text[MAC_TEXT];
	struct mac mac;

	if (from->sll_pkttype == PACKET_OUTGOING || !*cable->name)
		return;
	memcpy(mac.octet, data + sizeof(mac.octet), sizeof(mac.octet));
	mac_format(&mac, text);
	if (!list) {
		list = json_array();
		json_object_set_new(check->result, "entered", list);
	}
	if (json_array_size(list) < STRANGERS)
		json_array_append_new(
		    list, json_pack("{s:s,s:i,s:s}", "mac", text, "tap", (int)tap, "interface", cable->name));
}

/* Is the frame addressed to another device than the next node of the path? Then it is not expected there. It is counted
 * where it enters the path. */
static bool goes_astray(struct probe_taps *taps, size_t check, unsigned number,
			const struct probe_frame *frame)
{
	const struct mac *to = probe_points_at(&taps->points[check], number, frame->back)->to[frame->back];

	if (!to || mac_is_group(&frame->to) || mac_equal(to, &frame->to))
		return false;
	if (!number) {
		taps->astray[check][frame->back]++;
		taps->astray_to[check][frame->back] = frame->to;
	}
	return true;
}

/* A node may look for its next one in both directions, each from another interface: set that of the frame. False: no node of
 * the path has sent it, or it is for a node elsewhere. */
static bool set_direction(const struct probe_points *points, struct probe_frame *frame)
{
	unsigned senders = 0;

	for (int back = 0; back < 2; back++)
		for (unsigned s = 0; s < points->n; s++) {
			unsigned next = probe_points_next_node(points, s, back);

			if (!next || !mac_equal(&probe_points_at(points, s, back)->mac, &frame->from))
				continue;
			if (!mac_is_group(&frame->to) &&
			    !mac_equal(&probe_points_at(points, next, back)->mac, &frame->to))
				continue;
			frame->back = back;
			senders++;
		}
	return senders == 1;
}

static bool is_arp(const uint8_t *frame)
{
	return frame[12] == ETH_P_ARP >> 8 && frame[13] == (ETH_P_ARP & 0xff);
}

/* Where the frames of a ring are counted. */
struct reading {
	struct probe_taps *taps;
	const struct probe_run *run;
	unsigned tap;
};

static void add_frame(void *arg, const struct sockaddr_ll *from, const uint8_t *data, size_t length,
		      int64_t us)
{
	const struct reading *reading = arg;
	const struct probe_run *run = reading->run;
	struct probe_taps *taps = reading->taps;
	unsigned tap = reading->tap;
	const struct probe_cable *cable;
	struct probe_frame frame;

	/* The rings were opened one after the other: what passed meanwhile is known of some points only. */
	if (us + taps->clock_offset < (int64_t)run->begun)
		return;
	for (size_t i = 0; i < run->checks; i++) {
		int point;

		if (!taps->points[i].n || !probe_frame_match(&run->check[i].key, data, length, &frame))
			continue;
		if (run->check[i].key.kind == PROBE_RESOLVE && !set_direction(&taps->points[i], &frame))
			continue;
		cable = probe_cable_of(&taps->cables, tap, taps->tap[tap].sock, from->sll_ifindex);
		point =
		    probe_points_find(&taps->points[i], tap, cable->parent, from, is_arp(data), frame.back);
		if (point < 0) {
			if (point == -1 && frame.back && run->check[i].key.kind == PROBE_ARP)
				note_stranger(tap, &run->check[i], from, cable, data);
			continue;
		}
		if (goes_astray(taps, i, (unsigned)point, &frame))
			continue;
		if (taps->sight_count == SIGHTS) {
			taps->dropped++;
			return;
		}
		taps->sights[taps->sight_count++] = (struct sighting){
		    .check = (uint16_t)i, .sight = {.frame = frame, .point = (unsigned)point, .us = us}};
	}
}

void probe_taps_read(struct probe_taps *taps, const struct probe_run *run)
{
	for (unsigned t = 0; t < taps->count; t++) {
		struct reading reading = {.taps = taps, .run = run, .tap = t};

		probe_ring_read(&taps->tap[t], add_frame, &reading);
	}
}

/* --- the result --- */

/* The frames of a check, in one direction, that become a trace. */
struct selection {
	size_t check;
	bool back;
	const struct mac *sender; /* NULL: any */
	unsigned points;	  /* from the beginning of the path */
};

static void add_trace(const struct probe_taps *taps, json_t *traces, const struct selection *of,
		      struct probe_sight *room, int64_t until)
{
	char text[MAC_TEXT];
	size_t n = 0;
	json_t *trace;

	for (size_t i = 0; i < taps->sight_count; i++) {
		const struct probe_sight *sight = &taps->sights[i].sight;

		if (taps->sights[i].check == of->check && sight->frame.back == of->back &&
		    sight->point < of->points && (!of->sender || mac_equal(of->sender, &sight->frame.from)))
			room[n++] = *sight;
	}
	trace = probe_trace(room, n, of->points, until);
	if (!trace)
		return;
	json_object_set_new(trace, "check", json_integer((json_int_t)of->check));
	json_object_set_new(trace, "back", json_boolean(of->back));
	if (taps->astray[of->check][of->back]) {
		mac_format(&taps->astray_to[of->check][of->back], text);
		json_object_set_new(trace, "astray", json_integer(taps->astray[of->check][of->back]));
		json_object_set_new(trace, "astray_to", json_string(text));
	}
	json_array_append_new(traces, trace);
}

/* A trace for each node that looks for the next one. */
static void add_senders(const struct probe_taps *taps, json_t *traces, struct selection *of,
			struct probe_sight *room, int64_t until)
{
	const struct probe_points *points = &taps->points[of->check];

	for (unsigned s = 0; s < points->n; s++) {
		unsigned next = probe_points_next_node(points, s, of->back);

		if (!next)
			continue;
		of->sender = &probe_points_at(points, s, of->back)->mac;
		of->points = next + 1;
		add_trace(taps, traces, of, room, until);
	}
}

json_t *probe_taps_result(struct probe_taps *taps, const struct probe_run *run, int64_t until_us)
{
	struct probe_sight *room = calloc(taps->sight_count + 1, sizeof(*room));
	json_t *traces = json_array();

	for (size_t t = 0; t < taps->count; t++)
		taps->dropped += probe_ring_dropped(&taps->tap[t]);
	until_us -= taps->clock_offset;
	for (size_t i = 0; i < run->checks && room; i++)
		for (int back = 0; back < 2 && taps->points[i].n > 1; back++) {
			struct selection of = {.check = i, .back = back, .points = taps->points[i].n};

			if (run->check[i].key.kind == PROBE_RESOLVE)
				add_senders(taps, traces, &of, room, until_us - RESOLVE_REST_US);
			else
				add_trace(taps, traces, &of, room, until_us);
		}
	free(room);
	return json_pack("{s:o,s:I}", "traces", traces, "dropped", (json_int_t)taps->dropped);
}

void probe_taps_close(struct probe_taps *taps)
{
	for (size_t t = 0; taps && t < taps->count; t++)
		probe_ring_close(&taps->tap[t]);
	if (taps)
		free(taps->sights);
	free(taps);
}
