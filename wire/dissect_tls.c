/*
 * TLS (RFC 5246, RFC 8446): the records of a stream, and the handshake messages and alerts that are not encrypted. On the
 * ports of a secure cluster: SIP 5061, files 6971, TVS 2445, CAPF 3804. Elsewhere, if a connection begins with a hello.
 */
#include "wire/dissect_private.h"

#include "base/ladder.h"

#include <stdio.h>
#include <string.h>

#include "wire/capf.h"
#include "wire/tvs.h"

#define SIP_TLS_PORT 5061
#define HTTPS_PORT   6971
#define RECORD_MAX   (16384 + 2048)

enum record_type {
	RECORD_CHANGE_CIPHER_SPEC = 20,
	RECORD_ALERT = 21,
	RECORD_HANDSHAKE = 22,
	RECORD_APPLICATION_DATA = 23,
};

struct name {
	unsigned number;
	const char *name;
};

static const struct name record_names[] = {
    {RECORD_CHANGE_CIPHER_SPEC, "change_cipher_spec"},
    {RECORD_ALERT, "alert"},
    {RECORD_HANDSHAKE, "handshake"},
    {RECORD_APPLICATION_DATA, "application_data"},
};

#define SERVER_HELLO	   2
#define HANDSHAKE_HEADER   4
#define HANDSHAKE_LONGEST  (1 << 17) /* a longer one is taken for an encrypted one */
#define HELLO_SESSION_AT   (HANDSHAKE_HEADER + 2 + 32)
#define SESSION_ID_LONGEST 32

static const struct name handshake_names[] = {
    {0, "hello_request"},	 {1, "client_hello"},	    {SERVER_HELLO, "server_hello"},
    {4, "new_session_ticket"},	 {11, "certificate"},	    {12, "server_key_exchange"},
    {13, "certificate_request"}, {14, "server_hello_done"}, {15, "certificate_verify"},
    {16, "client_key_exchange"}, {20, "finished"},	    {22, "certificate_status"},
};

static const struct name alert_names[] = {
    {0, "close_notify"},
    {10, "unexpected_message"},
    {20, "bad_record_mac"},
    {22, "record_overflow"},
    {40, "handshake_failure"},
    {42, "bad_certificate"},
    {43, "unsupported_certificate"},
    {44, "certificate_revoked"},
    {45, "certificate_expired"},
    {46, "certificate_unknown"},
    {47, "illegal_parameter"},
    {48, "unknown_ca"},
    {49, "access_denied"},
    {50, "decode_error"},
    {51, "decrypt_error"},
    {70, "protocol_version"},
    {71, "insufficient_security"},
    {80, "internal_error"},
    {86, "inappropriate_fallback"},
    {90, "user_canceled"},
    {100, "no_renegotiation"},
    {109, "missing_extension"},
    {110, "unsupported_extension"},
    {112, "unrecognized_name"},
    {116, "certificate_required"},
    {120, "no_application_protocol"},
};

/* The suites of phones and of their servers, as OpenSSL names them. */
static const struct name cipher_names[] = {
    {0x0002, "NULL-SHA"},
    {0x000a, "DES-CBC3-SHA"},
    {0x002f, "AES128-SHA"},
    {0x0035, "AES256-SHA"},
    {0x003b, "NULL-SHA256"},
    {0x009c, "AES128-GCM-SHA256"},
    {0x009d, "AES256-GCM-SHA384"},
    {0xc02b, "ECDHE-ECDSA-AES128-GCM-SHA256"},
    {0xc02c, "ECDHE-ECDSA-AES256-GCM-SHA384"},
    {0xc02f, "ECDHE-RSA-AES128-GCM-SHA256"},
    {0xc030, "ECDHE-RSA-AES256-GCM-SHA384"},
    {0x1301, "TLS_AES_128_GCM_SHA256"},
    {0x1302, "TLS_AES_256_GCM_SHA384"},
    {0x1303, "TLS_CHACHA20_POLY1305_SHA256"},
};

#define FIND(table, number) find(table, sizeof(table) / sizeof((table)[0]), number)
static const char *find(const struct name *table, size_t count, unsigned number)
{
	for (size_t i = 0; i < count; i++)
		if (table[i].number == number)
			return table[i].name;
	return NULL;
}

/* --- which connections, which step --- */

static bool has_port(const struct tcp_segment *segment, uint16_t port)
{
	return segment->source_port == port || segment->destination_port == port;
}

/* Does a hello begin here? */
static bool begins_hello(struct wire_slice payload)
{
	return payload.length >= 6 && payload.data[0] == RECORD_HANDSHAKE && payload.data[1] == 3 &&
	       payload.data[2] <= 4 && wire_get16(payload.data + 3) <= RECORD_MAX &&
	       (payload.data[5] == 1 || payload.data[5] == SERVER_HELLO);
}

bool dissect_is_tls(const struct dissect_flow *flow, const struct tcp_segment *segment)
{
	return has_port(segment, SIP_TLS_PORT) || has_port(segment, HTTPS_PORT) ||
	       has_port(segment, TVS_PORT) || has_port(segment, CAPF_PORT) || (flow && flow->tls.on) ||
	       begins_hello(segment->payload);
}

/* A phone asks a TVS server in the step that it is in; without a frame of an earlier step, that is the CTL file's. */
static int step_of(struct dissect_view *view, const struct ipv4_packet *packet,
		   const struct tcp_segment *segment, bool content)
{
	int step;

	if (has_port(segment, SIP_TLS_PORT))
		return content ? LADDER_REGISTER : LADDER_CM_CONNECT;
	if (has_port(segment, HTTPS_PORT) || has_port(segment, CAPF_PORT))
		return LADDER_CONFIG;
	if (!has_port(segment, TVS_PORT))
		return 0;
	step = dissect_last_step(view, packet->source);
	if (!step)
		step = dissect_last_step(view, packet->destination);
	return step < LADDER_CTL ? LADDER_CTL : step;
}

/* --- records --- */

static void name_or_number(struct dissect_view *view, const char *field, const char *name, unsigned number)
{
	char text[12];

	snprintf(text, sizeof(text), "%u", number);
	dissect_text(view, field, name ? name : text);
}

static void note_version(struct dissect_view *view, unsigned minor)
{
	static const char *const versions[] = {"SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"};

	if (!dissect_value(view->out, "version") && minor < sizeof(versions) / sizeof(versions[0]))
		dissect_text(view, "version", versions[minor]);
}

/* RFC 5246, 7.4.1.3: version, random, session, cipher suite. */
static void server_hello(struct dissect_view *view, const struct dissect_tls *tls)
{
	const uint8_t *message = tls->message;
	size_t at = HELLO_SESSION_AT;
	unsigned cipher;
	char text[8];

	if (tls->message_have <= at || message[at] > SESSION_ID_LONGEST ||
	    tls->message_have < at + 1 + message[at] + 2u)
		return;
	cipher = wire_get16(message + at + 1 + message[at]);
	snprintf(text, sizeof(text), "0x%04x", cipher);
	dissect_text(view, "cipher", FIND(cipher_names, cipher) ? FIND(cipher_names, cipher) : text);
	note_version(view, cipher >> 8 == 0x13 ? 4 : message[HANDSHAKE_HEADER + 1]);
}

/* Its header is there: which message it is. */
static void begin_handshake(struct dissect_view *view, struct dissect_tls *tls)
{
	uint32_t length = wire_get32(tls->message) & 0xffffff;
	const char *name = FIND(handshake_names, tls->message[0]);

	if (!name || length > HANDSHAKE_LONGEST) {
		/* The capture has begun later than the connection. */
		tls->encrypted = true;
		dissect_text(view, "handshake", "encrypted");
		return;
	}
	dissect_text(view, "handshake", name);
	tls->message_left = length;
}

static void alert(struct dissect_view *view, const struct dissect_tls *tls)
{
	dissect_text(view, "alert_level", tls->message[0] == 2 ? "fatal" : "warning");
	name_or_number(view, "alert", FIND(alert_names, tls->message[1]), tls->message[1]);
}

/* Handshake messages may span records, and a record may hold several. */
static void handshake_bytes(struct dissect_view *view, struct dissect_tls *tls, const uint8_t *data,
			    size_t size)
{
	for (size_t at = 0; at < size && !tls->encrypted;) {
		if (tls->message_have < HANDSHAKE_HEADER) {
			tls->message[tls->message_have++] = data[at++];
			if (tls->message_have == HANDSHAKE_HEADER)
				begin_handshake(view, tls);
		} else {
			size_t part = size - at < tls->message_left ? size - at : tls->message_left;
			size_t room = sizeof(tls->message) - tls->message_have;
			size_t kept = part < room ? part : room;

			memcpy(tls->message + tls->message_have, data + at, kept);
			tls->message_have += (uint8_t)kept;
			tls->message_left -= (uint32_t)part;
			at += part;
		}
		if (tls->message_have >= HANDSHAKE_HEADER && !tls->message_left) {
			if (tls->message[0] == SERVER_HELLO)
				server_hello(view, tls);
			tls->message_have = 0;
		}
	}
}

/* Bytes of the body of the present record. */
static void body(struct dissect_view *view, struct dissect_tls *tls, const uint8_t *data, size_t size)
{
	if (tls->encrypted)
		return;
	if (tls->type == RECORD_HANDSHAKE) {
		handshake_bytes(view, tls, data, size);
	} else if (tls->type == RECORD_ALERT) {
		for (size_t i = 0; i < size && tls->message_have < 2; i++)
			tls->message[tls->message_have++] = data[i];
		if (tls->message_have == 2 && size == tls->left) {
			alert(view, tls);
			tls->message_have = 0;
		}
	}
}

static bool begin_record(struct dissect_view *view, struct dissect_tls *tls)
{
	const char *name = FIND(record_names, tls->header[0]);

	tls->header_have = 0;
	if (!name || tls->header[1] != 3 || wire_get16(tls->header + 3) > RECORD_MAX)
		return false;
	/* An alert interrupts a message that is not complete. */
	if (tls->type != tls->header[0]) {
		tls->message_have = 0;
		tls->message_left = 0;
	}
	tls->type = tls->header[0];
	tls->left = wire_get16(tls->header + 3);
	dissect_text(view, "record", name);
	if (tls->encrypted && tls->type == RECORD_HANDSHAKE)
		dissect_text(view, "handshake", "encrypted");
	else if (tls->encrypted && tls->type == RECORD_ALERT)
		dissect_text(view, "alert", "encrypted");
	if (tls->type != RECORD_HANDSHAKE || tls->encrypted)
		note_version(view, tls->header[2]);
	return true;
}

/* The records in the bytes of a stream. Is there any application data among them? */
static bool read_records(struct dissect_view *view, struct dissect_flow *flow, const uint8_t *data,
			 size_t size)
{
	struct dissect_tls *tls = &flow->tls;
	bool content = tls->left && tls->type == RECORD_APPLICATION_DATA;
	size_t application = 0;

	for (size_t at = 0; at < size;) {
		size_t part;

		if (!tls->left) {
			tls->header[tls->header_have++] = data[at++];
			if (tls->header_have < sizeof(tls->header))
				continue;
			if (!begin_record(view, tls)) {
				dissect_bad(view, data, &(struct wire_error){at - 1, "no TLS record"});
				flow->synced = false;
				*tls = (struct dissect_tls){.on = tls->on};
				return content;
			}
			if (tls->type == RECORD_APPLICATION_DATA)
				application += tls->left;
			content |= tls->type == RECORD_APPLICATION_DATA;
			continue;
		}
		part = size - at < tls->left ? size - at : tls->left;
		body(view, tls, data + at, part);
		tls->left -= (uint32_t)part;
		at += part;
		if (!tls->left && tls->type == RECORD_CHANGE_CIPHER_SPEC)
			tls->encrypted = true;
	}
	if (application)
		dissect_number(view, "application_bytes", application);
	if (tls->left)
		dissect_number(view, "incomplete_bytes", tls->left);
	return content;
}

/* --- segments --- */

static bool begins_record(struct wire_slice payload)
{
	return payload.length >= 5 && FIND(record_names, payload.data[0]) && payload.data[1] == 3 &&
	       wire_get16(payload.data + 3) <= RECORD_MAX;
}

void dissect_tls(struct dissect_view *view, struct dissect_flow *flow, const struct ipv4_packet *packet,
		 const struct tcp_segment *segment)
{
	struct wire_slice payload = segment->payload;
	uint32_t late = flow->next - segment->sequence; /* bytes seen before, when they are few */

	if (segment->flags & (TCP_SYN | TCP_RST))
		flow->tls = (struct dissect_tls){.on = true};
	if (payload.length || (segment->flags & (TCP_SYN | TCP_RST)))
		view->out->step = step_of(view, packet, segment, false);
	if (!payload.length)
		return;
	if (!flow->tls.left && !flow->tls.header_have && dissect_in_clear(view, segment))
		return;
	view->out->protocol = "tls";
	flow->tls.on = true;
	if (flow->synced && late && late < 0x80000000u) {
		dissect_text(view, "note", "retransmission");
		if (late >= payload.length)
			return;
		payload.data += late;
		payload.length -= late;
	} else if (!flow->synced || late) {
		flow->tls = (struct dissect_tls){.on = true};
		if (!begins_record(payload)) {
			dissect_text(view, "note", "the beginning of this record is not in the capture");
			dissect_number(view, "data_bytes", payload.length);
			flow->synced = false;
			return;
		}
	}
	flow->synced = true;
	flow->next = segment->sequence + (uint32_t)segment->payload.length;
	view->out->step =
	    step_of(view, packet, segment, read_records(view, flow, payload.data, payload.length));
}
