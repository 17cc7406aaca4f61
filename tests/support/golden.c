#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/golden.h"

char *golden_read(const char *path)
{
	char *text = NULL;
	size_t room = 0;
	FILE *in = fopen(path, "re");

	if (!in)
		fail_msg("%s: cannot be opened", path);
	if (getdelim(&text, &room, 0, in) < 0)
		fail_msg("%s: is empty", path);
	fclose(in);
	return text;
}

/* Is it refused in the words that are expected? */
static bool as_expected(const char *path, golden_reader *taken)
{
	struct complaints complaints = {0};
	char beside[512], *want, *got;
	bool same;

	if (taken(path, &complaints))
		fail_msg("%s: taken as valid", path);
	snprintf(beside, sizeof(beside), "%.*s.err", (int)strlen(path) - 5, path);
	want = golden_read(beside);
	got = complaints_text(&complaints);
	same = !strcmp(want, got);
	if (!same && getenv("PHONELAB_GOLDEN_UPDATE")) {
		FILE *out = fopen(beside, "w");

		assert_non_null(out);
		fputs(got, out);
		assert_int_equal(fclose(out), 0);
	}
	if (!same)
		print_error("%s: expected\n%sbut it says\n%s", path, want, got);
	free(want);
	free(got);
	return same;
}

void golden_refused(const char *folder, size_t least, golden_reader *taken)
{
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t wrong = 0;
	glob_t found;

	assert_true(here >= 0);
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(glob("*.yaml", 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= least);
	for (size_t i = 0; i < found.gl_pathc; i++)
		wrong += !as_expected(found.gl_pathv[i], taken);
	globfree(&found);
	assert_int_equal(fchdir(here), 0);
	close(here);
	assert_int_equal(wrong, 0);
}
