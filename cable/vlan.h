#ifndef CABLE_VLAN_H
#define CABLE_VLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/fail.h"

/*
 * A tagged sub-interface ("eth0.110"), with two backends. Kernel: a link of kind vlan. User: a veth pair
 * whose near end is the sub-interface; what the far end receives is tagged and sent from the parent, and
 * tagged frames of the parent are untagged into the far end. Frames are sent with the 802.1p priority of
 * their socket (SO_PRIORITY, kernel) or of their DSCP's class (user): set both.
 */
enum vlan_backend {
	VLAN_AUTO, /* the kernel's where it has one, found by trying */
	VLAN_KERNEL,
	VLAN_USER,
};

struct vlan;

struct vlan_options {
	const char *parent;    /* "eth0" */
	uint16_t vid;	       /* 1 to 4094 */
	const char *name;      /* NULL: PARENT.VID */
	const struct mac *mac; /* NULL: that of the parent */
	enum vlan_backend backend;
	/* User backend only. false: the vlan opens a socket of its own on the parent, and vlan_pump does all.
	 * true: the owner has a raw socket on the parent; it feeds what it receives (vlan_feed) and sends
	 * what vlan_read gives. */
	bool fed;
	bool lean; /* keep no netlink socket: delete the VLAN with vlan_delete */
};

/* "auto", "kernel", "user"; -EINVAL for others. */
int vlan_backend_parse(enum vlan_backend *backend, const char *text);
const char *vlan_backend_name(enum vlan_backend backend);

/* Make it in the namespace ns (-1: the current one), and set it up. -EOPNOTSUPP if the requested backend
 * is not available. */
int vlan_new(struct vlan **vlan, int ns, const struct vlan_options *options, struct fail *fail);

/* Delete the sub-interface; NULL is legal. */
void vlan_free(struct vlan *vlan);

/* Delete the sub-interface of a lean VLAN, which is in the namespace ns (-1: the current one), and free it. NULL is
 * legal. */
void vlan_delete(struct vlan *vlan, int ns);

/* Free it and leave the interface to its namespace, which is about to end and takes it along: to delete it
 * first would be to wait for the kernel some ten milliseconds. NULL is legal. */
void vlan_abandon(struct vlan *vlan);

/* The name of the far end of a VLAN of the user backend, beside a parent of that ifindex. */
void vlan_far_name(int parent, uint16_t vid, char name[16]);

/* VLAN_KERNEL or VLAN_USER. */
enum vlan_backend vlan_backend(const struct vlan *vlan);
const char *vlan_name(const struct vlan *vlan);
uint16_t vlan_vid(const struct vlan *vlan);
int vlan_ifindex(const struct vlan *vlan);

/* Descriptors to watch for reading; borrowed, -1 for none (kernel backend: both; fed: the parent's). */
int vlan_far_fd(const struct vlan *vlan);
int vlan_parent_fd(const struct vlan *vlan);

/* Relay what waits on both descriptors, at most budget frames each way (0: 64). How many, or a negative
 * errno. Not when fed. */
int vlan_pump(struct vlan *vlan, unsigned budget);

/* Fed: a frame that the owner received from the parent. 1 when it was ours (tagged with our VID) and went to
 * the sub-interface, 0 when it was not or there is no need (kernel backend), or a negative errno. The frame
 * is not changed. */
int vlan_feed(struct vlan *vlan, const uint8_t *frame, size_t length);

/* Fed: the next frame that the sub-interface sent, already tagged, to be sent from the parent. Its length, or
 * -EAGAIN. */
ssize_t vlan_read(struct vlan *vlan, uint8_t *buffer, size_t size);

/* Let the sub-interface have a carrier or not, as the parent does (user backend; the kernel's follows by
 * itself). */
int vlan_set_carrier(struct vlan *vlan, bool carrier, struct fail *fail);

#endif
