/* Interfaces, addresses, routes, policy rules, neighbours and queueing disciplines, by route netlink. */
#include "phonelab/lab/inspect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/ipv4.h"
#include "base/json_text.h"
#include "base/mac.h"

#define ATTRIBUTES 64

struct dump {
	struct mnl_socket *sock;
	json_t *object;
};

struct attributes {
	const struct nlattr *of[ATTRIBUTES];
};

static int on_attribute(const struct nlattr *attribute, void *arg)
{
	struct attributes *attributes = arg;

	if (mnl_attr_get_type(attribute) < ATTRIBUTES)
		attributes->of[mnl_attr_get_type(attribute)] = attribute;
	return MNL_CB_OK;
}

/* The attributes behind a head of that size. False: the message is too short. */
static bool read_message(const struct nlmsghdr *header, void *head, size_t size,
			 struct attributes *attributes)
{
	*attributes = (struct attributes){0};
	if (mnl_nlmsg_get_payload_len(header) < size)
		return false;
	memcpy(head, mnl_nlmsg_get_payload(header), size);
	mnl_attr_parse(header, (unsigned)size, on_attribute, attributes);
	return true;
}

static uint32_t number(const struct attributes *attributes, unsigned type, uint32_t otherwise)
{
	const struct nlattr *it = attributes->of[type];

	return it && mnl_attr_get_payload_len(it) == 4 ? mnl_attr_get_u32(it) : otherwise;
}

static const char *text_of(const struct attributes *attributes, unsigned type)
{
	const struct nlattr *it = attributes->of[type];
	size_t length = it ? mnl_attr_get_payload_len(it) : 0;

	return length && memchr(mnl_attr_get_payload(it), 0, length) ? mnl_attr_get_str(it) : "";
}

/* Set object[name] to an address, with /LENGTH unless it is negative. Nothing without the attribute. */
static void set_address(json_t *object, const char *name, const struct nlattr *attribute, int length)
{
	char address[IPV4_TEXT], text[IPV4_TEXT + 8];

	if (!attribute || mnl_attr_get_payload_len(attribute) != 4)
		return;
	ipv4_format(ntohl(mnl_attr_get_u32(attribute)), address);
	snprintf(text, sizeof(text), length < 0 ? "%s" : "%s/%d", address, length);
	json_object_set_new(object, name, json_string(text));
}

static void set_mac(json_t *object, const char *name, const struct nlattr *attribute)
{
	struct mac mac;
	char text[MAC_TEXT];

	if (!attribute || mnl_attr_get_payload_len(attribute) != sizeof(mac))
		return;
	memcpy(&mac, mnl_attr_get_payload(attribute), sizeof(mac));
	mac_format(&mac, text);
	json_object_set_new(object, name, json_string(text));
}

/* The interface with that index, or NULL. */
static json_t *interface_of(const json_t *object, int index)
{
	json_t *one;
	size_t i;

	json_array_foreach (json_object_get(object, "interfaces"), i, one)
		if (json_int(one, "index") == index)
			return one;
	return NULL;
}

static const char *interface_name(const json_t *object, uint32_t index)
{
	return json_text(interface_of(object, (int)index), "name");
}

static int on_link(const struct nlmsghdr *header, void *arg)
{
	const struct dump *dump = arg;
	struct attributes attributes;
	struct ifinfomsg head;
	json_t *one;

	if (!read_message(header, &head, sizeof(head), &attributes))
		return MNL_CB_OK;
	one = json_pack("{s:o,s:i,s:b,s:b,s:I,s:[]}", "name",
			json_text_new(text_of(&attributes, IFLA_IFNAME)), "index", head.ifi_index, "up",
			(head.ifi_flags & IFF_UP) != 0, "running", (head.ifi_flags & IFF_RUNNING) != 0, "mtu",
			(json_int_t)number(&attributes, IFLA_MTU, 0), "addresses");
	set_mac(one, "mac", attributes.of[IFLA_ADDRESS]);
	inspect_append(dump->object, "interfaces", INSPECT_MOST, one);
	return MNL_CB_OK;
}

static int on_address(const struct nlmsghdr *header, void *arg)
{
	const struct dump *dump = arg;
	struct attributes attributes;
	struct ifaddrmsg head;
	json_t *interface, *one;

	if (!read_message(header, &head, sizeof(head), &attributes) || head.ifa_family != AF_INET)
		return MNL_CB_OK;
	interface = interface_of(dump->object, (int)head.ifa_index);
	one = json_pack("{s:i}", "prefix", head.ifa_prefixlen);
	set_address(one, "address",
		    attributes.of[IFA_LOCAL] ? attributes.of[IFA_LOCAL] : attributes.of[IFA_ADDRESS], -1);
	if (interface)
		inspect_append(interface, "addresses", INSPECT_MOST, one);
	else
		json_decref(one);
	return MNL_CB_OK;
}

static const char *route_type(unsigned type)
{
	static const char *const names[] = {
	    [RTN_UNICAST] = "unicast",	 [RTN_BLACKHOLE] = "blackhole", [RTN_UNREACHABLE] = "unreachable",
	    [RTN_PROHIBIT] = "prohibit", [RTN_THROW] = "throw",		[RTN_NAT] = "nat"};

	return type < sizeof(names) / sizeof(names[0]) ? names[type] : NULL;
}

/* Of several next hops the first. */
static void set_next_hop(const struct dump *dump, json_t *one, const struct attributes *attributes)
{
	const struct nlattr *list = attributes->of[RTA_MULTIPATH];
	struct attributes inner = {0};
	struct rtnexthop hop;

	if (!list || mnl_attr_get_payload_len(list) < sizeof(hop)) {
		set_address(one, "via", attributes->of[RTA_GATEWAY], -1);
		json_object_set_new(
		    one, "dev", json_text_new(interface_name(dump->object, number(attributes, RTA_OIF, 0))));
		return;
	}
	memcpy(&hop, mnl_attr_get_payload(list), sizeof(hop));
	if (hop.rtnh_len >= sizeof(hop) && hop.rtnh_len <= mnl_attr_get_payload_len(list))
		mnl_attr_parse_payload((const char *)mnl_attr_get_payload(list) + sizeof(hop),
				       hop.rtnh_len - sizeof(hop), on_attribute, &inner);
	set_address(one, "via", inner.of[RTA_GATEWAY], -1);
	json_object_set_new(one, "dev",
			    json_text_new(interface_name(dump->object, (uint32_t)hop.rtnh_ifindex)));
	json_object_set_new(one, "multipath", json_true());
}

static int on_route(const struct nlmsghdr *header, void *arg)
{
	const struct dump *dump = arg;
	struct attributes attributes;
	struct rtmsg head;
	const char *type;
	json_t *one;

	if (!read_message(header, &head, sizeof(head), &attributes) || head.rtm_family != AF_INET ||
	    (head.rtm_flags & RTM_F_CLONED))
		return MNL_CB_OK;
	type = route_type(head.rtm_type);
	if (!type) /* of the table local */
		return MNL_CB_OK;
	one = json_pack("{s:s,s:s,s:I,s:I}", "type", type, "to", "0.0.0.0/0", "metric",
			(json_int_t)number(&attributes, RTA_PRIORITY, 0), "table",
			(json_int_t)number(&attributes, RTA_TABLE, head.rtm_table));
	set_address(one, "to", attributes.of[RTA_DST], head.rtm_dst_len);
	set_address(one, "source", attributes.of[RTA_PREFSRC], -1);
	set_next_hop(dump, one, &attributes);
	if (head.rtm_flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN))
		json_object_set_new(one, "dead", json_true());
	inspect_append(dump->object, "routes", INSPECT_MOST, one);
	return MNL_CB_OK;
}

/* The three rules that every namespace has are left out. */
static int on_rule(const struct nlmsghdr *header, void *arg)
{
	const struct dump *dump = arg;
	struct attributes attributes;
	struct fib_rule_hdr head;
	uint32_t priority, table;
	json_t *one;

	if (!read_message(header, &head, sizeof(head), &attributes) || head.family != AF_INET)
		return MNL_CB_OK;
	priority = number(&attributes, FRA_PRIORITY, 0);
	table = number(&attributes, FRA_TABLE, head.table);
	if ((table == RT_TABLE_LOCAL && priority == 0) || (table == RT_TABLE_MAIN && priority == 32766) ||
	    (table == RT_TABLE_DEFAULT && priority == 32767))
		return MNL_CB_OK;
	one = json_pack("{s:I,s:I,s:i}", "priority", (json_int_t)priority, "table", (json_int_t)table,
			"action", head.action);
	set_address(one, "from", attributes.of[FRA_SRC], head.src_len);
	set_address(one, "to", attributes.of[FRA_DST], head.dst_len);
	/* Whatever else it matches is not modelled. */
	if (head.tos || attributes.of[FRA_FWMARK] || attributes.of[FRA_IIFNAME] ||
	    attributes.of[FRA_OIFNAME] || attributes.of[FRA_IP_PROTO] || attributes.of[FRA_SPORT_RANGE] ||
	    attributes.of[FRA_DPORT_RANGE])
		json_object_set_new(one, "more", json_true());
	inspect_append(dump->object, "rules", INSPECT_MOST, one);
	return MNL_CB_OK;
}

static const char *neighbour_state(unsigned state)
{
	static const struct {
		unsigned state;
		const char *name;
	} names[] = {{NUD_INCOMPLETE, "INCOMPLETE"}, {NUD_REACHABLE, "REACHABLE"}, {NUD_STALE, "STALE"},
		     {NUD_DELAY, "DELAY"},	     {NUD_PROBE, "PROBE"},	   {NUD_FAILED, "FAILED"},
		     {NUD_NOARP, "NOARP"},	     {NUD_PERMANENT, "PERMANENT"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (state & names[i].state)
			return names[i].name;
	return "NONE";
}

static int on_neighbour(const struct nlmsghdr *header, void *arg)
{
	const struct dump *dump = arg;
	struct attributes attributes;
	struct ndmsg head;
	json_t *one;

	if (!read_message(header, &head, sizeof(head), &attributes) || head.ndm_family != AF_INET ||
	    (head.ndm_state & NUD_NOARP))
		return MNL_CB_OK;
	one = json_pack("{s:s,s:o}", "state", neighbour_state(head.ndm_state), "dev",
			json_text_new(interface_name(dump->object, (uint32_t)head.ndm_ifindex)));
	set_address(one, "address", attributes.of[NDA_DST], -1);
	set_mac(one, "mac", attributes.of[NDA_LLADDR]);
	inspect_append(dump->object, "neighbours", INSPECT_NEIGHBOURS, one);
	return MNL_CB_OK;
}

/* Those that the kernel sets by itself are left out. */
static int on_qdisc(const struct nlmsghdr *header, void *arg)
{
	static const char *const usual[] = {"noqueue", "pfifo_fast", "fq_codel", "fq", "mq", "pfifo"};
	const struct dump *dump = arg;
	struct attributes attributes;
	struct tcmsg head;
	const char *kind;

	if (!read_message(header, &head, sizeof(head), &attributes))
		return MNL_CB_OK;
	kind = text_of(&attributes, TCA_KIND);
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (!strcmp(kind, usual[i]))
			return MNL_CB_OK;
	inspect_append(dump->object, "qdiscs", INSPECT_MOST,
		       json_pack("{s:o,s:s}", "kind", json_text_new(kind), "dev",
				 interface_name(dump->object, (uint32_t)head.tcm_ifindex)));
	return MNL_CB_OK;
}

/* Ask for all entries of a kind. head: its first octet is the family. */
static void dump_all(struct dump *dump, uint16_t type, size_t head_size, mnl_cb_t on_one, const char *what)
{
	char buffer[65536] __attribute__((aligned(MNL_ALIGNTO)));
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	unsigned sequence = type;
	ssize_t n;
	int more = MNL_CB_OK;
	uint8_t *head;

	header->nlmsg_type = type;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	header->nlmsg_seq = sequence;
	head = mnl_nlmsg_put_extra_header(header, head_size);
	*head = type == RTM_GETLINK || type == RTM_GETQDISC ? AF_UNSPEC : AF_INET;
	if (mnl_socket_sendto(dump->sock, header, header->nlmsg_len) < 0)
		more = MNL_CB_ERROR;
	while (more > MNL_CB_STOP) {
		n = mnl_socket_recvfrom(dump->sock, buffer, sizeof(buffer));
		more = n < 0 ? MNL_CB_ERROR
			     : mnl_cb_run(buffer, (size_t)n, sequence, mnl_socket_get_portid(dump->sock),
					  on_one, dump);
	}
	if (more < 0)
		inspect_error(dump->object, "%s: %s", what, strerror(errno));
	else if (type != RTM_GETLINK && type != RTM_GETADDR && !json_object_get(dump->object, what))
		json_object_set_new(dump->object, what, json_array());
}

/* --- sysctls --- */

static int read_sysctl(const char *path)
{
	char full[120];
	FILE *in;
	int value = -1;

	snprintf(full, sizeof(full), "/proc/sys/net/ipv4/%s", path);
	in = fopen(full, "re");
	if (in && fscanf(in, "%d", &value) != 1)
		value = -1;
	if (in)
		fclose(in);
	return value;
}

static void set_sysctl(json_t *object, const char *name, const char *path)
{
	int value = read_sysctl(path);

	if (value >= 0)
		json_object_set_new(object, name, json_integer(value));
}

static void add_sysctls(json_t *object)
{
	json_t *one;
	size_t i;

	set_sysctl(object, "ip_forward", "ip_forward");
	set_sysctl(object, "rp_filter", "conf/all/rp_filter");
	json_array_foreach (json_object_get(object, "interfaces"), i, one) {
		char path[64];

		snprintf(path, sizeof(path), "conf/%.16s/forwarding", json_text(one, "name"));
		set_sysctl(one, "forwarding", path);
		snprintf(path, sizeof(path), "conf/%.16s/rp_filter", json_text(one, "name"));
		set_sysctl(one, "rp_filter", path);
	}
}

void inspect_net(json_t *object)
{
	struct dump dump = {.object = object, .sock = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC)};

	if (!dump.sock || mnl_socket_bind(dump.sock, 0, MNL_SOCKET_AUTOPID) < 0) {
		inspect_error(object, "route netlink: %s", strerror(errno));
	} else {
		dump_all(&dump, RTM_GETLINK, sizeof(struct ifinfomsg), on_link, "interfaces");
		dump_all(&dump, RTM_GETADDR, sizeof(struct ifaddrmsg), on_address, "addresses");
		dump_all(&dump, RTM_GETROUTE, sizeof(struct rtmsg), on_route, "routes");
		dump_all(&dump, RTM_GETRULE, sizeof(struct fib_rule_hdr), on_rule, "rules");
		dump_all(&dump, RTM_GETNEIGH, sizeof(struct ndmsg), on_neighbour, "neighbours");
		dump_all(&dump, RTM_GETQDISC, sizeof(struct tcmsg), on_qdisc, "qdiscs");
		add_sysctls(object);
	}
	if (dump.sock)
		mnl_socket_close(dump.sock);
}
