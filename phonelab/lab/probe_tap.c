#include "phonelab/lab/probe_internal.h"

#include <linux/if_packet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "phonelab/lab/probe_ring.h"

#define SIGHTS	  65536u
#define STRANGERS 64

/* A point of a path of a check. */
struct point {
	unsigned tap;
	int ifindex;
	bool out, node;
	struct mac mac;	   /* of a node's interface */
	struct mac *to[2]; /* to which frames go here, from the place and back; NULL: not known */
};

struct sighting {
	uint16_t check;
	struct probe_sight sight;
};

struct probe_taps {
	struct probe_ring tap[PROBE_TAPS];
	size_t count;
	struct point point[PROBE_CHECKS][PROBE_PATH];
	unsigned points[PROBE_CHECKS];
	struct sighting *sights;
	size_t sight_count;
	unsigned astray[PROBE_CHECKS][2]; /* frames to another MAC, from the place and back */
	struct mac astray_to[PROBE_CHECKS][2];
	uint64_t dropped;
	int64_t clock_offset; /* from the clock of the kernel's time stamps to clock_now_us */
};

/* --- opening --- */

static int interface_index(int sock, const char *name)
{
	struct ifreq request = {0};

	memcpy(request.ifr_name, name, strnlen(name, IF_NAMESIZE - 1));
	return ioctl(sock, SIOCGIFINDEX, &request) ? 0 : request.ifr_ifindex;
}

static void read_mac(int sock, const char *interface, struct mac *mac)
{
	struct ifreq request = {0};

	memcpy(request.ifr_name, interface, strnlen(interface, IF_NAMESIZE - 1));
	if (!ioctl(sock, SIOCGIFHWADDR, &request))
		memcpy(mac->octet, request.ifr_hwaddr.sa_data, sizeof(mac->octet));
}

/* A frame goes to the next node on its way; one that arrives at a node is there. */
static void set_next(struct point *points, unsigned n)
{
	struct mac *next = NULL;

	for (unsigned i = n; i-- > 0;) {
		if (points[i].node && !points[i].out)
			next = &points[i].mac;
		points[i].to[0] = next;
		next = points[i].node ? &points[i].mac : next;
	}
	next = NULL;
	for (unsigned i = 0; i < n; i++) {
		if (points[i].node && points[i].out)
			next = &points[i].mac;
		points[i].to[1] = next;
		next = points[i].node ? &points[i].mac : next;
	}
}

/* The points of the path of a check, and the MAC at its far end. An interface that does not exist sees nothing. */
static void add_path(struct probe_taps *taps, size_t check, json_t *result)
{
	struct point *points = taps->point[check];
	const json_t *item, *path = json_object_get(result, "path");
	char text[MAC_TEXT];
	size_t i;

	json_array_foreach (path, i, item) {
		unsigned tap = (unsigned)json_int(item, "tap");
		const char *interface = json_text(item, "interface");

		if (tap >= taps->count || i >= PROBE_PATH || taps->tap[tap].sock < 0)
			return;
		points[i] = (struct point){.tap = tap,
					   .ifindex = interface_index(taps->tap[tap].sock, interface),
					   .out = json_is_true(json_object_get(item, "out")),
					   .node = *json_text(item, "node") != 0};
		read_mac(taps->tap[tap].sock, interface, &points[i].mac);
	}
	if (!i)
		return;
	taps->points[check] = (unsigned)i;
	set_next(points, (unsigned)i);
	if (points[i - 1].node) {
		mac_format(&points[i - 1].mac, text);
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

/* The number of the point in the direction of the frame, or -1. */
static int find_point(const struct probe_taps *taps, size_t check, unsigned tap,
		      const struct sockaddr_ll *from, bool back)
{
	bool out = from->sll_pkttype == PACKET_OUTGOING;
	unsigned n = taps->points[check];

	for (unsigned p = 0; p < n; p++) {
		const struct point *point = &taps->point[check][p];

		if (point->tap == tap && point->ifindex == from->sll_ifindex && point->out == (out != back))
			return (int)(back ? n - 1 - p : p);
	}
	return -1;
}

/* An answer to an ARP request came in where no answer is expected: "entered" of the check has MAC, tap and interface. */
static void note_stranger(const struct probe_taps *taps, unsigned tap, const struct probe_check *check,
			  const struct sockaddr_ll *from, const uint8_t *data)
{
	struct ifreq request = {.ifr_ifindex = from->sll_ifindex};
	json_t *list = json_object_get(check->result, "entered");
	char text[MAC_TEXT];
	struct mac mac;

	if (from->sll_pkttype == PACKET_OUTGOING || ioctl(taps->tap[tap].sock, SIOCGIFNAME, &request))
		return;
	memcpy(mac.octet, data + sizeof(mac.octet), sizeof(mac.octet));
	mac_format(&mac, text);
	if (!list) {
		list = json_array();
		json_object_set_new(check->result, "entered", list);
	}
	if (json_array_size(list) < STRANGERS)
		json_array_append_new(list, json_pack("{s:s,s:i,s:s}", "mac", text, "tap", (int)tap,
						      "interface", request.ifr_name));
}

/* Is the frame addressed to another device than the next node of the path? Then it is not expected there. It is counted
 * where it enters the path. */
static bool goes_astray(struct probe_taps *taps, size_t check, unsigned number,
			const struct probe_frame *frame)
{
	unsigned n = taps->points[check], first = frame->back ? n - 1 : 0;
	const struct point *point = &taps->point[check][frame->back ? n - 1 - number : number];
	const struct mac *to = point->to[frame->back];

	if (!to || mac_is_group(&frame->to) || mac_equal(to, &frame->to))
		return false;
	if (point == &taps->point[check][first]) {
		taps->astray[check][frame->back]++;
		taps->astray_to[check][frame->back] = frame->to;
	}
	return true;
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
	struct probe_frame frame;

	/* The rings were opened one after the other: what passed meanwhile is known of some points only. */
	if (us + taps->clock_offset < (int64_t)run->begun)
		return;
	for (size_t i = 0; i < run->checks; i++) {
		int point;

		if (!taps->points[i] || !probe_frame_match(&run->check[i].key, data, length, &frame))
			continue;
		point = find_point(taps, i, tap, from, frame.back);
		if (point < 0) {
			if (frame.back && run->check[i].key.kind == PROBE_ARP)
				note_stranger(taps, tap, &run->check[i], from, data);
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

static void add_trace(const struct probe_taps *taps, json_t *traces, size_t check, bool back,
		      struct probe_sight *room, int64_t until)
{
	char text[MAC_TEXT];
	size_t n = 0;
	json_t *trace;

	for (size_t i = 0; i < taps->sight_count; i++)
		if (taps->sights[i].check == check && taps->sights[i].sight.frame.back == back)
			room[n++] = taps->sights[i].sight;
	trace = probe_trace(room, n, taps->points[check], until);
	if (!trace)
		return;
	json_object_set_new(trace, "check", json_integer((json_int_t)check));
	json_object_set_new(trace, "back", json_boolean(back));
	if (taps->astray[check][back]) {
		mac_format(&taps->astray_to[check][back], text);
		json_object_set_new(trace, "astray", json_integer(taps->astray[check][back]));
		json_object_set_new(trace, "astray_to", json_string(text));
	}
	json_array_append_new(traces, trace);
}

json_t *probe_taps_result(struct probe_taps *taps, const struct probe_run *run, int64_t until_us)
{
	struct probe_sight *room = calloc(taps->sight_count + 1, sizeof(*room));
	json_t *traces = json_array();

	for (size_t t = 0; t < taps->count; t++)
		taps->dropped += probe_ring_dropped(&taps->tap[t]);
	for (size_t i = 0; i < run->checks && room; i++)
		for (int back = 0; back < 2 && taps->points[i] > 1; back++)
			add_trace(taps, traces, i, back, room, until_us - taps->clock_offset);
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
