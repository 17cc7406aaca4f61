#include "cable/raw.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/closer.h"
#include "cable/netns.h"

struct raw {
	int fd;
	int ifindex;
};

#define TAG 4

static int prepare(struct raw *raw, const struct raw_options *options, struct fail *fail)
{
	const char *name = options->interface;
	struct packet_mreq promiscuous = {.mr_ifindex = raw->ifindex, .mr_type = PACKET_MR_PROMISC};
	struct sockaddr_ll address = {
	    .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = raw->ifindex};
	struct sock_fprog program = {.len = options->filter_length,
				     .filter = (struct sock_filter *)options->filter};
	int on = 1;

	if (setsockopt(raw->fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) ||
	    setsockopt(raw->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)))
		return fail_set(fail, -errno, "%s: cannot prepare a raw socket: %s", name, strerror(errno));
	if (options->filter && setsockopt(raw->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)))
		return fail_set(fail, -errno, "%s: cannot attach a filter of %u instructions: %s", name,
				options->filter_length, strerror(errno));
	if (options->receive_buffer &&
	    setsockopt(raw->fd, SOL_SOCKET, SO_RCVBUFFORCE, &options->receive_buffer, sizeof(int)) &&
	    setsockopt(raw->fd, SOL_SOCKET, SO_RCVBUF, &options->receive_buffer, sizeof(int)))
		return fail_set(fail, -errno, "%s: cannot size the buffer of a raw socket: %s", name,
				strerror(errno));
	if (options->promiscuous &&
	    setsockopt(raw->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof(promiscuous)))
		return fail_set(fail, -errno, "%s: cannot be promiscuous: %s", name, strerror(errno));
	/* Bind last, so that no frame is received without the filter or without its tag. */
	if (bind(raw->fd, (struct sockaddr *)&address, sizeof(address)))
		return fail_set(fail, -errno, "%s: cannot bind a raw socket: %s", name, strerror(errno));
	return 0;
}

/* The index of the interface in the namespace of the socket. */
static int find_interface(struct raw *raw, const char *name, struct fail *fail)
{
	struct ifreq request = {0};

	strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
	if (ioctl(raw->fd, SIOCGIFINDEX, &request))
		return fail_set(fail, -ENODEV, "%s: no such interface", name);
	raw->ifindex = request.ifr_ifindex;
	return 0;
}

int raw_open(struct raw **raw, int ns, const struct raw_options *options, struct fail *fail)
{
	struct raw *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return fail_set(fail, -ENOMEM, "out of memory");
	r->fd = netns_socket(ns, AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0, fail);
	err = r->fd < 0 ? fail_prefix(fail, r->fd, "packet socket (needs CAP_NET_RAW)")
			: find_interface(r, options->interface, fail);
	if (!err)
		err = prepare(r, options, fail);
	if (err) {
		raw_close(r);
		return err;
	}
	*raw = r;
	return 0;
}

int raw_fd(const struct raw *raw)
{
	return raw->fd;
}

int raw_ifindex(const struct raw *raw)
{
	return raw->ifindex;
}

/* The tag that the kernel took out of the bytes, if any. */
static const struct tpacket_auxdata *auxdata(struct msghdr *message)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
		if (c->cmsg_level == SOL_PACKET && c->cmsg_type == PACKET_AUXDATA)
			return (const struct tpacket_auxdata *)CMSG_DATA(c);
	return NULL;
}

/*
 * The 12 octets of the MACs are received at the start of the buffer and the rest four octets further on, into
 * the place that it has when there is a tag. So a tagged frame needs no move at all, and an untagged one a
 * move of the rest.
 */
ssize_t raw_receive(struct raw *raw, void *buffer, size_t size)
{
	uint8_t *frame = buffer;
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;
	const struct tpacket_auxdata *aux;
	ssize_t n;

	if (size < ETH_HLEN + TAG)
		return -EINVAL;
	for (;;) {
		struct iovec parts[2] = {{.iov_base = frame, .iov_len = 12},
					 {.iov_base = frame + 12 + TAG, .iov_len = size - 12 - TAG}};
		struct msghdr message = {.msg_iov = parts,
					 .msg_iovlen = 2,
					 .msg_control = &control,
					 .msg_controllen = sizeof(control)};

		n = recvmsg(raw->fd, &message, MSG_TRUNC);
		if (n < 0 && (errno == EINTR || errno == ENETDOWN))
			continue; /* the kernel reports ENETDOWN once each time the link goes down */
		if (n < 0)
			return -errno;
		if (n < ETH_HLEN)
			continue;
		if ((size_t)n > size - TAG)
			return -EMSGSIZE;
		aux = auxdata(&message);
		break;
	}
	if (aux && (aux->tp_status & TP_STATUS_VLAN_VALID)) {
		uint16_t tpid = aux->tp_status & TP_STATUS_VLAN_TPID_VALID ? aux->tp_vlan_tpid : ETH_P_8021Q;
		uint16_t tag[2] = {htons(tpid), htons(aux->tp_vlan_tci)};

		memcpy(frame + 12, tag, TAG);
		return n + TAG;
	}
	memmove(frame + 12, frame + 12 + TAG, (size_t)n - 12);
	return n;
}

int raw_send_parts(struct raw *raw, const struct iovec *parts, unsigned count)
{
	struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = count};
	bool reported = false;
	ssize_t n;

	/* The kernel reports ENETDOWN once for each time that the link was down, even if it is up now: only
	 * a second one in a row means that it is still down. */
	do {
		n = sendmsg(raw->fd, &message, 0);
		if (n < 0 && errno == ENETDOWN && !reported) {
			reported = true;
			errno = EINTR;
		}
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

int raw_send(struct raw *raw, const void *frame, size_t length)
{
	struct iovec part = {.iov_base = (void *)frame, .iov_len = length};

	return raw_send_parts(raw, &part, 1);
}

void raw_close(struct raw *raw)
{
	if (!raw)
		return;
	closer_close(raw->fd);
	free(raw);
}
