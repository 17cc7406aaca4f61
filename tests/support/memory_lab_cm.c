/* The call managers of the memory lab. */
#include "tests/support/memory_lab_internal.h"

#include <stdio.h>
#include <string.h>

#include "wire/sip_build.h"
#include "wire/sip_digest.h"

void lab_unbind(struct memory_lab *lab, unsigned i, unsigned n)
{
	struct lab_phone *slot = &lab->phone[i];

	if (slot->conn[n].bound)
		lab->cm[slot->conn[n].cm].bindings--;
	slot->conn[n].bound = false;
}

void memory_lab_kill_cm(struct memory_lab *lab, unsigned cm, int error)
{
	for (unsigned i = 0; i < lab->phones; i++)
		for (unsigned n = 0; n < 16; n++) {
			struct phone_event event = {.kind = PHONE_CLOSED};

			if (!lab->phone[i].conn[n].open || lab->phone[i].conn[n].cm != cm)
				continue;
			lab_unbind(lab, i, n);
			lab->phone[i].conn[n].open = false;
			event.closed.id = lab->phone[i].conn[n].id;
			event.closed.error = error;
			lab_to_phone(lab, i, lab_latency(lab), &event, "", 0);
		}
}

static void to_phone(struct memory_lab *lab, unsigned i, unsigned conn, const void *bytes, size_t length)
{
	struct phone_event event = {.kind = PHONE_RECEIVED};
	/* TCP keeps no borders: now and then a message comes in two parts. */
	bool udp = lab->phone[i].conn[conn].udp;
	struct lab_cm *cm = &lab->cm[lab->phone[i].conn[conn].cm];
	size_t part = length > 100 && !udp && rng_range(lab->rng, 0, 3) == 0
			  ? rng_range(lab->rng, 1, length - 1)
			  : length;
	uint64_t delay_us = lab_latency(lab);

	event.received.id = lab->phone[i].conn[conn].id;
	if (udp && cm->lose_out) {
		cm->lose_out--;
		return;
	}
	lab_to_phone(lab, i, delay_us, &event, bytes, part);
	if (part < length)
		lab_to_phone(lab, i, delay_us, &event, (const uint8_t *)bytes + part, length - part);
}

static void reply_with(struct memory_lab *lab, unsigned i, unsigned conn, const struct sip_message *message,
		       unsigned status, const struct sip_header *header, unsigned headers, const char *body)
{
	struct sip_response response = {.status = status,
					.to_tag = "cm1",
					.header = header,
					.headers = headers,
					.body = {(const uint8_t *)body, strlen(body)}};
	uint8_t bytes[8192];
	ssize_t length = sip_build_response(message, &response, bytes, sizeof(bytes));

	if (length <= 0)
		abort();
	to_phone(lab, i, conn, bytes, (size_t)length);
}

static void reply(struct memory_lab *lab, unsigned i, unsigned conn, const struct sip_message *message,
		  unsigned status, const struct sip_header *header, unsigned headers)
{
	reply_with(lab, i, conn, message, status, header, headers, "");
}

static void nonce_of(const struct lab_cm *cm, char nonce[24])
{
	snprintf(nonce, 24, "abc%u", cm->nonce);
}

static bool authorized(struct lab_cm *cm, const struct sip_message *message)
{
	const struct sip_credentials *given = &message->credentials;
	struct sip_digest digest = {.username = given->username,
				    .password = cm->password,
				    .method = "REGISTER",
				    .uri = given->uri,
				    .cnonce = given->cnonce,
				    .nc = 1};
	char expected[65], nonce[24];

	nonce_of(cm, nonce);
	if (!(message->has & SIP_HAS_CREDENTIALS) || !given->username || !given->response || !given->uri)
		return false;
	if (given->nc)
		digest.nc = (uint32_t)strtoul(given->nc, NULL, 16);
	cm->nc[cm->credentials++ % 16] = digest.nc;
	return !cm->always_stale && given->nonce && !strcmp(given->nonce, nonce) &&
	       !sip_digest_response(SIP_DIGEST_MD5, &digest, "ccmsipline", nonce, given->qop, expected) &&
	       !strcmp(expected, given->response);
}

static void accept_register(struct memory_lab *lab, unsigned i, unsigned conn,
			    const struct sip_message *message)
{
	struct lab_phone *slot = &lab->phone[i];
	struct lab_cm *cm = &lab->cm[slot->conn[conn].cm];
	bool fresh = !slot->conn[conn].bound;
	char contact[1024], expires[16];
	struct sip_header headers[4] = {
	    {"Contact", contact}, {"Expires", expires}, {"Date", "Sat, 21 Nov 2026 02:00:00 GMT"}};
	bool bulk = cm->binds_all && message->parts;
	const char *text = sip_header_find(message, "Contact");

	snprintf(expires, sizeof(expires), "%u", cm->expires_s ? cm->expires_s : 120);
	snprintf(contact, sizeof(contact), "%s;expires=%s%s", text ? text : "", expires,
		 fresh ? ";x-cisco-newreg" : "");
	if (fresh) {
		slot->conn[conn].bound = true;
		cm->bindings++;
	}
	snprintf(slot->conn[conn].call_id, sizeof(slot->conn[conn].call_id), "%s", message->call_id);
	headers[3] = (struct sip_header){"Content-Type", "application/x-cisco-remotecc-response+xml"};
	reply_with(lab, i, conn, message, 200, headers, bulk ? 4 : 3,
		   bulk ? "<x-cisco-remotecc-response><response><code>200</code></response>"
			  "</x-cisco-remotecc-response>"
			: "");
}

/* Where there is a password, without it nothing is bound and nothing unbound. */
static bool challenged(struct memory_lab *lab, unsigned i, unsigned conn, const struct sip_message *message)
{
	struct lab_cm *cm = &lab->cm[lab->phone[i].conn[conn].cm];
	char value[128], nonce[24];
	struct sip_header challenge = {"WWW-Authenticate", value};

	if (!cm->password || authorized(cm, message))
		return false;
	if (cm->always_stale)
		cm->nonce++;
	nonce_of(cm, nonce);
	snprintf(value, sizeof(value),
		 "Digest realm=\"ccmsipline\", nonce=\"%s\"%s, algorithm=MD5, qop=\"auth\"", nonce,
		 cm->always_stale ? ", stale=true" : "");
	reply(lab, i, conn, message, 401, &challenge, 1);
	return true;
}

static void on_register(struct memory_lab *lab, unsigned i, unsigned conn, const struct sip_message *message)
{
	struct lab_phone *slot = &lab->phone[i];
	struct lab_cm *cm = &lab->cm[slot->conn[conn].cm];
	char text[2][16];
	struct sip_header headers[2];
	unsigned count = 0;

	if (message->contacts && message->contact[0].keep_alive) {
		cm->keepalives++;
		reply(lab, i, conn, message, 200, NULL, 0);
		return;
	}
	if (message->has & SIP_HAS_EXPIRES && !message->expires_s) {
		if (challenged(lab, i, conn, message))
			return;
		cm->removes++;
		if (slot->conn[conn].bound)
			cm->bindings--;
		slot->conn[conn].bound = false;
		reply(lab, i, conn, message, 200, NULL, 0);
		return;
	}
	cm->asked_s[cm->registers++ % 16] = message->expires_s;
	if (message->to.uri.user && !strncmp(message->to.uri.user, "SEP", 3)) {
		reply(lab, i, conn, message, 403, NULL, 0); /* no line: nobody has added this device */
		return;
	}
	if (cm->status && (!cm->status_for || cm->answers < cm->status_for)) {
		cm->answers++;
		if (cm->retry_after_s) {
			snprintf(text[0], sizeof(text[0]), "%u", cm->retry_after_s);
			headers[count++] = (struct sip_header){"Retry-After", text[0]};
		}
		if (cm->min_expires_s) {
			snprintf(text[1], sizeof(text[1]), "%u", cm->min_expires_s);
			headers[count++] = (struct sip_header){"Min-Expires", text[1]};
		}
		reply(lab, i, conn, message, cm->status, headers, count);
		return;
	}
	if (challenged(lab, i, conn, message))
		return;
	accept_register(lab, i, conn, message);
}

void lab_cm_bytes(struct memory_lab *lab, unsigned i, unsigned conn, const uint8_t *bytes, size_t length)
{
	struct lab_cm *cm = &lab->cm[lab->phone[i].conn[conn].cm];
	struct sip_message *message;
	struct sip_frame frame;
	struct wire_error error;
	char seconds[16];

	while (length) {
		if (sip_frame(bytes, length, &frame, &error))
			return;
		if (sip_decode(bytes + frame.skip, frame.header + frame.body, &message, &error)) {
			fprintf(stderr, "the phone sent: %s at %zu\n%.*s\n", error.what, error.offset,
				(int)length, (const char *)bytes);
			abort();
		}
		snprintf(cm->last, sizeof(cm->last), "%.*s", (int)(frame.header + frame.body),
			 (const char *)bytes + frame.skip);
		if (!cm->swallows && message->method) {
			if (!strcmp(message->method, "REGISTER")) {
				on_register(lab, i, conn, message);
			} else if (!strcmp(message->method, "REFER")) {
				bool token =
				    message->refer_to && strstr(message->refer_to, "token-registration");

				struct sip_header retry = {"Retry-After", seconds};

				cm->refers++;
				cm->tokens += token;
				snprintf(seconds, sizeof(seconds), "%u", cm->token_retry_after_s);
				reply(lab, i, conn, message,
				      token && cm->token_status ? cm->token_status : 202, &retry,
				      token && cm->token_retry_after_s);
			}
		}
		sip_free(message);
		bytes += frame.skip + frame.header + frame.body;
		length -= frame.skip + frame.header + frame.body;
	}
}

void memory_lab_cm_say(struct memory_lab *lab, unsigned i, unsigned cm, const void *bytes, size_t length)
{
	struct lab_phone *slot = &lab->phone[i];

	for (unsigned n = 16; n--;)
		if (slot->conn[n].open && slot->conn[n].cm == cm) {
			to_phone(lab, i, n, bytes, length);
			return;
		}
	abort();
}

void memory_lab_notify(struct memory_lab *lab, unsigned i, unsigned cm, const char *action,
		       const char *version, const char *call_id)
{
	struct lab_phone *slot = &lab->phone[i];
	char body[512], message[2048];
	const char *of = call_id;

	for (unsigned n = 0; !of && n < 16; n++)
		if (slot->conn[n].open && slot->conn[n].bound && slot->conn[n].cm == cm)
			of = slot->conn[n].call_id;
	snprintf(body, sizeof(body), "action=%s\r\nRegisterCallId={%s}\r\nConfigVersionStamp={%s}\r\n",
		 action, of ? of : "", version ? version : "");
	snprintf(message, sizeof(message),
		 "NOTIFY sip:%s@10.110.1.50 SIP/2.0\r\n"
		 "Via: SIP/2.0/TCP 10.20.0.11:5060;branch=z9hG4bKnotify%llu\r\n"
		 "From: <sip:cm@10.20.0.11>;tag=n1\r\nTo: <sip:%s@10.110.1.50>\r\n"
		 "Call-ID: notify-%llu@10.20.0.11\r\nCSeq: 101 NOTIFY\r\nMax-Forwards: 70\r\n"
		 "Event: service-control\r\nSubscription-State: active\r\nContent-Type: text/plain\r\n"
		 "Content-Length: %zu\r\n\r\n%s",
		 slot->dn, (unsigned long long)lab->now_us, slot->dn, (unsigned long long)lab->now_us,
		 strlen(body), body);
	memory_lab_cm_say(lab, i, cm, message, strlen(message));
}
