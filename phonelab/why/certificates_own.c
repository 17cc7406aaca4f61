/* The certificate of the phone: its LSC, else its MIC. */
#include "phonelab/why/certificates_internal.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Has the trust store of the call manager a certificate of the issuer? One that cannot be read does not count. */
static bool knows_issuer(const struct certificates *of, const char *config, const struct one *own)
{
	char file[CERTIFICATE_PATH];
	size_t length;
	char *text =
	    certificates_configured(config, "ca_list", file) ? certificates_read(of, file, &length) : NULL;
	BIO *in = text ? BIO_new_mem_buf(text, (int)length) : NULL;
	bool knows = !in;
	X509 *one;

	while (in && (one = PEM_read_bio_X509(in, NULL, NULL, NULL))) {
		knows = knows || !X509_NAME_cmp(X509_get_subject_name(one), X509_get_issuer_name(own->x509));
		X509_free(one);
	}
	ERR_clear_error();
	BIO_free(in);
	free(text);
	return knows;
}

/* What the phone offers: its LSC, else its MIC. use gets which; false: neither. */
static bool read_own(const struct certificates *of, struct one *own, const char **use)
{
	char file[CERTIFICATE_PATH];

	*use = "LSC";
	snprintf(file, sizeof(file), "phones/flash/%s/files/lsc", of->it->name);
	if (certificates_read_one(of, file, own))
		return true;
	*use = "MIC";
	snprintf(file, sizeof(file), "keys/phones/%s.mic.pem", of->it->name);
	return certificates_read_one(of, file, own);
}

static void check_name(const struct certificates *of, const char *use, const struct one *own)
{
	size_t length = strlen(own->name), end = strlen(of->it->name);

	if (length >= end && !strcmp(own->name + length - end, of->it->name))
		return;
	certificates_put(of, "certificate.name_differs", of->it->name, use, own, "names another device");
}

static void put_issuer(const struct certificates *of, const char *use, const struct one *own,
		       const char *node)
{
	char issuer[CERTIFICATE_NAME_MOST] = "", text[400];
	json_t *fact;

	X509_NAME_get_text_by_NID(X509_get_issuer_name(own->x509), NID_commonName, issuer, sizeof(issuer));
	snprintf(text, sizeof(text), "was issued by %.150s, which is not in the trust store of %.60s", issuer,
		 node);
	fact = certificates_put(of, "certificate.issuer_unknown", of->it->name, use, own, text);
	fact_value(fact, "node", "%s", node);
	fact_value(fact, "issuer", "%s", issuer);
}

/* Private keys, and the MICs beside them, do not leave a closet: a console cannot know what its phones have. */
static bool has_keys(const struct certificates *of)
{
	size_t length;
	char *key = certificates_read(of, "keys/capf.key", &length);

	free(key);
	return key != NULL;
}

static void put_none(const struct certificates *of)
{
	char object[80];

	snprintf(object, sizeof(object), "phone %s", of->it->name);
	fact_add(of->facts, "certificate.none", object, of->it->step, "keys/phones",
		 "%s has neither an LSC in its flash nor a MIC in keys/phones", of->it->name);
}

void certificates_own(const struct certificates *of)
{
	const char *use;
	struct one own;

	if (!read_own(of, &own, &use)) {
		if (has_keys(of))
			put_none(of);
		return;
	}
	certificates_check_validity(of, of->it->name, use, &own);
	check_name(of, use, &own);
	certificates_free_one(&own);
}

void certificates_own_issuer(const struct certificates *of, const char *node, const char *config)
{
	const char *use;
	struct one own;

	if (!read_own(of, &own, &use))
		return;
	if (!knows_issuer(of, config, &own))
		put_issuer(of, use, &own, node);
	certificates_free_one(&own);
}
