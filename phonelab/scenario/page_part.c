#include "phonelab/scenario/page_part.h"

void page_put(FILE *out, const char *text)
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

double page_since_power(const struct page *page, double us)
{
	return page->evidence->begun ? (us - (double)page->evidence->begun) / 1000.0 : 0;
}

double page_frame_ms(const struct page *page, const json_t *frame)
{
	int64_t ns = json_integer_value(json_object_get(frame, "ns")) - page->real_minus_monotonic_ns;

	return page_since_power(page, (double)ns / 1000.0);
}
