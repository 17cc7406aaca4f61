#include "phone-sim/core/ready.h"

#include "phone-sim/core/actions.h"
#include "phone-sim/core/failover.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/registrar.h"
#include "phone-sim/core/step_runner.h"
#include "phone-sim/core/timers.h"

void phone_show_registered(struct phone *phone)
{
	struct registrar *reg = &phone->reg;
	const struct member *member = &reg->member[reg->active];
	struct phone_action *action = phone_put(phone, PHONE_DO_REGISTERED);

	reg->shown = true;
	action->registered.node = phone_keep_text(phone, member->name);
	action->registered.address = member->address;
	action->registered.directory_number = phone_keep_text(phone, reg->provisioned ? reg->dn : "");
}

static bool wants_healing(const struct phone *phone)
{
	static const int rungs[] = {LADDER_FIRMWARE, LADDER_DIAL_RULES, LADDER_LOCALE, LADDER_SOFTKEYS,
				    LADDER_RINGTONES};

	for (unsigned i = 0; i < sizeof(rungs) / sizeof(rungs[0]); i++)
		if (phone->ladder.rung[rungs[i] - 1].state == LADDER_FAILED)
			return true;
	return false;
}

void ready_enter(struct phone *phone)
{
	const struct phone_pace_table *pace = phone->pace;
	bool healed = phone->healing;

	phone->healing = false;
	phone->files_read = true;
	phone->heals = wants_healing(phone) ? phone->heals + 1 : 0;
	if (phone->heals)
		phone_timer_in(phone, TIMER_HEAL,
			       rng_backoff(&phone->rng, phone->heals - 1, 4 * pace->retry_base_us,
					   2 * pace->retry_ceiling_us, pace->retry_jitter_us));
	if (phone->reg.active == NOBODY)
		return;
	if (!phone->reg.shown)
		phone_show_registered(phone);
	if (!healed)
		failover_start(phone);
}

void heal_timer(struct phone *phone)
{
	phone->healing = true;
	phone_fire(phone, STEP_HEAL);
	if (phone->state == PHONE_STATE_READY || phone->state == PHONE_STATE_DOWN)
		phone->healing = false;
}
