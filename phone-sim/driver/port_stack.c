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

#define FRAME_BUDGET 64 /* frames at one wake-up */

int port_namespace(const struct port *port)
{
	struct fail fail = {0};
	int fd = -1;
	int err;

	if (!port->options.own_namespace)
		return -1;
	err = netns_of_socket(port->sock, &fd, &fail);
	return err < 0 ? err : fd;
}

void port_close_namespace(int ns)
{
	if (ns >= 0)
		close(ns);
}

static void trouble(struct port *port, const char *what, const struct fail *fail)
{
	char text[900];

	snprintf(text, sizeof(text), "%s: %s", what, fail->text);
	port->options.calls->trouble(port->options.arg, text);
}

static void refilter(struct port *port)
{
	port->filter.vid = port->vlan && vlan_backend(port->vlan) == VLAN_USER ? port->vid : 0;
	if (port->raw)
		frame_filter_attach(&port->filter, raw_fd(port->raw));
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
	for (int i = 0; i < FRAME_BUDGET && port->raw; i++) {
		ssize_t length = raw_receive(port->raw, frame, sizeof(frame));
		if (length == -EMSGSIZE)
			continue;
		if (length < 0)
			break;
		take_frame(port, frame, (size_t)length);
	}
	port->options.calls->relayed(port->options.arg);
}

static void transmit(struct port *port, const uint8_t *frame, size_t length)
{
	if (!port->raw || raw_send(port->raw, frame, length) < 0)
		port->dropped++;
}

/* A frame that the stack sent on the voice VLAN, with its tag. */
static void on_vlan(int fd, short what, void *arg)
{
	struct port *port = arg;
	uint8_t frame[RAW_FRAME_MAX];
	ssize_t length;

	(void)fd;
	(void)what;
	for (int i = 0; i < FRAME_BUDGET && (length = vlan_read(port->vlan, frame, sizeof(frame))) >= 0; i++)
		transmit(port, frame, (size_t)length);
	port->options.calls->relayed(port->options.arg);
}

static void drop_vlan(struct port *port)
{
	if (port->vlan_event)
		event_free(port->vlan_event);
	port->vlan_event = NULL;
	if (port->ending && port->options.own_namespace)
		vlan_abandon(port->vlan);
	else
		vlan_free(port->vlan);
	port->vlan = NULL;
	port->applied_ip = 0;
}

static void apply_vlan(struct port *port)
{
	const struct vlan_options options = {.parent = port->plugged.interface,
					     .vid = port->vid,
					     .backend = port->options.vlan_backend,
					     .fed = true};
	struct fail fail = {0};

	if (port->vlan && vlan_vid(port->vlan) == port->vid)
		return;
	drop_vlan(port);
	if (!port->raw)
		return;
	if (port->vid) {
		int ns = port_namespace(port);
		if (vlan_new(&port->vlan, ns, &options, &fail))
			trouble(port, "voice VLAN", &fail);
		port_close_namespace(ns);
	}
	if (port->vlan && vlan_far_fd(port->vlan) >= 0) {
		port->vlan_event = event_new(port->options.base, vlan_far_fd(port->vlan),
					     EV_READ | EV_PERSIST, on_vlan, port);
		if (port->vlan_event)
			event_add(port->vlan_event, NULL);
	}
	refilter(port);
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
	int ifindex = port->vlan ? vlan_ifindex(port->vlan) : raw_ifindex(port->raw);
	int err;

	memset(port->kept, 0, sizeof(port->kept));
	err = port->applied_ip ? address_flush(rtnl, ifindex, fail) : 0;
	if (!err && port->ip)
		err = address_add(rtnl, ifindex, &address, fail);
	if (!err && port->ip && port->gateway)
		err = address_route(rtnl, &everywhere, (struct in_addr){htonl(port->gateway)}, ifindex, fail);
	if (!err && port->ip && port->gateway)
		keep(port, rtnl, ifindex, port->gateway);
	return err;
}

static void apply_address(struct port *port)
{
	struct rtnl *rtnl = NULL;
	struct fail fail = {0};
	int ns;
	int err;

	if (!port->raw || (port->ip == port->applied_ip && port->prefix == port->applied_prefix &&
			   port->gateway == port->applied_gateway))
		return;
	if (port->vid && !port->vlan)
		return; /* reported already: the interface of the VLAN is missing */
	ns = port_namespace(port);
	err = rtnl_open(&rtnl, ns, &fail);
	if (!err)
		err = configure(port, rtnl, &fail);
	rtnl_close(rtnl);
	port_close_namespace(ns);
	if (err)
		trouble(port, "address", &fail);
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
	apply_vlan(port);
	apply_address(port);
	return 0;
}

void port_stack_close(struct port *port)
{
	drop_vlan(port);
	if (port->raw_event)
		event_free(port->raw_event);
	port->raw_event = NULL;
	raw_close(port->raw);
	port->raw = NULL;
}

void port_send(struct port *port, const uint8_t *frame, size_t length)
{
	uint32_t asked = frame_arp_probed(frame, length);

	if (asked && asked != port->filter.address) {
		port->filter.address = asked;
		refilter(port);
	}
	transmit(port, frame, length);
}

void port_set_vlan(struct port *port, uint16_t vid)
{
	port->vid = vid;
	apply_vlan(port);
}

void port_set_address(struct port *port, uint32_t ip, unsigned prefix, uint32_t gateway)
{
	port->ip = ip;
	port->prefix = prefix;
	port->gateway = gateway;
	if (port->filter.address != ip) {
		port->filter.address = ip;
		refilter(port);
	}
	apply_address(port);
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

	if (!port->raw || !is_new_neighbour(port, address))
		return;
	ns = port_namespace(port);
	if (!rtnl_open(&rtnl, ns, &ignored))
		keep(port, rtnl, port->vlan ? vlan_ifindex(port->vlan) : raw_ifindex(port->raw), address);
	rtnl_close(rtnl);
	port_close_namespace(ns);
}

void port_clear_address(struct port *port)
{
	port->ip = 0;
	port->prefix = 0;
	port->gateway = 0;
	apply_address(port);
}

struct link_counters port_counters(const struct port *port)
{
	struct link_counters counters = {0};
	struct rtnl *rtnl = NULL;
	struct fail ignored = {0}; /* the cable was unplugged just now */
	int ns;

	if (!port->raw)
		return counters;
	ns = port_namespace(port);
	if (!rtnl_open(&rtnl, ns, &ignored))
		link_get_counters(rtnl, port->plugged.interface, &counters, &ignored);
	rtnl_close(rtnl);
	port_close_namespace(ns);
	return counters;
}
