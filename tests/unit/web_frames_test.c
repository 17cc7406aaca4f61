/* Frames that a switch has recorded, as the web page shows and sends them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json_text.h"
#include "phonelab/web/frames.h"
#include "switch-sim/driver/recording.h"
#include "tests/support/frames.h"
#include "wire/pcapng.h"

#define PHONE "SEP001122AABB01"
#define REGISTER                                                                                             \
	"REGISTER sip:10.20.0.11 SIP/2.0\r\nVia: SIP/2.0/TCP 10.110.0.57:40000;branch=z9hG4bK1\r\n"          \
	"From: <sip:2001@10.20.0.11>;tag=1\r\nTo: <sip:2001@10.20.0.11>\r\nCall-ID: 1\r\nCSeq: 1 "           \
	"REGISTER\r\n"                                                                                       \
	"Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"

static json_t *reply;
static size_t register_length, file_length;

/* A REGISTER, and a segment of a file of which the recording has the beginning. */
static int begin(void **state)
{
	static const struct mac phone = {{0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01}};
	struct recording *recording = recording_new(&phone);
	char data[1400] = "content";
	uint8_t frame[2048];

	(void)state;
	register_length = frames_tcp(FRAMES_PHONE, 40000, FRAMES_CM, 5060, 1, 0x18, REGISTER,
				     strlen(REGISTER), frame, sizeof(frame));
	recording_add(recording, 1000, true, frame, register_length);
	file_length = frames_tcp(FRAMES_SERVER, 6970, FRAMES_PHONE, 40001, 1, 0x10, data, sizeof(data), frame,
				 sizeof(frame));
	recording_add(recording, 2000, false, frame, file_length);
	reply = recording_frames(recording, 0);
	recording_free(recording);
	return reply ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	json_decref(reply);
	return 0;
}

static void a_sequence(void **state)
{
	json_t *board = json_pack("{s:{s:{s:s}}}", "cluster", "cucm-pub", "address", "10.20.0.11");
	json_t *object = web_frames_sequence(reply, board, PHONE, 0), *row;

	(void)state;
	row = json_array_get(json_object_get(object, "rows"), 0);
	assert_int_equal(json_array_size(json_object_get(object, "rows")), 2);
	assert_string_equal(json_string_value(json_array_get(row, 4)), "sip");
	assert_int_equal(json_integer_value(json_array_get(row, 5)), 11);
	assert_int_equal(json_integer_value(json_array_get(row, 1)), 1000);
	assert_string_equal(json_text(json_array_get(json_object_get(object, "participants"), 2), "name"),
			    "cucm-pub");
	/* The segment is cut, and decoded as far as it goes. */
	row = json_array_get(json_object_get(object, "rows"), 1);
	assert_string_equal(json_string_value(json_array_get(row, 6)), "1400 octets of ");
	assert_int_equal(json_int(object, "last"), 2);
	json_decref(object);
	json_decref(board);
}

static void a_frame(void **state)
{
	json_t *object = web_frames_decode(reply, 2);

	(void)state;
	assert_int_equal(json_int(object, "length"), file_length);
	assert_int_equal(strlen(json_text(object, "bytes")), (RECORDING_CUT + 2) / 3 * 4);
	assert_string_equal(json_text(object, "error"), "");
	json_decref(object);
	assert_null(web_frames_decode(reply, 3));
	assert_null(web_frames_decode(reply, 0));
}

static void a_capture(void **state)
{
	struct pcapng_reader *reader = calloc(1, sizeof(*reader));
	static struct pcapng_record record;
	const size_t lengths[] = {register_length, file_length};
	struct text capture = {0};
	struct wire_error error;
	size_t at = 0, frames = 0;
	uint64_t now = (uint64_t)time(NULL);

	(void)state;
	web_frames_pcapng(reply, PHONE, &capture);
	pcapng_reader_init(reader);
	for (; at < capture.length; at += record.size) {
		assert_int_equal(
		    pcapng_read(reader, capture.bytes + at, capture.length - at, &record, &error), 0);
		if (record.kind != PCAPNG_PACKET)
			continue;
		assert_int_equal(record.original_length, lengths[frames]);
		assert_int_equal(record.data.length, frames ? RECORDING_CUT : register_length);
		/* The frames are from the time when this machine started. */
		assert_true(record.time_ns / 1000000000 < now);
		assert_string_equal(record.comment, frames ? "frame 2" : "frame 1, step 11 register");
		frames++;
	}
	assert_int_equal(frames, 2);
	assert_string_equal(reader->interface[0].name, PHONE);
	free(reader);
	text_free(&capture);
}

/* A reply that is not what a switch sends gives no frames, and reads nothing that is not there. */
static void odd_replies(void **state)
{
	static const char *const odd[] = {
	    "{}",
	    "{\"frames\": 1}",
	    "{\"frames\": [1, [], [1], [1,2,3,4,5], [1,2,true,4,\"\"], [1,2,true,4,\"A\"], "
	    "[1,2,true,4,\"A===\"], "
	    "[1,2,true,4,\"!!!!\"]]}",
	    "{\"frames\": [[1,2,true,-5,\"AAAA\"], [1,2,true,999999999,\"AAAA\"], [1,2,true,0,\"AA==\"]]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		json_t *given = json_loads(odd[i], 0, NULL),
		       *object = web_frames_sequence(given, NULL, PHONE, 0);
		struct text capture = {0};

		assert_non_null(given);
		assert_int_equal(json_array_size(json_object_get(object, "rows")), 0);
		web_frames_pcapng(given, PHONE, &capture);
		assert_true(capture.length > 28);
		text_free(&capture);
		json_decref(object);
		json_decref(given);
	}
	assert_null(web_frames_sequence(reply, NULL, "../etc", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_sequence),
	    cmocka_unit_test(a_frame),
	    cmocka_unit_test(a_capture),
	    cmocka_unit_test(odd_replies),
	};

	return cmocka_run_group_tests_name("web_frames", tests, begin, end);
}
