/* The page of a failed scenario: one file, no script, nothing fetched. */
#include "phonelab/scenario/page_part.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/lab/status_read.h"

static const char style[] =
    ":root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#667;--line:#d5d9df;--card:#f5f7f9;"
    "--good:#1a7f37;--bad:#cf222e;--warn:#9a6700;--act:#0969da;--bade:#ffebe9}"
    "@media(prefers-color-scheme:dark){:root{--bg:#0f1318;--fg:#e4e8ee;--dim:#93a0ae;--line:#2d343d;"
    "--card:#171c23;--good:#3fb950;--bad:#ff7b72;--warn:#d29922;--act:#58a6ff;--bade:#3c1618}}"
    "body{font:15px/1.5 system-ui,sans-serif;background:var(--bg);color:var(--fg);max-width:1240px;"
    "margin:0 auto;padding:24px}h1{font-size:24px;margin:0 0 4px}h2{font-size:17px;margin:32px 0 10px}"
    "p{margin:6px 0}.dim,th{color:var(--dim)}.box{border:1px solid var(--line);border-left:5px solid "
    "var(--bad);"
    "background:var(--card);border-radius:6px;padding:12px 16px;margin:16px 0}code,.mono{font:13px/1.5 "
    "ui-monospace,monospace}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:4px 8px;"
    "border-bottom:1px solid var(--line);vertical-align:top;font-size:13px}.wide{overflow-x:auto}"
    ".ladder{display:grid;grid-template-columns:repeat(14,minmax(62px,1fr));gap:4px;min-width:980px;"
    "margin-bottom:8px}.rung{border:1px solid var(--line);border-radius:5px;padding:4px 6px;font-size:11px;"
    "line-height:1.35;background:var(--card);overflow-wrap:anywhere}.rung b{display:block;font-size:12px}"
    ".rung i{font-style:normal;display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical;overflow:"
    "hidden}.first i{display:block}"
    ".done{border-top:4px solid var(--good)}.failed{border-top:4px solid var(--bad)}.skipped{border-top:4px "
    "solid var(--dim)}.active{border-top:4px solid var(--warn)}.pending{opacity:.6}.first{outline:3px solid "
    "var(--bad);background:var(--bade);opacity:1}.held{color:var(--good)}.broken{color:var(--bad);font-"
    "weight:600}"
    "tr.first td{background:var(--bade)}svg{min-width:980px;width:100%;height:auto}svg text{fill:var(--fg);"
    "font:11px system-ui,sans-serif}svg .dim{fill:var(--dim)}details{margin:8px 0}summary{cursor:pointer;"
    "color:var(--act)}";

static bool concerned(const struct page *page, const char *node)
{
	for (size_t i = 0; i < page->phone_count; i++)
		if (!strcmp(json_text(page->phones[i], "name"), node))
			return true;
	return false;
}

/* Lines of the phones concerned, and of switches, servers and the lab where they are few. */
static void read_events(struct page *page)
{
	char path[1100], *line = NULL;
	size_t room = 0;
	FILE *in;

	snprintf(path, sizeof(path), "%s/events.jsonl", page->evidence->folder);
	in = fopen(path, "re");
	for (json_int_t number = 1; in && getline(&line, &room, in) > 0; number++) {
		json_t *event = json_loads(line, 0, NULL);
		const char *node = json_text(event, "node");
		bool phone = !strncmp(node, "SEP", 3);

		if (event && (phone ? concerned(page, node) : page->evidence->begun != 0) &&
		    strcmp(json_text(event, "event"), "phone.console") != 0) {
			double ms =
			    page_since_power(page, (double)json_integer_value(json_object_get(event, "t")));

			json_object_set_new(event, "ms", json_real(ms));
			json_object_set_new(event, "line", json_integer(number));
			if (ms >= 0) {
				json_array_append(page->events, event);
				page->span_ms = ms > page->span_ms ? ms : page->span_ms;
			}
		}
		json_decref(event);
	}
	free(line);
	if (in)
		fclose(in);
}

/* --- the head --- */

static void put_head(struct page *page)
{
	const json_t *result = page->evidence->result;
	const char *title = json_text(result, "title"), *name = json_text(result, "name");
	FILE *out = page->out;

	fputs("<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport "
	      "content=\"width=device-width,initial-scale=1\"><title>",
	      out);
	page_put(out, name);
	fprintf(out, " - phonelab test</title><style>%s</style><h1>", style);
	page_put(out, name);
	fputs("</h1><p class=dim>", out);
	page_put(out, *title ? title : json_text(result, "file"));
	fprintf(out, "</p><div class=box><p><b class=broken>Not passed after %.1f s</b> ",
		json_real_value(json_object_get(result, "seconds")));
	fputs("<code>", out);
	page_put(out, json_text(result, "file"));
	if (json_integer_value(json_object_get(result, "line")))
		fprintf(out, ":%lld", (long long)json_integer_value(json_object_get(result, "line")));
	fputs("</code></p><p>", out);
	page_put(out, json_text(result, "reason"));
	fputs("</p>", out);
	if (*json_text(result, "cause")) {
		fputs("<p><b>Likely cause</b> ", out);
		page_put(out, json_text(result, "cause"));
		fputs("</p>", out);
	}
	fputs("</div>", out);
}

/* --- the ladders --- */

static int first_broken(const json_t *phone)
{
	const json_t *step = status_read_open_step(phone);

	if (step)
		return (int)json_integer_value(json_object_get(step, "n"));
	return status_read_registered(phone) ? 0 : LADDER_REGISTER;
}

static void put_ladder(struct page *page, const json_t *phone)
{
	int broken = first_broken(phone);
	const json_t *step;
	size_t i;

	if (!page->first_broken)
		page->first_broken = broken;
	fputs("<p><b class=mono>", page->out);
	page_put(page->out, json_text(phone, "name"));
	fputs("</b> <span class=dim>", page->out);
	page_put(page->out, json_text(phone, "model"));
	fputs(" ", page->out);
	page_put(page->out, json_text(phone, "state"));
	fputs(" ", page->out);
	page_put(page->out, json_text(phone, "ipv4"));
	fputs("</span></p><div class=wide><div class=ladder>", page->out);
	json_array_foreach (json_object_get(phone, "steps"), i, step) {
		int n = (int)json_integer_value(json_object_get(step, "n"));
		const json_t *ms = json_object_get(step, "ms");

		fprintf(page->out, "<div class=\"rung %s%s\"><b>%d ", json_text(step, "state"),
			n == broken ? " first" : "", n);
		page_put(page->out, json_text(step, "name"));
		fputs("</b>", page->out);
		page_put(page->out, json_text(step, "state"));
		if (json_is_number(ms))
			fprintf(page->out, " %lld ms", (long long)json_number_value(ms));
		fputs("<i title=\"", page->out);
		page_put(page->out, json_text(step, "detail"));
		fputs("\">", page->out);
		page_put(page->out, json_text(step, "detail"));
		fputs("</i></div>", page->out);
	}
	fputs("</div></div>", page->out);
}

static void put_foot(struct page *page)
{
	fputs("<h2>Further evidence in this folder</h2><p>", page->out);
	fputs("<a href=capture.pcapng>capture.pcapng</a> (each frame with its step as its comment), "
	      "<a href=events.jsonl>events.jsonl</a>, <a href=status.json>status.json</a>, "
	      "<a href=result.json>result.json</a>, <a href=log/>log/</a>, and the configuration in force: "
	      "<a href=switches/>switches/</a> <a href=phones/>phones/</a> <a href=dhcp/>dhcp/</a> "
	      "<a href=tftp/>tftp/</a> <a href=cucm/>cucm/</a></p><p class=mono>",
	      page->out);
	if (page->phone_count) {
		fputs("phonelab why --folder ", page->out);
		page_put(page->out, page->evidence->folder);
		fputs(" ", page->out);
		page_put(page->out, json_text(page->phones[0], "name"));
	}
	fputs("</p></html>\n", page->out);
}

static int64_t real_minus_monotonic(void)
{
	struct timespec real;

	clock_gettime(CLOCK_REALTIME, &real);
	return (int64_t)real.tv_sec * 1000000000 + real.tv_nsec - (int64_t)clock_now_us() * 1000;
}

int scenario_page_write(const struct scenario_evidence *evidence, json_t *const *phones, size_t count,
			const json_t *frames, struct fail *fail)
{
	struct page page = {.evidence = evidence,
			    .phones = phones,
			    .phone_count = count,
			    .frames = frames,
			    .events = json_array(),
			    .real_minus_monotonic_ns = real_minus_monotonic()};
	char path[1100];
	bool good;

	snprintf(path, sizeof(path), "%s/index.html", evidence->folder);
	page.out = fopen(path, "we");
	if (!page.out) {
		json_decref(page.events);
		return fail_set(fail, -errno, "%s: %s", path, strerror(errno));
	}
	read_events(&page);
	put_head(&page);
	fputs("<h2>The ladder</h2>", page.out);
	for (size_t i = 0; i < count; i++)
		put_ladder(&page, phones[i]);
	if (!count)
		fputs("<p class=dim>No phone was asked: the lab did not come up.</p>", page.out);
	page_put_time_line(&page);
	page_put_expectations(&page);
	page_put_events(&page);
	page_put_frames(&page);
	put_foot(&page);
	good = !ferror(page.out);
	good = !fclose(page.out) && good;
	json_decref(page.events);
	return good ? 0 : fail_set(fail, -EIO, "%s: cannot be written", path);
}
