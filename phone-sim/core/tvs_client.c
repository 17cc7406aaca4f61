/* Questions to the Trust Verification Service. */
#include "phone-sim/core/tvs_client.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/timers.h"
#include "phone-sim/core/trust.h"
#include "wire/ipv4.h"

#define SERVER_US UINT64_C(10000000) /* of one attempt */

static void try_server(struct phone *phone);

/* --- servers --- */

static void take_servers(struct tvs_client *tvs, const struct phonexml_config *xml)
{
	tvs->servers = 0;
	tvs->known = true;
	for (unsigned i = 0; i < xml->tvs_members && i < TVS_SERVERS_MAX; i++) {
		memcpy(tvs->server[i].name, xml->tvs[i].address, sizeof(tvs->server[i].name));
		tvs->server[i].port = xml->tvs[i].port;
		if (ipv4_parse(&tvs->server[i].address, tvs->server[i].name))
			tvs->server[i].address = 0;
		tvs->servers++;
	}
}

void tvs_use_configuration(struct phone *phone)
{
	take_servers(&phone->tvs, phone->xml);
}

/* No configuration has been accepted since power came: the stored one has the servers. */
static void find_servers(struct phone *phone)
{
	struct phonexml_config *xml;

	if (phone->tvs.known || !phone->stored.bytes)
		return;
	xml = calloc(1, sizeof(*xml));
	if (xml &&
	    !phonexml_config_decode(phone->stored.content.data, phone->stored.content.length, xml, NULL))
		take_servers(&phone->tvs, xml);
	free(xml);
}

/* --- the cache --- */

static const struct tvs_answer *from_cache(struct phone *phone, const uint8_t key[32],
					   struct tvs_answer *answer)
{
	struct tvs_client *tvs = &phone->tvs;

	for (unsigned i = 0; i < TVS_CACHE_MAX; i++) {
		if (!tvs->cache[i].certificate || memcmp(tvs->cache[i].key, key, 32) ||
		    tvs->cache[i].until_us <= (int64_t)phone->now_us)
			continue;
		*answer =
		    (struct tvs_answer){.certificate = {tvs->cache[i].certificate, tvs->cache[i].length},
					.roles = tvs->cache[i].roles};
		memcpy(answer->role, tvs->cache[i].role, sizeof(answer->role));
		return answer;
	}
	return NULL;
}

static void cache(struct phone *phone, const struct tvs_question *question, const struct tvs_answer *answer,
		  uint32_t ttl_s)
{
	struct tvs_client *tvs = &phone->tvs;
	unsigned at = tvs->cached++ % TVS_CACHE_MAX;
	uint8_t *copy = malloc(answer->certificate.length);

	if (!copy)
		return;
	memcpy(copy, answer->certificate.data, answer->certificate.length);
	free(tvs->cache[at].certificate);
	tvs->cache[at].certificate = copy;
	tvs->cache[at].length = answer->certificate.length;
	memcpy(tvs->cache[at].key, question->key, 32);
	memcpy(tvs->cache[at].role, answer->role, sizeof(answer->role));
	tvs->cache[at].roles = answer->roles;
	tvs->cache[at].until_us = (int64_t)phone->now_us + (int64_t)ttl_s * 1000000;
	phone_console(phone, "NOT SECUREAPP-TVS added cert to TVS cache - expires in %u hours", ttl_s / 3600);
}

/* --- the connection --- */

static void hang_up(struct phone *phone)
{
	phone_timer_stop(phone, TIMER_TVS);
	service_link_close(phone, &phone->tvs.link);
}

static void free_question(struct tvs_question *question)
{
	free(question->bytes);
	free(question);
}

/* The first question is answered; then the next one begins. */
static void answered(struct phone *phone, const struct tvs_answer *answer)
{
	struct tvs_client *tvs = &phone->tvs;
	struct tvs_question *question = tvs->asked;
	uint8_t *reply = tvs->link.rx; /* the answer points into it */

	tvs->link.rx = NULL;
	hang_up(phone);
	tvs->asked = question->next;
	question->done(phone, question->context, answer);
	free_question(question);
	free(reply);
	if (tvs->asked && !tvs->link.connection && !tvs->link.resolve_id) {
		tvs->at = 0;
		try_server(phone);
	}
}

static void report(struct phone *phone, const char *name, const char *result)
{
	const struct tvs_client *tvs = &phone->tvs;
	char port[8];
	const struct phone_evidence evidence[] = {
	    {"server", tvs->server[tvs->at].address ? phone_ip_text(phone, tvs->server[tvs->at].address)
						    : tvs->server[tvs->at].name},
	    {"port", port},
	    {"query", tvs->asked->message.command == TVS_VERIFY ? "certificate" : "signer"},
	    {"result", result}};

	snprintf(port, sizeof(port), "%u", tvs->server[tvs->at].port);
	phone_report(phone, name, evidence, 4, "%s: %s", tvs->server[tvs->at].name, result);
}

/* This server has not answered. */
static void server_failed(struct phone *phone, const char *why)
{
	struct tvs_client *tvs = &phone->tvs;

	snprintf(tvs->error, sizeof(tvs->error), "TVS %.60s: %.120s", tvs->server[tvs->at].name, why);
	phone_console(phone, "ERR SECUREAPP-TVS %s: %s", tvs->server[tvs->at].name, why);
	report(phone, "tvs.failed", why);
	hang_up(phone);
	tvs->at++;
	try_server(phone);
}

static void connect_now(struct phone *phone)
{
	struct tvs_client *tvs = &phone->tvs;

	phone_console(phone, "NOT SECUREAPP-Attempting connect to TVS server addr [%s], mode [IPv4]",
		      phone_ip_text(phone, tvs->server[tvs->at].address));
	service_link_connect(phone, &tvs->link, tvs->server[tvs->at].address, tvs->server[tvs->at].port,
			     SERVER_US, true);
}

static void try_server(struct phone *phone)
{
	struct tvs_client *tvs = &phone->tvs;
	struct tvs_answer none = {.silent = true, .nobody = !tvs->servers};
	char why[sizeof(tvs->error)];

	if (tvs->at >= tvs->servers) {
		snprintf(why, sizeof(why), "%s", tvs->servers ? tvs->error : "no TVS server is known");
		none.why = why;
		answered(phone, &none);
		return;
	}
	phone_timer_in(phone, TIMER_TVS, SERVER_US);
	if (tvs->server[tvs->at].address)
		connect_now(phone);
	else
		service_link_resolve(phone, &tvs->link, tvs->server[tvs->at].name);
}

void tvs_timer(struct phone *phone)
{
	if (phone->tvs.asked)
		server_failed(phone, "no answer");
}

static void send_question(struct phone *phone)
{
	struct tvs_client *tvs = &phone->tvs;
	struct tvs_question *question = tvs->asked;
	uint8_t *bytes = malloc(TVS_SIZE_MAX);
	ssize_t length;

	if (!tvs->session)
		tvs->session = TVS_SESSION_FIRST;
	question->message.session = tvs->session++;
	length = bytes ? tvs_encode(&question->message, bytes, TVS_SIZE_MAX) : -ENOMEM;
	if (length > 0) {
		phone_console(phone, "NOT SECUREAPP-TVS process request - processing TVS %s request.",
			      question->message.command == TVS_VERIFY ? "Certificate Verification"
								      : "Query Certificate");
		service_link_send(phone, &tvs->link, bytes, (size_t)length);
		phone_console(
		    phone,
		    "NOT SECUREAPP-Successfully sent the TVS request to TVS server, bytes written : %zd",
		    length);
	}
	free(bytes);
	if (length <= 0)
		server_failed(phone, "the question cannot be written");
}

/* A whole reply. */
static void reply(struct phone *phone, const uint8_t *bytes, size_t length)
{
	struct tvs_client *tvs = &phone->tvs;
	const struct tvs_question *question = tvs->asked;
	struct tvs_answer answer = {0};
	struct wire_error error;
	struct tvs message;
	uint32_t ttl_s;

	if (tvs_decode(bytes, length, &message, &error)) {
		server_failed(phone, error.what);
		return;
	}
	if (message.session != question->message.session ||
	    message.command != question->message.command + 1) {
		server_failed(phone, "the reply is to another question");
		return;
	}
	phone_console(phone, "NOT SECUREAPP-TVS Service receives %zu bytes of data", length);
	if (!(message.has & TVS_HAS_STATUS) || message.status != TVS_VALID) {
		report(phone, "tvs.answer", "unknown");
		answer.why = "TVS does not know the certificate";
		answered(phone, &answer);
		return;
	}
	answer.certificate =
	    message.command == TVS_VERIFIED ? question->message.certificate : message.certificate;
	memcpy(answer.role, message.role, sizeof(answer.role));
	answer.roles = message.roles;
	if (!answer.certificate.length)
		answer.why = "the answer of TVS has no certificate";
	report(phone, "tvs.answer", answer.why ? "no certificate" : "valid");
	ttl_s = message.has & TVS_HAS_TTL && message.ttl_s < TVS_TTL_S ? message.ttl_s : TVS_TTL_S;
	if (!answer.why)
		cache(phone, question, &answer, ttl_s);
	answered(phone, &answer);
}

static void received(struct phone *phone, const struct phone_event *event)
{
	struct service_link *link = &phone->tvs.link;
	struct wire_error error = {0};
	size_t whole = 0;
	int err;

	if (!service_link_receive(link, event, TVS_SIZE_MAX)) {
		server_failed(phone, "a reply without end");
		return;
	}
	err = tvs_frame(link->rx, link->rx_length, &whole, &error);
	if (err == -EAGAIN)
		return;
	if (err)
		server_failed(phone, error.what);
	else
		reply(phone, link->rx, whole);
}

/* The server's certificate must be one of a TVS in the installed lists: no service vouches for itself. */
static void peer(struct phone *phone, uint32_t id, const char *why)
{
	(void)id;
	service_link_trust(phone, &phone->tvs.link, !why);
	if (why)
		server_failed(phone, why);
	else
		phone_console(phone, "NOT SECUREAPP-Handshake successful.");
}

static void resolved(struct phone *phone, const struct phone_event *event)
{
	struct tvs_client *tvs = &phone->tvs;
	const char *why = service_link_resolved(&tvs->link, event, &tvs->server[tvs->at].address);

	if (why)
		server_failed(phone, why);
	else
		connect_now(phone);
}

bool tvs_event(struct phone *phone, const struct phone_event *event)
{
	struct service_link *link = &phone->tvs.link;

	if (!service_link_owns(link, event))
		return false;
	switch ((unsigned)event->kind) {
	case PHONE_RESOLVED: resolved(phone, event); break;
	case PHONE_PEER:
		trust_peer(phone, TRUST_TVS_SERVER, event->peer.id,
			   (struct wire_slice){event->peer.certificate, event->peer.length}, peer);
		break;
	case PHONE_CONNECTED: send_question(phone); break;
	case PHONE_RECEIVED: received(phone, event); break;
	case PHONE_CLOSED:
		server_failed(phone, service_link_closed(phone, link, event, "closed without an answer"));
		break;
	}
	return true;
}

/* --- questions --- */

/* The key of the question in the cache. False if it cannot be made. */
static bool make_key(struct tvs_question *question)
{
	const struct wire_slice parts[] = {question->message.certificate, question->message.subject,
					   question->message.issuer, question->message.serial};
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;

	for (unsigned i = 0; good && i < 4; i++) {
		uint32_t length = (uint32_t)parts[i].length;

		good = EVP_DigestUpdate(context, &length, sizeof(length)) == 1 &&
		       EVP_DigestUpdate(context, parts[i].data, parts[i].length) == 1;
	}
	good = good && EVP_DigestFinal_ex(context, question->key, NULL) == 1;
	EVP_MD_CTX_free(context);
	return good;
}

static struct wire_slice copy_part(uint8_t **at, struct wire_slice part)
{
	struct wire_slice copy = {*at, part.length};

	if (part.length)
		memcpy(*at, part.data, part.length);
	*at += part.length;
	return copy;
}

static void ask(struct phone *phone, const struct tvs *asked, uint32_t context, tvs_done_fn *done)
{
	struct tvs_client *tvs = &phone->tvs;
	struct tvs_question *question = calloc(1, sizeof(*question)), **last = &tvs->asked;
	size_t length = asked->device.length + asked->certificate.length + asked->subject.length +
			asked->issuer.length + asked->serial.length;
	const struct tvs_answer short_of_memory = {.why = "no memory", .silent = true};
	struct tvs_answer known;
	uint8_t *at;

	if (question)
		question->bytes = malloc(length);
	if (!question || !question->bytes) {
		free(question);
		done(phone, context, &short_of_memory);
		return;
	}
	at = question->bytes;
	question->done = done;
	question->context = context;
	question->message.command = asked->command;
	question->message.device = copy_part(&at, asked->device);
	question->message.certificate = copy_part(&at, asked->certificate);
	question->message.subject = copy_part(&at, asked->subject);
	question->message.issuer = copy_part(&at, asked->issuer);
	question->message.serial = copy_part(&at, asked->serial);
	if (!make_key(question)) {
		free_question(question);
		done(phone, context, &short_of_memory);
		return;
	}
	if (from_cache(phone, question->key, &known)) {
		free_question(question);
		done(phone, context, &known);
		return;
	}
	find_servers(phone);
	while (*last)
		last = &(*last)->next;
	*last = question;
	if (question != tvs->asked)
		return;
	tvs->at = 0;
	try_server(phone);
}

/* "CP-7841-SEP001122AABB01" */
static struct wire_slice device_of(const struct phone *phone, char text[64])
{
	int length = snprintf(text, 64, "CP-%s-%s", phone->model->name, phone->name);

	return (struct wire_slice){(const uint8_t *)text, (size_t)length};
}

void tvs_ask_certificate(struct phone *phone, struct wire_slice certificate, uint32_t context,
			 tvs_done_fn *done)
{
	char device[64];
	const struct tvs asked = {
	    .command = TVS_VERIFY, .device = device_of(phone, device), .certificate = certificate};

	ask(phone, &asked, context, done);
}

void tvs_ask_signer(struct phone *phone, const char *subject, const char *issuer, struct wire_slice serial,
		    uint32_t context, tvs_done_fn *done)
{
	char device[64];
	const struct tvs asked = {.command = TVS_QUERY,
				  .device = device_of(phone, device),
				  .subject = wire_slice_text(subject),
				  .issuer = wire_slice_text(issuer),
				  .serial = serial};

	ask(phone, &asked, context, done);
}

void tvs_cancel(struct phone *phone, uint32_t context, tvs_done_fn *done)
{
	struct tvs_client *tvs = &phone->tvs;

	for (struct tvs_question **at = &tvs->asked; *at; at = &(*at)->next) {
		struct tvs_question *question = *at;

		if (question->context != context || question->done != done)
			continue;
		*at = question->next;
		free_question(question);
		if (at != &tvs->asked)
			return;
		hang_up(phone); /* it was under way */
		if (tvs->asked) {
			tvs->at = 0;
			try_server(phone);
		}
		return;
	}
}

void tvs_clear(struct phone *phone)
{
	struct tvs_client *tvs = &phone->tvs;

	while (tvs->asked) {
		struct tvs_question *question = tvs->asked;

		tvs->asked = question->next;
		free_question(question);
	}
	if (phone->out)
		hang_up(phone);
	service_link_clear(&tvs->link);
	for (unsigned i = 0; i < TVS_CACHE_MAX; i++)
		free(tvs->cache[i].certificate);
	memset(tvs, 0, sizeof(*tvs));
}
