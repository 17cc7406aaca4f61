/* The time line: a lane for each phone, the frames, what was done, and each expectation. */
#include "base/json_text.h"
#include "phonelab/scenario/page_part.h"

#include <string.h>

#include "base/ladder.h"

#define WIDTH 1000.0
#define LEFT  170.0
#define LANE  26.0

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
	page_put(page->out, name);
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
	page_put(page->out, title);
	fputs("</title></rect>", page->out);
}

static void put_phone_lane(struct page *page, double y, const char *name)
{
	const json_t *event;
	size_t i;

	put_lane(page, y, name);
	json_array_foreach (page->events, i, event) {
		const char *what = json_text(event, "event");
		char title[300];

		if (strcmp(json_text(event, "node"), name) || strncmp(what, "step.", 5) ||
		    !strcmp(what, "step.active") || !strcmp(what, "step.pending"))
			continue;
		snprintf(title, sizeof(title), "%s %s %.200s",
			 ladder_step_name((int)json_integer_value(json_object_get(event, "step"))), what + 5,
			 json_text(event, "detail"));
		put_tick(page, json_real_value(json_object_get(event, "ms")), y,
			 !strcmp(what, "step.failed") ? "bad"
			 : !strcmp(what, "step.done") ? "good"
						      : "dim",
			 5, title);
	}
}

static void put_frames_lane(struct page *page, double y)
{
	const json_t *frame;
	size_t i;

	put_lane(page, y, "frames");
	json_array_foreach (page->frames, i, frame) {
		int step = (int)json_integer_value(json_object_get(frame, "step"));

		put_tick(page, page_frame_ms(page, frame), y,
			 step && step == page->first_broken ? "bad" : "act", 2, json_text(frame, "text"));
	}
}

static void put_actions_lane(struct page *page, double y)
{
	const json_t *entry;
	size_t i;

	put_lane(page, y, "faults and actions");
	json_array_foreach (json_object_get(page->evidence->result, "timeline"), i, entry)
		put_tick(page, (double)json_integer_value(json_object_get(entry, "at_ms")), y,
			 json_object_get(entry, "error") ? "bad" : "warn", 7, json_text(entry, "text"));
}

static void put_expectation_lane(struct page *page, double y, const json_t *e)
{
	double from = (double)json_integer_value(json_object_get(e, "opened_ms"));
	double to = (double)json_integer_value(json_object_get(e, "decided_ms"));
	const char *state = json_text(e, "state");
	char name[60];

	snprintf(name, sizeof(name), "expectation, line %lld",
		 (long long)json_integer_value(json_object_get(e, "line")));
	put_lane(page, y, name);
	if (to < from)
		to = page->span_ms;
	fprintf(page->out,
		"<rect x=%.1f y=%.0f width=%.1f height=%.0f rx=3 opacity=.75 fill=\"var(--%s)\"><title>",
		x_of(page, from), y + 6, wider(x_of(page, to) - x_of(page, from), 4), LANE - 13,
		!strcmp(state, "held")	   ? "good"
		: !strcmp(state, "broken") ? "bad"
					   : "dim");
	page_put(page->out, json_text(e, "text"));
	fputs("</title></rect>", page->out);
}

void page_put_time_line(struct page *page)
{
	const json_t *expectations = json_object_get(page->evidence->result, "expectations"), *e;
	size_t lanes = page->phone_count + 2 + json_array_size(expectations), i;
	double y = 20, height = 24 + LANE * (double)lanes;

	json_array_foreach (expectations, i, e) {
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
		put_phone_lane(page, y, json_text(page->phones[i], "name"));
	put_frames_lane(page, y);
	put_actions_lane(page, y += LANE);
	json_array_foreach (expectations, i, e)
		put_expectation_lane(page, y += LANE, e);
	fputs("</svg></div>", page->out);
}
