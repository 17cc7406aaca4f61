#ifndef PHONE_SIM_CORE_CAPF_CLIENT_H
#define PHONE_SIM_CORE_CAPF_CLIENT_H

#include "phone-sim/core/phone.h"
#include "phone-sim/core/service_link.h"
#include "wire/capf.h"
#include "wire/phonexml.h"

/*
 * A session with CAPF: the server asks for the phone's name and proof, then has the phone make a key, store a
 * certificate for it (the LSC), send its LSC, or delete it. After a failure of communication, or a certificate of
 * the server that is not trusted, there are two more attempts, 30 s apart.
 */

/* The end of a session. why: NULL if it ended in order. */
typedef void capf_done_fn(struct phone *phone, const char *why);

struct capf_client {
	bool running;
	unsigned attempt; /* from 1 */
	struct phonexml_capf list[PHONEXML_MEMBERS_MAX];
	unsigned servers;
	char server[128]; /* of this attempt */
	uint16_t port;
	uint32_t address;
	enum phonexml_capf_mode mode;
	struct service_link link;
	uint32_t key_id, session;
	unsigned messages;  /* of this attempt */
	const char *awaits; /* what the timer waits for, a text; NULL: the next attempt */
	bool changed;	    /* the LSC was installed, replaced or deleted */
	uint8_t *key;	    /* PKCS#8, until the certificate comes */
	size_t key_length;
	capf_done_fn *done;
};

/* Begin a session with the first of these servers, at least one; each further attempt is with the next one. done is called once,
 * later. */
void capf_start(struct phone *phone, const struct phonexml_capf *server, unsigned servers,
		enum phonexml_capf_mode mode, capf_done_fn *done);

/* End it; done is not called. */
void capf_cancel(struct phone *phone);

/* Release the memory, also of a phone that ends. */
void capf_clear(struct phone *phone);

/* Events and the timer of the session: false if the id is not the session's. */
bool capf_event(struct phone *phone, const struct phone_event *event);
void capf_timer(struct phone *phone);

/* --- capf_proof.c --- */

#define CAPF_PROOF_MAX 512

/* The two signatures that prove a certificate: of the device name with its NUL and the certificate. RSA signs the digest
 * without DigestInfo. An empty slice: the key cannot sign. */
struct wire_slice capf_proof(struct wire_slice pkcs8, const char *device, struct wire_slice certificate,
			     bool sha512, uint8_t out[CAPF_PROOF_MAX]);

#endif
