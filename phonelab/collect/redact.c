#include "phonelab/collect/redact.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/markup.h"

/* The password of the list whose escaped form is that text of XML; NULL: none. */
static const char *unescape(const struct credentials *list, const char *text, size_t length)
{
	for (size_t i = 0; i < list->n; i++) {
		struct text escaped = {0};
		bool same;

		markup_add_value(&escaped, list->item[i]);
		same = escaped.bytes && escaped.length == length && !memcmp(escaped.bytes, text, length);
		text_free(&escaped);
		if (same)
			return list->item[i];
	}
	return NULL;
}

/* The element of a password that begins at at, "<" included: where its text begins. NULL: another one. */
static const char *password_element(const char *at, size_t left)
{
	static const char *const names[] = {"authPassword", "phonePassword", "sshPassword", "sharedSecret",
					    "adminPassword"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t length = strlen(names[i]);

		if (left > length + 2 && !memcmp(at + 1, names[i], length) && at[length + 1] == '>')
			return at + length + 2;
	}
	return NULL;
}

/* Append what stands for the password with that text in XML. */
static void put_instead(const char *text, size_t length, const struct credentials *list,
			redact_found_fn *found, void *arg, struct text *out)
{
	const char *known = unescape(list, text, length);
	char instead[CREDENTIALS_SUBSTITUTE], *raw = known ? NULL : strndup(text, length);

	if (raw)
		found(arg, raw);
	text_add(out, "%s", credentials_substitute(list, known ? known : raw ? raw : "", instead));
	free(raw);
}

void redact_xml(const char *xml, size_t length, const struct credentials *list, redact_found_fn *found,
		void *arg, struct text *out)
{
	const char *end = xml + length, *at = xml;

	while (at < end) {
		const char *open = memchr(at, '<', (size_t)(end - at));
		const char *value = open ? password_element(open, (size_t)(end - open)) : NULL;
		const char *close = value ? memchr(value, '<', (size_t)(end - value)) : NULL;

		/* A file that ends within its password. */
		close = value && !close ? end : close;

		if (!open) {
			text_add_bytes(out, at, (size_t)(end - at));
			return;
		}
		if (!close || close == value) {
			text_add_bytes(out, at, (size_t)(open - at) + 1);
			at = open + 1;
			continue;
		}
		text_add_bytes(out, at, (size_t)(value - at));
		put_instead(value, (size_t)(close - value), list, found, arg, out);
		at = close;
	}
}

/* Overwrite 32 hexadecimal digits behind response=", as in the header Authorization of RFC 2617. */
static bool redact_responses(char *bytes, size_t length)
{
	static const char begin[] = "response=\"";
	char *end = bytes + length, *at = bytes;
	bool any = false;

	while ((at = memmem(at, (size_t)(end - at), begin, sizeof(begin) - 1))) {
		at += sizeof(begin) - 1;
		for (int i = 0; i < 32 && at < end && isxdigit((unsigned char)*at); i++, at++) {
			*at = 'x';
			any = true;
		}
	}
	return any;
}

/* --- many texts at a time --- */

#define BUCKETS_BITS 12

/* Texts by their first REDACT_LEAST octets. */
struct redact_texts {
	const struct credentials *list;
	int bucket[1 << BUCKETS_BITS]; /* index of its first text, -1: none */
	int *next;		       /* of each text */
};

static unsigned bucket_of(const char *at)
{
	uint64_t key = 0;

	memcpy(&key, at, REDACT_LEAST);
	return (unsigned)(key * 0x9E3779B97F4A7C15u >> (64 - BUCKETS_BITS));
}

struct redact_texts *redact_texts_new(const struct credentials *list)
{
	struct redact_texts *texts = calloc(1, sizeof(*texts));

	if (texts)
		texts->next = calloc(list->n + 1, sizeof(*texts->next));
	if (!texts || !texts->next) {
		free(texts);
		return NULL;
	}
	texts->list = list;
	memset(texts->bucket, -1, sizeof(texts->bucket));
	for (size_t i = 0; i < list->n; i++) {
		int *bucket;

		if (strlen(list->item[i]) < REDACT_LEAST)
			continue;
		bucket = &texts->bucket[bucket_of(list->item[i])];
		texts->next[i] = *bucket;
		*bucket = (int)i;
	}
	return texts;
}

void redact_texts_free(struct redact_texts *texts)
{
	if (texts)
		free(texts->next);
	free(texts);
}

/* The length of the longest text that begins there; 0: none. */
static size_t text_at(const struct redact_texts *texts, const char *at, size_t left)
{
	size_t longest = 0;

	for (int i = texts->bucket[bucket_of(at)]; i >= 0; i = texts->next[i]) {
		size_t length = strlen(texts->list->item[i]);

		if (length <= left && length > longest && !memcmp(at, texts->list->item[i], length))
			longest = length;
	}
	return longest;
}

bool redact_bytes(char *bytes, size_t length, const struct redact_texts *texts)
{
	bool any = redact_responses(bytes, length);

	for (size_t i = 0; i + REDACT_LEAST <= length;) {
		size_t found = text_at(texts, bytes + i, length - i);

		memset(bytes + i, 'x', found);
		any = any || found;
		i += found ? found : 1;
	}
	return any;
}
