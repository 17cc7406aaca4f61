/* The time line: a lane for each phone, for the frames, for the actions and for each expectation. */
#include "phonelab/scenario/page.h"

#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "base/markup.h"

#define WIDTH 1000.0
#define LEFT  170.0
#define LANE  26.0

static double greater(double a, double b)
{
	return a > b ? a : b;
}

static double x_of(const struct page *page, double ms)
{
	double span = page->span_ms > 1 ? page->span_ms : 1;

	return LEFT + (ms < 0 ? 0 : ms > span ? span : ms) / span * (WIDTH - LEFT - 20);
}

static void add_lane(struct page *page, double y, const char *name)
{
	markup_add(&page->html,
		   "<text x=4 y=%.0f>%s</text><line x1=%.0f x2=%.0f y1=%.0f y2=%.0f stroke=\"var(--line)\"/>",
		   y + 17, name, LEFT, WIDTH - 20, y + LANE - 1, y + LANE - 1);
}

static void add_axis(struct page *page, double height)
{
	double span = page->span_ms > 1 ? page->span_ms : 1, step = 1;

	while (step * 10 <= span)
		step *= 10;
	if (span / step < 3)
		step /= span / step < 1.5 ? 10 : 2;
	for (double ms = 0; ms <= span; ms += step)
		text_add(&page->html,
			 "<line x1=%.1f x2=%.1f y1=18 y2=%.0f stroke=\"var(--line)\"/>"
			 "<text class=dim x=%.1f y=12 text-anchor=middle>%g %s</text>",
			 x_of(page, ms), x_of(page, ms), height, x_of(page, ms),
			 span >= 2000 ? ms / 1000 : ms, span >= 2000 ? "s" : "ms");
}

static void add_tick(struct page *page, double ms, double y, const char *color, double width,
		     const char *title)
{
	markup_add(&page->html,
		   "<rect x=%.1f y=%.0f width=%.1f height=%.0f rx=1 fill=\"var(--%s)\">"
		   "<title>%.0f ms %s</title></rect>",
		   x_of(page, ms) - width / 2, y + 4, width, LANE - 9, color, ms, title);
}

static void add_phone_lane(struct page *page, double y, const char *name)
{
	const json_t *event;
	size_t i;

	add_lane(page, y, name);
	json_array_foreach (page->events, i, event) {
		const char *what = json_text(event, "event");
		char title[300];

		if (strcmp(json_text(event, "node"), name) || strncmp(what, "step.", 5) ||
		    !strcmp(what, "step.active") || !strcmp(what, "step.pending"))
			continue;
		snprintf(title, sizeof(title), "%s %s %.200s", ladder_step_name((int)json_int(event, "step")),
			 what + 5, json_text(event, "detail"));
		add_tick(page, json_real_value(json_object_get(event, "ms")), y,
			 !strcmp(what, "step.failed") ? "bad"
			 : !strcmp(what, "step.done") ? "good"
						      : "dim",
			 5, title);
	}
}

static void add_frames_lane(struct page *page, double y)
{
	const json_t *frame;
	size_t i;

	add_lane(page, y, "frames");
	json_array_foreach (page->frames, i, frame) {
		int step = (int)json_int(frame, "step");

		add_tick(page, page_frame_ms(page, frame), y,
			 step && step == page->first_failed ? "bad" : "act", 2, json_text(frame, "text"));
	}
}

static void add_actions_lane(struct page *page, double y)
{
	const json_t *entry;
	size_t i;

	add_lane(page, y, "faults and actions");
	json_array_foreach (json_object_get(page->result, "timeline"), i, entry)
		add_tick(page, (double)json_int(entry, "at_ms"), y,
			 json_object_get(entry, "error") ? "bad" : "warn", 7, json_text(entry, "text"));
}

static void add_expectation_lane(struct page *page, double y, const json_t *e)
{
	double from = (double)json_int(e, "opened_ms");
	double to = (double)json_int(e, "decided_ms");
	const char *state = json_text(e, "state");
	char name[60];

	snprintf(name, sizeof(name), "expectation, line %lld", json_int(e, "line"));
	add_lane(page, y, name);
	if (to < from)
		to = page->span_ms;
	markup_add(&page->html,
		   "<rect x=%.1f y=%.0f width=%.1f height=%.0f rx=3 opacity=.75 fill=\"var(--%s)\">"
		   "<title>%s</title></rect>",
		   x_of(page, from), y + 6, greater(x_of(page, to) - x_of(page, from), 4), LANE - 13,
		   !strcmp(state, "held")     ? "good"
		   : !strcmp(state, "broken") ? "bad"
					      : "dim",
		   json_text(e, "text"));
}

void page_add_time_line(struct page *page)
{
	const json_t *expectations = json_object_get(page->result, "expectations"), *e;
	const json_t *phones = json_object_get(page->concerned, "phones"), *phone;
	size_t lanes = json_array_size(phones) + 2 + json_array_size(expectations), i;
	double y = 20, height = 24 + LANE * (double)lanes;

	json_array_foreach (expectations, i, e)
		page->span_ms = greater(page->span_ms, (double)json_int(e, "decided_ms"));
	text_add(&page->html,
		 "<h2>Time line</h2><p class=dim>From power-on. Point at a mark to read it.</p>"
		 "<div class=wide><svg viewBox=\"0 0 %.0f %.0f\" role=img aria-label=\"time line\">",
		 WIDTH, height);
	add_axis(page, height);
	json_array_foreach (phones, i, phone) {
		add_phone_lane(page, y, json_text(phone, "name"));
		y += LANE;
	}
	add_frames_lane(page, y);
	add_actions_lane(page, y += LANE);
	json_array_foreach (expectations, i, e)
		add_expectation_lane(page, y += LANE, e);
	text_add(&page->html, "</svg></div>");
}
