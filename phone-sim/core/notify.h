#ifndef PHONE_SIM_CORE_NOTIFY_H
#define PHONE_SIM_CORE_NOTIFY_H

#include "phone-sim/core/registrar.h"

/* A request of the call manager: the phone executes service control (reset, restart) and answers every other
 * request. */
void notify_request(struct phone *phone, unsigned m, const struct sip_message *message);

#endif
