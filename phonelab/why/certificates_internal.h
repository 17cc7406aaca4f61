#ifndef PHONELAB_WHY_CERTIFICATES_INTERNAL_H
#define PHONELAB_WHY_CERTIFICATES_INTERNAL_H

#include <openssl/x509.h>

#include "phonelab/why/certificates.h"
#include "phonelab/why/fact.h"

/* Only for certificates*.c. */
#define CERTIFICATE_PATH      600
#define CERTIFICATE_NAME_MOST 160

/* The certificates of one phone's case. */
struct certificates {
	const struct why_case *it;
	json_t *facts;
	struct {
		char *bytes;
		size_t length;
	} list[2]; /* CTL and ITL, as installed, else as served; bytes NULL: there is none */
};

/* A certificate in a file. */
struct one {
	X509 *x509;
	unsigned char *der;
	int length;
	char file[CERTIFICATE_PATH];	  /* below the run directory: "keys/cucm-pub/callmanager.crt" */
	char name[CERTIFICATE_NAME_MOST]; /* CN */
};

/* A file below the run directory; NULL if it cannot be read. The caller frees it. */
char *certificates_read(const struct certificates *of, const char *file, size_t *length);

/* The first certificate of a file, PEM or DER. False: none. Release it with certificates_free_one. */
bool certificates_read_one(const struct certificates *of, const char *file, struct one *one);
void certificates_free_one(struct one *one);

/* The file that a line of tls.cfg names, below the run directory: "certificate = PATH". False: no such line. */
bool certificates_configured(const char *config, const char *key, char file[CERTIFICATE_PATH]);

/* A fact about the certificate of owner; use: what for; text: what is so. */
json_t *certificates_put(const struct certificates *of, const char *fact_name, const char *owner,
			 const char *use, const struct one *one, const char *text);

/* certificate.expired or certificate.future, if it is so. */
void certificates_check_validity(const struct certificates *of, const char *owner, const char *use,
				 const struct one *one);

/* --- certificates_own.c --- */

/* The certificate of the phone: is there one, is it valid, and does it name the phone? */
void certificates_own(const struct certificates *of);

/* Does the call manager with that tls.cfg know its issuer? */
void certificates_own_issuer(const struct certificates *of, const char *node, const char *config);

#endif
