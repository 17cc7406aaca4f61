/* What a link is, and which names a link may have. */
#include "cable/link.h"

#include <errno.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <string.h>
#include <sys/ioctl.h>

bool link_name_valid(const char *name)
{
	size_t length = strlen(name);

	if (length == 0 || length >= LINK_NAME || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	for (; *name; name++)
		if (*name <= ' ' || *name > '~' || *name == '/' || *name == ':' || *name == '%')
			return false;
	return true;
}

static void describe(struct link_info *info, struct rtnl_link *link)
{
	const char *name = rtnl_link_get_name(link);
	const char *kind = rtnl_link_get_type(link);
	struct nl_addr *address = rtnl_link_get_addr(link);

	memset(info, 0, sizeof(*info));
	info->ifindex = rtnl_link_get_ifindex(link);
	if (name)
		strncpy(info->name, name, sizeof(info->name) - 1);
	if (kind)
		strncpy(info->kind, kind, sizeof(info->kind) - 1);
	if (address && nl_addr_get_len(address) == sizeof(info->mac.octet))
		memcpy(info->mac.octet, nl_addr_get_binary_addr(address), sizeof(info->mac.octet));
	info->mtu = rtnl_link_get_mtu(link);
	info->up = rtnl_link_get_flags(link) & IFF_UP;
	info->carrier = rtnl_link_get_flags(link) & (1U << 16); /* IFF_LOWER_UP, which net/if.h lacks */
	info->operstate = rtnl_link_get_operstate(link);
}

/* The caller releases *link with rtnl_link_put. */
static int find(struct rtnl *rtnl, const char *name, struct rtnl_link **link, struct fail *fail)
{
	int err;

	if (!link_name_valid(name))
		return fail_set(fail, -ENODEV, "'%s' cannot be an interface", name);
	err = rtnl_link_get_kernel(rtnl_socket(rtnl), 0, name, link);
	if (err >= 0)
		return 0;
	err = rtnl_errno(err);
	if (err == -ENOENT)
		err = -ENODEV;
	return fail_set(fail, err, "%s: %s", name, strerror(-err));
}

int link_get(struct rtnl *rtnl, const char *name, struct link_info *info, struct fail *fail)
{
	struct rtnl_link *link = NULL;
	int err = find(rtnl, name, &link, fail);

	if (err)
		return err;
	describe(info, link);
	rtnl_link_put(link);
	return 0;
}

void link_counters_add(struct link_counters *sum, const struct link_counters *more)
{
	sum->rx_frames += more->rx_frames;
	sum->rx_dropped += more->rx_dropped;
	sum->rx_crc_errors += more->rx_crc_errors;
	sum->rx_frame_errors += more->rx_frame_errors;
	sum->rx_length_errors += more->rx_length_errors;
	sum->tx_frames += more->tx_frames;
	sum->tx_dropped += more->tx_dropped;
	sum->collisions += more->collisions;
}

int link_get_counters(struct rtnl *rtnl, const char *name, struct link_counters *counters, struct fail *fail)
{
	struct rtnl_link *link = NULL;
	int err = find(rtnl, name, &link, fail);

	if (err)
		return err;
	*counters = (struct link_counters){
	    .rx_frames = rtnl_link_get_stat(link, RTNL_LINK_RX_PACKETS),
	    .rx_dropped = rtnl_link_get_stat(link, RTNL_LINK_RX_DROPPED),
	    .rx_crc_errors = rtnl_link_get_stat(link, RTNL_LINK_RX_CRC_ERR),
	    .rx_frame_errors = rtnl_link_get_stat(link, RTNL_LINK_RX_FRAME_ERR),
	    .rx_length_errors = rtnl_link_get_stat(link, RTNL_LINK_RX_LEN_ERR),
	    .tx_frames = rtnl_link_get_stat(link, RTNL_LINK_TX_PACKETS),
	    .tx_dropped = rtnl_link_get_stat(link, RTNL_LINK_TX_DROPPED),
	    .collisions = rtnl_link_get_stat(link, RTNL_LINK_COLLISIONS),
	};
	rtnl_link_put(link);
	return 0;
}

/* By ioctl, which route netlink sockets have too: a message would describe the whole link. */
int link_index(struct rtnl *rtnl, const char *name, struct fail *fail)
{
	struct ifreq request = {0};

	if (!link_name_valid(name))
		return fail_set(fail, -ENODEV, "'%s' cannot be an interface", name);
	memcpy(request.ifr_name, name, strlen(name) + 1);
	if (ioctl(nl_socket_get_fd(rtnl_socket(rtnl)), SIOCGIFINDEX, &request))
		return fail_set(fail, -errno, "%s: %s", name, strerror(errno));
	return request.ifr_ifindex;
}
