#ifndef CUCM_SERVICE_CORE_LIMIT_H
#define CUCM_SERVICE_CORE_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* At most `most` requests in any minute. */
#define LIMIT_MOST 1500

struct limit {
	size_t most; /* 1 to LIMIT_MOST */
	size_t next;
	uint64_t at[LIMIT_MOST]; /* when the last ones were, in microseconds; 0: never */
};

/* May one more request be answered now? If so, it counts. now_us: above 0, never decreasing. */
bool limit_take(struct limit *limit, uint64_t now_us);

#endif
