/* The message sequence of each phone concerned: an arrow per message. */
#include "phonelab/scenario/page.h"

#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "base/markup.h"

#define ROWS_MOST 200 /* of a phone: the newest */

/* A row of sequence_json(). */
struct arrow {
	long long number, us;
	size_t from, to;
	const char *protocol, *summary;
	int step;
	bool message;
};

static struct arrow arrow_of(const json_t *row)
{
	return (struct arrow){.number = json_integer_value(json_array_get(row, 0)),
			      .us = json_integer_value(json_array_get(row, 1)),
			      .from = (size_t)json_integer_value(json_array_get(row, 2)),
			      .to = (size_t)json_integer_value(json_array_get(row, 3)),
			      .protocol = json_string_value(json_array_get(row, 4)),
			      .step = (int)json_integer_value(json_array_get(row, 5)),
			      .summary = json_string_value(json_array_get(row, 6)),
			      .message = json_is_true(json_array_get(row, 7))};
}

static const char *word_of(const json_t *participant)
{
	static const char *const words[][2] = {
	    {"phone", "Phone"},	    {"switch", "Switch"}, {"dhcp", "DHCP"},
	    {"dns", "DNS"},	    {"files", "Files"},	  {"call-manager", "Call manager"},
	    {"network", "Network"},
	};
	const char *kind = json_text(participant, "kind");

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i][0], kind))
			return words[i][1];
	return kind;
}

static double x_of(size_t index, size_t count)
{
	return ((double)index + .5) / (double)count * 100;
}

static void add_heads(struct page *page, const json_t *participants)
{
	const json_t *one;
	size_t i;

	text_add(&page->html, "<div class=\"arrow heads\"><div class=lanes>");
	json_array_foreach (participants, i, one) {
		bool phone = !strcmp(json_text(one, "kind"), "phone");

		markup_add(&page->html, "<div><b>%s</b> <span>%s</span> <span class=address>%s</span></div>",
			   word_of(one), phone ? "" : json_text(one, "name"), json_text(one, "address"));
	}
	text_add(&page->html, "</div></div>");
}

static void add_lanes(struct page *page, const json_t *participants, const struct arrow *arrow)
{
	size_t count = json_array_size(participants);
	double from = x_of(arrow->from, count), to = x_of(arrow->to, count);

	markup_add(&page->html, "<span class=lanes><svg role=img aria-label=\"%s to %s\">",
		   word_of(json_array_get(participants, arrow->from)),
		   word_of(json_array_get(participants, arrow->to)));
	for (size_t i = 0; i < count; i++)
		text_add(&page->html, "<line x1=%.2f%% x2=%.2f%% y1=0 y2=100%% stroke=\"var(--line)\"/>",
			 x_of(i, count), x_of(i, count));
	text_add(&page->html,
		 "<line x1=%.2f%% x2=%.2f%% y1=50%% y2=50%% stroke=\"var(--fg)\" stroke-width=1.5 />"
		 "<svg x=%.2f%% y=50%% overflow=visible width=1 height=1><path d=\"%s\" fill=\"var(--fg)\"/>"
		 "</svg></svg></span>",
		 from, to, to, to > from ? "M0 0l-8-4v8z" : "M0 0l8-4v8z");
}

static void add_arrow(struct page *page, const json_t *participants, const struct arrow *arrow, int before)
{
	double us = (double)arrow->us - (double)page->real_minus_monotonic_ns / 1000.0;
	bool begins = arrow->step && arrow->step != before;

	text_add(&page->html,
		 "<div class=\"arrow%s%s\"><span class=\"mono dim\">%lld</span><span class=mono>%.3f</span>"
		 "<span class=dim>",
		 begins ? " begins" : "", arrow->step && arrow->step == page->first_failed ? " failing" : "",
		 arrow->number, page_us_ms(page, us) / 1000);
	if (begins)
		text_add(&page->html, "%d %s", arrow->step, ladder_step_name(arrow->step));
	text_add(&page->html, "</span>");
	add_lanes(page, participants, arrow);
	markup_add(&page->html, "<span class=\"mono dim\">%s</span><span class=says>%s</span></div>",
		   arrow->protocol, arrow->summary);
}

static void add_phone(struct page *page, const json_t *sequence, bool open)
{
	const json_t *participants = json_object_get(sequence, "participants");
	const json_t *rows = json_object_get(sequence, "rows"), *row;
	size_t messages = 0, skip, i;
	int before = 0;

	json_array_foreach (rows, i, row)
		messages += arrow_of(row).message;
	skip = messages > ROWS_MOST ? messages - ROWS_MOST : 0;
	markup_add(&page->html, "<details%s><summary><b class=mono>%s</b>: ", open ? " open" : "",
		   json_text(sequence, "phone"));
	if (skip)
		text_add(&page->html, "the last %d of ", ROWS_MOST);
	text_add(&page->html, "%zu messages in %zu frames</summary><div class=sequence>", messages,
		 json_array_size(rows));
	add_heads(page, participants);
	json_array_foreach (rows, i, row) {
		struct arrow arrow = arrow_of(row);

		if (!arrow.message)
			continue;
		if (skip) {
			skip--;
			continue;
		}
		add_arrow(page, participants, &arrow, before);
		before = arrow.step ? arrow.step : before;
	}
	text_add(&page->html, "</div></details>");
}

void page_add_sequence(struct page *page)
{
	const json_t *sequence;
	size_t i;

	text_add(&page->html,
		 "<h2>Message sequence</h2><p class=dim>The first number is that of the frame in "
		 "<code>capture.pcapng</code>, the second one is seconds since power-on.</p>");
	json_array_foreach (page->sequences, i, sequence)
		add_phone(page, sequence, i == 0);
	if (!json_array_size(page->sequences))
		text_add(&page->html, "<p class=dim>No frame was captured.</p>");
}
