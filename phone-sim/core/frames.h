#ifndef PHONE_SIM_CORE_FRAMES_H
#define PHONE_SIM_CORE_FRAMES_H

#include "phone-sim/core/phone.h"

/* A frame from the cable, to whom it is for: CDP, LLDP, ARP, DHCP. */
void frames_in(struct phone *phone, const uint8_t *bytes, size_t length);

#endif
