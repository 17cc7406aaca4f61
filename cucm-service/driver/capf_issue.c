#include "cucm-service/driver/capf_issue.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#include "base/mac.h"
#include "cucm-service/driver/tls_context.h"
#include "cucm/certify.h"

#define DAY_S	    86400
#define CLOCK_SLACK DAY_S /* a phone's clock may be behind */
#define PART_MOST   130

/* --- reading --- */

static void keep_maker(void *arg, X509 *certificate)
{
	struct capf_authority *authority = arg;
	size_t *count = &authority->issuers.makers_count;

	if (*count < sizeof(authority->makers) / sizeof(authority->makers[0]) && X509_up_ref(certificate))
		authority->makers[(*count)++] = certificate;
}

static void keep_former(void *arg, X509 *certificate)
{
	struct capf_authority *authority = arg;
	size_t *count = &authority->issuers.formers_count;

	if (*count < sizeof(authority->formers) / sizeof(authority->formers[0]) && X509_up_ref(certificate))
		authority->formers[(*count)++] = certificate;
}

static void keep_capf(void *arg, X509 *certificate)
{
	struct capf_authority *authority = arg;

	if (!authority->issuers.capf && X509_up_ref(certificate))
		authority->issuers.capf = certificate;
}

int capf_authority_read(struct capf_authority *authority, const char *certificate, const char *key,
			const char *former, char *const *makers, size_t count, struct fail *fail)
{
	struct fail ignored;
	FILE *file;

	authority->issuers.makers = authority->makers;
	authority->issuers.formers = authority->formers;
	if (tls_context_read(certificate, keep_capf, authority, fail) < 0)
		return fail->err;
	for (size_t i = 0; i < count; i++)
		tls_context_read(makers[i], keep_maker, authority, &ignored);
	if (former)
		tls_context_read(former, keep_former, authority, &ignored);
	file = fopen(key, "re");
	if (!file)
		return fail_set(fail, -errno, "%s: %s", key, strerror(errno));
	authority->key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	fclose(file);
	ERR_clear_error();
	if (authority->issuers.capf && authority->key &&
	    X509_check_private_key(authority->issuers.capf, authority->key) == 1)
		return 0;
	ERR_clear_error();
	return fail_set(fail, -EBADMSG, "%s is not the certificate of %s", certificate, key);
}

void capf_authority_free(struct capf_authority *authority)
{
	X509_free(authority->issuers.capf);
	EVP_PKEY_free(authority->key);
	for (size_t i = 0; i < authority->issuers.makers_count; i++)
		X509_free(authority->makers[i]);
	for (size_t i = 0; i < authority->issuers.formers_count; i++)
		X509_free(authority->formers[i]);
}

/* --- issuing --- */

/* A part of the issuer's name, which the subject has too. NULL if it has none. */
static const char *part_of(X509 *issuer, int nid, char out[PART_MOST])
{
	return X509_NAME_get_text_by_NID(X509_get_subject_name(issuer), nid, out, PART_MOST) > 0 ? out : NULL;
}

static X509 *make(const struct capf_authority *authority, const char *device, const char *model,
		  EVP_PKEY *key, int64_t now)
{
	char common_name[80], serial_name[80], alternative[40], serial[MAC_SERIAL];
	char organisation[PART_MOST], unit[PART_MOST], country[PART_MOST];
	X509 *issuer = authority->issuers.capf;
	struct certify what = {.use = CERTIFY_PHONE,
			       .common_name = common_name,
			       .serial_name = serial_name,
			       .organisation = part_of(issuer, NID_organizationName, organisation),
			       .unit = part_of(issuer, NID_organizationalUnitName, unit),
			       .country = part_of(issuer, NID_countryName, country),
			       .alternative = alternative,
			       .begins = now - CLOCK_SLACK,
			       .ends = now + (int64_t)authority->days * DAY_S};
	struct mac mac;

	if (mac_parse_device(&mac, device) || RAND_bytes(what.serial, sizeof(what.serial)) != 1)
		return NULL;
	mac_serial(&mac, "FCH", serial);
	snprintf(common_name, sizeof(common_name), "CP-%.40s-%s", model, device);
	snprintf(serial_name, sizeof(serial_name), "PID:CP-%.40s SN:%s", model, serial);
	snprintf(alternative, sizeof(alternative), "URI:%s", device);
	return certify(&what, key, issuer, authority->key);
}

int capf_issue(const struct capf_authority *authority, const char *device, const char *model,
	       struct wire_slice key, int64_t now, uint8_t **der)
{
	const uint8_t *at = key.data;
	EVP_PKEY *public = d2i_PUBKEY(NULL, &at, (long)key.length);
	X509 *certificate = public ? make(authority, device, model, public, now) : NULL;
	int size = -EIO;

	*der = NULL;
	if (certificate)
		size = i2d_X509(certificate, der);
	ERR_clear_error();
	X509_free(certificate);
	EVP_PKEY_free(public);
	return size > 0 ? size : -EIO;
}
