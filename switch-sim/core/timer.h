#ifndef SWITCH_SIM_CORE_TIMER_H
#define SWITCH_SIM_CORE_TIMER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A queue of deadlines: a binary heap with at most one entry for each pair of owner and kind, found in
 * constant time, so that arming again moves it.
 */
struct timer_queue;

#define TIMER_NEVER UINT64_MAX

/* For owners 0..owners-1 and kinds 0..kinds-1; NULL without memory. */
struct timer_queue *timer_queue_new(unsigned owners, unsigned kinds);

/* NULL is legal. */
void timer_queue_free(struct timer_queue *queue);

/* Due at that time, instead of any earlier arrangement. */
void timer_arm(struct timer_queue *queue, unsigned owner, unsigned kind, uint64_t at_us);

/* Legal when not armed. */
void timer_cancel(struct timer_queue *queue, unsigned owner, unsigned kind);

/* The earliest deadline, or TIMER_NEVER. */
uint64_t timer_next(const struct timer_queue *queue);

/* Take the earliest entry when it is due. Entries of one time come in the order of owner, then kind. */
bool timer_pop(struct timer_queue *queue, uint64_t now_us, unsigned *owner, unsigned *kind);

#endif
