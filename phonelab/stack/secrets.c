/* The secrets of a stack: of the trunks, and certificates for the keepers and the console. */
#include "phonelab/stack/stack.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "cucm/certify.h"

#define PATH_ROOM   700
#define YEAR_S	    (365L * 24 * 3600)
#define TRUNK_BYTES 32

struct authority {
	EVP_PKEY *key;
	X509 *certificate;
};

static int openssl_fail(struct fail *fail, const char *what)
{
	char text[200] = "unknown error";
	unsigned long code = ERR_get_error();

	if (code)
		ERR_error_string_n(code, text, sizeof(text));
	return fail_set(fail, -EIO, "%s: %s", what, text);
}

static void path_of(const struct stack *stack, const char *name, char path[PATH_ROOM])
{
	snprintf(path, PATH_ROOM, "%.500s/secrets/%s", stack->directory, name);
}

/* A new file that only its owner may read. */
static FILE *create(const char *path, struct fail *fail)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	if (!file) {
		fail_set(fail, -errno, "%s: cannot be created: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
	}
	return file;
}

static int finish(FILE *file, const char *path, bool good, struct fail *fail)
{
	if (!fclose(file) && good)
		return 0;
	unlink(path);
	return good ? fail_set(fail, -EIO, "%s: cannot be written: %s", path, strerror(errno))
		    : openssl_fail(fail, path);
}

/* --- certificates --- */

/* A certificate of the key, by the authority, or by the key itself. Clocks of other machines may be slow. */
static X509 *make_certificate(const struct authority *authority, EVP_PKEY *key, const char *name)
{
	struct certify what = {.use = authority ? CERTIFY_SERVER : CERTIFY_ISSUER,
			       .common_name = name,
			       .organisation = "phonelab",
			       .begins = (int64_t)time(NULL) - 24 * 3600L};
	char alternative[300];

	what.ends = what.begins + 5 * YEAR_S;
	snprintf(alternative, sizeof(alternative), "DNS:%.200s", name);
	if (authority)
		what.alternative = alternative;
	if (!key || RAND_bytes(what.serial, sizeof(what.serial)) != 1)
		return NULL;
	return certify(&what, key, authority ? authority->certificate : NULL,
		       authority ? authority->key : NULL);
}

static bool write_key(FILE *file, EVP_PKEY *key)
{
	return PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1;
}

static int make_authority(const struct stack *stack, struct authority *authority, struct fail *fail)
{
	char key_path[PATH_ROOM], path[PATH_ROOM];
	FILE *file;
	int err;

	path_of(stack, "ca-key.pem", key_path);
	path_of(stack, "ca.pem", path);
	authority->key = EVP_EC_gen("P-256");
	authority->certificate = make_certificate(NULL, authority->key, "phonelab control plane");
	if (!authority->certificate)
		return openssl_fail(fail, "the CA of the control plane");
	file = create(key_path, fail);
	if (!file)
		return fail->err;
	err = finish(file, key_path, write_key(file, authority->key), fail);
	if (err)
		return err;
	file = create(path, fail);
	if (!file)
		return fail->err;
	return finish(file, path, PEM_write_X509(file, authority->certificate) == 1, fail);
}

/* The CA of an earlier run. */
static int read_authority(const struct stack *stack, struct authority *authority, struct fail *fail)
{
	char key_path[PATH_ROOM], path[PATH_ROOM];
	FILE *key, *certificate;

	path_of(stack, "ca-key.pem", key_path);
	path_of(stack, "ca.pem", path);
	key = fopen(key_path, "re");
	certificate = fopen(path, "re");
	if (key)
		authority->key = PEM_read_PrivateKey(key, NULL, NULL, NULL);
	if (certificate)
		authority->certificate = PEM_read_X509(certificate, NULL, NULL, NULL);
	if (key)
		fclose(key);
	if (certificate)
		fclose(certificate);
	if (authority->key && authority->certificate &&
	    X509_check_private_key(authority->certificate, authority->key) == 1)
		return 0;
	return fail_set(
	    fail, -EINVAL,
	    "%s and %s are not a CA and its key; remove the folder for new secrets, and the stack "
	    "before you deploy it again",
	    path, key_path);
}

static int make_member(const struct stack *stack, const struct authority *authority, const char *name,
		       struct fail *fail)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = make_certificate(authority, key, name);
	char file_name[100], path[PATH_ROOM];
	FILE *file = NULL;
	int err;

	snprintf(file_name, sizeof(file_name), "%s.pem", name);
	path_of(stack, file_name, path);
	if (!certificate)
		err = openssl_fail(fail, path);
	else if (!(file = create(path, fail)))
		err = fail->err;
	else
		err =
		    finish(file, path, PEM_write_X509(file, certificate) == 1 && write_key(file, key), fail);
	EVP_PKEY_free(key);
	X509_free(certificate);
	return err;
}

/* --- all of them --- */

static bool there(const struct stack *stack, const char *name)
{
	char path[PATH_ROOM];

	path_of(stack, name, path);
	return !access(path, F_OK);
}

static int make_trunk(const struct stack *stack, struct fail *fail)
{
	unsigned char bytes[TRUNK_BYTES];
	char path[PATH_ROOM];
	bool good = RAND_bytes(bytes, sizeof(bytes)) == 1;
	FILE *file;

	path_of(stack, "trunk", path);
	if (!good)
		return openssl_fail(fail, path);
	file = create(path, fail);
	if (!file)
		return fail->err;
	for (size_t i = 0; i < sizeof(bytes); i++)
		fprintf(file, "%02x", bytes[i]);
	return finish(file, path, true, fail);
}

static int make_members(const struct stack *stack, const struct authority *authority, struct fail *fail)
{
	const struct topology *topology = stack->topology;
	char name[72], file[100];
	int err = 0;

	for (size_t i = 0; i <= topology->closets.n && !err; i++) {
		if (i < topology->closets.n)
			snprintf(name, sizeof(name), "%s-keeper", topology->closets.items[i].name);
		else
			snprintf(name, sizeof(name), "console");
		snprintf(file, sizeof(file), "%s.pem", name);
		if (!there(stack, file))
			err = make_member(stack, authority, name, fail);
	}
	return err;
}

int stack_write_secrets(const struct stack *stack, struct fail *fail)
{
	struct authority authority = {0};
	char folder[PATH_ROOM];
	int err;

	snprintf(folder, sizeof(folder), "%.500s/secrets", stack->directory);
	err = file_make_directory(folder, fail);
	if (!err && chmod(folder, 0700))
		err = fail_set(fail, -errno, "%s: %s", folder, strerror(errno));
	if (!err && !there(stack, "trunk"))
		err = make_trunk(stack, fail);
	if (!err)
		err = there(stack, "ca.pem") || there(stack, "ca-key.pem")
			  ? read_authority(stack, &authority, fail)
			  : make_authority(stack, &authority, fail);
	if (!err)
		err = make_members(stack, &authority, fail);
	EVP_PKEY_free(authority.key);
	X509_free(authority.certificate);
	return err;
}
