#include "phonelab/command/command.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "wire/dissect.h"
#include "wire/pcapng.h"

#define BUFFER (4 * 1024 * 1024)

/* How frames are printed. */
struct style {
	bool as_json;
	bool brief; /* one line per frame */
};

/* "2026-11-30T14:02:11.123456789Z"; false if the capture has no time of the frame. */
static bool time_text(uint64_t ns, char text[48])
{
	time_t seconds = (time_t)(ns / 1000000000);
	char date[32];
	struct tm tm;

	if (!ns || !gmtime_r(&seconds, &tm) || !strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm))
		return false;
	snprintf(text, 48, "%s.%09uZ", date, (unsigned)(ns % 1000000000));
	return true;
}

static json_t *frame_object(unsigned long number, uint64_t time_ns, const struct dissect *frame)
{
	json_t *fields = json_object();
	json_t *object = json_pack("{s:I,s:s}", "frame", (json_int_t)number, "protocol", frame->protocol);
	char text[DISSECT_SUMMARY_MAX];

	if (time_text(time_ns, text))
		json_object_set_new(object, "time", json_string(text));
	if (frame->phone[0])
		json_object_set_new(object, "phone", json_string(frame->phone));
	if (frame->step)
		json_object_set_new(object, "step", json_integer(frame->step));
	dissect_summary(frame, text, sizeof(text));
	json_object_set_new(object, "summary", json_string(text));
	for (unsigned i = 0; i < frame->fields; i++) {
		const struct dissect_field *field = &frame->field[i];

		json_object_set_new(fields, field->name,
				    field->number ? json_integer(atoll(field->value))
						  : json_string(field->value));
	}
	json_object_set_new(object, "fields", fields);
	if (frame->malformed) {
		json_object_set_new(object, "error", json_string(frame->error));
		json_object_set_new(object, "error_offset", json_integer((json_int_t)frame->error_offset));
	}
	return object;
}

/* The number, the local time, whose frame it is, and the summary. */
static void print_summary(unsigned long number, uint64_t time_ns, const struct dissect *frame)
{
	time_t seconds = (time_t)(time_ns / 1000000000);
	char clock[16] = "", fraction[12] = "", text[DISSECT_SUMMARY_MAX];
	struct tm tm;

	if (time_ns && localtime_r(&seconds, &tm)) {
		strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
		snprintf(fraction, sizeof(fraction), ".%06u", (unsigned)(time_ns / 1000 % 1000000));
	}
	dissect_summary(frame, text, sizeof(text));
	print_text("%6lu  %8s%-7s  %-8s %-15s %2.0d  %s\n", number, *clock ? clock : "-", fraction,
		   frame->protocol, frame->phone, frame->step, text);
}

#define FIELDS_WIDTH 100 /* of the lines of fields */

static void print_fields(const struct dissect *frame)
{
	int column = 0;

	for (unsigned i = 0; i < frame->fields; i++) {
		const struct dissect_field *field = &frame->field[i];
		int length = (int)(strlen(field->name) + strlen(field->value) + 2);

		if (column && column + length > FIELDS_WIDTH) {
			print_text("\n");
			column = 0;
		}
		print_text("%s %s=%s", column ? "" : "       ", field->name, field->value);
		column += length;
	}
	if (column)
		print_text("\n");
	if (frame->malformed)
		print_text("        malformed at octet %zu: %s\n", frame->error_offset, frame->error);
}

/* False: the link type is not read. */
static bool print_frame(const struct style *style, unsigned long number, const struct pcapng_record *record,
			struct dissect_context *context)
{
	struct dissect frame;
	json_t *object;

	if (dissect_record(context, record->link_type, record->data.data, record->data.length,
			   record->original_length > record->data.length, &frame))
		return false;
	if (!style->as_json) {
		print_summary(number, record->time_ns, &frame);
		if (!style->brief)
			print_fields(&frame);
		return true;
	}
	object = frame_object(number, record->time_ns, &frame);
	print_json(object, JSON_COMPACT);
	json_decref(object);
	return true;
}

/* Read the file block by block. The bytes from `at` to `used` of the buffer are not decoded yet. */
static int decode(int fd, const char *path, const struct style *style)
{
	struct pcapng_reader *reader = calloc(1, sizeof(*reader));
	struct dissect_context *context = dissect_new();
	struct pcapng_record *record = calloc(1, sizeof(*record));
	char *buffer = malloc(BUFFER);
	size_t used = 0, at = 0;
	unsigned long number = 0, unread = 0;
	unsigned link_type = 0;
	uint64_t offset = 0;
	int status = reader && context && record && buffer ? EXIT_AS_ASKED : EXIT_DEFECT;
	bool end = false;

	if (!status)
		pcapng_reader_init(reader);
	while (!status) {
		struct wire_error error;
		int err = pcapng_read(reader, buffer + at, used - at, record, &error);
		ssize_t n;

		if (!err) {
			if (record->kind == PCAPNG_PACKET && !print_frame(style, ++number, record, context)) {
				unread++;
				link_type = record->link_type;
			}
			at += record->size;
			continue;
		}
		if (err == -EBADMSG) {
			status = exit_complain(EXIT_USAGE, "decode: %s: at byte %llu: %s", path,
					       (unsigned long long)(offset + at + error.offset), error.what);
			break;
		}
		if (end) {
			if (used > at || !reader->started)
				status = exit_complain(
				    EXIT_USAGE, "decode: %s: found %s, expected a whole pcap or pcapng file",
				    path, used ? "the end of the file inside a block" : "nothing");
			break;
		}
		memmove(buffer, buffer + at, used - at);
		offset += at;
		used -= at;
		at = 0;
		n = read(fd, buffer + used, BUFFER - used);
		if (n < 0)
			status = exit_complain(EXIT_USAGE, "decode: %s: %s", path, strerror(errno));
		end = n == 0;
		used += n > 0 ? (size_t)n : 0;
	}
	if (!status && unread)
		status = exit_complain(
		    unread == number ? EXIT_USAGE : EXIT_AS_ASKED,
		    "decode: %s: %lu of %lu frames have link type %u, expected " DISSECT_LINK_TYPES, path,
		    unread, number, link_type);
	free(reader);
	free(record);
	free(buffer);
	dissect_free(context);
	return status;
}

int command_decode(const struct command_line *line)
{
	const char *path = line->word[0];
	const struct style style = {.as_json = line->option[OPT_DECODE_JSON].given,
				    .brief = line->option[OPT_DECODE_SUMMARY].given};
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : dup(STDIN_FILENO), status;

	if (fd < 0)
		return exit_complain(EXIT_USAGE, "decode: %s: %s", path, strerror(errno));
	status = decode(fd, path, &style);
	close(fd);
	return status;
}
