#include "phonelab/web/frames.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <openssl/evp.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/sequence/sequence.h"
#include "wire/pcapng.h"

/* A frame of the reply. */
struct web_frame {
	uint64_t number;
	int64_t t;		/* CLOCK_MONOTONIC, microseconds */
	size_t length;		/* of the frame */
	struct wire_slice kept; /* in `bytes`, perhaps cut */
	uint8_t bytes[2048];
};

/* Read element i of reply.frames. False: it has not that form. */
static bool read_frame(const json_t *reply, size_t i, struct web_frame *frame)
{
	const json_t *list = json_array_get(json_object_get(reply, "frames"), i);
	const char *text = json_string_value(json_array_get(list, 4));
	size_t length = text ? strlen(text) : 0;
	int size;

	if (!length || length % 4 || length / 4 * 3 > sizeof(frame->bytes))
		return false;
	size = EVP_DecodeBlock(frame->bytes, (const uint8_t *)text, (int)length);
	if (size < 0)
		return false;
	/* The padding counts in what EVP_DecodeBlock returns. */
	size -= (text[length - 1] == '=') + (text[length - 2] == '=');
	frame->number = (uint64_t)json_integer_value(json_array_get(list, 0));
	frame->t = json_integer_value(json_array_get(list, 1));
	frame->length = (size_t)json_integer_value(json_array_get(list, 3));
	frame->kept = (struct wire_slice){frame->bytes, (size_t)size};
	memset(frame->bytes + size, 0, sizeof(frame->bytes) - (size_t)size);
	return true;
}

static size_t count_of(const json_t *reply)
{
	return json_array_size(json_object_get(reply, "frames"));
}

/* Zeros stand for the octets that were not recorded, so that the lengths in the headers are right. */
static void decode(struct dissect_context *context, const struct web_frame *frame, struct dissect *out)
{
	size_t length = frame->length < sizeof(frame->bytes) ? frame->length : sizeof(frame->bytes);

	dissect_frame(context, frame->kept.data, length, length > frame->kept.length, out);
}

/* The servers of the board give the participants their names. */
static void name_servers(struct sequence *sequence, const json_t *board)
{
	json_t *cluster = json_object_get(board, "cluster"), *servers = json_object_get(board, "servers"),
	       *one;
	const char *key;

	json_object_foreach (cluster, key, one)
		sequence_name(sequence, json_text(one, "address"), key);
	json_object_foreach (servers, key, one)
		sequence_name(sequence, json_text(one, "address"), json_text(one, "node"));
}

json_t *web_frames_sequence(const json_t *reply, const json_t *board, const char *phone, uint64_t after)
{
	struct dissect_context *context = dissect_new();
	struct sequence *sequence = sequence_new(phone);
	struct web_frame frame;
	struct dissect dissected;
	json_t *object = NULL;

	if (context && sequence) {
		name_servers(sequence, board);
		for (size_t i = 0; i < count_of(reply); i++)
			if (read_frame(reply, i, &frame)) {
				decode(context, &frame, &dissected);
				sequence_add(sequence, frame.number, frame.t, &dissected);
			}
		object = sequence_json(sequence, after);
		json_object_set(object, "first", json_object_get(reply, "first"));
		json_object_set(object, "last", json_object_get(reply, "last"));
	}
	sequence_free(sequence);
	dissect_free(context);
	return object;
}

static json_t *decoded(const struct web_frame *frame, const struct dissect *dissected)
{
	char text[sizeof(frame->bytes) / 3 * 4 + 8];
	json_t *fields = json_array();

	for (unsigned i = 0; i < dissected->fields; i++)
		json_array_append_new(fields, json_pack("[s,o]", dissected->field[i].name,
							json_text_new(dissected->field[i].value)));
	EVP_EncodeBlock((uint8_t *)text, frame->kept.data, (int)frame->kept.length);
	return json_pack("{s:I,s:I,s:s,s:o,s:o,s:I,s:I,s:s}", "number", (json_int_t)frame->number, "t",
			 (json_int_t)frame->t, "protocol", dissected->protocol, "fields", fields, "error",
			 json_text_new(dissected->error), "error_offset", (json_int_t)dissected->error_offset,
			 "length", (json_int_t)frame->length, "bytes", text);
}

json_t *web_frames_decode(const json_t *reply, uint64_t number)
{
	struct dissect_context *context = dissect_new();
	struct web_frame frame;
	struct dissect dissected;
	json_t *object = NULL;

	/* Earlier frames are decoded too: they have the names of files and the beginnings of SIP messages. */
	for (size_t i = 0; context && !object && i < count_of(reply); i++)
		if (read_frame(reply, i, &frame)) {
			decode(context, &frame, &dissected);
			if (frame.number == number)
				object = decoded(&frame, &dissected);
		}
	dissect_free(context);
	return object;
}

static void add_block(struct text *out, const void *block, ssize_t size)
{
	if (size > 0)
		text_add_bytes(out, block, (size_t)size);
}

/* "frame 7, step 4 dhcp" */
static void comment_of(const struct web_frame *frame, const struct dissect *dissected, char *text,
		       size_t size)
{
	int used = snprintf(text, size, "frame %llu", (unsigned long long)frame->number);

	if (dissected->step)
		snprintf(text + used, size - (size_t)used, ", step %d %s", dissected->step,
			 ladder_step_name(dissected->step));
}

void web_frames_pcapng(const json_t *reply, const char *phone, struct text *out)
{
	const struct pcapng_interface interface = {.name = phone, .link_type = PCAPNG_ETHERNET};
	uint8_t block[sizeof(((struct web_frame *)0)->bytes) + 256];
	struct dissect_context *context = dissect_new();
	struct web_frame frame;
	struct dissect dissected;
	struct timespec now;
	int64_t offset_ns;
	char comment[80];

	clock_gettime(CLOCK_REALTIME, &now);
	offset_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec - (int64_t)clock_now_us() * 1000;
	add_block(out, block, pcapng_encode_section("phonelab web", block, sizeof(block)));
	add_block(out, block, pcapng_encode_interface(&interface, block, sizeof(block)));
	for (size_t i = 0; context && i < count_of(reply); i++) {
		struct pcapng_packet packet = {.comment = comment};

		if (!read_frame(reply, i, &frame))
			continue;
		decode(context, &frame, &dissected);
		comment_of(&frame, &dissected, comment, sizeof(comment));
		packet.time_ns = (uint64_t)(frame.t * 1000 + offset_ns);
		packet.data = frame.kept;
		packet.original_length = (uint32_t)frame.length;
		add_block(out, block, pcapng_encode_packet(&packet, block, sizeof(block)));
	}
	dissect_free(context);
}
