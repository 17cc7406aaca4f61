/* CAPF in the memory lab: the session of cucm-service, with a database of one row and an issuer. */
#include <errno.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "cucm/certify.h"
#include "tests/support/memory_lab_internal.h"

#define SESSION_NUMBER 77

static struct capf_session *new_session(const struct lab_capf *capf)
{
	/* Tests use one cluster per process: its issuers stay. */
	static struct capf_issuers issuers;
	static X509 *makers[1];

	makers[0] = capf->maker->x509;
	issuers = (struct capf_issuers){.capf = capf->issuer->x509, .makers = makers, .makers_count = 1};
	return lab_need(capf_session_new(SESSION_NUMBER, &issuers));
}

/* A certificate for the public key that the phone has made. */
static void issue(struct memory_lab *lab, unsigned i, struct wire_slice public_key,
		  struct capf_actions *actions)
{
	const struct lab_signer *issuer = lab->capf.issuer;
	struct certify what = {.use = CERTIFY_PHONE,
			       .common_name = lab->phone[i].name,
			       .begins = 1700000000,
			       .ends = 1900000000};
	const uint8_t *at = public_key.data;
	EVP_PKEY *key = lab_need(d2i_PUBKEY(NULL, &at, (long)public_key.length));
	struct wire_slice certificate;
	uint8_t *der = NULL;
	X509 *made;
	int length;

	what.serial[0] = 0x31;
	made = lab_need(certify(&what, lab->capf.alien ? issuer->key : key, issuer->x509, issuer->key));
	length = i2d_X509(made, &der);
	if (length <= 0)
		abort();
	certificate = (struct wire_slice){der, (size_t)length};
	capf_session_issued(lab->phone[i].capf, &certificate, actions);
	OPENSSL_free(der);
	X509_free(made);
	EVP_PKEY_free(key);
}

static void look_up(struct memory_lab *lab, unsigned i, struct capf_actions *actions)
{
	const struct lab_capf *capf = &lab->capf;
	const struct capf_device device = {.operation = capf->operation,
					   .proof = capf->proof,
					   .string = capf->string,
					   .key_type = capf->ec_bits ? CAPF_EC : CAPF_RSA,
					   .key_size = capf->ec_bits ? capf->ec_bits : 2048};

	capf_session_device(lab->phone[i].capf, capf->unknown ? NULL : &device,
			    LAB_CLOCK + (int64_t)(lab->now_us / 1000000), actions);
}

static void record(struct memory_lab *lab, unsigned i, const struct capf_action *action,
		   struct capf_actions *actions)
{
	lab_say(lab, "capf", "%s: %s", action->device, action->status);
	lab->capf.stored += action->operation == CAPF_OPERATION_INSTALL;
	lab->capf.deleted += action->operation == CAPF_OPERATION_DELETE;
	lab->capf.fetched += action->operation == CAPF_OPERATION_FETCH;
	if (action->operation != CAPF_OPERATION_NONE)
		capf_session_recorded(lab->phone[i].capf, true, actions);
}

/* An action that asks for something is the last one of its list. */
static void carry_out(struct memory_lab *lab, unsigned i, unsigned n, const struct capf_actions *actions)
{
	struct capf_actions next = {0};

	for (size_t a = 0; a < actions->count; a++) {
		const struct capf_action *action = &actions->item[a];

		switch (action->kind) {
		case CAPF_DO_SEND:
			lab_service_reply(lab, i, n, 2000 + lab->capf.delay_us, action->bytes.data,
					  (ssize_t)action->bytes.length);
			break;
		case CAPF_DO_LOOK_UP: look_up(lab, i, &next); break;
		case CAPF_DO_ISSUE: issue(lab, i, action->bytes, &next); break;
		case CAPF_DO_RECORD: record(lab, i, action, &next); break;
		case CAPF_DO_NOTE: lab_say(lab, "capf", "%s: %s", action->device, action->status); break;
		case CAPF_DO_END: break; /* the phone ends the connection */
		}
	}
	if (next.count)
		carry_out(lab, i, n, &next);
}

void lab_capf_begin(struct memory_lab *lab, unsigned i, unsigned n)
{
	struct lab_phone *slot = &lab->phone[i];
	struct phone_event closed = {.kind = PHONE_CLOSED,
				     .closed = {.id = slot->conn[n].id, .error = ECONNRESET}};
	struct capf_actions actions;

	lab->capf.sessions++;
	if (lab->capf.drop) {
		lab->capf.drop--;
		slot->conn[n].open = false;
		lab_to_phone(lab, i, 3000, &closed, "", 0);
		return;
	}
	capf_session_free(slot->capf);
	slot->capf = new_session(&lab->capf);
	capf_session_begin(slot->capf, &actions);
	carry_out(lab, i, n, &actions);
}

void lab_capf_bytes(struct memory_lab *lab, unsigned i, unsigned n, const uint8_t *bytes, size_t length)
{
	struct lab_phone *slot = &lab->phone[i];
	struct capf_actions actions;
	size_t used;

	if (lab->capf.endless) {
		capf_session_begin(slot->capf, &actions);
		carry_out(lab, i, n, &actions);
		return;
	}
	while (length) {
		used = capf_session_received(slot->capf, bytes, length, &actions);
		if (!used)
			abort(); /* the phone sends whole messages */
		carry_out(lab, i, n, &actions);
		bytes += used;
		length -= used;
	}
}
