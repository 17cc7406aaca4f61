#ifndef CABLE_NIC_H
#define CABLE_NIC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/fail.h"

/*
 * An interface of the host as the far end of a cable: a NIC, a tap, a veth or a port of a bridge. The interface stays
 * where it is, in the namespace of the process that opens it. Nothing of it is changed that has to be changed back: its
 * promiscuous mode is a membership of a socket, and its offloads stay as they are. So nothing remains when the last
 * process that holds the descriptors dies, however it dies.
 *
 * One process opens the interface and passes the descriptors to another, which needs no rights for it.
 */

/* The descriptors of an open interface. */
enum nic_descriptor {
	NIC_PACKETS, /* AF_PACKET, bound to the interface, with PACKET_VNET_HDR */
	NIC_LINKS,   /* route netlink in its namespace */
	NIC_LOCK,    /* a bound name: an interface is the far end of one port */
	NIC_DESCRIPTORS,
};

/*
 * Open the interface of this network namespace. 0 with the descriptors, which are the caller's to close; or, with the
 * reason:
 *   -ENODEV      there is no such interface, or it is not Ethernet on a wire
 *   -ENETDOWN    it is down
 *   -EBUSY       it is the far end of a port already
 *   -EADDRINUSE  this machine uses it: it has IPv4 addresses, or carries a default route; or a link above it does.
 *                Only if consent is false
 *   -EPERM       CAP_NET_RAW is missing
 */
int nic_open(int descriptor[NIC_DESCRIPTORS], const char *name, bool consent, struct fail *fail);

/* Close the descriptors that are not -1, and set them to -1. */
void nic_close_descriptors(int descriptor[NIC_DESCRIPTORS]);

/* --- the receiving end --- */

struct nic;

#define NIC_HEADROOM  8	    /* writable bytes in front of a received frame */
#define NIC_FRAME_MAX 65600 /* a frame that stands for many segments, and its headers */

/* A frame as it came from the interface, its VLAN tag inline. It may have an unfinished checksum and stand for many
 * segments: the fields of struct virtio_net_hdr. The bytes are the nic's, until the next call. */
struct nic_frame {
	uint8_t *data;
	size_t length;
	bool needs_checksum; /* from checksum_start on, its field at checksum_offset from there */
	uint8_t gso_type;    /* 0: one frame */
	uint16_t gso_size;
	size_t checksum_start, checksum_offset;
};

/* Take over the descriptors of an open interface. On failure (-EINVAL: not what they have to be) they stay the
 * caller's. */
int nic_new(struct nic **nic, const int descriptor[NIC_DESCRIPTORS], struct fail *fail);

/* The name of the interface, as it is now. */
const char *nic_name(const struct nic *nic);

/* Readable when frames wait; when the state of the link may have changed. Borrowed, nonblocking. */
int nic_fd(const struct nic *nic);
int nic_link_fd(const struct nic *nic);

/* Read the changes of the link. True: it is up now, with a carrier. An interface that was deleted is down; when one of
 * its name appears again, the nic continues with it. */
bool nic_read_link(struct nic *nic);

/* Receive one frame. 0; -EAGAIN when none waits; -EMSGSIZE for one that was lost, because it is too large or because the
 * kernel cannot describe it; another negative errno. */
int nic_receive(struct nic *nic, struct nic_frame *frame);

/* Send an ordinary frame, its tag inline. 0 or a negative errno. */
int nic_send(struct nic *nic, const void *frame, size_t length);

/* Close the descriptors: the interface is as before. NULL is legal. */
void nic_free(struct nic *nic);

#endif
