/* The action `sign`: FILE.sgn is FILE, signed with the key of the lab; reverting restores both files. The action `certify`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "cucm/keys.h"
#include "phonelab/fault/content.h"
#include "phonelab/fault/files.h"
#include "phonelab/fault/integrity.h"
#include "wire/trustlist.h"

struct scratch {
	char directory[64];
	struct fault_files *files;
	json_t *vars;
	struct fail fail;
};

static const char *path_of(const struct scratch *scratch, const char *name)
{
	static char path[200];

	snprintf(path, sizeof(path), "%s/%s", scratch->directory, name);
	return path;
}

static void put(struct scratch *scratch, const char *name, const char *text)
{
	assert_int_equal(file_write(path_of(scratch, name), text, strlen(text), &scratch->fail), 0);
}

static void contains(struct scratch *scratch, const char *name, const char *text)
{
	char *found;
	size_t length;

	if (file_read(path_of(scratch, name), 10000, &found, &length, &scratch->fail))
		fail_msg("%s", scratch->fail.text);
	assert_string_equal(found, text);
	free(found);
}

/* NAME.sgn has a right signature, its own name, and this content. */
static void signs(struct scratch *scratch, const char *name, const char *text)
{
	struct trustlist_header header;
	struct wire_slice payload;
	char certificate[200], path[200], *found;
	size_t length;

	snprintf(path, sizeof(path), "%s/%s.sgn", scratch->directory, name);
	snprintf(certificate, sizeof(certificate), "%s/keys/signer.crt", scratch->directory);
	assert_true(fault_signature_right(path, certificate));
	assert_int_equal(file_read(path, 100000, &found, &length, &scratch->fail), 0);
	assert_int_equal(sgn_decode(found, length, &header, &payload, NULL), 0);
	assert_string_equal(header.file_name, strrchr(path, '/') + 1);
	assert_int_equal(payload.length, strlen(text));
	assert_memory_equal(payload.data, text, payload.length);
	free(found);
}

static int does(struct scratch *scratch, long owner, struct fault_action action)
{
	scratch->fail = (struct fail){0};
	return fault_files_do(scratch->files, owner, &action, scratch->vars, &scratch->fail);
}

static void undo(struct scratch *scratch, long owner)
{
	if (fault_files_undo(scratch->files, owner, &scratch->fail))
		fail_msg("%s", scratch->fail.text);
}

static const struct fault_action sign_it = {.what = FAULT_DO_SIGN, .file = "a.xml"};

static int begin(void **state)
{
	struct scratch *scratch = calloc(1, sizeof(*scratch));
	struct cucm_keys *keys;

	strcpy(scratch->directory, "/tmp/fault-sign-XXXXXX");
	if (!mkdtemp(scratch->directory) ||
	    cucm_keys_open(&keys, scratch->directory, "cucm.lab", &scratch->fail))
		return -1;
	cucm_keys_close(keys);
	scratch->files = fault_files_new(scratch->directory);
	scratch->vars = json_object();
	*state = scratch;
	return 0;
}

static int end(void **state)
{
	static const char *const names[] = {"a.xml",
					    "a.xml.sgn",
					    "b.xml",
					    "b.xml.sgn",
					    "keys/signer.key",
					    "keys/signer.crt",
					    "tftp/root/ITLFile.tlv"};
	struct scratch *scratch = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(path_of(scratch, names[i]));
	rmdir(path_of(scratch, "keys"));
	rmdir(path_of(scratch, "tftp/root"));
	rmdir(path_of(scratch, "tftp"));
	rmdir(scratch->directory);
	fault_files_free(scratch->files);
	json_decref(scratch->vars);
	free(scratch);
	return 0;
}

static X509 *certificate_of(struct scratch *scratch)
{
	FILE *in = fopen(path_of(scratch, "keys/signer.crt"), "re");
	X509 *certificate = in ? PEM_read_X509(in, NULL, NULL, NULL) : NULL;

	assert_non_null(certificate);
	fclose(in);
	return certificate;
}

static void write_certificate(struct scratch *scratch, X509 *certificate)
{
	FILE *out = fopen(path_of(scratch, "keys/signer.crt"), "we");

	assert_non_null(out);
	assert_int_equal(PEM_write_X509(out, certificate), 1);
	fclose(out);
}

/* A certificate that is issued again has another validity and serial number, the same key, and a right signature. */
static void test_issued_again(void **state)
{
	static const struct {
		int validity, ends, begins; /* the signs of the comparisons with now */
	} rows[] = {{CONTENT_VALID, 1, -1}, {CONTENT_EXPIRED, -1, -1}, {CONTENT_FUTURE, 1, 1}};
	struct scratch *scratch = *state;
	X509 *before = certificate_of(scratch), *now;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct fault_action action = {
		    .what = FAULT_DO_CERTIFY, .file = "keys/signer.crt", .validity = rows[i].validity};

		assert_int_equal(does(scratch, 1, action), 0);
		now = certificate_of(scratch);
		assert_int_equal(X509_cmp_current_time(X509_get0_notAfter(now)), rows[i].ends);
		assert_int_equal(X509_cmp_current_time(X509_get0_notBefore(now)), rows[i].begins);
		assert_int_not_equal(
		    ASN1_INTEGER_cmp(X509_get0_serialNumber(now), X509_get0_serialNumber(before)), 0);
		assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(now), X509_get0_pubkey(before)), 1);
		assert_int_equal(X509_verify(now, X509_get0_pubkey(before)), 1);
		X509_free(now);
		undo(scratch, 1);
		now = certificate_of(scratch);
		assert_int_equal(X509_cmp(now, before), 0);
		X509_free(now);
	}
	X509_free(before);
}

/* A certificate that was renewed after the fault stays, and so does one that was put into a trust list. */
static void test_repaired(void **state)
{
	const struct fault_action action = {
	    .what = FAULT_DO_CERTIFY, .file = "keys/signer.crt", .validity = CONTENT_EXPIRED};
	struct scratch *scratch = *state;
	X509 *before = certificate_of(scratch), *faulty, *now;
	unsigned char *der = NULL;
	int length;

	assert_int_equal(does(scratch, 1, action), 0);
	assert_int_equal(unlink(path_of(scratch, "keys/signer.crt")), 0);
	put(scratch, "keys/signer.crt", "renewed");
	undo(scratch, 1);
	contains(scratch, "keys/signer.crt", "renewed");

	write_certificate(scratch, before);
	assert_int_equal(does(scratch, 1, action), 0);
	faulty = certificate_of(scratch);
	length = i2d_X509(faulty, &der);
	assert_true(length > 0);
	assert_int_equal(mkdir(path_of(scratch, "tftp"), 0700), 0);
	assert_int_equal(mkdir(path_of(scratch, "tftp/root"), 0700), 0);
	assert_int_equal(
	    file_write(path_of(scratch, "tftp/root/ITLFile.tlv"), der, (size_t)length, &scratch->fail), 0);
	undo(scratch, 1);
	now = certificate_of(scratch);
	assert_int_equal(X509_cmp(now, faulty), 0);
	X509_free(now);

	/* A list without it: the former certificate comes back. */
	write_certificate(scratch, before);
	assert_int_equal(does(scratch, 1, action), 0);
	undo(scratch, 1);
	now = certificate_of(scratch);
	assert_int_equal(X509_cmp(now, before), 0);
	X509_free(now);
	OPENSSL_free(der);
	X509_free(faulty);
	X509_free(before);
}

/* What cannot be issued again: the file stays as it is. */
static void test_not_issued(void **state)
{
	struct scratch *scratch = *state;
	struct fault_action action = {.what = FAULT_DO_CERTIFY, .file = "a.xml", .validity = CONTENT_VALID};

	put(scratch, "a.xml", "no certificate");
	assert_int_equal(does(scratch, 1, action), -EINVAL); /* no key beside it */
	action.from = "keys/signer.key";
	assert_int_equal(does(scratch, 1, action), -EBADMSG);
	contains(scratch, "a.xml", "no certificate");
	action.file = "keys/signer.crt";
	action.from = "a.xml";
	assert_int_equal(does(scratch, 1, action), -ENOENT);
	action.what = FAULT_DO_ESTRANGE;
	action.file = "a.xml";
	assert_int_equal(does(scratch, 1, action), -EBADMSG);
	contains(scratch, "a.xml", "no certificate");
	undo(scratch, 1);
}

static void test_signed_and_restored(void **state)
{
	struct scratch *scratch = *state;
	const struct fault_action edit = {
	    .what = FAULT_DO_EDIT, .file = "a.xml", .match = "one", .with = "1"};

	put(scratch, "a.xml", "one");
	put(scratch, "a.xml.sgn", "as it was");
	assert_int_equal(does(scratch, 1, edit), 0);
	assert_int_equal(does(scratch, 1, sign_it), 0);
	contains(scratch, "a.xml", "1");
	signs(scratch, "a.xml", "1");
	undo(scratch, 1);
	contains(scratch, "a.xml", "one");
	contains(scratch, "a.xml.sgn", "as it was");
}

/* An empty file is signed too, and a signed file that did not exist is removed. */
static void test_several_and_made(void **state)
{
	struct scratch *scratch = *state;

	put(scratch, "a.xml", "");
	put(scratch, "b.xml", "two");
	assert_int_equal(does(scratch, 1, (struct fault_action){.what = FAULT_DO_SIGN, .file = "*.xml"}), 0);
	signs(scratch, "a.xml", "");
	signs(scratch, "b.xml", "two");
	undo(scratch, 1);
	assert_int_equal(access(path_of(scratch, "a.xml.sgn"), F_OK), -1);
	assert_int_equal(access(path_of(scratch, "b.xml.sgn"), F_OK), -1);
}

/* Two faults edit and sign one file: the signed file of the one that stays has the content that stays. */
static void test_two_faults(void **state)
{
	struct scratch *scratch = *state;
	const struct fault_action one = {.what = FAULT_DO_EDIT, .file = "a.xml", .match = "one", .with = "1"};
	const struct fault_action two = {.what = FAULT_DO_EDIT, .file = "a.xml", .match = "two", .with = "2"};

	for (long first = 1; first <= 2; first++) {
		put(scratch, "a.xml", "one two");
		put(scratch, "a.xml.sgn", "as it was");
		assert_int_equal(does(scratch, 1, one), 0);
		assert_int_equal(does(scratch, 1, sign_it), 0);
		assert_int_equal(does(scratch, 2, two), 0);
		assert_int_equal(does(scratch, 2, sign_it), 0);
		signs(scratch, "a.xml", "1 2");
		undo(scratch, first);
		contains(scratch, "a.xml", first == 1 ? "one 2" : "1 two");
		signs(scratch, "a.xml", first == 1 ? "one 2" : "1 two");
		undo(scratch, 3 - first);
		contains(scratch, "a.xml", "one two");
		contains(scratch, "a.xml.sgn", "as it was");
	}
}

static void test_without_file_or_key(void **state)
{
	struct scratch *scratch = *state;

	assert_int_equal(does(scratch, 1, sign_it), -ENOENT);
	assert_non_null(strstr(scratch->fail.text, "a.xml: no such file to sign"));
	put(scratch, "a.xml", "one");
	unlink(path_of(scratch, "keys/signer.key"));
	assert_int_equal(does(scratch, 1, sign_it), -ENOENT);
	assert_non_null(strstr(scratch->fail.text, "keys/signer.key: No such file"));
	assert_int_equal(access(path_of(scratch, "keys/signer.key"), F_OK), -1);
	assert_int_equal(access(path_of(scratch, "a.xml.sgn"), F_OK), -1);
	undo(scratch, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_issued_again, begin, end),
	    cmocka_unit_test_setup_teardown(test_repaired, begin, end),
	    cmocka_unit_test_setup_teardown(test_not_issued, begin, end),
	    cmocka_unit_test_setup_teardown(test_signed_and_restored, begin, end),
	    cmocka_unit_test_setup_teardown(test_several_and_made, begin, end),
	    cmocka_unit_test_setup_teardown(test_two_faults, begin, end),
	    cmocka_unit_test_setup_teardown(test_without_file_or_key, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
