#include "phone-sim/core/own_certificate.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/certificate.h"
#include "phone-sim/core/internal.h"

static void clear(struct own_certificate *own)
{
	free(own->certificate);
	if (own->key)
		OPENSSL_cleanse(own->key, own->key_length);
	free(own->key);
	memset(own, 0, sizeof(*own));
}

void own_clear(struct phone *phone)
{
	clear(&phone->own.lsc);
	clear(&phone->own.mic);
}

/* False if memory is short: the certificate that was kept stays. */
static bool keep(struct own_certificate *own, struct wire_slice certificate, struct wire_slice key)
{
	struct own_certificate copy = {0};

	if (certificate.length && key.length) {
		copy = (struct own_certificate){malloc(certificate.length), malloc(key.length),
						certificate.length, key.length};
		if (!copy.certificate || !copy.key) {
			free(copy.certificate);
			free(copy.key);
			return false;
		}
		memcpy(copy.certificate, certificate.data, certificate.length);
		memcpy(copy.key, key.data, key.length);
	}
	clear(own);
	*own = copy;
	return true;
}

bool own_load(struct phone *phone, const struct phone_event *event)
{
	return keep(&phone->own.lsc,
		    (struct wire_slice){event->flash.lsc, event->flash.lsc ? event->flash.lsc_length : 0},
		    (struct wire_slice){event->flash.lsc_key,
					event->flash.lsc_key ? event->flash.lsc_key_length : 0}) &&
	       keep(&phone->own.mic,
		    (struct wire_slice){event->flash.mic, event->flash.mic ? event->flash.mic_length : 0},
		    (struct wire_slice){event->flash.mic_key,
					event->flash.mic_key ? event->flash.mic_key_length : 0});
}

bool own_store_lsc(struct phone *phone, struct wire_slice certificate, struct wire_slice key)
{
	if (!keep(&phone->own.lsc, certificate, key))
		return false;
	phone_put_store(phone, "lsc-key", key.data, key.length);
	phone_put_store(phone, "lsc", certificate.data, certificate.length);
	return true;
}

void own_erase_lsc(struct phone *phone)
{
	clear(&phone->own.lsc);
	phone_put_store(phone, "lsc", (const uint8_t *)"", 0);
	phone_put_store(phone, "lsc-key", (const uint8_t *)"", 0);
}

const struct own_certificate *own_in_use(const struct phone *phone, const char **name)
{
	*name = phone->own.lsc.certificate ? "LSC" : "MIC";
	if (phone->own.lsc.certificate)
		return &phone->own.lsc;
	return phone->own.mic.certificate ? &phone->own.mic : NULL;
}

struct wire_slice own_der(const struct own_certificate *own)
{
	return (struct wire_slice){own->certificate, own->certificate_length};
}

struct wire_slice own_key(const struct own_certificate *own)
{
	return (struct wire_slice){own->key, own->key_length};
}

const struct own_certificate *own_with_hash(const struct phone *phone, const char *hash)
{
	const struct own_certificate *both[] = {&phone->own.lsc, &phone->own.mic};
	char own[CERTIFICATE_MD5];

	for (unsigned i = 0; i < 2; i++)
		if (both[i]->certificate && !strcasecmp(certificate_md5(own_der(both[i]), own), hash))
			return both[i];
	return NULL;
}
