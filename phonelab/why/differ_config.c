/* The configurations of the lab's own servers. */
#include "phonelab/why/differ_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/ladder.h"
#include "phonelab/why/line_diff.h"

#define FILE_MOST  (4u << 20)
#define LINES_MOST 24 /* facts of one file */

/* Is the server needed at the failing step, or before it? The address decides where the phone asks for files, and the files
 * decide where it registers; a phone that is registered does not need the call managers for its ringtones. */
static bool concerns(int step, const char *file)
{
	if (!step)
		return true;
	if (!strcmp(file, "kamailio.cfg") || !strcmp(file, "tls.cfg"))
		return step == LADDER_CM_CONNECT || step == LADDER_REGISTER;
	return step >= LADDER_DHCP;
}

static void put_change(const struct differ *of, const char *node, const char *file, const char *path,
		       const struct line_change *change)
{
	char object[200], from[240];
	json_t *fact;

	snprintf(object, sizeof(object), "config %s %s", node, file);
	snprintf(from, sizeof(from), "%s:%u", path, change->number);
	switch (change->kind) {
	case LINE_CHANGED:
		fact = fact_add(of->facts, "diff.config_line", object, 0, from,
				"line %u of %s of %s is \"%s\", was rendered as \"%s\"", change->number, file,
				node, change->found, change->was);
		break;
	case LINE_MISSING:
		fact = fact_add(of->facts, "diff.config_line", object, 0, from,
				"%s of %s lacks the line \"%s\"", file, node, change->was);
		break;
	case LINE_ADDED:
		fact = fact_add(of->facts, "diff.config_line", object, 0, from,
				"line %u of %s of %s, \"%s\", was not rendered", change->number, file, node,
				change->found);
		break;
	default: return;
	}
	fact_value(fact, "node", "%s", node);
	fact_value(fact, "kind", "%s", line_kind_name(change->kind));
	fact_value(fact, "line", "%s", *change->found ? change->found : change->was);
	fact_value(fact, "was", "%s", change->was);
	fact_value(fact, "found", "%s", change->found);
	fact_value(fact, "number", "%u", change->number);
}

static void put_missing(const struct differ *of, const char *node, const char *file, const char *path,
			const char *why)
{
	char object[200];

	snprintf(object, sizeof(object), "config %s %s", node, file);
	fact_add(of->facts, "diff.config_missing", object, 0, path, "%s of %s cannot be read: %s", file, node,
		 why);
}

static void one_config(void *arg, const char *node, const char *file, const char *path, const char *first,
		       const char *now)
{
	const struct differ *of = arg;
	struct line_change changes[2][LINES_MOST];
	struct fail fail = {0};
	char place[DIFFER_PATH], *text = NULL;
	size_t count[2], least;

	if (!concerns(of->it->step, file))
		return;
	snprintf(place, sizeof(place), "%s%s", of->it->directory, path);
	if (file_read(place, FILE_MOST, &text, NULL, &fail)) {
		put_missing(of, node, file, path, strerror(-fail.err));
		return;
	}
	/* It was rendered before or after devices were added: the nearer text counts. */
	count[0] = line_diff(first, text, changes[0], LINES_MOST);
	count[1] = line_diff(now, text, changes[1], LINES_MOST);
	least = count[1] < count[0];
	for (size_t i = 0; i < count[least]; i++)
		put_change(of, node, file, path, &changes[least][i]);
	free(text);
}

void differ_configs(const struct differ *of)
{
	intended_each_config(of->intended, one_config, (void *)(uintptr_t)of);
}
