#ifndef PHONELAB_LAB_COMPLAIN_H
#define PHONELAB_LAB_COMPLAIN_H

/* The exit statuses of phonelab, a contract. */
enum exit_status {
	EXIT_AS_ASKED = 0,	/* success */
	EXIT_ASSERTION = 1,	/* an assertion failed, for example: not every phone is registered */
	EXIT_USAGE = 2,		/* wrong usage or an invalid file */
	EXIT_UNFIT = 3,		/* this machine does not meet the requirements; the remedy was printed */
	EXIT_DEFECT = 4,	/* a defect in phonelab */
	EXIT_INTERRUPTED = 130, /* ended by Ctrl-C or a signal, as shells report it */
};

/* Print "phonelab: MESSAGE" to standard error and return status. The message is cleaned (base/print.h). */
int exit_complain(enum exit_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
