#ifndef PHONE_SIM_CORE_FRAMES_H
#define PHONE_SIM_CORE_FRAMES_H

#include "phone-sim/core/phone.h"

/* PHONE_FRAME: pass a received frame to CDP, LLDP, ARP or DHCP; frames for other VLANs and stations are
 * ignored. */
void frames_in(struct phone *phone, const uint8_t *bytes, size_t length);

#endif
