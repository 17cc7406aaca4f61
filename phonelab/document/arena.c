#include "phonelab/document/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct arena_block {
	struct arena_block *next;
	max_align_t data[];
};

void arena_out_of_memory(void)
{
	fputs("phonelab: out of memory\n", stderr);
	_exit(ARENA_STATUS);
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_block *block = calloc(1, sizeof(*block) + size);

	if (!block)
		arena_out_of_memory();
	block->next = arena->blocks;
	arena->blocks = block;
	return block->data;
}

char *arena_copy(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_alloc(arena, length + 1);

	memcpy(copy, text, length);
	return copy;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
	va_list args, again;
	char *text;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	text = arena_alloc(arena, n < 0 ? 1 : (size_t)n + 1);
	if (n > 0)
		vsnprintf(text, (size_t)n + 1, format, again);
	va_end(again);
	return text;
}

void arena_free(struct arena *arena)
{
	while (arena->blocks) {
		struct arena_block *block = arena->blocks;

		arena->blocks = block->next;
		free(block);
	}
}
