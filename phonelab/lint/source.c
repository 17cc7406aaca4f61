#include "phonelab/lint/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/phonexml.h"
#include "wire/trustlist.h"

#define FILES		64
#define TEXT_TIMEOUT_US 3000000

/* The files that were read last. */
struct lint_cache {
	struct cached {
		char name[PHONE_NAME_MAX];
		struct lint_file file;
		uint64_t used; /* number of its last use; 0: the place is free */
	} item[FILES];
	uint64_t uses;
	size_t bytes;
};

static void drop(struct lint_cache *cache, struct cached *item)
{
	cache->bytes -= item->file.length;
	free(item->file.bytes);
	memset(item, 0, sizeof(*item));
}

static struct cached *oldest(struct lint_cache *cache)
{
	struct cached *found = &cache->item[0];

	for (size_t i = 1; i < FILES; i++)
		if (cache->item[i].used < found->used)
			found = &cache->item[i];
	return found;
}

/* The oldest with bytes, to make room. */
static struct cached *oldest_full(struct lint_cache *cache, const struct cached *except)
{
	struct cached *found = NULL;

	for (size_t i = 0; i < FILES; i++) {
		struct cached *item = &cache->item[i];

		if (item != except && item->file.length && (!found || item->used < found->used))
			found = item;
	}
	return found;
}

static struct cached *find(struct lint_cache *cache, const struct lint_want *want)
{
	for (size_t i = 0; i < FILES; i++) {
		struct cached *item = &cache->item[i];

		if (item->used && !strcmp(item->name, want->name))
			return item;
	}
	return NULL;
}

const struct lint_file *lint_source_get(struct lint_source *source, const struct lint_want *want)
{
	struct cached *item, *victim;
	struct lint_cache *cache;

	if (!source->cache)
		source->cache = calloc(1, sizeof(*source->cache));
	cache = source->cache;
	if (!cache)
		return NULL;
	item = find(cache, want);
	if (!item) {
		item = oldest(cache);
		drop(cache, item);
		source->get(source, want, &item->file);
		snprintf(item->name, sizeof(item->name), "%s", want->name);
		cache->bytes += item->file.length;
	}
	item->used = ++cache->uses;
	while (cache->bytes > LINT_CACHE_BYTES && (victim = oldest_full(cache, item)))
		drop(cache, victim);
	return &item->file;
}

const char *lint_source_text(struct lint_source *source, const char *name, size_t *length)
{
	struct lint_want want = {.name = name, .limit = PHONEXML_SIZE_MAX, .timeout_us = TEXT_TIMEOUT_US};
	const struct lint_file *file = lint_source_get(source, &want);
	struct trustlist_header header;
	struct wire_slice payload;

	if (!file || file->status != PHONE_FETCH_OK || !file->bytes)
		return NULL;
	payload = (struct wire_slice){file->bytes, file->length};
	if (sgn_is_signed(file->bytes, file->length))
		sgn_decode(file->bytes, file->length, &header, &payload, NULL);
	*length = payload.length;
	return (const char *)payload.data;
}

void lint_source_forget(struct lint_source *source, const char *text)
{
	for (size_t i = 0; source->cache && i < FILES; i++)
		if (source->cache->item[i].used && strstr(source->cache->item[i].name, text))
			drop(source->cache, &source->cache->item[i]);
}

void lint_source_free(struct lint_source *source)
{
	if (!source)
		return;
	for (size_t i = 0; source->cache && i < FILES; i++)
		free(source->cache->item[i].file.bytes);
	free(source->cache);
	source->free(source);
}
