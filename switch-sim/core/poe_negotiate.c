/* Power after the grant: CDP or LLDP lowers or raises it, whichever spoke first. */
#include "switch-sim/core/poe.h"

#include "switch-sim/core/internal.h"

static bool negotiates(struct port *port, enum poe_negotiator protocol)
{
	if (port->poe.state != POE_ON)
		return false;
	if (port->poe.by == POE_BY_CLASS)
		port->poe.by = protocol;
	return port->poe.by == protocol;
}

/* 0 is never used. */
static void next_management_id(struct port_poe *poe)
{
	if (!++poe->management_id)
		poe->management_id = 1;
}

/* The first level that can be had, or what the port has already. */
static unsigned best_level(const struct switch_core *core, const struct port *port,
			   const struct cdp_power *request)
{
	unsigned reach = poe_within_reach(core, port);

	for (unsigned i = 0; i < request->count; i++)
		if (request->level[i] && request->level[i] <= reach)
			return request->level[i];
	return port->poe.mw;
}

bool poe_receive_cdp(struct switch_core *core, struct port *port, const struct cdp_message *message)
{
	const uint32_t both = CDP_HAS(CDP_POWER_REQUESTED) | CDP_HAS(CDP_POWER_CONSUMPTION);
	const struct cdp_power *request = &message->power_requested;
	bool fresh;

	if (!(message->has & both) || !negotiates(port, POE_BY_CDP))
		return false;
	if (!(message->has & CDP_HAS(CDP_POWER_REQUESTED))) {
		if (message->power_consumption > poe_within_reach(core, port))
			poe_deny(core, port, "the device wants more power than there is");
		else if (message->power_consumption)
			poe_adjust(core, port, message->power_consumption);
		return port->poe.state == POE_ON && port->poe.available_mw != port->poe.mw;
	}
	fresh = request->request_id && request->request_id != port->poe.request_id;
	poe_adjust(core, port, best_level(core, port, request));
	if (!fresh)
		return port->poe.available_mw != port->poe.mw;
	port->poe.request_id = request->request_id;
	port->poe.available_mw = port->poe.mw;
	next_management_id(&port->poe);
	return true;
}

/* From tenths of a watt at the device to mW at the switch: as much as its class takes more at the switch. */
static unsigned at_switch(unsigned tenths)
{
	unsigned mw = tenths * 100;

	for (unsigned power_class = 1; power_class <= 4; power_class++)
		if (mw <= poe_pd_mw(power_class))
			return (unsigned)((uint64_t)mw * poe_pse_mw(power_class) / poe_pd_mw(power_class));
	return mw;
}

bool poe_receive_lldp(struct switch_core *core, struct port *port, const struct lldp_message *message)
{
	unsigned requested = 0, mw;

	/* Only powered devices ask: 802.3at type 2 PD (1) and type 1 PD (3), or MED's. */
	if (message->has & LLDP_HAS_POWER && message->power.has_at && message->power.type & 1)
		requested = message->power.requested;
	else if (message->has & LLDP_HAS_MED_POWER && message->med_power.type == 1)
		requested = message->med_power.value;
	if (!requested || !negotiates(port, POE_BY_LLDP))
		return false;
	mw = at_switch(requested);
	port->poe.lldp_requested = (uint16_t)requested;
	if (mw <= poe_within_reach(core, port)) {
		poe_adjust(core, port, mw);
		if (port->poe.lldp_allocated != requested) {
			port->poe.lldp_allocated = (uint16_t)requested;
			return true;
		}
	} else if (!port->poe.lldp_allocated) {
		port->poe.lldp_allocated = (uint16_t)(poe_pd_mw(port->device.power_class) / 100);
		return true;
	}
	return false;
}

void poe_link_down(struct port *port)
{
	port->poe.request_id = 0;
	next_management_id(&port->poe);
}

struct cdp_power poe_cdp_available(struct port *port)
{
	struct port_poe *poe = &port->poe;

	if (poe->available_mw != poe->mw) {
		poe->available_mw = poe->mw;
		next_management_id(poe);
	}
	if (!poe->management_id)
		poe->management_id = 1;
	return (struct cdp_power){.request_id = poe->request_id,
				  .management_id = poe->management_id,
				  .count = 2,
				  .level = {poe->mw, CDP_POWER_NO_PREFERENCE}};
}
