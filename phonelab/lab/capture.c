#include "phonelab/lab/capture.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "cable/lane.h"
#include "cable/netns.h"
#include "phonelab/lab/capture_keys.h"
#include "phonelab/lab/capture_routed.h"
#include "phonelab/lab/complain.h"
#include "wire/pcapng.h"

#define SLOT	   2048u
#define SLOTS	   16384u /* 32 MiB: a rack that boots at once */
#define BLOCK	   (SLOT * 64)
#define OUT_ROOM   (1 << 20)
#define INTERFACES 8192
/* With a key log, the age at which a frame is written. The first encrypted frames of a resumed session come from the server; the
 * phone logs the secret when it replies. */
#define HELD_MS 300u

/* An interface from which a frame was captured. */
struct known {
	unsigned source;
	int ifindex;	 /* 0: the slot is free */
	bool wanted;	 /* false: its frames are ignored */
	bool between;	 /* a port to a switch that is captured too */
	uint16_t lane;	 /* a lane: the VLAN whose tag its frames have on the cable; 0: another interface */
	bool at_switch;	 /* a lane: the switch's end */
	uint32_t number; /* in the file */
};

struct tap {
	int sock;
	uint8_t *ring;
	unsigned next;
	const char *node;
	const char *only; /* the only interface to capture, or NULL */
	bool once;	  /* with the ports `between`: see capture_source */
	char *const *between;
	int first; /* its ifindex at the start. It gets another one whenever its cable is plugged again */
	bool described;	 /* the file has a description of `only` ... */
	uint32_t number; /* ... with this number */
};

struct capture {
	struct tap *taps;
	size_t tap_count;
	struct capture_routed *routed; /* with `once`; else NULL */
	struct capture_keys *keys;     /* NULL: none */
	struct known *known;	       /* open addressing by source and ifindex */
	uint32_t known_count, interfaces;
	int out;
	uint8_t *buffer;
	size_t used;
	uint64_t frames;
	int err; /* of writing to out, 0 while it works */
};

/* The secrets go first: the frames in the buffer may need them. */
static int flush(struct capture *capture)
{
	if (!capture->err && capture->keys)
		capture->err = capture_keys_write(capture->keys, capture->out);
	if (!capture->err)
		capture->err = file_write_all(capture->out, capture->buffer, capture->used);
	capture->used = 0;
	return capture->err;
}

/* Room for another block of up to size bytes, or NULL. */
static uint8_t *room(struct capture *capture, size_t size)
{
	if (capture->used + size > OUT_ROOM && flush(capture))
		return NULL;
	return capture->buffer + capture->used;
}

/* "gi1-0-1" is Gi1/0/1; "eth0" stays. */
static void port_name(const char *interface, char name[IF_NAMESIZE])
{
	snprintf(name, IF_NAMESIZE, "%.*s", IF_NAMESIZE - 1, interface);
	if (!strchr(name, '-') || (strncmp(name, "gi", 2) && strncmp(name, "te", 2)))
		return;
	*name = (char)toupper((unsigned char)*name);
	for (char *p = name; *p; p++)
		if (*p == '-')
			*p = '/';
}

static bool is_between(const struct tap *tap, const char *interface)
{
	char name[IF_NAMESIZE];

	port_name(interface, name);
	for (size_t i = 0; tap->between && tap->between[i]; i++)
		if (!strcmp(tap->between[i], name))
			return true;
	return false;
}

/* The name in the namespace of the socket. An ioctl on the socket needs no change of the namespace: in the PID
 * namespace of a lab, /proc does not show this process, so it could not come back. */
static void interface_name(int sock, int ifindex, char name[IF_NAMESIZE])
{
	struct ifreq request = {.ifr_ifindex = ifindex};

	if (ioctl(sock, SIOCGIFNAME, &request))
		snprintf(name, IF_NAMESIZE, "if%d", ifindex);
	else
		snprintf(name, IF_NAMESIZE, "%.*s", IF_NAMESIZE - 1, request.ifr_name);
}

/* Write the description of an interface to the file. 0 or a negative errno. */
static int describe(struct capture *capture, const struct tap *tap, const char *name, uint32_t *number)
{
	char text[64], port[IF_NAMESIZE];
	uint8_t *to;
	ssize_t n;

	port_name(name, port);
	snprintf(text, sizeof(text), "%s%s%s", tap->node ? tap->node : "", tap->node ? " " : "", port);
	to = room(capture, 512);
	if (!to)
		return -EPIPE;
	n = pcapng_encode_interface(&(struct pcapng_interface){.name = text, .link_type = PCAPNG_ETHERNET},
				    to, 512);
	if (n < 0)
		return (int)n;
	capture->used += (size_t)n;
	*number = capture->interfaces++;
	return 0;
}

static const struct known *find_interface(struct capture *capture, unsigned source, int ifindex);

/* The frames of a lane are written as those of the cable that it belongs to. */
static int enter_lane(struct capture *capture, const struct tap *tap, struct known *entry, const char *parent)
{
	struct ifreq request = {0};
	const struct known *cable;
	char port[IF_NAMESIZE];

	port_name(parent, port);
	entry->at_switch = strcmp(port, parent) != 0;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", parent);
	if (ioctl(tap->sock, SIOCGIFINDEX, &request))
		return 0; /* it was unplugged just now */
	cable = find_interface(capture, entry->source, request.ifr_ifindex);
	if (!cable)
		return -EPIPE;
	entry->wanted = cable->wanted;
	entry->between = cable->between;
	entry->number = cable->number;
	return 0;
}

/* Describe an interface. If the tap has an `only`, no other interface is wanted; `only` is described once, however often
 * its cable is plugged again. 0 or a negative errno. */
static int enter_interface(struct capture *capture, struct tap *tap, struct known *entry)
{
	char name[IF_NAMESIZE], parent[IF_NAMESIZE];
	int err = 0;

	interface_name(tap->sock, entry->ifindex, name);
	entry->lane = lane_vid(tap->sock, name, parent);
	if (entry->lane)
		return enter_lane(capture, tap, entry, parent);
	entry->between = is_between(tap, name);
	entry->wanted = !tap->only || entry->ifindex == tap->first || !strcmp(name, tap->only);
	if (entry->wanted && !tap->described)
		err = describe(capture, tap, tap->only ? tap->only : name, &tap->number);
	if (err)
		return err;
	entry->number = tap->number;
	tap->described = tap->described || (entry->wanted && tap->only);
	return 0;
}

/* The place in the table of an interface, or for it. */
static struct known *place_of(struct capture *capture, unsigned source, int ifindex)
{
	unsigned at = (source * 7919u + (unsigned)ifindex) % INTERFACES;

	while (capture->known[at].ifindex &&
	       (capture->known[at].ifindex != ifindex || capture->known[at].source != source))
		at = (at + 1) % INTERFACES;
	return &capture->known[at];
}

/* The table's entry of the interface, or NULL if the table is full or the file cannot be written. */
static const struct known *find_interface(struct capture *capture, unsigned source, int ifindex)
{
	struct known *place = place_of(capture, source, ifindex);
	struct known entry = {.source = source, .ifindex = ifindex};

	if (place->ifindex)
		return place;
	if (capture->known_count >= INTERFACES / 2 ||
	    enter_interface(capture, &capture->taps[source], &entry))
		return NULL;
	/* With a lane its cable may have been entered. */
	place = place_of(capture, source, ifindex);
	*place = entry;
	capture->known_count++;
	return place;
}

/* Does a switch send this frame itself? It never forwards CDP and LLDP (802.1Q table 8-1). */
static bool is_own(const uint8_t *frame)
{
	static const uint8_t bridge[5] = {0x01, 0x80, 0xc2, 0x00, 0x00};
	static const uint8_t cisco[6] = {0x01, 0x00, 0x0c, 0xcc, 0xcc, 0xcc};

	return (!memcmp(frame, bridge, sizeof(bridge)) && frame[5] < 0x10) ||
	       !memcmp(frame, cisco, sizeof(cisco));
}

/* Did the device send this frame of a lane? */
static bool is_of_device(const struct known *lane, const struct sockaddr_ll *from)
{
	return (from->sll_pkttype == PACKET_OUTGOING) != lane->at_switch;
}

/* The tag that a frame of a lane would have on the cable. The switch has taken the tag off its own frames, and with it the priority
 * that a phone or a trunk gave them: it is not known here, and 0 is written. */
static uint16_t tci_of(const struct known *lane, const struct sockaddr_ll *from, const uint8_t *frame,
		       size_t length)
{
	unsigned priority = is_of_device(lane, from) ? lane_priority(frame, length) : 0;

	return (uint16_t)(priority << 13 | lane->lane);
}

/* Of all passages of a frame: is this the one to write? */
static bool is_chosen(const struct tap *tap, const struct known *interface, const uint8_t *frame,
		      const struct sockaddr_ll *from)
{
	bool leaves = from->sll_pkttype == PACKET_OUTGOING;

	/* The switch sends ARP by the cable too, with a tag. */
	if (interface->lane && frame[12] == ETH_P_ARP >> 8 && frame[13] == (ETH_P_ARP & 0xff) &&
	    !is_of_device(interface, from))
		return false;
	if (!tap->once)
		return true;
	return is_own(frame) ? leaves || !interface->between : !leaves && !interface->between;
}

static uint64_t time_of(const struct tpacket2_hdr *slot)
{
	return (uint64_t)slot->tp_sec * 1000000000u + slot->tp_nsec;
}

static void write_frame(struct capture *capture, unsigned source, const struct tpacket2_hdr *slot,
			const struct sockaddr_ll *from)
{
	const uint8_t *bytes = (const uint8_t *)slot + slot->tp_mac;
	const struct known *interface = find_interface(capture, source, from->sll_ifindex);
	uint8_t tagged[SLOT + 4], *to;
	uint32_t length = slot->tp_snaplen, original = slot->tp_len;
	ssize_t n;

	if (!interface || !interface->wanted || length < ETH_HLEN ||
	    !is_chosen(&capture->taps[source], interface, bytes, from) ||
	    (capture->routed && capture_routed_note(capture->routed, bytes, length, time_of(slot))))
		return;
	if ((interface->lane || slot->tp_status & TP_STATUS_VLAN_VALID) && length <= SLOT) {
		uint16_t tpid = !interface->lane && slot->tp_status & TP_STATUS_VLAN_TPID_VALID
				    ? slot->tp_vlan_tpid
				    : ETH_P_8021Q;
		uint16_t tci = interface->lane ? tci_of(interface, from, bytes, length) : slot->tp_vlan_tci;
		uint16_t tag[2] = {htons(tpid), htons(tci)};

		memcpy(tagged, bytes, 12);
		memcpy(tagged + 12, tag, sizeof(tag));
		memcpy(tagged + 16, bytes + 12, length - 12);
		bytes = tagged;
		length += 4;
		original += 4;
	}
	to = room(capture, length + 256);
	if (!to)
		return;
	n = pcapng_encode_packet(&(struct pcapng_packet){.interface = interface->number,
							 .time_ns = time_of(slot),
							 .data = {bytes, length},
							 .original_length = original},
				 to, length + 256);
	if (n < 0)
		return;
	capture->used += (size_t)n;
	capture->frames++;
}

static struct tpacket2_hdr *waiting(const struct tap *tap)
{
	struct tpacket2_hdr *slot = (void *)(tap->ring + (size_t)tap->next * SLOT);

	return __atomic_load_n(&slot->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER ? slot : NULL;
}

/* The tap whose next frame is the oldest; tap_count if no frame waits. */
static size_t oldest(const struct capture *capture)
{
	size_t found = capture->tap_count;

	for (size_t i = 0; i < capture->tap_count; i++)
		if (waiting(&capture->taps[i]) &&
		    (found == capture->tap_count ||
		     time_of(waiting(&capture->taps[i])) < time_of(waiting(&capture->taps[found]))))
			found = i;
	return found;
}

static uint64_t wall_clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Does more than half a ring wait? */
static bool is_crowded(const struct capture *capture)
{
	for (size_t i = 0; i < capture->tap_count; i++) {
		const struct tap *tap = &capture->taps[i];
		const struct tpacket2_hdr *slot =
		    (const void *)(tap->ring + (size_t)((tap->next + SLOTS / 2) % SLOTS) * SLOT);

		if (__atomic_load_n(&slot->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER)
			return true;
	}
	return false;
}

/* How long the oldest frame must still be held, in milliseconds; 0: no frame waits, or it is due. After a step of the clock a
 * frame may come from the future: it is due. */
static int held_ms(const struct capture *capture)
{
	size_t source = capture->keys ? oldest(capture) : capture->tap_count;
	uint64_t now, then;

	if (source == capture->tap_count || is_crowded(capture))
		return 0;
	now = wall_clock_ns();
	then = time_of(waiting(&capture->taps[source]));
	return then <= now && (now - then) / 1000000 < HELD_MS ? (int)(HELD_MS - (now - then) / 1000000) : 0;
}

/* Write the frames that wait and are due, until the capture has `most` frames. */
static void drain(struct capture *capture, uint64_t most)
{
	size_t source;

	while (!capture->err && capture->frames < most && (source = oldest(capture)) < capture->tap_count) {
		struct tap *tap = &capture->taps[source];
		struct tpacket2_hdr *slot = waiting(tap);
		struct sockaddr_ll from;

		if (held_ms(capture))
			break;
		memcpy(&from, (uint8_t *)slot + TPACKET_ALIGN(sizeof(*slot)), sizeof(from));
		/* lo has no cable. */
		if (from.sll_hatype == ARPHRD_ETHER)
			write_frame(capture, (unsigned)source, slot, &from);
		__atomic_store_n(&slot->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		tap->next = (tap->next + 1) % SLOTS;
	}
}

int capture_run(struct capture *capture, int stop, uint64_t count, unsigned seconds)
{
	uint64_t end = seconds ? clock_now_us() + seconds * 1000000ull : UINT64_MAX;
	uint64_t most = count ? count : UINT64_MAX;
	struct pollfd fds[40]; /* the taps, stop, out */
	size_t n = capture->tap_count < 38 ? capture->tap_count : 38;
	bool stopped = false;

	for (size_t i = 0; i < n; i++)
		fds[i] = (struct pollfd){.fd = capture->taps[i].sock};
	fds[n] = (struct pollfd){.fd = stop, .events = POLLIN};
	/* poll reports a reader that closes its end of a pipe, even if there are no frames. */
	fds[n + 1] = (struct pollfd){.fd = capture->out, .events = 0};
	while (!stopped && !capture->err && capture->frames < most) {
		uint64_t now = clock_now_us();
		int wait = end == UINT64_MAX ? -1 : now >= end ? 0 : (int)((end - now) / 1000 + 1);
		int held = held_ms(capture);

		/* While a frame is held, its ring is readable. */
		for (size_t i = 0; i < n; i++)
			fds[i].events = held ? 0 : POLLIN;
		if (held && (wait < 0 || held < wait))
			wait = held;
		if (poll(fds, n + 2, wait) < 0 && errno != EINTR)
			break;
		stopped = clock_now_us() >= end || (stop >= 0 && fds[n].revents) ||
			  (fds[n + 1].revents & (POLLERR | POLLNVAL));
		drain(capture, most);
		flush(capture);
	}
	if (capture->keys && stopped) {
		poll(NULL, 0, HELD_MS);
		drain(capture, most);
		flush(capture);
	}
	if (capture->err && capture->err != -EPIPE)
		return exit_complain(EXIT_ASSERTION, "the capture cannot be written: %s",
				     strerror(-capture->err));
	return 0;
}

uint64_t capture_frames(const struct capture *capture)
{
	return capture->frames;
}

static int open_inside(void *arg, struct fail *fail)
{
	struct tap *tap = arg;
	struct tpacket_req ring = {.tp_block_size = BLOCK,
				   .tp_block_nr = SLOTS / (BLOCK / SLOT),
				   .tp_frame_size = SLOT,
				   .tp_frame_nr = SLOTS};
	/* Bound to no interface, so that the socket survives the end of one. */
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	int version = TPACKET_V2;
	void *memory;

	if (tap->only && !(tap->first = (int)if_nametoindex(tap->only)))
		return fail_set(fail, -ENODEV, "there is no interface %s", tap->only);
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
	bool once = count && sources[0].once;
	ssize_t n;
	int err = 0;

	if (!capture)
		return fail_set(fail, -ENOMEM, "out of memory");
	capture->out = fd;
	capture->taps = calloc(count, sizeof(*capture->taps));
	capture->known = calloc(INTERFACES, sizeof(*capture->known));
	capture->buffer = malloc(OUT_ROOM);
	if (once)
		capture->routed = calloc(1, sizeof(*capture->routed));
	if (!capture->taps || !capture->known || !capture->buffer || (once && !capture->routed))
		err = fail_set(fail, -ENOMEM, "out of memory");
	for (size_t i = 0; i < count && !err; i++) {
		capture->taps[i] = (struct tap){.sock = -1,
						.node = sources[i].node,
						.only = sources[i].interface,
						.once = sources[i].once,
						.between = sources[i].between};
		capture->tap_count = i + 1;
		err = netns_call(sources[i].netns, open_inside, &capture->taps[i], fail);
	}
	if (!err) {
		n = pcapng_encode_section("phonelab", capture->buffer, OUT_ROOM);
		capture->used = n > 0 ? (size_t)n : 0;
		if (n < 0 || flush(capture))
			err = fail_set(fail, -EIO, "the capture cannot be written: %s",
				       strerror(-capture->err));
	}
	if (err)
		capture_close(capture);
	else
		*out = capture;
	return err;
}

int capture_add_keys(struct capture *capture, int key_log, struct fail *fail)
{
	capture->keys = calloc(1, sizeof(*capture->keys));
	if (!capture->keys)
		return fail_set(fail, -ENOMEM, "out of memory");
	capture->keys->log = key_log;
	return 0;
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
	free(capture->keys);
	free(capture->routed);
	free(capture->known);
	free(capture->buffer);
	free(capture);
}
