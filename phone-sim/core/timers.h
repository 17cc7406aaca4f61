#ifndef PHONE_SIM_CORE_TIMERS_H
#define PHONE_SIM_CORE_TIMERS_H

#include "phone-sim/core/phone.h"

/* Every timer of a phone has a name; the driver's single timer is the earliest. */
enum phone_timer {
	TIMER_STEP,	  /* of the step's own work */
	TIMER_STEP_LIMIT, /* the table's timeout */
	TIMER_RETRY,	  /* a failed step begins again */
	TIMER_CDP,	  /* next CDP frame */
	TIMER_LLDP,	  /* next LLDPDU */
	TIMER_DHCP,	  /* retransmission, probe, T1, T2 */
	TIMER_LEASE,	  /* the lease ends */
	TIMER_FETCH,	  /* the driver owes an answer */
	TIMER_RESOLVE,	  /* the same */
	TIMER_HEAL,	  /* failed optional steps are tried again */
	TIMER_FALLBACK,	  /* a better call manager has been stable for long enough */
	TIMER_STOP,	  /* unregistering takes no longer than this */
	TIMER_MEMBER_SIP, /* + member: transaction timeout */
	TIMER_MEMBER_REFRESH = TIMER_MEMBER_SIP + PHONE_MEMBERS_MAX,	 /* + member: refresh, keepalive */
	TIMER_MEMBER_CONNECT = TIMER_MEMBER_REFRESH + PHONE_MEMBERS_MAX, /* + member: poll, connect timeout */
	TIMER_MEMBER_RESEND = TIMER_MEMBER_CONNECT + PHONE_MEMBERS_MAX,	 /* + member: by UDP, once more */
	TIMER_COUNT = TIMER_MEMBER_RESEND + PHONE_MEMBERS_MAX,
};

/* Arm: at a moment, or after a delay. One that is armed already is armed anew. */
void phone_timer_at(struct phone *phone, enum phone_timer timer, uint64_t at_us);
void phone_timer_in(struct phone *phone, enum phone_timer timer, uint64_t delay_us);

void phone_timer_stop(struct phone *phone, enum phone_timer timer);
bool phone_timer_armed(const struct phone *phone, enum phone_timer timer);

/* None is armed, and the driver was told of none. */
void phone_timers_reset(struct phone *phone);

/* Run those that are due: each at most once a call, the earliest first; one that is armed anew for now waits
 * for the next call. */
void phone_timers_run(struct phone *phone, void (*run)(struct phone *phone, unsigned timer));

/* Tell the driver of the earliest, when that has changed. */
void phone_timers_tell(struct phone *phone);

#endif
