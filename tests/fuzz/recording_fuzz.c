/* Frames of a cable (each behind its length in two bytes, of which the highest bit is the direction), as the switch records them and
 * the web page shows them. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "phonelab/web/frames.h"
#include "switch-sim/driver/recording.h"
#include "wire/pcapng.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct mac phone = {{0x00, 0x11, 0x22, 0xaa, 0xbb, 0x01}};

/* The capture is whole, and has every frame. */
static void check_capture(const struct text *capture, size_t frames)
{
	struct pcapng_reader *reader = calloc(1, sizeof(*reader));
	static struct pcapng_record record;
	struct wire_error error;
	size_t at = 0, found = 0;

	if (!reader)
		return;
	pcapng_reader_init(reader);
	while (at < capture->length) {
		assert(!pcapng_read(reader, capture->bytes + at, capture->length - at, &record, &error));
		found += record.kind == PCAPNG_PACKET;
		at += record.size;
	}
	assert(found == frames);
	free(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct recording *recording = recording_new(&phone);
	struct text capture = {0};
	json_t *reply, *sequence;
	uint64_t t = 0;

	while (recording && size >= 2) {
		size_t length = (size_t)(data[0] & 0x0f) << 8 | data[1];
		bool received = data[0] & 0x80;

		data += 2;
		size -= 2;
		if (length > size)
			length = size;
		recording_add(recording, ++t, received, data, length);
		data += length;
		size -= length;
	}
	reply = recording ? recording_frames(recording, 0) : NULL;
	sequence = web_frames_sequence(reply, NULL, "SEP001122AABB01", 0);
	web_frames_pcapng(reply, "SEP001122AABB01", &capture);
	if (reply && !capture.failed) {
		size_t frames = json_array_size(json_object_get(reply, "frames"));

		assert(json_array_size(json_object_get(sequence, "rows")) <= frames);
		check_capture(&capture, frames);
	}
	text_free(&capture);
	json_decref(sequence);
	json_decref(reply);
	recording_free(recording);
	return 0;
}
