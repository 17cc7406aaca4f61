#include "switch-sim/core/cdp_agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ladder.h"
#include "switch-sim/core/internal.h"
#include "switch-sim/core/log.h"
#include "switch-sim/core/neighbor.h"
#include "switch-sim/core/path.h"
#include "switch-sim/core/poe.h"
#include "switch-sim/core/timer.h"
#include "switch-sim/core/vlan.h"

/* The CDP speaker of each port. */

#define CDP_INTERVAL (60 * SECOND)
#define CDP_JITTER   (2 * SECOND)
#define CDP_FAST     3 /* messages a second apart when a link comes up: the first may come too early */

static bool enabled(const struct switch_core *core, const struct port *port)
{
	return core->cdp_run && port->config.cdp && !port->monitoring;
}

static void fill_power(struct port *port, struct cdp_message *message)
{
	if (port->poe.state != POE_ON)
		return;
	message->has |= CDP_HAS(CDP_POWER_AVAILABLE);
	message->power_available = poe_cdp_available(port);
}

static void fill(const struct switch_core *core, struct port *port, struct cdp_message *message)
{
	const struct switch_config *config = &core->config;

	*message = (struct cdp_message){
	    .has = CDP_HAS(CDP_DEVICE_ID) | CDP_HAS(CDP_PORT_ID) | CDP_HAS(CDP_CAPABILITIES) |
		   CDP_HAS(CDP_VERSION) | CDP_HAS(CDP_PLATFORM) | CDP_HAS(CDP_VTP_DOMAIN) |
		   CDP_HAS(CDP_NATIVE_VLAN) | CDP_HAS(CDP_DUPLEX) | CDP_HAS(CDP_TRUST) | CDP_HAS(CDP_COS),
	    .ttl = CDP_TTL,
	    .device_id = wire_slice_text(config->name),
	    .port_id = wire_slice_text(port->long_name),
	    .capabilities = CDP_CAP_SWITCH | CDP_CAP_IGMP,
	    .software_version = wire_slice_text(config->version),
	    .platform = wire_slice_text(config->platform),
	    .native_vlan = vlan_untagged(port),
	    .duplex = 1,
	};
	if (config->has_address) {
		message->has |= CDP_HAS(CDP_ADDRESS) | CDP_HAS(CDP_MANAGEMENT_ADDRESS);
		cdp_add_ipv4(&message->addresses, config->address);
		cdp_add_ipv4(&message->management_addresses, config->address);
	}
	if (port->config.mode == SWITCH_ACCESS && port->config.voice_vlan) {
		message->has |= CDP_HAS(CDP_VOIP_REPLY);
		message->voip_reply = (struct cdp_voip_reply){true, true, 1, port->config.voice_vlan};
	}
	fill_power(port, message);
}

void cdp_agent_send(struct switch_core *core, struct port *port)
{
	uint8_t frame[CDP_FRAME_MAX];
	struct cdp_message message;
	uint64_t wait = SECOND;
	ssize_t length;

	if (!port->link || !enabled(core, port))
		return;
	fill(core, port, &message);
	length = cdp_frame(&message, &port->mac, frame, sizeof(frame));
	if (length < 0)
		return; /* cannot be: every text has a bound that fits */
	port->counters.cdp_out++;
	path_send_one(core, port, frame, (size_t)length);
	if (port->cdp_fast)
		port->cdp_fast--;
	if (!port->cdp_fast)
		wait = rng_backoff(&core->rng, 0, CDP_INTERVAL, CDP_INTERVAL, CDP_JITTER);
	timer_arm(core->timers, port->index, TIMER_CDP_SEND, core->now_us + wait);
}

void cdp_agent_link(struct switch_core *core, struct port *port)
{
	if (port->link && enabled(core, port)) {
		port->cdp_fast = CDP_FAST;
		cdp_agent_send(core, port);
		return;
	}
	timer_cancel(core->timers, port->index, TIMER_CDP_SEND);
	cdp_agent_forget(core, port);
}

static void arm_ageing(struct switch_core *core, const struct port *port)
{
	uint64_t first = SWITCH_NEVER;

	for (const struct cdp_neighbor *n = port->cdp; n; n = n->next)
		if (n->expires_us < first)
			first = n->expires_us;
	if (first == SWITCH_NEVER)
		timer_cancel(core->timers, port->index, TIMER_CDP_AGE);
	else
		timer_arm(core->timers, port->index, TIMER_CDP_AGE, first);
}

static void remove_neighbor(const struct switch_core *core, const struct port *port,
			    struct cdp_neighbor **link, const char *reason)
{
	struct cdp_neighbor *neighbor = *link;

	core_trace(core, LOG_CDP, "%s: neighbour %s removed: %s", port->name, neighbor->device_id, reason);
	*link = neighbor->next;
	free(neighbor);
}

void cdp_agent_age(struct switch_core *core, struct port *port)
{
	for (struct cdp_neighbor **link = &port->cdp; *link;) {
		if ((*link)->expires_us > core->now_us) {
			link = &(*link)->next;
			continue;
		}
		core_event(core, port, 3, "cdp.aged", json_pack("{s:s}", "neighbor", (*link)->device_id),
			   "%s: neighbour %s expired", port->name, (*link)->device_id);
		remove_neighbor(core, port, link, "expired");
	}
	arm_ageing(core, port);
}

void cdp_agent_forget(struct switch_core *core, struct port *port)
{
	while (port->cdp)
		remove_neighbor(core, port, &port->cdp, "link down or protocol off");
	timer_cancel(core->timers, port->index, TIMER_CDP_AGE);
}

static struct cdp_neighbor **find(struct port *port, const char *device_id, unsigned *count)
{
	struct cdp_neighbor **link = &port->cdp;

	for (*count = 0; *link && strcmp((*link)->device_id, device_id); link = &(*link)->next)
		++*count;
	return link;
}

static void fill_neighbor(struct cdp_neighbor *n, const struct cdp_message *message)
{
	n->version = message->version;
	n->has = message->has;
	wire_slice_print(message->port_id, n->port_id, sizeof(n->port_id));
	wire_slice_print(message->platform, n->platform, sizeof(n->platform));
	wire_slice_print(message->software_version, n->software, sizeof(n->software));
	wire_slice_print(message->vtp_domain, n->vtp_domain, sizeof(n->vtp_domain));
	n->capabilities = message->capabilities;
	n->address = n->management_address = 0;
	cdp_first_ipv4(&message->addresses, &n->address);
	cdp_first_ipv4(&message->management_addresses, &n->management_address);
	n->native_vlan = message->native_vlan;
	n->duplex = message->duplex;
	n->second_port = message->second_port;
	n->power_consumption = message->power_consumption;
	n->power_requested = message->power_requested;
}

/* Log a mismatch between the two ends: once, not with every message. */
static void complain(struct switch_core *core, const struct port *port, const struct cdp_neighbor *now,
		     const struct cdp_neighbor *before)
{
	bool had_vlan = before->has & CDP_HAS(CDP_NATIVE_VLAN),
	     had_duplex = before->has & CDP_HAS(CDP_DUPLEX);

	if (now->has & CDP_HAS(CDP_NATIVE_VLAN) && now->native_vlan != vlan_untagged(port) &&
	    (!had_vlan || before->native_vlan != now->native_vlan))
		core_log(
		    core,
		    "%%CDP-4-NATIVE_VLAN_MISMATCH: Native VLAN mismatch discovered on %s (%u), with %.64s "
		    "%.64s (%u).",
		    port->long_name, vlan_untagged(port), now->device_id, now->port_id, now->native_vlan);
	if (now->has & CDP_HAS(CDP_DUPLEX) && !now->duplex && (!had_duplex || before->duplex))
		core_log(
		    core,
		    "%%CDP-4-DUPLEX_MISMATCH: duplex mismatch discovered on %s (not half duplex), with %.64s "
		    "%.64s (half duplex).",
		    port->long_name, now->device_id, now->port_id);
}

/* Enter or refresh the neighbour; true when it is new. */
static bool learn(struct switch_core *core, struct port *port, const struct cdp_message *message)
{
	char device_id[NEIGHBOR_TEXT];
	struct cdp_neighbor **link, before = {0};
	bool fresh;
	unsigned count;

	wire_slice_print(message->device_id, device_id, sizeof(device_id));
	link = find(port, device_id, &count);
	if (!message->ttl) {
		if (*link)
			remove_neighbor(core, port, link, "by its own message");
		return false;
	}
	fresh = !*link;
	if (fresh && (count >= NEIGHBORS_MAX || !(*link = calloc(1, sizeof(**link))))) {
		core_drop(core, port, &port->counters.neighbors_dropped, "no room for another CDP neighbour");
		return false;
	}
	before = **link;
	strcpy((*link)->device_id, device_id);
	fill_neighbor(*link, message);
	(*link)->expires_us = core->now_us + message->ttl * SECOND;
	complain(core, port, *link, &before);
	neighbor_odd(core, port, LADDER_VOICE_VLAN, "cdp.odd", &message->odd, &(*link)->odd);
	if (fresh)
		core_trace(core, LOG_CDP, "%s: neighbour %s added", port->name, device_id);
	if (fresh)
		core_event(core, port, 3, "cdp.neighbor",
			   json_pack("{s:s,s:s,s:s}", "neighbor", device_id, "platform", (*link)->platform,
				     "neighbor_port", (*link)->port_id),
			   "%s: %s, %s, %s", port->name, device_id, (*link)->platform, (*link)->port_id);
	return fresh;
}

void cdp_agent_receive(struct switch_core *core, struct port *port, const struct ether_frame *frame)
{
	struct wire_error error = {0};
	struct cdp_message message;
	bool answer;

	if (!enabled(core, port)) {
		core_drop(core, port, &port->counters.in_reserved, "CDP is off");
		return;
	}
	if (!cdp_decode(frame->payload.data, frame->payload.length, &message, &error) &&
	    !(message.has & CDP_HAS(CDP_DEVICE_ID)))
		error = (struct wire_error){0, "no device id"};
	if (error.what) {
		neighbor_bad(core, port, LADDER_VOICE_VLAN, "cdp.bad", &port->counters.cdp_bad, &error);
		return;
	}
	port->counters.cdp_in++;
	answer = learn(core, port, &message);
	arm_ageing(core, port);
	answer |= (message.has & CDP_HAS(CDP_VOIP_QUERY)) != 0;
	answer |= poe_receive_cdp(core, port, &message);
	if (answer)
		cdp_agent_send(core, port);
}
