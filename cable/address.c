#include "cable/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int address_parse_ip(struct in_addr *ip, const char *text, struct fail *fail)
{
	if (inet_pton(AF_INET, text, ip) != 1)
		return fail_set(fail, -EINVAL, "'%s': expected an IPv4 address such as 10.110.0.1", text);
	return 0;
}

int address_parse(struct address *address, const char *text, struct fail *fail)
{
	const char *slash = strchr(text, '/');
	char ip[INET_ADDRSTRLEN];
	struct address parsed;
	unsigned long prefix;
	char *end;

	if (!slash || (size_t)(slash - text) >= sizeof(ip) || slash[1] < '0' || slash[1] > '9')
		goto bad;
	memcpy(ip, text, (size_t)(slash - text));
	ip[slash - text] = 0;
	prefix = strtoul(slash + 1, &end, 10);
	if (*end || prefix > 32 || inet_pton(AF_INET, ip, &parsed.ip) != 1)
		goto bad;
	parsed.prefix = (unsigned)prefix;
	*address = parsed;
	return 0;
bad:
	return fail_set(fail, -EINVAL,
			"'%s': expected an IPv4 address and the length of its prefix, such as 10.110.0.2/24",
			text);
}

void address_format(const struct address *address, char text[ADDRESS_TEXT])
{
	char ip[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &address->ip, ip, sizeof(ip));
	snprintf(text, ADDRESS_TEXT, "%s/%u", ip, address->prefix > 32 ? 32 : address->prefix);
}

static in_addr_t mask_of(unsigned prefix)
{
	return prefix ? htonl(UINT32_MAX << (32 - prefix)) : 0;
}

/* RTM_NEWADDR or RTM_DELADDR. */
static int change(struct rtnl *rtnl, int type, int flags, int ifindex, const struct address *address,
		  struct fail *fail)
{
	struct ifaddrmsg head = {
	    .ifa_family = AF_INET, .ifa_prefixlen = (uint8_t)address->prefix, .ifa_index = (unsigned)ifindex};
	in_addr_t broadcast = address->ip.s_addr | ~mask_of(address->prefix);
	struct nl_msg *msg;

	if (address->prefix > 32)
		return fail_set(fail, -EINVAL, "prefix %u: expected 0 to 32", address->prefix);
	msg = rtnl_message(type, flags, &head, sizeof(head));
	if (!msg || nla_put(msg, IFA_LOCAL, sizeof(address->ip), &address->ip) ||
	    nla_put(msg, IFA_ADDRESS, sizeof(address->ip), &address->ip))
		return rtnl_no_memory(msg, fail);
	if (type == RTM_NEWADDR && address->prefix <= 30 &&
	    nla_put(msg, IFA_BROADCAST, sizeof(broadcast), &broadcast))
		return rtnl_no_memory(msg, fail);
	return rtnl_talk(rtnl, msg, fail);
}

int address_add(struct rtnl *rtnl, int ifindex, const struct address *address, struct fail *fail)
{
	char text[ADDRESS_TEXT];
	int err = change(rtnl, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, ifindex, address, fail);

	if (!err || err == -EEXIST)
		return 0;
	address_format(address, text);
	return fail_prefix(fail, err, "cannot set the address %s", text);
}

int address_delete(struct rtnl *rtnl, int ifindex, const struct address *address, struct fail *fail)
{
	char text[ADDRESS_TEXT];
	int err = change(rtnl, RTM_DELADDR, 0, ifindex, address, fail);

	if (!err || err == -EADDRNOTAVAIL || err == -ENODEV)
		return 0;
	address_format(address, text);
	return fail_prefix(fail, err, "cannot remove the address %s", text);
}

int address_flush(struct rtnl *rtnl, int ifindex, struct fail *fail)
{
	struct nl_cache *cache;
	int err = rtnl_addr_alloc_cache(rtnl_socket(rtnl), &cache);

	if (err < 0)
		return fail_set(fail, rtnl_errno(err), "cannot list the addresses: %s", nl_geterror(err));
	err = 0;
	for (struct nl_object *o = nl_cache_get_first(cache); o && !err; o = nl_cache_get_next(o)) {
		struct rtnl_addr *entry = (struct rtnl_addr *)o;
		struct nl_addr *local = rtnl_addr_get_local(entry);
		struct address address = {.prefix = (unsigned)rtnl_addr_get_prefixlen(entry)};

		if (rtnl_addr_get_family(entry) != AF_INET || rtnl_addr_get_ifindex(entry) != ifindex ||
		    !local || nl_addr_get_len(local) != sizeof(address.ip))
			continue;
		memcpy(&address.ip, nl_addr_get_binary_addr(local), sizeof(address.ip));
		err = address_delete(rtnl, ifindex, &address, fail);
	}
	nl_cache_free(cache);
	return err;
}

int address_route(struct rtnl *rtnl, const struct address *network, struct in_addr gateway, int ifindex,
		  struct fail *fail)
{
	struct rtmsg head = {.rtm_family = AF_INET,
			     .rtm_dst_len = (uint8_t)network->prefix,
			     .rtm_table = RT_TABLE_MAIN,
			     .rtm_protocol = RTPROT_STATIC,
			     .rtm_scope = RT_SCOPE_UNIVERSE,
			     .rtm_type = RTN_UNICAST};
	in_addr_t destination = network->ip.s_addr & mask_of(network->prefix);
	char text[ADDRESS_TEXT], via[INET_ADDRSTRLEN];
	struct nl_msg *msg;
	int err;

	if (network->prefix > 32)
		return fail_set(fail, -EINVAL, "prefix %u: expected 0 to 32", network->prefix);
	msg = rtnl_message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &head, sizeof(head));
	if (!msg || nla_put(msg, RTA_DST, sizeof(destination), &destination) ||
	    (ifindex && nla_put_u32(msg, RTA_OIF, (uint32_t)ifindex)) ||
	    nla_put(msg, RTA_GATEWAY, sizeof(gateway), &gateway))
		return rtnl_no_memory(msg, fail);
	err = rtnl_talk(rtnl, msg, fail);
	if (err) {
		address_format(network, text);
		fail_prefix(fail, err, "cannot add the route to %s through %s", text,
			    inet_ntop(AF_INET, &gateway, via, sizeof(via)));
	}
	return err;
}

static int neighbour(struct rtnl *rtnl, int type, int flags, int ifindex, struct in_addr ip,
		     const struct mac *mac, struct fail *fail)
{
	struct ndmsg head = {.ndm_family = AF_INET, .ndm_ifindex = ifindex, .ndm_state = NUD_PERMANENT};
	struct nl_msg *msg = rtnl_message(type, flags, &head, sizeof(head));

	if (!msg || nla_put(msg, NDA_DST, sizeof(ip), &ip) ||
	    (mac && nla_put(msg, NDA_LLADDR, sizeof(mac->octet), mac->octet)))
		return rtnl_no_memory(msg, fail);
	return rtnl_talk(rtnl, msg, fail);
}

int address_neighbour(struct rtnl *rtnl, int ifindex, struct in_addr ip, const struct mac *mac,
		      struct fail *fail)
{
	int err = neighbour(rtnl, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, ifindex, ip, mac, fail);

	return err ? fail_prefix(fail, err, "cannot set a neighbour") : 0;
}

int address_forget(struct rtnl *rtnl, int ifindex, struct in_addr ip, struct fail *fail)
{
	int err = neighbour(rtnl, RTM_DELNEIGH, 0, ifindex, ip, NULL, fail);

	return err == -ENOENT ? 0 : err;
}
