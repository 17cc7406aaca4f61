#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <cmocka.h>
#include <openssl/evp.h>

#include "phone-sim/driver/flash.h"

#define DEVICE "SEP001122AABB01"
#define OLD    "sip78xx.12-8-1-0001-455"
#define ACTIVE "sip78xx.14-2-1-0001-125"
#define NEW    "sip78xx.14-3-1-0001-204"

struct bench {
	char root[64];
	struct flash *flash;
};

static int setup(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	struct fail fail = {0};

	strcpy(bench->root, "/tmp/flash_test.XXXXXX");
	assert_non_null(mkdtemp(bench->root));
	assert_int_equal(flash_open(&bench->flash, bench->root, DEVICE, ACTIVE, OLD, &fail), 0);
	*state = bench;
	return 0;
}

static int teardown(void **state)
{
	struct bench *bench = *state;
	char command[100];

	flash_close(bench->flash);
	snprintf(command, sizeof(command), "rm -rf %s", bench->root);
	int status = system(command);
	free(bench);
	return status;
}

/* Open it again, as after a power cut; other loads from the factory must not matter now. */
static void reopen(struct bench *bench)
{
	struct fail fail = {0};

	flash_close(bench->flash);
	bench->flash = NULL;
	assert_int_equal(flash_open(&bench->flash, bench->root, DEVICE, "other", "other", &fail), 0);
}

static void check(struct bench *bench, const char *active, bool active_intact, const char *inactive,
		  bool inactive_intact)
{
	struct flash_bank a, i;
	struct fail fail = {0};

	assert_int_equal(flash_check(bench->flash, &a, &i, &fail), 0);
	assert_string_equal(a.load, active);
	assert_int_equal(a.intact, active_intact);
	assert_string_equal(i.load, inactive);
	assert_int_equal(i.intact, inactive_intact);
}

static void test_factory(void **state)
{
	check(*state, ACTIVE, true, OLD, true);
	reopen(*state);
	check(*state, ACTIVE, true, OLD, true);
}

static void test_blank_bank(void **state)
{
	struct bench *bench = *state;
	struct flash *flash;
	struct flash_bank a, i;
	struct fail fail = {0};

	assert_int_equal(flash_open(&flash, bench->root, "SEP001122AABB02", ACTIVE, NULL, &fail), 0);
	assert_int_equal(flash_check(flash, &a, &i, &fail), 0);
	assert_string_equal(i.load, "");
	assert_false(i.intact);
	assert_string_equal(i.reason, "blank");
	assert_int_equal(flash_swap(flash, &fail), -ENOENT);
	flash_close(flash);
}

static void write_image(struct bench *bench, const char *name, const char *text, uint8_t digest[FLASH_DIGEST])
{
	struct flash_writer *writer;
	struct fail fail = {0};
	size_t half = strlen(text) / 2;

	assert_int_equal(flash_image_begin(bench->flash, name, 0, &writer, &fail), 0);
	assert_int_equal(flash_image_write(writer, text, half), 0);
	assert_int_equal(flash_image_write(writer, text + half, strlen(text) - half), 0);
	assert_int_equal(flash_image_size(writer), strlen(text));
	assert_int_equal(flash_image_commit(writer, digest, &fail), 0);
}

static void test_upgrade(void **state)
{
	struct bench *bench = *state;
	uint8_t digest[FLASH_DIGEST], want[FLASH_DIGEST];
	struct fail fail = {0};

	assert_int_equal(flash_begin_load(bench->flash, NEW, &fail), 0);
	check(bench, ACTIVE, true, NEW, false);
	write_image(bench, "kern78xx.14-3.sbn", "the kernel", digest);
	assert_int_equal(EVP_Digest("the kernel", 10, want, NULL, EVP_sha512(), NULL), 1);
	assert_memory_equal(digest, want, FLASH_DIGEST);
	write_image(bench, "rootfs78xx.14-3.sbn", "the file system", digest);
	reopen(bench);
	check(bench, ACTIVE, true, NEW, false); /* not committed: a half load is none */
	assert_int_equal(flash_commit_load(bench->flash, NEW, &fail), 0);
	check(bench, ACTIVE, true, NEW, true);
	assert_int_equal(flash_swap(bench->flash, &fail), 0);
	check(bench, NEW, true, ACTIVE, true);
	reopen(bench);
	check(bench, NEW, true, ACTIVE, true);
	assert_int_equal(flash_swap(bench->flash, &fail), 0);
	check(bench, ACTIVE, true, NEW, true);
}

static void test_image_needs_an_open_bank(void **state)
{
	struct bench *bench = *state;
	struct flash_writer *writer;
	struct fail fail = {0};

	assert_int_equal(flash_image_begin(bench->flash, "kern.sbn", 0, &writer, &fail), -EPROTO);
	assert_int_equal(flash_begin_load(bench->flash, NEW, &fail), 0);
	assert_int_equal(flash_commit_load(bench->flash, "another", &fail), -EPROTO);
	assert_non_null(strstr(fail.text, "holds " NEW ", not another"));
}

static void test_limit_and_abort(void **state)
{
	struct bench *bench = *state;
	struct flash_writer *writer;
	struct fail fail = {0};
	char path[200];

	assert_int_equal(flash_begin_load(bench->flash, NEW, &fail), 0);
	assert_int_equal(flash_image_begin(bench->flash, "kern.sbn", 8, &writer, &fail), 0);
	assert_int_equal(flash_image_write(writer, "12345678", 8), 0);
	assert_int_equal(flash_image_write(writer, "9", 1), -EFBIG);
	flash_image_abort(writer);
	snprintf(path, sizeof(path), "%s/" DEVICE "/bank1/kern.sbn", bench->root);
	assert_int_equal(access(path, F_OK), -1);
	strcat(path, ".part");
	assert_int_equal(access(path, F_OK), -1);
}

/* One bit of an image is other than it was. */
static void test_corrupt_image(void **state)
{
	struct bench *bench = *state;
	struct flash_bank a, i;
	struct fail fail = {0};
	char path[200];
	uint8_t byte;

	snprintf(path, sizeof(path), "%s/" DEVICE "/bank0/" ACTIVE ".sbn", bench->root);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, 500), 1);
	byte ^= 4;
	assert_int_equal(pwrite(fd, &byte, 1, 500), 1);
	close(fd);
	assert_int_equal(flash_check(bench->flash, &a, &i, &fail), 0);
	assert_false(a.intact);
	assert_non_null(strstr(a.reason, "checksum error"));
	assert_true(i.intact);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(flash_check(bench->flash, &a, &i, &fail), 0);
	assert_false(a.intact);
	assert_non_null(strstr(a.reason, "No such file"));
}

/* No descriptor is left. A phone that took its flash for empty would accept any trust list, and load its firmware again. */
static void test_no_descriptor(void **state)
{
	struct bench *bench = *state;
	struct rlimit before, none;
	struct flash_bank a, i;
	struct fail fail = {0};
	uint8_t *bytes = NULL;
	size_t length;

	assert_int_equal(flash_file_write(bench->flash, "itl", "list", 4, &fail), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	int check = flash_check(bench->flash, &a, &i, &fail);
	int read = flash_file_read(bench->flash, "itl", &bytes, &length, &fail);
	int swap = flash_swap(bench->flash, &fail);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(check, -EMFILE);
	assert_int_equal(read, -EMFILE);
	assert_int_equal(swap, -EMFILE);
	assert_int_equal(flash_check(bench->flash, &a, &i, &fail), 0);
	assert_true(a.intact && i.intact);
}

static void test_names(void **state)
{
	struct bench *bench = *state;
	static const char *const bad[] = {"", ".", "..", "../state.json", "a/b", ".hidden", "manifest.json"};
	struct flash_writer *writer;
	struct fail fail = {0};

	assert_int_equal(flash_begin_load(bench->flash, NEW, &fail), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(flash_image_begin(bench->flash, bad[i], 0, &writer, &fail), -EINVAL);
		assert_int_equal(flash_file_write(bench->flash, bad[i], "x", 1, &fail), -EINVAL);
	}
}

static void test_files(void **state)
{
	struct bench *bench = *state;
	struct fail fail = {0};
	uint8_t *bytes;
	size_t length;

	assert_int_equal(flash_file_read(bench->flash, "itl", &bytes, &length, &fail), -ENOENT);
	assert_int_equal(flash_file_write(bench->flash, "itl", "\1\0\2trust", 8, &fail), 0);
	reopen(bench);
	assert_int_equal(flash_file_read(bench->flash, "itl", &bytes, &length, &fail), 0);
	assert_int_equal(length, 8);
	assert_memory_equal(bytes, "\1\0\2trust", 8);
	free(bytes);
	assert_int_equal(flash_file_write(bench->flash, "itl", NULL, 0, &fail), 0);
	assert_int_equal(flash_file_read(bench->flash, "itl", &bytes, &length, &fail), -ENOENT);
	assert_int_equal(flash_file_write(bench->flash, "itl", NULL, 0, &fail), 0);
}

/* Nobody else reads the key of a certificate. */
static void test_secret(void **state)
{
	struct bench *bench = *state;
	struct fail fail = {0};
	char path[300];
	struct stat st;

	assert_int_equal(flash_file_write(bench->flash, "lsc", "certificate", 11, &fail), 0);
	assert_int_equal(flash_file_write(bench->flash, "lsc-key", "key", 3, &fail), 0);
	snprintf(path, sizeof(path), "%s/SEP001122AABB01/files/lsc-key", bench->root);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	snprintf(path, sizeof(path), "%s/SEP001122AABB01/files/lsc", bench->root);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
}

static void test_broken_state(void **state)
{
	struct bench *bench = *state;
	struct flash *flash;
	struct fail fail = {0};
	char path[200];

	snprintf(path, sizeof(path), "%s/" DEVICE "/state.json", bench->root);
	FILE *file = fopen(path, "w");
	fputs("{\"active\":2}", file);
	fclose(file);
	assert_int_equal(flash_open(&flash, bench->root, DEVICE, ACTIVE, OLD, &fail), -EBADMSG);
	assert_non_null(strstr(fail.text, "state.json: key \"active\": expected 0 or 1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_factory, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_blank_bank, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_upgrade, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_image_needs_an_open_bank, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_limit_and_abort, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_corrupt_image, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_no_descriptor, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_names, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_files, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_secret, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_broken_state, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
