/* Firmware: the text of .loads files, the headers of .sbn images. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/support/wire_check.h"
#include "wire/loads.h"

static int decode(const uint8_t *data, size_t length, void *message, struct wire_error *error)
{
	return loads_decode(data, length, message, error);
}

static const char text[] = "hwcompat=0x0000ffff\n"
			   "swcompat=0x00000003\n"
			   "[78xx]\n"
			   "sboot=sboot78xx.14-2-1-0001-125.sbn\n"
			   "kern=kern78xx.14-2-1-0001-125.sbn\n"
			   "rootfs=rootfs78xx.14-2-1-0001-125.sbn\n"
			   "[2.78xx]\n"
			   "kern=kern2.78xx.14-2-1-0001-125.sbn\n";

static void a_loads_file(void **state)
{
	struct loads loads;
	uint8_t out[1024];

	(void)state;
	assert_int_equal(loads_decode(text, sizeof(text) - 1, &loads, NULL), 0);
	assert_int_equal(loads.hwcompat, 0xffff);
	assert_int_equal(loads.swcompat, 3);
	assert_int_equal(loads.platforms, 2);
	assert_int_equal(loads_find(&loads, "78xx")->images, 3);
	assert_string_equal(loads_find(&loads, "78xx")->image[1].kind, "kern");
	assert_string_equal(loads_find(&loads, "78xx")->image[2].file, "rootfs78xx.14-2-1-0001-125.sbn");
	assert_null(loads_find(&loads, "88xx"));
	wire_check_bytes(out, loads_encode(&loads, out, sizeof(out)), (const uint8_t *)text,
			 sizeof(text) - 1);
	for (size_t room = 0; room < sizeof(text) - 1; room++)
		assert_int_equal(loads_encode(&loads, out, room), -ENOSPC);
	wire_check_truncations((const uint8_t *)text, sizeof(text) - 1, decode, sizeof(loads));
	wire_check_corruptions((const uint8_t *)text, sizeof(text) - 1, decode, sizeof(loads));
}

static void blanks_comments_and_line_ends(void **state)
{
	static const char loose[] = "# made by hand\r\n; and edited\r\n\r\n HWCOMPAT0 = x\r\n";
	static const char good[] = "\t# made by hand\r\n\r\nhwcompat = 255 \r\n [ 88xx ] \r\n kern = k.sbn";
	struct loads loads;

	(void)state;
	assert_int_equal(loads_decode(good, sizeof(good) - 1, &loads, NULL), 0);
	assert_int_equal(loads.hwcompat, 255);
	assert_string_equal(loads.platform[0].name, "88xx");
	assert_string_equal(loads.platform[0].image[0].file, "k.sbn");
	wire_check_refused((const uint8_t *)loose, sizeof(loose) - 1, decode, sizeof(loads), 33,
			   "image before any [platform]");
}

static void bad(const char *input, size_t offset, const char *what)
{
	wire_check_refused((const uint8_t *)input, strlen(input), decode, sizeof(struct loads), offset, what);
}

static void malformed_files_say_why(void **state)
{
	char many[512] = "";

	(void)state;
	bad("", 0, "no [platform]");
	bad("hwcompat=1\n", 11, "no [platform]");
	bad("hwcompat=0x100000000\n", 9, "mask is no 32-bit number");
	bad("hwcompat=\n", 9, "mask is no 32-bit number");
	bad("swcompat=0xg\n", 9, "mask is no 32-bit number");
	bad("kernel\n", 0, "line is neither [platform] nor key=value");
	bad("[78xx\n", 0, "section without its ]");
	bad("[]\n", 1, "name of a platform is empty, too long or not ASCII");
	bad("[a]\n[b]\nk=f\n", 4, "the section before names no image");
	bad("[a]\nk=f\n[b]\n", 12, "the last section names no image");
	bad("[a]\nk=f\n[a]\nk=f\n", 9, "platform given twice");
	bad("[a]\nk=../f\n", 6, "file of an image is empty, too long or not a plain name");
	bad("[a]\n=f\n", 4, "kind of an image is empty, too long or not ASCII");
	bad("[a]\nk=a b\n", 6, "file of an image is empty, too long or not a plain name");
	strcat(many, "[a]\n");
	for (int i = 0; i < 9; i++)
		strcat(many, "k=f\n");
	bad(many, 36, "more than 8 images of a platform");
	many[0] = '\0';
	for (int i = 0; i < 9; i++)
		sprintf(many + strlen(many), "[p%d]\nk=f\n", i);
	bad(many, 72, "more than 8 platforms");
}

static void image_headers(void **state)
{
	const struct sbn_header header = {.header_size = SBN_HEADER_SIZE,
					  .payload_size = 0x01020304,
					  .name = "kern78xx.14-2-1-0001-125.sbn"};
	struct sbn_header read;
	struct wire_error error;
	uint8_t out[4096] = {0};

	(void)state;
	assert_int_equal(sbn_encode(&header, out, sizeof(out)), SBN_HEADER_SIZE);
	assert_memory_equal(out, "\xcd\x34\x12\xab\x58\x01\0\0\0\0\0\0\4\3\2\1", 16);
	assert_int_equal(out[0x34], strlen(header.name));
	assert_memory_equal(out + 0x38, header.name, strlen(header.name));
	for (size_t n = 0; n < SBN_HEADER_SIZE; n++) {
		uint8_t *copy = malloc(n + 1);

		memcpy(copy, out, n);
		assert_int_equal(sbn_decode(copy, n, &read, &error), -EAGAIN);
		free(copy);
	}
	assert_int_equal(sbn_decode(out, SBN_HEADER_SIZE, &read, &error), 0);
	assert_int_equal(read.header_size, SBN_HEADER_SIZE);
	assert_int_equal(read.payload_size, 0x01020304);
	assert_string_equal(read.name, header.name);
	assert_int_equal(sbn_encode(&header, out, SBN_HEADER_SIZE - 1), -ENOSPC);
	assert_int_equal(sbn_decode("GIF89a", 6, &read, &error), -EBADMSG);
	assert_string_equal(error.what, "magic is not CD 34 12 AB");
	assert_int_equal(sbn_decode("\xcd\x34X", 3, &read, &error), -EBADMSG);
	out[5] = 0x20;
	assert_int_equal(sbn_decode(out, sizeof(out), &read, &error), -EBADMSG);
	assert_string_equal(error.what, "header longer than 4096 bytes");
	out[4] = 0x38 + 27;
	out[5] = 0;
	assert_int_equal(sbn_decode(out, sizeof(out), &read, &error), -EBADMSG);
	assert_string_equal(error.what, "header shorter than its name");
	out[4] = 0x58;
	out[5] = 1;
	out[0x34] = 96;
	assert_int_equal(sbn_decode(out, sizeof(out), &read, &error), -EBADMSG);
	assert_string_equal(error.what, "name is empty or longer than 95 bytes");
	out[0x34] = 29;
	assert_int_equal(sbn_decode(out, sizeof(out), &read, &error), -EBADMSG);
	assert_string_equal(error.what, "name is not printable ASCII");
	assert_int_equal(error.offset, 0x38 + 28);
	assert_int_equal(sbn_encode(&(struct sbn_header){.header_size = 0x158}, out, sizeof(out)), -EINVAL);
	assert_int_equal(sbn_encode(&(struct sbn_header){.header_size = 0x38, .name = "a"}, out, sizeof(out)),
			 -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_loads_file),
	    cmocka_unit_test(blanks_comments_and_line_ends),
	    cmocka_unit_test(malformed_files_say_why),
	    cmocka_unit_test(image_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
