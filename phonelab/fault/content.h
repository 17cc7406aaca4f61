#ifndef PHONELAB_FAULT_CONTENT_H
#define PHONELAB_FAULT_CONTENT_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/fail.h"

/* The content of one file in memory, and the ways in which a fault changes it. Functions return 0 or a negative errno
 * with the reason; path is the file that messages name. */
struct content {
	bool exists;
	mode_t mode;
	char *bytes;
	size_t length;
};

#define CONTENT_SIGNED ".sgn" /* FILE.sgn is the signed form of FILE */

/* When a certificate is valid. */
enum content_validity {
	CONTENT_VALID,	 /* since yesterday */
	CONTENT_EXPIRED, /* until yesterday */
	CONTENT_FUTURE,	 /* from tomorrow on */
};

/* Read a file into *content, whose bytes the caller frees. A missing file is legal. */
int content_read(const char *path, struct content *content, struct fail *fail);

/* Write the content to the file, or remove the file if the content does not exist. */
int content_write(const char *path, const struct content *content, struct fail *fail);

/* Replace the content by bytes, which content owns from now on; NULL is -ENOMEM. */
int content_set(struct content *content, char *bytes, size_t length, struct fail *fail);

/* Replace every match of an extended regular expression, applied per line. -ENOENT if nothing matches. */
int content_edit(struct content *content, const char *pattern, const char *with, const char *path,
		 struct fail *fail);

/* Replace the content by that of the file at path; -ENOENT if it is missing. */
int content_copy(struct content *content, const char *path, struct fail *fail);

/* Replace the content by the signed form of a file: path is the name of that file with CONTENT_SIGNED at its end. The
 * key is in directory/keys; -ENOENT if the key or the file is missing. */
int content_sign(struct content *content, const char *directory, const char *path, struct fail *fail);

/* --- content_certificate.c --- */

/* The certificate in PEM (behind a key or not) or DER; pem: which (may be NULL). Free with X509_free; NULL: none. */
X509 *content_certificate(const struct content *content, bool *pem);

/* The key of a certificate: NAME.key beside NAME.crt. Allocated; NULL with the reason. */
char *content_key_path(const char *path, struct fail *fail);

/* Issue the certificate (PEM or DER) again with another serial number and validity, signed by the key of the PEM file at key.
 * Its own key stays. */
int content_certify(struct content *content, const char *key, enum content_validity validity,
		    const char *path, struct fail *fail);

/* Does a trust list of the file servers (tftp/root in directory) have the certificate? */
bool content_is_listed(const char *directory, const struct content *certificate);

/* Sign the trust list with a new key of another cluster, whose record replaces that of the signer. */
int content_estrange(struct content *content, const char *path, struct fail *fail);

#endif
