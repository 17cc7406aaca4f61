/* Step 3: the voice VLAN. CDP first, LLDP-MED where CDP is silent, untagged where neither names one. */
#include "phone-sim/core/discovery.h"

#include <stdio.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/cm.h"
#include "phone-sim/core/dhcp_client.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/step_runner.h"
#include "phone-sim/core/timers.h"

#define NO_LINK_US UINT64_C(5000000) /* then the step is shown as failed; the phone continues to wait */

static void set_vlan(struct phone *phone, uint16_t vlan, enum vlan_source source)
{
	struct discovery *discovery = &phone->discovery;

	discovery->decided = true;
	discovery->vlan = vlan;
	discovery->source = source;
	phone_put(phone, PHONE_DO_SET_VLAN)->vlan = vlan;
	vlan = vlan ? vlan : 4095;
	phone_console(phone, "NOT NETSD-siginfoThrd(): tempvvlan: %u  vvlan: %u  linkState: %d  cdpState: %d",
		      vlan, vlan, phone->link, discovery->cdp_received);
}

static void decide(struct phone *phone, uint16_t vlan, enum vlan_source source)
{
	const char *by = source == VLAN_FROM_CDP ? "CDP" : "LLDP-MED";
	const char *neighbor =
	    source == VLAN_FROM_CDP ? phone->discovery.cdp_neighbor : phone->discovery.lldp_neighbor;

	set_vlan(phone, vlan, source);
	if (source == VLAN_FROM_LLDP && phone->config.cdp && !phone->discovery.cdp_received)
		continued_note(phone, LADDER_VOICE_VLAN, "cdp", 0,
			       "CDP is silent; LLDP-MED has named the voice VLAN");
	phone_note(phone, "vlan", "%u", vlan);
	phone_note(phone, "by", "%s", source == VLAN_FROM_NOBODY ? "nobody" : by);
	phone_note(phone, "cdp_neighbor", "%s", phone->discovery.cdp_neighbor);
	phone_note(phone, "lldp_neighbor", "%s", phone->discovery.lldp_neighbor);
	phone_note(phone, "cdp_queries", "%u", phone->discovery.queries);
	if (source == VLAN_FROM_NOBODY && phone->config.cdp && phone->discovery.cdp_received)
		phone_step_skipped(phone, "untagged: CDP names no voice VLAN");
	else if (source == VLAN_FROM_NOBODY)
		phone_step_skipped(phone, "untagged: %s, LLDP-MED %s no voice VLAN",
				   phone->config.cdp ? "CDP is silent" : "CDP is off",
				   phone->discovery.lldp_received ? "names" : "knows");
	else if (vlan)
		phone_step_done(phone, "VLAN %u by %s from %s", vlan, by, neighbor);
	else
		phone_step_done(phone, "untagged by %s from %s", by, neighbor);
}

/* Ask by CDP (again), or go on to wait for LLDP-MED. */
static void ask(struct phone *phone)
{
	struct discovery *discovery = &phone->discovery;

	if (discovery->queries < phone->pace->cdp_queries) {
		discovery->queries++;
		phone_cdp_send(phone, true);
		phone_timer_in(phone, TIMER_STEP, phone->pace->cdp_query_us);
		return;
	}
	if (discovery->lldp_named) {
		decide(phone, discovery->lldp_vlan, VLAN_FROM_LLDP);
		return;
	}
	if (!discovery->waiting_lldp && phone->config.lldp) {
		discovery->waiting_lldp = true;
		phone_lldp_send(phone);
		phone_timer_in(phone, TIMER_STEP, phone->pace->lldp_wait_us);
		return;
	}
	decide(phone, 0, VLAN_FROM_NOBODY);
}

static void begin(struct phone *phone)
{
	struct discovery *discovery = &phone->discovery;

	discovery->up = true;
	discovery->queries = 0;
	discovery->waiting_lldp = false;
	discovery->decided = false;
	discovery->cdp_received = discovery->cdp_named = discovery->lldp_named = false;
	discovery->cdp_without = 0;
	phone_draw(phone, phone->model->idle_mw);
	phone_cdp_start(phone);
	ask(phone); /* CDP goes first: switches negotiate power by the protocol that they receive first */
	phone_lldp_start(phone);
}

void voice_vlan_enter(struct phone *phone)
{
	struct discovery *discovery = &phone->discovery;

	cm_drop_all(phone, "network", true);
	dhcp_client_stop(phone);
	continued_clear(phone, LADDER_VOICE_VLAN);
	phone->healing = phone->files_read = false;
	if (!phone->link) {
		phone_timer_stop(phone, TIMER_CDP);
		phone_lldp_stop(phone, false);
		memset(discovery, 0, sizeof(*discovery));
		phone->vlan_known = false;
		phone_timer_in(phone, TIMER_STEP, NO_LINK_US);
		return;
	}
	if (phone->vlan_known) {
		phone->vlan_known = false;
		decide(phone, discovery->vlan, discovery->source);
		return;
	}
	begin(phone);
}

void voice_vlan_timer(struct phone *phone)
{
	if (!phone->link) {
		phone_rung_failed(phone, LADDER_VOICE_VLAN, "no link: the cable, or the port of the switch");
		return;
	}
	ask(phone);
}

void voice_vlan_link(struct phone *phone, bool up)
{
	if (phone->link == up)
		return;
	phone->link = up;
	if (up)
		phone->frames = (struct phone_frames){0};
	phone_console(phone, up ? "NOT NETSD-Ethernet link is up" : "WRN NETSD-Ethernet link is down");
	if (!up && phone->state > PHONE_STATE_BOOT && phone->state < PHONE_STATE_STOPPED)
		phone_fire(phone, STEP_LINK_DOWN);
	else if (up && phone->state == PHONE_STATE_VOICE_VLAN)
		begin(phone);
}

static void report_named(struct phone *phone, uint16_t vlan, enum vlan_source source)
{
	char text[8];
	const struct phone_evidence evidence[] = {{"by", source == VLAN_FROM_CDP ? "CDP" : "LLDP-MED"},
						  {"vlan", text}};

	snprintf(text, sizeof(text), "%u", vlan);
	phone_report(phone, "vlan.named", evidence, 2, "%s: voice VLAN %s", evidence[0].value,
		     vlan ? text : "untagged");
}

/* CDP or LLDP-MED has changed. Before the decision, CDP decides at once, LLDP-MED only after CDP was silent.
 * After the decision, the last change counts. */
void voice_vlan_received(struct phone *phone, enum vlan_source source)
{
	struct discovery *discovery = &phone->discovery;
	uint16_t vlan = source == VLAN_FROM_CDP ? discovery->cdp_vlan : discovery->lldp_vlan;

	report_named(phone, vlan, source);
	phone_trace(phone, source == VLAN_FROM_CDP ? PHONE_TRACE_CDP : PHONE_TRACE_LLDP,
		    "voice VLAN %u --frame--> %u", discovery->vlan, vlan);
	if (!discovery->decided) {
		if (phone->state != PHONE_STATE_VOICE_VLAN)
			return;
		if (source == VLAN_FROM_CDP || discovery->waiting_lldp || !phone->config.cdp)
			decide(phone, vlan, source);
		return;
	}
	if (vlan == discovery->vlan || phone->state < PHONE_STATE_DHCP || phone->state > PHONE_STATE_READY)
		return;
	phone_console(phone, "NOT NETSD-voice VLAN changes from %u to %u", discovery->vlan, vlan);
	discovery->vlan = vlan;
	discovery->source = source;
	phone->vlan_known = true;
	phone->reg.alarm = 26;
	phone->reg.last = "voice-vlan-changed";
	phone_fire(phone, STEP_VLAN_CHANGED);
}
