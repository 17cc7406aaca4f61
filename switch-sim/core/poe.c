#include "switch-sim/core/poe.h"

#include <stdio.h>

#include "switch-sim/core/internal.h"
#include "switch-sim/core/log.h"
#include "switch-sim/core/port_link.h"
#include "switch-sim/core/timer.h"

/*
 * The power controllers, one for each member of the stack: detect, classify, grant the class maximum within
 * the budget (IEEE 802.3 33.2), deny otherwise. Later negotiation is in poe_negotiate.c.
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
	if (port->device.nic)
		return "n/a";
	switch (port->poe.state) {
	case POE_IDLE:
	case POE_DETECTING: return "off";
	case POE_ON: return "on";
	case POE_DENIED: return "denied";
	case POE_FAULTY: return "faulty";
	}
	return "off";
}

/* The only place that changes the state of a power controller. */
static void become(const struct switch_core *core, struct port *port, enum poe_state state)
{
	static const char *const names[] = {
	    [POE_IDLE] = "idle",     [POE_DETECTING] = "detecting", [POE_ON] = "on",
	    [POE_DENIED] = "denied", [POE_FAULTY] = "faulty",
	};

	if (state == port->poe.state)
		return;
	core_trace(core, LOG_PORT, "%s: power %s -> %s", port->name, names[port->poe.state], names[state]);
	port->poe.state = state;
}

static bool admin_on(const struct port *port)
{
	return port->config.poe_admin == SWITCH_POE_AUTO || port->config.poe_admin == SWITCH_POE_STATIC;
}

/* The power that the port takes from the budget. A static port takes its limit, with or without a device. */
static unsigned charged(const struct port *port)
{
	if (port->config.poe_admin == SWITCH_POE_STATIC && !port->config.shutdown && !port->device.nic)
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

unsigned poe_within_reach(const struct switch_core *core, const struct port *port)
{
	unsigned used = poe_used_mw(core, port->member) - charged(port),
		 budget = core->budget_mw[port->member - 1];
	unsigned rest = used < budget ? budget - used : 0;

	return rest < port->config.poe_max_mw ? rest : port->config.poe_max_mw;
}

static void notify(struct switch_core *core, const struct port *port, enum switch_power_state state,
		   unsigned mw, const char *reason)
{
	const struct switch_action action = {.kind = SWITCH_ACTION_POWER,
					     .power = {port->index, state, mw, reason}};

	core->act(core->arg, &action);
}

static json_t *evidence(unsigned power_class, unsigned mw)
{
	return json_pack("{s:i,s:i}", "class", (int)power_class, "mw", (int)mw);
}

/* Switch the power off, free the budget and report the reason. */
static void cut(struct switch_core *core, struct port *port, enum poe_state state, const char *reason)
{
	become(core, port, state);
	port->poe.mw = 0;
	port->poe.by = POE_BY_CLASS;
	port->poe.lldp_requested = port->poe.lldp_allocated = 0;
	notify(core, port, state == POE_DENIED ? SWITCH_POWER_DENIED : SWITCH_POWER_OFF, 0, reason);
	port_update_link(core, port);
}

void poe_deny(struct switch_core *core, struct port *port, const char *reason)
{
	core_log(core, "%%ILPOWER-5-ILPOWER_POWER_DENY: Interface %s: inline power denied", port->name);
	core_event(core, port, 1, "poe.deny",
		   evidence(port->device.power_class, poe_pse_mw(port->device.power_class)), "%s: %s",
		   port->name, reason);
	cut(core, port, POE_DENIED, reason);
}

/* The power that ports of lower priority can free. take: deny these ports, lowest priority first, and
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
				poe_deny(core, other, "power is needed by a port of higher priority");
		}
	return freed;
}

static void grant(struct switch_core *core, struct port *port, unsigned mw)
{
	become(core, port, POE_ON);
	port->poe.mw = mw;
	port->poe.cutoff_mw = mw;
	port->poe.by = POE_BY_CLASS;
	port->poe.available_mw = mw;
	core_log(core, "%%ILPOWER-5-POWER_GRANTED: Interface %s: Power granted", port->name);
	core_event(core, port, 1, "poe.grant", evidence(port->device.power_class, mw),
		   "%s: class %u, %u.%u W", port->name, port->device.power_class, mw / 1000, mw % 1000 / 100);
	notify(core, port, SWITCH_POWER_GRANTED, mw, "");
	port_update_link(core, port);
}

/* Grant the power of the class, or report the reason. quiet: a retry for a denied port. */
static void decide(struct switch_core *core, struct port *port, bool quiet)
{
	unsigned need = poe_pse_mw(port->device.power_class), reach = poe_within_reach(core, port);
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
		poe_deny(core, port, reason);
}

/* A member has free power again: retry the denied ports, in the order of their priority. */
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

/* Detect a device at the port. */
static void detect(struct switch_core *core, struct port *port)
{
	if (!port->plugged || port->device.power != SWITCH_POWER_PD || port->config.shutdown)
		return;
	if (!poe_has_port(core, port) || !admin_on(port)) {
		become(core, port, POE_IDLE);
		notify(core, port, SWITCH_POWER_OFF, 0,
		       poe_has_port(core, port) ? "power inline never" : "this port gives no power");
		return;
	}
	core_log(core, "%%ILPOWER-7-DETECT: Interface %s: Power Device detected: IEEE PD", port->name);
	core_event(core, port, 1, "poe.detect", evidence(port->device.power_class, 0), "%s: class %u",
		   port->name, port->device.power_class);
	notify(core, port, SWITCH_POWER_DETECTED, 0, "");
	if (!core->config.real_pace) {
		decide(core, port, false);
		return;
	}
	become(core, port, POE_DETECTING);
	timer_arm(core->timers, port->index, TIMER_POE, core->now_us + DETECT_US);
}

void poe_timer(struct switch_core *core, struct port *port)
{
	if (port->poe.state == POE_DETECTING)
		decide(core, port, false);
}

static void forget(struct switch_core *core, struct port *port)
{
	timer_cancel(core->timers, port->index, TIMER_POE);
	become(core, port, POE_IDLE);
	port->poe = (struct port_poe){.management_id = port->poe.management_id};
}

void poe_plug(struct switch_core *core, struct port *port)
{
	forget(core, port);
	detect(core, port);
}

void poe_unplug(struct switch_core *core, struct port *port)
{
	bool powered = port->poe.state == POE_ON || port->poe.state == POE_FAULTY;

	if (powered)
		core_log(core, "%%ILPOWER-5-IEEE_DISCONNECT: Interface %s: PD removed", port->name);
	if (port->device.power == SWITCH_POWER_PD && poe_has_port(core, port))
		core_event(core, port, 1, "poe.remove", NULL, "%s", port->name);
	forget(core, port);
	if (powered)
		retry(core, port->member);
}

void poe_reconfigured(struct switch_core *core, struct port *port)
{
	bool wanted = admin_on(port) && !port->config.shutdown;

	if (!poe_has_port(core, port))
		return;
	if (port->poe.state != POE_IDLE && !wanted) {
		forget(core, port);
		notify(core, port, SWITCH_POWER_OFF, 0,
		       port->config.shutdown ? "the port is shut down" : "power inline never");
		port_update_link(core, port);
	} else if (port->poe.state == POE_ON && port->poe.mw > port->config.poe_max_mw) {
		poe_deny(core, port, "the port's limit was lowered");
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
				poe_deny(core, port, "the power budget is exceeded");
		}
	retry(core, member);
}

bool poe_has_port(const struct switch_core *core, const struct port *port)
{
	return core->config.poe_budget_mw && !port->uplink;
}

bool poe_can_power(const struct switch_core *core, const struct port *port)
{
	return poe_has_port(core, port) && !port->device.nic;
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

void poe_adjust(struct switch_core *core, struct port *port, unsigned mw)
{
	unsigned before = port->poe.mw;

	if (mw == before)
		return;
	port->poe.mw = mw;
	if (mw > port->poe.cutoff_mw)
		port->poe.cutoff_mw = mw;
	core_event(core, port, 1, "poe.adjust", evidence(port->device.power_class, mw), "%s: %u mW by %s",
		   port->name, mw, port->poe.by == POE_BY_CDP ? "CDP" : "LLDP");
	notify(core, port, SWITCH_POWER_ADJUSTED, mw, port->poe.by == POE_BY_CDP ? "CDP" : "LLDP");
	if (mw < before)
		retry(core, port->member);
}
