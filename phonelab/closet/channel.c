#include "phonelab/closet/channel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json_text.h"
#include "base/text.h"

size_t record_header(uint8_t header[RECORD_HEADER], enum record_kind kind, uint32_t number)
{
	const uint32_t wire = htonl(number);

	header[0] = (uint8_t)kind;
	memcpy(header + 1, &wire, sizeof(wire));
	return RECORD_HEADER;
}

bool record_has_octets(enum record_kind kind)
{
	return kind == RECORD_IN || kind == RECORD_OUT || kind == RECORD_ERROR;
}

int record_read(const uint8_t header[RECORD_HEADER], enum record_kind *kind, uint32_t *number)
{
	uint32_t wire;

	if (header[0] > RECORD_TAKEN)
		return -EPROTO;
	memcpy(&wire, header + 1, sizeof(wire));
	if (record_has_octets((enum record_kind)header[0]) && ntohl(wire) > RECORD_MOST)
		return -EPROTO;
	*kind = (enum record_kind)header[0];
	*number = ntohl(wire);
	return 0;
}

/* --- records without blocking --- */

/* How many octets the record has, as far as that is known. 0: it is no record. */
static size_t whole_length(const struct record_reader *reader, enum record_kind *kind, uint32_t *number)
{
	if (reader->used < RECORD_HEADER)
		return RECORD_HEADER;
	if (record_read(reader->bytes, kind, number))
		return 0;
	return RECORD_HEADER + (record_has_octets(*kind) ? *number : 0);
}

int record_receive(int fd, struct record_reader *reader, enum record_kind *kind, uint32_t *number)
{
	for (;;) {
		size_t whole = whole_length(reader, kind, number);
		ssize_t n;

		if (!whole)
			return -EPROTO;
		if (reader->used >= RECORD_HEADER && reader->used == whole) {
			reader->used = 0;
			return 1;
		}
		n = recv(fd, reader->bytes + reader->used, whole - reader->used, MSG_DONTWAIT);
		if (!n)
			return -EPIPE;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		reader->used += (size_t)n;
	}
}

void record_put(struct record_writer *writer, enum record_kind kind, uint32_t number, const void *octets)
{
	writer->at = 0;
	writer->length = record_header(writer->bytes, kind, number);
	if (!record_has_octets(kind))
		return;
	if (octets)
		memcpy(writer->bytes + writer->length, octets, number);
	writer->length += number;
}

bool record_is_sent(const struct record_writer *writer)
{
	return writer->at == writer->length;
}

int record_send(int fd, struct record_writer *writer)
{
	while (writer->at < writer->length) {
		ssize_t n = send(fd, writer->bytes + writer->at, writer->length - writer->at,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0)
			writer->at += (size_t)n;
		else if (errno == EAGAIN)
			return 0;
		else if (errno != EINTR)
			return -errno;
	}
	return 0;
}

/* --- names --- */

int channel_check_path(const char *name, struct fail *fail)
{
	size_t length = strlen(name);

	if (!length || *name == '/' || length > CHANNEL_NAME)
		return fail_set(fail, -EACCES,
				"\"%.200s\": expected a name of up to %d characters below the run directory",
				name, CHANNEL_NAME);
	/* One name for each file: "./keys/x" is not another one than "keys/x". */
	for (const char *part = name; part; part = strchr(part, '/'), part = part ? part + 1 : NULL) {
		size_t n = strcspn(part, "/");

		if (!n || (n == 1 && *part == '.') || (n == 2 && !strncmp(part, "..", 2)))
			return fail_set(fail, -EACCES,
					"\"%s\": expected a name below the run directory, without empty "
					"parts, \".\" and \"..\"",
					name);
	}
	return 0;
}

/* Private keys and secrets of sessions: in keys/ everything but certificates, elsewhere the key of the administration
 * (tomcat.pem), those of phones (lsc-key), and whatever is called like a key. */
static bool is_secret(const char *name)
{
	static const char keys[] = "keys/", of_phone[] = "lsc-key";
	const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;

	return text_ends_with(name, ".key") || text_ends_with(name, ".pem") ||
	       !strncmp(last, of_phone, strlen(of_phone)) ||
	       (!strncmp(name, keys, strlen(keys)) && !text_ends_with(name, ".crt"));
}

int channel_check_name(const char *name, struct fail *fail)
{
	if (channel_check_path(name, fail))
		return fail->err;
	if (is_secret(name))
		return fail_set(fail, -EACCES, "\"%s\": private keys and secrets stay in their closet", name);
	return 0;
}

/* --- blocking --- */

static int wait_for(int fd, short events)
{
	struct pollfd pfd = {.fd = fd, .events = events};
	int n;

	do
		n = poll(&pfd, 1, CHANNEL_WAIT_S * 1000);
	while (n < 0 && errno == EINTR);
	return n > 0 ? 0 : n ? -errno : -ETIMEDOUT;
}

int channel_write(int fd, const void *octets, size_t length)
{
	const char *at = octets;

	while (length) {
		ssize_t n = send(fd, at, length, MSG_NOSIGNAL | MSG_DONTWAIT);
		int err = n < 0 ? errno : 0;

		if (n >= 0) {
			at += n;
			length -= (size_t)n;
		} else if (err == EAGAIN) {
			err = wait_for(fd, POLLOUT);
			if (err)
				return err;
		} else if (err != EINTR) {
			return -err;
		}
	}
	return 0;
}

int channel_read(int fd, void *octets, size_t length)
{
	char *at = octets;

	while (length) {
		int err = wait_for(fd, POLLIN);
		ssize_t n = err ? 0 : recv(fd, at, length, MSG_DONTWAIT);

		if (err)
			return err;
		if (!n)
			return -EPIPE;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (n > 0) {
			at += n;
			length -= (size_t)n;
		}
	}
	return 0;
}

/* Read up to the end of the line and no octet of what follows: look first. */
static int take_line(int fd, char **line, size_t *used, size_t most)
{
	size_t room = 0;
	char part[4096];

	*line = NULL;
	*used = 0;
	for (;;) {
		int err = wait_for(fd, POLLIN);
		ssize_t n = err ? 0 : recv(fd, part, sizeof(part), MSG_PEEK | MSG_DONTWAIT);
		char *end, *more;

		if (err)
			return err;
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			return n ? -errno : -EPIPE;
		end = memchr(part, '\n', (size_t)n);
		n = end ? end - part + 1 : n;
		if (*used + (size_t)n > most)
			return -EMSGSIZE;
		if (*used + (size_t)n > room) {
			room = (*used + (size_t)n) * 2;
			more = realloc(*line, room);
			if (!more)
				return -ENOMEM;
			*line = more;
		}
		if (recv(fd, *line + *used, (size_t)n, MSG_DONTWAIT) != n)
			return -EIO;
		*used += (size_t)n;
		if (end)
			return 0;
	}
}

json_t *channel_read_line(int fd, size_t most, struct fail *fail)
{
	json_error_t error;
	json_t *object = NULL;
	size_t used;
	char *line;
	int err = take_line(fd, &line, &used, most);

	if (err)
		fail_set(fail, err == -EPIPE && used ? -EPROTO : err, "the channel: %s",
			 err == -EPIPE ? "the other side has closed it" : strerror(-err));
	else
		object = json_loadb(line, used, JSON_REJECT_DUPLICATES, &error);
	if (!err && !json_is_object(object)) {
		json_decref(object);
		object = NULL;
		fail_set(fail, -EPROTO, "the channel: expected a line with a JSON object");
	}
	free(line);
	return object;
}

int channel_write_line(int fd, json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);
	int err = -ENOMEM;

	json_decref(object);
	if (text) {
		size_t length = strlen(text);

		text[length] = '\n'; /* in place of the NUL */
		err = channel_write(fd, text, length + 1);
	}
	free(text);
	return err;
}

int channel_write_error(int fd, const struct fail *fail)
{
	return channel_write_line(fd, json_pack("{s:b,s:s,s:o}", "ok", 0, "code", fail_code(fail->err),
						"error", json_text_new(fail->text)));
}
