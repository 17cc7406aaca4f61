#include "phonelab/command/command.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wire/dissect.h"
#include "wire/pcapng.h"

#define BUFFER (4 * 1024 * 1024)

static json_t *frame_object(unsigned long number, const struct dissect *frame)
{
	json_t *fields = json_object();
	json_t *object = json_pack("{s:I,s:s}", "frame", (json_int_t)number, "protocol", frame->protocol);

	if (frame->phone[0])
		json_object_set_new(object, "phone", json_string(frame->phone));
	if (frame->step)
		json_object_set_new(object, "step", json_integer(frame->step));
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

static void print_plain(unsigned long number, const struct dissect *frame)
{
	print_text("%6lu  %-9s %-16s %2.0d ", number, frame->protocol, frame->phone, frame->step);
	for (unsigned i = 0; i < frame->fields && i < 12; i++)
		print_text(" %s=%s", frame->field[i].name, frame->field[i].value);
	if (frame->malformed)
		print_text("  MALFORMED at %zu: %s", frame->error_offset, frame->error);
	print_text("\n");
}

/* False: the link type is not read. */
static bool print_frame(bool as_json, unsigned long number, const struct pcapng_record *record,
			struct dissect_context *context)
{
	struct dissect frame;
	json_t *object;

	if (dissect_record(context, record->link_type, record->data.data, record->data.length,
			   record->original_length > record->data.length, &frame))
		return false;
	if (!as_json) {
		print_plain(number, &frame);
		return true;
	}
	object = frame_object(number, &frame);
	print_json(object, JSON_COMPACT);
	json_decref(object);
	return true;
}

/* Read the file block by block. The bytes from `at` to `used` of the buffer are not decoded yet. */
static int decode(int fd, const char *path, bool as_json)
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
			if (record->kind == PCAPNG_PACKET &&
			    !print_frame(as_json, ++number, record, context)) {
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
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : dup(STDIN_FILENO), status;

	if (fd < 0)
		return exit_complain(EXIT_USAGE, "decode: %s: %s", path, strerror(errno));
	status = decode(fd, path, line->option[OPT_DECODE_JSON].given);
	close(fd);
	return status;
}
