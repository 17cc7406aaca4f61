/* docs/phone-files.md has the tables of wire/phonexml. PHONELAB_GOLDEN_UPDATE=1 writes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "tests/support/golden.h"
#include "wire/phonexml.h"

#define PAGE "docs/phone-files.md"
#define MARK "<!-- from here on made by tests/unit/phonexml_reference_test -->\n"

static void add_row(struct text *page, const struct phonexml_reference *row)
{
	text_add(page, "| `%s` | %s | %s | %s | %s |\n", row->path, row->values, row->fallback, row->other,
		 row->remark ? row->remark : "");
}

static void add_tables(struct text *page)
{
	struct phonexml_reference row;
	const char *file = "";

	for (size_t i = 0; phonexml_reference(i, &row); i++) {
		if (strcmp(file, row.file) != 0)
			text_add(page,
				 "\n## `%s`\n\n| element | values | default | other values | remark |\n"
				 "|---|---|---|---|---|\n",
				 row.file);
		file = row.file;
		add_row(page, &row);
	}
}

static void the_page_has_the_tables(void **state)
{
	char *before = golden_read(PAGE), *mark = strstr(before, MARK);
	struct text page = {0};
	FILE *file;

	(void)state;
	assert_non_null(mark);
	mark[strlen(MARK)] = '\0';
	text_add(&page, "%s", before);
	free(before);
	add_tables(&page);
	assert_false(page.failed);
	if (getenv("PHONELAB_GOLDEN_UPDATE")) {
		file = fopen(PAGE, "we");
		assert_non_null(file);
		fputs(page.bytes, file);
		assert_int_equal(fclose(file), 0);
	}
	before = golden_read(PAGE);
	if (strcmp(before, page.bytes) != 0)
		fail_msg(PAGE " is out of date; run: PHONELAB_GOLDEN_UPDATE=1 "
			      "build/tests/unit/phonexml_reference_test");
	free(before);
	text_free(&page);
}

/* Every row has its cells, and the tables are whole. */
static void every_row_is_described(void **state)
{
	struct phonexml_reference row;
	size_t rows = 0;

	(void)state;
	while (phonexml_reference(rows, &row)) {
		assert_non_null(row.file);
		assert_non_null(row.other);
		assert_true(row.path[0] && row.values[0]);
		rows++;
	}
	assert_in_range(rows, 100, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_page_has_the_tables),
	    cmocka_unit_test(every_row_is_described),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
