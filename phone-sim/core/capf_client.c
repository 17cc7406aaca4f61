/* A session with CAPF. */
#include "phone-sim/core/capf_client.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/certificate.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/timers.h"
#include "phone-sim/core/trust.h"
#include "wire/ipv4.h"

#define ATTEMPTS   3
#define PAUSE_US   UINT64_C(30000000)
#define CONNECT_US UINT64_C(10000000)
#define MESSAGE_US UINT64_C(30000000)
#define MESSAGES   64 /* of a server in one session; an installation needs four */
#define WHY_MAX	   160
#define KEY_US	   UINT64_C(120000000) /* an RSA key of 4096 bits on a busy machine */

static void report(struct phone *phone, const char *event, const char *what)
{
	const struct capf_client *capf = &phone->capf;
	char port[8], attempt[12];
	const struct phone_evidence evidence[] = {
	    {"server", capf->address ? phone_ip_text(phone, capf->address) : capf->server},
	    {"port", port},
	    {"attempt", attempt},
	    {"result", what}};

	snprintf(port, sizeof(port), "%u", capf->port);
	snprintf(attempt, sizeof(attempt), "%u", capf->attempt);
	phone_report(phone, event, evidence, 4, "%s: %s", capf->server, what);
}

static void forget_key(struct capf_client *capf)
{
	if (capf->key)
		OPENSSL_cleanse(capf->key, capf->key_length);
	free(capf->key);
	capf->key = NULL;
	capf->key_length = 0;
}

static void hang_up(struct phone *phone)
{
	struct capf_client *capf = &phone->capf;

	phone_timer_stop(phone, TIMER_CAPF);
	service_link_close(phone, &capf->link);
	forget_key(capf);
	capf->key_id = 0;
}

void capf_cancel(struct phone *phone)
{
	if (!phone->capf.running)
		return;
	hang_up(phone);
	phone->capf.running = false;
}

void capf_clear(struct phone *phone)
{
	forget_key(&phone->capf);
	service_link_clear(&phone->capf.link);
}

/* The session is over. why: NULL if it ended in order. */
static void over(struct phone *phone, const char *why)
{
	struct capf_client *capf = &phone->capf;
	char text[WHY_MAX];

	if (why)
		snprintf(text, sizeof(text), "CAPF %.40s: %.110s", capf->server, why);
	report(phone, why ? "capf.failed" : "capf.done",
	       why	       ? why
	       : capf->changed ? "LSC changed"
			       : "nothing to do");
	hang_up(phone);
	capf->running = false;
	capf->done(phone, why ? text : NULL);
}

/* The communication has failed; the next attempt begins later, unless the LSC was stored or deleted before. */
static void lost(struct phone *phone, const char *why)
{
	struct capf_client *capf = &phone->capf;

	phone_console(phone, "ERR SECUREAPP-CAPF %s: %s", capf->server, why);
	if (capf->changed || capf->attempt >= ATTEMPTS) {
		over(phone, capf->changed ? NULL : why);
		return;
	}
	report(phone, "capf.retry", why);
	hang_up(phone);
	capf->awaits = NULL;
	phone_timer_in(phone, TIMER_CAPF, PAUSE_US);
}

/* --- connecting --- */

static void await(struct phone *phone, const char *what, uint64_t us)
{
	phone->capf.awaits = what;
	phone_timer_in(phone, TIMER_CAPF, us);
}

static void connect_now(struct phone *phone)
{
	struct capf_client *capf = &phone->capf;

	service_link_connect(phone, &capf->link, capf->address, capf->port, CONNECT_US, false);
	await(phone, "no answer to TCP", CONNECT_US + 1000000);
}

static void attempt(struct phone *phone)
{
	struct capf_client *capf = &phone->capf;
	const struct phonexml_capf *server;

	server = &capf->list[capf->attempt++ % capf->servers];
	snprintf(capf->server, sizeof(capf->server), "%s", server->node);
	capf->port = server->port;
	capf->address = capf->session = 0;
	capf->messages = 0;
	if (!ipv4_parse(&capf->address, capf->server)) {
		connect_now(phone);
		return;
	}
	service_link_resolve(phone, &capf->link, capf->server);
	await(phone, "DNS timeout", CONNECT_US);
}

void capf_start(struct phone *phone, const struct phonexml_capf *server, unsigned servers,
		enum phonexml_capf_mode mode, capf_done_fn *done)
{
	struct capf_client *capf = &phone->capf;

	capf_cancel(phone);
	memset(capf, 0, sizeof(*capf));
	capf->servers = servers < PHONEXML_MEMBERS_MAX ? servers : PHONEXML_MEMBERS_MAX;
	memcpy(capf->list, server, capf->servers * sizeof(*server));
	capf->mode = mode;
	capf->done = done;
	capf->running = true;
	attempt(phone);
}

void capf_timer(struct phone *phone)
{
	struct capf_client *capf = &phone->capf;

	if (!capf->running)
		return;
	if (capf->awaits)
		lost(phone, capf->awaits);
	else
		attempt(phone);
}

/* --- messages --- */

static void send_message(struct phone *phone, struct capf *message)
{
	const struct capf_client *capf = &phone->capf;
	static _Thread_local uint8_t bytes[16384];
	ssize_t length;

	message->session = capf->session;
	length = capf_encode(message, bytes, sizeof(bytes));
	if (length <= 0) {
		phone_report(phone, "capf.bad", NULL, 0, "a message cannot be written (%zd)", length);
		return;
	}
	service_link_send(phone, &capf->link, bytes, (size_t)length);
}

static void send_reason(struct phone *phone, enum capf_command command, enum capf_reason reason)
{
	struct capf message = {.command = command, .has = CAPF_HAS_REASON, .reason = (uint8_t)reason};

	send_message(phone, &message);
}

/* The name of the phone, and its proof by the mode: the string of a person, an empty string, or a certificate. */
static void authenticate(struct phone *phone)
{
	const struct capf_client *capf = &phone->capf;
	const struct own_certificate *own = NULL;
	const char *name = "", *string = phone->config.capf_string;
	uint8_t proof[2][CAPF_PROOF_MAX];
	struct capf message = {.command = CAPF_AUTH_REPLY,
			       .has = CAPF_HAS_REASON | CAPF_HAS_VERSION | CAPF_HAS_DEVICE,
			       .reason = CAPF_OK,
			       .version = CAPF_VERSION,
			       .device = wire_slice_text(phone->name)};

	if (capf->mode == PHONEXML_CAPF_EXISTING)
		own = own_in_use(phone, &name);
	else if (capf->mode == PHONEXML_CAPF_EXISTING_MIC && phone->own.mic.certificate)
		own = &phone->own.mic;
	if (own) {
		message.has |= CAPF_HAS_CERTIFICATE;
		message.certificate = own_der(own);
		message.certificate_kind = own == &phone->own.lsc ? CAPF_LSC : CAPF_MIC;
		message.signature = capf_proof(own_key(own), phone->name, own_der(own), false, proof[0]);
		message.signature_2 = capf_proof(own_key(own), phone->name, own_der(own), true, proof[1]);
	} else {
		message.has |= CAPF_HAS_PASSWORD;
		message.password =
		    wire_slice_text(capf->mode == PHONEXML_CAPF_STRING && string ? string : "");
	}
	send_message(phone, &message);
}

/* The server wants a key: the driver makes it. Meanwhile the server is informed that the phone works on it. */
static void make_key(struct phone *phone, const struct capf *asked)
{
	static const unsigned curves[] = {[CAPF_P256] = 256, [CAPF_P384] = 384, [CAPF_P521] = 521};
	struct capf_client *capf = &phone->capf;
	bool ec = asked->has & CAPF_HAS_KEY_TYPE && asked->key_type == CAPF_EC;
	unsigned bits =
	    ec ? (asked->has & CAPF_HAS_CURVE && asked->curve <= CAPF_P521 ? curves[asked->curve] : 256)
	       : (asked->has & CAPF_HAS_KEY_SIZE ? asked->key_size : 2048);
	struct capf working = {.command = CAPF_IN_PROGRESS};
	struct phone_action *action;

	if (!ec && !capf_is_key_size(bits)) {
		send_reason(phone, CAPF_KEY_REPLY, CAPF_INVALID_ELEMENT);
		return;
	}
	send_message(phone, &working);
	forget_key(capf);
	capf->key_id = phone_new_id(phone);
	action = phone_put(phone, PHONE_DO_MAKE_KEY);
	action->make_key.id = capf->key_id;
	action->make_key.type = ec ? PHONE_KEY_EC : PHONE_KEY_RSA;
	action->make_key.bits = bits;
	await(phone, "the phone's key is not made", KEY_US);
}

static void key_made(struct phone *phone, const struct phone_event *event)
{
	struct capf_client *capf = &phone->capf;
	struct capf message = {.command = CAPF_KEY_REPLY};

	capf->key_id = 0;
	await(phone, "no answer from CAPF", MESSAGE_US);
	if (event->key.key && event->key.length)
		capf->key = malloc(event->key.length);
	if (!capf->key) {
		send_reason(phone, CAPF_KEY_REPLY, CAPF_INVALID_ELEMENT);
		return;
	}
	memcpy(capf->key, event->key.key, event->key.length);
	capf->key_length = event->key.length;
	message.public_key = (struct wire_slice){event->key.public_key, event->key.public_length};
	send_message(phone, &message);
}

static void store(struct phone *phone, const struct capf *message)
{
	struct capf_client *capf = &phone->capf;
	struct wire_slice key = {capf->key, capf->key_length};
	bool fits = message->certificate_type == CAPF_LSC && certificate_is_of(message->certificate, key);

	if (!fits || !own_store_lsc(phone, message->certificate, key)) {
		phone_report(phone, "capf.bad", NULL, 0, "%s: %s", capf->server,
			     fits ? "no memory for the certificate"
				  : "the certificate is not for the key of the phone");
		send_reason(phone, CAPF_STORE_REPLY, CAPF_INVALID_ELEMENT);
		return;
	}
	capf->changed = true;
	forget_key(capf);
	phone_console(phone, "NOT SECUREAPP-CAPF: LSC updated");
	send_reason(phone, CAPF_STORE_REPLY, CAPF_OK);
}

static void fetch(struct phone *phone)
{
	struct capf message = {.command = CAPF_FETCH_REPLY,
			       .has = CAPF_HAS_REASON | CAPF_HAS_CERTIFICATE,
			       .reason = CAPF_OK,
			       .certificate_kind = CAPF_LSC};

	message.certificate = own_der(&phone->own.lsc);
	if (message.certificate.length)
		send_message(phone, &message);
	else
		send_reason(phone, CAPF_FETCH_REPLY, CAPF_INVALID_ELEMENT);
}

static void end(struct phone *phone, const struct capf *message)
{
	struct capf_client *capf = &phone->capf;
	char why[WHY_MAX];

	if (!(message->has & CAPF_HAS_REASON) || message->reason == CAPF_OK ||
	    message->reason == CAPF_NO_ACTION) {
		over(phone, NULL);
		return;
	}
	snprintf(why, sizeof(why), "it ended the session: %s (reason %u)",
		 message->reason == CAPF_UNKNOWN_DEVICE	   ? "unknown device"
		 : message->reason == CAPF_INVALID_ELEMENT ? "wrong authentication, or invalid element"
							   : "refused",
		 message->reason);
	over(phone, capf->changed ? NULL : why);
}

static void handle(struct phone *phone, const struct capf *message)
{
	struct capf_client *capf = &phone->capf;
	const char *name = capf_command_name(message->command);

	if (++capf->messages > MESSAGES) {
		over(phone, "it does not end the session");
		return;
	}
	capf->session = message->session;
	phone_console(phone, "NOT SECUREAPP-CAPF: %s", name ? name : "unknown command");
	await(phone, "no answer from CAPF", MESSAGE_US);
	switch ((unsigned)message->command) {
	case CAPF_AUTH_REQUEST: authenticate(phone); break;
	case CAPF_KEY_REQUEST: make_key(phone, message); break;
	case CAPF_STORE_REQUEST: store(phone, message); break;
	case CAPF_FETCH_REQUEST: fetch(phone); break;
	case CAPF_DELETE_REQUEST:
		own_erase_lsc(phone);
		capf->changed = true;
		phone_console(phone, "NOT SECUREAPP-CAPF: LSC deleted");
		send_reason(phone, CAPF_DELETE_REPLY, CAPF_OK);
		break;
	case CAPF_END: end(phone, message); break;
	case CAPF_RETRY_LATER: lost(phone, "CAPF is busy"); break;
	default:
		phone_report(phone, "capf.odd", NULL, 0, "command %u is ignored", (unsigned)message->command);
		break;
	}
}

static void received(struct phone *phone, const struct phone_event *event)
{
	struct service_link *link = &phone->capf.link;
	uint32_t connection = link->connection;
	struct wire_error error = {0};
	struct capf message;
	size_t whole = 0;
	int err;

	if (!service_link_receive(link, event, CAPF_SIZE_MAX)) {
		lost(phone, "a message without end");
		return;
	}
	while (link->connection == connection && link->rx_length) {
		uint8_t *copy;

		err = capf_frame(link->rx, link->rx_length, &whole, &error);
		if (err == -EAGAIN)
			return;
		/* A copy: handling the message may end the session. */
		copy = err ? NULL : malloc(whole);
		if (copy) {
			memcpy(copy, link->rx, whole);
			memmove(link->rx, link->rx + whole, link->rx_length - whole);
			link->rx_length -= whole;
		}
		if (!copy || capf_decode(copy, whole, &message, &error))
			lost(phone, error.what ? error.what : "no memory");
		else
			handle(phone, &message);
		free(copy);
	}
}

/* --- events --- */

static void peer(struct phone *phone, uint32_t id, const char *why)
{
	(void)id;
	service_link_trust(phone, &phone->capf.link, !why);
	if (why)
		lost(phone, why);
	else
		await(phone, "the handshake does not end", CONNECT_US);
}

static void resolved(struct phone *phone, const struct phone_event *event)
{
	struct capf_client *capf = &phone->capf;
	const char *why = service_link_resolved(&capf->link, event, &capf->address);

	if (why)
		lost(phone, why);
	else
		connect_now(phone);
}

bool capf_event(struct phone *phone, const struct phone_event *event)
{
	struct capf_client *capf = &phone->capf;

	if (event->kind == PHONE_KEY_MADE && capf->key_id && capf->key_id == event->key.id) {
		key_made(phone, event);
		return true;
	}
	if (!service_link_owns(&capf->link, event))
		return false;
	switch ((unsigned)event->kind) {
	case PHONE_RESOLVED: resolved(phone, event); break;
	case PHONE_PEER:
		phone_timer_stop(phone, TIMER_CAPF); /* TVS has its own timers */
		trust_peer(phone, TRUST_CAPF_SERVER, event->peer.id,
			   (struct wire_slice){event->peer.certificate, event->peer.length}, peer);
		break;
	case PHONE_CONNECTED: await(phone, "no request from CAPF", MESSAGE_US); break;
	case PHONE_RECEIVED: received(phone, event); break;
	case PHONE_CLOSED:
		lost(phone, service_link_closed(phone, &capf->link, event, "closed by the server"));
		break;
	}
	return true;
}
