#include "cable/nsid.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <string.h>

static int on_attribute(const struct nlattr *attribute, void *arg)
{
	if (mnl_attr_get_type(attribute) == NETNSA_NSID && !mnl_attr_validate(attribute, MNL_TYPE_U32))
		memcpy(arg, mnl_attr_get_payload(attribute), sizeof(int));
	return MNL_CB_OK;
}

static int on_number(const struct nlmsghdr *header, void *arg)
{
	if (header->nlmsg_type == RTM_NEWNSID)
		mnl_attr_parse(header, sizeof(struct rtgenmsg), on_attribute, arg);
	return MNL_CB_OK;
}

/* Send a request about ns and read until its acknowledgement. A number in the answer is stored in *nsid. */
static int talk(struct mnl_socket *sock, uint16_t type, int ns, int *nsid)
{
	static unsigned seq;
	char buffer[4096] __attribute__((aligned(MNL_ALIGNTO)));
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct rtgenmsg *general;
	int result = MNL_CB_OK;

	header->nlmsg_type = type;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	header->nlmsg_seq = ++seq;
	general = mnl_nlmsg_put_extra_header(header, sizeof(*general));
	general->rtgen_family = AF_UNSPEC;
	mnl_attr_put_u32(header, NETNSA_FD, (uint32_t)ns);
	if (type == RTM_NEWNSID)
		mnl_attr_put_u32(header, NETNSA_NSID, (uint32_t)NETNSA_NSID_NOT_ASSIGNED);
	if (mnl_socket_sendto(sock, header, header->nlmsg_len) < 0)
		return -errno;
	/* The kernel answers a request while it is sent: nothing has to be waited for. */
	while (result > MNL_CB_STOP) {
		ssize_t n = mnl_socket_recvfrom(sock, buffer, sizeof(buffer));

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n >= 0)
			result = mnl_cb_run(buffer, (size_t)n, seq, 0, on_number, nsid);
	}
	return result < 0 ? -errno : 0;
}

int nsid_get(struct mnl_socket *sock, int ns, int *nsid, struct fail *fail)
{
	int number = NETNSA_NSID_NOT_ASSIGNED;
	int err = talk(sock, RTM_GETNSID, ns, &number);

	if (!err && number == NETNSA_NSID_NOT_ASSIGNED) {
		err = talk(sock, RTM_NEWNSID, ns, &number);
		/* -EEXIST: it got one meanwhile, as an end of a cable was moved. */
		if (!err || err == -EEXIST)
			err = talk(sock, RTM_GETNSID, ns, &number);
	}
	if (!err && number == NETNSA_NSID_NOT_ASSIGNED)
		err = -ENOENT;
	if (err)
		return fail_set(fail, err, "cannot number a network namespace: %s", strerror(-err));
	*nsid = number;
	return 0;
}
