#include "phone-sim/core/timers.h"

#include <stdint.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/internal.h"

void phone_timers_stop_all(struct phone *phone)
{
	for (unsigned i = 0; i < TIMER_COUNT; i++)
		phone->timer[i] = UINT64_MAX;
}

void phone_timer_at(struct phone *phone, enum phone_timer timer, uint64_t at_us)
{
	phone->timer[timer] = at_us;
}

void phone_timer_in(struct phone *phone, enum phone_timer timer, uint64_t delay_us)
{
	phone->timer[timer] = delay_us < UINT64_MAX - phone->now_us ? phone->now_us + delay_us : UINT64_MAX;
}

void phone_timer_stop(struct phone *phone, enum phone_timer timer)
{
	phone->timer[timer] = UINT64_MAX;
}

bool phone_timer_armed(const struct phone *phone, enum phone_timer timer)
{
	return phone->timer[timer] != UINT64_MAX;
}

void phone_timers_run(struct phone *phone, void (*run)(struct phone *phone, unsigned timer))
{
	bool ran[TIMER_COUNT] = {false};

	for (;;) {
		unsigned due = TIMER_COUNT;

		for (unsigned i = 0; i < TIMER_COUNT; i++)
			if (!ran[i] && phone->timer[i] <= phone->now_us &&
			    (due == TIMER_COUNT || phone->timer[i] < phone->timer[due]))
				due = i;
		if (due == TIMER_COUNT)
			return;
		ran[due] = true;
		phone->timer[due] = UINT64_MAX;
		run(phone, due);
	}
}

void phone_timers_tell(struct phone *phone)
{
	uint64_t earliest = UINT64_MAX;

	for (unsigned i = 0; i < TIMER_COUNT; i++)
		if (phone->timer[i] < earliest)
			earliest = phone->timer[i];
	if (earliest == phone->timer_told)
		return;
	phone->timer_told = earliest;
	phone_put(phone, PHONE_DO_TIMER)->timer_us = earliest;
}
