#ifndef PHONE_SIM_CORE_CONTINUED_H
#define PHONE_SIM_CORE_CONTINUED_H

#include "phone-sim/core/phone.h"

/* What the phone went on without: its boot did not stop, but not all was as it should be. A file that is optional, and that
 * no server has, is none of it. */

/* Only these are noted while they happen; all others are read out of the state (continued_view). */
struct continued {
	struct phone_continued noted[3]; /* one per code */
	unsigned count;
};

/* The boot begins again at this step: what was noted of it and of later steps is over. */
void continued_clear(struct phone *phone, int step);

/* Note it, unless something of that code (a static word, docs/formats.md) is noted already. server: of files, else 0. */
void continued_note(struct phone *phone, int step, const char *code, uint32_t server, const char *what, ...)
    __attribute__((format(printf, 5, 6)));

/* Fill view->continued. */
void continued_view(const struct phone *phone, struct phone_view *view);

#endif
