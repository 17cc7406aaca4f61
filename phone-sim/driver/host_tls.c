/* The certificates of a phone, and the keys that it makes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>

#include "phone-sim/driver/host_internal.h"
#include "phone-sim/driver/tls_shared.h"

/* --- certificates --- */

/* The LSC that the phone already has when the lab begins. */
static int install(struct host *host, const char *path, struct fail *fail)
{
	struct tls_identity *identity;
	uint8_t *certificate, *key;
	size_t certificate_length, key_length;
	int err;

	err = tls_identity_read(&identity, path, fail);
	if (err)
		return err;
	certificate = tls_identity_certificate(identity, &certificate_length);
	key = tls_identity_key(identity, &key_length);
	tls_identity_free(identity);
	err = certificate && key ? 0 : fail_set(fail, -ENOMEM, "%s: out of memory", path);
	if (!err)
		err = flash_file_write(host->flash, "lsc", certificate, certificate_length, fail);
	if (!err)
		err = flash_file_write(host->flash, "lsc-key", key, key_length, fail);
	OPENSSL_free(certificate);
	OPENSSL_clear_free(key, key_length);
	return err;
}

int host_certificates_begin(struct host *host, const struct rack_phone *phone, struct fail *fail)
{
	int err = 0;

	if (phone->mic && !(host->certificates.mic_path = strdup(phone->mic)))
		return fail_set(fail, -ENOMEM, "%s: out of memory", host->name);
	if (phone->lsc && flash_is_new(host->flash))
		err = install(host, phone->lsc, fail);
	return err ? fail_prefix(fail, err, "%s: key \"lsc\"", host->name) : 0;
}

void host_certificates_free(struct host *host)
{
	struct host_certificates *certificates = &host->certificates;

	host_cancel_key(host, 0);
	tls_identity_free(certificates->mic);
	tls_identity_free(certificates->lsc);
	tls_sessions_free(certificates->sessions);
	free(certificates->mic_path);
}

const struct tls_identity *host_mic(struct host *host)
{
	struct host_certificates *certificates = &host->certificates;
	struct fail fail = {0};
	int err = 0;

	if (certificates->mic_path && !certificates->mic_read)
		err = tls_identity_read(&certificates->mic, certificates->mic_path, &fail);
	if (err)
		host_say(host, 2, "flash.error", fail.text, NULL);
	certificates->mic_read = !fail_is_shortage(err); /* or it is read when it is needed next */
	return certificates->mic;
}

static void read_lsc(struct host *host)
{
	struct fail fail = {0};
	uint8_t *certificate = NULL, *key = NULL;
	size_t certificate_length = 0, key_length = 0;

	if (flash_file_read(host->flash, "lsc", &certificate, &certificate_length, &fail))
		return;
	if (flash_file_read(host->flash, "lsc-key", &key, &key_length, &fail) ||
	    tls_identity_decode(&host->certificates.lsc, "lsc", certificate, certificate_length, key,
				key_length, &fail))
		host_say(host, 2, "flash.error", fail.text, NULL);
	free(certificate);
	OPENSSL_clear_free(key, key_length);
}

const struct tls_identity *host_identity(struct host *host)
{
	struct host_certificates *certificates = &host->certificates;

	if (!certificates->lsc_read) {
		certificates->lsc_read = true;
		read_lsc(host);
	}
	return certificates->lsc ? certificates->lsc : host_mic(host);
}

static bool same_certificate(const struct tls_identity *one, const struct tls_identity *other)
{
	size_t length[2] = {0, 0};
	uint8_t *der[2] = {one ? tls_identity_certificate(one, &length[0]) : NULL,
			   other ? tls_identity_certificate(other, &length[1]) : NULL};
	bool same = length[0] == length[1] && (!length[0] || !memcmp(der[0], der[1], length[0]));

	OPENSSL_free(der[0]);
	OPENSSL_free(der[1]);
	return same;
}

void host_read_certificates(struct host *host)
{
	struct host_certificates *certificates = &host->certificates;
	struct tls_identity *mic = certificates->mic, *lsc = certificates->lsc;
	bool used = certificates->lsc_read || certificates->mic_read;

	certificates->mic = certificates->lsc = NULL;
	certificates->mic_read = certificates->lsc_read = false;
	host_identity(host);
	/* A session is resumed without a certificate: it belongs to the one with which it began. */
	if (used && certificates->sessions && !same_certificate(lsc ? lsc : mic, host_identity(host)))
		tls_sessions_clear(certificates->sessions);
	tls_identity_free(mic);
	tls_identity_free(lsc);
}

void host_stored(struct host *host, const char *name)
{
	if (strcmp(name, "lsc") != 0 && strcmp(name, "lsc-key") != 0)
		return;
	tls_identity_free(host->certificates.lsc);
	host->certificates.lsc = NULL;
	host->certificates.lsc_read = false;
	tls_sessions_clear(host->certificates.sessions);
}

struct tls_sessions *host_sessions(struct host *host)
{
	if (!host->certificates.sessions)
		host->certificates.sessions = tls_sessions_new();
	return host->certificates.sessions;
}

/* --- keys --- */

static void on_made(void *arg, struct key_job *job, const struct key_pair *pair)
{
	struct host_key *key = arg;
	const struct phone_event event = {
	    .kind = PHONE_KEY_MADE,
	    .key = {key->id, pair->key, pair->length, pair->public_key, pair->public_length}};

	(void)job;
	key->job = NULL;
	host_handle(key->host, &event);
}

void host_make_key(struct host *host, const struct phone_action *action)
{
	const struct phone_event failed = {.kind = PHONE_KEY_MADE, .key = {.id = action->make_key.id}};
	struct fail fail = {0};

	for (unsigned i = 0; i < HOST_KEYS; i++) {
		struct host_key *key = &host->certificates.key[i];

		if (key->job)
			continue;
		key->host = host;
		key->id = action->make_key.id;
		if (key_maker_start(host->shared.keys, &key->job, action->make_key.type,
				    action->make_key.bits, on_made, key, &fail))
			break;
		return;
	}
	host_handle(host, &failed);
}

void host_cancel_key(struct host *host, uint32_t id)
{
	for (unsigned i = 0; i < HOST_KEYS; i++) {
		struct host_key *key = &host->certificates.key[i];

		if (!key->job || (id && key->id != id))
			continue;
		key_job_cancel(key->job);
		key->job = NULL;
	}
}
