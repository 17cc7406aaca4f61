#include "tests/fuzz/support/kept.h"

#include <assert.h>
#include <sanitizer/allocator_interface.h>
#include <stdlib.h>
#include <string.h>

/* Freed blocks are reused soon, while the cache of the processor holds them, and a block knows two of its callers:
 * that makes a target twice as fast. ASAN_OPTIONS overrides it, for a report with all callers. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=1:thread_local_quarantine_size_kb=64:malloc_context_size=2";
}

void kept_options(int *argc, char ***argv)
{
	static char *list[64], option[] = "-entropic=0";
	int count = 1;

	if (*argc + 2 > (int)(sizeof(list) / sizeof(list[0])))
		return;
	list[0] = (*argv)[0];
	list[count++] = option;
	for (int i = 1; i < *argc; i++)
		list[count++] = (*argv)[i];
	*argc = count;
	*argv = list;
}

#define BLOCKS_MAX  4096
#define FIRST_LEAST 8 /* bytes of the input that is repeated: a shorter one does nothing */

struct block {
	const uint8_t *at;
	size_t size;
	int number; /* in struct kept; -1: not reached */
};

struct link {
	size_t offset, to_offset;
	unsigned block, to;
};

struct kept {
	unsigned count, links;
	struct {
		uint8_t *bytes;
		size_t size;
	} block[BLOCKS_MAX];
	struct link *link;
};

/* --- the recorder --- */

static struct block recorded[BLOCKS_MAX];
static unsigned record_count;
static bool recording;

static void on_malloc(const volatile void *at, size_t size)
{
	if (!recording)
		return;
	assert(record_count < BLOCKS_MAX);
	recorded[record_count++] = (struct block){(const uint8_t *)at, size, -1};
}

static void on_free(const volatile void *at)
{
	for (unsigned i = 0; recording && i < record_count; i++)
		if (recorded[i].at == at) {
			recorded[i] = recorded[--record_count];
			return;
		}
}

void kept_begin(void)
{
	static bool installed;

	if (!installed && !__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free))
		abort();
	installed = true;
	record_count = 0;
	recording = true;
}

void kept_end(void)
{
	recording = false;
}

/* The end of a block counts too: a pointer may be there. */
static struct block *block_of(const uint8_t *address)
{
	for (unsigned i = 0; i < record_count; i++)
		if (address >= recorded[i].at && address <= recorded[i].at + recorded[i].size)
			return &recorded[i];
	return NULL;
}

static void reach(struct kept *kept, struct block *block, struct block **order)
{
	if (block->number >= 0)
		return;
	order[kept->count] = block;
	block->number = (int)kept->count++;
}

static void add_link(struct kept *kept, struct link link)
{
	kept->link = realloc(kept->link, (kept->links + 1) * sizeof(*kept->link));
	assert(kept->link);
	kept->link[kept->links++] = link;
}

/* Copy the block's bytes, and follow its words. */
static void keep_block(struct kept *kept, unsigned number, struct block **order)
{
	const struct block *block = order[number];
	uint8_t *bytes = malloc(block->size ? block->size : 1);

	assert(bytes);
	memcpy(bytes, block->at, block->size);
	kept->block[number].bytes = bytes;
	kept->block[number].size = block->size;
	for (size_t at = 0; at + sizeof(void *) <= block->size; at += sizeof(void *)) {
		const uint8_t *word;
		struct block *to;

		memcpy(&word, bytes + at, sizeof(word));
		to = word ? block_of(word) : NULL;
		if (!to)
			continue;
		reach(kept, to, order);
		add_link(kept, (struct link){at, (size_t)(word - to->at), number, (unsigned)to->number});
	}
}

struct kept *kept_take(const void *root)
{
	static struct block *order[BLOCKS_MAX];
	struct kept *kept;

	recording = false;
	kept = calloc(1, sizeof(*kept));
	assert(kept && block_of(root) && block_of(root)->at == root);
	for (unsigned i = 0; i < record_count; i++)
		recorded[i].number = -1;
	reach(kept, block_of(root), order);
	for (unsigned i = 0; i < kept->count; i++)
		keep_block(kept, i, order);
	recording = true;
	return kept;
}

void *kept_copy(const struct kept *kept)
{
	static uint8_t *made[BLOCKS_MAX];

	for (unsigned i = 0; i < kept->count; i++) {
		made[i] = malloc(kept->block[i].size);
		assert(made[i]);
		memcpy(made[i], kept->block[i].bytes, kept->block[i].size);
	}
	for (unsigned i = 0; i < kept->links; i++) {
		const struct link *link = &kept->link[i];
		const uint8_t *to = made[link->to] + link->to_offset;

		memcpy(made[link->block] + link->offset, &to, sizeof(to));
	}
	return made[0];
}

/* --- proofs --- */

static uint64_t digest;
static bool noting;

void kept_note(const void *bytes, size_t length)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; noting && i < length; i++)
		digest = (digest ^ at[i]) * UINT64_C(0x100000001b3);
}

void kept_note_text(const char *text)
{
	if (noting)
		kept_note(text, strlen(text));
}

uint64_t kept_digest(kept_run_fn *run, const uint8_t *data, size_t size)
{
	digest = UINT64_C(0xcbf29ce484222325);
	noting = true;
	run(data, size);
	noting = false;
	return digest;
}

void kept_run(kept_run_fn *run, const uint8_t *data, size_t size)
{
	static uint8_t first[4096];
	static size_t first_size;
	static uint64_t first_digest;
	static unsigned runs;

	if (!first_size && size >= FIRST_LEAST) {
		first_size = size < sizeof(first) ? size : sizeof(first);
		memcpy(first, data, first_size);
		first_digest = kept_digest(run, first, first_size);
	}
	run(data, size);
	if (++runs % 256)
		return;
	if (kept_digest(run, data, size) != kept_digest(run, data, size) ||
	    (first_size && kept_digest(run, first, first_size) != first_digest))
		abort(); /* something of an earlier input is left */
}
