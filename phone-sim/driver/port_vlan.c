/* The voice VLAN of a port: a vlan link of the kernel, a lane of the switch, or a VLAN that is tagged here. */
#include <errno.h>
#include <stdio.h>

#include "cable/link.h"
#include "cable/rtnl.h"
#include "phone-sim/driver/port_internal.h"

/* A frame that the stack sent on the voice VLAN, with its tag. */
static void on_vlan(int fd, short what, void *arg)
{
	struct port *port = arg;
	uint8_t frame[RAW_FRAME_MAX];
	ssize_t length;

	(void)fd;
	(void)what;
	for (int i = 0; i < PORT_FRAMES && (length = vlan_read(port->vlan, frame, sizeof(frame))) >= 0; i++)
		port_transmit(port, frame, (size_t)length);
	port->options.calls->relayed(port->options.arg);
}

void port_name_lane(const struct port *port, char name[2 * LINK_NAME])
{
	snprintf(name, 2 * LINK_NAME, "%.15s.%u", port->plugged.interface, port->vid);
}

static bool has_lane(const struct port *port)
{
	return port->lane == PORT_LANE_ASKED || port->lane == PORT_LANE_MADE;
}

/* The switch deletes the lane: at once, or with the cable. */
static void drop_lane(struct port *port)
{
	if (!has_lane(port))
		return;
	if (port->in && !port->ending)
		panel_client_lane(port->client, 0, port->plugged.interface);
	port->lane = PORT_LANE_NONE;
	port->applied_ip = 0;
}

void port_drop_vlan(struct port *port)
{
	drop_lane(port);
	if (port->vlan_event)
		event_free(port->vlan_event);
	port->vlan_event = NULL;
	if (port->ending && port->options.own_namespace) {
		vlan_abandon(port->vlan);
	} else if (port->vlan) {
		int ns = port_namespace(port);

		vlan_delete(port->vlan, ns);
		port_close_namespace(ns);
	}
	port->vlan = NULL;
	port->applied_ip = 0;
}

/* Make the sub-interface. -EOPNOTSUPP if the kernel has no 8021q. */
static int make_vlan(struct port *port, enum vlan_backend backend)
{
	const struct vlan_options options = {.parent = port->plugged.interface,
					     .vid = port->vid,
					     .backend = backend,
					     .fed = true,
					     .lean = true};
	struct fail fail = {0};
	int ns = port_namespace(port);
	int err = vlan_new(&port->vlan, ns, &options, &fail);

	if (!err && vlan_far_fd(port->vlan) >= 0) {
		port->vlan_event = event_new(port->options.base, vlan_far_fd(port->vlan),
					     EV_READ | EV_PERSIST, on_vlan, port);
		if (!port->vlan_event || event_add(port->vlan_event, NULL)) {
			err = fail_set(&fail, -ENOMEM, "out of memory");
			vlan_delete(port->vlan, ns);
			port->vlan = NULL;
		}
	}
	port_close_namespace(ns);
	if (err && err != -EOPNOTSUPP)
		port_mend_later(port, "voice VLAN", &fail);
	else if (err && port->options.vlan_backend != VLAN_AUTO)
		port_trouble(port, "voice VLAN", &fail);
	return err;
}

/* The kernel's VLAN, else a lane of the switch, else our own. */
static void make_any_vlan(struct port *port)
{
	static bool no_8021q; /* of this kernel: each attempt would have it search a module */
	char name[2 * LINK_NAME];

	if (!no_8021q)
		no_8021q = make_vlan(port, VLAN_KERNEL) == -EOPNOTSUPP;
	if (!no_8021q)
		return;
	port_name_lane(port, name);
	if (port->lane != PORT_LANE_REFUSED && link_name_valid(name) &&
	    !panel_client_lane(port->client, port->vid, name)) {
		port->lane = PORT_LANE_ASKED;
		port->lane_vid = port->vid;
		port->lane_answers++;
	} else {
		make_vlan(port, VLAN_USER);
	}
}

void port_apply_vlan(struct port *port)
{
	if ((port->vlan && vlan_vid(port->vlan) == port->vid) ||
	    (has_lane(port) && port->lane_vid == port->vid))
		return;
	port_drop_vlan(port);
	if (!port->raw)
		return;
	if (port->vid && port->options.vlan_backend == VLAN_AUTO)
		make_any_vlan(port);
	else if (port->vid)
		make_vlan(port, port->options.vlan_backend);
	port_refilter(port, port->filter.address);
}

/* The interface of a lane that the switch has made, or a negative errno. */
static int find_lane(const struct port *port, struct fail *fail)
{
	char name[2 * LINK_NAME];
	struct rtnl *rtnl = NULL;
	int ns = port_namespace(port);
	int index = rtnl_open(&rtnl, ns, fail);

	port_name_lane(port, name);
	if (!index)
		index = link_index(rtnl, name, fail);
	rtnl_close(rtnl);
	port_close_namespace(ns);
	return index;
}

void port_take_laned(struct port *port, const struct panel_laned *laned)
{
	struct fail fail = {0};

	/* The VLAN may have changed and come back: the answer to an earlier request is of a lane that is deleted since. */
	if (port->lane_answers)
		port->lane_answers--;
	if (port->lane_answers || port->lane != PORT_LANE_ASKED || laned->vid != port->lane_vid)
		return;
	port->lane_index = laned->made ? find_lane(port, &fail) : 0;
	if (port->lane_index > 0) {
		port->lane = PORT_LANE_MADE;
	} else {
		if (laned->made) {
			port_trouble(port, "lane of the voice VLAN", &fail);
			panel_client_lane(port->client, 0, port->plugged.interface);
		}
		port->lane = PORT_LANE_REFUSED;
		make_vlan(port, VLAN_USER);
		port_refilter(port, port->filter.address);
	}
	port_apply_address(port);
}
