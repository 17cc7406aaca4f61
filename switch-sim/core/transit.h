#ifndef SWITCH_SIM_CORE_TRANSIT_H
#define SWITCH_SIM_CORE_TRANSIT_H

#include <stddef.h>
#include <stdint.h>

/* A frame on its way: without its tag, SWITCH_HEADROOM bytes in front of it writable. */
struct transit {
	uint8_t *data;
	size_t length;
	uint16_t vlan;
	uint8_t priority;
};

#endif
