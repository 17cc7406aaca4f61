#include "cucm/lsc.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cucm/name.h"

static void path_of(const char *directory, const char *device, char path[4096])
{
	snprintf(path, 4096, "%.3900s/keys/phones/%.40s.lsc.crt", directory, device);
}

int cucm_lsc_write(const char *directory, const char *device, const char *pem, struct fail *fail)
{
	BIO *memory = BIO_new_mem_buf(pem, -1);
	X509 *certificate = memory ? PEM_read_bio_X509(memory, NULL, NULL, NULL) : NULL;
	bool good = certificate && cucm_name_is_of(certificate, device, strlen(device));
	char path[4096];

	ERR_clear_error();
	X509_free(certificate);
	BIO_free(memory);
	if (!good)
		return fail_set(fail, -EINVAL, "found no certificate of %s", device);
	path_of(directory, device, path);
	return file_write_mode(path, pem, strlen(pem), 0644, fail);
}

int cucm_lsc_remove(const char *directory, const char *device, struct fail *fail)
{
	char path[4096];

	path_of(directory, device, path);
	if (!unlink(path) || errno == ENOENT)
		return 0;
	return fail_set(fail, -errno, "%s: %s", path, strerror(errno));
}
