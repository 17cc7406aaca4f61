#ifndef WIRE_DISSECT_PRIVATE_H
#define WIRE_DISSECT_PRIVATE_H

#include "wire/arp.h"
#include "wire/cdp.h"
#include "wire/dhcp.h"
#include "wire/dissect.h"
#include "wire/dissect_tls.h"
#include "wire/ether.h"
#include "wire/ipv4.h"
#include "wire/lldp.h"
#include "wire/sip.h"
#include "wire/tftp.h"

/* Behind wire/dissect, not for others. */

#define DISSECT_BUCKETS	  512
#define DISSECT_WAYS	  8
#define DISSECT_TRANSFERS 256
#define DISSECT_FLOWS	  256
#define DISSECT_FILE_MAX  127
#define DISSECT_HTTP_PORT 6970

/* Which phone a MAC or an IPv4 address is: buckets, in which the entry that was not used for longest gives
 * way. */
struct dissect_map {
	struct {
		uint64_t key; /* of the MAC or address, plus one; 0 free */
		uint64_t used;
		struct mac phone;
		int step; /* of the address's newest frame that belongs to one */
	} slot[DISSECT_BUCKETS][DISSECT_WAYS];
};

/* A TFTP transfer: it starts with a request to port 69 and continues between ports that only the request shows. */
struct dissect_transfer {
	uint64_t used; /* 0 free */
	uint32_t client, server;
	uint16_t client_port, server_port; /* server_port 0: not answered yet */
	char file[DISSECT_FILE_MAX + 1];
};

/* One direction of a TCP connection. */
struct dissect_flow {
	uint64_t used; /* 0 free */
	uint32_t source, destination;
	uint16_t source_port, destination_port;
	bool sip;      /* SIP was read in it, whatever its ports */
	bool synced;   /* next is known */
	uint32_t next; /* sequence number that continues the stream */
	struct dissect_tls tls;
	uint8_t *data; /* SIP: the beginning of a message; NULL none */
	size_t length;
	char file[DISSECT_FILE_MAX + 1]; /* HTTP: what was asked for last, in either direction */
};

struct dissect_context {
	uint64_t clock; /* counts frames */
	struct dissect_map by_mac;
	struct dissect_map by_address;
	struct dissect_transfer transfer[DISSECT_TRANSFERS];
	struct dissect_flow flow[DISSECT_FLOWS];
	void (*sip)(void *user, const struct sip_message *message); /* dissect_watch_sip */
	void *sip_user;
};

/* The frame at hand. */
struct dissect_view {
	struct dissect_context *context;
	struct dissect *out;
	const uint8_t *bytes;
	size_t size;
	bool cut;
};

/* --- fields --- */

/* Add a field, unless there is one of that name: then ", VALUE" is put behind it. What is not printable ASCII
 * becomes a dot; what does not fit is cut, or dropped when there are 64 fields. */
void dissect_text(struct dissect_view *view, const char *name, const char *value);
void dissect_slice(struct dissect_view *view, const char *name, struct wire_slice value);
void dissect_number(struct dissect_view *view, const char *name, uint64_t value);
void dissect_address(struct dissect_view *view, const char *name, uint32_t ipv4);
void dissect_mac(struct dissect_view *view, const char *name, const struct mac *mac);

/* The frame is malformed at error's offset of the bytes at data, which are the frame's. Ignored in a frame
 * that the capture cut. */
void dissect_bad(struct dissect_view *view, const uint8_t *data, const struct wire_error *error);

/* Note a wrong checksum, which is at `at`. Not in a frame that the capture cut. */
void dissect_sum(struct dissect_view *view, bool wrong, const char *what, const uint8_t *at);

/* Fields odd_1, odd_2 ... for what the decoder of the message at data found odd. Not in a cut frame. */
void dissect_odd(struct dissect_view *view, const uint8_t *data, const struct wire_odd *odd);

/* --- phones --- */

/* mac is a phone; it is the one that the frame is about. */
void dissect_is_phone(struct dissect_view *view, const struct mac *mac);

/* The frame is about mac, should that be a phone. */
void dissect_about(struct dissect_view *view, const struct mac *mac);

/* The phone has this address. */
void dissect_has_address(struct dissect_view *view, const struct mac *phone, uint32_t ipv4);

/* The phone among the ends of the frame, when no protocol named it. packet: NULL when there is none. */
void dissect_find_phone(struct dissect_view *view, const struct ether_frame *frame,
			const struct ipv4_packet *packet);

/* The step of the newest frame of the phone with this address that belongs to one, 0 if there is none; and note that of
 * the frame. */
int dissect_last_step(struct dissect_view *view, uint32_t ipv4);
void dissect_note_step(struct dissect_view *view, const struct ipv4_packet *packet);

/* Does a name contain a device name ("SEP001122AABB01", "CTLSEP001122AABB01.tlv")? */
bool dissect_find_device(const char *name, struct mac *mac);

/* --- protocols --- */

void dissect_arp(struct dissect_view *view, const struct ether_frame *frame);
void dissect_cdp(struct dissect_view *view, const struct ether_frame *frame);
void dissect_lldp(struct dissect_view *view, const struct ether_frame *frame);
void dissect_udp(struct dissect_view *view, const struct ipv4_packet *packet);
void dissect_dhcp(struct dissect_view *view, struct wire_slice payload);
void dissect_dns(struct dissect_view *view, struct wire_slice payload);
void dissect_tcp(struct dissect_view *view, const struct ipv4_packet *packet);
void dissect_sip_message(struct dissect_view *view, const uint8_t *bytes, size_t size, uint32_t source,
			 bool fields);

/* Does a SIP message begin here: "SIP/2.0 ..", or a first line that ends in " SIP/2.0"? For ports that are not SIP's. */
bool dissect_starts_sip(struct wire_slice payload);
void dissect_sip_datagram(struct dissect_view *view, struct wire_slice payload, uint32_t source);
void dissect_http(struct dissect_view *view, struct dissect_flow *flow, struct dissect_flow *reverse,
		  struct wire_slice payload, uint32_t client);

/* Is the segment of a connection of TLS: by its port, or because of what it or an earlier one began with? flow: NULL if the
 * connection is new. */
bool dissect_is_tls(const struct dissect_flow *flow, const struct tcp_segment *segment);
void dissect_tls(struct dissect_view *view, struct dissect_flow *flow, const struct ipv4_packet *packet,
		 const struct tcp_segment *segment);

/* Read the payload, which is not empty, as a TVS or CAPF message without TLS. Is it one? */
bool dissect_in_clear(struct dissect_view *view, const struct tcp_segment *segment);

/* The flow of a segment, made if it is new; of the other direction when reverse (NULL when there is none). */
struct dissect_flow *dissect_flow(struct dissect_view *view, const struct ipv4_packet *packet,
				  const struct tcp_segment *segment, bool reverse);

#endif
