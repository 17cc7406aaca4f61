#ifndef PHONE_SIM_CORE_NOTIFY_H
#define PHONE_SIM_CORE_NOTIFY_H

#include "phone-sim/core/registrar.h"

/* A request of the call manager: service control (reset, restart) is obeyed, every other one answered. */
void notify_request(struct phone *phone, unsigned m, const struct sip_message *message);

#endif
