#include "phonelab/lab/probe_ring.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/ether.h"

#define SLOT   2048u
#define SLOTS  2048u /* 4 MiB for each namespace */
#define BLOCK  (SLOT * 64)
#define FILTER 48u /* instructions */

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

/* --- the ring --- */

int probe_ring_open(struct probe_ring *ring, int netns, const struct probe_run *run)
{
	int version = TPACKET_V2, sock;
	struct tpacket_req request = {.tp_block_size = BLOCK,
				      .tp_block_nr = SLOTS * SLOT / BLOCK,
				      .tp_frame_size = SLOT,
				      .tp_frame_nr = SLOTS};
	struct sockaddr_ll all = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	struct program program;
	struct sock_fprog filter = {.filter = program.code};

	ring->sock = -1;
	make_filter(&program, run);
	filter.len = program.n;
	if (setns(netns, CLONE_NEWNET))
		return -errno;
	sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sock < 0)
		return -errno;
	if (setsockopt(sock, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) ||
	    setsockopt(sock, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) ||
	    setsockopt(sock, SOL_PACKET, PACKET_RX_RING, &request, sizeof(request)))
		goto fail;
	ring->map = mmap(NULL, (size_t)SLOTS * SLOT, PROT_READ | PROT_WRITE, MAP_SHARED, sock, 0);
	if (ring->map == MAP_FAILED)
		goto fail;
	if (bind(sock, (struct sockaddr *)&all, sizeof(all))) {
		munmap(ring->map, (size_t)SLOTS * SLOT);
		goto fail;
	}
	ring->sock = sock;
	return 0;
fail:
	close(sock);
	return -EIO;
}

void probe_ring_read(struct probe_ring *ring, probe_ring_fn *frame, void *arg)
{
	for (unsigned i = 0; i < SLOTS && ring->sock >= 0; i++) {
		struct tpacket2_hdr *header = (void *)(ring->map + (size_t)ring->next * SLOT);
		const struct sockaddr_ll *from =
		    (const void *)((uint8_t *)header + TPACKET_ALIGN(sizeof(*header)));

		if (!(__atomic_load_n(&header->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
			return;
		frame(arg, from, (uint8_t *)header + header->tp_mac, header->tp_snaplen,
		      (int64_t)header->tp_sec * 1000000 + header->tp_nsec / 1000);
		__atomic_store_n(&header->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		ring->next = (ring->next + 1) % SLOTS;
	}
}

unsigned probe_ring_dropped(const struct probe_ring *ring)
{
	struct tpacket_stats statistics = {0};
	socklen_t size = sizeof(statistics);

	return ring->sock >= 0 && !getsockopt(ring->sock, SOL_PACKET, PACKET_STATISTICS, &statistics, &size)
		   ? statistics.tp_drops
		   : 0;
}

void probe_ring_close(struct probe_ring *ring)
{
	if (ring->sock < 0)
		return;
	munmap(ring->map, (size_t)SLOTS * SLOT);
	close(ring->sock);
	ring->sock = -1;
}
