#include "cable/vlan.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <linux/if.h> /* after net/if.h, which it respects */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "cable/lane.h"
#include "cable/link.h"
#include "cable/node_mac.h"
#include "cable/offload.h"
#include "cable/raw.h"

#define TAG	 4
#define VID_MASK 0x0fff
#define BUDGET	 64
#define QUEUE_MS 100

struct vlan {
	enum vlan_backend backend;
	uint16_t vid;
	char name[LINK_NAME];
	struct rtnl *rtnl;  /* of the namespace that it is in */
	int ifindex;	    /* of the sub-interface */
	int far_index;	    /* of the other end, user backend */
	struct raw *far;    /* receives what the sub-interface sends */
	struct raw *parent; /* receives the tagged frames, unless fed */
};

static const char *const backends[] = {
    [VLAN_AUTO] = "auto",
    [VLAN_KERNEL] = "kernel",
    [VLAN_USER] = "user",
};

const char *vlan_backend_name(enum vlan_backend backend)
{
	return (size_t)backend < sizeof(backends) / sizeof(backends[0]) ? backends[backend] : "?";
}

int vlan_backend_parse(enum vlan_backend *backend, const char *text)
{
	for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++) {
		if (!strcmp(text, backends[i])) {
			*backend = (enum vlan_backend)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* The common part of both backends after the link exists. */
static int bring_up(struct vlan *vlan, const struct mac *mac, struct fail *fail)
{
	int err;

	vlan->ifindex = link_index(vlan->rtnl, vlan->name, fail);
	if (vlan->ifindex < 0)
		return vlan->ifindex;
	err = mac ? link_set_mac(vlan->rtnl, vlan->ifindex, mac, fail) : 0;
	if (!err)
		err = link_quiet_ipv6(vlan->rtnl, vlan->ifindex, fail);
	if (!err)
		err = link_set_up(vlan->rtnl, vlan->ifindex, true, fail);
	return err;
}

static int make_kernel(struct vlan *vlan, const struct vlan_options *options, struct fail *fail)
{
	int err = link_create_vlan(vlan->rtnl, options->parent, options->vid, vlan->name, fail);

	if (err)
		return err;
	vlan->backend = VLAN_KERNEL;
	return bring_up(vlan, options->mac, fail);
}

/* The far end: it must not answer for anybody, only be listened to. */
static int make_far(struct vlan *vlan, int ns, const char *far, struct fail *fail)
{
	struct raw_options listen = {.interface = far};
	int err;

	vlan->far_index = link_index(vlan->rtnl, far, fail);
	if (vlan->far_index < 0)
		return vlan->far_index;
	err = offload_off(ns, far, fail);
	if (!err)
		err = offload_off(ns, vlan->name, fail);
	if (!err)
		err = link_set_arp(vlan->rtnl, vlan->far_index, false, fail);
	if (!err)
		err = link_quiet_ipv6(vlan->rtnl, vlan->far_index, fail);
	if (!err)
		err = raw_open(&vlan->far, ns, &listen, fail);
	if (!err)
		err = link_set_up(vlan->rtnl, vlan->far_index, true, fail);
	return err;
}

/* A socket on the parent that receives only the frames of our VID. */
static int listen_parent(struct vlan *vlan, int ns, const char *parent, struct fail *fail)
{
	struct sock_filter ours[] = {
	    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 4, 0),
	    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG)),
	    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, VID_MASK),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, vlan->vid, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	    BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct raw_options listen = {
	    .interface = parent, .filter = ours, .filter_length = sizeof(ours) / sizeof(ours[0])};

	return raw_open(&vlan->parent, ns, &listen, fail);
}

void vlan_far_name(int parent, uint16_t vid, char name[16])
{
	snprintf(name, 16, "~%u.%u", (unsigned)parent % 1000000, vid % 4096U);
}

/* The far end came up first and without a carrier: its queue drops everything until the kernel's link watch has run. From Linux 6.8 on, to
 * be asked about the link makes the kernel run it (see plug.c); before, it runs as soon as this process sleeps. */
static int open_queue(struct vlan *vlan, const char *far, struct fail *fail)
{
	struct link_info info;
	int err;

	for (int i = 0; i < QUEUE_MS; i++) {
		err = link_get(vlan->rtnl, far, &info, fail);
		if (err || info.operstate == IF_OPER_UP)
			return err;
		poll(NULL, 0, 1);
	}
	return 0;
}

static int make_user(struct vlan *vlan, int ns, const struct vlan_options *options, struct fail *fail)
{
	char far[LINK_NAME];
	struct mac far_mac;
	struct link_info parent;
	struct link_veth veth = {.name = vlan->name, .peer_name = far, .peer_mac = &far_mac, .peer_ns = -1};
	int err = link_get(vlan->rtnl, options->parent, &parent, fail);

	if (err)
		return err;
	vlan_far_name(parent.ifindex, options->vid, far);
	node_mac_random(&far_mac);
	veth.mac = options->mac ? options->mac : &parent.mac;
	veth.mtu = parent.mtu;
	err = link_create_veth(vlan->rtnl, &veth, fail);
	if (err)
		return err;
	vlan->backend = VLAN_USER;
	err = make_far(vlan, ns, far, fail);
	if (!err && !options->fed)
		err = listen_parent(vlan, ns, options->parent, fail);
	if (!err)
		err = bring_up(vlan, NULL, fail);
	return err ? err : open_queue(vlan, far, fail);
}

static int check(const struct vlan_options *options, char name[LINK_NAME], struct fail *fail)
{
	char wanted[2 * LINK_NAME];

	if (options->vid < 1 || options->vid > 4094)
		return fail_set(fail, -EINVAL, "VLAN %u: expected 1 to 4094", options->vid);
	snprintf(wanted, sizeof(wanted), "%.15s.%u", options->parent, options->vid);
	if (options->name)
		snprintf(wanted, sizeof(wanted), "%.16s", options->name);
	if (!link_name_valid(wanted))
		return fail_set(fail, -EINVAL, "'%s': expected an interface name of 1 to 15 characters",
				wanted);
	memcpy(name, wanted, LINK_NAME);
	return 0;
}

int vlan_new(struct vlan **vlan, int ns, const struct vlan_options *options, struct fail *fail)
{
	struct vlan *v = calloc(1, sizeof(*v));
	struct link_info parent;
	int err;

	if (!v)
		return fail_set(fail, -ENOMEM, "out of memory");
	v->vid = options->vid;
	err = check(options, v->name, fail);
	if (!err)
		err = rtnl_open(&v->rtnl, ns, fail);
	if (!err)
		err = link_get(v->rtnl, options->parent, &parent, fail);
	if (!err && options->backend != VLAN_USER)
		err = make_kernel(v, options, fail);
	/* "Unknown device type": this kernel has no 8021q, nor a module of it to load. */
	if (options->backend == VLAN_USER ? !err : options->backend == VLAN_AUTO && err == -EOPNOTSUPP)
		err = make_user(v, ns, options, fail);
	if (err) {
		vlan_free(v);
		return fail_prefix(fail, err, "VLAN %u of %s", options->vid, options->parent);
	}
	if (options->lean) {
		rtnl_close(v->rtnl);
		v->rtnl = NULL;
	}
	*vlan = v;
	return 0;
}

void vlan_delete(struct vlan *vlan, int ns)
{
	struct fail ignored = {0};

	/* Without the socket, as when the namespace has ended, the sub-interface stays. */
	if (vlan && !vlan->rtnl && rtnl_open(&vlan->rtnl, ns, &ignored))
		vlan_abandon(vlan);
	else
		vlan_free(vlan);
}

void vlan_abandon(struct vlan *vlan)
{
	if (!vlan)
		return;
	raw_close(vlan->far);
	raw_close(vlan->parent);
	rtnl_close(vlan->rtnl);
	free(vlan);
}

void vlan_free(struct vlan *vlan)
{
	struct fail ignored = {0};

	if (!vlan)
		return;
	/* Only what we made ourselves: the backend is set once the link is. */
	if (vlan->backend != VLAN_AUTO && vlan->ifindex <= 0)
		vlan->ifindex = link_index(vlan->rtnl, vlan->name, &ignored);
	if (vlan->backend != VLAN_AUTO && vlan->ifindex > 0)
		link_delete(vlan->rtnl, vlan->ifindex, &ignored);
	vlan_abandon(vlan);
}

enum vlan_backend vlan_backend(const struct vlan *vlan)
{
	return vlan->backend;
}

const char *vlan_name(const struct vlan *vlan)
{
	return vlan->name;
}

uint16_t vlan_vid(const struct vlan *vlan)
{
	return vlan->vid;
}

int vlan_ifindex(const struct vlan *vlan)
{
	return vlan->ifindex;
}

int vlan_far_fd(const struct vlan *vlan)
{
	return vlan->far ? raw_fd(vlan->far) : -1;
}

int vlan_parent_fd(const struct vlan *vlan)
{
	return vlan->parent ? raw_fd(vlan->parent) : -1;
}

/* Does the frame have our tag (inline)? */
static bool is_ours(const struct vlan *vlan, const uint8_t *frame, size_t length)
{
	return length >= ETH_HLEN + TAG && frame[12] == ETH_P_8021Q >> 8 &&
	       frame[13] == (ETH_P_8021Q & 0xff) && ((frame[14] << 8 | frame[15]) & VID_MASK) == vlan->vid;
}

int vlan_feed(struct vlan *vlan, const uint8_t *frame, size_t length)
{
	struct iovec parts[2];
	int err;

	if (!vlan->far || !is_ours(vlan, frame, length))
		return 0;
	parts[0] = (struct iovec){.iov_base = (void *)frame, .iov_len = 12};
	parts[1] = (struct iovec){.iov_base = (void *)(frame + 12 + TAG), .iov_len = length - 12 - TAG};
	err = raw_send_parts(vlan->far, parts, 2);
	return err ? err : 1;
}

ssize_t vlan_read(struct vlan *vlan, uint8_t *buffer, size_t size)
{
	uint8_t tag[TAG] = {ETH_P_8021Q >> 8, ETH_P_8021Q & 0xff, (uint8_t)(vlan->vid >> 8),
			    (uint8_t)vlan->vid};
	ssize_t n;

	if (!vlan->far)
		return -EAGAIN;
	if (size < ETH_HLEN + 2 * TAG)
		return -EINVAL;
	n = raw_receive(vlan->far, buffer + TAG, size - TAG);
	if (n < 0)
		return n;
	tag[2] |= (uint8_t)(lane_priority(buffer + TAG, (size_t)n) << 5);
	memmove(buffer, buffer + TAG, 12);
	memcpy(buffer + 12, tag, TAG);
	return n + TAG;
}

int vlan_pump(struct vlan *vlan, unsigned budget)
{
	uint8_t frame[RAW_FRAME_MAX];
	int count = 0;
	ssize_t n;

	if (!vlan->parent)
		return 0;
	for (unsigned i = 0; i < (budget ? budget : BUDGET); i++) {
		n = vlan_read(vlan, frame, sizeof(frame));
		if (n == -EAGAIN)
			break;
		if (n < 0 && n != -EMSGSIZE)
			return (int)n;
		/* A frame that cannot be sent is lost, as on a wire. */
		if (n > 0 && !raw_send(vlan->parent, frame, (size_t)n))
			count++;
	}
	for (unsigned i = 0; i < (budget ? budget : BUDGET); i++) {
		n = raw_receive(vlan->parent, frame, sizeof(frame));
		if (n == -EAGAIN)
			break;
		if (n < 0 && n != -EMSGSIZE)
			return (int)n;
		if (n > 0 && vlan_feed(vlan, frame, (size_t)n) > 0)
			count++;
	}
	return count;
}

int vlan_set_carrier(struct vlan *vlan, bool carrier, struct fail *fail)
{
	struct link_info info;
	int err;

	if (!vlan->far)
		return 0;
	err = link_set_up(vlan->rtnl, vlan->far_index, carrier, fail);
	/* Asked about, the queue of the near end opens at once (see plug.c). */
	return err ? err : link_get(vlan->rtnl, vlan->name, &info, fail);
}
