#ifndef PHONE_SIM_DRIVER_FRAME_FILTER_H
#define PHONE_SIM_DRIVER_FRAME_FILTER_H

#include <stddef.h>
#include <stdint.h>
#include <linux/filter.h>

#include "base/mac.h"

/*
 * Which frames of eth0 come up to the phone. In a rack of a thousand phones every broadcast reaches each of
 * them, so the kernel drops what a phone would only throw away. Taken are
 *   - CDP and LLDP;
 *   - DHCP for this phone: UDP to port 68 whose chaddr is its MAC (RFC 2131 2);
 *   - ARP that names the address which the phone probes or has, as sender or as target (RFC 5227);
 *   - with the user-space VLAN backend, unicast to the phone on the voice VLAN, which the stack above is to
 * get.
 */
struct frame_filter {
	struct mac mac;
	uint32_t address; /* probed or held, host order; 0: none, no ARP is taken */
	uint16_t vid;	  /* voice VLAN that is pumped in user space; 0: none */
};

#define FRAME_FILTER_MAX 64

/* Write the program (classic BPF; the kernel has taken the outer tag off the frame) and give its length. */
size_t frame_filter_build(const struct frame_filter *filter, struct sock_filter program[FRAME_FILTER_MAX]);

/* Attach the program to a packet socket. 0 or a negative errno. */
int frame_filter_attach(const struct frame_filter *filter, int sock);

/* Of a frame that came up, its tag inline: what it is. */
enum frame_kind {
	FRAME_OTHER,	 /* for the stack */
	FRAME_ARP,	 /* for the phone, and for the stack */
	FRAME_FOR_PHONE, /* CDP, LLDP, DHCP */
};
enum frame_kind frame_kind(const uint8_t *frame, size_t length);

/* The IPv4 address that an outgoing ARP probe (RFC 5227) asks about, host order; 0: another frame. */
uint32_t frame_arp_probed(const uint8_t *frame, size_t length);

#endif
