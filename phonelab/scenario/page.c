/* The page of a failed scenario: one file, no script, nothing fetched. */
#include "phonelab/scenario/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/ladder.h"
#include "phonelab/why.h"

#define WIDTH	    1000.0 /* of the time line */
#define LEFT	    170.0
#define LANE	    26.0
#define EVENTS_MOST 400

struct page {
	const struct scenario_evidence *evidence;
	json_t *const *phones;
	size_t phone_count;
	const json_t *frames;
	json_t *events; /* of the phones concerned: t_ms, node, step, event, detail, line */
	FILE *out;
	double span_ms;
	int64_t real_minus_monotonic_ns;
	int first_broken; /* step of the first phone, or 0 */
};

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

static void put(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&': fputs("&amp;", out); break;
		case '<': fputs("&lt;", out); break;
		case '>': fputs("&gt;", out); break;
		case '"': fputs("&quot;", out); break;
		case '\n': fputs("<br>", out); break;
		default: fputc(*text, out);
		}
	}
}

static double since_power(const struct page *page, double us)
{
	return page->evidence->begun ? (us - (double)page->evidence->begun) / 1000.0 : 0;
}

static bool concerned(const struct page *page, const char *node)
{
	for (size_t i = 0; i < page->phone_count; i++)
		if (!strcmp(why_text(page->phones[i], "name"), node))
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
		const char *node = why_text(event, "node");
		bool phone = !strncmp(node, "SEP", 3);

		if (event && (phone ? concerned(page, node) : page->evidence->begun != 0) &&
		    strcmp(why_text(event, "event"), "phone.console") != 0) {
			double ms =
			    since_power(page, (double)json_integer_value(json_object_get(event, "t")));

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
	const char *title = why_text(result, "title"), *name = why_text(result, "name");
	FILE *out = page->out;

	fputs("<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport "
	      "content=\"width=device-width,initial-scale=1\"><title>",
	      out);
	put(out, name);
	fprintf(out, " - phonelab test</title><style>%s</style><h1>", style);
	put(out, name);
	fputs("</h1><p class=dim>", out);
	put(out, *title ? title : why_text(result, "file"));
	fprintf(out, "</p><div class=box><p><b class=broken>Not passed after %.1f s</b> ",
		json_real_value(json_object_get(result, "seconds")));
	fputs("<code>", out);
	put(out, why_text(result, "file"));
	if (json_integer_value(json_object_get(result, "line")))
		fprintf(out, ":%lld", (long long)json_integer_value(json_object_get(result, "line")));
	fputs("</code></p><p>", out);
	put(out, why_text(result, "reason"));
	fputs("</p>", out);
	if (*why_text(result, "cause")) {
		fputs("<p><b>Likely cause</b> ", out);
		put(out, why_text(result, "cause"));
		fputs("</p>", out);
	}
	fputs("</div>", out);
}

/* --- the ladders --- */

static int first_broken(const json_t *phone)
{
	const json_t *step;
	size_t i;

	json_array_foreach(json_object_get(phone, "steps"), i, step)
	{
		const char *state = why_text(step, "state");

		if (strcmp(state, "done") && strcmp(state, "skipped"))
			return (int)json_integer_value(json_object_get(step, "n"));
	}
	return strcmp(why_text(phone, "state"), "registered") ? LADDER_REGISTER : 0;
}

static void put_ladder(struct page *page, const json_t *phone)
{
	int broken = first_broken(phone);
	const json_t *step;
	size_t i;

	if (!page->first_broken)
		page->first_broken = broken;
	fputs("<p><b class=mono>", page->out);
	put(page->out, why_text(phone, "name"));
	fputs("</b> <span class=dim>", page->out);
	put(page->out, why_text(phone, "model"));
	fputs(" ", page->out);
	put(page->out, why_text(phone, "state"));
	fputs(" ", page->out);
	put(page->out, why_text(phone, "ipv4"));
	fputs("</span></p><div class=wide><div class=ladder>", page->out);
	json_array_foreach(json_object_get(phone, "steps"), i, step)
	{
		int n = (int)json_integer_value(json_object_get(step, "n"));
		const json_t *ms = json_object_get(step, "ms");

		fprintf(page->out, "<div class=\"rung %s%s\"><b>%d ", why_text(step, "state"),
			n == broken ? " first" : "", n);
		put(page->out, why_text(step, "name"));
		fputs("</b>", page->out);
		put(page->out, why_text(step, "state"));
		if (json_is_number(ms))
			fprintf(page->out, " %lld ms", (long long)json_number_value(ms));
		fputs("<i title=\"", page->out);
		put(page->out, why_text(step, "detail"));
		fputs("\">", page->out);
		put(page->out, why_text(step, "detail"));
		fputs("</i></div>", page->out);
	}
	fputs("</div></div>", page->out);
}

/* --- the time line --- */

static double wider(double a, double b)
{
	return a > b ? a : b;
}

static double x_of(const struct page *page, double ms)
{
	double span = page->span_ms > 1 ? page->span_ms : 1;

	return LEFT + (ms < 0 ? 0 : ms > span ? span : ms) / span * (WIDTH - LEFT - 20);
}

static void put_lane(struct page *page, double y, const char *name)
{
	fprintf(page->out, "<text x=4 y=%.0f>", y + 17);
	put(page->out, name);
	fprintf(page->out, "</text><line x1=%.0f x2=%.0f y1=%.0f y2=%.0f stroke=\"var(--line)\"/>", LEFT,
		WIDTH - 20, y + LANE - 1, y + LANE - 1);
}

static void put_axis(struct page *page, double height)
{
	double span = page->span_ms > 1 ? page->span_ms : 1, step = 1;

	while (step * 10 <= span)
		step *= 10;
	if (span / step < 3)
		step /= span / step < 1.5 ? 10 : 2;
	for (double ms = 0; ms <= span; ms += step)
		fprintf(
		    page->out,
		    "<line x1=%.1f x2=%.1f y1=18 y2=%.0f stroke=\"var(--line)\"/><text class=dim x=%.1f y=12 "
		    "text-anchor=middle>%g %s</text>",
		    x_of(page, ms), x_of(page, ms), height, x_of(page, ms), span >= 2000 ? ms / 1000 : ms,
		    span >= 2000 ? "s" : "ms");
}

static void put_tick(struct page *page, double ms, double y, const char *color, double width,
		     const char *title)
{
	fprintf(page->out,
		"<rect x=%.1f y=%.0f width=%.1f height=%.0f rx=1 fill=\"var(--%s)\"><title>%.0f ms ",
		x_of(page, ms) - width / 2, y + 4, width, LANE - 9, color, ms);
	put(page->out, title);
	fputs("</title></rect>", page->out);
}

static void put_phone_lane(struct page *page, double y, const char *name)
{
	const json_t *event;
	size_t i;

	put_lane(page, y, name);
	json_array_foreach(page->events, i, event)
	{
		const char *what = why_text(event, "event");
		char title[300];

		if (strcmp(why_text(event, "node"), name) || strncmp(what, "step.", 5) ||
		    !strcmp(what, "step.active") || !strcmp(what, "step.pending"))
			continue;
		snprintf(title, sizeof(title), "%s %s %.200s",
			 ladder_step_name((int)json_integer_value(json_object_get(event, "step"))), what + 5,
			 why_text(event, "detail"));
		put_tick(page, json_real_value(json_object_get(event, "ms")), y,
			 !strcmp(what, "step.failed") ? "bad"
			 : !strcmp(what, "step.done") ? "good"
						      : "dim",
			 5, title);
	}
}

static double frame_ms(const struct page *page, const json_t *frame)
{
	int64_t ns = json_integer_value(json_object_get(frame, "ns")) - page->real_minus_monotonic_ns;

	return since_power(page, (double)ns / 1000.0);
}

static void put_frames_lane(struct page *page, double y)
{
	const json_t *frame;
	size_t i;

	put_lane(page, y, "frames");
	json_array_foreach(page->frames, i, frame)
	{
		int step = (int)json_integer_value(json_object_get(frame, "step"));

		put_tick(page, frame_ms(page, frame), y, step && step == page->first_broken ? "bad" : "act",
			 2, why_text(frame, "text"));
	}
}

static void put_actions_lane(struct page *page, double y)
{
	const json_t *entry;
	size_t i;

	put_lane(page, y, "faults and actions");
	json_array_foreach(json_object_get(page->evidence->result, "timeline"), i, entry)
	    put_tick(page, (double)json_integer_value(json_object_get(entry, "at_ms")), y,
		     json_object_get(entry, "error") ? "bad" : "warn", 7, why_text(entry, "text"));
}

static void put_expectation_lane(struct page *page, double y, size_t index, const json_t *e)
{
	double from = (double)json_integer_value(json_object_get(e, "opened_ms"));
	double to = (double)json_integer_value(json_object_get(e, "decided_ms"));
	const char *state = why_text(e, "state");
	char name[60];

	snprintf(name, sizeof(name), "expectation, line %lld",
		 (long long)json_integer_value(json_object_get(e, "line")));
	(void)index;
	put_lane(page, y, name);
	if (to < from)
		to = page->span_ms;
	fprintf(page->out,
		"<rect x=%.1f y=%.0f width=%.1f height=%.0f rx=3 opacity=.75 fill=\"var(--%s)\"><title>",
		x_of(page, from), y + 6, wider(x_of(page, to) - x_of(page, from), 4), LANE - 13,
		!strcmp(state, "held")	   ? "good"
		: !strcmp(state, "broken") ? "bad"
					   : "dim");
	put(page->out, why_text(e, "text"));
	fputs("</title></rect>", page->out);
}

static void put_time_line(struct page *page)
{
	const json_t *expectations = json_object_get(page->evidence->result, "expectations"), *e;
	size_t lanes = page->phone_count + 2 + json_array_size(expectations), i;
	double y = 20, height = 24 + LANE * (double)lanes;

	json_array_foreach(expectations, i, e)
	{
		double ms = (double)json_integer_value(json_object_get(e, "decided_ms"));

		page->span_ms = wider(page->span_ms, ms);
	}
	fprintf(
	    page->out,
	    "<h2>Time line</h2><p class=dim>From power-on. Point at a mark to read it.</p><div class=wide>"
	    "<svg viewBox=\"0 0 %.0f %.0f\" role=img aria-label=\"time line\">",
	    WIDTH, height);
	put_axis(page, height);
	for (i = 0; i < page->phone_count; i++, y += LANE)
		put_phone_lane(page, y, why_text(page->phones[i], "name"));
	put_frames_lane(page, y);
	put_actions_lane(page, y += LANE);
	json_array_foreach(expectations, i, e) put_expectation_lane(page, y += LANE, i, e);
	fputs("</svg></div>", page->out);
}

/* --- tables --- */

static void put_expectations(struct page *page)
{
	const json_t *e;
	size_t i;

	fputs("<h2>Expectations</h2><div "
	      "class=wide><table><tr><th>line<th>expected<th>outcome<th>decided<th>seen</tr>",
	      page->out);
	json_array_foreach(json_object_get(page->evidence->result, "expectations"), i, e)
	{
		fprintf(page->out, "<tr><td>%lld<td>",
			(long long)json_integer_value(json_object_get(e, "line")));
		put(page->out, why_text(e, "text"));
		fprintf(page->out, "<td class=%s>%s<td>%lld ms<td>", why_text(e, "state"),
			why_text(e, "state"),
			(long long)json_integer_value(json_object_get(e, "decided_ms")));
		put(page->out, why_text(e, "found"));
		fputs("</tr>", page->out);
	}
	fputs(
	    "</table></div><h2>What was done</h2><div class=wide><table><tr><th>line<th>at<th>what<th></tr>",
	    page->out);
	json_array_foreach(json_object_get(page->evidence->result, "timeline"), i, e)
	{
		fprintf(page->out, "<tr><td>%lld<td>%lld ms<td>",
			(long long)json_integer_value(json_object_get(e, "line")),
			(long long)json_integer_value(json_object_get(e, "at_ms")));
		put(page->out, why_text(e, "text"));
		fputs("<td class=broken>", page->out);
		put(page->out, why_text(e, "error"));
		fputs("</tr>", page->out);
	}
	fputs("</table></div>", page->out);
}

static void put_events(struct page *page)
{
	size_t total = json_array_size(page->events), from = total > EVENTS_MOST ? total - EVENTS_MOST : 0;

	fprintf(
	    page->out,
	    "<h2>Events</h2><details open><summary>the last %zu of %zu</summary><div class=wide><table><tr>"
	    "<th>line<th>ms<th>node<th>step<th>event<th>detail</tr>",
	    total - from, total);
	for (size_t i = from; i < total; i++) {
		const json_t *event = json_array_get(page->events, i);
		int step = (int)json_integer_value(json_object_get(event, "step"));
		bool first =
		    step && step == page->first_broken && !strncmp(why_text(event, "node"), "SEP", 3);

		fprintf(page->out, "<tr%s><td>%lld<td>%.0f<td class=mono>", first ? " class=first" : "",
			(long long)json_integer_value(json_object_get(event, "line")),
			json_real_value(json_object_get(event, "ms")));
		put(page->out, why_text(event, "node"));
		if (step)
			fprintf(page->out, "<td>%d %s<td class=mono>", step, ladder_step_name(step));
		else
			fputs("<td><td class=mono>", page->out);
		put(page->out, why_text(event, "event"));
		fputs("<td>", page->out);
		put(page->out, why_text(event, "detail"));
		fputs("</tr>", page->out);
	}
	fputs("</table></div></details>", page->out);
}

static void put_frames(struct page *page)
{
	const json_t *frame;
	size_t i;

	fprintf(page->out,
		"<h2>Frames</h2><details><summary>the first %zu that belong to a step; all are in "
		"<code>capture.pcapng"
		"</code></summary><div class=wide><table><tr><th>frame<th>ms<th>what</tr>",
		json_array_size(page->frames));
	json_array_foreach(page->frames, i, frame)
	{
		int step = (int)json_integer_value(json_object_get(frame, "step"));

		fprintf(page->out, "<tr%s><td>%lld<td>%.1f<td class=mono>",
			step == page->first_broken ? " class=first" : "",
			(long long)json_integer_value(json_object_get(frame, "frame")),
			frame_ms(page, frame));
		put(page->out, why_text(frame, "text"));
		fputs("</tr>", page->out);
	}
	fputs("</table></div></details>", page->out);
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
		put(page->out, page->evidence->folder);
		fputs(" ", page->out);
		put(page->out, why_text(page->phones[0], "name"));
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
	put_time_line(&page);
	put_expectations(&page);
	put_events(&page);
	put_frames(&page);
	put_foot(&page);
	good = !ferror(page.out);
	good = !fclose(page.out) && good;
	json_decref(page.events);
	return good ? 0 : fail_set(fail, -EIO, "%s: cannot be written", path);
}
