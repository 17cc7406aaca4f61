#ifndef PHONELAB_SCENARIO_PAGE_PART_H
#define PHONELAB_SCENARIO_PAGE_PART_H

#include <stdint.h>
#include <stdio.h>

#include "phonelab/scenario/run.h"

/* The page that scenario_page_write (run.h) writes: between page.c and the page_*.c, and nobody else. */
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

/* Text as HTML. */
void page_put(FILE *out, const char *text);

/* Milliseconds from power-on to a moment, in microseconds of the monotonic clock. */
double page_since_power(const struct page *page, double us);

/* Likewise of a frame of the capture. */
double page_frame_ms(const struct page *page, const json_t *frame);

/* page_time_line.c: an SVG of what happened when. */
void page_put_time_line(struct page *page);

/* page_tables.c */
void page_put_expectations(struct page *page);
void page_put_events(struct page *page);
void page_put_frames(struct page *page);

#endif
