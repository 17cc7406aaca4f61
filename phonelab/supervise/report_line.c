#include "phonelab/supervise/report_line.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const words[] = {
    [REPORT_PID] = "pid",	  [REPORT_STARTING] = "starting",
    [REPORT_WAITING] = "waiting", [REPORT_HELD] = "held",
    [REPORT_UP] = "up",		  [REPORT_DIED] = "died",
    [REPORT_STOPPED] = "stopped", [REPORT_FAILED] = "failed",
    [REPORT_MISSING] = "missing", [REPORT_USAGE] = "usage",
    [REPORT_UNFIT] = "unfit",
};

enum report_word report_word_of(const char *line)
{
	size_t length = strcspn(line, " ");

	for (size_t i = REPORT_OTHER + 1; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == length && !memcmp(words[i], line, length))
			return (enum report_word)i;
	return REPORT_OTHER;
}

void report_write(int fd, const char *word, const char *text)
{
	char line[4096];
	size_t n = (size_t)snprintf(line, sizeof(line), "%s ", word);

	for (const char *p = text; *p && n < sizeof(line) - 3; p++) {
		if (*p == '\n')
			line[n++] = '\\';
		line[n++] = *p == '\n' ? 'n' : *p;
	}
	line[n++] = '\n';
	/* An error means that the reader no longer reads: nothing is left to do. */
	(void)!write(fd, line, n);
}

char *report_text_of(char *line)
{
	char *text = line + strcspn(line, " ");
	char *to;

	if (*text)
		text++;
	to = text;
	for (const char *from = text; *from; from++) {
		if (from[0] == '\\' && from[1] == 'n') {
			*to++ = '\n';
			from++;
		} else {
			*to++ = *from;
		}
	}
	*to = 0;
	return text;
}

bool report_read(struct report_reader *reader, int fd, report_line_fn *take, void *arg)
{
	ssize_t n = read(fd, reader->bytes + reader->used, sizeof(reader->bytes) - reader->used);
	char *end;

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	reader->used += (size_t)n;
	while ((end = memchr(reader->bytes, '\n', reader->used))) {
		size_t length = (size_t)(end - reader->bytes) + 1;

		*end = 0;
		take(arg, reader->bytes);
		memmove(reader->bytes, reader->bytes + length, reader->used - length);
		reader->used -= length;
	}
	/* No line of ours is that long. */
	if (reader->used == sizeof(reader->bytes))
		reader->used = 0;
	return true;
}
