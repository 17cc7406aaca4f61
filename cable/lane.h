#ifndef CABLE_LANE_H
#define CABLE_LANE_H

#include <stdint.h>

#include "cable/link.h"

/* Lanes (panel_client.h) as interfaces, for those who read frames of a namespace themselves. */

/* The VLAN of a lane, and the interface that it belongs to: 110 and "eth0" for "eth0.110". 0: the interface is none, and
 * parent is left alone. It may be the same memory as interface. sock: any socket of the namespace. */
uint16_t lane_vid(int sock, const char *interface, char parent[LINK_NAME]);

/* The 802.1p priority with which a device tags an untagged frame: the precedence of IPv4, that is the class of its DSCP. */
uint8_t lane_priority(const uint8_t *frame, size_t length);

#endif
