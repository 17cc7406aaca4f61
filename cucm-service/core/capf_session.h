#ifndef CUCM_SERVICE_CORE_CAPF_SESSION_H
#define CUCM_SERVICE_CORE_CAPF_SESSION_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <sys/types.h>

#include "wire/capf.h"

/*
 * The server's side of one CAPF session with a phone. Bytes and answers go in, actions come out: the session opens no socket
 * and reads no clock. The server speaks first. A session ends after the one operation that is pending for the device.
 */
struct capf_session;

enum capf_operation {
	CAPF_OPERATION_NONE,
	CAPF_OPERATION_INSTALL, /* or upgrade: the phone makes a key and gets a certificate */
	CAPF_OPERATION_DELETE,
	CAPF_OPERATION_FETCH, /* "Troubleshoot": the phone sends its certificate */
};

enum capf_proof {
	CAPF_PROOF_NULL_STRING,
	CAPF_PROOF_STRING,
	CAPF_PROOF_LSC, /* the LSC, else the MIC */
	CAPF_PROOF_MIC,
};

/* What the publisher's database has about a device. */
struct capf_device {
	enum capf_operation operation;
	enum capf_proof proof;
	const char *string; /* of CAPF_PROOF_STRING; NULL: none */
	enum capf_key key_type;
	uint16_t key_size; /* bits: of an RSA key, or of the curve (256, 384, 521) */
};

/* The issuers of certificates of phones; all borrowed. */
struct capf_issuers {
	X509 *capf;	      /* LSCs */
	X509 *const *formers; /* the certificates of the CAPF before: their LSCs are still valid */
	size_t formers_count;
	X509 *const *makers; /* MICs */
	size_t makers_count;
};

enum capf_do {
	CAPF_DO_SEND,	 /* bytes: a message */
	CAPF_DO_LOOK_UP, /* device: call capf_session_device(), or capf_session_not_read() */
	CAPF_DO_ISSUE, /* device, bytes: the phone's public key (SubjectPublicKeyInfo); call capf_session_issued() */
	CAPF_DO_RECORD, /* device, operation, status, bytes: the certificate; call capf_session_recorded() */
	CAPF_DO_NOTE,	/* status: a line for the trace */
	CAPF_DO_END,	/* the session is over; no action follows */
};

#define CAPF_STATUS_TEXT 120
struct capf_action {
	enum capf_do kind;
	const char *device;
	enum capf_operation
	    operation; /* RECORD: the one that is done; NONE if it failed and is still pending */
	struct wire_slice bytes;
	char status[CAPF_STATUS_TEXT]; /* RECORD: as in AXL: "Upgrade Success" */
};

/* Texts and bytes of actions are valid until the next call with the session. */
#define CAPF_ACTIONS_MOST 6
struct capf_actions {
	struct capf_action item[CAPF_ACTIONS_MOST];
	size_t count;
};

/* number: of the session, chosen by the server. issuers are borrowed. NULL if memory is short. */
struct capf_session *capf_session_new(uint32_t number, const struct capf_issuers *issuers);
void capf_session_free(struct capf_session *session); /* NULL is legal */

/* The connection is open. */
void capf_session_begin(struct capf_session *session, struct capf_actions *actions);

/* Bytes from the phone. Returns how many were consumed; 0: the message is not complete, or an
 * answer is awaited. */
size_t capf_session_received(struct capf_session *session, const uint8_t *bytes, size_t size,
			     struct capf_actions *actions);

/* now: seconds since 1970. Answers to LOOK_UP (NULL: the device is unknown), ISSUE (NULL: no certificate) and RECORD. */
void capf_session_device(struct capf_session *session, const struct capf_device *device, int64_t now,
			 struct capf_actions *actions);
void capf_session_issued(struct capf_session *session, const struct wire_slice *certificate,
			 struct capf_actions *actions);
void capf_session_recorded(struct capf_session *session, bool good, struct capf_actions *actions);

/* The other answer to LOOK_UP: the database could not be read, so nobody knows whether it has the device. */
void capf_session_not_read(struct capf_session *session, struct capf_actions *actions);

/* The connection was lost. A pending operation is recorded as failed; there is no answer to that RECORD. */
void capf_session_lost(struct capf_session *session, struct capf_actions *actions);

/* --- for the session and its tests --- */

/* Is the certificate that the phone has presented good: issued by one of the issuers, valid now, for this device, and has the
 * phone its key? A reason, or NULL. lsc: may it be an LSC? */
const char *capf_proof_wrong(const struct capf *reply, bool lsc, const struct capf_issuers *issuers,
			     int64_t now);

#endif
