#include "switch-sim/core/snooping.h"

#include <stdlib.h>
#include <string.h>

#include "base/ladder.h"
#include "switch-sim/core/forward.h"
#include "switch-sim/core/internal.h"
#include "switch-sim/core/log.h"
#include "switch-sim/core/mactable.h"
#include "switch-sim/core/neighbor.h"
#include "switch-sim/core/tracker.h"
#include "wire/dhcp.h"
#include "wire/ipv4.h"

/*
 * DHCP snooping as access switches do it: a client's broadcast goes to trusted ports only, a server's message
 * is accepted from trusted ports only, and the ACKs show which client has which address at which port.
 */

#define BINDINGS_MAX 8192

struct snooping {
	struct snooping_binding *bindings;
	unsigned count, size;
};

struct snooping *snooping_new(void)
{
	return calloc(1, sizeof(struct snooping));
}

void snooping_free(struct snooping *snooping)
{
	if (!snooping)
		return;
	free(snooping->bindings);
	free(snooping);
}

const struct snooping_binding *snooping_bindings(const struct snooping *snooping, unsigned *count)
{
	*count = snooping->count;
	return snooping->bindings;
}

static struct snooping_binding *find(struct snooping *snooping, uint16_t vlan, const struct mac *mac)
{
	for (unsigned i = 0; i < snooping->count; i++)
		if (snooping->bindings[i].vlan == vlan && mac_equal(&snooping->bindings[i].mac, mac))
			return &snooping->bindings[i];
	return NULL;
}

static void trace(const struct switch_core *core, const struct snooping_binding *binding, const char *change)
{
	char mac[MAC_TEXT], address[IPV4_TEXT];

	core_trace(core, LOG_DHCP, "%s: binding of %s to %s in VLAN %u %s", core->ports[binding->port].name,
		   ipv4_format(binding->address, address), (mac_format_cisco(&binding->mac, mac), mac),
		   binding->vlan, change);
}

static void drop(struct switch_core *core, struct snooping_binding *binding, const char *reason)
{
	struct snooping *snooping = core->snooping;

	trace(core, binding, reason);
	*binding = snooping->bindings[--snooping->count];
}

static struct snooping_binding *add(struct snooping *snooping)
{
	if (snooping->count == snooping->size) {
		unsigned size = snooping->size ? snooping->size * 2 : 64;
		void *more = size > BINDINGS_MAX
				 ? NULL
				 : realloc(snooping->bindings, size * sizeof(*snooping->bindings));

		if (!more)
			return NULL;
		snooping->bindings = more;
		snooping->size = size;
	}
	return &snooping->bindings[snooping->count++];
}

void snooping_sweep(struct switch_core *core)
{
	struct snooping *snooping = core->snooping;

	for (unsigned i = 0; i < snooping->count;)
		if (snooping->bindings[i].expires_us <= core->now_us)
			drop(core, &snooping->bindings[i], "expired");
		else
			i++;
}

void snooping_flush_port(struct switch_core *core, unsigned port)
{
	struct snooping *snooping = core->snooping;

	for (unsigned i = 0; i < snooping->count;)
		if (snooping->bindings[i].port == port)
			drop(core, &snooping->bindings[i], "removed: unplugged");
		else
			i++;
}

/* An ACK with a lease for a client whose port is known. */
static void learn(struct switch_core *core, uint16_t vlan, const struct dhcp_message *message)
{
	int port = mactable_find(core->macs, vlan, &message->chaddr, core->now_us);
	struct snooping_binding *binding;
	const char *change;

	if (port < 0 || core->ports[port].config.trusted || !message->yiaddr ||
	    !(message->has & DHCP_HAS_LEASE))
		return;
	binding = find(core->snooping, vlan, &message->chaddr);
	change = binding ? "renewed" : "added";
	if (!binding)
		binding = add(core->snooping);
	if (!binding) {
		core->bindings_full++;
		return;
	}
	*binding = (struct snooping_binding){
	    .mac = message->chaddr,
	    .address = message->yiaddr,
	    .vlan = vlan,
	    .port = (uint16_t)port,
	    .expires_us =
		message->lease == UINT32_MAX ? SWITCH_NEVER : core->now_us + message->lease * SECOND,
	};
	trace(core, binding, change);
	tracker_leased(core->tracker, vlan, message->yiaddr, &message->chaddr, core->now_us);
}

/* DHCPOFFER and so on, as in the log. */
static const char *type_word(const struct dhcp_message *message)
{
	static const char *const words[] = {"BOOTP",	   "DHCPDISCOVER", "DHCPOFFER",
					    "DHCPREQUEST", "DHCPDECLINE",  "DHCPACK",
					    "DHCPNAK",	   "DHCPRELEASE",  "DHCPINFORM"};

	return message->has & DHCP_HAS_TYPE && message->type <= DHCP_INFORM ? words[message->type] : words[0];
}

static enum snooping_verdict refuse(struct switch_core *core, struct port *port,
				    const struct dhcp_message *message, const char *event, const char *reason)
{
	char text[MAC_TEXT];

	core_drop(core, port, &port->counters.in_snooping, "DHCP snooping");
	mac_format_cisco(&message->chaddr, text);
	core_log(
	    core,
	    "%%DHCP_SNOOPING-5-%s: DHCP_SNOOPING drop message %s, message type: %s, chaddr: %s, port: %s",
	    event, reason, type_word(message), text, port->name);
	return SNOOPING_DROP;
}

static enum snooping_verdict from_server(struct switch_core *core, struct port *port,
					 const struct transit *frame, const struct dhcp_message *message,
					 struct mac *client)
{
	if (!port->config.trusted)
		return refuse(core, port, message, "DHCP_SNOOPING_UNTRUSTED_PORT", "on untrusted port");
	if (message->has & DHCP_HAS_TYPE && message->type == DHCP_ACK)
		learn(core, frame->vlan, message);
	if (!(frame->data[0] & 1))
		return SNOOPING_FORWARD;
	*client = message->chaddr;
	return SNOOPING_CLIENT;
}

static enum snooping_verdict from_client(struct switch_core *core, struct port *port,
					 const struct transit *frame, const struct dhcp_message *message)
{
	struct snooping_binding *binding;

	if (port->config.trusted)
		return frame->data[0] & 1 ? SNOOPING_TRUSTED : SNOOPING_FORWARD;
	if (memcmp(frame->data + 6, message->chaddr.octet, 6))
		return refuse(core, port, message, "DHCP_SNOOPING_MATCH_MAC_FAIL",
			      "because the chaddr doesn't match source mac");
	binding = find(core->snooping, frame->vlan, &message->chaddr);
	if (binding && message->has & DHCP_HAS_TYPE &&
	    (message->type == DHCP_RELEASE || message->type == DHCP_DECLINE))
		drop(core, binding, "released by the client");
	if (!(frame->data[0] & 1))
		return SNOOPING_FORWARD;
	port->counters.snooped_to++;
	return SNOOPING_TRUSTED;
}

enum snooping_verdict snooping_inspect(struct switch_core *core, struct port *port,
				       const struct transit *frame, struct mac *client)
{
	struct dhcp_message message;
	struct wire_error error;
	struct udp_frame udp;
	const uint8_t *data = frame->data;

	/* Cheap first: IPv4, UDP, and a port of DHCP where it is without IP options. */
	if (!core->config.dhcp_snooping || frame->length < 42 ||
	    wire_get16(data + ETHER_ADDRESSES) != ETHER_IPV4 || data[23] != IP_UDP)
		return SNOOPING_FORWARD;
	if ((data[14] & 0x0f) == 5 &&
	    (data[36] || (data[37] != DHCP_SERVER_PORT && data[37] != DHCP_CLIENT_PORT)))
		return SNOOPING_FORWARD;
	if (udp_frame_decode(data, frame->length, &udp, NULL) ||
	    (udp.destination_port != DHCP_SERVER_PORT && udp.destination_port != DHCP_CLIENT_PORT))
		return SNOOPING_FORWARD;
	if (dhcp_decode(udp.payload.data, udp.payload.length, &message, &error)) {
		if (port->config.trusted)
			return SNOOPING_FORWARD;
		neighbor_bad(core, port, LADDER_DHCP, "dhcp.bad", &port->counters.in_snooping, &error);
		return SNOOPING_DROP;
	}
	neighbor_odd(core, port, LADDER_DHCP, "dhcp.odd", &message.odd, &port->dhcp_odd);
	if (message.operation == DHCP_BOOTREPLY)
		return from_server(core, port, frame, &message, client);
	return from_client(core, port, frame, &message);
}
