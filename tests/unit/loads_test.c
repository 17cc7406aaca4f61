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

static const char text[] = "# RELEASE Model=78xx Version=14-2-1-0001-125\n"
			   "[CISCO-ID]\n"
			   "version=14-2-1-0001-125\n"
			   "hwcompat=0x0000003f\n"
			   "swcompat=0x00000004\n"
			   "transition=0x00000001\n"
			   "loadversion=sip78xx.14-2-1-0001-125\n"
			   "[PLATFORM_1]\n"
			   "sboot=sboot78xx.14-2-1-0001-125.sbn size=373108\n"
			   "kern=kern78xx.14-2-1-0001-125.sbn size=3094444\n"
			   "rootfs=rootfs78xx.14-2-1-0001-125.sbn\n"
			   "[PLATFORM_2]\n"
			   "kern=kern2.78xx.14-2-1-0001-125.sbn size=2578356\n";

static void a_loads_file(void **state)
{
	struct loads loads;
	uint8_t out[1024];

	(void)state;
	assert_int_equal(loads_decode(text, sizeof(text) - 1, &loads, NULL), 0);
	assert_string_equal(loads.model, "78xx");
	assert_string_equal(loads.release, "14-2-1-0001-125");
	assert_string_equal(loads.version, "14-2-1-0001-125");
	assert_string_equal(loads.load_version, "sip78xx.14-2-1-0001-125");
	assert_int_equal(loads.hwcompat, 0x3f);
	assert_int_equal(loads.swcompat, 4);
	assert_int_equal(loads.transition, 1);
	assert_int_equal(loads.platforms, 2);
	assert_int_equal(loads_find(&loads, "PLATFORM_1")->images, 3);
	assert_string_equal(loads_find(&loads, "PLATFORM_1")->image[1].kind, "kern");
	assert_int_equal(loads_find(&loads, "PLATFORM_1")->image[1].size, 3094444);
	assert_string_equal(loads_find(&loads, "PLATFORM_1")->image[2].file,
			    "rootfs78xx.14-2-1-0001-125.sbn");
	assert_int_equal(loads_find(&loads, "PLATFORM_1")->image[2].size, 0);
	assert_string_equal(loads_find(&loads, "PLATFORM_2")->image[0].file,
			    "kern2.78xx.14-2-1-0001-125.sbn");
	assert_null(loads_find(&loads, "PLATFORM_3"));
	wire_check_bytes(out, loads_encode(&loads, out, sizeof(out)), (const uint8_t *)text,
			 sizeof(text) - 1);
	for (size_t room = 0; room < sizeof(text) - 1; room++)
		assert_int_equal(loads_encode(&loads, out, room), -ENOSPC);
	wire_check_truncations((const uint8_t *)text, sizeof(text) - 1, decode, sizeof(loads));
	wire_check_corruptions((const uint8_t *)text, sizeof(text) - 1, decode, sizeof(loads));
}

/* What other programs write around the images, and values out of range, cost only themselves. */
static void other_keys_and_sections_are_skipped(void **state)
{
	static const char odd[] = "\t# made by hand\r\n; and edited\r\n"
				  "#RELEASE\tVersion = 1  Model=88xx Date=2024-01-02 12:00\r\n"
				  "before=any.sbn\r\n"
				  "[CISCO-ID]\r\n"
				  "version = \r\nhwcompat=0x100000000\r\nswcompat=0xg\r\ntransition=none\r\n"
				  "LoadVersion = sip88xx.1 \r\nkern=not-an-image.sbn\r\nsignedby=someone\r\n"
				  "no equals\r\n=\r\n=x.sbn\r\n"
				  "[FLASH]\r\nebr_kern=(1,2)\r\n"
				  "[ PLATFORM_1 ] and more\r\n"
				  " kern = kern88xx.1.sbn   size = 12  crc=0x1234\r\n"
				  "ebr_kern = (0x480000, 0x5b80000)\r\n"
				  "name=\"8851\"\r\n"
				  "fbi=../fbi.sbn\r\nfs=/fs.sbn\r\nvc4=a b.sbn\r\nsb2=.sbn\r\n"
				  "rootfs=ROOTFS88xx.1.SBN size=0x10\r\n"
				  "dsp=dsp.sebn size=-1 size\r\n"
				  "[\r\nkern=lost.sbn\r\n[]\r\nkern=lost.sbn\r\n[a/b]\r\nkern=lost.sbn\r\n"
				  "[PLATFORM_1]\r\nsboot=sboot88xx.1.sbn size=99999999999";
	static const struct loads_image images[] = {{"kern", "kern88xx.1.sbn", 0},
						    {"rootfs", "ROOTFS88xx.1.SBN", 16},
						    {"dsp", "dsp.sebn", 0},
						    {"sboot", "sboot88xx.1.sbn", 0}};
	struct loads loads;

	(void)state;
	assert_int_equal(loads_decode(odd, sizeof(odd) - 1, &loads, NULL), 0);
	assert_string_equal(loads.model, "88xx");
	assert_string_equal(loads.load_version, "sip88xx.1");
	assert_string_equal(loads.version, "");
	assert_int_equal(loads.hwcompat | loads.swcompat | loads.transition, 0);
	assert_int_equal(loads.platforms, 1);
	assert_string_equal(loads.platform[0].name, "PLATFORM_1");
	assert_int_equal(loads.platform[0].images, 4);
	for (unsigned i = 0; i < 4; i++) {
		assert_string_equal(loads.platform[0].image[i].kind, images[i].kind);
		assert_string_equal(loads.platform[0].image[i].file, images[i].file);
		assert_int_equal(loads.platform[0].image[i].size, images[i].size);
	}
}

/* Lists without [CISCO-ID], and with the name of the hardware as section. */
static void short_lists(void **state)
{
	static const char old[] = "[78xx]\nkern=kern78xx.1.sbn\n";
	struct loads loads;

	(void)state;
	assert_int_equal(loads_decode(old, sizeof(old) - 1, &loads, NULL), 0);
	assert_string_equal(loads.platform[0].name, "78xx");
	assert_string_equal(loads.platform[0].image[0].file, "kern78xx.1.sbn");
}

static void bad(const char *input, size_t offset, const char *what)
{
	wire_check_refused((const uint8_t *)input, strlen(input), decode, sizeof(struct loads), offset, what);
}

static void without_images_there_is_no_load(void **state)
{
	struct loads loads;
	char many[512] = "";

	(void)state;
	bad("", 0, "no section names an image");
	bad("<html>\n", 7, "no section names an image");
	bad("[CISCO-ID]\nkern=k.sbn\n", 22, "no section names an image");
	bad("[PLATFORM_1]\nkern=k.txt\n", 24, "no section names an image");
	strcat(many, "[a]\n");
	for (int i = 0; i < LOADS_IMAGES_MAX + 1; i++)
		strcat(many, "k=f.sbn\n");
	bad(many, 4 + LOADS_IMAGES_MAX * 8 + 2, "more than 16 images of a platform");
	many[0] = '\0';
	for (int i = 0; i < LOADS_PLATFORMS_MAX + 2; i++)
		sprintf(many + strlen(many), "[p%d]\nk=f.sbn\n", i);
	assert_int_equal(loads_decode(many, strlen(many), &loads, NULL), 0);
	assert_int_equal(loads.platforms, LOADS_PLATFORMS_MAX);
}

static void what_cannot_be_read_again_is_not_written(void **state)
{
	static const struct loads good = {
	    .platforms = 1, .platform = {{.name = "p", .images = 1, .image = {{"k", "f.sbn", 0}}}}};
	struct loads loads = good;
	char out[256];

	(void)state;
	assert_true(loads_encode(&loads, out, sizeof(out)) > 0);
	strcpy(loads.platform[0].name, "a]");
	assert_int_equal(loads_encode(&loads, out, sizeof(out)), -EINVAL);
	strcpy(loads.platform[0].name, "cisco-id");
	assert_int_equal(loads_encode(&loads, out, sizeof(out)), -EINVAL);
	loads = good;
	strcpy(loads.platform[0].image[0].file, "f.txt");
	assert_int_equal(loads_encode(&loads, out, sizeof(out)), -EINVAL);
	loads = good;
	strcpy(loads.platform[0].image[0].kind, "#k");
	assert_int_equal(loads_encode(&loads, out, sizeof(out)), -EINVAL);
	loads = good;
	strcpy(loads.version, "1 2");
	assert_int_equal(loads_encode(&loads, out, sizeof(out)), -EINVAL);
	loads = good;
	loads.platforms = 0;
	assert_int_equal(loads_encode(&loads, out, sizeof(out)), -EINVAL);
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
	    cmocka_unit_test(other_keys_and_sections_are_skipped),
	    cmocka_unit_test(short_lists),
	    cmocka_unit_test(without_images_there_is_no_load),
	    cmocka_unit_test(what_cannot_be_read_again_is_not_written),
	    cmocka_unit_test(image_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
