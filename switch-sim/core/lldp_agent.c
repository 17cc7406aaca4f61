#include "switch-sim/core/lldp_agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ipv4.h"
#include "base/ladder.h"
#include "switch-sim/core/internal.h"
#include "switch-sim/core/log.h"
#include "switch-sim/core/neighbor.h"
#include "switch-sim/core/path.h"
#include "switch-sim/core/poe.h"
#include "switch-sim/core/timer.h"
#include "switch-sim/core/vlan.h"

/* The LLDP-MED speaker of each port: IEEE 802.1AB, and ANSI/TIA-1057 after an endpoint has sent LLDP-MED. */

#define LLDP_INTERVAL (30 * SECOND)
#define LLDP_JITTER   (SECOND)
#define LLDP_TTL      120
#define FAST_COUNT    4 /* TIA-1057 12.1: medFastStartRepeatCount */

static bool transmits(const struct switch_core *core, const struct port *port)
{
	return core->lldp_run && port->config.lldp_transmit && !port->monitoring;
}

static void fill_med(const struct switch_core *core, const struct port *port, struct lldp_message *message)
{
	bool voice = port->config.mode == SWITCH_ACCESS && port->config.voice_vlan;

	if (!port->lldp_med)
		return;
	message->has |= LLDP_HAS_MED | LLDP_HAS_POLICY;
	message->med_class = LLDP_MED_NETWORK;
	message->med_capabilities = LLDP_MED_CAP_CAPABILITIES | LLDP_MED_CAP_POLICY;
	message->policies = 1;
	message->policy[0] = (struct lldp_policy){.application = LLDP_APP_VOICE,
						  .tagged = voice,
						  .vlan = voice ? port->config.voice_vlan : 0,
						  .priority = 5,
						  .dscp = 46};
	if (!poe_can_power(core, port))
		return;
	message->has |= LLDP_HAS_MED_POWER;
	message->med_capabilities |= LLDP_MED_CAP_POWER_PSE;
	message->med_power = (struct lldp_med_power){.source = 1,
						     .priority = (uint8_t)port->config.poe_priority,
						     .value = (uint16_t)(port->poe.mw / 100)};
}

static void fill_power(const struct switch_core *core, const struct port *port, struct lldp_message *message)
{
	bool wide = port->config.poe_max_mw > 15400;

	if (!poe_can_power(core, port) || port->poe.state != POE_ON)
		return;
	message->has |= LLDP_HAS_POWER;
	message->power = (struct lldp_power){
	    .support = LLDP_POWER_PSE | LLDP_POWER_SUPPORTED | LLDP_POWER_ENABLED,
	    .pair = 1,
	    .class_code = (uint8_t)(port->device.power_class + 1),
	    .has_at = port->poe.lldp_requested != 0,
	    .type = wide ? 0 : 2,
	    .source = 1,
	    .priority = (uint8_t)port->config.poe_priority,
	    .requested = port->poe.lldp_requested,
	    .allocated = port->poe.lldp_allocated,
	};
}

/* address must live as long as the message. */
static void fill(const struct switch_core *core, const struct port *port, struct lldp_message *message,
		 uint8_t address[4])
{
	const struct switch_config *config = &core->config;

	*message = (struct lldp_message){
	    .has = LLDP_HAS_CHASSIS | LLDP_HAS_PORT | LLDP_HAS_TTL | LLDP_HAS_PORT_DESCRIPTION |
		   LLDP_HAS_SYSTEM_NAME | LLDP_HAS_SYSTEM_DESCRIPTION | LLDP_HAS_CAPABILITIES |
		   LLDP_HAS_PORT_VLAN | LLDP_HAS_MAC_PHY,
	    .chassis = lldp_mac_id(LLDP_CHASSIS_MAC, &config->mac),
	    .port = {LLDP_PORT_INTERFACE_NAME, wire_slice_text(port->name)},
	    .ttl = LLDP_TTL,
	    .port_description =
		wire_slice_text(*port->config.description ? port->config.description : port->long_name),
	    .system_name = wire_slice_text(config->name),
	    .system_description = wire_slice_text(config->version),
	    .capabilities = LLDP_CAP_BRIDGE,
	    .enabled = LLDP_CAP_BRIDGE,
	    .port_vlan = vlan_untagged(port),
	    .mac_phy = {.autonegotiation = 3, .pmd = 0x6c01, .mau = 30}, /* 10 to 1000BASE-T, full and half */
	};
	if (config->has_address) {
		for (int i = 0; i < 4; i++)
			address[i] = (uint8_t)(config->address >> (24 - 8 * i));
		message->has |= LLDP_HAS_MANAGEMENT;
		message->management = (struct lldp_management){.family = 1,
							       .address = {address, 4},
							       .interface_subtype = 3,
							       .interface = port->index + 1};
	}
	fill_power(core, port, message);
	fill_med(core, port, message);
}

static void transmit(struct switch_core *core, struct port *port, bool shutdown)
{
	uint8_t frame[LLDP_FRAME_MAX], address[4];
	struct lldp_message message;
	ssize_t length;

	fill(core, port, &message, address);
	length = lldp_frame(&message, shutdown, &port->mac, frame, sizeof(frame));
	if (length < 0)
		return; /* cannot be: every text has a bound that fits */
	port->counters.lldp_out++;
	path_send_one(core, port, frame, (size_t)length);
}

void lldp_agent_send(struct switch_core *core, struct port *port)
{
	uint64_t wait = SECOND;

	if (!port->link || !transmits(core, port))
		return;
	transmit(core, port, false);
	if (port->lldp_fast)
		port->lldp_fast--;
	if (!port->lldp_fast)
		wait = rng_backoff(&core->rng, 0, LLDP_INTERVAL, LLDP_INTERVAL, LLDP_JITTER);
	timer_arm(core->timers, port->index, TIMER_LLDP_SEND, core->now_us + wait);
}

void lldp_agent_shutdown(struct switch_core *core, struct port *port)
{
	if (port->link && transmits(core, port))
		transmit(core, port, true);
	timer_cancel(core->timers, port->index, TIMER_LLDP_SEND);
}

void lldp_agent_link(struct switch_core *core, struct port *port)
{
	if (port->link && transmits(core, port)) {
		port->lldp_fast = FAST_COUNT;
		lldp_agent_send(core, port);
	} else {
		timer_cancel(core->timers, port->index, TIMER_LLDP_SEND);
	}
	if (!port->link || !core->lldp_run || !port->config.lldp_receive)
		lldp_agent_forget(core, port);
}

static void arm_ageing(struct switch_core *core, const struct port *port)
{
	uint64_t first = SWITCH_NEVER;

	for (const struct lldp_neighbor *n = port->lldp; n; n = n->next)
		if (n->expires_us < first)
			first = n->expires_us;
	if (first == SWITCH_NEVER)
		timer_cancel(core->timers, port->index, TIMER_LLDP_AGE);
	else
		timer_arm(core->timers, port->index, TIMER_LLDP_AGE, first);
}

static void remove_neighbor(const struct switch_core *core, const struct port *port,
			    struct lldp_neighbor **link, const char *reason)
{
	struct lldp_neighbor *neighbor = *link;

	core_trace(core, LOG_LLDP, "%s: neighbour %s removed: %s", port->name, neighbor->name, reason);
	*link = neighbor->next;
	free(neighbor);
}

void lldp_agent_age(struct switch_core *core, struct port *port)
{
	for (struct lldp_neighbor **link = &port->lldp; *link;) {
		if ((*link)->expires_us > core->now_us) {
			link = &(*link)->next;
			continue;
		}
		core_event(core, port, 3, "lldp.aged", json_pack("{s:s}", "neighbor", (*link)->name),
			   "%s: neighbour %s expired", port->name, (*link)->name);
		remove_neighbor(core, port, link, "expired");
	}
	arm_ageing(core, port);
}

void lldp_agent_forget(struct switch_core *core, struct port *port)
{
	while (port->lldp)
		remove_neighbor(core, port, &port->lldp, "link down or protocol off");
	port->lldp_med = false;
	port->lldp_fast = 0;
	timer_cancel(core->timers, port->index, TIMER_LLDP_AGE);
}

/* An id as switches print it: addresses as such, the rest as text. */
static void print_id(const struct lldp_id *id, uint8_t mac_subtype, uint8_t network_subtype, char *text)
{
	uint32_t ipv4;
	struct mac mac;

	if (lldp_id_read_mac(id, mac_subtype, &mac)) {
		mac_format_cisco(&mac, text);
	} else if (lldp_id_ipv4(id, network_subtype, &ipv4)) {
		ipv4_format(ipv4, text);
	} else {
		wire_slice_print(id->id, text, NEIGHBOR_TEXT);
	}
}

static void fill_texts(struct lldp_neighbor *n, const struct lldp_message *m)
{
	wire_slice_print(m->port_description, n->port_description, sizeof(n->port_description));
	wire_slice_print(m->system_name, n->name, sizeof(n->name));
	wire_slice_print(m->system_description, n->description, sizeof(n->description));
	wire_slice_print(m->hardware, n->hardware, sizeof(n->hardware));
	wire_slice_print(m->firmware, n->firmware, sizeof(n->firmware));
	wire_slice_print(m->software, n->software, sizeof(n->software));
	wire_slice_print(m->serial, n->serial, sizeof(n->serial));
	wire_slice_print(m->manufacturer, n->manufacturer, sizeof(n->manufacturer));
	wire_slice_print(m->model, n->model, sizeof(n->model));
	wire_slice_print(m->asset, n->asset, sizeof(n->asset));
}

static void fill_neighbor(struct lldp_neighbor *n, const struct lldp_message *m)
{
	const struct lldp_management *management = &m->management;

	n->has = m->has;
	n->capabilities = m->capabilities;
	n->enabled = m->enabled;
	n->management_address = 0;
	if (m->has & LLDP_HAS_MANAGEMENT && management->family == 1 && management->address.length == 4)
		n->management_address = wire_get32(management->address.data);
	n->port_vlan = m->port_vlan;
	n->mac_phy = m->mac_phy;
	n->power = m->power;
	n->med_capabilities = m->med_capabilities;
	n->med_class = m->med_class;
	n->policies = m->policies;
	memcpy(n->policy, m->policy, sizeof(n->policy));
	n->med_power = m->med_power;
	fill_texts(n, m);
}

/* A neighbour is its chassis and port id (802.1AB's MSAP). A phone changes its chassis id when it gets an
 * address: the same source with the same port id is the same neighbour too. */
static struct lldp_neighbor **find(struct port *port, const char *chassis, const char *id,
				   const struct mac *source, unsigned *count)
{
	struct lldp_neighbor **link = &port->lldp;

	for (*count = 0; *link; link = &(*link)->next, ++*count)
		if (!strcmp((*link)->port, id) &&
		    (!strcmp((*link)->chassis, chassis) || mac_equal(&(*link)->source, source)))
			break;
	return link;
}

static void learn(struct switch_core *core, struct port *port, const struct lldp_message *message,
		  const struct mac *source)
{
	char chassis[NEIGHBOR_TEXT], id[NEIGHBOR_TEXT];
	struct lldp_neighbor **link;
	unsigned count;
	bool fresh;

	print_id(&message->chassis, LLDP_CHASSIS_MAC, LLDP_CHASSIS_NETWORK, chassis);
	print_id(&message->port, LLDP_PORT_MAC, LLDP_PORT_NETWORK, id);
	link = find(port, chassis, id, source, &count);
	if (!message->ttl) {
		if (*link)
			remove_neighbor(core, port, link, "by its own message");
		return;
	}
	fresh = !*link;
	if (fresh && (count >= NEIGHBORS_MAX || !(*link = calloc(1, sizeof(**link))))) {
		core_drop(core, port, &port->counters.neighbors_dropped,
			  "no room for another LLDP neighbour");
		return;
	}
	strcpy((*link)->chassis, chassis);
	strcpy((*link)->port, id);
	(*link)->chassis_subtype = message->chassis.subtype;
	(*link)->port_subtype = message->port.subtype;
	(*link)->source = *source;
	(*link)->expires_us = core->now_us + message->ttl * SECOND;
	fill_neighbor(*link, message);
	neighbor_odd(core, port, LADDER_VOICE_VLAN, "lldp.odd", &message->odd, &(*link)->odd);
	if (fresh)
		core_trace(core, LOG_LLDP, "%s: neighbour %s added", port->name, (*link)->name);
	if (fresh)
		core_event(core, port, 3, "lldp.neighbor",
			   json_pack("{s:s,s:s,s:s}", "neighbor", (*link)->name, "chassis", chassis,
				     "neighbor_port", id),
			   "%s: %s, chassis %s, port %s", port->name, (*link)->name, chassis, id);
}

void lldp_agent_receive(struct switch_core *core, struct port *port, const struct ether_frame *frame)
{
	struct lldp_message message;
	struct wire_error error;
	bool endpoint, answer;

	if (!core->lldp_run || !port->config.lldp_receive) {
		core_drop(core, port, &port->counters.in_reserved, "LLDP is off");
		return;
	}
	if (lldp_decode(frame->payload.data, frame->payload.length, &message, &error)) {
		neighbor_bad(core, port, LADDER_VOICE_VLAN, "lldp.bad", &port->counters.lldp_bad, &error);
		return;
	}
	port->counters.lldp_in++;
	learn(core, port, &message, &frame->source);
	arm_ageing(core, port);
	if (!message.ttl)
		return;
	endpoint = message.has & LLDP_HAS_MED && message.med_class != LLDP_MED_NETWORK;
	answer = poe_receive_lldp(core, port, &message);
	if (endpoint && !port->lldp_med) {
		port->lldp_med = true;
		port->lldp_fast = FAST_COUNT;
		answer = true;
	}
	if (answer)
		lldp_agent_send(core, port);
}
