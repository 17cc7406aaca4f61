#ifndef PHONELAB_SUPERVISE_REPORT_LINE_H
#define PHONELAB_SUPERVISE_REPORT_LINE_H

#include <stdbool.h>
#include <stddef.h>

/* How the processes of a lab report to the process that started them: lines through a pipe, "WORD" or "WORD TEXT".
 * The newlines of a text are escaped. supervisor.h and outer.h list the words. */
enum report_word {
	REPORT_OTHER, /* an unknown word */
	REPORT_PID,
	REPORT_STARTING,
	REPORT_WAITING,
	REPORT_HELD,
	REPORT_UP,
	REPORT_DIED,
	REPORT_STOPPED,
	REPORT_FAILED,
	REPORT_MISSING,
	REPORT_USAGE,
	REPORT_UNFIT,
};

/* Which word a line begins with. */
enum report_word report_word_of(const char *line);

/* Write a line; the newlines of the text are escaped. */
void report_write(int fd, const char *word, const char *text);

/* The text of a line, its newlines unescaped; "" if there is none. */
char *report_text_of(char *line);

/* The bytes read from a pipe that are not a whole line yet. Starts as {0}. */
struct report_reader {
	char bytes[8192];
	size_t used;
};

/* Called with each whole line, without its newline; it may be changed. */
typedef void report_line_fn(void *arg, char *line);

/* Read once from fd and pass on every complete line. False at the end: the other end of the pipe is
 * closed. */
bool report_read(struct report_reader *reader, int fd, report_line_fn *take, void *arg);

#endif
