#include "wire/sip_digest.h"
#include "wire/sip_owner.h"

#include <string.h>
#include <strings.h>

#include <osipparser2/osip_parser.h>

/* How good a challenge is for us: SHA-256 before MD5 before what we cannot answer. */
static int strength(const struct sip_challenge *challenge)
{
	enum sip_digest_algorithm algorithm;

	if (sip_digest_choose(challenge, &algorithm) < 0)
		return 0;
	return algorithm == SIP_DIGEST_SHA256 ? 2 : 1;
}

static int fill_challenge(struct sip_owner *owner, struct sip_challenge *out,
			  const osip_www_authenticate_t *from)
{
	const struct {
		const char *from;
		const char **to;
	} TEXTS[] = {
	    {from->auth_type, &out->scheme},	{from->realm, &out->realm},
	    {from->nonce, &out->nonce},		{from->opaque, &out->opaque},
	    {from->algorithm, &out->algorithm}, {from->qop_options, &out->qop},
	};
	const char *stale = NULL;
	int err = sip_copy_unquoted(owner, from->stale, &stale);

	for (size_t i = 0; err == 0 && i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++)
		err = sip_copy_unquoted(owner, TEXTS[i].from, TEXTS[i].to);
	out->stale = stale && strcasecmp(stale, "true") == 0;
	return err;
}

static int read_challenge(struct sip_owner *owner, const char *value, bool proxy)
{
	struct sip_challenge challenge = {.proxy = proxy};
	osip_www_authenticate_t *found = NULL;
	int err = sip_code(osip_www_authenticate_init(&found));

	if (err < 0)
		return err;
	err = sip_code(osip_www_authenticate_parse(found, value));
	if (err == 0)
		err = fill_challenge(owner, &challenge, found);
	osip_www_authenticate_free(found);
	if (err < 0)
		return err;
	if (!(owner->message.has & SIP_HAS_CHALLENGE) ||
	    strength(&challenge) > strength(&owner->message.challenge))
		owner->message.challenge = challenge;
	owner->message.has |= SIP_HAS_CHALLENGE;
	return 0;
}

int sip_read_www_authenticate(struct sip_owner *owner, const char *value)
{
	return read_challenge(owner, value, false);
}

int sip_read_proxy_authenticate(struct sip_owner *owner, const char *value)
{
	return read_challenge(owner, value, true);
}

static int read_credentials(struct sip_owner *owner, const char *value, bool proxy)
{
	struct sip_credentials *out = &owner->message.credentials;
	osip_authorization_t *from = NULL;
	int err = sip_code(osip_authorization_init(&from));

	if (err < 0)
		return err;
	err = sip_code(osip_authorization_parse(from, value));
	if (err == 0) {
		const struct {
			const char *from;
			const char **to;
		} TEXTS[] = {
		    {from->username, &out->username}, {from->realm, &out->realm},
		    {from->nonce, &out->nonce},	      {from->uri, &out->uri},
		    {from->response, &out->response}, {from->algorithm, &out->algorithm},
		    {from->cnonce, &out->cnonce},     {from->opaque, &out->opaque},
		    {from->message_qop, &out->qop},   {from->nonce_count, &out->nc},
		};

		out->proxy = proxy;
		owner->message.has |= SIP_HAS_CREDENTIALS;
		for (size_t i = 0; err == 0 && i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++)
			err = sip_copy_unquoted(owner, TEXTS[i].from, TEXTS[i].to);
	}
	osip_authorization_free(from);
	return err;
}

int sip_read_authorization(struct sip_owner *owner, const char *value)
{
	return read_credentials(owner, value, false);
}

int sip_read_proxy_authorization(struct sip_owner *owner, const char *value)
{
	return read_credentials(owner, value, true);
}
