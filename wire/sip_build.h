#ifndef WIRE_SIP_BUILD_H
#define WIRE_SIP_BUILD_H

#include "base/mac.h"
#include "wire/sip.h"

/*
 * SIP messages as a phone writes them. Strings are borrowed; a NULL one that is not optional is
 * -EINVAL, as is one with a control character in it, except for the display name. All return the size of the message in bytes, or -EINVAL
 * or -ENOSPC; no NUL is added.
 */

/* What every request of a phone carries. */
struct sip_origin {
	const char *transport; /* "TCP" or "UDP" */
	const char *cm;	       /* the call manager, an address or a name: request URI, From, To */
	const char *phone;     /* the phone's IPv4 address */
	uint16_t phone_port;   /* the port that the connection goes out from */
	const char *dn;	       /* directory number of the primary line; escaped for the URI */
	const char *display;   /* display name in From, any text; optional */
	const char *branch;    /* unique per transaction, begins with z9hG4bK */
	const char *from_tag;
	const char *call_id;
	uint32_t cseq;
	const char *session_id;	   /* 32 hexadecimal digits */
	const char *date;	   /* "Sat, 21 Nov 2026 02:00:00 GMT"; see sip_date */
	const char *user_agent;	   /* "Cisco-CP7841/14.2.1" */
	const char *authorization; /* value of sip_digest_authorization; optional */
	bool proxy_authorization;  /* it answers a 407: Proxy-Authorization */
};

enum sip_register_kind {
	SIP_REGISTER_INITIAL,	/* Reason with the alarm, and the two remotecc parts as body */
	SIP_REGISTER_REFRESH,	/* no body */
	SIP_REGISTER_KEEPALIVE, /* to a standby: Expires: 0, Contact ;expires=0;cisco-keep-alive */
	SIP_REGISTER_REMOVE,	/* Expires: 0, Contact ;expires=0 */
};

struct sip_register {
	enum sip_register_kind kind;
	struct sip_origin origin;
	struct mac mac;
	const char *contact_user; /* the GUID in the Contact; escaped for the URI */
	unsigned model;		  /* 621, 622 ...: the enum of CUCM's database */
	uint32_t expires_s;	  /* asked for: 3600; not looked at for KEEPALIVE and REMOVE */
	const char *active_load;  /* "sip78xx.14-2-1-0001-125.loads" */
	const char *inactive_load;
	unsigned alarm;	  /* cisco-alarm code: 25 initialized, 23 reset-restart ... */
	const char *last; /* "initialized", "reset-restart", "cm-closed-tcp" ... */
	/* "None", "Failed: Load ID incorrect"; goes out as one word, '_' for what would end it. NULL: left
	 * out */
	const char *download_status;
};
ssize_t sip_build_register(const struct sip_register *request, void *out, size_t size);

enum sip_refer_kind {
	SIP_REFER_ALARM,    /* application/x-cisco-alarm+xml, Refer-To: cid:...; answered 202 */
	SIP_REFER_FALLBACK, /* Refer-To: <urn:X-cisco-remotecc:token-registration>; 202: come home */
};

struct sip_refer {
	enum sip_refer_kind kind;
	struct sip_origin origin;
	struct mac mac;
	const char *contact_user;
	const char *content_id;	 /* ALARM: "1a2b3c4d@10.110.0.57" */
	const char *active_load; /* ALARM */
	const char *inactive_load;
	unsigned alarm;
	const char *last;
};
ssize_t sip_build_refer(const struct sip_refer *request, void *out, size_t size);

/* The answer to a request that was received: its Via, From, To, Call-ID and CSeq are repeated. */
struct sip_response {
	unsigned status;	   /* 100 to 699 */
	const char *reason_phrase; /* NULL: the standard's */
	const char *to_tag; /* added to To when it has none; optional (100, and requests within a dialog) */
	const struct sip_header
	    *header; /* further headers (Contact, Date, Server, Expires, Content-Type ...); optional */
	unsigned headers;
	struct wire_slice body; /* size 0: none */
};
ssize_t sip_build_response(const struct sip_message *request, const struct sip_response *response, void *out,
			   size_t size);

/* The option tags of a Require that the phone's Supported does not have: true, and text is a list of them, which may
 * be cut; false if there is none. */
bool sip_unsupported(const char *require, char *text, size_t size);

/* The standard reason phrase of a status ("OK", "Call/Transaction Does Not Exist"); "Unknown" for others. */
const char *sip_reason_phrase(unsigned status);

#define SIP_DATE_TEXT 32
/* "Sat, 21 Nov 2026 02:00:00 GMT" of seconds since 1970 (RFC 3261 section 20.17), and back: 0 or -EINVAL. */
void sip_date_format(uint64_t unix_s, char text[SIP_DATE_TEXT]);
int sip_date_parse(uint64_t *unix_s, const char *text);

#endif
