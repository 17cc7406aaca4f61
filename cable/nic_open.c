/* Open an interface of the host, if nothing speaks against it. */
#include "cable/nic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/route.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cable/link.h"
#include "cable/monitor.h"

#define RECEIVE_BUFFER (4 << 20)
#define SET_MOST       64 /* links that stand on one interface */

/* The interface and the links that use it: its bridge or bond, VLANs and macvlans on it, and so on. */
struct users {
	int ifindex[SET_MOST];
	unsigned count;
};

static bool uses(const struct users *users, int ifindex)
{
	for (unsigned i = 0; i < users->count; i++)
		if (users->ifindex[i] == ifindex)
			return true;
	return false;
}

static void add_user(struct users *users, int ifindex)
{
	if (ifindex > 0 && !uses(users, ifindex) && users->count < SET_MOST)
		users->ifindex[users->count++] = ifindex;
}

static struct rtnl_link *link_of(struct nl_object *object)
{
	return (struct rtnl_link *)object;
}

/* What is above the links in the set, until nothing is added. The other end of a veth pair is beside it, not above. */
static void collect_users(struct users *users, struct nl_cache *links)
{
	unsigned before;

	do {
		before = users->count;
		for (struct nl_object *o = nl_cache_get_first(links); o; o = nl_cache_get_next(o)) {
			const char *kind = rtnl_link_get_type(link_of(o));

			if (uses(users, rtnl_link_get_ifindex(link_of(o))))
				add_user(users, rtnl_link_get_master(link_of(o)));
			else if ((!kind || strcmp(kind, "veth") != 0) &&
				 uses(users, rtnl_link_get_link(link_of(o))))
				add_user(users, rtnl_link_get_ifindex(link_of(o)));
		}
	} while (users->count > before);
}

/* "192.0.2.7/24 (br0)": the interface only if it is another. */
static void name_link(struct nl_cache *links, int ifindex, int own, char *text, size_t size)
{
	char name[IFNAMSIZ] = "";

	if (ifindex != own && rtnl_link_i2name(links, ifindex, name, sizeof(name)))
		snprintf(text, size, " (%s)", name);
	else
		*text = 0;
}

/* The addresses of this machine on the links, joined by commas. Link-local ones do not count: many systems give them to
 * every interface. */
static void find_addresses(const struct users *users, struct nl_cache *links, struct nl_cache *addresses,
			   char *text, size_t size)
{
	size_t used = 0;

	*text = 0;
	for (struct nl_object *o = nl_cache_get_first(addresses); o; o = nl_cache_get_next(o)) {
		struct rtnl_addr *address = (struct rtnl_addr *)o;
		char local[INET_ADDRSTRLEN + 8], where[IFNAMSIZ + 4];

		if (rtnl_addr_get_family(address) != AF_INET ||
		    !uses(users, rtnl_addr_get_ifindex(address)) ||
		    rtnl_addr_get_scope(address) == RT_SCOPE_LINK || used + 1 >= size)
			continue;
		nl_addr2str(rtnl_addr_get_local(address), local, sizeof(local));
		name_link(links, rtnl_addr_get_ifindex(address), users->ifindex[0], where, sizeof(where));
		used += (size_t)snprintf(text + used, size - used, "%s%s%s", used ? ", " : "", local, where);
	}
}

struct default_route {
	const struct users *users;
	bool found;
};

static void on_hop(struct rtnl_nexthop *hop, void *arg)
{
	struct default_route *route = arg;

	route->found = route->found || uses(route->users, rtnl_route_nh_get_ifindex(hop));
}

static bool has_default_route(const struct users *users, struct nl_cache *routes)
{
	struct default_route found = {.users = users};

	for (struct nl_object *o = nl_cache_get_first(routes); o; o = nl_cache_get_next(o)) {
		struct rtnl_route *route = (struct rtnl_route *)o;
		struct nl_addr *to = rtnl_route_get_dst(route);

		if (rtnl_route_get_type(route) == RTN_UNICAST && (!to || !nl_addr_get_prefixlen(to)))
			rtnl_route_foreach_nexthop(route, on_hop, &found);
	}
	return found.found;
}

static int refuse_use(const char *name, bool default_route, const char *addresses, struct fail *fail)
{
	return fail_set(
	    fail, -EADDRINUSE,
	    "%s: this machine uses the interface: it %s%s%s%s. The servers of the lab would answer on its "
	    "network, DHCP too",
	    name, default_route ? "carries the default route" : "",
	    default_route && *addresses ? " and " : "", *addresses ? "has the address " : "", addresses);
}

/* Is it Ethernet on a wire, up, and not in use by this machine? */
static int check(const char *name, struct rtnl_link *link, struct nl_cache *links, struct nl_cache *addresses,
		 struct nl_cache *routes, bool consent, struct fail *fail)
{
	struct users users = {.ifindex = {rtnl_link_get_ifindex(link)}, .count = 1};
	char text[256], wireless[80];
	bool default_route;

	if (rtnl_link_get_arptype(link) != ARPHRD_ETHER)
		return fail_set(fail, -ENODEV, "%s: not an Ethernet interface", name);
	snprintf(wireless, sizeof(wireless), "/sys/class/net/%s/phy80211", name);
	if (!access(wireless, F_OK))
		return fail_set(
		    fail, -ENODEV,
		    "%s: a wireless interface (an access point takes frames of one address only); expected "
		    "an interface with a cable",
		    name);
	if (!(rtnl_link_get_flags(link) & IFF_UP))
		return fail_set(fail, -ENETDOWN,
				"%s: the interface is down; set it up with: ip link set %s up", name, name);
	collect_users(&users, links);
	find_addresses(&users, links, addresses, text, sizeof(text));
	default_route = has_default_route(&users, routes);
	return !consent && (default_route || *text) ? refuse_use(name, default_route, text, fail) : 0;
}

static int check_all(const char *name, bool consent, int *ifindex, struct fail *fail)
{
	struct nl_cache *links = NULL, *addresses = NULL, *routes = NULL;
	struct rtnl_link *link = NULL;
	struct rtnl *rtnl;
	int err = rtnl_open(&rtnl, -1, fail);

	if (err)
		return err;
	err = rtnl_link_alloc_cache(rtnl_socket(rtnl), AF_UNSPEC, &links);
	if (err >= 0)
		err = rtnl_addr_alloc_cache(rtnl_socket(rtnl), &addresses);
	if (err >= 0)
		err = rtnl_route_alloc_cache(rtnl_socket(rtnl), AF_UNSPEC, 0, &routes);
	if (err < 0) {
		err = fail_set(fail, rtnl_errno(err), "route netlink: %s", nl_geterror(err));
	} else {
		link = link_name_valid(name) ? rtnl_link_get_by_name(links, name) : NULL;
		err =
		    link
			? check(name, link, links, addresses, routes, consent, fail)
			: fail_set(fail, -ENODEV,
				   "%s: no such interface in this network namespace; list them with: ip link",
				   name);
		*ifindex = link ? rtnl_link_get_ifindex(link) : 0;
	}
	rtnl_link_put(link);
	nl_cache_free(routes);
	nl_cache_free(addresses);
	nl_cache_free(links);
	rtnl_close(rtnl);
	return err;
}

/* An abstract name belongs to the network namespace, as the interface does, and is free again when the last process
 * that holds the socket is gone. */
static int lock(const char *name, int *fd, struct fail *fail)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int length = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "phonelab/nic/%s", name);

	*fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (*fd < 0)
		return fail_set(fail, -errno, "cannot make a socket: %s", strerror(errno));
	if (!bind(*fd, (const struct sockaddr *)&address,
		  (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length)))
		return 0;
	if (errno == EADDRINUSE)
		return fail_set(
		    fail, -EBUSY,
		    "%s: the interface is the far end of a switch port already, of this lab or of another; "
		    "list the labs with: phonelab ls",
		    name);
	return fail_set(fail, -errno, "%s: %s", name, strerror(errno));
}

static int open_packets(const char *name, int ifindex, int *fd, struct fail *fail)
{
	const struct packet_mreq promiscuous = {.mr_ifindex = ifindex, .mr_type = PACKET_MR_PROMISC};
	const struct sockaddr_ll address = {
	    .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = ifindex};
	const int on = 1, size = RECEIVE_BUFFER;

	*fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0)
		return fail_set(fail, -errno, "%s: cannot open a packet socket: %s%s", name, strerror(errno),
				errno == EPERM ? " (CAP_NET_RAW is missing)" : "");
	/* The size that the system permits, without CAP_NET_ADMIN. */
	if (setsockopt(*fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(*fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	/* The frames of this machine's own stack leave by the interface: they did not come in by it. Bound last, so that
	 * no frame comes without all this. */
	if (setsockopt(*fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) ||
	    setsockopt(*fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) ||
	    setsockopt(*fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) ||
	    bind(*fd, (const struct sockaddr *)&address, sizeof(address)) ||
	    setsockopt(*fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof(promiscuous)))
		return fail_set(fail, -errno, "%s: cannot prepare a packet socket: %s", name,
				strerror(errno));
	return 0;
}

static int open_links(int *fd, struct fail *fail)
{
	struct monitor *monitor;
	int err = monitor_open(&monitor, -1, fail);

	if (err)
		return err;
	*fd = fcntl(monitor_fd(monitor), F_DUPFD_CLOEXEC, 3);
	err = *fd < 0 ? fail_set(fail, -errno, "cannot watch the links: %s", strerror(errno)) : 0;
	monitor_close(monitor);
	return err;
}

int nic_open(int descriptor[NIC_DESCRIPTORS], const char *name, bool consent, struct fail *fail)
{
	int got[NIC_DESCRIPTORS] = {-1, -1, -1}, ifindex = 0, err;

	err = check_all(name, consent, &ifindex, fail);
	if (!err)
		err = lock(name, &got[NIC_LOCK], fail);
	if (!err)
		err = open_packets(name, ifindex, &got[NIC_PACKETS], fail);
	if (!err)
		err = open_links(&got[NIC_LINKS], fail);
	if (err)
		nic_close_descriptors(got);
	else
		memcpy(descriptor, got, sizeof(got));
	return err;
}
