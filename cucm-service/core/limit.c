#include "cucm-service/core/limit.h"

#define MINUTE_US UINT64_C(60000000)

bool limit_take(struct limit *limit, uint64_t now_us)
{
	uint64_t *oldest = &limit->at[limit->next];

	if (*oldest && now_us - *oldest < MINUTE_US)
		return false;
	*oldest = now_us;
	limit->next = (limit->next + 1) % limit->most;
	return true;
}
