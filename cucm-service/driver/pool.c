#include "cucm-service/driver/pool.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK 65536

struct pool_block {
	struct pool_block *next;
	size_t used, room;
	char bytes[];
};

const char *pool_copy(struct pool *pool, const char *text)
{
	size_t size = strlen(text) + 1, room = size > BLOCK ? size : BLOCK;
	struct pool_block *block = pool->blocks;
	char *at;

	if (!block || block->room - block->used < size) {
		block = malloc(sizeof(*block) + room);
		if (!block) {
			pool->failed = true;
			return "";
		}
		*block = (struct pool_block){.next = pool->blocks, .room = room};
		pool->blocks = block;
	}
	at = block->bytes + block->used;
	memcpy(at, text, size);
	block->used += size;
	return at;
}

void pool_free(struct pool *pool)
{
	while (pool->blocks) {
		struct pool_block *next = pool->blocks->next;

		free(pool->blocks);
		pool->blocks = next;
	}
	pool->failed = false;
}
