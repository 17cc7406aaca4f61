#include "wire/sip_owner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <osipparser2/osip_port.h>

#define CHUNK_SIZE 4096

struct sip_chunk {
	struct sip_chunk *next;
	size_t used;
	size_t size;
	char text[];
};

/* Room for length bytes and a NUL. */
static char *keep_room(struct sip_owner *owner, size_t length)
{
	struct sip_chunk *chunk = owner->chunks;
	size_t size;

	if (!chunk || chunk->size - chunk->used < length + 1) {
		size = length + 1 > CHUNK_SIZE ? length + 1 : CHUNK_SIZE;
		chunk = malloc(sizeof(*chunk) + size);
		if (!chunk)
			return NULL;
		*chunk = (struct sip_chunk){.next = owner->chunks, .size = size};
		owner->chunks = chunk;
	}
	chunk->used += length + 1;
	return chunk->text + chunk->used - length - 1;
}

const char *sip_keep(struct sip_owner *owner, const char *text, size_t length)
{
	char *to = text ? keep_room(owner, length) : NULL;

	if (!to)
		return NULL;
	memcpy(to, text, length);
	to[length] = '\0';
	return to;
}

void sip_note_odd(struct sip_owner *owner, const char *name, const char *why)
{
	struct sip_message *message = &owner->message;

	if (message->odds < SIP_ODDS_MAX)
		message->odd[message->odds] = (struct sip_odd){name, why, owner->at};
	message->odds++;
}

bool sip_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static const char *keep_unquoted(struct sip_owner *owner, const char *text)
{
	size_t length, n = 0;
	char *to;

	if (!text)
		return NULL;
	while (sip_is_blank(*text))
		text++;
	length = strlen(text);
	while (length && sip_is_blank(text[length - 1]))
		length--;
	if (length < 2 || text[0] != '"' || text[length - 1] != '"')
		return sip_keep(owner, text, length);
	to = keep_room(owner, length);
	if (!to)
		return NULL;
	for (size_t i = 1; i < length - 1; i++) {
		if (text[i] == '\\' && i + 1 < length - 1)
			i++;
		to[n++] = text[i];
	}
	to[n] = '\0';
	return to;
}

void sip_free(struct sip_message *message)
{
	struct sip_owner *owner = (struct sip_owner *)(void *)message;

	if (!owner)
		return;
	while (owner->chunks) {
		struct sip_chunk *next = owner->chunks->next;

		free(owner->chunks);
		owner->chunks = next;
	}
	free(owner->bytes);
	free(owner);
}

int sip_number(const char *text, uint32_t greatest, uint32_t *value, const char **end)
{
	uint64_t number = 0;
	const char *c = text;

	for (; *c >= '0' && *c <= '9' && number <= UINT32_MAX; c++)
		number = number * 10 + (uint64_t)(*c - '0');
	if (c == text || number > greatest || (!end && *c))
		return -EBADMSG;
	*value = (uint32_t)number;
	if (end)
		*end = c;
	return 0;
}

const char *sip_list_end(const char *text)
{
	bool quoted = false;
	int angle = 0;

	for (; *text; text++) {
		if (quoted && *text == '\\' && text[1])
			text++;
		else if (*text == '"')
			quoted = !quoted;
		else if (!quoted && *text == '<')
			angle++;
		else if (!quoted && *text == '>')
			angle--;
		else if (!quoted && angle == 0 && *text == ',')
			break;
	}
	return text;
}

int sip_code(int osip)
{
	return osip == OSIP_SUCCESS ? 0 : osip == OSIP_NOMEM ? -ENOMEM : -EBADMSG;
}

int sip_copy(struct sip_owner *owner, const char *text, const char **out)
{
	*out = text ? sip_keep(owner, text, strlen(text)) : NULL;
	return text && !*out ? -ENOMEM : 0;
}

int sip_copy_unquoted(struct sip_owner *owner, const char *text, const char **out)
{
	*out = keep_unquoted(owner, text);
	return text && !*out ? -ENOMEM : 0;
}
