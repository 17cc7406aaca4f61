#include <stdio.h>

#include "switch-sim/core/internal.h"

/*
 * The power controllers, one for each member of the stack: detect, classify, grant the class maximum within
 * the budget (IEEE 802.3 33.2), deny otherwise; then CDP or LLDP lowers or raises it, whichever spoke first.
 */

#define DETECT_US SECOND /* between detection and grant, at real pace */

unsigned poe_pse_mw(unsigned power_class)
{
	static const unsigned mw[] = {15400, 4000, 7000, 15400, 30000};

	return mw[power_class <= 4 ? power_class : 0];
}

unsigned poe_pd_mw(unsigned power_class)
{
	static const unsigned mw[] = {12950, 3840, 6490, 12950, 25500};

	return mw[power_class <= 4 ? power_class : 0];
}

const char *poe_state_word(const struct port *port)
{
	switch (port->poe.state) {
	case POE_IDLE:
	case POE_DETECTING: return "off";
	case POE_ON: return "on";
	case POE_DENIED: return "denied";
	case POE_FAULTY: return "faulty";
	}
	return "off";
}

static bool admin_on(const struct port *port)
{
	return port->config.poe_admin == SWITCH_POE_AUTO || port->config.poe_admin == SWITCH_POE_STATIC;
}

/* What the port takes from the budget. Static ports take their limit, device or none. */
static unsigned charged(const struct port *port)
{
	if (port->config.poe_admin == SWITCH_POE_STATIC && !port->config.shutdown)
		return port->config.poe_max_mw;
	return port->poe.state == POE_ON ? port->poe.mw : 0;
}

static void member_range(const struct switch_core *core, unsigned member, unsigned *first, unsigned *end)
{
	unsigned each = core->config.access + core->config.uplinks;

	*first = (member - 1) * each;
	*end = *first + core->config.access;
}

unsigned poe_used_mw(const struct switch_core *core, unsigned member)
{
	unsigned first, end, used = 0;

	member_range(core, member, &first, &end);
	for (unsigned i = first; i < end; i++)
		used += charged(&core->ports[i]);
	return used;
}

/* What the port could have at most: the rest of the budget and what it has already. */
static unsigned within_reach(const struct switch_core *core, const struct port *port)
{
	unsigned used = poe_used_mw(core, port->member) - charged(port),
		 budget = core->budget_mw[port->member - 1];
	unsigned rest = used < budget ? budget - used : 0;

	return rest < port->config.poe_max_mw ? rest : port->config.poe_max_mw;
}

static void tell(struct switch_core *core, const struct port *port, enum switch_power_state state,
		 unsigned mw, const char *reason)
{
	struct switch_action action = {.kind = SWITCH_ACTION_POWER};

	action.power.port = port->index;
	action.power.state = state;
	action.power.mw = mw;
	action.power.reason = reason;
	core->act(core->arg, &action);
}

static json_t *evidence(unsigned power_class, unsigned mw)
{
	return json_pack("{s:i,s:i}", "class", (int)power_class, "mw", (int)mw);
}

/* Off, and the budget is free again; says why. */
static void cut(struct switch_core *core, struct port *port, enum poe_state state, const char *reason)
{
	port->poe.state = state;
	port->poe.mw = 0;
	port->poe.by = POE_BY_CLASS;
	port->poe.lldp_requested = port->poe.lldp_allocated = 0;
	tell(core, port, state == POE_DENIED ? SWITCH_POWER_DENIED : SWITCH_POWER_OFF, 0, reason);
	port_update_link(core, port);
}

static void deny(struct switch_core *core, struct port *port, const char *reason)
{
	core_log(core, "%%ILPOWER-5-ILPOWER_POWER_DENY: Interface %s: inline power denied", port->name);
	core_event(core, port, 1, "poe.deny",
		   evidence(port->device.power_class, poe_pse_mw(port->device.power_class)), "%s: %s",
		   port->name, reason);
	cut(core, port, POE_DENIED, reason);
}

/* Power that ports of lower priority would give up, and (when take) make them: lowest priority first, and
 * among equals the highest number first. */
static unsigned shed(struct switch_core *core, const struct port *port, unsigned need, bool take)
{
	unsigned first, end, freed = 0;

	member_range(core, port->member, &first, &end);
	for (int priority = SWITCH_POE_LOW; priority > (int)port->config.poe_priority; priority--)
		for (unsigned i = end; i-- > first && freed < need;) {
			struct port *other = &core->ports[i];

			if ((int)other->config.poe_priority != priority || other->poe.state != POE_ON ||
			    other->config.poe_admin == SWITCH_POE_STATIC)
				continue;
			freed += charged(other);
			if (take)
				deny(core, other, "power is needed by a port of higher priority");
		}
	return freed;
}

static void grant(struct switch_core *core, struct port *port, unsigned mw)
{
	port->poe.state = POE_ON;
	port->poe.mw = mw;
	port->poe.cutoff_mw = mw;
	port->poe.by = POE_BY_CLASS;
	port->poe.available_mw = mw;
	core_log(core, "%%ILPOWER-5-POWER_GRANTED: Interface %s: Power granted", port->name);
	core_event(core, port, 1, "poe.grant", evidence(port->device.power_class, mw),
		   "%s: class %u, %u.%u W", port->name, port->device.power_class, mw / 1000, mw % 1000 / 100);
	tell(core, port, SWITCH_POWER_GRANTED, mw, "");
	port_update_link(core, port);
}

/* Grant what the class asks for, or say why not. quiet: a denied port that is tried again. */
static void decide(struct switch_core *core, struct port *port, bool quiet)
{
	unsigned need = poe_pse_mw(port->device.power_class), reach = within_reach(core, port);
	char reason[160];

	if (need <= reach) {
		grant(core, port, need);
		return;
	}
	if (need > port->config.poe_max_mw)
		snprintf(reason, sizeof(reason), "class %u needs %u mW, the port gives at most %u mW",
			 port->device.power_class, need, port->config.poe_max_mw);
	else if (shed(core, port, need - reach, false) >= need - reach) {
		shed(core, port, need - reach, true);
		grant(core, port, need);
		return;
	} else
		snprintf(reason, sizeof(reason), "class %u needs %u mW, the budget has %u mW left",
			 port->device.power_class, need, reach);
	if (!quiet)
		deny(core, port, reason);
}

/* Power has become free in a member: those who were denied are tried again, in the order of their priority.
 */
static void retry(struct switch_core *core, unsigned member)
{
	unsigned first, end;

	member_range(core, member, &first, &end);
	for (int priority = SWITCH_POE_CRITICAL; priority <= SWITCH_POE_LOW; priority++)
		for (unsigned i = first; i < end; i++) {
			struct port *port = &core->ports[i];

			if (port->poe.state == POE_DENIED && (int)port->config.poe_priority == priority)
				decide(core, port, true);
		}
}

/* Look for a device at the port. */
static void detect(struct switch_core *core, struct port *port)
{
	if (!port->plugged || port->device.power != SWITCH_POWER_PD || port->config.shutdown)
		return;
	if (!port_has_poe(core, port) || !admin_on(port)) {
		port->poe.state = POE_IDLE;
		tell(core, port, SWITCH_POWER_OFF, 0,
		     port_has_poe(core, port) ? "power inline never" : "this port gives no power");
		return;
	}
	core_log(core, "%%ILPOWER-7-DETECT: Interface %s: Power Device detected: IEEE PD", port->name);
	core_event(core, port, 1, "poe.detect", evidence(port->device.power_class, 0), "%s: class %u",
		   port->name, port->device.power_class);
	tell(core, port, SWITCH_POWER_DETECTED, 0, "");
	if (!core->config.real_pace) {
		decide(core, port, false);
		return;
	}
	port->poe.state = POE_DETECTING;
	timer_arm(core->timers, port->index, TIMER_POE, core->now_us + DETECT_US);
}

void poe_timer(struct switch_core *core, struct port *port)
{
	if (port->poe.state == POE_DETECTING)
		decide(core, port, false);
}

void poe_plug(struct switch_core *core, struct port *port)
{
	port->poe = (struct port_poe){.management_id = port->poe.management_id};
	detect(core, port);
}

static void forget(struct switch_core *core, struct port *port)
{
	timer_cancel(core->timers, port->index, TIMER_POE);
	port->poe = (struct port_poe){.management_id = port->poe.management_id};
}

void poe_unplug(struct switch_core *core, struct port *port)
{
	bool powered = port->poe.state == POE_ON || port->poe.state == POE_FAULTY;

	if (powered)
		core_log(core, "%%ILPOWER-5-IEEE_DISCONNECT: Interface %s: PD removed", port->name);
	if (port->device.power == SWITCH_POWER_PD && port_has_poe(core, port))
		core_event(core, port, 1, "poe.remove", NULL, "%s", port->name);
	forget(core, port);
	if (powered)
		retry(core, port->member);
}

void poe_reconfigured(struct switch_core *core, struct port *port)
{
	bool wanted = admin_on(port) && !port->config.shutdown;

	if (!port_has_poe(core, port))
		return;
	if (port->poe.state != POE_IDLE && !wanted) {
		forget(core, port);
		tell(core, port, SWITCH_POWER_OFF, 0,
		     port->config.shutdown ? "the port is shut down" : "power inline never");
		port_update_link(core, port);
	} else if (port->poe.state == POE_ON && port->poe.mw > port->config.poe_max_mw) {
		deny(core, port, "the port's limit was lowered");
	} else if (wanted && (port->poe.state == POE_IDLE || port->poe.state == POE_DENIED)) {
		detect(core, port);
	}
	poe_budget_changed(core, port->member);
}

void poe_budget_changed(struct switch_core *core, unsigned member)
{
	unsigned first, end;

	member_range(core, member, &first, &end);
	for (int priority = SWITCH_POE_LOW; priority >= SWITCH_POE_CRITICAL; priority--)
		for (unsigned i = end; i-- > first;) {
			struct port *port = &core->ports[i];

			if (poe_used_mw(core, member) <= core->budget_mw[member - 1])
				break;
			if ((int)port->config.poe_priority == priority && port->poe.state == POE_ON &&
			    port->config.poe_admin != SWITCH_POE_STATIC)
				deny(core, port, "the power budget is exceeded");
		}
	retry(core, member);
}

bool poe_allows_link(const struct port *port)
{
	return port->device.power != SWITCH_POWER_PD || port->poe.state == POE_ON;
}

void poe_draw(struct switch_core *core, struct port *port, unsigned mw)
{
	port->poe.drawn_mw = mw;
	if (port->poe.state != POE_ON || mw <= port->poe.cutoff_mw)
		return;
	core_log(
	    core,
	    "%%ILPOWER-3-CONTROLLER_PORT_ERR: Controller port error, Interface %s: Power Controller reports "
	    "power Imax error detected",
	    port->name);
	core_event(core, port, 1, "poe.fault", evidence(port->device.power_class, mw),
		   "%s: draws %u mW of %u mW", port->name, mw, port->poe.cutoff_mw);
	cut(core, port, POE_FAULTY, "Imax: the device drew more than it was given");
	retry(core, port->member);
}

/* Power was negotiated: mw at the switch. */
static void adjust(struct switch_core *core, struct port *port, unsigned mw)
{
	unsigned before = port->poe.mw;

	if (mw == before)
		return;
	port->poe.mw = mw;
	if (mw > port->poe.cutoff_mw)
		port->poe.cutoff_mw = mw;
	core_event(core, port, 1, "poe.adjust", evidence(port->device.power_class, mw), "%s: %u mW by %s",
		   port->name, mw, port->poe.by == POE_BY_CDP ? "CDP" : "LLDP");
	tell(core, port, SWITCH_POWER_ADJUSTED, mw, port->poe.by == POE_BY_CDP ? "CDP" : "LLDP");
	if (mw < before)
		retry(core, port->member);
}

static bool negotiates(struct port *port, enum poe_negotiator who)
{
	if (port->poe.state != POE_ON)
		return false;
	if (port->poe.by == POE_BY_CLASS)
		port->poe.by = who;
	return port->poe.by == who;
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
	unsigned reach = within_reach(core, port);

	for (unsigned i = 0; i < request->count; i++)
		if (request->level[i] && request->level[i] <= reach)
			return request->level[i];
	return port->poe.mw;
}

bool poe_heard_cdp(struct switch_core *core, struct port *port, const struct cdp_message *message)
{
	const uint32_t both = CDP_HAS(CDP_POWER_REQUESTED) | CDP_HAS(CDP_POWER_CONSUMPTION);
	const struct cdp_power *request = &message->power_requested;
	bool fresh;

	if (!(message->has & both) || !negotiates(port, POE_BY_CDP))
		return false;
	if (!(message->has & CDP_HAS(CDP_POWER_REQUESTED))) {
		if (message->power_consumption > within_reach(core, port))
			deny(core, port, "the device wants more power than there is");
		else if (message->power_consumption)
			adjust(core, port, message->power_consumption);
		return port->poe.state == POE_ON && port->poe.available_mw != port->poe.mw;
	}
	fresh = request->request_id && request->request_id != port->poe.request_id;
	adjust(core, port, best_level(core, port, request));
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

bool poe_heard_lldp(struct switch_core *core, struct port *port, const struct lldp_message *message)
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
	if (mw <= within_reach(core, port)) {
		adjust(core, port, mw);
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
