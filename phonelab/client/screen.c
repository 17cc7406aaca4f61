#include "phonelab/client/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phonelab/client/pen.h"
#include "phonelab/client/screen_groups.h"

#define WIDE 64	 /* from this width on, a row has model and number */
#define TWO  160 /* from this width on, the phones may stand in two columns */
#define GAP  2
#define LOW  8 /* below this height, a screen has no column heads and no keys */

struct screen {
	const struct view *view;
	const struct screen_options *options;
	const struct view_phone **sorted;
	struct pen pen;
	int left; /* lines that are still free */
};

static enum pen_style style_of(enum view_class class)
{
	switch (class) {
	case VIEW_FAILED:
	case VIEW_LOST:
	case VIEW_COMPLAINS: return PEN_RED;
	case VIEW_CLIMBING: return PEN_YELLOW;
	case VIEW_REGISTERED: return PEN_GREEN;
	case VIEW_WAITING:
	case VIEW_CLASSES: break;
	}
	return PEN_DIM;
}

static void end_line(struct screen *screen)
{
	pen_line(&screen->pen);
	screen->left--;
}

/* --- the lines above and below the phones --- */

static size_t count_class(const struct view *view, enum view_class from, enum view_class to)
{
	size_t n = 0;

	for (size_t i = 0; i < view->count; i++)
		n += view_class(&view->phones[i]) >= from && view_class(&view->phones[i]) <= to;
	return n;
}

/* The clock at the right end of the line, as much of it as there is room for. */
static void draw_clock(struct screen *screen)
{
	const struct view *view = screen->view;
	char age[SCREEN_DURATION], texts[2][80];

	screen_duration(screen_since(screen->options, view->began_us), age);
	snprintf(texts[0], sizeof(texts[0]), "%s%s%s  %s", view->pace, *view->pace ? " pace  " : "", age,
		 screen->options->clock);
	snprintf(texts[1], sizeof(texts[1]), "%s", screen->options->clock);
	for (size_t i = 0; i < 2; i++) {
		int at = screen->pen.width - (int)strlen(texts[i]);

		if (at <= screen->pen.used + 1)
			continue;
		pen_to(&screen->pen, at);
		pen_add(&screen->pen, PEN_DIM, "%s", texts[i]);
		return;
	}
}

static void draw_head(struct screen *screen)
{
	const struct view *view = screen->view;
	size_t failed = count_class(view, VIEW_FAILED, VIEW_LOST);
	size_t complain = count_class(view, VIEW_COMPLAINS, VIEW_COMPLAINS);

	pen_add(&screen->pen, PEN_BOLD, "%s", view->lab);
	pen_add(&screen->pen, view->count && view->registered == view->count ? PEN_GREEN : PEN_PLAIN,
		"  %zu of %zu registered", view->registered, view->count);
	if (failed)
		pen_add(&screen->pen, PEN_RED, ", %zu failed", failed);
	if (complain)
		pen_add(&screen->pen, PEN_RED, ", %zu with a failure", complain);
	draw_clock(screen);
	end_line(screen);
}

static void draw_news(struct screen *screen)
{
	const struct view *view = screen->view;
	char *waits = view->ended ? NULL : screen_waits(view, screen->options);

	if (view->ended)
		pen_add(&screen->pen, PEN_BOLD, "The lab has ended.");
	else if (waits && *waits)
		pen_add(&screen->pen, PEN_PLAIN, "waits for %s", waits);
	if (*view->message)
		pen_add(&screen->pen, PEN_DIM, "%s%s", screen->pen.used ? "  " : "", view->message);
	free(waits);
	end_line(screen);
}

static void draw_faults(struct screen *screen)
{
	const struct view *view = screen->view;

	if (!view->fault_count)
		return;
	pen_add(&screen->pen, PEN_YELLOW, "%zu fault%s: ", view->fault_count,
		view->fault_count == 1 ? "" : "s");
	for (size_t i = 0; i < view->fault_count && i < VIEW_FAULTS; i++)
		pen_add(&screen->pen, PEN_PLAIN, "%s%s", i ? ", " : "", view->faults[i].text);
	end_line(screen);
}

/* --- phones --- */

static void draw_mark(struct pen *pen, enum ladder_state state)
{
	switch (state) {
	case LADDER_PENDING: pen_mark(pen, PEN_DIM, "\xc2\xb7", '.'); break;
	case LADDER_ACTIVE: pen_mark(pen, PEN_YELLOW, "\xe2\x96\xb8", '>'); break;
	case LADDER_DONE: pen_mark(pen, PEN_GREEN, "\xe2\x97\x8f", '#'); break;
	case LADDER_SKIPPED: pen_mark(pen, PEN_DIM, "\xe2\x97\x8b", 'o'); break;
	case LADDER_FAILED: pen_mark(pen, PEN_RED, "\xe2\x9c\x97", 'X'); break;
	}
}

static void draw_ladder(struct pen *pen, const struct view_phone *phone)
{
	for (int i = 0; i < LADDER_STEPS; i++)
		draw_mark(pen, phone->state[i]);
}

/* The last line: the keys, and what the marks mean. */
static void draw_keys(struct screen *screen)
{
	static const enum ladder_state shown[] = {LADDER_DONE, LADDER_SKIPPED, LADDER_ACTIVE, LADDER_FAILED};

	pen_add(&screen->pen, PEN_DIM, "%s", screen->options->keys);
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]) && screen->view->count; i++) {
		const char *name = ladder_state_name(shown[i]);

		if (screen->pen.used + (int)strlen(name) + 4 > screen->pen.width)
			break;
		pen_add(&screen->pen, PEN_PLAIN, "  ");
		draw_mark(&screen->pen, shown[i]);
		pen_add(&screen->pen, PEN_DIM, " %s", name);
	}
	end_line(screen);
}

/* Where the phone stands, in one line. The caller frees it. */
static char *standing(const struct view_phone *phone, const struct screen_options *options)
{
	enum view_class class = view_class(phone);
	int step = view_step(phone);
	const char *detail = step ? phone->detail[step - 1] : "";
	char time[SCREEN_DURATION];
	struct text text = {0};

	switch (class) {
	case VIEW_FAILED:
	case VIEW_COMPLAINS:
		text_add(&text, "%s: %s", ladder_step_name(step), *detail ? detail : "failed");
		break;
	case VIEW_LOST:
		text_add(&text, "not registered any more for %s",
			 screen_duration(screen_since(options, phone->trouble_us), time));
		break;
	case VIEW_CLIMBING:
		text_add(&text, "%s", ladder_step_name(step));
		if (screen_since(options, phone->since_us) >= SCREEN_SHORT_US)
			text_add(&text, " %s", screen_duration(screen_since(options, phone->since_us), time));
		if (*detail)
			text_add(&text, ": %s", detail);
		break;
	case VIEW_WAITING: text_add(&text, "%s", phone->unplugged ? "unplugged" : "no power"); break;
	case VIEW_REGISTERED: text_add(&text, "%s", phone->with); break;
	case VIEW_CLASSES: break;
	}
	return text_take(&text);
}

static void draw_phone(struct screen *screen, const struct view_phone *phone, int end)
{
	struct pen *pen = &screen->pen;
	enum pen_style style = style_of(view_class(phone));
	char *text = standing(phone, screen->options);

	pen_column(pen, style, 15, phone->name);
	pen_add(pen, PEN_PLAIN, " ");
	if (end - pen->used >= WIDE - 16) {
		pen_column(pen, PEN_DIM, 6, phone->model);
		pen_column(pen, PEN_PLAIN, 7, phone->number);
	}
	draw_ladder(pen, phone);
	pen_add(pen, PEN_PLAIN, " ");
	pen_cut(pen, style, end - pen->used, text ? text : "");
	free(text);
}

static void draw_column_heads(struct screen *screen, int columns, int width)
{
	for (int i = 0; i < columns; i++) {
		pen_to(&screen->pen, i * (width + GAP));
		pen_column(&screen->pen, PEN_DIM, 16, "PHONE");
		if (width >= WIDE)
			pen_column(&screen->pen, PEN_DIM, 13, "MODEL DN");
		pen_column(&screen->pen, PEN_DIM, 15, "STEPS 1-14");
		pen_column(&screen->pen, PEN_DIM, 5, "STATE");
	}
	end_line(screen);
}

/* "38 more: 36 registered, 2 at dhcp". */
static void draw_more(struct screen *screen, size_t from)
{
	struct screen_groups groups = {0};
	bool first = true;
	char name[64];

	for (size_t i = from; i < screen->view->count; i++)
		screen_group_add(&groups, screen->sorted[i], screen->options);
	pen_add(&screen->pen, PEN_BOLD, "%zu more", screen->view->count - from);
	for (int class = 0; class < VIEW_CLASSES; class ++)
		for (int step = 0; step <= LADDER_STEPS; step++) {
			if (!groups.of[class][step].count)
				continue;
			screen_group_name((enum view_class) class, step, name);
			pen_add(&screen->pen, style_of((enum view_class) class), "%s%zu %s",
				first ? ": " : ", ", groups.of[class][step].count, name);
			first = false;
		}
	end_line(screen);
}

static void draw_phones(struct screen *screen, int room)
{
	const struct view *view = screen->view;
	int full = screen->options->width;
	int columns = view->count > (size_t)room && full >= TWO ? full / (TWO / 2) : 1;
	int width = (full - GAP * (columns - 1)) / columns, lines = room;
	size_t shown;

	if (screen->options->height >= LOW) {
		draw_column_heads(screen, columns, width);
		lines--;
	}
	shown = (size_t)lines * (size_t)columns;
	if (view->count > shown) {
		lines--; /* for the count of the others */
		shown = (size_t)(lines > 0 ? lines : 0) * (size_t)columns;
	} else if (columns > 1) {
		lines = (int)((view->count + (size_t)columns - 1) / (size_t)columns);
	} else {
		lines = (int)view->count;
	}
	for (int line = 0; line < lines; line++) {
		for (int i = 0; i < columns; i++) {
			size_t at = (size_t)(i * lines + line);

			if (at >= view->count)
				continue;
			pen_to(&screen->pen, i * (width + GAP));
			draw_phone(screen, screen->sorted[at], i * (width + GAP) + width);
		}
		end_line(screen);
	}
	if (view->count > shown)
		draw_more(screen, shown);
}

static int by_class(const void *a, const void *b)
{
	const struct view_phone *one = *(const struct view_phone *const *)a;
	const struct view_phone *two = *(const struct view_phone *const *)b;
	int first = (int)view_class(one), second = (int)view_class(two);

	return first != second ? first - second : one < two ? -1 : one > two;
}

static bool sort_phones(struct screen *screen)
{
	const struct view *view = screen->view;

	screen->sorted = calloc(view->count + 1, sizeof(const struct view_phone *));
	if (!screen->sorted)
		return false;
	for (size_t i = 0; i < view->count; i++)
		screen->sorted[i] = &view->phones[i];
	qsort(screen->sorted, view->count, sizeof(const struct view_phone *), by_class);
	return true;
}

static void draw_hints(struct screen *screen)
{
	int count = 0;

	while (screen->options->hints && screen->options->hints[count])
		count++;
	if (!count || screen->left < count + 2)
		return;
	end_line(screen);
	for (int i = 0; i < count; i++) {
		pen_add(&screen->pen, PEN_DIM, "%s", screen->options->hints[i]);
		end_line(screen);
	}
}

char *screen_draw(const struct view *view, const struct screen_options *options)
{
	struct text text = {0};
	struct screen screen = {
	    .view = view,
	    .options = options,
	    .pen = {.out = &text, .width = options->width, .colour = options->colour, .utf8 = options->utf8},
	    .left = options->height};
	bool keys = options->height >= LOW;

	if (options->height < 1 || options->width < 1)
		return text_take(&text);
	if (!sort_phones(&screen))
		return NULL;
	draw_head(&screen);
	if (screen.left > 1)
		draw_news(&screen);
	if (screen.left > 3)
		draw_faults(&screen);
	if (screen.left - keys > 0 && view->count)
		draw_phones(&screen, screen.left - keys);
	if (keys) {
		draw_hints(&screen);
		while (screen.left > 1)
			end_line(&screen);
		draw_keys(&screen);
	}
	free(screen.sorted);
	return text_take(&text);
}
