#ifndef TESTS_SUPPORT_WORKERS_H
#define TESTS_SUPPORT_WORKERS_H

#include <stddef.h>

/* Labs side by side: several processes share the numbers 0, 1, 2, .. among them. What comes out of it they
 * write into memory that workers_memory gave. */

/* Take the next number that nobody has taken. */
size_t workers_take(size_t *next);

/* Run work in `processes` processes and wait for all of them. 0, or -1 if memory is short. */
int workers_run(int processes, void (*work)(size_t *next));

/* Zeroed memory that the processes share with this one; NULL when there is none. It is kept to the end. */
void *workers_memory(size_t size);

#endif
