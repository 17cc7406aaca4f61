#include "phonelab/exercise/record.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/json_text.h"
#include "base/print.h"

#define PATH_SIZE 600

static void find_path(const char *said, char path[PATH_SIZE])
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (said) {
		snprintf(path, PATH_SIZE, "%s", said);
		return;
	}
	if (state && *state)
		snprintf(path, PATH_SIZE, "%.500s", state);
	else
		snprintf(path, PATH_SIZE, "%.500s/.local/state", home ? home : "");
	strcat(path, "/phonelab/exercises.csv");
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdir(path, 0755);
		*slash = '/';
	}
}

/* RFC 4180, section 2: quoted, quotes doubled; an answer has one line. */
static void put_field(FILE *out, const char *text, char end)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text == '\n' ? ' ' : *text, out);
	}
	fputc('"', out);
	fputc(end, out);
}

static long long number(const json_t *object, const char *key)
{
	return (long long)json_integer_value(json_object_get(object, key));
}

static void put_row(FILE *out, const json_t *exercise, const json_t *result, const char *component,
		    const char *cause)
{
	const struct passwd *user = getpwuid(getuid());
	time_t now = time(NULL);
	char when[40];
	struct tm tm;

	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	fprintf(out, "%s,%s,%s,%lld,%s", when, user ? user->pw_name : "", json_text(exercise, "id"),
		number(exercise, "seed"), json_is_true(json_object_get(result, "passed")) ? "yes" : "no");
	fprintf(out, ",%lld,%lld,%lld,%lld,%lld,%lld,%lld,", number(result, "points"),
		number(result, "repair"), number(result, "component"), number(result, "cause"),
		-number(result, "hints"), -number(result, "attempts"),
		(long long)now - number(exercise, "started"));
	put_field(out, component, ',');
	put_field(out, cause, '\n');
}

int exercise_record(const char *said, const json_t *exercise, const json_t *result, const char *component,
		    const char *cause, struct fail *fail)
{
	char path[PATH_SIZE];
	FILE *out;

	find_path(said, path);
	out = fopen(path, "ae");
	if (!out)
		return fail_set(fail, -errno, "%s: %s", path, strerror(errno));
	if (!ftell(out))
		fputs("time,user,exercise,seed,passed,points,repair,component,cause,hints,attempts,seconds,"
		      "component_answer,cause_answer\n",
		      out);
	put_row(out, exercise, result, component, cause);
	return fclose(out) ? fail_set(fail, -errno, "%s: %s", path, strerror(errno)) : 0;
}

int exercise_record_print(const char *said, struct fail *fail)
{
	static const int widths[] = {21, 12, 24, 7, 7, 7, 7, 10, 6, 6, 9, 8};
	char path[PATH_SIZE], text[4096];
	FILE *in;

	find_path(said, path);
	in = fopen(path, "re");
	if (!in)
		return fail_set(fail, -errno, "%s: %s", path, strerror(errno));
	while (fgets(text, sizeof(text), in)) {
		char *save = NULL;
		size_t i = 0;

		for (char *word = strtok_r(text, ",\n", &save); word && i < 12;
		     word = strtok_r(NULL, ",\n", &save))
			print_text("%-*s ", widths[i++], word);
		putchar('\n');
	}
	fclose(in);
	return 0;
}
