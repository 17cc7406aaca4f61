/* Steps 5 and 6: the trust lists. OpenSSL checks signatures with the key of the signer's record. */
#include "phone-sim/core/trust.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/cm.h"
#include "phone-sim/core/fetch.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/step_runner.h"
#include "wire/trustlist.h"

/* --- what is installed --- */

static void keep(uint8_t **kept, size_t *kept_length, const uint8_t *bytes, size_t length)
{
	uint8_t *copy = NULL;

	if (bytes && length && length <= TRUST_FILE_MAX) {
		copy = malloc(length);
		if (copy)
			memcpy(copy, bytes, length);
	}
	free(*kept);
	*kept = copy;
	*kept_length = copy ? length : 0;
}

void trust_clear(struct phone *phone)
{
	keep(&phone->trust.itl, &phone->trust.itl_length, NULL, 0);
	keep(&phone->trust.ctl, &phone->trust.ctl_length, NULL, 0);
}

void trust_load(struct phone *phone, const struct phone_event *event)
{
	struct trustlist list;

	trust_clear(phone);
	/* A damaged list counts as none. */
	if (event->flash.itl && !trustlist_decode(event->flash.itl, event->flash.itl_length, &list, NULL))
		keep(&phone->trust.itl, &phone->trust.itl_length, event->flash.itl, event->flash.itl_length);
	if (event->flash.ctl && !trustlist_decode(event->flash.ctl, event->flash.ctl_length, &list, NULL))
		keep(&phone->trust.ctl, &phone->trust.ctl_length, event->flash.ctl, event->flash.ctl_length);
}

static void store(struct phone *phone, const char *name, const uint8_t *bytes, size_t length)
{
	const uint8_t *kept = phone_keep(phone, bytes, length);
	struct phone_action *action = kept ? phone_put(phone, PHONE_DO_STORE) : NULL;

	if (!action)
		return;
	action->store.name = name;
	action->store.bytes = kept;
	action->store.length = length;
}

void trust_erase(struct phone *phone)
{
	phone_message(phone, "Erasing CTL and ITL files");
	trust_clear(phone);
	store(phone, "itl", (const uint8_t *)"", 0);
	store(phone, "ctl", (const uint8_t *)"", 0);
}

bool trust_installed(const struct phone *phone)
{
	return phone->trust.itl || phone->trust.ctl;
}

/* --- signatures --- */

static const EVP_MD *digest_of(enum trustlist_digest digest)
{
	switch (digest) {
	case TRUSTLIST_SHA1: return EVP_sha1();
	case TRUSTLIST_SHA256: return EVP_sha256();
	case TRUSTLIST_SHA512: return EVP_sha512();
	}
	return NULL;
}

bool trust_verifies(const struct trustlist_header *header, const uint8_t *bytes, size_t length,
		    struct wire_slice public_key)
{
	const uint8_t *at = public_key.data;
	const EVP_MD *digest = digest_of(header->digest);
	EVP_PKEY *key = NULL;
	EVP_MD_CTX *context = NULL;
	struct wire_slice part[2];
	bool good = false;

	if (!digest || !public_key.length || !header->signature.length)
		return false;
	key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)public_key.length);
	context = EVP_MD_CTX_new();
	if (!key || !context || EVP_DigestVerifyInit(context, NULL, digest, NULL, key) != 1)
		goto out;
	trustlist_signed_bytes(header, bytes, length, part);
	if (EVP_DigestVerifyUpdate(context, part[0].data, part[0].length) != 1 ||
	    EVP_DigestVerifyUpdate(context, part[1].data, part[1].length) != 1)
		goto out;
	good = EVP_DigestVerifyFinal(context, header->signature.data, header->signature.length) == 1;
out:
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	return good;
}

/* Does an installed list have a SAST record with this key? */
static bool holds_signer(const uint8_t *bytes, size_t length, struct wire_slice public_key)
{
	struct trustlist list;

	if (!bytes || trustlist_decode(bytes, length, &list, NULL))
		return false;
	for (unsigned i = 0; i < list.records; i++)
		if (list.record[i].role == TRUSTLIST_SAST &&
		    wire_slice_equal(list.record[i].public_key, public_key))
			return true;
	return false;
}

/* `trust.bad`: the phone does not trust a file. reason is a word for programs. Returns why. */
static const char *distrust(struct phone *phone, const char *file, const char *reason, const char *why)
{
	const struct phone_evidence evidence[] = {{"file", file}, {"reason", reason}};

	phone_report(phone, "trust.bad", evidence, 2, "%s: %s", file, why);
	return why;
}

/* NULL if the list can be trusted, else why not. The key of its own SAST record must verify its signature; if
 * a list is installed, CTL or ITL, that key must be in it (trust on first use). */
static const char *check_list(struct phone *phone, const char *file, const uint8_t *bytes, size_t length)
{
	static _Thread_local char why[160];
	const struct trust *trust = &phone->trust;
	struct trustlist list;
	struct wire_error error;
	const struct trustlist_record *signer;

	if (trustlist_decode(bytes, length, &list, &error)) {
		snprintf(why, sizeof(why), "not a trust list: %s at byte %zu", error.what, error.offset);
		return distrust(phone, file, "malformed", why);
	}
	signer = trustlist_signer(&list);
	if (!signer)
		return distrust(phone, file, "no-signer", "no SAST record for its signer");
	if (!trust_verifies(&list.header, bytes, length, signer->public_key))
		return distrust(phone, file, "damaged", "the signature does not verify");
	if (!trust_installed(phone) || holds_signer(trust->ctl, trust->ctl_length, signer->public_key) ||
	    holds_signer(trust->itl, trust->itl_length, signer->public_key))
		return NULL;
	return distrust(phone, file, "signer-unknown",
			"signed by a key that the installed list does not hold");
}

static bool list_signs(const uint8_t *bytes, size_t length)
{
	struct trustlist list;

	if (!bytes || trustlist_decode(bytes, length, &list, NULL))
		return false;
	for (unsigned i = 0; i < list.records; i++)
		if (trustlist_signs_files(&list.record[i]))
			return true;
	return false;
}

bool trust_signs(const struct phone *phone)
{
	const struct trust *trust = &phone->trust;

	return list_signs(trust->ctl, trust->ctl_length) || list_signs(trust->itl, trust->itl_length);
}

/* Files are signed by the TFTP service: only the key of a record with its role counts. */
static const char *check_with(const uint8_t *list_bytes, size_t list_length,
			      const struct trustlist_header *header, const uint8_t *bytes, size_t length)
{
	struct trustlist list;

	if (!list_bytes || trustlist_decode(list_bytes, list_length, &list, NULL))
		return "no trust list";
	for (unsigned i = 0; i < list.records; i++) {
		const struct trustlist_record *record = &list.record[i];

		if (trustlist_signs_files(record) &&
		    trust_verifies(header, bytes, length, record->public_key))
			return NULL;
	}
	return "the signature does not verify with any key of the trust list";
}

/* Does a list have a record of that signer that signs files? */
static bool knows_signer(const uint8_t *bytes, size_t length, const struct trustlist_header *header)
{
	struct trustlist list;

	if (!bytes || trustlist_decode(bytes, length, &list, NULL))
		return false;
	for (unsigned i = 0; i < list.records; i++)
		if (trustlist_signs_files(&list.record[i]) &&
		    !strcmp(list.record[i].subject, header->signer) &&
		    wire_slice_equal(list.record[i].serial, header->serial))
			return true;
	return false;
}

const char *trust_check_signed(struct phone *phone, const char *file, const uint8_t *bytes, size_t length,
			       struct wire_slice *payload)
{
	const struct trust *trust = &phone->trust;
	struct trustlist_header header;
	const char *why;

	*payload = (struct wire_slice){bytes, 0};
	if (sgn_decode(bytes, length, &header, payload, NULL))
		return distrust(phone, file, "unsigned", "not a signed file");
	why = check_with(trust->ctl, trust->ctl_length, &header, bytes, length);
	if (why)
		why = check_with(trust->itl, trust->itl_length, &header, bytes, length);
	if (!why)
		return NULL;
	return distrust(phone, file,
			knows_signer(trust->ctl, trust->ctl_length, &header) ||
				knows_signer(trust->itl, trust->itl_length, &header)
			    ? "damaged"
			    : "signer-unknown",
			why);
}

/* --- step 5 --- */

static void ctl_done(struct phone *phone, const struct file_result *result)
{
	const char *why;

	switch (result->status) {
	case FILE_NOT_FOUND:
		phone_step_done(phone, "404 Not Found: expected, the cluster is not in mixed mode");
		return;
	case FILE_FAILED: phone_step_failed(phone, "%s", result->detail); return;
	case FILE_OK: break;
	}
	why = check_list(phone, result->file, result->bytes, result->length);
	if (why) {
		phone_message(phone, "CTL update failed");
		phone_step_failed(phone, "%s: %s", result->file, why);
		return;
	}
	if (phone->trust.ctl_length != result->length ||
	    memcmp(phone->trust.ctl, result->bytes, result->length)) {
		keep(&phone->trust.ctl, &phone->trust.ctl_length, result->bytes, result->length);
		store(phone, "ctl", result->bytes, result->length);
		phone_message(phone, "CTL Installed");
	}
	phone_step_done(phone, "%s installed: the cluster is in mixed mode", result->file);
}

void ctl_enter(struct phone *phone)
{
	char file[PHONE_NAME_MAX];

	if (!phone->healing) {
		cm_drop_all(phone, "restart", false);
		continued_clear(phone, LADDER_CTL);
	}
	snprintf(file, sizeof(file), "CTL%s.tlv", phone->name);
	file_get(phone, file, TRUST_FILE_MAX, ctl_done);
}

/* --- step 6 --- */

static void itl_done(struct phone *phone, const struct file_result *result)
{
	bool had = phone->trust.itl != NULL;
	const char *why;

	switch (result->status) {
	case FILE_NOT_FOUND:
		if (!strncmp(result->file, "ITLSEP", 6)) {
			file_get(phone, "ITLFile.tlv", TRUST_FILE_MAX, itl_done);
			return;
		}
		phone_message(phone, trust_installed(phone) ? "ITL installed" : "No Trust List Installed");
		phone_step_done(phone, had ? "404 Not Found: the installed list stays"
					   : "404 Not Found: no trust list");
		return;
	case FILE_FAILED: phone_step_failed(phone, "%s", result->detail); return;
	case FILE_OK: break;
	}
	why = check_list(phone, result->file, result->bytes, result->length);
	if (why) {
		phone_message(phone, "Trust List update failed");
		phone_console(phone, "ERR SECUREAPP-%s refused: %s", result->file, why);
		phone_step_failed(phone, "Trust List update failed: %s: %s", result->file, why);
		return;
	}
	phone_console(phone, "NOT SECUREAPP-Hashes match... authentication successful.");
	if (had && phone->trust.itl_length == result->length &&
	    !memcmp(phone->trust.itl, result->bytes, result->length)) {
		phone_step_done(phone, "%s verified, unchanged", result->file);
		return;
	}
	keep(&phone->trust.itl, &phone->trust.itl_length, result->bytes, result->length);
	store(phone, "itl", result->bytes, result->length);
	phone_message(phone, had		? "Trust List updated"
			     : phone->trust.ctl ? "CTL and ITL installed"
						: "ITL installed");
	phone_step_done(phone, "%s verified and %s", result->file, had ? "updated" : "installed");
}

void itl_enter(struct phone *phone)
{
	char file[PHONE_NAME_MAX];

	snprintf(file, sizeof(file), "ITL%s.tlv", phone->name);
	file_get(phone, file, TRUST_FILE_MAX, itl_done);
}
