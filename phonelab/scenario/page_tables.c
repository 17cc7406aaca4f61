/* The tables of the page: expectations and actions, events, frames. */
#include "phonelab/scenario/page.h"

#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "base/markup.h"

#define EVENTS_MOST 400

void page_add_expectations(struct page *page)
{
	const json_t *result = page->result, *e;
	size_t i;

	text_add(&page->html, "<h2>Expectations</h2><div class=wide><table>"
			      "<tr><th>line<th>expected<th>outcome<th>decided<th>seen</tr>");
	json_array_foreach (json_object_get(result, "expectations"), i, e)
		markup_add(&page->html, "<tr><td>%lld<td>%s<td class=%s>%s<td>%lld ms<td>%s</tr>",
			   json_int(e, "line"), json_text(e, "text"), json_text(e, "state"),
			   json_text(e, "state"), json_int(e, "decided_ms"), json_text(e, "found"));
	text_add(&page->html, "</table></div><h2>What was done</h2><div class=wide><table>"
			      "<tr><th>line<th>at<th>what<th></tr>");
	json_array_foreach (json_object_get(result, "timeline"), i, e)
		markup_add(&page->html, "<tr><td>%lld<td>%lld ms<td>%s<td class=broken>%s</tr>",
			   json_int(e, "line"), json_int(e, "at_ms"), json_text(e, "text"),
			   json_text(e, "error"));
	text_add(&page->html, "</table></div>");
}

void page_add_events(struct page *page)
{
	size_t total = json_array_size(page->events), from = total > EVENTS_MOST ? total - EVENTS_MOST : 0;

	text_add(&page->html,
		 "<h2>Events</h2><details open><summary>the last %zu of %zu</summary><div class=wide><table>"
		 "<tr><th>line<th>ms<th>node<th>step<th>event<th>detail</tr>",
		 total - from, total);
	for (size_t i = from; i < total; i++) {
		const json_t *event = json_array_get(page->events, i);
		const char *node = json_text(event, "node");
		int step = (int)json_int(event, "step");
		bool first = step && step == page->first_failed && !strncmp(node, "SEP", 3);

		text_add(&page->html, "<tr%s>", first ? " class=first" : "");
		markup_add(&page->html, "<td>%lld<td>%.0f<td class=mono>%s<td>", json_int(event, "line"),
			   json_real_value(json_object_get(event, "ms")), node);
		if (step)
			markup_add(&page->html, "%d %s", step, ladder_step_name(step));
		markup_add(&page->html, "<td class=mono>%s<td>%s</tr>", json_text(event, "event"),
			   json_text(event, "detail"));
	}
	text_add(&page->html, "</table></div></details>");
}

void page_add_frames(struct page *page)
{
	const json_t *frame;
	size_t i;

	text_add(&page->html,
		 "<h2>Frames</h2><details><summary>the first %zu that belong to a step; all are in "
		 "<code>capture.pcapng</code></summary><div class=wide><table>"
		 "<tr><th>frame<th>ms<th>what</tr>",
		 json_array_size(page->frames));
	json_array_foreach (page->frames, i, frame) {
		bool first = json_int(frame, "step") == page->first_failed;

		text_add(&page->html, "<tr%s>", first ? " class=first" : "");
		markup_add(&page->html, "<td>%lld<td>%.1f<td class=mono>%s</tr>", json_int(frame, "frame"),
			   page_frame_ms(page, frame), json_text(frame, "text"));
	}
	text_add(&page->html, "</table></div></details>");
}
