/* Steps 1 and 2 and the states around the ladder: power, boot, going down, stopping. */
#include "phone-sim/core/power.h"

#include <stdio.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/cm.h"
#include "phone-sim/core/dhcp_client.h"
#include "phone-sim/core/discovery.h"
#include "phone-sim/core/fetch.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/register.h"
#include "phone-sim/core/registrar.h"
#include "phone-sim/core/step_runner.h"
#include "phone-sim/core/timers.h"
#include "phone-sim/core/trust.h"

static void clear_network(struct phone *phone)
{
	phone_timer_stop(phone, TIMER_CDP);
	phone_lldp_stop(phone, false);
	dhcp_client_stop(phone);
	memset(&phone->discovery, 0, sizeof(phone->discovery));
}

/* No power: the phone loses everything that is not in flash. */
void power_enter(struct phone *phone)
{
	cm_drop_all(phone, "power off", true);
	clear_network(phone);
	phone_timers_stop_all(phone);
	phone_put(phone, PHONE_DO_SET_VLAN)->vlan = 0;
	phone->powered = false;
	phone->power_mw = 0;
	phone->flash_read = false;
	phone->healing = phone->files_read = phone->vlan_known = false;
	phone->provisioned = false;
	phone->configuration = PHONE_CONFIGURATION_NONE;
	phone->restart_cause = "Initialized";
	phone->reg.alarm = 25;
	phone->reg.last = "initialized";
	capf_cancel(phone);
	trust_check_cancel(phone);
	trust_peer_clear(phone);
	trust_clear(phone);
	tvs_clear(phone);
	own_clear(phone);
	stored_clear(phone);
	file_forget_dead(phone);
	phone_draw(phone, 0);
	phone_rung_set(phone, LADDER_POWER, LADDER_PENDING, "");
}

static void granted(struct phone *phone, uint32_t mw)
{
	phone->power_mw = mw;
	if (phone->state != PHONE_STATE_POWER)
		return; /* the same grant again */
	phone->powered = true;
	phone->power_on_us = phone->now_us;
	ladder_reset(&phone->ladder);
	phone_note(phone, "source", "%s", phone->config.ac_power ? "ac" : "poe");
	if (phone->config.ac_power) {
		phone_rung_set(phone, LADDER_POWER, LADDER_DONE, "AC adapter");
	} else {
		char detail[96];

		phone_note(phone, "class", "%u", phone->model->poe_class);
		phone_note(phone, "mw", "%u", mw);
		snprintf(detail, sizeof(detail), "PoE class %u, %u.%u W granted", phone->model->poe_class,
			 mw / 1000, mw % 1000 / 100);
		phone_rung_set(phone, LADDER_POWER, LADDER_DONE, detail);
	}
	phone_fire(phone, STEP_POWERED);
}

void power_event(struct phone *phone, const struct phone_event *event)
{
	const char *reason = event->power.reason ? event->power.reason : "no reason given";

	if (event->kind == PHONE_POWER_GRANTED) {
		granted(phone, event->power.mw);
	} else if (event->kind == PHONE_POWER_ADJUSTED) {
		phone->power_mw = event->power.mw;
		phone_report(phone, "phone.power", NULL, 0, "%u mW allocated", event->power.mw);
	} else if (event->kind == PHONE_POWER_OFF) {
		register_reset_clock(phone);
		phone_fire(phone, STEP_POWER_OFF);
	} else {
		if (phone->state != PHONE_STATE_POWER)
			phone_fire(phone, STEP_POWER_OFF);
		phone_note(phone, "class", "%u", phone->model->poe_class);
		phone_note(phone, "reason", "%s", reason);
		phone_rung_failed(phone, LADDER_POWER, "power denied: %s", reason);
		phone_fire(phone, STEP_DENIED);
	}
}

/* --- boot --- */

void boot_enter(struct phone *phone)
{
	cm_drop_all(phone, "reset", true);
	clear_network(phone);
	phone->healing = phone->files_read = phone->vlan_known = false;
	phone->flash_read = false;
	file_forget_dead(phone);
	continued_clear(phone, LADDER_BOOT);
	phone_draw(phone, phone->model->boot_mw);
	phone_put(phone, PHONE_DO_LOAD_FLASH);
	phone_timer_in(phone, TIMER_STEP, phone->pace->flash_us);
}

static void note_bank(struct phone *phone, const char *key, const struct phone_bank *bank)
{
	phone_note(phone, key, "%s%s", bank->load[0] ? bank->load : "empty",
		   bank->load[0] && !bank->intact ? " (corrupt)" : "");
}

void boot_flash_loaded(struct phone *phone, const struct phone_event *event)
{
	uint64_t boot_us =
	    phone->pace->boot_us ? phone->pace->boot_us : phone->model->boot_ms * UINT64_C(1000);

	if (phone->state != PHONE_STATE_BOOT || phone->flash_read)
		return;
	phone->active = event->flash.active;
	phone->inactive = event->flash.inactive;
	phone->active.load[PHONE_LOAD_MAX - 1] = phone->inactive.load[PHONE_LOAD_MAX - 1] = '\0';
	if (!trust_load(phone, event) || !own_load(phone, event) || !stored_load(phone, event)) {
		phone_step_failed(phone, "no memory for what flash holds");
		return;
	}
	note_bank(phone, "active", &phone->active);
	note_bank(phone, "inactive", &phone->inactive);
	if (!phone->active.intact && !phone->inactive.intact) {
		phone_step_failed(phone, "no intact load in either bank of flash");
		return;
	}
	phone->flash_read = true;
	phone_timer_in(phone, TIMER_STEP, boot_us);
}

void boot_timer(struct phone *phone)
{
	bool fell_back = !phone->active.intact;

	if (!phone->flash_read) {
		phone_step_failed(phone, "flash does not answer");
		return;
	}
	if (fell_back) {
		struct phone_bank corrupt = phone->active;

		phone_console(phone, "ERR BOOT-image %s is corrupt, falling back to %s",
			      corrupt.load[0] ? corrupt.load : "(none)", phone->inactive.load);
		phone_put(phone, PHONE_DO_SWAP_FLASH);
		phone->active = phone->inactive;
		phone->inactive = corrupt;
		phone_note(phone, "fell_back", "%s", corrupt.load[0] ? corrupt.load : "empty");
		continued_note(phone, LADDER_BOOT, "bank", 0, "the active load %s was corrupt", corrupt.load);
	}
	phone_console(phone, "NOT BOOT-running %s", phone->active.load);
	phone_step_done(phone, fell_back ? "%s (the active load was corrupt: fell back)" : "%s",
			phone->active.load);
}

/* --- going down for a reset or a restart --- */

#define FAREWELL_US UINT64_C(1000000) /* limit of the wait for the response to the unregistration */

/* Go on when the restart time has passed and the unregistration is answered. The connections are closed with
 * RST: data that is not acknowledged by then must not be sent again, because it would unregister the phone
 * that has booted meanwhile. */
void down_timer(struct phone *phone)
{
	if (phone_timer_armed(phone, TIMER_STEP) || phone_timer_armed(phone, TIMER_STOP))
		return;
	cm_drop_all(phone, "", true);
	phone_fire(phone, STEP_DONE);
}

/* The address stays until the phone boots: the response is sent to it, and connections close from it. */
void down_enter(struct phone *phone)
{
	bool restart = phone->going_down == PHONE_CONTROL_RESTART;
	unsigned active = phone->reg.active;

	if (active != NOBODY) {
		register_send(phone, active, SIP_TX_REMOVE);
		phone_timer_in(phone, TIMER_STOP, FAREWELL_US);
	}
	cm_drop_others(phone, active, restart ? "restart" : "reset", false);
	phone->healing = phone->files_read = false;
	file_forget_dead(phone);
	phone->restart_cause = restart ? "Reset-Restart" : "Reset-Reset";
	phone->reg.alarm = restart ? 23 : 22;
	phone->reg.last = restart ? "reset-restart" : "reset-reset";
	if (!restart) {
		phone_timer_stop(phone, TIMER_CDP);
		phone_lldp_stop(phone, true);
	}
	phone_timer_in(phone, TIMER_STEP, phone->pace->restart_us);
}

void down_farewell_over(struct phone *phone, unsigned m)
{
	cm_close_member(phone, m, false);
	phone_timer_stop(phone, TIMER_STOP);
	down_timer(phone);
}

/* --- stopping in order --- */

void stopping_enter(struct phone *phone)
{
	phone_timer_stop(phone, TIMER_HEAL);
	phone_timer_stop(phone, TIMER_FALLBACK);
	phone_timer_in(phone, TIMER_STOP, FAREWELL_US);
	register_send(phone, phone->reg.active, SIP_TX_REMOVE);
}

void farewell_timer(struct phone *phone)
{
	if (phone->state == PHONE_STATE_DOWN)
		down_timer(phone);
	else
		phone_fire(phone, STEP_DONE);
}

void stopped_enter(struct phone *phone)
{
	cm_drop_all(phone, "stopped", false);
	phone_lldp_stop(phone, true);
	clear_network(phone);
	phone_timers_stop_all(phone);
	phone_put(phone, PHONE_DO_STOPPED);
}
