#include "cable/nic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "cable/monitor.h"

/* The receiving end of an interface of the host. nic_open.c opens it. */

#define TAG	  4
#define ADDRESSES 12

struct nic {
	int descriptor[NIC_DESCRIPTORS];
	struct monitor *monitor; /* owns NIC_LINKS */
	int ifindex;		 /* 0: the interface was deleted */
	char name[IFNAMSIZ];
	bool up;
	uint8_t room[NIC_HEADROOM + NIC_FRAME_MAX];
};

static int type_of(int fd, int option)
{
	int value = -1;
	socklen_t size = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &size) ? -1 : value;
}

int nic_new(struct nic **result, const int descriptor[NIC_DESCRIPTORS], struct fail *fail)
{
	struct sockaddr_ll address = {0};
	socklen_t size = sizeof(address);
	struct nic *nic;
	int err;

	if (getsockname(descriptor[NIC_PACKETS], (struct sockaddr *)&address, &size) ||
	    address.sll_family != AF_PACKET || address.sll_ifindex <= 0 ||
	    type_of(descriptor[NIC_PACKETS], SO_TYPE) != SOCK_RAW ||
	    type_of(descriptor[NIC_LOCK], SO_DOMAIN) != AF_UNIX)
		return fail_set(fail, -EINVAL, "the descriptors are not those of an interface");
	nic = calloc(1, sizeof(*nic));
	if (!nic)
		return fail_set(fail, -ENOMEM, "out of memory");
	err = monitor_adopt(&nic->monitor, descriptor[NIC_LINKS], fail);
	if (err) {
		free(nic);
		return err;
	}
	memcpy(nic->descriptor, descriptor, sizeof(nic->descriptor));
	nic->ifindex = address.sll_ifindex;
	*result = nic;
	return 0;
}

const char *nic_name(const struct nic *nic)
{
	return nic->name;
}

int nic_fd(const struct nic *nic)
{
	return nic->descriptor[NIC_PACKETS];
}

int nic_link_fd(const struct nic *nic)
{
	return monitor_fd(nic->monitor);
}

/* Continue with an interface that has the name of the one that was deleted: a USB NIC that was unplugged. A socket may
 * be bound again without any right. */
static void follow(struct nic *nic, int ifindex)
{
	const struct packet_mreq promiscuous = {.mr_ifindex = ifindex, .mr_type = PACKET_MR_PROMISC};
	const struct sockaddr_ll address = {
	    .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = ifindex};
	int fd = nic->descriptor[NIC_PACKETS];

	if (!bind(fd, (const struct sockaddr *)&address, sizeof(address)) &&
	    !setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof(promiscuous)))
		nic->ifindex = ifindex;
}

static void on_link(void *arg, const struct monitor_link *link)
{
	struct nic *nic = arg;

	if (!nic->ifindex && !link->deleted && *nic->name && !strcmp(link->name, nic->name))
		follow(nic, link->ifindex);
	if (link->ifindex != nic->ifindex)
		return;
	if (link->deleted)
		nic->ifindex = 0;
	else
		strncpy(nic->name, link->name, sizeof(nic->name) - 1);
	nic->up = !link->deleted && link->up && link->carrier;
}

bool nic_read_link(struct nic *nic)
{
	monitor_read(nic->monitor, on_link, nic);
	return nic->up;
}

/* The tag that the kernel took out of the bytes, if any. */
static bool tag_of(struct msghdr *message, uint16_t tag[2])
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		const struct tpacket_auxdata *aux = (const struct tpacket_auxdata *)CMSG_DATA(c);

		if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA ||
		    !(aux->tp_status & TP_STATUS_VLAN_VALID))
			continue;
		tag[0] = htons(aux->tp_status & TP_STATUS_VLAN_TPID_VALID ? aux->tp_vlan_tpid : ETH_P_8021Q);
		tag[1] = htons(aux->tp_vlan_tci);
		return true;
	}
	return false;
}

/* The kernel reports ENETDOWN once each time that the link goes down. */
static ssize_t receive(int fd, struct msghdr *message)
{
	ssize_t n;

	do
		n = recvmsg(fd, message, MSG_TRUNC | MSG_DONTWAIT);
	while (n < 0 && (errno == EINTR || errno == ENETDOWN));
	/* EINVAL: a kind of segments that the header cannot express. The kernel has dropped the frame. */
	return n < 0 ? errno == EINVAL ? -EMSGSIZE : -errno : n;
}

int nic_receive(struct nic *nic, struct nic_frame *frame)
{
	struct virtio_net_hdr header;
	uint8_t *data = nic->room + NIC_HEADROOM;
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;
	struct iovec parts[] = {{&header, sizeof(header)}, {data, NIC_FRAME_MAX}};
	struct msghdr message = {
	    .msg_iov = parts, .msg_iovlen = 2, .msg_control = &control, .msg_controllen = sizeof(control)};
	uint16_t tag[2];
	ssize_t n = receive(nic->descriptor[NIC_PACKETS], &message);

	if (n < 0)
		return (int)n;
	n -= (ssize_t)sizeof(header);
	if (n < ETH_HLEN || n > NIC_FRAME_MAX)
		return -EMSGSIZE;
	*frame = (struct nic_frame){.data = data,
				    .length = (size_t)n,
				    .needs_checksum = header.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM,
				    .gso_type = header.gso_type,
				    .gso_size = header.gso_size,
				    .checksum_start = header.csum_start,
				    .checksum_offset = header.csum_offset};
	if (tag_of(&message, tag)) {
		frame->data -= TAG;
		frame->length += TAG;
		frame->checksum_start += TAG;
		memmove(frame->data, data, ADDRESSES);
		memcpy(frame->data + ADDRESSES, tag, TAG);
	}
	return 0;
}

int nic_send(struct nic *nic, const void *frame, size_t length)
{
	static const struct virtio_net_hdr whole; /* zeros: an ordinary frame */
	struct iovec parts[] = {{(void *)&whole, sizeof(whole)}, {(void *)frame, length}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	bool reported = false;
	ssize_t n;

	/* ENETDOWN is reported once for each time that the link was down, even if it is up now. */
	do {
		n = sendmsg(nic->descriptor[NIC_PACKETS], &message, MSG_DONTWAIT);
		if (n < 0 && errno == ENETDOWN && !reported) {
			reported = true;
			errno = EINTR;
		}
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

void nic_free(struct nic *nic)
{
	if (!nic)
		return;
	monitor_close(nic->monitor);
	nic->descriptor[NIC_LINKS] = -1;
	nic_close_descriptors(nic->descriptor);
	free(nic);
}

void nic_close_descriptors(int descriptor[NIC_DESCRIPTORS])
{
	for (int i = 0; i < NIC_DESCRIPTORS; i++) {
		if (descriptor[i] >= 0)
			close(descriptor[i]);
		descriptor[i] = -1;
	}
}
