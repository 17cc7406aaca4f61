/* Cursors: the errors stick, nothing beyond the end is touched, offsets name the place. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "wire/cursor.h"

static void reads_integers_of_both_orders(void **state)
{
	const uint8_t data[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b,
				0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15};
	struct wire_reader r;

	(void)state;
	wire_reader_init(&r, data, sizeof(data));
	assert_int_equal(wire_read_u8(&r), 0x01);
	assert_int_equal(wire_read_u16(&r), 0x0203);
	assert_int_equal(wire_read_u32(&r), 0x04050607);
	assert_int_equal(wire_read_u32(&r), 0x08090a0b);
	assert_int_equal(wire_read_u32(&r), 0x0c0d0e0f);
	assert_int_equal(wire_read_le16(&r), 0x1110);
	assert_int_equal(wire_read_le32(&r), 0x15141312);
	assert_int_equal(wire_reader_left(&r), 0);
	assert_int_equal(wire_reader_result(&r, NULL), 0);
}

static void underrun_sticks(void **state)
{
	const uint8_t data[] = {0xaa, 0xbb, 0xcc};
	uint8_t bytes[4] = {1, 2, 3, 4};
	struct wire_error error = {0};
	struct wire_reader r;

	(void)state;
	wire_reader_init(&r, data, sizeof(data));
	assert_int_equal(wire_read_u8(&r), 0xaa);
	assert_int_equal(wire_read_u32(&r), 0);
	assert_false(wire_reader_ok(&r));
	assert_int_equal(wire_reader_left(&r), 0);
	assert_int_equal(wire_read_u8(&r), 0);
	wire_read_bytes(&r, bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		assert_int_equal(bytes[i], 0);
	assert_null(wire_read_slice(&r, 1).data);
	assert_int_equal(wire_read_rest(&r).length, 0);
	wire_reader_fail(&r, "a later reason");
	assert_int_equal(wire_reader_result(&r, &error), -EBADMSG);
	assert_int_equal(error.offset, 1);
	assert_string_equal(error.what, "truncated");
}

static void sub_readers_are_confined_and_keep_offsets(void **state)
{
	const uint8_t data[] = {0x00, 0x01, 0x02, 0x03, 0x04};
	struct wire_error error = {0};
	struct wire_reader r, sub, beyond;

	(void)state;
	wire_reader_init(&r, data, sizeof(data));
	wire_read_skip(&r, 1);
	sub = wire_read_sub(&r, 2);
	assert_int_equal(wire_reader_offset(&r), 3);
	assert_int_equal(wire_reader_left(&sub), 2);
	assert_int_equal(wire_read_u8(&sub), 0x01);
	assert_int_equal(wire_read_u16(&sub), 0);
	assert_true(wire_reader_ok(&r));
	beyond = wire_read_sub(&r, 3);
	assert_false(wire_reader_ok(&beyond));
	assert_false(wire_reader_ok(&r));
	wire_reader_init(&r, data, sizeof(data));
	wire_reader_join(&r, &sub);
	assert_int_equal(wire_reader_result(&r, &error), -EBADMSG);
	assert_int_equal(error.offset, 2);
}

static void an_empty_input_is_read_as_nothing(void **state)
{
	struct wire_reader r;
	uint8_t none = 0x77;

	(void)state;
	wire_reader_init(&r, NULL, 0);
	assert_int_equal(wire_read_rest(&r).length, 0);
	wire_read_bytes(&r, &none, 0);
	assert_int_equal(none, 0x77);
	assert_true(wire_reader_ok(&r));
	wire_read_u8(&r);
	assert_false(wire_reader_ok(&r));
}

static void written_values_read_back(void **state)
{
	const uint8_t expected[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09,
				    0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x11, 0x10, 0x15,
				    0x14, 0x13, 0x12, 'o',  'k',  0,	0,    0xfe};
	uint8_t data[sizeof(expected)];
	struct wire_writer w;

	(void)state;
	wire_writer_init(&w, data, sizeof(data));
	wire_write_u8(&w, 0x01);
	wire_write_u16(&w, 0x0203);
	wire_write_u32(&w, 0x04050607);
	wire_write_u32(&w, 0x08090a0b);
	wire_write_u32(&w, 0x0c0d0e0f);
	wire_write_le16(&w, 0x1011);
	wire_write_le32(&w, 0x12131415);
	wire_write_text(&w, "ok");
	wire_write_zeros(&w, 2);
	wire_write_bytes(&w, "\xfe", 1);
	assert_int_equal(wire_writer_result(&w), sizeof(expected));
	assert_memory_equal(data, expected, sizeof(expected));
}

static void overflow_sticks_and_writes_nothing_beyond(void **state)
{
	uint8_t data[5] = {0, 0, 0, 0, 0x77};
	struct wire_writer w;

	(void)state;
	wire_writer_init(&w, data, 4);
	wire_write_u16(&w, 0x1122);
	wire_write_u32(&w, 0x33445566);
	wire_write_u8(&w, 0x99);
	assert_int_equal(wire_writer_result(&w), -ENOSPC);
	assert_memory_equal(data, "\x11\x22\x00\x00\x77", 5);
}

static void lengths_are_patched(void **state)
{
	uint8_t data[400];
	struct wire_writer w;
	size_t outer, inner;

	(void)state;
	wire_writer_init(&w, data, sizeof(data));
	outer = wire_write_begin_u16(&w);
	inner = wire_write_begin_u8(&w);
	wire_write_text(&w, "abc");
	wire_write_end_u8(&w, inner, 0);
	wire_write_end_u16(&w, outer, 4);
	assert_int_equal(wire_writer_result(&w), 6);
	assert_memory_equal(data,
			    "\x00\x08\x03"
			    "abc",
			    6);

	wire_writer_init(&w, data, sizeof(data));
	inner = wire_write_begin_u8(&w);
	wire_write_zeros(&w, 255);
	wire_write_end_u8(&w, inner, 0);
	assert_int_equal(wire_writer_result(&w), 256);
	wire_write_end_u8(&w, inner, 1);
	assert_int_equal(wire_writer_result(&w), -EINVAL);
}

static void patches_stay_inside(void **state)
{
	uint8_t data[4];
	struct wire_writer w;

	(void)state;
	wire_writer_init(&w, data, sizeof(data));
	wire_write_u8(&w, 1);
	wire_write_patch_u16(&w, 0, 2);
	assert_int_equal(wire_writer_result(&w), -EINVAL);
	wire_writer_init(&w, data, sizeof(data));
	wire_write_u16(&w, 1);
	wire_write_patch_u16(&w, 1, 2);
	assert_int_equal(wire_writer_result(&w), -EINVAL);
}

static void slices_print_for_people(void **state)
{
	char text[8];

	(void)state;
	assert_string_equal(wire_slice_print(wire_slice_text("Port 1"), text, sizeof(text)), "Port 1");
	assert_string_equal(wire_slice_print(wire_slice_text("GigabitEthernet"), text, sizeof(text)),
			    "Gigabit");
	assert_string_equal(
	    wire_slice_print((struct wire_slice){(const uint8_t *)"a\0\x1b\xffz", 6}, text, 8), "a...z");
	assert_string_equal(wire_slice_print((struct wire_slice){NULL, 0}, text, sizeof(text)), "");
	assert_true(wire_slice_equal((struct wire_slice){NULL, 0}, wire_slice_text("")));
	assert_false(wire_slice_equal(wire_slice_text("a"), wire_slice_text("b")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_integers_of_both_orders),
	    cmocka_unit_test(underrun_sticks),
	    cmocka_unit_test(sub_readers_are_confined_and_keep_offsets),
	    cmocka_unit_test(an_empty_input_is_read_as_nothing),
	    cmocka_unit_test(written_values_read_back),
	    cmocka_unit_test(overflow_sticks_and_writes_nothing_beyond),
	    cmocka_unit_test(lengths_are_patched),
	    cmocka_unit_test(patches_stay_inside),
	    cmocka_unit_test(slices_print_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
