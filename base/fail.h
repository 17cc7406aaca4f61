#ifndef BASE_FAIL_H
#define BASE_FAIL_H

#include <stdarg.h>

/*
 * A reason that a person can act on: where, what was found, what was expected. Functions that can fail
 * on bad input take one (never NULL) and fill it when, and only when, they return a negative errno.
 */
struct fail {
	char text[768];
};

/* Write the reason and give back code, so that callers say: return fail_set(fail, -EINVAL, "..."). */
int fail_set(struct fail *fail, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same from a va_list. */
int fail_setv(struct fail *fail, int code, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

/* Put "PREFIX: " before the reason that is there; gives back code. */
int fail_prefix(struct fail *fail, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
