#ifndef PHONELAB_SUPERVISE_REPORT_LINE_H
#define PHONELAB_SUPERVISE_REPORT_LINE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * How the processes of a lab say what becomes of it to who started them: through a pipe, a line a piece of
 * news, "WORD" or "WORD TEXT". A text of several lines has its newlines escaped. Which words the inner
 * process says stands in phonelab/supervise/supervisor.h, what the outer one adds in
 * phonelab/supervise/outer.h.
 */
enum report_word {
	REPORT_OTHER, /* a word that is not ours */
	REPORT_PID,
	REPORT_STARTING,
	REPORT_HELD,
	REPORT_UP,
	REPORT_DIED,
	REPORT_STOPPED,
	REPORT_FAILED,
	REPORT_USAGE,
	REPORT_UNFIT,
};

/* Which word a line begins with. */
enum report_word report_word_of(const char *line);

/* The text of a line, its newlines put back in place; "" when it has none. */
char *report_text_of(char *line);

/* What has come through a pipe and is not a whole line yet. Begins as {0}. */
struct report_reader {
	char bytes[8192];
	size_t used;
};

/* Called with each whole line, without its newline; it may be changed. */
typedef void report_line_fn(void *arg, char *line);

/* Read once from fd and hand on every line that is whole now. False when nothing will come any more: the
 * other end is closed. */
bool report_read(struct report_reader *reader, int fd, report_line_fn *take, void *arg);

#endif
