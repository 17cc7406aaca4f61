/* What a switch records of the cable of a phone: which frames, how much of them, and for how long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <openssl/evp.h>

#include "switch-sim/driver/recording.h"
#include "tests/support/frames.h"
#include "tests/support/sample_frames.h"
#include "wire/ether.h"

#define ROOM 2048

static const struct mac phone = {{0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01}};
static const struct mac other = {{0x00, 0x11, 0x22, 0xaa, 0xbb, 0x02}};

static struct recording *recording;
static uint8_t frame[ROOM];

static int begin(void **state)
{
	(void)state;
	recording = recording_new(&phone);
	return recording ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	recording_free(recording);
	return 0;
}

static void add_sample(enum sample_frame sample, bool received)
{
	ssize_t length = sample_frame_write(sample, frame, sizeof(frame));

	recording_add(recording, 1, received, frame, (size_t)length);
}

/* How many frames it has. */
static size_t count(uint64_t after)
{
	json_t *reply = recording_frames(recording, after);
	size_t frames = json_array_size(json_object_get(reply, "frames"));

	json_decref(reply);
	return frames;
}

/* The octets that were kept of the newest frame, and their number. */
static int newest(uint8_t *bytes, json_int_t *length)
{
	json_t *reply = recording_frames(recording, 0), *frames = json_object_get(reply, "frames");
	json_t *last = json_array_get(frames, json_array_size(frames) - 1);
	const char *text = json_string_value(json_array_get(last, 4));
	int size = EVP_DecodeBlock(bytes, (const uint8_t *)text, (int)strlen(text));

	size -= (int)(strlen(text) - strcspn(text, "="));
	*length = json_integer_value(json_array_get(last, 3));
	json_decref(reply);
	return size;
}

static void it_has_what_was_sent(void **state)
{
	ssize_t length = sample_frame_write(SAMPLE_CDP_PHONE, frame, sizeof(frame));
	uint8_t bytes[ROOM];
	json_int_t original;
	json_t *reply;

	(void)state;
	recording_add(recording, 77, true, frame, (size_t)length);
	assert_int_equal(newest(bytes, &original), length);
	assert_int_equal(original, length);
	assert_memory_equal(bytes, frame, (size_t)length);
	recording_add(recording, 78, false, frame, (size_t)length);
	reply = recording_frames(recording, 1);
	assert_int_equal(json_integer_value(json_object_get(reply, "first")), 1);
	assert_int_equal(json_integer_value(json_object_get(reply, "last")), 2);
	assert_int_equal(json_array_size(json_object_get(reply, "frames")), 1);
	json_decref(reply);
	assert_int_equal(count(2), 0);
}

static void floods_for_others_are_left_out(void **state)
{
	ssize_t length;

	(void)state;
	add_sample(SAMPLE_CDP_SWITCH, false);
	add_sample(SAMPLE_LLDP_SWITCH, false);
	assert_int_equal(count(0), 2);
	/* ARP for an address that the phone does not have, then for its own. */
	length = sample_frame_write(SAMPLE_ARP_PROBE, frame, sizeof(frame));
	recording_add(recording, 1, false, frame, (size_t)length);
	assert_int_equal(count(0), 2);
	add_sample(SAMPLE_ARP_ANNOUNCE, true);
	sample_frame_write(SAMPLE_ARP_PROBE, frame, sizeof(frame));
	recording_add(recording, 1, false, frame, (size_t)length);
	assert_int_equal(count(0), 4);
	/* A DHCP message to all is for the phone that it names. */
	length = sample_frame_write(SAMPLE_DHCP_ACKS, frame, sizeof(frame));
	memset(frame, 0xff, 6);
	recording_add(recording, 1, false, frame, (size_t)length);
	assert_int_equal(count(0), 5);
	recording_free(recording);
	recording = recording_new(&other);
	recording_add(recording, 1, false, frame, (size_t)length);
	assert_int_equal(count(0), 0);
	/* What the phone itself sends to all belongs to it. */
	add_sample(SAMPLE_DHCP_ASKS, true);
	assert_int_equal(count(0), 1);
}

static void content_of_files_is_cut(void **state)
{
	char data[1400] = "HTTP/1.1 200 OK\r\n";
	uint8_t bytes[ROOM];
	json_int_t length;
	size_t size;

	(void)state;
	size = frames_tcp(FRAMES_SERVER, 6970, FRAMES_PHONE, 40000, 1, 0x10, data, sizeof(data), frame, ROOM);
	recording_add(recording, 1, false, frame, size);
	assert_int_equal(newest(bytes, &length), size);
	memset(data, 'x', sizeof(data));
	size = frames_tcp(FRAMES_SERVER, 6970, FRAMES_PHONE, 40000, 1, 0x10, data, sizeof(data), frame, ROOM);
	recording_add(recording, 1, false, frame, size);
	assert_int_equal(newest(bytes, &length), RECORDING_CUT);
	assert_int_equal(length, size);
	/* SIP is kept whole, also where a message goes on. */
	size = frames_tcp(FRAMES_CM, 5060, FRAMES_PHONE, 40000, 1, 0x10, data, sizeof(data), frame, ROOM);
	recording_add(recording, 1, false, frame, size);
	assert_int_equal(newest(bytes, &length), size);
	memcpy(data, "\0\3\0\1", 4);
	size = frames_udp(FRAMES_SERVER, 33000, FRAMES_PHONE, 50000, data, 516, frame, ROOM);
	recording_add(recording, 1, false, frame, size);
	assert_int_equal(newest(bytes, &length), size);
	data[3] = 2;
	size = frames_udp(FRAMES_SERVER, 33000, FRAMES_PHONE, 50000, data, 516, frame, ROOM);
	recording_add(recording, 1, false, frame, size);
	assert_int_equal(newest(bytes, &length), RECORDING_CUT);
}

/* Many frames of different sizes: the oldest give way, and each that is left is as it was. */
static void the_oldest_give_way(void **state)
{
	json_t *reply, *frames, *one;
	uint8_t bytes[ROOM];
	json_int_t first;
	size_t i;

	(void)state;
	memset(frame, 0, sizeof(frame));
	memcpy(frame, &phone, sizeof(phone));
	for (unsigned n = 1; n <= 3000; n++) {
		memset(frame + 14, (int)(n % 251), 1500);
		recording_add(recording, n, false, frame, 60 + n * 37 % 1400);
	}
	reply = recording_frames(recording, 0);
	first = json_integer_value(json_object_get(reply, "first"));
	frames = json_object_get(reply, "frames");
	assert_int_equal(json_integer_value(json_object_get(reply, "last")), 3000);
	assert_int_equal(json_array_size(frames), (size_t)(3001 - first));
	assert_in_range(json_array_size(frames), RECORDING_OCTETS / 1600, RECORDING_OCTETS / 600);
	json_array_foreach (frames, i, one) {
		json_int_t number = json_integer_value(json_array_get(one, 0));
		const char *text = json_string_value(json_array_get(one, 4));

		assert_int_equal(number, first + (json_int_t)i);
		assert_int_equal(json_integer_value(json_array_get(one, 1)), number);
		assert_int_equal(json_integer_value(json_array_get(one, 3)), 60 + number * 37 % 1400);
		assert_true(EVP_DecodeBlock(bytes, (const uint8_t *)text, (int)strlen(text)) >= 60);
		assert_int_equal(bytes[14], number % 251);
		assert_int_equal(bytes[59], number % 251);
	}
	json_decref(reply);
}

static void short_frames_are_ignored(void **state)
{
	static uint8_t payload[300];

	(void)state;
	memset(frame, 0x81, sizeof(frame));
	memset(payload, 0x81, sizeof(payload));
	for (size_t length = 0; length < 14; length++)
		recording_add(recording, 1, true, frame, length);
	assert_int_equal(count(0), 0);
	/* Every truncation of a frame with all headers. */
	for (size_t length = 14; length < 200; length++) {
		uint8_t *exact = test_malloc(length);

		frames_udp(FRAMES_SERVER, 67, FRAMES_PHONE, 68, payload, sizeof(payload), frame, ROOM);
		memcpy(exact, frame, length);
		exact[0] = 0xff;
		recording_add(recording, 1, false, exact, length);
		recording_add(recording, 1, true, exact, length);
		test_free(exact);
	}
	/* Behind the tag of the frame is its type: the first length that is read is 18. */
	assert_int_equal(count(0), 200 - 18);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(it_has_what_was_sent, begin, end),
	    cmocka_unit_test_setup_teardown(floods_for_others_are_left_out, begin, end),
	    cmocka_unit_test_setup_teardown(content_of_files_is_cut, begin, end),
	    cmocka_unit_test_setup_teardown(the_oldest_give_way, begin, end),
	    cmocka_unit_test_setup_teardown(short_frames_are_ignored, begin, end),
	};

	return cmocka_run_group_tests_name("recording", tests, NULL, NULL);
}
