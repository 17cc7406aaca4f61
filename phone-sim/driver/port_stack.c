#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>

#include "cable/address.h"
#include "cable/link.h"
#include "cable/neighbours.h"
#include "cable/netns.h"
#include "cable/rtnl.h"
#include "phone-sim/driver/port_internal.h"

int port_namespace(const struct port *port)
{
	struct fail fail = {0};
	int fd;

	if (!port->options.own_namespace)
		return NETNS_OWN;
	if (netns_of_socket(port->sock, &fd, &fail)) {
		port_trouble(port, "namespace", &fail);
		return NETNS_NONE;
	}
	return fd;
}

void port_close_namespace(int ns)
{
	if (ns >= 0)
		close(ns);
}

void port_trouble(const struct port *port, const char *what, const struct fail *fail)
{
	char text[900];

	snprintf(text, sizeof(text), "%s: %s", what, fail->text);
	port->options.calls->trouble(port->options.arg, text);
}

void port_refilter(struct port *port, uint32_t address)
{
	uint16_t vid = port->vlan && vlan_backend(port->vlan) == VLAN_USER ? port->vid : 0;

	if (port->filter.vid == vid && port->filter.address == address)
		return;
	port->filter.vid = vid;
	port->filter.address = address;
	if (port->raw)
		frame_filter_attach(&port->filter, raw_fd(port->raw));
}

/* Is there an interface for the frames of the stack? */
static bool has_interface(const struct port *port)
{
	return port->raw && (!port->vid || port->vlan || port->lane == PORT_LANE_MADE);
}

static int interface_of_stack(const struct port *port)
{
	if (port->lane == PORT_LANE_MADE)
		return port->lane_index;
	return port->vlan ? vlan_ifindex(port->vlan) : raw_ifindex(port->raw);
}

static void take_frame(struct port *port, const uint8_t *frame, size_t length)
{
	enum frame_kind kind = frame_kind(frame, length);

	if (kind != FRAME_FOR_PHONE && port->vlan)
		vlan_feed(port->vlan, frame, length);
	if (kind != FRAME_OTHER)
		port->options.calls->frame(port->options.arg, frame, length);
}

static void on_frames(int fd, short what, void *arg)
{
	struct port *port = arg;
	uint8_t frame[RAW_FRAME_MAX];

	(void)fd;
	(void)what;
	for (int i = 0; i < PORT_FRAMES && port->raw; i++) {
		ssize_t length = raw_receive(port->raw, frame, sizeof(frame));
		if (length == -EMSGSIZE)
			continue;
		if (length < 0)
			break;
		take_frame(port, frame, (size_t)length);
	}
	port->options.calls->relayed(port->options.arg);
}

void port_transmit(struct port *port, const uint8_t *frame, size_t length)
{
	if (!port->raw || raw_send(port->raw, frame, length) < 0)
		port->dropped++;
}

/* The phone's entry for that address does not count against the kernel's limit (neighbours.h). */
static void keep(struct port *port, struct rtnl *rtnl, int ifindex, uint32_t address)
{
	struct fail ignored = {0}; /* the kernel then creates an ordinary entry */

	neighbours_keep(rtnl, ifindex, (struct in_addr){htonl(address)}, &ignored);
	port->kept[port->kept_next++ % PORT_KEPT] = address;
}

static int configure(struct port *port, struct rtnl *rtnl, struct fail *fail)
{
	const struct address address = {.ip.s_addr = htonl(port->ip), .prefix = port->prefix};
	const struct address everywhere = {.prefix = 0};
	int ifindex = interface_of_stack(port);
	int err;

	memset(port->kept, 0, sizeof(port->kept));
	err = port->applied_ip || port->address_failed ? address_flush(rtnl, ifindex, fail) : 0;
	if (!err && port->ip)
		err = address_add(rtnl, ifindex, &address, fail);
	if (!err && port->ip && port->gateway)
		err = address_route(rtnl, &everywhere, (struct in_addr){htonl(port->gateway)}, ifindex, fail);
	if (!err && port->ip && port->gateway)
		keep(port, rtnl, ifindex, port->gateway);
	return err;
}

void port_apply_address(struct port *port)
{
	struct rtnl *rtnl = NULL;
	struct fail fail = {0};
	int ns;
	int err;

	/* The address came through the switch, after the request for the lane: its answer is there. */
	if (port->lane == PORT_LANE_ASKED && port->ip)
		port_read_panel(-1, 0, port);
	if (!port->raw || (port->ip == port->applied_ip && port->prefix == port->applied_prefix &&
			   port->gateway == port->applied_gateway && !port->address_failed))
		return;
	if (!has_interface(port))
		return; /* until a lane is made; or it was reported already */
	ns = port_namespace(port);
	err = rtnl_open(&rtnl, ns, &fail);
	if (!err)
		err = configure(port, rtnl, &fail);
	rtnl_close(rtnl);
	port_close_namespace(ns);
	port->address_failed = err;
	if (err)
		port_mend_later(port, "address", &fail);
	else
		port->mend_attempt = 0;
	port->applied_ip = err ? 0 : port->ip;
	port->applied_prefix = port->prefix;
	port->applied_gateway = port->gateway;
}

/* Untagged frames are of another VLAN: eth0 does not answer for the address of the voice VLAN. */
static int separate(const struct port *port, int ns, struct fail *fail)
{
	struct rtnl *rtnl = NULL;
	int err = rtnl_open(&rtnl, ns, fail);

	if (!err)
		err = link_strict_ipv4(rtnl, raw_ifindex(port->raw), fail);
	rtnl_close(rtnl);
	return err;
}

int port_stack_open(struct port *port, struct fail *fail)
{
	struct sock_filter program[FRAME_FILTER_MAX];
	const struct raw_options options = {
	    .interface = port->plugged.interface,
	    .filter = program,
	    .filter_length = (unsigned short)frame_filter_build(&port->filter, program),
	};

	int ns = port_namespace(port);
	int err = raw_open(&port->raw, ns, &options, fail);
	if (!err)
		err = separate(port, ns, fail);
	port_close_namespace(ns);
	if (err)
		return err;
	port->raw_event =
	    event_new(port->options.base, raw_fd(port->raw), EV_READ | EV_PERSIST, on_frames, port);
	if (!port->raw_event || event_add(port->raw_event, NULL) < 0)
		return fail_set(fail, -ENOMEM, "eth0: out of memory");
	port->applied_ip = 0;
	port->address_failed = false;
	port->lane = PORT_LANE_NONE;
	port->lane_answers = 0;
	port_apply_vlan(port);
	port_apply_address(port);
	return 0;
}

void port_stack_close(struct port *port)
{
	port_drop_vlan(port);
	if (port->raw_event)
		event_free(port->raw_event);
	port->raw_event = NULL;
	raw_close(port->raw);
	port->raw = NULL;
}

void port_send(struct port *port, const uint8_t *frame, size_t length)
{
	uint32_t asked = frame_arp_probed(frame, length);

	if (asked)
		port_refilter(port, asked);
	port_transmit(port, frame, length);
}

void port_set_vlan(struct port *port, uint16_t vid)
{
	port->vid = vid;
	port_apply_vlan(port);
}

void port_set_address(struct port *port, uint32_t ip, unsigned prefix, uint32_t gateway)
{
	port->ip = ip;
	port->prefix = prefix;
	port->gateway = gateway;
	port_refilter(port, ip);
	port_apply_address(port);
}

/* Is the address in the phone's subnet, and without an entry? */
static bool is_new_neighbour(const struct port *port, uint32_t address)
{
	uint32_t mask = port->prefix ? UINT32_MAX << (32 - port->prefix) : 0;

	if (!port->ip || port->applied_ip != port->ip || ((address ^ port->ip) & mask))
		return false;
	for (int i = 0; i < PORT_KEPT; i++)
		if (port->kept[i] == address)
			return false;
	return true;
}

void port_expect(struct port *port, uint32_t address)
{
	struct rtnl *rtnl = NULL;
	struct fail ignored = {0};
	int ns;

	if (!has_interface(port) || !is_new_neighbour(port, address))
		return;
	ns = port_namespace(port);
	if (!rtnl_open(&rtnl, ns, &ignored))
		keep(port, rtnl, interface_of_stack(port), address);
	rtnl_close(rtnl);
	port_close_namespace(ns);
}

void port_clear_address(struct port *port)
{
	port->ip = 0;
	port->prefix = 0;
	port->gateway = 0;
	port_apply_address(port);
}

struct link_counters port_counters(const struct port *port)
{
	struct link_counters counters = {0}, lane = {0};
	char name[2 * LINK_NAME];
	struct rtnl *rtnl = NULL;
	struct fail ignored = {0}; /* the cable was unplugged just now */
	int ns;

	if (!port->raw)
		return counters;
	ns = port_namespace(port);
	port_name_lane(port, name);
	if (!rtnl_open(&rtnl, ns, &ignored)) {
		link_get_counters(rtnl, port->plugged.interface, &counters, &ignored);
		if (port->lane == PORT_LANE_MADE && !link_get_counters(rtnl, name, &lane, &ignored))
			link_counters_add(&counters, &lane);
	}
	rtnl_close(rtnl);
	port_close_namespace(ns);
	return counters;
}
