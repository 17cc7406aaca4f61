#ifndef WIRE_SIP_H
#define WIRE_SIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/cursor.h"

/*
 * SIP (RFC 3261) as Cisco phones and call managers speak it, over osipparser2: framing of a TCP stream,
 * decoding into a plain struct. wire/sip_build writes messages, wire/sip_digest answers challenges.
 */
#define SIP_PORT	 5060
#define SIP_HEADER_MAX	 16384 /* bytes of start line and headers */
#define SIP_MESSAGE_MAX	 65536 /* bytes of a whole message */
#define SIP_CONTACTS_MAX 32
#define SIP_PARAMS_MAX	 24
#define SIP_PARTS_MAX	 8
#define SIP_VIAS_MAX	 70 /* Max-Forwards allows no more hops */
#define SIP_HEADERS_MAX	 96
#define SIP_ODDS_MAX	 8

/* Where the next message of a TCP stream lies in the buffer. */
struct sip_frame {
	size_t skip;	/* bytes of CRLF keep-alives before it (RFC 5626 section 3.5.1) */
	unsigned pings; /* how many double CRLFs were among them: each wants a CRLF as its pong */
	size_t header;	/* bytes of start line and headers, the empty line included */
	size_t body;	/* bytes of body: Content-Length, in its long or its compact form (l) */
};

/*
 * Find the first message in the bytes read so far. 0: it is at bytes + skip, header + body long. -EAGAIN:
 * incomplete; skip and pings are set all the same, and those bytes may be dropped. -EBADMSG: no
 * Content-Length, two that differ, one that is no number; or the bounds above are passed: error is filled,
 * and the connection is of no further use.
 */
int sip_frame(const void *bytes, size_t size, struct sip_frame *frame, struct wire_error *error);

/* Strings below are NUL-terminated, owned by the message, and NULL when absent unless stated. */
struct sip_param {
	const char *name;
	const char *value; /* unquoted; NULL for a flag */
};

struct sip_uri {
	const char *text;   /* the whole URI; never NULL in a message that was decoded, unless star */
	const char *scheme; /* "sip", "urn" ... */
	const char *user;
	const char *host;
	uint16_t port;	       /* 0: not given */
	const char *transport; /* the URI's transport parameter */
};

struct sip_address {
	const char *display;
	struct sip_uri uri;
	const char *tag;
};

struct sip_via {
	const char *transport; /* "TCP", "UDP", "TLS" */
	const char *host;
	uint16_t port; /* 0: not given */
	const char *branch;
	const char *received;
	bool has_rport;
	uint16_t rport; /* 0: asked for, not filled in */
};

struct sip_contact {
	bool star; /* Contact: * */
	const char *display;
	struct sip_uri uri;
	bool has_expires;
	uint32_t expires_s;
	bool keep_alive;	 /* cisco-keep-alive */
	bool newreg;		 /* x-cisco-newreg */
	const char *instance;	 /* +sip.instance, quotes off: "<urn:uuid:...>" */
	const char *device_name; /* +u.sip!devicename.ccm.cisco.com */
	const char *model;	 /* +u.sip!model.ccm.cisco.com */
	const char *active_load; /* +u.sip!activeload.ccm.cisco.com, on phones that say it here */
	struct sip_param param[SIP_PARAMS_MAX]; /* all of them, those above included */
	unsigned params;
};

struct sip_challenge {
	bool proxy;	    /* Proxy-Authenticate (407) rather than WWW-Authenticate (401) */
	const char *scheme; /* "Digest" */
	const char *realm;
	const char *nonce;
	const char *opaque;
	const char *algorithm; /* NULL: MD5 */
	const char *qop;       /* as sent: "auth", "auth,auth-int"; NULL: RFC 2069 */
	bool stale;
};

/* Authorization or Proxy-Authorization of a request. */
struct sip_credentials {
	bool proxy;
	const char *username;
	const char *realm;
	const char *nonce;
	const char *uri;
	const char *response;
	const char *algorithm;
	const char *cnonce;
	const char *opaque;
	const char *qop;
	const char *nc;
};

struct sip_header {
	const char *name;
	const char *value;
};

struct sip_part {
	const char *content_type; /* never NULL: text/plain when absent (RFC 2046 section 5.2) */
	const char *content_id;
	struct wire_slice body;
};

/* A part of the message that was ignored because it is malformed or beyond the limits above. */
struct sip_odd {
	const char *name; /* of the header */
	const char *why;  /* "malformed", "malformed expires" ... static */
	size_t offset;	  /* of the header line in the message */
};

#define SIP_HAS_EXPIRES	    (1u << 0)
#define SIP_HAS_MIN_EXPIRES (1u << 1)
#define SIP_HAS_RETRY_AFTER (1u << 2)
#define SIP_HAS_CHALLENGE   (1u << 3)
#define SIP_HAS_CREDENTIALS (1u << 4)

struct sip_message {
	unsigned has;	    /* SIP_HAS_ bits */
	const char *method; /* of a request; NULL in a response */
	struct sip_uri request_uri;
	unsigned status; /* of a response; 0 in a request */
	const char *reason_phrase;
	struct sip_via via;		    /* the topmost */
	const char *via_text[SIP_VIAS_MAX]; /* all, topmost first: a response repeats them */
	unsigned vias;
	struct sip_address from;
	struct sip_address to;
	const char *from_text; /* as they stand, for a response */
	const char *to_text;
	const char *call_id; /* never NULL */
	uint32_t cseq;
	const char *cseq_method; /* never NULL */
	struct sip_contact contact[SIP_CONTACTS_MAX];
	unsigned contacts;
	uint32_t expires_s;
	uint32_t min_expires_s;
	uint32_t retry_after_s;
	struct sip_challenge challenge; /* the strongest that we can answer: SHA-256 before MD5 */
	struct sip_credentials credentials;
	const char *date;
	const char *server;
	const char *user_agent;
	const char *reason; /* Reason: SIP;cause=200;text="..." */
	const char *event;
	const char *subscription_state;
	const char *supported; /* all of them, joined by "," */
	const char *require;   /* all of them, joined by "," */
	const char *refer_to;
	const char *session_id;
	const char *content_type;	     /* with its parameters */
	struct wire_slice body;		     /* size 0: none */
	struct sip_part part[SIP_PARTS_MAX]; /* of a multipart body; none if it is malformed */
	unsigned parts;
	struct sip_header header[SIP_HEADERS_MAX]; /* the header lines in order: the name in its long form,
						      the value unfolded */
	unsigned headers;
	struct sip_odd odd[SIP_ODDS_MAX]; /* the first of them */
	unsigned odds;			  /* all of them; may be more than SIP_ODDS_MAX */
	unsigned refusal; /* set by sip_decode_refused: the status to answer, 400 or 505; else 0 */
};

/*
 * Read one whole message (as framed, or one datagram). 0 and *message, to be freed with sip_free; -EBADMSG
 * with error filled; -ENOMEM. Via, From, To, Call-ID and CSeq must be there and well-formed (RFC 3261 section
 * 8.1.1), and Contact in a REGISTER. Another header that is malformed is ignored and noted in odd (section
 * 8.2.2), as are rows beyond the limits. Without Content-Length the body extends to the end; bytes behind the
 * body are ignored (section 18.3). The message owns a copy of everything.
 */
int sip_decode(const void *bytes, size_t size, struct sip_message **message, struct wire_error *error);

/*
 * Read a request that sip_decode refuses, as far as its answer needs it: 0 and *message, with refusal set, only
 * for sip_build_response and sip_free; -EBADMSG if it must not or cannot be answered (a response, ACK, no Via).
 */
int sip_decode_refused(const void *bytes, size_t size, struct sip_message **message);

/* NULL is legal. */
void sip_free(struct sip_message *message);

/* The value of the first header of that name (case ignored), or NULL. */
const char *sip_header_find(const struct sip_message *message, const char *name);

/* The contact whose URI has that user part, host and port, or NULL: which of a 200's is ours (RFC 3261 sections
 * 10.2.4, 19.1.4). */
const struct sip_contact *sip_contact_find(const struct sip_message *message, const char *user,
					   const char *host, uint16_t port);

#endif
