#ifndef PHONE_SIM_CORE_SERVERS_H
#define PHONE_SIM_CORE_SERVERS_H

#include "phone-sim/core/phone.h"

/* Choose the file servers, and finish step 4: Alternate TFTP over option 150 over option 66 over siaddr. When
 * a name must be resolved the step ends later; when there is none it fails and says why. */
void servers_choose(struct phone *phone);

/* --- the one name that is being resolved --- */

void resolve_cancel(struct phone *phone);

/* TIMER_RESOLVE: the driver owes an answer. */
void resolve_timer(struct phone *phone);

/* Is this the answer that is waited for here? */
bool resolve_awaits(const struct phone *phone, const struct phone_event *event);
void resolve_event(struct phone *phone, const struct phone_event *event);

#endif
