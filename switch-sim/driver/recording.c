#include "switch-sim/driver/recording.h"

#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>

#include "wire/ether.h"
#include "wire/ipv4.h"

#define FILES_PORT  6970
#define CLIENT_PORT 68 /* of DHCP */
#define CHADDR	    28 /* offset in a DHCP message */
#define TFTP_DATA   3
#define ARP_SENDER  14 /* offset of the sender's address in an ARP packet, and of the target's */
#define ARP_TARGET  24
#define ARP_LENGTH  28
#define KEPT_MOST   ETHER_FRAME_MAX /* octets of a frame that are kept */

/* In front of the octets of each frame in the ring. */
struct head {
	uint64_t t;
	uint32_t length; /* of the frame */
	uint16_t kept;
	uint16_t received;
};

struct recording {
	struct mac mac;
	uint32_t address;     /* IPv4, as the phone has used it; 0: none */
	uint64_t first, next; /* numbers of the oldest frame and of the next one */
	size_t from, used;    /* octets of the ring */
	uint8_t ring[RECORDING_OCTETS];
};

/* What the rules of the recording need of a frame. */
struct parts {
	const uint8_t *payload; /* behind the Ethernet header and its tags */
	size_t length;
	uint16_t type;
	bool group; /* to many */
};

struct recording *recording_new(const struct mac *mac)
{
	struct recording *recording = malloc(sizeof(*recording));

	if (!recording)
		return NULL;
	/* The ring itself is not written: the kernel provides its pages as they are used. */
	recording->mac = *mac;
	recording->address = 0;
	recording->first = recording->next = 1;
	recording->from = recording->used = 0;
	return recording;
}

void recording_free(struct recording *recording)
{
	free(recording);
}

/* --- the rules --- */

static bool read_parts(const uint8_t *frame, size_t length, struct parts *parts)
{
	size_t at = ETHER_ADDRESSES;

	for (unsigned i = 0; i < ETHER_TAGS && at + 2 <= length && wire_get16(frame + at) == ETHER_VLAN; i++)
		at += ETHER_TAG;
	if (at + 2 > length)
		return false;
	*parts = (struct parts){.payload = frame + at + 2,
				.length = length - at - 2,
				.type = wire_get16(frame + at),
				.group = frame[0] & 1};
	return true;
}

/* The TCP or UDP header of a packet that is no later fragment; NULL: there is none. */
static const uint8_t *transport_of(const struct parts *parts, size_t *left)
{
	size_t header = parts->length ? (size_t)(parts->payload[0] & 15) * 4 : 0;

	if (parts->type != ETHER_IPV4 || parts->length < IPV4_HEADER || header < IPV4_HEADER ||
	    parts->length < header + UDP_HEADER || wire_get16(parts->payload + 6) & 0x1fff)
		return NULL;
	*left = parts->length - header;
	return parts->payload + header;
}

/* Is a frame to many for this phone, or from the switch itself? Others are flooded to all ports alike. */
static bool concerns(const struct recording *recording, const struct parts *parts)
{
	const uint8_t *at;
	size_t left;

	if (parts->type == ETHER_ARP)
		return parts->length >= ARP_LENGTH &&
		       wire_get32(parts->payload + ARP_TARGET) == recording->address;
	if (parts->type != ETHER_IPV4)
		return parts->type == ETHER_LLDP || parts->type < ETHER_TYPE_FIRST; /* CDP has a length */
	at = transport_of(parts, &left);
	return at && parts->payload[9] == IP_UDP && wire_get16(at + 2) == CLIENT_PORT &&
	       left >= UDP_HEADER + CHADDR + sizeof(recording->mac) &&
	       !memcmp(at + UDP_HEADER + CHADDR, &recording->mac, sizeof(recording->mac));
}

/* A segment or block of a file behind the first one: its content is of no interest, and there may be many. */
static bool is_bulk(const struct parts *parts)
{
	size_t left = 0, header;
	const uint8_t *at = transport_of(parts, &left);

	if (!at)
		return false;
	if (parts->payload[9] == IP_UDP)
		return left >= UDP_HEADER + 4 && wire_get16(at + UDP_HEADER) == TFTP_DATA &&
		       wire_get16(at + UDP_HEADER + 2) != 1;
	if (parts->payload[9] != IP_TCP || left < 20 || wire_get16(at) != FILES_PORT)
		return false;
	header = (size_t)(at[12] >> 4) * 4;
	return left < header + 5 || memcmp(at + header, "HTTP/", 5) != 0;
}

/* Remember the address of the phone, for the ARP requests to it. */
static void note_address(struct recording *recording, const struct parts *parts)
{
	uint32_t address = 0;

	if (parts->type == ETHER_IPV4 && parts->length >= IPV4_HEADER)
		address = wire_get32(parts->payload + 12);
	else if (parts->type == ETHER_ARP && parts->length >= ARP_LENGTH)
		address = wire_get32(parts->payload + ARP_SENDER);
	if (address)
		recording->address = address;
}

/* --- the ring --- */

static void copy_in(struct recording *recording, size_t at, const void *bytes, size_t size)
{
	size_t begin = (recording->from + at) % RECORDING_OCTETS;
	size_t part = size < RECORDING_OCTETS - begin ? size : RECORDING_OCTETS - begin;

	memcpy(recording->ring + begin, bytes, part);
	memcpy(recording->ring, (const uint8_t *)bytes + part, size - part);
}

static void copy_out(const struct recording *recording, size_t at, void *bytes, size_t size)
{
	size_t begin = (recording->from + at) % RECORDING_OCTETS;
	size_t part = size < RECORDING_OCTETS - begin ? size : RECORDING_OCTETS - begin;

	memcpy(bytes, recording->ring + begin, part);
	memcpy((uint8_t *)bytes + part, recording->ring, size - part);
}

static void drop_oldest(struct recording *recording)
{
	struct head head;
	size_t size;

	copy_out(recording, 0, &head, sizeof(head));
	size = sizeof(head) + head.kept;
	recording->from = (recording->from + size) % RECORDING_OCTETS;
	recording->used -= size;
	recording->first++;
}

void recording_add(struct recording *recording, uint64_t t, bool received, const uint8_t *frame,
		   size_t length)
{
	struct head head = {.t = t, .length = (uint32_t)length, .received = received};
	size_t kept = length < KEPT_MOST ? length : KEPT_MOST;
	struct parts parts;

	if (!read_parts(frame, length, &parts))
		return;
	if (received)
		note_address(recording, &parts);
	else if (parts.group && !concerns(recording, &parts))
		return;
	if (kept > RECORDING_CUT && is_bulk(&parts))
		kept = RECORDING_CUT;
	head.kept = (uint16_t)kept;
	while (recording->used + sizeof(head) + kept > RECORDING_OCTETS)
		drop_oldest(recording);
	copy_in(recording, recording->used, &head, sizeof(head));
	copy_in(recording, recording->used + sizeof(head), frame, kept);
	recording->used += sizeof(head) + kept;
	recording->next++;
}

/* A frame of the ring as a list. */
static json_t *frame_object(const struct recording *recording, size_t at, const struct head *head,
			    uint64_t number)
{
	uint8_t bytes[KEPT_MOST];
	char text[4 * (KEPT_MOST / 3 + 1) + 1];

	copy_out(recording, at + sizeof(*head), bytes, head->kept);
	EVP_EncodeBlock((uint8_t *)text, bytes, head->kept);
	return json_pack("[I,I,b,I,s]", (json_int_t)number, (json_int_t)head->t, (int)head->received,
			 (json_int_t)head->length, text);
}

json_t *recording_frames(const struct recording *recording, uint64_t after)
{
	json_t *frames = json_array();
	uint64_t number = recording->first;
	struct head head;

	for (size_t at = 0; at < recording->used; at += sizeof(head) + head.kept, number++) {
		copy_out(recording, at, &head, sizeof(head));
		if (number > after)
			json_array_append_new(frames, frame_object(recording, at, &head, number));
	}
	return json_pack("{s:I,s:I,s:o}", "first", (json_int_t)recording->first, "last",
			 (json_int_t)(recording->next - 1), "frames", frames);
}
