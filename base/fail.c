#include "base/fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int fail_set(struct fail *fail, int err, const char *format, ...)
{
	/* Through a copy, because an argument may be the old reason itself. */
	char text[sizeof(fail->text)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	memcpy(fail->text, text, sizeof(text));
	fail->err = err ? err : -EIO;
	return fail->err;
}

int fail_prefix(struct fail *fail, int err, const char *format, ...)
{
	char prefix[sizeof(fail->text)];
	va_list args;

	va_start(args, format);
	vsnprintf(prefix, sizeof(prefix), format, args);
	va_end(args);
	return fail_set(fail, err, "%s: %s", prefix, fail->text);
}

bool fail_is_shortage(int err)
{
	switch (err < 0 ? -err : err) {
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOBUFS:
	case ENOSPC: return true;
	default: return false;
	}
}

const char *fail_code(int err)
{
	const char *name = strerrorname_np(err < 0 ? -err : err);

	return name ? name : "EPROTO";
}

int fail_err(const char *code)
{
	for (int err = 1; err < 200; err++) {
		const char *name = strerrorname_np(err);

		if (name && code && !strcmp(name, code))
			return -err;
	}
	return -EPROTO;
}
