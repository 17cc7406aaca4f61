/* The stored configuration of step 7. */
#include "phone-sim/core/stored.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/internal.h"

#define HEAD_MAX (PHONE_NAME_MAX + 2 * 32 + 2)

/* The SHA-256 of a name and of bytes. False if memory is short. */
static bool digest_of(const char *name, const uint8_t *bytes, size_t length, uint8_t digest[32])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool made = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) &&
		    EVP_DigestUpdate(context, name, strlen(name)) &&
		    EVP_DigestUpdate(context, bytes, length) && EVP_DigestFinal_ex(context, digest, NULL);

	EVP_MD_CTX_free(context);
	return made;
}

/* "FILE SHA-256\n". Returns its length; 0 if memory is short. */
static size_t write_head(char head[HEAD_MAX + 1], const char *file, const uint8_t *bytes, size_t length)
{
	uint8_t digest[32];
	size_t at = (size_t)snprintf(head, HEAD_MAX + 1, "%.*s ", PHONE_NAME_MAX - 1, file);

	if (!digest_of(file, bytes, length, digest))
		return 0;
	for (size_t i = 0; i < sizeof(digest); i++)
		at += (size_t)snprintf(head + at, HEAD_MAX + 1 - at, "%02x", digest[i]);
	head[at++] = '\n';
	return at;
}

void stored_clear(struct phone *phone)
{
	free(phone->stored.bytes);
	memset(&phone->stored, 0, sizeof(phone->stored));
}

/* Keep a copy of head and content. False if memory is short: then nothing is stored. */
static bool hold(struct phone *phone, const char *file, const char *head, size_t head_length,
		 const uint8_t *bytes, size_t length)
{
	struct stored *stored = &phone->stored;
	uint8_t *copy = malloc(head_length + length);

	if (!copy)
		return false;
	memcpy(copy, head, head_length);
	memcpy(copy + head_length, bytes, length);
	stored_clear(phone);
	snprintf(stored->file, sizeof(stored->file), "%s", file);
	stored->bytes = copy;
	stored->length = head_length + length;
	stored->content = (struct wire_slice){copy + head_length, length};
	return true;
}

bool stored_load(struct phone *phone, const struct phone_event *event)
{
	const uint8_t *bytes = event->flash.config;
	size_t length = event->flash.config_length, head_length;
	const uint8_t *space =
	    bytes ? memchr(bytes, ' ', length < PHONE_NAME_MAX ? length : PHONE_NAME_MAX) : NULL;
	char file[PHONE_NAME_MAX], head[HEAD_MAX + 1];

	stored_clear(phone);
	if (!space)
		return true;
	snprintf(file, sizeof(file), "%.*s", (int)(space - bytes), (const char *)bytes);
	head_length = (size_t)(space - bytes) + 2 + 2 * 32;
	if (strlen(file) != (size_t)(space - bytes) || length < head_length)
		return true;
	if (!write_head(head, file, bytes + head_length, length - head_length))
		return false;
	return memcmp(head, bytes, head_length) != 0 ||
	       hold(phone, file, head, head_length, bytes + head_length, length - head_length);
}

/* Flash gets what the phone holds; an action's bytes are the phone's, because a configuration may be larger than the arena. */
static void write_flash(struct phone *phone)
{
	struct phone_action *action = phone_put(phone, PHONE_DO_STORE);

	action->store.name = "config";
	action->store.bytes = phone->stored.bytes;
	action->store.length = phone->stored.length;
}

void stored_keep(struct phone *phone, const char *file, const uint8_t *bytes, size_t length)
{
	const struct stored *stored = &phone->stored;
	char head[HEAD_MAX + 1];
	size_t head_length;

	if (stored->bytes && !strcmp(stored->file, file) &&
	    wire_slice_equal(stored->content, (struct wire_slice){bytes, length}))
		return;
	head_length = write_head(head, file, bytes, length);
	if (head_length && hold(phone, file, head, head_length, bytes, length))
		write_flash(phone);
}

void stored_erase(struct phone *phone)
{
	stored_clear(phone);
	write_flash(phone);
}
