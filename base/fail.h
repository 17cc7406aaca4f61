#ifndef BASE_FAIL_H
#define BASE_FAIL_H

#include <stdbool.h>

/*
 * A reason that a person can act on: where, what is wrong, what was expected, what to do. A function that can fail
 * on bad input takes a struct fail (never NULL) and fills it when, and only when, it returns a negative errno. A
 * program acts on err, a person reads text; no code compares texts.
 */
struct fail {
	int err; /* the negative errno, 0 while nothing failed */
	char text[768];
};

/* Write the reason and return err, so that a caller writes: return fail_set(fail, -EINVAL, "..."). err 0 is a
 * defect of the caller, such as an errno that nobody set; it becomes -EIO. */
int fail_set(struct fail *fail, int err, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Put "PREFIX: " before the reason and return err. */
int fail_prefix(struct fail *fail, int err, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Is the reason that memory, descriptors or space is short, so that the same may succeed later? err: positive or negative. */
bool fail_is_shortage(int err);

/* The name of an errno value, negative or positive ("ENOENT"), for programs; and back: a negative errno, -EPROTO for
 * an unknown name. */
const char *fail_code(int err);
int fail_err(const char *code);

#endif
