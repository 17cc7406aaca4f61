/* The archive of a problem report, read by zlib and as a list of ustar headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "phone-sim/core/models.h"
#include "phone-sim/driver/archive.h"
#include "phone-sim/driver/prt.h"
#include "phone-sim/driver/web_page.h"
#include "wire/phonexml.h"

#define TAR_MAX (1 << 20)

/* The uncompressed tar; free it. */
static char *unpack(const struct text *file, size_t *length)
{
	z_stream stream = {.next_in = (Bytef *)file->bytes, .avail_in = (uInt)file->length};
	char *tar = calloc(1, TAR_MAX);

	assert_non_null(tar);
	stream.next_out = (Bytef *)tar;
	stream.avail_out = TAR_MAX;
	assert_int_equal(inflateInit2(&stream, MAX_WBITS + 16), Z_OK);
	assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
	*length = TAR_MAX - stream.avail_out;
	inflateEnd(&stream);
	assert_int_equal(*length % 512, 0);
	return tar;
}

/* The member of that name: its bytes, or NULL. All checksums are checked. */
static const char *member(const char *tar, size_t length, const char *name, size_t *size)
{
	for (size_t at = 0; at + 1024 < length;) {
		const char *header = tar + at;
		unsigned sum = 0;

		*size = strtoul(header + 124, NULL, 8);
		for (size_t i = 0; i < 512; i++)
			sum += i >= 148 && i < 156 ? ' ' : (unsigned char)header[i];
		assert_int_equal(strtoul(header + 148, NULL, 8), sum);
		assert_memory_equal(header + 257, "ustar\00000", 8);
		if (!strcmp(header, name))
			return header + 512;
		at += 512 + (*size + 511) / 512 * 512;
	}
	return NULL;
}

static void an_archive_has_its_members(void **state)
{
	static char big[5000];
	struct archive archive = {.time = 1700000000};
	struct text file = {0};
	size_t length, size;
	char *tar;

	(void)state;
	memset(big, 'x', sizeof(big));
	archive_add(&archive, "empty", "", 0);
	archive_add(&archive, "a/block", big, 512);
	archive_add(&archive, "big", big, sizeof(big));
	archive_finish(&archive, &file);
	assert_false(file.failed);
	tar = unpack(&file, &length);
	assert_non_null(member(tar, length, "empty", &size));
	assert_int_equal(size, 0);
	assert_non_null(member(tar, length, "a/block", &size));
	assert_int_equal(size, 512);
	assert_memory_equal(member(tar, length, "big", &size), big, sizeof(big));
	assert_int_equal(size, sizeof(big));
	assert_null(member(tar, length, "other", &size));
	assert_int_equal(strtoul(tar + 136, NULL, 8), 1700000000);
	for (size_t i = length - 1024; i < length; i++)
		assert_int_equal(tar[i], 0);
	free(tar);
	text_free(&file);
}

static void a_report_has_what_explains_a_problem(void **state)
{
	static struct phonexml_config config;
	static const char *const names[] = {
	    "README.txt",	   "description.txt",  "show-status.txt",
	    "status-messages.txt", "var/log/messages", "SEP001122AABB01.cnf.xml",
	    "CTLFile.txt",	   "ITLFile.txt",      "network.txt"};
	json_t *console = json_pack("[s]", "0001 NOT first"),
	       *status = json_pack("{s:s}", "state", "rejected");
	struct web_source pages = {.console = console};
	struct prt prt = {0};
	struct prt_source source = {.pages = &pages,
				    .status = status,
				    .description = "Remote PRT Trigger",
				    .network = "eth0",
				    .now = 1413908920};
	const char *bytes;
	size_t length, size;
	char *tar;

	(void)state;
	phonexml_config_default(&config);
	config.lines = 1;
	config.line[0] = (struct phonexml_line){.button = 1, .index = 1, .feature = 9, .port = 5060};
	snprintf(config.line[0].name, sizeof(config.line[0].name), "2001");
	snprintf(config.line[0].auth_password, sizeof(config.line[0].auth_password), "s3cret");
	pages.view = (struct phone_view){
	    .name = "SEP001122AABB01", .model = phone_model_find("7841"), .config = &config};
	setenv("TZ", "UTC", 1);
	prt_make(&prt, &source);
	prt_make(&prt, &source); /* replaces the old one */
	assert_false(prt.file.failed);
	assert_string_equal(prt.name, "probrep-20141021-162840.tar.gz");
	tar = unpack(&prt.file, &length);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!member(tar, length, names[i], &size))
			fail_msg("%s is missing", names[i]);
	bytes = member(tar, length, "description.txt", &size);
	assert_memory_equal(bytes, "Remote PRT Trigger", size);
	assert_non_null(strstr(member(tar, length, "show-status.txt", &size), "rejected"));
	assert_non_null(strstr(member(tar, length, "var/log/messages", &size), "0001 NOT first\n"));
	assert_non_null(strstr(member(tar, length, "ITLFile.txt", &size), "not installed"));
	assert_non_null(strstr(member(tar, length, "SEP001122AABB01.cnf.xml", &size), "<name>2001</name>"));
	assert_null(memmem(tar, length, "s3cret", 6));
	assert_string_equal(config.line[0].auth_password, "s3cret"); /* the phone keeps it */
	free(tar);
	text_free(&prt.file);
	json_decref(console);
	json_decref(status);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_archive_has_its_members),
	    cmocka_unit_test(a_report_has_what_explains_a_problem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
