/* The registration path as two const tables: steps and edges. step_runner.c executes them. */
#include "phone-sim/core/steps.h"

#include "phone-sim/core/cm.h"
#include "phone-sim/core/dhcp_client.h"
#include "phone-sim/core/discovery.h"
#include "phone-sim/core/files.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/power.h"
#include "phone-sim/core/failover.h"
#include "phone-sim/core/register.h"
#include "phone-sim/core/registrar.h"
#include "phone-sim/core/trust.h"

#define SECONDS(fast, real)                                                                                  \
	{                                                                                                    \
		(fast) * 1000, (real)*1000                                                                   \
	}

static const struct phone_step steps[] = {
    {PHONE_STATE_POWER, "power", power_enter, SECONDS(0, 0), 0, NULL},
    {PHONE_STATE_BOOT, "boot", boot_enter, SECONDS(60, 300), 0, boot_timer},
    {PHONE_STATE_VOICE_VLAN, "voice-vlan", voice_vlan_enter, SECONDS(0, 0), 0, voice_vlan_timer},
    {PHONE_STATE_DHCP, "dhcp", dhcp_enter, SECONDS(0, 0), 1, NULL},
    {PHONE_STATE_CTL, "ctl", ctl_enter, SECONDS(90, 300), 1, NULL},
    {PHONE_STATE_ITL, "itl", itl_enter, SECONDS(90, 300), 1, NULL},
    {PHONE_STATE_CONFIG, "config", config_enter, SECONDS(90, 300), 3, NULL},
    {PHONE_STATE_FIRMWARE, "firmware", firmware_enter, SECONDS(900, 3600), 1, NULL},
    {PHONE_STATE_DIAL_RULES, "dial-rules", dial_rules_enter, SECONDS(90, 300), 1, NULL},
    {PHONE_STATE_CM_CONNECT, "cm-connect", cm_connect_enter, SECONDS(60, 240), 2, cm_connect_next},
    {PHONE_STATE_REGISTER, "register", register_enter, SECONDS(60, 240), 2, NULL},
    {PHONE_STATE_LOCALE, "locale", locale_enter, SECONDS(90, 300), 1, NULL},
    {PHONE_STATE_SOFTKEYS, "softkeys", softkeys_enter, SECONDS(90, 300), 1, NULL},
    {PHONE_STATE_RINGTONES, "ringtones", ringtones_enter, SECONDS(90, 300), 1, NULL},
    {PHONE_STATE_READY, "ready", ready_enter, SECONDS(0, 0), 0, NULL},
    {PHONE_STATE_DOWN, "down", down_enter, SECONDS(0, 0), 0, down_timer},
    {PHONE_STATE_STOPPING, "stopping", stopping_enter, SECONDS(0, 0), 0, NULL},
    {PHONE_STATE_STOPPED, "stopped", stopped_enter, SECONDS(0, 0), 0, NULL},
};

/* --- guards --- */

static bool attempts_left(const struct phone *phone)
{
	unsigned retries = steps[phone->state - 1].retries;

	return !retries || phone->attempts[phone->state] % retries;
}

/* Twice the phone reads its configuration again; the third time it gets a new address and servers. */
static bool cycles_left(const struct phone *phone)
{
	unsigned retries = steps[phone->state - 1].retries;

	return retries && (phone->attempts[phone->state] / retries) % 3;
}

static bool is_healing(const struct phone *phone)
{
	return phone->healing;
}

/* The file servers do not answer: the phone will try later. */
static bool heals_in_vain(const struct phone *phone)
{
	return phone->healing && phone->fetch.silent;
}

static bool trust_has_failed(const struct phone *phone)
{
	return phone->ladder.rung[LADDER_CTL - 1].state == LADDER_FAILED ||
	       phone->ladder.rung[LADDER_ITL - 1].state == LADDER_FAILED;
}

static bool has_stored(const struct phone *phone)
{
	return phone->configuration == PHONE_CONFIGURATION_STORED;
}

static bool have_files(const struct phone *phone)
{
	return phone->files_read;
}

static bool to_reset(const struct phone *phone)
{
	return phone->going_down != PHONE_CONTROL_RESTART;
}

static bool is_registered(const struct phone *phone)
{
	return phone->reg.active != NOBODY;
}

#define S(state) PHONE_STATE_##state

static const struct phone_edge edges[] = {
    {S(POWER), S(POWER), STEP_POWERED, NULL, S(BOOT), RUNGS_KEEP},
    {S(POWER), S(POWER), STEP_DENIED, NULL, S(NONE), RUNGS_KEEP},

    {S(BOOT), S(BOOT), STEP_DONE, NULL, S(VOICE_VLAN), RUNGS_KEEP},
    {S(BOOT), S(BOOT), STEP_FAILED, NULL, S(NONE), RUNGS_KEEP},
    {S(BOOT), S(BOOT), STEP_RETRY, NULL, S(BOOT), RUNGS_KEEP},

    {S(VOICE_VLAN), S(VOICE_VLAN), STEP_DONE, NULL, S(DHCP), RUNGS_KEEP},
    {S(VOICE_VLAN), S(VOICE_VLAN), STEP_SKIPPED, NULL, S(DHCP), RUNGS_KEEP},

    {S(DHCP), S(DHCP), STEP_DONE, NULL, S(CTL), RUNGS_KEEP},
    {S(DHCP), S(DHCP), STEP_FAILED, NULL, S(NONE), RUNGS_KEEP},
    {S(DHCP), S(DHCP), STEP_RETRY, NULL, S(VOICE_VLAN), RUNGS_KEEP},

    {S(CTL), S(CTL), STEP_DONE, NULL, S(ITL), RUNGS_KEEP},
    {S(CTL), S(CTL), STEP_FAILED, heals_in_vain, S(READY), RUNGS_KEEP},
    {S(CTL), S(CTL), STEP_FAILED, NULL, S(ITL), RUNGS_KEEP},

    {S(ITL), S(ITL), STEP_DONE, NULL, S(CONFIG), RUNGS_KEEP},
    {S(ITL), S(ITL), STEP_FAILED, NULL, S(CONFIG), RUNGS_KEEP},

    {S(CONFIG), S(CONFIG), STEP_DONE, NULL, S(FIRMWARE), RUNGS_KEEP},
    {S(CONFIG), S(CONFIG), STEP_FAILED, is_healing, S(READY), RUNGS_KEEP},
    {S(CONFIG), S(CONFIG), STEP_FAILED, has_stored, S(FIRMWARE), RUNGS_KEEP},
    {S(CONFIG), S(CONFIG), STEP_FAILED, NULL, S(NONE), RUNGS_KEEP},
    {S(CONFIG), S(CONFIG), STEP_RETRY, attempts_left, S(CONFIG), RUNGS_KEEP},
    {S(CONFIG), S(CONFIG), STEP_RETRY, NULL, S(DHCP), RUNGS_KEEP},

    {S(FIRMWARE), S(FIRMWARE), STEP_DONE, NULL, S(DIAL_RULES), RUNGS_KEEP},
    {S(FIRMWARE), S(FIRMWARE), STEP_FAILED, NULL, S(DIAL_RULES), RUNGS_KEEP},
    {S(FIRMWARE), S(FIRMWARE), STEP_SWAPPED, NULL, S(BOOT), RUNGS_FROM_NEXT},

    {S(DIAL_RULES), S(DIAL_RULES), STEP_DONE, is_healing, S(LOCALE), RUNGS_KEEP},
    {S(DIAL_RULES), S(DIAL_RULES), STEP_FAILED, is_healing, S(LOCALE), RUNGS_KEEP},
    {S(DIAL_RULES), S(DIAL_RULES), STEP_DONE, NULL, S(CM_CONNECT), RUNGS_KEEP},
    {S(DIAL_RULES), S(DIAL_RULES), STEP_SKIPPED, NULL, S(CM_CONNECT), RUNGS_KEEP},
    {S(DIAL_RULES), S(DIAL_RULES), STEP_FAILED, NULL, S(CM_CONNECT), RUNGS_KEEP},

    {S(CM_CONNECT), S(CM_CONNECT), STEP_DONE, NULL, S(REGISTER), RUNGS_KEEP},
    {S(CM_CONNECT), S(CM_CONNECT), STEP_FAILED, NULL, S(NONE), RUNGS_KEEP},
    {S(CM_CONNECT), S(CM_CONNECT), STEP_RETRY, attempts_left, S(CM_CONNECT), RUNGS_KEEP},
    {S(CM_CONNECT), S(CM_CONNECT), STEP_RETRY, cycles_left, S(CONFIG), RUNGS_KEEP},
    {S(CM_CONNECT), S(CM_CONNECT), STEP_RETRY, NULL, S(DHCP), RUNGS_KEEP},

    {S(REGISTER), S(REGISTER), STEP_DONE, have_files, S(READY), RUNGS_KEEP},
    {S(REGISTER), S(REGISTER), STEP_DONE, NULL, S(LOCALE), RUNGS_KEEP},
    {S(REGISTER), S(REGISTER), STEP_CM_LOST, NULL, S(CM_CONNECT), RUNGS_KEEP},
    {S(REGISTER), S(REGISTER), STEP_FAILED, NULL, S(NONE), RUNGS_KEEP},
    {S(REGISTER), S(REGISTER), STEP_RETRY, attempts_left, S(CM_CONNECT), RUNGS_KEEP},
    {S(REGISTER), S(REGISTER), STEP_RETRY, cycles_left, S(CONFIG), RUNGS_KEEP},
    {S(REGISTER), S(REGISTER), STEP_RETRY, NULL, S(DHCP), RUNGS_KEEP},

    {S(LOCALE), S(LOCALE), STEP_DONE, NULL, S(SOFTKEYS), RUNGS_KEEP},
    {S(LOCALE), S(LOCALE), STEP_SKIPPED, NULL, S(SOFTKEYS), RUNGS_KEEP},
    {S(LOCALE), S(LOCALE), STEP_FAILED, NULL, S(SOFTKEYS), RUNGS_KEEP},
    {S(SOFTKEYS), S(SOFTKEYS), STEP_DONE, NULL, S(RINGTONES), RUNGS_KEEP},
    {S(SOFTKEYS), S(SOFTKEYS), STEP_SKIPPED, NULL, S(RINGTONES), RUNGS_KEEP},
    {S(SOFTKEYS), S(SOFTKEYS), STEP_FAILED, NULL, S(RINGTONES), RUNGS_KEEP},
    {S(RINGTONES), S(RINGTONES), STEP_DONE, NULL, S(READY), RUNGS_KEEP},
    {S(RINGTONES), S(RINGTONES), STEP_SKIPPED, NULL, S(READY), RUNGS_KEEP},
    {S(RINGTONES), S(RINGTONES), STEP_FAILED, NULL, S(READY), RUNGS_KEEP},

    {S(READY), S(READY), STEP_HEAL, trust_has_failed, S(CTL), RUNGS_KEEP},
    {S(READY), S(READY), STEP_HEAL, NULL, S(CONFIG), RUNGS_KEEP},

    /* The call manager is lost. While it heals, the phone is registered in the steps before cm-connect too. */
    {S(CTL), S(DIAL_RULES), STEP_CM_LOST, NULL, S(CM_CONNECT), RUNGS_REGISTER},
    {S(LOCALE), S(READY), STEP_CM_LOST, NULL, S(CM_CONNECT), RUNGS_REGISTER},

    /* Events that move the phone back from any step. */
    {S(CTL), S(READY), STEP_ADDRESS_LOST, NULL, S(DHCP), RUNGS_FROM_NEXT},
    {S(DHCP), S(READY), STEP_VLAN_CHANGED, NULL, S(VOICE_VLAN), RUNGS_FROM_NEXT},
    {S(VOICE_VLAN), S(READY), STEP_LINK_DOWN, NULL, S(VOICE_VLAN), RUNGS_FROM_NEXT},
    {S(BOOT), S(READY), STEP_RESET, NULL, S(DOWN), RUNGS_KEEP},
    {S(CTL), S(READY), STEP_RESTART, NULL, S(DOWN), RUNGS_KEEP},
    {S(BOOT), S(DHCP), STEP_RESTART, NULL, S(NONE), RUNGS_KEEP}, /* no file is read yet */
    {S(DOWN), S(DOWN), STEP_DONE, to_reset, S(BOOT), RUNGS_FROM_NEXT},
    {S(DOWN), S(DOWN), STEP_DONE, NULL, S(CTL), RUNGS_FROM_NEXT},
    {S(DOWN), S(DOWN), STEP_LINK_DOWN, NULL, S(NONE), RUNGS_KEEP},
    {S(CTL), S(DIAL_RULES), STEP_STOP, is_registered, S(STOPPING), RUNGS_KEEP},
    {S(LOCALE), S(READY), STEP_STOP, NULL, S(STOPPING), RUNGS_KEEP},
    {S(POWER), S(REGISTER), STEP_STOP, NULL, S(STOPPED), RUNGS_KEEP},
    {S(DOWN), S(DOWN), STEP_STOP, NULL, S(STOPPED), RUNGS_KEEP},
    {S(STOPPING), S(STOPPING), STEP_DONE, NULL, S(STOPPED), RUNGS_KEEP},
    {S(STOPPING), S(STOPPING), STEP_CM_LOST, NULL, S(STOPPED), RUNGS_KEEP},
    {S(STOPPING), S(STOPPING), STEP_LINK_DOWN, NULL, S(STOPPED), RUNGS_KEEP},
    {S(BOOT), S(STOPPED), STEP_POWER_OFF, NULL, S(POWER), RUNGS_FROM_NEXT},
    {S(POWER), S(POWER), STEP_POWER_OFF, NULL, S(NONE), RUNGS_KEEP},
};

#define STEP_COUNT (sizeof(steps) / sizeof(steps[0]))
#define EDGE_COUNT (sizeof(edges) / sizeof(edges[0]))
_Static_assert(STEP_COUNT == PHONE_STATES - 1, "every state has its row, in order");
_Static_assert(EDGE_COUNT <= PHONE_EDGES_MAX, "visits are counted for every edge");

const struct phone_step *phone_step_at(unsigned i)
{
	return i < STEP_COUNT ? &steps[i] : NULL;
}

const struct phone_edge *phone_edge_at(unsigned i)
{
	return i < EDGE_COUNT ? &edges[i] : NULL;
}

const char *phone_state_name(enum phone_state state)
{
	return state >= PHONE_STATE_POWER && state < PHONE_STATES ? steps[state - 1].name : "none";
}

const char *step_event_name(enum step_event event)
{
	static const char *const names[] = {
	    [STEP_POWERED] = "powered",
	    [STEP_DENIED] = "denied",
	    [STEP_DONE] = "done",
	    [STEP_SKIPPED] = "skipped",
	    [STEP_FAILED] = "failed",
	    [STEP_RETRY] = "retry",
	    [STEP_SWAPPED] = "swapped",
	    [STEP_CM_LOST] = "cm-lost",
	    [STEP_HEAL] = "heal",
	    [STEP_LINK_DOWN] = "link-down",
	    [STEP_VLAN_CHANGED] = "vlan-changed",
	    [STEP_ADDRESS_LOST] = "address-lost",
	    [STEP_RESET] = "reset",
	    [STEP_RESTART] = "restart",
	    [STEP_STOP] = "stop",
	    [STEP_POWER_OFF] = "power-off",
	};

	return (unsigned)event < STEP_EVENTS ? names[event] : "none";
}
