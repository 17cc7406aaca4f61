#ifndef WIRE_SIP_DIGEST_H
#define WIRE_SIP_DIGEST_H

#include "wire/sip.h"

/*
 * Digest access authentication (RFC 2617, RFC 3261 section 22, RFC 8760 for SHA-256). Pure: cnonce and count
 * come from the caller.
 */
#define SIP_AUTHORIZATION_MAX 1536

enum sip_digest_algorithm {
	SIP_DIGEST_MD5,
	SIP_DIGEST_SHA256,
};

struct sip_digest {
	const char *username; /* never NULL; "" is legal */
	const char *password; /* never NULL */
	const char *method;   /* "REGISTER" */
	const char *uri;      /* the request URI: "sip:10.20.0.11" */
	const char *cnonce;   /* used with qop auth */
	uint32_t nc;	      /* how many times this nonce was used, this time included: 1, 2 ... */
};

/*
 * The value of an Authorization or Proxy-Authorization header that answers the challenge, NUL-terminated. qop
 * "auth" when offered, else as RFC 2069. Returns its length; -EPROTO when the challenge cannot be answered
 * (scheme is not Digest, other algorithm, only auth-int, no nonce or realm); -EINVAL; -ENOSPC.
 */
ssize_t sip_digest_authorization(const struct sip_challenge *challenge, const struct sip_digest *digest,
				 char *out, size_t size);

/* The algorithm that answers the challenge: 0, or -EPROTO as above. */
int sip_digest_choose(const struct sip_challenge *challenge, enum sip_digest_algorithm *algorithm);

/* Only the response: 32 or 64 hexadecimal digits and a NUL. qop NULL: RFC 2069. 0, or -EINVAL. */
int sip_digest_response(enum sip_digest_algorithm algorithm, const struct sip_digest *digest,
			const char *realm, const char *nonce, const char *qop, char out[65]);

#endif
