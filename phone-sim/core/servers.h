#ifndef PHONE_SIM_CORE_SERVERS_H
#define PHONE_SIM_CORE_SERVERS_H

#include "phone-sim/core/phone.h"

/* Choose the file servers (Alternate TFTP, else option 150, 66, siaddr) and finish step 4; later if a name must
 * be resolved. Without any server the step fails. */
void servers_choose(struct phone *phone);

/* The lease was renewed: use the file servers of the new answer if they are others and no file is being fetched. A name in
 * option 66 is not resolved: the list stays. */
void servers_renewed(struct phone *phone);

/* `dns.failed`: a name that the phone needs has not been resolved; timed_out: no server has answered. */
void servers_report_dns(struct phone *phone, const char *name, bool timed_out);

/* --- the name that is being resolved --- */

/* Stop the resolution. */
void resolve_cancel(struct phone *phone);

/* TIMER_RESOLVE: the driver has not answered. */
void resolve_timer(struct phone *phone);

/* Does this PHONE_RESOLVED answer the resolution of a file server's name? If so, resolve_event takes it. */
bool resolve_awaits(const struct phone *phone, const struct phone_event *event);
void resolve_event(struct phone *phone, const struct phone_event *event);

#endif
