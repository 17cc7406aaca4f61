#include "phonelab/lab/probe_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "wire/ether.h"

#define SLOT	  2048u
#define SLOTS	  2048u /* 4 MiB for each namespace */
#define BLOCK	  (SLOT * 64)
#define SIGHTS	  65536u
#define FILTER	  48u /* instructions */
#define STRANGERS 64

struct tap {
	int sock;
	uint8_t *ring;
	unsigned next;
};

/* A point of a path of a check. */
struct point {
	unsigned tap;
	int ifindex;
	bool out;
};

struct sighting {
	uint16_t check;
	struct probe_sight sight;
};

struct probe_taps {
	struct tap tap[PROBE_TAPS];
	size_t count;
	struct point point[PROBE_CHECKS][PROBE_PATH];
	unsigned points[PROBE_CHECKS];
	struct sighting *sights;
	size_t sight_count;
	uint64_t dropped;
	int64_t clock_offset; /* from the clock of the kernel's time stamps to clock_now_us */
};

/* --- the filter: only what a check may have sent --- */

struct program {
	struct sock_filter code[FILTER];
	unsigned short n;
};

static void op(struct program *program, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
	program->code[program->n++] = (struct sock_filter){.code = code, .k = k, .jt = yes, .jf = no};
}

/* Accept if the value that was loaded is k. */
static void accept_if(struct program *program, uint32_t k)
{
	op(program, BPF_JMP | BPF_JEQ | BPF_K, k, 0, 1);
	op(program, BPF_RET | BPF_K, UINT32_MAX, 0, 0);
}

/* X is the length of a tag that stands in the frame; incoming frames have theirs beside. */
static void make_filter(struct program *program, const struct probe_run *run)
{
	static const uint32_t at_address[] = {26, 30}, at_port[] = {34, 36};

	program->n = 0;
	op(program, BPF_LDX | BPF_IMM, 0, 0, 0);
	op(program, BPF_LD | BPF_H | BPF_ABS, 12, 0, 0);
	op(program, BPF_JMP | BPF_JEQ | BPF_K, ETH_P_8021Q, 0, 1);
	op(program, BPF_LDX | BPF_IMM, ETHER_TAG, 0, 0);
	op(program, BPF_LD | BPF_H | BPF_IND, 12, 0, 0);
	accept_if(program, ETH_P_ARP);
	op(program, BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 1, 0);
	op(program, BPF_RET | BPF_K, 0, 0, 0);
	for (size_t side = 0; side < 2; side++) {
		op(program, BPF_LD | BPF_W | BPF_IND, at_address[side], 0, 0);
		for (size_t i = 0; i < run->places; i++)
			if (run->place[i].address)
				accept_if(program, run->place[i].address);
	}
	op(program, BPF_LD | BPF_B | BPF_IND, 23, 0, 0);
	op(program, BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 1, 0);
	op(program, BPF_RET | BPF_K, 0, 0, 0);
	for (size_t side = 0; side < 2; side++) {
		op(program, BPF_LD | BPF_H | BPF_IND, at_port[side], 0, 0);
		accept_if(program, 67);
	}
	op(program, BPF_RET | BPF_K, 0, 0, 0);
}

/* --- opening --- */

static int open_tap(struct tap *tap, int netns, const struct probe_run *run)
{
	int version = TPACKET_V2, sock;
	struct tpacket_req ring = {.tp_block_size = BLOCK,
				   .tp_block_nr = SLOTS * SLOT / BLOCK,
				   .tp_frame_size = SLOT,
				   .tp_frame_nr = SLOTS};
	struct sockaddr_ll all = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	struct program program;
	struct sock_fprog filter = {.filter = program.code};

	make_filter(&program, run);
	filter.len = program.n;
	if (setns(netns, CLONE_NEWNET))
		return -errno;
	sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sock < 0)
		return -errno;
	if (setsockopt(sock, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) ||
	    setsockopt(sock, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) ||
	    setsockopt(sock, SOL_PACKET, PACKET_RX_RING, &ring, sizeof(ring)))
		goto fail;
	tap->ring = mmap(NULL, (size_t)SLOTS * SLOT, PROT_READ | PROT_WRITE, MAP_SHARED, sock, 0);
	if (tap->ring == MAP_FAILED)
		goto fail;
	if (bind(sock, (struct sockaddr *)&all, sizeof(all))) {
		munmap(tap->ring, (size_t)SLOTS * SLOT);
		goto fail;
	}
	tap->sock = sock;
	return 0;
fail:
	close(sock);
	return -EIO;
}

static int interface_index(int sock, const char *name)
{
	struct ifreq request = {0};

	memcpy(request.ifr_name, name, strnlen(name, IF_NAMESIZE - 1));
	return ioctl(sock, SIOCGIFINDEX, &request) ? 0 : request.ifr_ifindex;
}

/* Add the MAC of the interface at the far end of a path: "far_mac". */
static void set_far_mac(json_t *result, int sock, const char *interface)
{
	struct ifreq request = {0};
	char text[MAC_TEXT];
	struct mac mac;

	memcpy(request.ifr_name, interface, strnlen(interface, IF_NAMESIZE - 1));
	if (ioctl(sock, SIOCGIFHWADDR, &request))
		return;
	memcpy(mac.octet, request.ifr_hwaddr.sa_data, sizeof(mac.octet));
	mac_format(&mac, text);
	json_object_set_new(result, "far_mac", json_string(text));
}

/* The points of the path of a check. An interface that does not exist sees nothing. */
static void add_path(struct probe_taps *taps, size_t check, json_t *result)
{
	const json_t *item, *path = json_object_get(result, "path");
	size_t i;

	json_array_foreach (path, i, item) {
		unsigned tap = (unsigned)json_int(item, "tap");

		if (tap >= taps->count || i >= PROBE_PATH)
			break;
		taps->point[check][i] = (struct point){
		    .tap = tap,
		    .ifindex = taps->tap[tap].sock < 0
				   ? 0
				   : interface_index(taps->tap[tap].sock, json_text(item, "interface")),
		    .out = json_is_true(json_object_get(item, "out"))};
		taps->points[check] = (unsigned)i + 1;
		if (i + 1 == json_array_size(path))
			set_far_mac(result, taps->tap[tap].sock, json_text(item, "interface"));
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
		taps->tap[i].sock = -1;
		open_tap(&taps->tap[i], netns[ns], run);
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

static void add_frame(struct probe_taps *taps, unsigned tap, const struct probe_run *run,
		      const struct sockaddr_ll *from, const uint8_t *data, size_t length, int64_t us)
{
	struct probe_frame frame;

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
		if (taps->sight_count == SIGHTS) {
			taps->dropped++;
			return;
		}
		taps->sights[taps->sight_count++] = (struct sighting){
		    .check = (uint16_t)i, .sight = {.frame = frame, .point = (unsigned)point, .us = us}};
	}
}

static void read_tap(struct probe_taps *taps, unsigned t, const struct probe_run *run)
{
	struct tap *tap = &taps->tap[t];

	for (unsigned i = 0; i < SLOTS && tap->sock >= 0; i++) {
		struct tpacket2_hdr *header = (void *)(tap->ring + (size_t)tap->next * SLOT);
		const struct sockaddr_ll *from =
		    (const void *)((uint8_t *)header + TPACKET_ALIGN(sizeof(*header)));

		if (!(__atomic_load_n(&header->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
			return;
		add_frame(taps, t, run, from, (uint8_t *)header + header->tp_mac, header->tp_snaplen,
			  (int64_t)header->tp_sec * 1000000 + header->tp_nsec / 1000);
		__atomic_store_n(&header->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		tap->next = (tap->next + 1) % SLOTS;
	}
}

void probe_taps_read(struct probe_taps *taps, const struct probe_run *run)
{
	for (unsigned t = 0; t < taps->count; t++)
		read_tap(taps, t, run);
}

/* --- the result --- */

static void add_trace(const struct probe_taps *taps, json_t *traces, size_t check, bool back,
		      struct probe_sight *room, int64_t until)
{
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
	json_array_append_new(traces, trace);
}

json_t *probe_taps_result(struct probe_taps *taps, const struct probe_run *run, int64_t until_us)
{
	struct probe_sight *room = calloc(taps->sight_count + 1, sizeof(*room));
	json_t *traces = json_array();

	for (size_t t = 0; t < taps->count; t++) {
		struct tpacket_stats statistics = {0};
		socklen_t size = sizeof(statistics);

		if (taps->tap[t].sock >= 0 &&
		    !getsockopt(taps->tap[t].sock, SOL_PACKET, PACKET_STATISTICS, &statistics, &size))
			taps->dropped += statistics.tp_drops;
	}
	for (size_t i = 0; i < run->checks && room; i++)
		for (int back = 0; back < 2 && taps->points[i] > 1; back++)
			add_trace(taps, traces, i, back, room, until_us - taps->clock_offset);
	free(room);
	return json_pack("{s:o,s:I}", "traces", traces, "dropped", (json_int_t)taps->dropped);
}

void probe_taps_close(struct probe_taps *taps)
{
	for (size_t t = 0; taps && t < taps->count; t++)
		if (taps->tap[t].sock >= 0) {
			munmap(taps->tap[t].ring, (size_t)SLOTS * SLOT);
			close(taps->tap[t].sock);
		}
	if (taps)
		free(taps->sights);
	free(taps);
}
