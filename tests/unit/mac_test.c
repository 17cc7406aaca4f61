#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "base/mac.h"

static const struct mac sample = {{0x00, 0x11, 0x22, 0xaa, 0xbb, 0xcc}};

static void test_parse(void **state)
{
	static const char *const good[] = {"00:11:22:aa:bb:cc", "00:11:22:AA:BB:CC", "00-11-22-aa-bb-cc",
					   "0011.22aa.bbcc",	"001122aabbcc",	     "001122AABBCC"};
	static const char *const bad[] = {"",
					  "00:11:22:aa:bb",
					  "00:11:22:aa:bb:c",
					  "00:11:22:aa:bb:cg",
					  "00:11:22-aa:bb:cc",
					  "00:11:22:aa:bb:cc:",
					  "0011.22aa:bbcc",
					  "001122aabbc",
					  "001122aabbccd",
					  " 01122aabbcc",
					  "00.11.22.aa.bb.cc",
					  "0:11:22:aa:bb:ccc"};
	struct mac mac;

	(void)state;
	for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		mac = (struct mac){{0}};
		assert_int_equal(mac_parse(&mac, good[i]), 0);
		assert_true(mac_equal(&mac, &sample));
	}
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		mac = sample;
		assert_int_equal(mac_parse(&mac, bad[i]), -EINVAL);
		assert_true(mac_equal(&mac, &sample));
	}
}

static void test_format(void **state)
{
	char text[MAC_TEXT], device[DEVICE_TEXT];

	(void)state;
	mac_format(&sample, text);
	assert_string_equal(text, "00:11:22:aa:bb:cc");
	mac_format_cisco(&sample, text);
	assert_string_equal(text, "0011.22aa.bbcc");
	mac_format_device(&sample, device);
	assert_string_equal(device, "SEP001122AABBCC");
}

static void test_device(void **state)
{
	static const char *const bad[] = {"",
					  "SEP",
					  "SEP001122AABBC",
					  "SEP001122AABBCCD",
					  "sep001122AABBCC",
					  "SEP001122aabbcc",
					  "SEP001122AABBCG",
					  "ABC001122AABBCC"};
	struct mac mac;

	(void)state;
	assert_int_equal(mac_parse_device(&mac, "SEP001122AABBCC"), 0);
	assert_true(mac_equal(&mac, &sample));
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(mac_parse_device(&mac, bad[i]), -EINVAL);
}

static void test_group(void **state)
{
	const struct mac cdp = {{0x01, 0x00, 0x0c, 0xcc, 0xcc, 0xcc}};
	const struct mac broadcast = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

	(void)state;
	assert_true(mac_is_group(&cdp));
	assert_true(mac_is_group(&broadcast));
	assert_false(mac_is_group(&sample));
	assert_false(mac_equal(&cdp, &broadcast));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parse),
	    cmocka_unit_test(test_format),
	    cmocka_unit_test(test_device),
	    cmocka_unit_test(test_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
