/* The lease of the phone: renewal, rebinding, expiry (RFC 2131 4.4.5). */
#include "phone-sim/core/dhcp_client.h"

#include "phone-sim/core/actions.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/step_runner.h"
#include "phone-sim/core/timers.h"

/* RFC 2131 4.4.5: a random part of T1 and T2 spreads the renewals of phones that booted together. */
static void spread_times(struct phone *phone)
{
	struct dhcp_lease *lease = &phone->dhcp.lease;

	if (lease->lease_us == UINT64_MAX)
		return;
	lease->t1_us += rng_range(&phone->rng, 0, (lease->t2_us - lease->t1_us) / 16);
	lease->t2_us += rng_range(&phone->rng, 0, (lease->lease_us - lease->t2_us) / 16);
}

void dhcp_lease_begin(struct phone *phone)
{
	struct dhcp_client *client = &phone->dhcp;

	client->bound_us = client->requested_us;
	client->tries = 0;
	spread_times(phone);
	if (client->lease.lease_us == UINT64_MAX) {
		phone_timer_stop(phone, TIMER_DHCP);
		phone_timer_stop(phone, TIMER_LEASE);
		return;
	}
	phone_timer_at(phone, TIMER_DHCP, client->bound_us + client->lease.t1_us);
	phone_timer_at(phone, TIMER_LEASE, client->bound_us + client->lease.lease_us);
}

/* RFC 2131 4.4.5: half of what is left to the next deadline, not under a minute (in pace fast: a second). */
static void ask_again(struct phone *phone, uint64_t until_us)
{
	uint64_t least = phone->config.pace == PHONE_PACE_REAL ? UINT64_C(60000000) : UINT64_C(1000000);
	uint64_t left = until_us > phone->now_us ? until_us - phone->now_us : 0;
	uint64_t wait = left / 2 > least ? left / 2 : least;

	phone->dhcp.requested_us = phone->now_us;
	dhcp_send(phone, DHCP_REQUEST);
	phone_timer_at(phone, TIMER_DHCP,
		       phone->now_us + wait < until_us || !left ? phone->now_us + wait : until_us);
}

void dhcp_keep_alive(struct phone *phone)
{
	struct dhcp_client *client = &phone->dhcp;
	uint64_t t2_us = client->bound_us + client->lease.t2_us;
	uint64_t end_us = client->bound_us + client->lease.lease_us;

	if (client->state == DHCP_STATE_BOUND)
		dhcp_become(phone, DHCP_STATE_RENEWING, "T1");
	if (client->state == DHCP_STATE_RENEWING && phone->now_us >= t2_us)
		dhcp_become(phone, DHCP_STATE_REBINDING, "T2");
	ask_again(phone, client->state == DHCP_STATE_RENEWING ? t2_us : end_us);
}

void dhcp_client_renew(struct phone *phone)
{
	if (phone->dhcp.state == DHCP_STATE_BOUND && phone->dhcp.lease.lease_us != UINT64_MAX)
		dhcp_keep_alive(phone);
}

void dhcp_client_lease_timer(struct phone *phone)
{
	phone_report(phone, "dhcp.expired", NULL, 0, "%s", phone_ip_text(phone, phone->dhcp.lease.address));
	phone_message(phone, "IP address released");
	phone_fire(phone, STEP_ADDRESS_LOST);
	phone_rung_failed(phone, LADDER_DHCP, "the lease expired and no server renewed it");
}

const char *dhcp_state_text(const struct phone *phone)
{
	const struct dhcp_client *client = &phone->dhcp;

	if (client->duplicate && client->state != DHCP_STATE_BOUND)
		return "DISABLED DUPLICATE IP";
	if (phone->state == PHONE_STATE_VOICE_VLAN)
		return "CDP INIT";
	switch (client->state) {
	case DHCP_STATE_IDLE: return client->timed_out ? "DHCP TIMEOUT" : "DHCP INIT";
	case DHCP_STATE_SELECTING:
	case DHCP_STATE_DECLINED: return "DHCP INIT";
	case DHCP_STATE_REQUESTING:
	case DHCP_STATE_PROBING: return "DHCP REQUESTING";
	case DHCP_STATE_BOUND: return "DHCP BOUND";
	case DHCP_STATE_RENEWING: return "DHCP RENEWING";
	case DHCP_STATE_REBINDING: return "DHCP REBINDING";
	}
	return "DHCP INVALID";
}
