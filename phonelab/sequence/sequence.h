#ifndef PHONELAB_SEQUENCE_SEQUENCE_H
#define PHONELAB_SEQUENCE_SEQUENCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "wire/dissect.h"

/*
 * The message sequence of a phone: each frame of its cable is an arrow between the phone and a participant (the switch, DHCP and
 * DNS servers, file servers, call managers, the rest of the network). Decoded frames go in, rows come out. A participant is
 * known by its role and address; frames whose role is not known (ARP, bare TCP) belong to the participant with their address,
 * also if it shows later.
 */
struct sequence;

#define SEQUENCE_ROWS	      4096 /* further frames are counted, and left out */
#define SEQUENCE_PARTICIPANTS 12   /* further ones are part of the network */

/* phone: a device name ("SEP001122AABB01"), from which its MAC address follows. NULL without memory, or if it is no device
 * name. */
struct sequence *sequence_new(const char *phone);

/* The server with this IPv4 address has a name. Both texts are copied. Names that are too long are ignored. */
void sequence_name(struct sequence *sequence, const char *address, const char *name);

/* The next frame, with its number and its time in microseconds. False: it is neither from the phone nor to it. */
bool sequence_add(struct sequence *sequence, uint64_t number, int64_t t, const struct dissect *frame);

/*
 * The sequence as an object (new; NULL without memory). after: leave out the rows up to this number.
 *   participants  [{kind, name, address}, ...]; the first is the phone. kind: phone, switch, dhcp, dns, files, call-manager or
 *                 network. name and address may be ""
 *   rows          [[number, t, from, to, protocol, step, summary, message], ...]: from and to are indices of participants, step is
 *                 0 if there is none. message is false for frames that only carry or acknowledge the rest of a message, such as
 *                 TCP ACK, TFTP blocks behind the first one and further segments of a file
 *   left_out      number of frames beyond SEQUENCE_ROWS
 */
json_t *sequence_json(const struct sequence *sequence, uint64_t after);

/* NULL is legal. */
void sequence_free(struct sequence *sequence);

#endif
