#ifndef TESTS_SUPPORT_MEMORY_LAB_INTERNAL_H
#define TESTS_SUPPORT_MEMORY_LAB_INTERNAL_H

#include <openssl/types.h>

#include "base/rng.h"
#include "tests/support/memory_lab.h"

/* Only for the files of the memory lab: what happens later is in the queue; memory_lab.c
 * takes the next of it, and the others put what follows from it back. */

/* --- memory_lab_queue.c: a binary heap by time, then by order of arrival --- */

enum item_kind {
	ITEM_EVENT, /* to a phone */
	ITEM_TIMER, /* of a phone */
	ITEM_PORT,  /* a frame into the switch */
	ITEM_HOST,  /* a frame to the host on the server port */
	ITEM_CM,    /* bytes to a call manager */
	ITEM_PLUG,
};

struct item {
	uint64_t at_us, order;
	enum item_kind kind;
	unsigned i, sub;
	struct phone_event event;
	uint8_t *bytes;
	size_t length;
};

struct lab_queue {
	struct item *item;
	size_t count, size;
	uint64_t order;
};

/* A key that signs lists and files, or the certificate of a server. */
struct lab_signer {
	EVP_PKEY *key;
	X509 *x509; /* NULL: records have no certificate */
	uint8_t *der;
	size_t der_length;
	uint8_t public_key[512];
	size_t public_length;
	char name[256];
	uint8_t serial[32];
	size_t serial_length;
	enum trustlist_role role;
};

/* The memory, or the end of the test. */
void *lab_need(void *memory);

void lab_push(struct memory_lab *lab, struct item item);
struct item lab_pop(struct lab_queue *queue);

/* Bytes with SWITCH_HEADROOM before them and a NUL after them; the item owns them. */
uint8_t *lab_copy(const void *bytes, size_t length);

/* How long something takes on its way. */
uint64_t lab_latency(struct memory_lab *lab);

/* Deliver later: an event to a phone with the bytes that it speaks of; a frame to a port of the switch. */
void lab_to_phone(struct memory_lab *lab, unsigned i, uint64_t delay_us, const struct phone_event *event,
		  const void *bytes, size_t length);
void lab_frame_to_port(struct memory_lab *lab, unsigned port, uint64_t delay_us, const uint8_t *bytes,
		       size_t length);

/* --- memory_lab_stream.c --- */

/* A line of the stream. */
void lab_say(struct memory_lab *lab, const char *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* --- memory_lab_phone.c: what a driver does for a phone --- */

void lab_phone_act(struct memory_lab *lab, unsigned i, const struct phone_action *action);

/* --- memory_lab_switch.c --- */

void lab_switch_make(struct memory_lab *lab);
void lab_switch_plug(struct memory_lab *lab, unsigned i);

/* The port where the servers are. */
unsigned lab_server_port(const struct memory_lab *lab);

/* --- the servers: memory_lab_dhcp.c, memory_lab_wire.c, memory_lab_fetch.c, memory_lab_cm.c --- */

/* A frame to the DHCP server; from: the port that answers go out of. */
void lab_dhcp_frame(struct memory_lab *lab, const uint8_t *bytes, size_t length, unsigned from);

/* A frame of phone i, where no switch is. */
void lab_wire_frame(struct memory_lab *lab, unsigned i, const uint8_t *bytes, size_t length);

void lab_fetch(struct memory_lab *lab, unsigned i, const struct phone_action *action);

/* As lab_sign_file; encryption: the payload is ciphertext; NULL: it is not. */
size_t lab_sign_encrypted(const struct lab_signer *signer, const char *name, const struct encfile *encryption,
			  const void *bytes, size_t length, uint8_t *out, size_t size);

/* --- memory_lab_tls.c --- */

/* A connection by TLS, or a fetch by HTTPS: the phone gets the certificate of the server. */
void lab_tls_connect(struct memory_lab *lab, unsigned i, const struct phone_action *action);
void lab_https_fetch(struct memory_lab *lab, unsigned i, const struct phone_action *action);

/* The phone has decided about a certificate. */
void lab_tls_trust(struct memory_lab *lab, unsigned i, const struct phone_action *action);

/* Bytes of phone i to a service, over connection n. */
void lab_service_bytes(struct memory_lab *lab, unsigned i, unsigned n, const uint8_t *bytes, size_t length);

/* Bytes of the service over connection n, in one or two parts. */
void lab_service_reply(struct memory_lab *lab, unsigned i, unsigned n, uint64_t delay_us, const void *bytes,
		       ssize_t length);

void lab_make_key(struct memory_lab *lab, unsigned i, const struct phone_action *action);

/* --- memory_lab_capf.c --- */

/* Connection n of phone i to CAPF is open; bytes of the phone. */
void lab_capf_begin(struct memory_lab *lab, unsigned i, unsigned n);
void lab_capf_bytes(struct memory_lab *lab, unsigned i, unsigned n, const uint8_t *bytes, size_t length);

/* --- memory_lab_cm.c --- */

/* A call manager receives bytes of phone i over its connection. */
void lab_cm_bytes(struct memory_lab *lab, unsigned i, unsigned conn, const uint8_t *bytes, size_t length);

/* --- memory_lab_ntp.c --- */

void lab_ntp_connect(struct memory_lab *lab, unsigned i, const struct phone_action *action);
void lab_ntp_bytes(struct memory_lab *lab, unsigned i, unsigned conn, const uint8_t *bytes, size_t length);

/* The connection ends for the call manager. */
void lab_unbind(struct memory_lab *lab, unsigned i, unsigned n);

#endif
