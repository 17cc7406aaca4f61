#include "cable/ring.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/closer.h"
#include "cable/netns.h"

#define SLOT	    2048U
#define SLOTS	    4096U
#define BLOCK	    (64U * 1024)
#define TAG	    4
#define SEND_BUFFER (4 << 20)
#define BURST	    64 /* frames of a flood in one system call */

struct ring {
	int fd;
	uint8_t *map;
	unsigned frames; /* slots */
	unsigned next;
	struct ring_statistics statistics;
};

/* Ethernet links other than loopback (lo is of type ARPHRD_LOOPBACK) and than count ignored ones. */
static int attach_filter(int fd, const int *ignored, unsigned count)
{
	struct sock_filter code[RING_IGNORED_MAX + 5] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_HATYPE)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARPHRD_ETHER, 0, (uint8_t)(count + 2)),
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_IFINDEX)),
	};
	struct sock_fprog program = {.len = (unsigned short)(count + 5), .filter = code};

	for (unsigned i = 0; i < count; i++)
		code[3 + i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)ignored[i],
							   (uint8_t)(count - i), 0);
	code[3 + count] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, UINT32_MAX);
	code[4 + count] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

int ring_ignore(struct ring *ring, const int *ifindexes, unsigned count)
{
	if (count > RING_IGNORED_MAX)
		return -EINVAL;
	return attach_filter(ring->fd, ifindexes, count) ? -errno : 0;
}

static int size_send_buffer(int fd, int size)
{
	if (!setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		return 0;
	/* Without CAP_NET_ADMIN in the first user namespace the system's ceiling holds: cut, but no error. */
	return setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static int prepare(struct ring *ring, int send_buffer)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	int version = TPACKET_V2, on = 1, reserve = RING_HEADROOM + TAG;
	struct tpacket_req request = {
	    .tp_block_size = BLOCK,
	    .tp_block_nr = ring->frames / (BLOCK / SLOT),
	    .tp_frame_size = SLOT,
	    .tp_frame_nr = ring->frames,
	};

	if (setsockopt(ring->fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) ||
	    setsockopt(ring->fd, SOL_PACKET, PACKET_RESERVE, &reserve, sizeof(reserve)) ||
	    setsockopt(ring->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) ||
	    attach_filter(ring->fd, NULL, 0) || size_send_buffer(ring->fd, send_buffer) ||
	    setsockopt(ring->fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof(request)))
		return -errno;
	ring->map = mmap(NULL, (size_t)ring->frames * SLOT, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, 0);
	if (ring->map == MAP_FAILED) {
		ring->map = NULL;
		return -errno;
	}
	/* Bound last: with the filter and the ring in place. */
	if (bind(ring->fd, (struct sockaddr *)&address, sizeof(address)))
		return -errno;
	return 0;
}

int ring_open(struct ring **ring, int ns, const struct ring_options *options, struct fail *fail)
{
	struct ring *r = calloc(1, sizeof(*r));
	unsigned frames = options && options->frames ? options->frames : SLOTS;
	int err;

	if (!r)
		return fail_set(fail, -ENOMEM, "out of memory");
	r->frames = (frames + BLOCK / SLOT - 1) / (BLOCK / SLOT) * (BLOCK / SLOT);
	r->fd = netns_socket(ns, AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0, fail);
	if (r->fd < 0) {
		err = r->fd;
		free(r);
		return fail_prefix(fail, err, "packet ring (needs CAP_NET_RAW)");
	}
	err = prepare(r, options && options->send_buffer ? options->send_buffer : SEND_BUFFER);
	if (err) {
		fail_set(fail, err, "cannot make a packet ring of %u frames: %s", r->frames, strerror(-err));
		ring_close(r);
		return err;
	}
	*ring = r;
	return 0;
}

int ring_fd(const struct ring *ring)
{
	return ring->fd;
}

static struct tpacket2_hdr *slot(const struct ring *ring, unsigned i)
{
	return (struct tpacket2_hdr *)(ring->map + (size_t)i * SLOT);
}

/* Hand over the frame of one slot. */
static void deliver(struct ring *ring, struct tpacket2_hdr *header, uint32_t status, ring_frame_fn *frame,
		    void *arg)
{
	const struct sockaddr_ll *from =
	    (const struct sockaddr_ll *)((uint8_t *)header + TPACKET_ALIGN(sizeof(*header)));
	uint8_t *bytes = (uint8_t *)header + header->tp_mac;
	size_t length = header->tp_len;

	if (header->tp_snaplen < header->tp_len) {
		ring->statistics.truncated++;
		return;
	}
	if (length < ETH_HLEN)
		return;
	if (status & TP_STATUS_VLAN_VALID) {
		uint16_t tpid = status & TP_STATUS_VLAN_TPID_VALID ? header->tp_vlan_tpid : ETH_P_8021Q;
		uint16_t tag[2] = {htons(tpid), htons(header->tp_vlan_tci)};

		/* The MACs move into the headroom; the payload stays. */
		memmove(bytes - TAG, bytes, 12);
		bytes -= TAG;
		memcpy(bytes + 12, tag, TAG);
		length += TAG;
	}
	ring->statistics.received++;
	frame(arg, from->sll_ifindex, bytes, length);
}

int ring_receive(struct ring *ring, unsigned budget, ring_frame_fn *frame, void *arg)
{
	unsigned count = 0;

	/* Never more than a whole turn, so that a flood cannot block the caller. */
	if (!budget || budget > ring->frames)
		budget = ring->frames;
	while (count < budget) {
		struct tpacket2_hdr *header = slot(ring, ring->next);
		uint32_t status = __atomic_load_n(&header->tp_status, __ATOMIC_ACQUIRE);

		if (!(status & TP_STATUS_USER))
			break;
		deliver(ring, header, status, frame, arg);
		__atomic_store_n(&header->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		ring->next = (ring->next + 1) % ring->frames;
		count++;
	}
	if (count == 0) {
		/* A deleted interface leaves an error that keeps the descriptor readable: read the error. */
		int error = 0;
		socklen_t size = sizeof(error);

		getsockopt(ring->fd, SOL_SOCKET, SO_ERROR, &error, &size);
		if (error && error != ENETDOWN)
			return -error;
	}
	return (int)count;
}

int ring_send(struct ring *ring, int ifindex, const void *frame, size_t length)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = ifindex, .sll_halen = ETH_ALEN};
	ssize_t n;

	do
		n = sendto(ring->fd, frame, length, 0, (struct sockaddr *)&to, sizeof(to));
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		ring->statistics.send_failed++;
		return -errno;
	}
	ring->statistics.sent++;
	return 0;
}

/* Send the frame of these parts from count interfaces. */
static unsigned send_many(struct ring *ring, const int *ifindexes, unsigned count, struct iovec *parts,
			  size_t part_count)
{
	struct sockaddr_ll to[BURST];
	struct mmsghdr messages[BURST];
	unsigned sent = 0, done = 0;

	while (done < count) {
		unsigned n = count - done < BURST ? count - done : BURST;
		int out;

		memset(to, 0, sizeof(to[0]) * n);
		memset(messages, 0, sizeof(messages[0]) * n);
		for (unsigned i = 0; i < n; i++) {
			to[i].sll_family = AF_PACKET;
			to[i].sll_ifindex = ifindexes[done + i];
			to[i].sll_halen = ETH_ALEN;
			messages[i].msg_hdr.msg_name = &to[i];
			messages[i].msg_hdr.msg_namelen = sizeof(to[i]);
			messages[i].msg_hdr.msg_iov = parts;
			messages[i].msg_hdr.msg_iovlen = part_count;
		}
		out = sendmmsg(ring->fd, messages, n, 0);
		if (out < 0 && errno == EINTR)
			continue;
		if (out <= 0) {
			/* The first of these cannot send: its link is down or deleted. Continue with the next. */
			ring->statistics.send_failed++;
			done++;
			continue;
		}
		sent += (unsigned)out;
		done += (unsigned)out;
	}
	ring->statistics.sent += sent;
	return sent;
}

unsigned ring_send_many(struct ring *ring, const int *ifindexes, unsigned count, const void *frame,
			size_t length)
{
	struct iovec part = {.iov_base = (void *)frame, .iov_len = length};

	return send_many(ring, ifindexes, count, &part, 1);
}

unsigned ring_send_many_untagged(struct ring *ring, const int *ifindexes, unsigned count, const void *frame,
				 size_t length)
{
	struct iovec parts[2] = {{.iov_base = (void *)frame, .iov_len = 12}};

	if (length < ETH_HLEN + TAG)
		return 0;
	parts[1] = (struct iovec){.iov_base = (uint8_t *)frame + 12 + TAG, .iov_len = length - 12 - TAG};
	return send_many(ring, ifindexes, count, parts, 2);
}

void ring_statistics(struct ring *ring, struct ring_statistics *statistics)
{
	struct tpacket_stats since;
	socklen_t size = sizeof(since);

	/* The kernel counts from the last time that it was asked. */
	if (!getsockopt(ring->fd, SOL_PACKET, PACKET_STATISTICS, &since, &size))
		ring->statistics.dropped += since.tp_drops;
	*statistics = ring->statistics;
}

void ring_close(struct ring *ring)
{
	if (!ring)
		return;
	if (ring->map)
		munmap(ring->map, (size_t)ring->frames * SLOT);
	closer_close(ring->fd);
	free(ring);
}
