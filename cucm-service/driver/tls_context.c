#include "cucm-service/driver/tls_context.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

/* 88xx phones of older loads offer AES256-SHA to TVS. */
static const char suites[] = "ECDHE+AESGCM:AES256-GCM-SHA384:AES128-GCM-SHA256:AES256-SHA:AES128-SHA";

/* What OpenSSL says of a file; the key itself is in no message. */
static SSL_CTX *failed(SSL_CTX *context, const char *path, struct fail *fail)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	fail_set(fail, -EBADMSG, "%s: cannot be used: %s", path, reason ? reason : "unknown error");
	SSL_CTX_free(context);
	return NULL;
}

static int accept_any(int good, X509_STORE_CTX *context)
{
	(void)good;
	X509_STORE_CTX_set_error(context, X509_V_OK);
	return 1;
}

SSL_CTX *tls_context(const char *certificate, const char *key, bool ask, struct fail *fail)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	if (!context || !SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) ||
	    !SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION) ||
	    SSL_CTX_set_cipher_list(context, suites) != 1)
		return failed(context, "TLS", fail);
	if (SSL_CTX_use_certificate_file(context, certificate, SSL_FILETYPE_PEM) != 1)
		return failed(context, certificate, fail);
	if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(context) != 1)
		return failed(context, key, fail);
	if (ask)
		SSL_CTX_set_verify(context, SSL_VERIFY_PEER, accept_any);
	return context;
}

void tls_context_peer(const SSL *tls, char *out, size_t size)
{
	X509 *certificate = SSL_get0_peer_certificate(tls);

	if (certificate)
		X509_NAME_oneline(X509_get_subject_name(certificate), out, (int)size);
	else
		snprintf(out, size, "none");
}

int tls_context_read(const char *path, void (*each)(void *arg, X509 *certificate), void *arg,
		     struct fail *fail)
{
	FILE *file = fopen(path, "re");
	X509 *certificate;
	int count = 0;

	if (!file)
		return fail_set(fail, -errno, "%s: %s", path, strerror(errno));
	while ((certificate = PEM_read_X509(file, NULL, NULL, NULL))) {
		each(arg, certificate);
		X509_free(certificate);
		count++;
	}
	ERR_clear_error();
	fclose(file);
	return count;
}
