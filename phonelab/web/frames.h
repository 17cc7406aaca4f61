#ifndef PHONELAB_WEB_FRAMES_H
#define PHONELAB_WEB_FRAMES_H

#include <jansson.h>
#include <stdint.h>

#include "base/text.h"

/* The frames that a switch has recorded (switch-sim/driver/recording.h). reply: its reply to the verb `frames`. */

/* The sequence of the phone: an object as of sequence_json() with first and last, the numbers of the frames that are recorded
 * (new; NULL without memory). */
json_t *web_frames_sequence(const json_t *reply, const json_t *board, const char *phone, uint64_t after);

/* The decode of one frame: {number, t, protocol, fields: [[name, value], ...], error, error_offset, length, bytes: base64} (new).
 * NULL: the recording no longer has it. */
json_t *web_frames_decode(const json_t *reply, uint64_t number);

/* Write the frames as pcapng, with times of the clock of the day. The comment of a frame is its number and step. */
void web_frames_pcapng(const json_t *reply, const char *phone, struct text *out);

#endif
