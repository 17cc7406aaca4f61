#ifndef PHONELAB_DOCUMENT_ARENA_H
#define PHONELAB_DOCUMENT_ARENA_H

#include <stddef.h>

/* Memory that is freed all at once. A document lives in one. */
struct arena {
	struct arena_block *blocks;
};

/* Report "out of memory" and end the process: what the readers of documents do if memory is short. Its exit status says that the
 * machine does not meet the requirements (phonelab/lab/complain.h). */
#define ARENA_STATUS 3
void arena_out_of_memory(void) __attribute__((noreturn));

/* Zeroed memory, aligned for any object; the process ends if memory is short. */
void *arena_alloc(struct arena *arena, size_t size);

/* A copy of the first length bytes of text, with a NUL. */
char *arena_copy(struct arena *arena, const char *text, size_t length);

/* A formatted string. */
char *arena_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Free everything; the arena is empty again. */
void arena_free(struct arena *arena);

#endif
