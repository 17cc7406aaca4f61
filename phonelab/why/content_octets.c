/* What kind of file it is, by its octets. */
#include "phonelab/why/content_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/ladder.h"
#include "wire/trustlist.h"

#define HEAD 512 /* octets in which a text shows what it is */

/* --- on the disk --- */

/* dnsmasq as root serves only files that everybody may read; a web server reads as its user. */
static void check_mode(struct content *of, struct content_file *file, const struct stat *info)
{
	json_t *fact;

	if (info->st_mode & S_IROTH)
		return;
	fact =
	    content_put(of, file, "content.unreadable", file->step, 0,
			"%s has the mode %04o and the owner %u: a TFTP server needs a file that all may read",
			file->name, (unsigned)info->st_mode & 07777, (unsigned)info->st_uid);
	fact_value(fact, "mode", "%04o", (unsigned)info->st_mode & 07777);
	fact_value(fact, "owner", "%u", (unsigned)info->st_uid);
}

static void put_no_file(struct content *of, struct content_file *file, const char *path,
			const struct stat *info)
{
	char target[300] = "";
	struct stat there;
	json_t *fact;

	if (S_ISDIR(info->st_mode)) {
		content_put(of, file, "content.directory", file->step, 0, "%s is a directory", file->name);
	} else if (S_ISLNK(info->st_mode) && stat(path, &there)) {
		if (readlink(path, target, sizeof(target) - 1) < 0)
			target[0] = 0;
		fact = content_put(of, file, "content.dangling", file->step, 0,
				   "%s is a symbolic link to %s, which does not exist", file->name, target);
		fact_value(fact, "found", "%s", target);
	} else if (!S_ISLNK(info->st_mode)) {
		content_put(of, file, "content.directory", file->step, 0, "%s is no regular file",
			    file->name);
	}
}

/* --- the octets --- */

static const struct {
	const char *fact, *what, *octets;
	size_t length;
} magics[] = {
    {"content.gzip", "is compressed with gzip", "\x1f\x8b", 2},
    {"content.zip", "is a zip archive", "PK\x03\x04", 4},
    {"content.encoding", "is in UTF-32", "\xff\xfe\0\0", 4},
    {"content.encoding", "is in UTF-16", "\xff\xfe", 2},
    {"content.encoding", "is in UTF-16", "\xfe\xff", 2},
    {"content.encoding", "is in UTF-16 without a byte order mark", "<\0?\0", 4},
    {"content.encoding", "is in UTF-16 without a byte order mark", "\0<\0?", 4},
};

static bool begins(struct wire_slice text, const char *octets, size_t length)
{
	return text.length >= length && !memcmp(text.data, octets, length);
}

/* The first word of a text, after blanks, a byte order mark and an XML declaration. */
static bool is_html(struct wire_slice text)
{
	const char *at = (const char *)text.data, *end = at + (text.length < HEAD ? text.length : HEAD),
		   *close;

	if (begins(text, "\xef\xbb\xbf", 3))
		at += 3;
	for (;;) {
		while (at < end && strchr(" \t\r\n", *at))
			at++;
		close = end - at > 2 && (!strncmp(at, "<?", 2) || !strncmp(at, "<!--", 4))
			    ? memchr(at, '>', (size_t)(end - at))
			    : NULL;
		if (!close)
			break;
		at = close + 1;
	}
	return (end - at >= 5 && !strncasecmp(at, "<html", 5)) ||
	       (end - at >= 14 && !strncasecmp(at, "<!doctype html", 14));
}

static bool is_binary(struct wire_slice text)
{
	for (size_t i = 0; i < text.length && i < HEAD; i++)
		if (text.data[i] < ' ' && !strchr("\t\r\n\f", text.data[i]))
			return true;
	return text.length && !text.data[0];
}

/* Returns 0, or the line from 1 of the first octet that is not UTF-8 (RFC 3629). */
static unsigned not_utf8(struct wire_slice text)
{
	unsigned line = 1;

	for (size_t i = 0; i < text.length;) {
		uint8_t c = text.data[i++];
		unsigned more = c < 0x80		? 0
				: c >= 0xc2 && c < 0xe0 ? 1
				: c >= 0xe0 && c < 0xf0 ? 2
				: c >= 0xf0 && c < 0xf5 ? 3
							: 9;

		line += c == '\n';
		if (more == 9)
			return line;
		for (; more; more--)
			if (i >= text.length || (text.data[i++] & 0xc0) != 0x80)
				return line;
	}
	return 0;
}

/* Behind the comment, the instruction or the declaration that begins at `at`; NULL: it does not end. Comments may have
 * tags in them. */
static const char *behind_prolog(const char *at, const char *end)
{
	const char *mark = !strncmp(at, "<!--", 4) ? "-->" : !strncmp(at, "<?", 2) ? "?>" : ">";
	const char *close = memmem(at, (size_t)(end - at), mark, strlen(mark));

	return close ? close + strlen(mark) : NULL;
}

/* The begin tag of the root element, behind its "<"; NULL: there is none. The text ends with NUL. */
static const char *find_root(const char *at, const char *end)
{
	while (at && (at = memchr(at, '<', (size_t)(end - at))) && at + 1 < end) {
		if (at[1] != '?' && at[1] != '!')
			return at + 1;
		at = behind_prolog(at, end);
	}
	return NULL;
}

/* Does the root element end? root: its name. */
static bool has_end(struct wire_slice text, char root[64])
{
	const char *at = (const char *)text.data, *end = at + text.length, *begin = find_root(at, end),
		   *close;
	size_t length = 0;
	char tag[80];

	while (begin && begin + length < end && length < 63 && !strchr(" \t\r\n/>", begin[length]))
		length++;
	snprintf(root, 64, "%.*s", (int)length, begin ? begin : "");
	close = begin ? memchr(begin, '>', (size_t)(end - begin)) : NULL;
	if (close && close[-1] == '/')
		return true; /* an empty element */
	length = (size_t)snprintf(tag, sizeof(tag), "</%s", root);
	for (at = (const char *)text.data; *root && (at = memmem(at, (size_t)(end - at), tag, length));
	     at += length)
		if (at + length < end && strchr(" \t\r\n>", at[length]))
			return true;
	return false;
}

static unsigned lines_of(struct wire_slice text)
{
	unsigned lines = 1;

	for (size_t i = 0; i + 1 < text.length; i++)
		lines += text.data[i] == '\n';
	return lines;
}

static bool is_xml_name(const char *name)
{
	size_t length = strlen(name);

	return length > 4 && !strcmp(name + length - 4, ".xml");
}

void content_check_text(struct content *of, struct content_file *file)
{
	struct wire_slice text = content_payload(file);
	unsigned line = not_utf8(text);
	char root[64];
	json_t *fact;

	if (!is_xml_name(file->plain))
		return;
	if (is_binary(text)) {
		content_put(of, file, "content.binary", file->step, 0, "%s has control octets: it is no text",
			    file->name);
	} else if (!has_end(text, root) && *root) {
		fact = content_put(of, file, "content.truncated", file->step, lines_of(text),
				   "%s ends after %zu octets in line %u, without the end tag </%s>",
				   file->name, text.length, lines_of(text), root);
		fact_value(fact, "expected", "</%s>", root);
	} else if (line) {
		content_put(of, file, "content.encoding", file->step, line,
			    "line %u of %s has octets that are not UTF-8", line, file->name);
	}
}

static void check_octets(struct content *of, struct content_file *file)
{
	struct wire_slice text = content_payload(file);
	const char *end = strrchr(file->plain, '.');
	bool archive = end && !strcmp(end, ".jar");

	if (!text.length) {
		content_put(of, file, "content.empty", file->step, 0, "%s is empty", file->name);
		return;
	}
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (begins(text, magics[i].octets, magics[i].length) &&
		    !(archive && !strcmp(magics[i].fact, "content.zip"))) {
			content_put(of, file, magics[i].fact, file->step, 0, "%s %s", file->name,
				    magics[i].what);
			return;
		}
	if (is_html(text))
		content_put(of, file, "content.html", file->step, 0, "%s is an HTML page", file->name);
}

/* A signed file whose header cannot be read: where its content begins is unknown. */
static bool is_broken(const struct content_file *file)
{
	struct trustlist_header header;
	struct wire_slice payload;

	return sgn_is_signed(file->bytes, file->length) &&
	       sgn_decode(file->bytes, file->length, &header, &payload, NULL);
}

/* The beginning of an image, or a whole file. 0 or a negative errno. */
static int read_bytes(struct content_file *file, const char *path, char **bytes, struct fail *fail)
{
	const char *end = strrchr(file->name, '.');
	FILE *image = end && !strcmp(end, ".sbn") ? fopen(path, "re") : NULL;

	if (!image)
		return file_read(path, CONTENT_MOST, bytes, &file->length, fail);
	*bytes = malloc(LINT_IMAGE_HEAD);
	file->length = *bytes ? fread(*bytes, 1, LINT_IMAGE_HEAD, image) : 0;
	fclose(image);
	return *bytes ? 0 : -ENOMEM;
}

void content_look(struct content *of, struct content_file *file)
{
	char path[CONTENT_PATH + 200], *bytes = NULL;
	struct fail fail = {0};
	struct stat info;

	snprintf(path, sizeof(path), "%s%s", of->root, file->name);
	if (lstat(path, &info))
		return;
	if (!S_ISREG(info.st_mode))
		put_no_file(of, file, path, &info);
	if (stat(path, &info) || !S_ISREG(info.st_mode))
		return;
	check_mode(of, file, &info);
	if (read_bytes(file, path, &bytes, &fail)) {
		if (fail.err != -EFBIG && !file->wrong)
			content_put(of, file, "content.unreadable", file->step, 0, "%s cannot be read: %s",
				    file->name, strerror(-fail.err));
		return;
	}
	file->bytes = (uint8_t *)bytes;
	if (file->step == LADDER_CTL || file->step == LADDER_ITL || file->step == LADDER_FIRMWARE) {
		if (!file->length)
			content_put(of, file, "content.empty", file->step, 0, "%s is empty", file->name);
		else if (begins((struct wire_slice){file->bytes, file->length}, "\x1f\x8b", 2))
			content_put(of, file, "content.gzip", file->step, 0, "%s is compressed with gzip",
				    file->name);
		else if (is_html((struct wire_slice){file->bytes, file->length}))
			content_put(of, file, "content.html", file->step, 0, "%s is an HTML page",
				    file->name);
		return;
	}
	if (strcmp(file->name, file->plain) && is_broken(file))
		return;
	check_octets(of, file);
}
