#ifndef PHONELAB_SCENARIO_PAGE_H
#define PHONELAB_SCENARIO_PAGE_H

#include "base/text.h"
#include "phonelab/scenario/runner.h"

/* Write one self-contained page, FOLDER/index.html. concerned: a status with the phones concerned only. frames: see
 * evidence.c; sequences: of sequences_json(). 0 or a negative errno. */
int page_write(const struct runner *runner, const json_t *result, const char *folder, const json_t *concerned,
	       const json_t *frames, const json_t *sequences, struct fail *fail);

/* --- only for page.c and page_*.c --- */

struct page {
	const json_t *result, *concerned, *frames, *sequences;
	uint64_t power_on;
	json_t *events; /* of the phones concerned: ms, node, step, event, detail, line */
	struct text html;
	double span_ms;
	int64_t real_minus_monotonic_ns;
	int first_failed; /* step of the first phone, or 0 */
};

/* Milliseconds from power-on to a moment, in microseconds of the monotonic clock. */
double page_us_ms(const struct page *page, double us);

/* Milliseconds from power-on to a frame of the capture. */
double page_frame_ms(const struct page *page, const json_t *frame);

/* page_time_line.c: an SVG of events, frames, actions and expectations over time. */
void page_add_time_line(struct page *page);

/* page_why.c: the server of the user with which the cause lies: its answers, its program, its log; notes. */
void page_add_why(struct page *page);

/* page_sequence.c: the message sequence of each phone concerned. */
void page_add_sequence(struct page *page);

/* page_tables.c */
void page_add_expectations(struct page *page);
void page_add_events(struct page *page);
void page_add_frames(struct page *page);

#endif
