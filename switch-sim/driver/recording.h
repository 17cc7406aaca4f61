#ifndef SWITCH_SIM_DRIVER_RECORDING_H
#define SWITCH_SIM_DRIVER_RECORDING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mac.h"

/*
 * The newest frames of the cable of a phone, always recorded: who watches a boot does not know before that it will be
 * interesting. A recording has RECORDING_OCTETS at most; the oldest frames give way.
 *
 * Left out: frames that the switch floods to all ports and that are not for the phone. Cut to RECORDING_CUT octets: the
 * segments of a file behind its first one (from TCP port 6970), and TFTP blocks behind the first one.
 */
struct recording;

#define RECORDING_OCTETS (128u * 1024)
#define RECORDING_CUT	 128u

/* mac: the address of the device. NULL without memory. */
struct recording *recording_new(const struct mac *mac);

/* A frame with its tags at the time t (CLOCK_MONOTONIC, microseconds), received from the phone or sent to it. */
void recording_add(struct recording *recording, uint64_t t, bool received, const uint8_t *frame,
		   size_t length);

/*
 * The frames with a number greater than after, oldest first, as an object (new; NULL without memory):
 *   first, last  the numbers of the frames that the recording has, from 1; last is 0 if there were none
 *   frames       [[number, t, received, octets of the frame, "base64 of the octets that were kept"], ...]
 */
json_t *recording_frames(const struct recording *recording, uint64_t after);

/* NULL is legal. */
void recording_free(struct recording *recording);

#endif
