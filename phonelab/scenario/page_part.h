#ifndef PHONELAB_SCENARIO_PAGE_PART_H
#define PHONELAB_SCENARIO_PAGE_PART_H

#include <stdint.h>

#include "base/text.h"
#include "phonelab/scenario/run.h"

/* The page that scenario_page_write (run.h) writes. Only page.c and page_*.c include this header. */
struct page {
	const struct scenario_evidence *evidence;
	json_t *const *phones;
	size_t phone_count;
	const json_t *frames;
	json_t *events; /* of the phones concerned: ms, node, step, event, detail, line */
	struct text html;
	double span_ms;
	int64_t real_minus_monotonic_ns;
	int first_failed; /* step of the first phone, or 0 */
};

/* An integer member of an object; 0 if it has none. */
long long page_number(const json_t *object, const char *key);

/* Milliseconds from power-on to a frame of the capture. */
double page_frame_ms(const struct page *page, const json_t *frame);

/* page_time_line.c: an SVG of events, frames, actions and expectations over time. */
void page_add_time_line(struct page *page);

/* page_tables.c */
void page_add_expectations(struct page *page);
void page_add_events(struct page *page);
void page_add_frames(struct page *page);

#endif
