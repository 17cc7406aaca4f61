/* The signatures of trust lists and signed files, checked by OpenSSL with the keys of the installed lists, else with the
 * certificate that TVS has sent. */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/certificate.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/register.h"
#include "phone-sim/core/signature.h"
#include "phone-sim/core/trust.h"
#include "phone-sim/core/tvs_client.h"

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
	const EVP_MD *digest = digest_of(header->digest);
	struct wire_slice part[2];

	if (!digest || !public_key.length || !header->signature.length)
		return false;
	trustlist_signed_bytes(header, bytes, length, part);
	return signature_verifies(digest, part, header->signature, public_key);
}

/* `trust.bad`: the phone does not trust a file. reason is a word for programs. Returns why. */
static const char *distrust(struct phone *phone, const char *file, const char *reason, const char *why)
{
	const struct phone_evidence evidence[] = {{"file", file}, {"reason", reason}};

	phone_report(phone, "trust.bad", evidence, 2, "%s: %s", file, why);
	return why;
}

/* --- TVS --- */

static void forget(struct phone *phone)
{
	free(phone->trust.check.bytes);
	phone->trust.check.bytes = NULL;
}

/* The header of the file that waits. False: it cannot be read (it could before). */
static bool waiting_header(const struct phone *phone, struct trustlist_header *header)
{
	const struct trust *trust = &phone->trust;
	struct wire_slice payload;
	struct trustlist list;

	if (trust->check.use == TRUST_FILE_SIGNER)
		return !sgn_decode(trust->check.bytes, trust->check.length, header, &payload, NULL);
	if (trustlist_decode(trust->check.bytes, trust->check.length, &list, NULL))
		return false;
	*header = list.header;
	return true;
}

/* NULL, or why the answer does not make the file trusted; *reason is then set. */
static const char *judge(struct phone *phone, const struct tvs_answer *answer, const char **reason)
{
	const struct trust *trust = &phone->trust;
	uint8_t key[CERTIFICATE_KEY_MAX];
	struct trustlist_header header;
	const char *wrong;
	bool role = false;

	*reason = "signer-unknown";
	if (answer->why)
		return answer->why;
	for (unsigned i = 0; i < answer->roles; i++)
		role = role || trust_use_allows(trust->check.use, answer->role[i]);
	*reason = "wrong-role";
	if (!role)
		return "TVS knows the signer, but not in that role";
	*reason = wrong = certificate_wrong(answer->certificate, phone_clock(phone));
	if (wrong)
		return "the certificate of the signer is not valid now";
	*reason = "damaged";
	if (!waiting_header(phone, &header) ||
	    !trust_verifies(&header, trust->check.bytes, trust->check.length,
			    certificate_public_key(answer->certificate, key)))
		return "the signature does not verify with the certificate of TVS";
	return NULL;
}

static void tvs_done(struct phone *phone, uint32_t context, const struct tvs_answer *answer)
{
	struct trust *trust = &phone->trust;
	const char *reason, *why = judge(phone, answer, &reason);
	struct wire_slice bytes = {trust->check.bytes, trust->check.length};
	uint8_t *owned = trust->check.bytes;
	char file[PHONE_NAME_MAX], text[320];

	(void)context;
	memcpy(file, trust->check.file, sizeof(file));
	trust->check.bytes = NULL;
	if (why) {
		snprintf(text, sizeof(text), "%s%s%.180s",
			 trust->check.use == TRUST_FILE_SIGNER
			     ? "the signature does not verify with any key of the trust list"
			     : "signed by a key that the installed list does not hold",
			 answer->nobody ? "" : ": ", answer->nobody ? "" : why);
		why = distrust(phone, file, reason, text);
	}
	trust->check.done(phone, file, bytes, why);
	free(owned);
}

/* No installed list has the signer: ask TVS. */
static void ask(struct phone *phone, enum trust_use use, const char *file, struct wire_slice bytes,
		const struct trustlist_header *header, trust_checked_fn *done)
{
	struct trust *trust = &phone->trust;

	trust_check_cancel(phone);
	trust->check.bytes = malloc(bytes.length);
	if (!trust->check.bytes) {
		done(phone, file, bytes, distrust(phone, file, "signer-unknown", "no memory"));
		return;
	}
	memcpy(trust->check.bytes, bytes.data, bytes.length);
	trust->check.length = bytes.length;
	trust->check.use = use;
	trust->check.done = done;
	snprintf(trust->check.file, sizeof(trust->check.file), "%s", file);
	tvs_ask_signer(phone, header->signer, header->issuer, header->serial, 0, tvs_done);
}

void trust_check_cancel(struct phone *phone)
{
	if (!phone->trust.check.bytes)
		return;
	tvs_cancel(phone, 0, tvs_done);
	forget(phone);
}

/* --- trust lists --- */

struct list_signer {
	struct wire_slice public_key;
	bool
	    ctl; /* of a CTL: only a SAST signs it. An ITL is signed by the call manager of the TFTP service too */
};

static bool is_signer(const struct trustlist_record *record, const void *arg)
{
	const struct list_signer *signer = arg;

	return (record->role == TRUSTLIST_SAST || (!signer->ctl && record->role == TRUSTLIST_CCM_TFTP)) &&
	       wire_slice_equal(record->public_key, signer->public_key);
}

/* Do the installed lists restrict the next one? Not an ITL without records of TVS and TFTP, which a cluster serves when it is
 * prepared for a rollback to a release without trust lists. */
static bool is_bound(const struct phone *phone)
{
	return phone->trust.ctl || trust_signs(phone) || trust_names(phone, TRUST_TVS_SERVER);
}

/* NULL, or the reason why the certificate of a record is not valid now; a record may have no certificate. */
static const char *record_wrong(const struct phone *phone, const struct trustlist_record *record)
{
	return record->certificate.length ? certificate_wrong(record->certificate, phone_clock(phone)) : NULL;
}

void trust_check_list(struct phone *phone, bool ctl, const char *file, struct wire_slice bytes,
		      trust_checked_fn *done)
{
	struct list_signer wanted = {.ctl = ctl};
	const struct trustlist_record *signer, *known;
	struct trustlist list, installed;
	struct wire_error error;
	const char *which, *wrong;
	char why[160];

	if (trustlist_decode(bytes.data, bytes.length, &list, &error)) {
		snprintf(why, sizeof(why), "not a trust list: %s at byte %zu", error.what, error.offset);
		done(phone, file, bytes, distrust(phone, file, "malformed", why));
		return;
	}
	signer = trustlist_signer(&list);
	if (!signer) {
		done(phone, file, bytes, distrust(phone, file, "no-signer", "no SAST record for its signer"));
		return;
	}
	if (!trust_verifies(&list.header, bytes.data, bytes.length, signer->public_key)) {
		done(phone, file, bytes, distrust(phone, file, "damaged", "the signature does not verify"));
		return;
	}
	if (!is_bound(phone)) {
		done(phone, file, bytes, NULL); /* trust on first use */
		return;
	}
	wanted.public_key = signer->public_key;
	known = trust_find(phone, &installed, &which, is_signer, &wanted);
	if (!known) {
		ask(phone, TRUST_LIST_SIGNER, file, bytes, &list.header, done);
		return;
	}
	wrong = record_wrong(phone, known);
	if (wrong)
		wrong = distrust(phone, file, wrong, "the certificate of the signer is not valid now");
	done(phone, file, bytes, wrong);
}

/* --- signed files --- */

/* Files are signed by the TFTP service: only the key of a record with its role counts. */
struct signed_file {
	const struct trustlist_header *header;
	struct wire_slice bytes;
};

static bool has_signed(const struct trustlist_record *record, const void *arg)
{
	const struct signed_file *file = arg;

	return trustlist_signs_files(record) &&
	       trust_verifies(file->header, file->bytes.data, file->bytes.length, record->public_key);
}

/* A record of that signer that signs files. */
static bool names_signer(const struct trustlist_record *record, const void *arg)
{
	const struct signed_file *file = arg;

	return trustlist_signs_files(record) && !strcmp(record->subject, file->header->signer) &&
	       wire_slice_equal(record->serial, file->header->serial);
}

void trust_check_signed(struct phone *phone, const char *file, struct wire_slice bytes,
			trust_checked_fn *done)
{
	struct trustlist_header header;
	const struct signed_file it = {&header, bytes};
	const struct trustlist_record *known;
	struct trustlist installed;
	struct wire_slice payload;
	const char *which, *wrong = NULL;

	if (sgn_decode(bytes.data, bytes.length, &header, &payload, NULL)) {
		done(phone, file, bytes, distrust(phone, file, "unsigned", "not a signed file"));
		return;
	}
	known = trust_find(phone, &installed, &which, has_signed, &it);
	if (known) {
		wrong = record_wrong(phone, known);
		if (wrong)
			wrong =
			    distrust(phone, file, wrong, "the certificate of the signer is not valid now");
	} else if (trust_find(phone, &installed, &which, names_signer, &it)) {
		wrong = distrust(phone, file, "damaged",
				 "the signature does not verify with any key of the trust list");
	} else {
		ask(phone, TRUST_FILE_SIGNER, file, bytes, &header, done);
		return;
	}
	done(phone, file, bytes, wrong);
}
