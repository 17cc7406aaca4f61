/* index.html: what each file of the bundle is, and at which step it helps. */
#include "phonelab/collect/index.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json_text.h"
#include "base/ladder.h"
#include "base/markup.h"
#include "phonelab/collect/bundle.h"
#include "phonelab/lab/complain.h"
#include "phonelab/lab/status_read.h"

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>phonelab "
    "collect</title>\n<style>"
    "body{font:15px/1.45 system-ui,sans-serif;margin:2em auto;max-width:72em;padding:0 1em;color:#1b1b1b;"
    "background:#fff}table{border-collapse:collapse;width:100%;margin:.5em 0 1.5em}td,th{border-bottom:1px "
    "solid "
    "#ccc;padding:.3em .6em .3em 0;text-align:left;vertical-align:top}th{font-weight:600}"
    "code,a{font-family:ui-monospace,monospace;font-size:.93em;overflow-wrap:anywhere}h1{font-size:1.5em}"
    "h2{font-size:1.2em;margin-top:1.6em}@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#"
    "161616}"
    "td,th{border-color:#444}a{color:#8ab4f8}}</style></head><body>\n";

/* The paths of the bundle. */
struct paths {
	char **item;
	size_t n, room;
};

struct index {
	const struct bundle *bundle;
	struct paths paths;
	struct text out;
};

static void add_path(void *arg, const char *path, const char *below)
{
	struct paths *paths = arg;

	(void)path;
	if (paths->n == paths->room) {
		size_t room = paths->room ? 2 * paths->room : 256;
		char **more = realloc(paths->item, room * sizeof(*more));

		if (!more)
			return;
		paths->item = more;
		paths->room = room;
	}
	paths->item[paths->n] = strdup(below);
	paths->n += paths->item[paths->n] != NULL;
}

static void put_link(struct index *it, const char *path)
{
	markup_add(&it->out, "<a href=\"%s\">%s</a>", path, path);
}

/* Is the node of a path the kind of server that the pattern names? "{dhcp}/syslog/messages" is not that of a router. */
static bool is_kind(const struct bundle *bundle, const char *pattern, const char *path)
{
	static const struct {
		const char *holder, *kind;
	} kinds[] = {{"{dhcp}", "dhcp"}, {"{tftp}", "tftp"}, {"{cm}", "call-manager"}};
	const json_t *one;
	size_t i;

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		if (!strstr(pattern, kinds[k].holder))
			continue;
		json_array_foreach (json_object_get(bundle->status, "services"), i, one) {
			const char *node = json_text(one, "node"), *at = strstr(path, node);

			if (!strcmp(json_text(one, "kind"), kinds[k].kind) && at && at[strlen(node)] == '/' &&
			    (at == path || at[-1] == '/'))
				return true;
		}
		return false;
	}
	return true;
}

/* --- the phones --- */

/* The places of a step that the bundle has, for one phone. */
static void put_places(struct index *it, int step, const json_t *phone)
{
	const char *name = json_text(phone, "name"), *sw = json_text(phone, "switch");
	const char *separator = "";

	for (const struct index_place *place = index_places; place->pattern; place++)
		for (size_t i = 0; i < it->paths.n && place->step == step; i++) {
			const char *path = it->paths.item[i];

			if (!index_matches(place->pattern, path, "phone", name) ||
			    (*sw && !index_matches(place->pattern, path, "switch", sw)) ||
			    !is_kind(it->bundle, place->pattern, path))
				continue;
			text_add(&it->out, "%s", separator);
			put_link(it, path);
			markup_add(&it->out, ": %s", place->look);
			separator = "<br>\n";
		}
}

static void put_phones(struct index *it)
{
	const json_t *phone, *step;
	size_t i, open = 0;

	text_add(
	    &it->out,
	    "<h2>Phones that are not ready</h2>\n<table id=\"phones\"><tr><th>Phone<th>Step<th>Look here "
	    "first</tr>\n");
	json_array_foreach (json_object_get(it->bundle->status, "phones"), i, phone) {
		step = status_read_open_step(phone);
		if (!step || !bundle_wants(it->bundle, json_text(phone, "name")))
			continue;
		open++;
		markup_add(&it->out, "<tr><td><code>%s</code><br>%s<td>%d %s<br>%s<td>",
			   json_text(phone, "name"), json_text(phone, "directory_number"),
			   (int)json_int(step, "n"), json_text(step, "name"), json_text(step, "detail"));
		put_places(it, (int)json_int(step, "n"), phone);
		text_add(&it->out, "</tr>\n");
	}
	text_add(&it->out, open ? "</table>\n" : "</table>\n<p>All phones have done all steps.</p>\n");
}

/* --- the steps and the files --- */

static void put_steps(struct index *it)
{
	text_add(&it->out,
		 "<h2>Which file helps at which step</h2>\n<table id=\"steps\"><tr><th>Step<th>File<th>Look "
		 "for</tr>\n");
	for (const struct index_place *place = index_places; place->pattern; place++)
		markup_add(&it->out, "<tr><td>%d %s<td><code>%s</code><td>%s</tr>\n", place->step,
			   ladder_step_name(place->step), place->pattern, place->look);
	text_add(&it->out, "</table>\n");
}

static void put_files(struct index *it)
{
	text_add(&it->out,
		 "<h2>All files</h2>\n<table id=\"files\"><tr><th>File<th>What it is<th>Steps</tr>\n");
	for (size_t i = 0; i < it->paths.n; i++) {
		const char *path = it->paths.item[i];
		const struct index_file *file = index_file_of(path);
		int last = 0;

		text_add(&it->out, "<tr><td>");
		put_link(it, path);
		markup_add(&it->out, "<td>%s<td>", file ? file->what : "");
		for (const struct index_place *place = index_places; place->pattern; place++) {
			if (place->step == last || !index_matches(place->pattern, path, NULL, NULL) ||
			    !is_kind(it->bundle, place->pattern, path))
				continue;
			text_add(&it->out, last ? ", %d" : "%d", place->step);
			last = place->step;
		}
		text_add(&it->out, "</tr>\n");
	}
	text_add(&it->out, "</table>\n");
}

int bundle_index(const struct bundle *bundle)
{
	struct index it = {.bundle = bundle};
	struct fail fail = {0};
	char path[BUNDLE_PATH], time[64];

	bundle_each_file(bundle->folder, add_path, &it.paths);
	text_add(&it.out, "%s", head);
	markup_add(&it.out, "<h1>Lab %s</h1>\n<p>Collected %s.", bundle->lab->name,
		   bundle_time(bundle, (long long)clock_now_us(), BUNDLE_DATE, time));
	if (bundle->since)
		markup_add(&it.out, " Logs since %s.", bundle_time(bundle, bundle->since, BUNDLE_DATE, time));
	if (bundle->phone)
		markup_add(&it.out, " Only %s.", bundle->phone);
	text_add(&it.out, " Passwords and digest credentials are removed. To have the cause named: "
			  "<code>phonelab why PHONE --folder .</code></p>\n");
	put_phones(&it);
	put_files(&it);
	put_steps(&it);
	text_add(&it.out, "</body></html>\n");
	snprintf(path, sizeof(path), "%s/index.html", bundle->folder);
	for (size_t i = 0; i < it.paths.n; i++)
		free(it.paths.item[i]);
	free(it.paths.item);
	if (file_write_text(path, &it.out, &fail))
		return exit_complain(EXIT_DEFECT, "collect: %s", fail.text);
	return 0;
}
