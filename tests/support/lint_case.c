#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/support/lint_case.h"
#include "tests/support/memory_lab.h"

static struct memory_lab *lab; /* for its trust lists and loads; no phone boots in it */
static struct lab_signer *other_signer;

/* Keys take long to make: one lab for all cases. */
static void begin(void)
{
	const struct lab_config config = {.phones = 1, .seed = 1};

	if (lab)
		return;
	lab = memory_lab_new(&config);
	other_signer = lab_signer_new();
	lab_signer_set_role(other_signer, TRUSTLIST_CCM_TFTP);
	while (lab->files)
		memory_lab_remove_file(lab, lab->files->name);
}

static void path_of(const char *name, char path[512])
{
	char *slash;

	snprintf(path, 512, "tftpboot/%s", name);
	for (slash = path; (slash = strchr(slash + 1, '/'));) {
		*slash = '\0';
		assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
}

void lint_case_put(const char *name, const void *bytes, size_t length)
{
	struct fail fail = {0};
	char path[512];

	path_of(name, path);
	if (file_write(path, bytes, length, &fail))
		fail_msg("%s", fail.text);
}

static char *get(const char *name, size_t *length)
{
	struct fail fail = {0};
	char path[512], *bytes;

	path_of(name, path);
	if (file_read(path, 8 * 1024 * 1024, &bytes, length, &fail))
		fail_msg("%s", fail.text);
	return bytes;
}

/* Write the files that the memory lab has made to the disk. */
static void put_lab_files(void)
{
	while (lab->files) {
		lint_case_put(lab->files->name, lab->files->bytes, lab->files->length);
		memory_lab_remove_file(lab, lab->files->name);
	}
}

static void resize(const char *name, size_t size)
{
	size_t length;
	char *bytes = get(name, &length), *more = realloc(bytes, size);

	assert_non_null(more);
	if (size > length)
		memset(more + length, ' ', size - length);
	lint_case_put(name, more, size);
	free(more);
}

static void windows(const char *name)
{
	size_t length, at = 3;
	char *bytes = get(name, &length), *text = malloc(2 * length + 3);

	assert_non_null(text);
	memcpy(text, "\xef\xbb\xbf", 3);
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] == '\n')
			text[at++] = '\r';
		text[at++] = bytes[i];
	}
	lint_case_put(name, text, at);
	free(text);
	free(bytes);
}

/* U+0080 to U+00FF of UTF-8 in one byte. */
static void latin1(const char *name)
{
	size_t length, to = 0;
	char *bytes = get(name, &length);

	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c >= 0xc2 && c <= 0xc3)
			bytes[to++] = (char)((c & 3) << 6 | (bytes[++i] & 0x3f));
		else
			bytes[to++] = bytes[i];
	}
	lint_case_put(name, bytes, to);
	free(bytes);
}

static void forge(const char *name)
{
	size_t length;
	char *bytes = get(name, &length);

	bytes[length / 2] ^= 1;
	lint_case_put(name, bytes, length);
	free(bytes);
}

static void sign(const char *name, const struct lab_signer *signer)
{
	size_t length;
	char *bytes = get(name, &length), sgn[256];
	uint8_t *out = malloc(length + 4096);

	assert_non_null(out);
	snprintf(sgn, sizeof(sgn), "%s.sgn", name);
	lint_case_put(sgn, out, lab_sign_file(signer, name, bytes, length, out, length + 4096));
	free(out);
	free(bytes);
}

/* A line that begins with "!". */
static void direct(char *line)
{
	const char *word = strtok(line, " "), *name = strtok(NULL, " "), *value = strtok(NULL, " ");
	const struct lab_signer *signer;
	char path[512];

	assert_non_null(name);
	begin();
	signer = value ? other_signer : NULL;
	path_of(name, path);
	if (!strcmp(word, "!folder"))
		assert_int_equal(mkdir(path, 0755), 0);
	else if (!strcmp(word, "!fifo"))
		assert_int_equal(mkfifo(path, 0644), 0);
	else if (!strcmp(word, "!link"))
		assert_int_equal(symlink(value, path), 0);
	else if (!strcmp(word, "!pad") || !strcmp(word, "!cut"))
		resize(name, strtoul(value, NULL, 10));
	else if (!strcmp(word, "!remove"))
		assert_int_equal(unlink(path), 0);
	else if (!strcmp(word, "!latin1"))
		latin1(name);
	else if (!strcmp(word, "!crlf"))
		windows(name);
	else if (!strcmp(word, "!load"))
		memory_lab_put_load(lab, name, value, false);
	else if (!strcmp(word, "!itl"))
		memory_lab_put_trust_list(lab, name, signer, signer, false);
	else if (!strcmp(word, "!sign"))
		sign(name, signer);
	else if (!strcmp(word, "!forge"))
		forge(name);
	else
		fail_msg("unknown line: %s", word);
	put_lab_files();
}

size_t lint_case_build(char *text, char *words[LINT_CASE_WORDS])
{
	char *line = text, *end, *name = NULL, *content = NULL;
	size_t count = 0;

	assert_int_equal(mkdir("tftpboot", 0755), 0);
	for (; line; line = end) {
		bool special = !strncmp(line, "== ", 3) || *line == '!' || !strncmp(line, "$ ", 2);

		end = strchr(line, '\n');
		end = end ? end + 1 : NULL;
		if (!special && *line)
			continue;
		if (name)
			lint_case_put(name, content, (size_t)(line - content));
		name = NULL;
		if (!*line)
			break;
		if (end)
			end[-1] = '\0';
		if (*line == '!')
			direct(line);
		else if (*line == '=') {
			name = line + 3;
			content = end;
		} else
			for (char *word = strtok(line + 2, " "); word && count < LINT_CASE_WORDS;
			     word = strtok(NULL, " "))
				words[count++] = word;
	}
	return count;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status;
	(void)kind;
	(void)walk;
	return remove(path);
}

int lint_case_remove(const char *path)
{
	return nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void lint_case_end(void)
{
	lab_signer_free(other_signer);
	memory_lab_free(lab);
	other_signer = NULL;
	lab = NULL;
}
