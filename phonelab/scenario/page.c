/* The page of a failed scenario: one file that runs no script and loads nothing. */
#include "phonelab/scenario/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json_text.h"
#include "base/ladder.h"
#include "base/markup.h"
#include "phonelab/lab/status_read.h"

__asm__(".pushsection .rodata\n"
	"scenario_page_css:\n .incbin \"phonelab/scenario/page.css\"\n .byte 0\n"
	".popsection\n");

extern const char scenario_page_css[];

double page_us_ms(const struct page *page, double us)
{
	return page->power_on ? (us - (double)page->power_on) / 1000.0 : 0;
}

double page_frame_ms(const struct page *page, const json_t *frame)
{
	return page_us_ms(page, (double)(json_int(frame, "ns") - page->real_minus_monotonic_ns) / 1000.0);
}

/* The events of the phones concerned, and those of switches, servers and the lab. */
static void read_events(struct page *page, const char *folder)
{
	char path[1100], *line = NULL;
	size_t room = 0;
	FILE *in;

	snprintf(path, sizeof(path), "%s/events.jsonl", folder);
	in = fopen(path, "re");
	for (json_int_t number = 1; in && getline(&line, &room, in) > 0; number++) {
		json_t *event = json_loads(line, 0, NULL);
		const char *node = json_text(event, "node");
		bool phone = !strncmp(node, "SEP", 3);

		if (event &&
		    (phone ? status_read_named(page->concerned, "phones", node) != NULL
			   : page->power_on != 0) &&
		    strcmp(json_text(event, "event"), "phone.console") != 0) {
			double ms = page_us_ms(page, (double)json_int(event, "t"));

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

static void add_head(struct page *page)
{
	const json_t *result = page->result;
	const char *name = json_text(result, "name"), *file = json_text(result, "file");
	const char *cause = json_text(result, "cause");

	markup_add(&page->html,
		   "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport "
		   "content=\"width=device-width,initial-scale=1\"><title>%s - phonelab test</title><style>",
		   name);
	text_add(&page->html, "%s", scenario_page_css);
	markup_add(&page->html,
		   "</style><h1>%s</h1><p class=dim>%s</p><div class=box>"
		   "<p><b class=broken>Not passed after %.1f s</b> <code>%s",
		   name, json_text_or(result, "title", file),
		   json_real_value(json_object_get(result, "seconds")), file);
	if (json_int(result, "line"))
		text_add(&page->html, ":%lld", json_int(result, "line"));
	markup_add(&page->html, "</code></p><p>%s</p>", json_text(result, "reason"));
	if (*cause)
		markup_add(&page->html, "<p><b>Likely cause</b> %s</p>", cause);
	text_add(&page->html, "</div>");
}

/* --- the ladders --- */

static int first_failed(const json_t *phone)
{
	const json_t *step = status_read_open_step(phone);

	if (step)
		return (int)json_int(step, "n");
	return status_read_registered(phone) || status_read_by_word(phone) ? 0 : LADDER_REGISTER;
}

static void add_ladder(struct page *page, const json_t *phone)
{
	int failed = first_failed(phone);
	const json_t *step;
	size_t i;

	if (!page->first_failed)
		page->first_failed = failed;
	markup_add(&page->html,
		   "<p><b class=mono>%s</b> <span class=dim>%s %s %s</span></p>"
		   "<div class=wide><div class=ladder>",
		   json_text(phone, "name"), json_text(phone, "model"), json_text(phone, "state"),
		   json_text(phone, "ipv4"));
	json_array_foreach (json_object_get(phone, "steps"), i, step) {
		int n = (int)json_int(step, "n");
		const char *state = json_text(step, "state"), *detail = json_text(step, "detail");
		const json_t *ms = json_object_get(step, "ms");

		markup_add(&page->html, "<div class=\"rung %s%s\"><b>%d %s</b>%s", state,
			   n == failed ? " first" : "", n, json_text(step, "name"), state);
		if (json_is_number(ms))
			text_add(&page->html, " %lld ms", (long long)json_number_value(ms));
		markup_add(&page->html, "<i title=\"%s\">%s</i></div>", detail, detail);
	}
	text_add(&page->html, "</div></div>");
}

static void add_foot(struct page *page, const char *folder, const json_t *first)
{
	text_add(&page->html,
		 "<h2>Further evidence in this folder</h2><p>"
		 "<a href=capture.pcapng>capture.pcapng</a> (each frame has its step as its comment), "
		 "<a href=events.jsonl>events.jsonl</a>, <a href=status.json>status.json</a>, "
		 "<a href=result.json>result.json</a>, <a href=log/>log/</a>, and the active configuration: "
		 "<a href=switches/>switches/</a> <a href=phones/>phones/</a> <a href=dhcp/>dhcp/</a> "
		 "<a href=tftp/>tftp/</a> <a href=cucm/>cucm/</a></p><p class=mono>");
	if (first)
		markup_add(&page->html, "phonelab why --folder %s %s", folder, json_text(first, "name"));
	text_add(&page->html, "</p></html>\n");
}

static int64_t real_minus_monotonic(void)
{
	struct timespec real;

	clock_gettime(CLOCK_REALTIME, &real);
	return (int64_t)real.tv_sec * 1000000000 + real.tv_nsec - (int64_t)clock_now_us() * 1000;
}

int page_write(const struct runner *runner, const json_t *result, const char *folder, const json_t *concerned,
	       const json_t *frames, const json_t *sequences, struct fail *fail)
{
	struct page page = {.result = result,
			    .concerned = concerned,
			    .frames = frames,
			    .sequences = sequences,
			    .power_on = runner->power_on,
			    .events = json_array(),
			    .real_minus_monotonic_ns = real_minus_monotonic()};
	const json_t *phones = json_object_get(concerned, "phones"), *phone;
	char path[1100];
	size_t i;

	read_events(&page, folder);
	add_head(&page);
	text_add(&page.html, "<h2>The ladder</h2>");
	json_array_foreach (phones, i, phone)
		add_ladder(&page, phone);
	if (!json_array_size(phones))
		text_add(&page.html, "<p class=dim>No phone reported its steps: the lab did not start.</p>");
	page_add_why(&page);
	page_add_time_line(&page);
	page_add_sequence(&page);
	page_add_expectations(&page);
	page_add_events(&page);
	page_add_frames(&page);
	add_foot(&page, folder, json_array_get(phones, 0));
	json_decref(page.events);
	snprintf(path, sizeof(path), "%s/index.html", folder);
	return file_write_text(path, &page.html, fail);
}
