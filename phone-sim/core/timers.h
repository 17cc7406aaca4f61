#ifndef PHONE_SIM_CORE_TIMERS_H
#define PHONE_SIM_CORE_TIMERS_H

#include "phone-sim/core/phone.h"

/* The timers of a phone. The driver has one timer, for the earliest of them. */
enum phone_timer {
	TIMER_STEP,	  /* of the step itself */
	TIMER_STEP_LIMIT, /* the timeout in the step table */
	TIMER_RETRY,	  /* a failed step starts again */
	TIMER_CDP,	  /* next CDP frame */
	TIMER_LLDP,	  /* next LLDPDU */
	TIMER_DHCP,	  /* retransmission, probe, T1, T2 */
	TIMER_LEASE,	  /* the lease expires */
	TIMER_FETCH,	  /* the driver has not answered */
	TIMER_RESOLVE,	  /* the same */
	TIMER_HEAL,	  /* failed optional steps are tried again */
	TIMER_FALLBACK,	  /* a better call manager has been stable for long enough */
	TIMER_STOP,	  /* limit of the unregistration */
	TIMER_TVS,	  /* a server of TVS does not answer */
	TIMER_CAPF,	  /* the session with CAPF: no answer, or the pause between two attempts */
	TIMER_SNTP,	  /* an NTP server does not answer; the clock is asked for again */
	TIMER_MEMBER_SIP, /* + member: transaction timeout */
	TIMER_MEMBER_REFRESH = TIMER_MEMBER_SIP + PHONE_MEMBERS_MAX,	 /* + member: refresh, keepalive */
	TIMER_MEMBER_CONNECT = TIMER_MEMBER_REFRESH + PHONE_MEMBERS_MAX, /* + member: poll, connect timeout */
	TIMER_MEMBER_RESEND = TIMER_MEMBER_CONNECT + PHONE_MEMBERS_MAX,	 /* + member: retransmission by UDP */
	TIMER_COUNT = TIMER_MEMBER_RESEND + PHONE_MEMBERS_MAX,
};

/* Arm a timer, at a time or after a delay; an armed timer is replaced. */
void phone_timer_at(struct phone *phone, enum phone_timer timer, uint64_t at_us);
void phone_timer_in(struct phone *phone, enum phone_timer timer, uint64_t delay_us);

void phone_timer_stop(struct phone *phone, enum phone_timer timer);
bool phone_timer_armed(const struct phone *phone, enum phone_timer timer);
void phone_timers_stop_all(struct phone *phone);

/* Run the due timers, the earliest first, each once per call, even if it is armed again for now. */
void phone_timers_run(struct phone *phone, void (*run)(struct phone *phone, unsigned timer));

/* Emit PHONE_DO_TIMER if the earliest time has changed. */
void phone_timers_tell(struct phone *phone);

#endif
