#ifndef CUCM_SERVICE_DRIVER_POOL_H
#define CUCM_SERVICE_DRIVER_POOL_H

#include <stdbool.h>
#include <stddef.h>

/* Texts that are freed all at once. A zeroed struct is empty. */
struct pool {
	struct pool_block *blocks;
	bool failed; /* an allocation failed */
};

/* A copy of the text; "" if memory is short. */
const char *pool_copy(struct pool *pool, const char *text);
void pool_free(struct pool *pool);

#endif
