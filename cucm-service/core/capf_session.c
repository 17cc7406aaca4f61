#include "cucm-service/core/capf_session.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mac.h"

#define MESSAGES_MOST 64   /* of a phone in one session */
#define MESSAGE_MOST  8192 /* octets */

enum step {
	STEP_NEW,
	STEP_AUTH,    /* the phone is to say who it is */
	STEP_LOOK_UP, /* the driver looks into the database */
	STEP_KEY,     /* the phone makes a key */
	STEP_ISSUE,   /* the driver issues the certificate */
	STEP_STORE,   /* the phone stores it */
	STEP_FETCH,
	STEP_DELETE,
	STEP_RECORD, /* the driver records the result */
	STEP_OVER,
};

struct capf_session {
	uint32_t number;
	const struct capf_issuers *issuers;
	enum step step;
	unsigned messages;
	char device[DEVICE_TEXT];
	struct capf_device pending; /* its string is not used later */
	uint8_t *reply;		    /* the authentication reply, owned */
	size_t reply_size;
	uint8_t *certificate; /* owned */
	size_t certificate_size;
	uint8_t out[MESSAGE_MOST + 64];
};

struct capf_session *capf_session_new(uint32_t number, const struct capf_issuers *issuers)
{
	struct capf_session *session = calloc(1, sizeof(*session));

	if (session) {
		session->number = number;
		session->issuers = issuers;
	}
	return session;
}

/* The reply may have the user's string. */
static void forget_reply(struct capf_session *session)
{
	if (session->reply)
		OPENSSL_cleanse(session->reply, session->reply_size);
	free(session->reply);
	session->reply = NULL;
	session->reply_size = 0;
}

void capf_session_free(struct capf_session *session)
{
	if (!session)
		return;
	forget_reply(session);
	free(session->certificate);
	free(session);
}

/* --- actions --- */

static struct capf_action *add(struct capf_session *session, struct capf_actions *actions, enum capf_do kind)
{
	struct capf_action *action = &actions->item[actions->count++];

	*action = (struct capf_action){.kind = kind, .device = session->device};
	return action;
}

static void note(struct capf_session *session, struct capf_actions *actions, const char *text)
{
	snprintf(add(session, actions, CAPF_DO_NOTE)->status, CAPF_STATUS_TEXT, "%s", text);
}

static void send_message(struct capf_session *session, struct capf_actions *actions, struct capf message)
{
	ssize_t size;

	message.session = session->number;
	size = capf_encode(&message, session->out, sizeof(session->out));
	if (size < 0) {
		note(session, actions, "a message cannot be written");
		session->step = STEP_OVER;
		add(session, actions, CAPF_DO_END);
		return;
	}
	add(session, actions, CAPF_DO_SEND)->bytes = (struct wire_slice){session->out, (size_t)size};
}

/* The last message. */
static void end(struct capf_session *session, struct capf_actions *actions, enum capf_reason reason)
{
	session->step = STEP_OVER;
	send_message(session, actions,
		     (struct capf){.command = CAPF_END, .has = CAPF_HAS_REASON, .reason = (uint8_t)reason});
	if (actions->item[actions->count - 1].kind != CAPF_DO_END)
		add(session, actions, CAPF_DO_END);
}

static const char *operation_name(enum capf_operation operation)
{
	switch (operation) {
	case CAPF_OPERATION_INSTALL: return "Upgrade";
	case CAPF_OPERATION_DELETE: return "Delete";
	case CAPF_OPERATION_FETCH: return "Troubleshoot";
	case CAPF_OPERATION_NONE: break;
	}
	return "";
}

/* why: as AXL has it, behind "Upgrade Failed: "; NULL: success. */
static void record(struct capf_session *session, struct capf_actions *actions, const char *why)
{
	struct capf_action *action = add(session, actions, CAPF_DO_RECORD);

	action->operation = why ? CAPF_OPERATION_NONE : session->pending.operation;
	action->bytes = (struct wire_slice){session->certificate, session->certificate_size};
	snprintf(action->status, sizeof(action->status), "%s %s%s",
		 operation_name(session->pending.operation), why ? "Failed: " : "Success", why ? why : "");
}

/* The pending operation has failed. */
static void fail(struct capf_session *session, struct capf_actions *actions, const char *why,
		 enum capf_reason reason)
{
	record(session, actions, why);
	end(session, actions, reason);
}

static void succeed(struct capf_session *session, struct capf_actions *actions)
{
	session->step = STEP_RECORD;
	record(session, actions, NULL);
}

/* --- the name of the phone, and its proof --- */

void capf_session_begin(struct capf_session *session, struct capf_actions *actions)
{
	actions->count = 0;
	session->step = STEP_AUTH;
	send_message(session, actions,
		     (struct capf){.command = CAPF_AUTH_REQUEST,
				   .has = CAPF_HAS_VERSION | CAPF_HAS_AUTH,
				   .version = CAPF_VERSION,
				   .auth = CAPF_AUTH_NONE});
}

static void who_it_is(struct capf_session *session, const struct capf *message, const uint8_t *bytes,
		      size_t size, struct capf_actions *actions)
{
	struct mac mac;

	if (message->reason != CAPF_OK && (message->has & CAPF_HAS_REASON)) {
		note(session, actions, "the phone refuses the authentication");
		end(session, actions, CAPF_INVALID_ELEMENT);
		return;
	}
	if (message->device.length != DEVICE_TEXT - 1) {
		note(session, actions, "no device name");
		end(session, actions, CAPF_UNKNOWN_DEVICE);
		return;
	}
	memcpy(session->device, message->device.data, DEVICE_TEXT - 1);
	if (mac_parse_device(&mac, session->device)) {
		memset(session->device, 0, sizeof(session->device));
		note(session, actions, "no device name");
		end(session, actions, CAPF_UNKNOWN_DEVICE);
		return;
	}
	session->reply = malloc(size);
	if (!session->reply) {
		end(session, actions, CAPF_INVALID_ELEMENT);
		return;
	}
	memcpy(session->reply, bytes, size);
	session->reply_size = size;
	session->step = STEP_LOOK_UP;
	add(session, actions, CAPF_DO_LOOK_UP);
}

/* In the time that the length needs, whatever the text is. */
static bool is_string(struct wire_slice password, const char *string)
{
	return string && password.length == strlen(string) &&
	       CRYPTO_memcmp(password.data, string, password.length) == 0;
}

/* Why the phone has not proved who it is, as AXL has it; *detail is for the trace. NULL: it has. */
static const char *not_proved(struct capf_session *session, const struct capf_device *device, int64_t now,
			      const char **detail)
{
	struct capf reply;

	*detail = NULL;
	if (capf_decode(session->reply, session->reply_size, &reply, NULL))
		return "Invalid Credentials";
	switch (device->proof) {
	case CAPF_PROOF_NULL_STRING: return NULL;
	case CAPF_PROOF_STRING:
		return is_string(reply.password, device->string) ? NULL : "Invalid Authentication String";
	case CAPF_PROOF_LSC:
		*detail = capf_proof_wrong(&reply, true, session->issuers, now);
		return *detail ? "Invalid LSC" : NULL;
	case CAPF_PROOF_MIC:
		*detail = capf_proof_wrong(&reply, false, session->issuers, now);
		return *detail ? "Invalid MIC" : NULL;
	}
	return "Invalid Credentials";
}

static enum capf_curve curve_of(uint16_t bits)
{
	return bits == 521 ? CAPF_P521 : bits == 384 ? CAPF_P384 : CAPF_P256;
}

static void ask_for_key(struct capf_session *session, struct capf_actions *actions)
{
	struct capf message = {.command = CAPF_KEY_REQUEST,
			       .has = CAPF_HAS_KEY_TYPE,
			       .key_type = (uint8_t)session->pending.key_type};

	if (session->pending.key_type == CAPF_RSA) {
		message.has |= CAPF_HAS_KEY_SIZE;
		message.key_size = session->pending.key_size;
	} else {
		message.has |= CAPF_HAS_CURVE;
		message.curve = (uint8_t)curve_of(session->pending.key_size);
	}
	session->step = STEP_KEY;
	send_message(session, actions, message);
}

static void begin_operation(struct capf_session *session, struct capf_actions *actions)
{
	switch (session->pending.operation) {
	case CAPF_OPERATION_NONE:
		note(session, actions, "no operation is pending");
		end(session, actions, CAPF_NO_ACTION);
		return;
	case CAPF_OPERATION_INSTALL: ask_for_key(session, actions); return;
	case CAPF_OPERATION_DELETE:
		session->step = STEP_DELETE;
		send_message(session, actions, (struct capf){.command = CAPF_DELETE_REQUEST});
		return;
	case CAPF_OPERATION_FETCH:
		session->step = STEP_FETCH;
		send_message(session, actions, (struct capf){.command = CAPF_FETCH_REQUEST});
		return;
	}
}

void capf_session_device(struct capf_session *session, const struct capf_device *device, int64_t now,
			 struct capf_actions *actions)
{
	const char *why, *detail;

	actions->count = 0;
	if (session->step != STEP_LOOK_UP)
		return;
	if (!device) {
		forget_reply(session);
		note(session, actions, "the device is unknown");
		end(session, actions, CAPF_UNKNOWN_DEVICE);
		return;
	}
	session->pending = *device;
	session->pending.string = NULL;
	why = device->operation == CAPF_OPERATION_NONE ? NULL : not_proved(session, device, now, &detail);
	forget_reply(session);
	if (!why) {
		begin_operation(session, actions);
		return;
	}
	if (detail)
		note(session, actions, detail);
	fail(session, actions, why, CAPF_INVALID_ELEMENT);
}

void capf_session_not_read(struct capf_session *session, struct capf_actions *actions)
{
	actions->count = 0;
	if (session->step != STEP_LOOK_UP)
		return;
	forget_reply(session);
	note(session, actions, "the database cannot be read");
	end(session, actions, CAPF_INVALID_ELEMENT);
}

/* --- the operations --- */

/* Is the key of the type and size that was asked for? */
static bool is_key(const struct capf_session *session, struct wire_slice der)
{
	const uint8_t *at = der.data;
	EVP_PKEY *key = der.length ? d2i_PUBKEY(NULL, &at, (long)der.length) : NULL;
	bool rsa = session->pending.key_type == CAPF_RSA;
	bool good = key && at == der.data + der.length &&
		    EVP_PKEY_get_base_id(key) == (rsa ? EVP_PKEY_RSA : EVP_PKEY_EC) &&
		    EVP_PKEY_get_bits(key) == session->pending.key_size;

	EVP_PKEY_free(key);
	return good;
}

static void key_made(struct capf_session *session, const struct capf *message, struct capf_actions *actions)
{
	if (message->command == CAPF_IN_PROGRESS)
		return; /* the key takes time */
	if (!is_key(session, message->public_key)) {
		note(session, actions,
		     message->public_key.length ? "the key is not of the type and size that was asked for"
						: "the phone has made no key");
		fail(session, actions, "Key Generation Failed", CAPF_INVALID_ELEMENT);
		return;
	}
	session->step = STEP_ISSUE;
	add(session, actions, CAPF_DO_ISSUE)->bytes = message->public_key;
}

void capf_session_issued(struct capf_session *session, const struct wire_slice *certificate,
			 struct capf_actions *actions)
{
	actions->count = 0;
	if (session->step != STEP_ISSUE)
		return;
	session->certificate = certificate ? malloc(certificate->length) : NULL;
	if (!session->certificate) {
		fail(session, actions, "CA Communication Failure", CAPF_INVALID_ELEMENT);
		return;
	}
	memcpy(session->certificate, certificate->data, certificate->length);
	session->certificate_size = certificate->length;
	session->step = STEP_STORE;
	send_message(session, actions,
		     (struct capf){.command = CAPF_STORE_REQUEST,
				   .has = CAPF_HAS_CERTIFICATE_TYPE | CAPF_HAS_CERTIFICATE,
				   .certificate_type = CAPF_LSC,
				   .certificate_kind = CAPF_LSC,
				   .certificate = *certificate});
}

static bool is_ok(const struct capf *message)
{
	return (message->has & CAPF_HAS_REASON) && message->reason == CAPF_OK;
}

static void fetched(struct capf_session *session, const struct capf *message, struct capf_actions *actions)
{
	if (!is_ok(message) || !(message->has & CAPF_HAS_CERTIFICATE)) {
		fail(session, actions, "Invalid Credentials", CAPF_NO_ACTION);
		return;
	}
	session->certificate = malloc(message->certificate.length + 1);
	if (session->certificate) {
		memcpy(session->certificate, message->certificate.data, message->certificate.length);
		session->certificate_size = message->certificate.length;
	}
	succeed(session, actions);
}

/* The phone has stored or deleted its certificate, or not. */
static void done(struct capf_session *session, const struct capf *message, struct capf_actions *actions)
{
	if (is_ok(message))
		succeed(session, actions);
	else
		fail(session, actions, "Invalid Credentials", CAPF_INVALID_ELEMENT);
}

void capf_session_recorded(struct capf_session *session, bool good, struct capf_actions *actions)
{
	actions->count = 0;
	if (session->step != STEP_RECORD)
		return;
	if (!good)
		note(session, actions, "the operation is done, but it could not be recorded");
	end(session, actions, session->pending.operation == CAPF_OPERATION_FETCH ? CAPF_NO_ACTION : CAPF_OK);
}

void capf_session_lost(struct capf_session *session, struct capf_actions *actions)
{
	bool pending = session->step == STEP_KEY || session->step == STEP_STORE ||
		       session->step == STEP_FETCH || session->step == STEP_DELETE;

	actions->count = 0;
	session->step = STEP_OVER;
	if (pending)
		record(session, actions, "Phone Communication Failure");
}

/* --- messages --- */

/* What a phone may send in each step. */
static const struct {
	enum step step;
	enum capf_command command;
	void (*run)(struct capf_session *session, const struct capf *message, struct capf_actions *actions);
} edges[] = {
    {STEP_KEY, CAPF_KEY_REPLY, key_made},   {STEP_KEY, CAPF_IN_PROGRESS, key_made},
    {STEP_STORE, CAPF_STORE_REPLY, done},   {STEP_FETCH, CAPF_FETCH_REPLY, fetched},
    {STEP_DELETE, CAPF_DELETE_REPLY, done},
};

static void unexpected(struct capf_session *session, const struct capf *message, struct capf_actions *actions)
{
	char text[CAPF_STATUS_TEXT];

	snprintf(text, sizeof(text), "unexpected message: %s", capf_command_name(message->command));
	note(session, actions, text);
	if (session->step > STEP_LOOK_UP && session->step < STEP_RECORD)
		fail(session, actions, "Phone Communication Failure", CAPF_INVALID_ELEMENT);
	else
		end(session, actions, CAPF_INVALID_ELEMENT);
}

static void read_message(struct capf_session *session, const uint8_t *bytes, size_t size,
			 struct capf_actions *actions)
{
	struct wire_error error;
	struct capf message;

	if (capf_decode(bytes, size, &message, &error)) {
		note(session, actions, error.what);
		end(session, actions, CAPF_INVALID_ELEMENT);
		return;
	}
	if (message.session != session->number || ++session->messages > MESSAGES_MOST) {
		note(session, actions,
		     message.session != session->number ? "another session number" : "too many messages");
		end(session, actions, CAPF_INVALID_ELEMENT);
		return;
	}
	if (session->step == STEP_AUTH && message.command == CAPF_AUTH_REPLY) {
		who_it_is(session, &message, bytes, size, actions);
		return;
	}
	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++)
		if (edges[i].step == session->step && edges[i].command == message.command) {
			edges[i].run(session, &message, actions);
			return;
		}
	unexpected(session, &message, actions);
}

size_t capf_session_received(struct capf_session *session, const uint8_t *bytes, size_t size,
			     struct capf_actions *actions)
{
	struct wire_error error = {0};
	size_t whole;
	int err;

	actions->count = 0;
	/* What comes while the driver works waits; behind the end it does not matter. */
	if (session->step == STEP_OVER)
		return size;
	if (session->step == STEP_LOOK_UP || session->step == STEP_ISSUE || session->step == STEP_RECORD)
		return 0;
	err = capf_frame(bytes, size, &whole, &error);
	if (err == -EAGAIN && whole <= MESSAGE_MOST)
		return 0;
	if (err || whole > MESSAGE_MOST) {
		note(session, actions, error.what ? error.what : "message too long");
		end(session, actions, CAPF_INVALID_ELEMENT);
		return size;
	}
	read_message(session, bytes, whole, actions);
	return whole;
}
