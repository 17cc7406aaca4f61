#include "phone-sim/driver/account.h"

#include <time.h>

static uint64_t used_ns(void)
{
	struct timespec used = {0, 0};

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec;
}

void account_begin(struct account *account)
{
	*account = (struct account){.charged_ns = used_ns()};
}

void account_charge(struct account *account, int step)
{
	uint64_t now = used_ns();

	if (step < 0 || step > LADDER_STEPS)
		step = 0;
	account->ns[step] += now - account->charged_ns;
	account->charged_ns = now;
}

unsigned account_slow_ms(const struct account *account, uint64_t since_ns)
{
	uint64_t ms = (account->charged_ns - since_ns) / 1000000;

	return ms > ACCOUNT_SLOW_MS ? (unsigned)ms : 0;
}

json_t *account_json(const struct account *account)
{
	json_t *object = json_object();

	for (int step = 0; step <= LADDER_STEPS; step++)
		json_object_set_new(object, step ? ladder_step_name(step) : "made",
				    json_integer((json_int_t)(account->ns[step] / 1000)));
	return object;
}
