#include "phonelab/lab/capture.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "cable/netns.h"
#include "wire/pcapng.h"

#define SLOT	   2048u
#define SLOTS	   16384u /* 32 MiB: a rack that boots at once */
#define BLOCK	   (SLOT * 64)
#define OUT_ROOM   (1 << 20)
#define INTERFACES 8192

/* An interface of which a frame was captured. */
struct seen {
	unsigned source;
	int ifindex;
	uint32_t number; /* in the file */
};

struct tap {
	int sock;
	uint8_t *ring;
	unsigned next;
	const char *node;
	int only; /* ifindex, or 0 */
};

struct capture {
	struct tap *taps;
	size_t tap_count;
	struct seen *seen; /* open addressing by source and ifindex */
	uint32_t interfaces;
	int out;
	uint8_t *buffer;
	size_t used;
	uint64_t frames;
	bool failed;
};

static int flush(struct capture *capture)
{
	size_t done = 0;

	while (done < capture->used) {
		ssize_t n = write(capture->out, capture->buffer + done, capture->used - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			capture->failed = true;
			return -errno;
		}
		done += (size_t)n;
	}
	capture->used = 0;
	return 0;
}

/* Room for one more block of at most size bytes. */
static uint8_t *room(struct capture *capture, size_t size)
{
	if (capture->used + size > OUT_ROOM && flush(capture))
		return NULL;
	return capture->buffer + capture->used;
}

/* "gi1-0-1" is Gi1/0/1; "eth0" stays. */
static void port_name(const char *node, const char *interface, char *text, size_t size)
{
	size_t n = (size_t)snprintf(text, size, "%s%s%s", node ? node : "", node ? " " : "", interface);
	char *name = text + strlen(node ? node : "") + (node ? 1 : 0);

	if (n >= size || !strchr(name, '-') || (strncmp(name, "gi", 2) && strncmp(name, "te", 2)))
		return;
	*name = (char)toupper((unsigned char)*name);
	for (char *p = name; *p; p++)
		if (*p == '-')
			*p = '/';
}

/* The name of the interface in the namespace of the socket. The socket is asked, because a process in the PID namespace
 * of a lab cannot enter the namespace by /proc and return. */
static void interface_name(int sock, int ifindex, char name[IF_NAMESIZE])
{
	struct ifreq request = {.ifr_ifindex = ifindex};

	if (ioctl(sock, SIOCGIFNAME, &request))
		snprintf(name, IF_NAMESIZE, "if%d", ifindex);
	else
		snprintf(name, IF_NAMESIZE, "%.*s", IF_NAMESIZE - 1, request.ifr_name);
}

/* The number of the interface in the file; described there if it is new. */
static int interface_number(struct capture *capture, unsigned source, int ifindex, uint32_t *number)
{
	unsigned at = (source * 7919u + (unsigned)ifindex) % INTERFACES;
	char name[IF_NAMESIZE], text[64];
	uint8_t *to;
	ssize_t n;

	for (; capture->seen[at].ifindex; at = (at + 1) % INTERFACES)
		if (capture->seen[at].ifindex == ifindex && capture->seen[at].source == source) {
			*number = capture->seen[at].number;
			return 0;
		}
	if (capture->interfaces >= INTERFACES / 2)
		return -ENOSPC;
	interface_name(capture->taps[source].sock, ifindex, name);
	port_name(capture->taps[source].node, name, text, sizeof(text));
	to = room(capture, 512);
	if (!to)
		return -EPIPE;
	n = pcapng_encode_interface(&(struct pcapng_interface){.name = text, .link_type = PCAPNG_ETHERNET},
				    to, 512);
	if (n < 0)
		return (int)n;
	capture->used += (size_t)n;
	capture->seen[at] = (struct seen){source, ifindex, capture->interfaces++};
	*number = capture->seen[at].number;
	return 0;
}

static void write_frame(struct capture *capture, unsigned source, const struct tpacket2_hdr *slot,
			const struct sockaddr_ll *from)
{
	const uint8_t *bytes = (const uint8_t *)slot + slot->tp_mac;
	uint8_t tagged[SLOT + 4], *to;
	uint32_t number = 0, length = slot->tp_snaplen, original = slot->tp_len;
	ssize_t n;

	if (interface_number(capture, source, from->sll_ifindex, &number))
		return;
	if (slot->tp_status & TP_STATUS_VLAN_VALID && length >= 12 && length <= SLOT) {
		uint16_t tpid =
		    htons(slot->tp_status & TP_STATUS_VLAN_TPID_VALID ? slot->tp_vlan_tpid : ETH_P_8021Q);
		uint16_t tci = htons(slot->tp_vlan_tci);

		memcpy(tagged, bytes, 12);
		memcpy(tagged + 12, &tpid, 2);
		memcpy(tagged + 14, &tci, 2);
		memcpy(tagged + 16, bytes + 12, length - 12);
		bytes = tagged;
		length += 4;
		original += 4;
	}
	to = room(capture, length + 256);
	if (!to)
		return;
	n = pcapng_encode_packet(
	    &(struct pcapng_packet){.interface = number,
				    .time_ns = (uint64_t)slot->tp_sec * 1000000000u + slot->tp_nsec,
				    .data = {bytes, length},
				    .original_length = original},
	    to, length + 256);
	if (n < 0)
		return;
	capture->used += (size_t)n;
	capture->frames++;
}

/* Write the frames of one tap, until most frames are written. */
static void drain(struct capture *capture, unsigned source, uint64_t most)
{
	struct tap *tap = &capture->taps[source];

	while (!capture->failed && capture->frames < most) {
		struct tpacket2_hdr *slot = (void *)(tap->ring + (size_t)tap->next * SLOT);
		struct sockaddr_ll from;

		if (!(__atomic_load_n(&slot->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
			return;
		memcpy(&from, (uint8_t *)slot + TPACKET_ALIGN(sizeof(*slot)), sizeof(from));
		/* Only Ethernet: lo is no cable. */
		if (from.sll_hatype == 1 && (!tap->only || from.sll_ifindex == tap->only))
			write_frame(capture, source, slot, &from);
		__atomic_store_n(&slot->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		tap->next = (tap->next + 1) % SLOTS;
	}
}

int capture_run(struct capture *capture, int stop, uint64_t count, unsigned seconds)
{
	uint64_t end = seconds ? clock_now_us() + seconds * 1000000ull : UINT64_MAX;
	uint64_t most = count ? count : UINT64_MAX;
	struct pollfd fds[40];
	size_t n = capture->tap_count < 38 ? capture->tap_count : 38;
	bool stopped = false;

	for (size_t i = 0; i < n; i++)
		fds[i] = (struct pollfd){.fd = capture->taps[i].sock, .events = POLLIN};
	fds[n] = (struct pollfd){.fd = stop, .events = POLLIN};
	/* A reader that closes its end of the pipe is noticed here, even without frames. */
	fds[n + 1] = (struct pollfd){.fd = capture->out, .events = 0};
	while (!stopped && !capture->failed && capture->frames < most) {
		uint64_t now = clock_now_us();
		int wait = end == UINT64_MAX ? -1 : now >= end ? 0 : (int)((end - now) / 1000 + 1);

		if (poll(fds, n + 2, wait) < 0 && errno != EINTR)
			break;
		stopped = clock_now_us() >= end || (stop >= 0 && fds[n].revents) ||
			  (fds[n + 1].revents & (POLLERR | POLLNVAL));
		for (unsigned i = 0; i < n; i++)
			drain(capture, i, most);
		flush(capture);
	}
	if (capture->failed && errno != EPIPE) {
		fprintf(stderr, "phonelab: the capture cannot be written: %s\n", strerror(errno));
		return 1;
	}
	return 0;
}

uint64_t capture_frames(const struct capture *capture)
{
	return capture->frames;
}

struct opening {
	struct tap *tap;
	const char *interface;
};

static int open_inside(void *arg, struct fail *fail)
{
	struct opening *opening = arg;
	struct tap *tap = opening->tap;
	struct tpacket_req ring = {.tp_block_size = BLOCK,
				   .tp_block_nr = SLOTS / (BLOCK / SLOT),
				   .tp_frame_size = SLOT,
				   .tp_frame_nr = SLOTS};
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	int version = TPACKET_V2;
	void *memory;

	if (opening->interface) {
		tap->only = (int)if_nametoindex(opening->interface);
		if (!tap->only)
			return fail_set(fail, -ENODEV, "no interface %s", opening->interface);
		address.sll_ifindex = tap->only;
	}
	tap->sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (tap->sock < 0)
		return fail_set(fail, -errno, "a packet socket cannot be opened: %s", strerror(errno));
	if (setsockopt(tap->sock, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) ||
	    setsockopt(tap->sock, SOL_PACKET, PACKET_RX_RING, &ring, sizeof(ring)))
		return fail_set(fail, -errno, "a packet ring cannot be made: %s", strerror(errno));
	memory = mmap(NULL, (size_t)SLOT * SLOTS, PROT_READ | PROT_WRITE, MAP_SHARED, tap->sock, 0);
	if (memory == MAP_FAILED)
		return fail_set(fail, -errno, "a packet ring cannot be mapped: %s", strerror(errno));
	tap->ring = memory;
	if (bind(tap->sock, (struct sockaddr *)&address, sizeof(address)))
		return fail_set(fail, -errno, "a packet socket cannot be bound: %s", strerror(errno));
	return 0;
}

int capture_open(struct capture **out, const struct capture_source *sources, size_t count, int fd,
		 struct fail *fail)
{
	struct capture *capture = calloc(1, sizeof(*capture));
	ssize_t n;
	int err = 0;

	if (!capture)
		return fail_set(fail, -ENOMEM, "out of memory");
	capture->out = fd;
	capture->taps = calloc(count, sizeof(*capture->taps));
	capture->seen = calloc(INTERFACES, sizeof(*capture->seen));
	capture->buffer = malloc(OUT_ROOM);
	if (!capture->taps || !capture->seen || !capture->buffer)
		err = fail_set(fail, -ENOMEM, "out of memory");
	for (size_t i = 0; i < count && !err; i++) {
		struct opening opening = {&capture->taps[i], sources[i].interface};

		capture->taps[i] = (struct tap){.sock = -1, .node = sources[i].node};
		capture->tap_count = i + 1;
		err = netns_call(sources[i].netns, open_inside, &opening, fail);
	}
	if (!err) {
		n = pcapng_encode_section("phonelab", capture->buffer, OUT_ROOM);
		capture->used = n > 0 ? (size_t)n : 0;
		if (n < 0 || flush(capture))
			err = fail_set(fail, -EIO, "the capture cannot be written: %s", strerror(errno));
	}
	if (err)
		capture_close(capture);
	else
		*out = capture;
	return err;
}

void capture_close(struct capture *capture)
{
	if (!capture)
		return;
	for (size_t i = 0; i < capture->tap_count; i++) {
		if (capture->taps[i].ring)
			munmap(capture->taps[i].ring, (size_t)SLOT * SLOTS);
		if (capture->taps[i].sock >= 0)
			close(capture->taps[i].sock);
	}
	free(capture->taps);
	free(capture->seen);
	free(capture->buffer);
	free(capture);
}
