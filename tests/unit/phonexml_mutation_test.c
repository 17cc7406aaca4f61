/*
 * Any text in any optional element of a configuration: all other members decode as before. The test writes a
 * configuration with a value for each row of the tables, finds the place of each value in the file, and puts random
 * text there. MUTATIONS (default 100000; ci/test sets it by tier) is their number, SEED (default 1) their seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/rng.h"
#include "wire/phonexml_table.h"

#define LEAVES_MAX 256
#define LINES	   2
#define MEMBERS	   2

/* A value: where it is in the struct, and in the file. */
struct leaf {
	const struct xml_row *row;
	size_t offset;
	size_t start, length; /* of the text */
	bool attribute;
};

static struct leaf leaf[LEAVES_MAX];
static size_t leaves;
static struct phonexml_config before, after;
static struct phonexml_error error;
static char file[65536], mutated[131072];
static size_t file_length;

/* What an item cannot do without, and the numbers that order the items. */
static bool optional(const struct xml_row *row)
{
	return !(row->flags & (XML_NEEDED | XML_PRESENT | XML_KEY));
}

/* A value that is not the default and that no other text row has, so that it can be found in the file. */
static void fill(const struct xml_row *row, char *base, size_t index)
{
	if (row->kind == XML_KIND_TEXT && !(row->flags & XML_ONLY))
		snprintf(base + row->offset, row->size, "text%zu.", index);
}

static void collect(const struct xml_table *table, char *base)
{
	for (size_t i = 0; i < table->rows; i++) {
		const struct xml_row *row = &table->row[i];

		if (row->kind == XML_KIND_LIST) {
			unsigned count = *(unsigned *)(void *)(base + row->also);

			for (unsigned n = 0; n < count; n++)
				collect(row->items, base + row->offset + n * row->size);
		} else {
			assert_true(leaves < LEAVES_MAX);
			fill(row, base, leaves);
			leaf[leaves++] = (struct leaf){
			    .row = row, .offset = (size_t)(base + row->offset - (char *)&before)};
		}
	}
}

/* The name of the element or attribute of a row. */
static const char *name_of(const struct xml_row *row, bool *attribute)
{
	const char *slash = strrchr(row->path, '/');
	const char *name = slash ? slash + 1 : row->path;

	*attribute = *name == '@';
	return *attribute ? name + 1 : name;
}

/* The encoder writes the values in the order of the rows, so they are found from the front to the back. */
static void locate(void)
{
	const char *at = file;

	for (size_t i = 0; i < leaves; i++) {
		char opening[96];
		const char *name = name_of(leaf[i].row, &leaf[i].attribute), *end;

		snprintf(opening, sizeof(opening), leaf[i].attribute ? " %s=\"" : "<%s>", name);
		at = strstr(at, opening);
		if (!at)
			fail_msg("%s is not in the file", opening);
		at += strlen(opening);
		end = strchr(at, leaf[i].attribute ? '"' : '<');
		leaf[i].start = (size_t)(at - file);
		leaf[i].length = (size_t)(end - at);
	}
}

static void prepare(void)
{
	ssize_t length;

	phonexml_config_default(&before);
	memset(before.line, 0, sizeof(before.line));
	before.members = before.tvs_members = before.ntps = MEMBERS;
	before.lines = LINES;
	for (unsigned i = 0; i < MEMBERS; i++) {
		before.member[i] = (struct phonexml_member){i, "", 2000, 5060, 5061};
		before.tvs[i] = (struct phonexml_tvs){i, "", 2445};
	}
	for (unsigned i = 0; i < LINES; i++)
		before.line[i] = (struct phonexml_line){.button = i + 1,
							.index = i + 1,
							.feature = 9,
							.has_auth_name = true,
							.port = 5060,
							.max_calls = 4,
							.busy_trigger = 2};
	leaves = 0;
	collect(xml_file_config.table, (char *)&before);
	length = phonexml_config_encode(&before, file, sizeof(file) - 1);
	assert_true(length > 0);
	file_length = (size_t)length;
	file[length] = '\0';
	locate();
	assert_int_equal(phonexml_config_decode(file, file_length, &after, &error), 0);
	assert_int_equal(error.warnings, 0);
	assert_memory_equal(&before, &after, sizeof(before));
}

/* A code point that XML allows, escaped or as it is. */
static size_t put_character(struct rng *rng, char *out)
{
	static const char *const special[] = {"&amp;",	"&lt;", "&gt;",	 "&quot;",
					      "&apos;", " ",	"&#10;", "&#x9;"};
	uint32_t code;

	switch (rng_next(rng) % 8) {
	case 0: return (size_t)sprintf(out, "%s", special[rng_next(rng) % 8]);
	case 1: return (size_t)sprintf(out, "%u", (unsigned)(rng_next(rng) % 100000));
	case 2:
		code = 0x80 + (uint32_t)(rng_next(rng) % (0xd800 - 0x80));
		return (size_t)sprintf(out, "&#%u;", code);
	case 3:
		code = 0x10000 + (uint32_t)(rng_next(rng) % 0x100000);
		return (size_t)sprintf(out, "&#x%x;", code);
	case 4: return (size_t)sprintf(out, "\xc3\xab\xe6\x9d\xb1");
	default:
		code = 0x20 + (uint32_t)(rng_next(rng) % 0x5f);
		if (strchr("<>&\"'", (int)code))
			code = 'a';
		return (size_t)sprintf(out, "%c", (char)code);
	}
}

static size_t put_text(struct rng *rng, char *out)
{
	static const char *const words[] = {"",	    "0",     "1",  "2",	  "3",	   "4",
					    "true", "false", "on", "yes", "65536", "-1"};
	uint64_t choice = rng_next(rng) % 16;
	size_t characters, length = 0;

	if (choice < 4)
		return (size_t)sprintf(out, "%s", words[rng_next(rng) % (sizeof(words) / sizeof(words[0]))]);
	characters = rng_next(rng) % (choice == 15 ? 3000 : 80);
	for (size_t i = 0; i < characters; i++)
		length += put_character(rng, out + length);
	return length;
}

/* The member itself may have any value; with a text, so may the bytes behind its end and the mark beside it. */
static void forgive(const struct leaf *it)
{
	size_t size = it->row->kind == XML_KIND_TEXT	   ? it->row->size
		      : it->row->kind == XML_KIND_UNSIGNED ? sizeof(unsigned)
		      : it->row->kind == XML_KIND_PORT	   ? sizeof(uint16_t)
							   : sizeof(bool);

	if (it->row->kind != XML_KIND_FIXED)
		memcpy((char *)&after + it->offset, (const char *)&before + it->offset, size);
}

static void mutate(struct rng *rng)
{
	const struct leaf *it;
	size_t length;

	do
		it = &leaf[rng_next(rng) % leaves];
	while (!optional(it->row));
	memcpy(mutated, file, it->start);
	length = it->start + put_text(rng, mutated + it->start);
	memcpy(mutated + length, file + it->start + it->length, file_length - it->start - it->length);
	length += file_length - it->start - it->length;
	if (phonexml_config_decode(mutated, length, &after, &error) != 0)
		fail_msg("%s: found %s, expected %s: %.*s", it->row->path, error.found, error.expected,
			 (int)(length - it->start), mutated + it->start);
	forgive(it);
	if (memcmp(&before, &after, sizeof(before)) != 0)
		fail_msg("%s changes another member: %.*s", it->row->path, 200, mutated + it->start);
	if (error.warnings > 1)
		fail_msg("%s: %u warnings", it->row->path, error.warnings);
}

static unsigned long number_of(const char *variable, unsigned long otherwise)
{
	const char *value = getenv(variable);

	return value ? strtoul(value, NULL, 10) : otherwise;
}

static void any_text_in_any_element(void **state)
{
	unsigned long count = number_of("MUTATIONS", 100000);
	struct rng rng;

	(void)state;
	prepare();
	rng_seed(&rng, number_of("SEED", 1), "phonexml");
	for (unsigned long i = 0; i < count; i++)
		mutate(&rng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(any_text_in_any_element),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
