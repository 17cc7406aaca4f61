/* The action `sign`: FILE.sgn is FILE, signed with the key of the lab; reverting restores both files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cucm/keys.h"
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
	static const char *const names[] = {"a.xml",	 "a.xml.sgn",	    "b.xml",
					    "b.xml.sgn", "keys/signer.key", "keys/signer.crt"};
	struct scratch *scratch = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(path_of(scratch, names[i]));
	rmdir(path_of(scratch, "keys"));
	rmdir(scratch->directory);
	fault_files_free(scratch->files);
	json_decref(scratch->vars);
	free(scratch);
	return 0;
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
	    cmocka_unit_test_setup_teardown(test_signed_and_restored, begin, end),
	    cmocka_unit_test_setup_teardown(test_several_and_made, begin, end),
	    cmocka_unit_test_setup_teardown(test_two_faults, begin, end),
	    cmocka_unit_test_setup_teardown(test_without_file_or_key, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
