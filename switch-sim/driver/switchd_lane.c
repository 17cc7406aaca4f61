/* Lanes: a second link of a port, for the frames of one VLAN, to a device whose kernel has no 8021q. The core does not
 * know of them: it receives and sends tagged frames of the port. */
#include <errno.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <string.h>

#include "cable/lane.h"
#include "cable/link.h"
#include "cable/plug.h"
#include "switch-sim/driver/switchd.h"

#define TAG	    4
#define VID_MASK    0x0fff
#define UDP	    17
#define DHCP_CLIENT 68

void switchd_lane_end(struct switchd *d, unsigned port)
{
	struct switchd_port *p = &d->ports[port];

	if (!p->lane)
		return;
	switchd_index_set(d, p->lane, (struct switchd_index){0});
	p->lane_ended = p->lane;
	p->lane = 0;
	switchd_sweep_later(d, port);
}

int switchd_lane_set_up(struct switchd *d, unsigned port, bool up, struct fail *fail)
{
	int lane = d->ports[port].lane;

	return lane ? link_set_up(d->rtnl, lane, up, fail) : 0;
}

static int make(struct switchd *d, const struct panel_peer *peer, unsigned port,
		const struct panel_lane *lane, struct fail *fail)
{
	struct switchd_port *p = &d->ports[port];
	struct mac mac = switch_core_port_mac(d->core, port);
	const struct switchd_index whose = {.port = (uint16_t)(port + 1), .lane = (uint16_t)lane->vid};
	char name[2 * LINK_NAME];
	const struct cable_plug cable = {
	    .name = name,
	    .mac = &mac,
	    .peer_ns = panel_peer_netns(peer),
	    .peer_name = lane->interface,
	    .peer_mac = &p->device,
	    .helper = d->helper,
	    .up = p->up,
	};
	int ifindex, err;

	if (!d->ring)
		return fail_set(fail, -EOPNOTSUPP, "this switch forwards no frames itself");
	snprintf(name, sizeof(name), "%s.%u", switch_core_interface(d->core, port), lane->vid);
	if (!link_name_valid(name))
		return fail_set(fail, -ENAMETOOLONG, "%s: the name is too long for an interface", name);
	switchd_delete_ended(d, port);
	err = cable_plug_link(d->rtnl, d->sock, &cable, &ifindex, fail);
	if (err)
		return err;
	err = switchd_index_set(d, ifindex, whose);
	if (err) {
		struct fail ignored = {0};

		cable_unplug_link(d->rtnl, ifindex, &ignored);
		return fail_set(fail, err, "no memory");
	}
	p->lane = ifindex;
	p->lane_vid = (uint16_t)lane->vid;
	return 0;
}

void switchd_lane(void *arg, struct panel_peer *peer, const struct panel_lane *lane)
{
	struct switchd *d = arg;
	struct fail fail = {0};
	unsigned port;
	int err;

	if (!switchd_peer_port(peer, &port))
		return;
	switchd_lane_end(d, port);
	if (!lane->vid)
		return;
	err = make(d, peer, port, lane, &fail);
	panel_peer_laned(peer, lane->vid, !err, fail.text);
}

uint8_t *switchd_lane_tag(uint16_t vid, uint8_t *frame, size_t *length)
{
	const uint8_t tag[TAG] = {ETH_P_8021Q >> 8, ETH_P_8021Q & 0xff,
				  (uint8_t)(lane_priority(frame, *length) << 5 | vid >> 8), (uint8_t)vid};

	memmove(frame - TAG, frame, 12);
	memcpy(frame - TAG + 12, tag, TAG);
	*length += TAG;
	return frame - TAG;
}

/* Of a frame with one tag: is it a datagram to a DHCP client? */
static bool is_to_dhcp_client(const uint8_t *frame, size_t length)
{
	const uint8_t *ip = frame + ETH_HLEN + TAG;
	size_t header;

	if (length < ETH_HLEN + TAG + 20 || ip[9] != UDP || ((ip[6] & 0x1f) | ip[7]))
		return false;
	header = (size_t)(ip[0] & 0xf) * 4;
	return length >= ETH_HLEN + TAG + header + 4 && ip[header + 2] == DHCP_CLIENT >> 8 &&
	       ip[header + 3] == DHCP_CLIENT;
}

struct switchd_lane_way switchd_lane_way(const uint8_t *frame, size_t length)
{
	struct switchd_lane_way way = {.vid = 0};
	unsigned type;

	if (length < ETH_HLEN + TAG || frame[12] != ETH_P_8021Q >> 8 || frame[13] != (ETH_P_8021Q & 0xff))
		return way;
	type = (unsigned)frame[16] << 8 | frame[17];
	if (type == ETH_P_IP && is_to_dhcp_client(frame, length))
		return way;
	way.vid = (uint16_t)((frame[14] << 8 | frame[15]) & VID_MASK);
	way.both = type == ETH_P_ARP;
	return way;
}
