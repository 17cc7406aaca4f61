#include "phone-sim/driver/frame_filter.h"

#include <errno.h>
#include <sys/socket.h>

/* Places that a program jumps to. */
enum label {
	NEXT,
	ACCEPT,
	DROP,
	SNAP,
	ARP,
	PUMP,
	IPV4,
	LABELS,
};

struct builder {
	struct sock_filter *program;
	size_t count;
	size_t place[LABELS];
	struct {
		enum label yes, no;
	} jump[FRAME_FILTER_MAX];
};

static void mark(struct builder *b, enum label label)
{
	b->place[label] = b->count;
}

static void op(struct builder *b, uint16_t code, uint32_t k)
{
	b->jump[b->count].yes = b->jump[b->count].no = NEXT;
	b->program[b->count++] = (struct sock_filter){.code = code, .k = k};
}

static void jump(struct builder *b, uint16_t test, uint32_t k, enum label yes, enum label no)
{
	op(b, BPF_JMP | test | BPF_K, k);
	b->jump[b->count - 1].yes = yes;
	b->jump[b->count - 1].no = no;
}

static void load_word(struct builder *b, uint32_t at)
{
	op(b, BPF_LD | BPF_W | BPF_ABS, at);
}

static void load_half(struct builder *b, uint32_t at)
{
	op(b, BPF_LD | BPF_H | BPF_ABS, at);
}

static uint32_t mac_high(const struct mac *mac)
{
	return (uint32_t)mac->octet[0] << 24 | (uint32_t)mac->octet[1] << 16 | (uint32_t)mac->octet[2] << 8 |
	       mac->octet[3];
}

static uint32_t mac_low(const struct mac *mac)
{
	return (uint32_t)mac->octet[4] << 8 | mac->octet[5];
}

/* Unicast to us on the pumped VLAN: everything. */
static void add_pump(struct builder *b, const struct frame_filter *filter)
{
	load_word(b, 0);
	jump(b, BPF_JEQ, mac_high(&filter->mac), NEXT, IPV4);
	load_half(b, 4);
	jump(b, BPF_JEQ, mac_low(&filter->mac), NEXT, IPV4);
	op(b, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT));
	jump(b, BPF_JEQ, 0, IPV4, NEXT);
	op(b, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG));
	op(b, BPF_ALU | BPF_AND | BPF_K, 0xfff);
	jump(b, BPF_JEQ, filter->vid, ACCEPT, IPV4);
}

/* Not a fragment, UDP, to port 68, our chaddr: the header is as long as its first octet says. */
static void add_dhcp(struct builder *b, const struct frame_filter *filter)
{
	load_half(b, 12);
	jump(b, BPF_JEQ, 0x0800, NEXT, DROP);
	op(b, BPF_LD | BPF_B | BPF_ABS, 23);
	jump(b, BPF_JEQ, 17, NEXT, DROP);
	load_half(b, 20);
	jump(b, BPF_JSET, 0x1fff, DROP, NEXT);
	op(b, BPF_LDX | BPF_B | BPF_MSH, 14);
	op(b, BPF_LD | BPF_H | BPF_IND, 14 + 2);
	jump(b, BPF_JEQ, 68, NEXT, DROP);
	op(b, BPF_LD | BPF_W | BPF_IND, 14 + 8 + 28);
	jump(b, BPF_JEQ, mac_high(&filter->mac), NEXT, DROP);
	op(b, BPF_LD | BPF_H | BPF_IND, 14 + 8 + 32);
	jump(b, BPF_JEQ, mac_low(&filter->mac), ACCEPT, DROP);
}

static void add_arp(struct builder *b, const struct frame_filter *filter)
{
	if (!filter->address) {
		op(b, BPF_RET | BPF_K, 0);
		return;
	}
	load_word(b, 14 + 14); /* sender */
	jump(b, BPF_JEQ, filter->address, ACCEPT, NEXT);
	load_word(b, 14 + 24); /* target */
	jump(b, BPF_JEQ, filter->address, ACCEPT, DROP);
}

static uint8_t distance(const struct builder *b, size_t from, enum label label)
{
	return label == NEXT ? 0 : (uint8_t)(b->place[label] - from - 1);
}

size_t frame_filter_build(const struct frame_filter *filter, struct sock_filter program[FRAME_FILTER_MAX])
{
	struct builder b = {.program = program};

	load_half(&b, 12);
	jump(&b, BPF_JEQ, 0x88cc, ACCEPT, NEXT);
	jump(&b, BPF_JEQ, 0x0806, ARP, NEXT);
	jump(&b, BPF_JGE, 0x0600, PUMP, SNAP);
	mark(&b, SNAP);
	load_word(&b, 0);
	jump(&b, BPF_JEQ, 0x01000ccc, NEXT, DROP);
	load_half(&b, 4);
	jump(&b, BPF_JEQ, 0xcccc, ACCEPT, DROP);
	mark(&b, PUMP);
	if (filter->vid)
		add_pump(&b, filter);
	mark(&b, IPV4);
	add_dhcp(&b, filter);
	mark(&b, ARP);
	add_arp(&b, filter);
	mark(&b, ACCEPT);
	op(&b, BPF_RET | BPF_K, UINT32_MAX);
	mark(&b, DROP);
	op(&b, BPF_RET | BPF_K, 0);
	for (size_t i = 0; i < b.count; i++) {
		if (BPF_CLASS(program[i].code) != BPF_JMP)
			continue;
		program[i].jt = distance(&b, i, b.jump[i].yes);
		program[i].jf = distance(&b, i, b.jump[i].no);
	}
	return b.count;
}

int frame_filter_attach(const struct frame_filter *filter, int sock)
{
	struct sock_filter program[FRAME_FILTER_MAX];
	const struct sock_fprog whole = {.len = (unsigned short)frame_filter_build(filter, program),
					 .filter = program};

	return setsockopt(sock, SOL_SOCKET, SO_ATTACH_FILTER, &whole, sizeof(whole)) < 0 ? -errno : 0;
}

/* The EtherType (or length) after the tag, and where what follows it begins; 0 when there is none. */
static unsigned ether_type(const uint8_t *frame, size_t length, size_t *payload)
{
	size_t at = 12;

	if (length >= 18 && frame[12] == 0x81 && frame[13] == 0)
		at += 4;
	if (length < at + 2)
		return 0;
	*payload = at + 2;
	return (unsigned)frame[at] << 8 | frame[at + 1];
}

enum frame_kind frame_kind(const uint8_t *frame, size_t length)
{
	size_t at = 0;
	unsigned type = ether_type(frame, length, &at);
	size_t udp;

	if (!at)
		return FRAME_OTHER;
	if (type == 0x0806)
		return FRAME_ARP;
	if (type == 0x88cc || type < 0x0600)
		return FRAME_FOR_PHONE;
	if (type != 0x0800 || length < at + 20 || frame[at + 9] != 17)
		return FRAME_OTHER;
	udp = at + (size_t)(frame[at] & 15) * 4;
	return length >= udp + 8 && frame[udp + 2] == 0 && frame[udp + 3] == 68 ? FRAME_FOR_PHONE
										: FRAME_OTHER;
}

uint32_t frame_arp_probed(const uint8_t *frame, size_t length)
{
	size_t at = 0;
	const uint8_t *sender, *target;

	if (ether_type(frame, length, &at) != 0x0806 || length < at + 28 || frame[at + 7] != 1)
		return 0;
	sender = frame + at + 14;
	target = frame + at + 24;
	if (sender[0] | sender[1] | sender[2] | sender[3])
		return 0;
	return (uint32_t)target[0] << 24 | (uint32_t)target[1] << 16 | (uint32_t)target[2] << 8 | target[3];
}
