/* The tables of the page: expectations and actions, events, frames. */
#include "base/json_text.h"
#include "phonelab/scenario/page_part.h"

#include <string.h>

#include "base/ladder.h"

#define EVENTS_MOST 400

void page_put_expectations(struct page *page)
{
	const json_t *e;
	size_t i;

	fputs("<h2>Expectations</h2><div "
	      "class=wide><table><tr><th>line<th>expected<th>outcome<th>decided<th>seen</tr>",
	      page->out);
	json_array_foreach (json_object_get(page->evidence->result, "expectations"), i, e) {
		fprintf(page->out, "<tr><td>%lld<td>",
			(long long)json_integer_value(json_object_get(e, "line")));
		page_put(page->out, json_text(e, "text"));
		fprintf(page->out, "<td class=%s>%s<td>%lld ms<td>", json_text(e, "state"),
			json_text(e, "state"),
			(long long)json_integer_value(json_object_get(e, "decided_ms")));
		page_put(page->out, json_text(e, "found"));
		fputs("</tr>", page->out);
	}
	fputs(
	    "</table></div><h2>What was done</h2><div class=wide><table><tr><th>line<th>at<th>what<th></tr>",
	    page->out);
	json_array_foreach (json_object_get(page->evidence->result, "timeline"), i, e) {
		fprintf(page->out, "<tr><td>%lld<td>%lld ms<td>",
			(long long)json_integer_value(json_object_get(e, "line")),
			(long long)json_integer_value(json_object_get(e, "at_ms")));
		page_put(page->out, json_text(e, "text"));
		fputs("<td class=broken>", page->out);
		page_put(page->out, json_text(e, "error"));
		fputs("</tr>", page->out);
	}
	fputs("</table></div>", page->out);
}

void page_put_events(struct page *page)
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
		    step && step == page->first_broken && !strncmp(json_text(event, "node"), "SEP", 3);

		fprintf(page->out, "<tr%s><td>%lld<td>%.0f<td class=mono>", first ? " class=first" : "",
			(long long)json_integer_value(json_object_get(event, "line")),
			json_real_value(json_object_get(event, "ms")));
		page_put(page->out, json_text(event, "node"));
		if (step)
			fprintf(page->out, "<td>%d %s<td class=mono>", step, ladder_step_name(step));
		else
			fputs("<td><td class=mono>", page->out);
		page_put(page->out, json_text(event, "event"));
		fputs("<td>", page->out);
		page_put(page->out, json_text(event, "detail"));
		fputs("</tr>", page->out);
	}
	fputs("</table></div></details>", page->out);
}

void page_put_frames(struct page *page)
{
	const json_t *frame;
	size_t i;

	fprintf(page->out,
		"<h2>Frames</h2><details><summary>the first %zu that belong to a step; all are in "
		"<code>capture.pcapng"
		"</code></summary><div class=wide><table><tr><th>frame<th>ms<th>what</tr>",
		json_array_size(page->frames));
	json_array_foreach (page->frames, i, frame) {
		int step = (int)json_integer_value(json_object_get(frame, "step"));

		fprintf(page->out, "<tr%s><td>%lld<td>%.1f<td class=mono>",
			step == page->first_broken ? " class=first" : "",
			(long long)json_integer_value(json_object_get(frame, "frame")),
			page_frame_ms(page, frame));
		page_put(page->out, json_text(frame, "text"));
		fputs("</tr>", page->out);
	}
	fputs("</table></div></details>", page->out);
}
