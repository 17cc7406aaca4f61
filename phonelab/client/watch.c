#include "phonelab/client/watch.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/lab/status_read.h"
#include "base/print.h"
#include "base/utf8.h"

#define GREEN  "\033[32m"
#define YELLOW "\033[33m"
#define RED    "\033[31m"
#define DIM    "\033[2m"
#define BOLD   "\033[1m"
#define RESET  "\033[0m"

struct row {
	const char *name, *model;
	enum ladder_state state[LADDER_STEPS];
	uint64_t power_us; /* when step 1 became active; 0: not yet */
	char detail[80];
	bool registered;
	double seconds;
};

struct watch {
	const char *lab;
	bool tty, drawn, changed;
	struct row *rows;
	size_t count, registered, height;
	char message[160];
};

struct watch *watch_new(const struct topology *topology, const char *lab, bool tty)
{
	struct watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return NULL;
	watch->rows = calloc(topology->phone_count + 1, sizeof(*watch->rows));
	if (!watch->rows) {
		free(watch);
		return NULL;
	}
	watch->lab = lab;
	watch->tty = tty;
	watch->count = topology->phone_count;
	for (size_t i = 0; i < watch->count; i++) {
		watch->rows[i].name = topology->phones[i].name;
		watch->rows[i].model = topology->phones[i].row->model->name;
	}
	return watch;
}

/* The row of a phone, or NULL. */
static struct row *find_row(struct watch *watch, const char *name)
{
	for (size_t i = 0; i < watch->count; i++)
		if (!strcmp(watch->rows[i].name, name))
			return &watch->rows[i];
	return NULL;
}

static void plain_line(const struct watch *watch, const struct row *row, uint64_t t, int step,
		       const char *what, const char *detail)
{
	double seconds = row->power_us ? (double)(t - row->power_us) / 1e6 : 0;

	/* Of a large rack only what matters. */
	if (watch->count > 20 && strcmp(what, "failed"))
		return;
	print_text("%s %7.3f s  %2d %-10s %s%s%s\n", row->name, seconds, step, ladder_step_name(step), what,
		   *detail ? ": " : "", detail);
}

static void step_event(struct watch *watch, struct row *row, uint64_t t, int step, const char *what,
		       const char *detail)
{
	int state = ladder_state_find(what);

	if (step < 1 || step > LADDER_STEPS || state < 0)
		return;
	if (step == LADDER_POWER && (!row->power_us || state == LADDER_ACTIVE))
		row->power_us = t;
	if (step == LADDER_BOOT && state == LADDER_ACTIVE) /* again from the boot: a new load, or a reset */
		for (int i = LADDER_BOOT; i < LADDER_STEPS; i++)
			row->state[i] = LADDER_PENDING;
	row->state[step - 1] = (enum ladder_state)state;
	snprintf(row->detail, sizeof(row->detail), "%s: %s", ladder_step_name(step), *detail ? detail : what);
	watch->changed = true;
	if (!watch->tty && state != LADDER_ACTIVE)
		plain_line(watch, row, t, step, what, detail);
}

void watch_event(struct watch *watch, const char *line, size_t length)
{
	json_t *object = json_loadb(line, length, 0, NULL);
	const char *event = json_text(object, "event"), *detail = json_text(object, "detail");
	uint64_t t = (uint64_t)json_int(object, "t");
	struct row *row = find_row(watch, json_text(object, "node"));

	if (row && !strncmp(event, "step.", 5)) {
		step_event(watch, row, t, (int)json_int(object, "step"), event + 5, detail);
	} else if (row && !strcmp(event, "phone.registered")) {
		watch->registered += !row->registered;
		row->registered = true;
		row->seconds = row->power_us ? (double)(t - row->power_us) / 1e6 : 0;
		snprintf(row->detail, sizeof(row->detail), "registered: %s", detail);
		watch->changed = true;
		if (!watch->tty)
			print_text("%s %7.3f s  registered%s%s (%zu of %zu)\n", row->name, row->seconds,
				   *detail ? ": " : "", detail, watch->registered, watch->count);
	} else if (row && !strcmp(event, "phone.unregistered")) {
		watch->registered -= row->registered;
		row->registered = false;
		watch->changed = true;
	}
	json_decref(object);
}

void watch_say(struct watch *watch, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(watch->message, sizeof(watch->message), format, args);
	va_end(args);
	watch->changed = true;
	if (!watch->tty)
		print_line(watch->message);
}

static const char *mark(enum ladder_state state)
{
	switch (state) {
	case LADDER_PENDING: return DIM "·" RESET;
	case LADDER_ACTIVE: return YELLOW "▸" RESET;
	case LADDER_DONE: return GREEN "●" RESET;
	case LADDER_SKIPPED: return DIM "○" RESET;
	case LADDER_FAILED: return RED "✗" RESET;
	}
	return "?";
}

static void size_of_terminal(size_t *rows, size_t *columns)
{
	struct winsize size;

	*rows = 24;
	*columns = 80;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row && size.ws_col) {
		*rows = size.ws_row;
		*columns = size.ws_col;
	}
}

/* The names of the steps stand on their heads, so that 14 columns are narrow. */
static size_t draw_header(void)
{
	for (int line = 0; line < 10; line++) {
		printf("\033[2K  %-21s" DIM, "");
		for (int n = 1; n <= LADDER_STEPS; n++) {
			const char *name = ladder_step_name(n);
			int length = (int)strlen(name), at = line - (10 - length);

			printf(" %c ", at >= 0 && at < length ? name[at] : ' ');
		}
		printf(RESET "\n");
	}
	return 10;
}

static void draw_row(const struct row *row, size_t columns)
{
	int left = (int)columns - 2 - 21 - 3 * LADDER_STEPS - 2;
	char detail[8 * sizeof(row->detail)]; /* cleaned before it is cut, so that it fits the column */

	printf("\033[2K  %s" BOLD "%s" RESET DIM " %-5s" RESET, row->registered ? GREEN : "", row->name,
	       row->model);
	for (int i = 0; i < LADDER_STEPS; i++)
		printf(" %s ", mark(row->state[i]));
	if (left > 0)
		printf(" %s%.*s" RESET, row->registered ? GREEN : DIM, left,
		       utf8_clean(row->detail, detail, sizeof(detail)));
	putchar('\n');
}

/* A rack that is larger than the screen: those that are not registered come first. */
static size_t draw_rows(const struct watch *watch, size_t room, size_t columns)
{
	size_t shown = 0;

	for (int pass = 0; pass <= 1; pass++)
		for (size_t i = 0; i < watch->count && shown < room; i++)
			if (watch->count <= room ? !pass : watch->rows[i].registered == pass) {
				draw_row(&watch->rows[i], columns);
				shown++;
			}
	return shown;
}

void watch_draw(struct watch *watch)
{
	size_t rows, columns, height;
	char message[8 * sizeof(watch->message)];

	if (!watch->changed)
		return;
	watch->changed = false;
	if (!watch->tty) {
		fflush(stdout);
		return;
	}
	size_of_terminal(&rows, &columns);
	if (watch->drawn)
		printf("\033[%zuA", watch->height);
	height = draw_header();
	height += draw_rows(watch, rows > height + 4 ? rows - height - 4 : 1, columns);
	printf("\033[2K\n\033[2K  " BOLD "%s" RESET "  %zu of %zu registered   " DIM "%.*s" RESET "\n",
	       watch->lab, watch->registered, watch->count, (int)(columns > 50 ? columns - 45 : 5),
	       utf8_clean(watch->message, message, sizeof(message)));
	watch->height = height + 2;
	watch->drawn = true;
	fflush(stdout);
}

size_t watch_registered(const struct watch *watch)
{
	return watch->registered;
}

void watch_end(struct watch *watch)
{
	watch->changed = true;
	watch_draw(watch);
}

void watch_free(struct watch *watch)
{
	if (!watch)
		return;
	free(watch->rows);
	free(watch);
}

/* --- summaries --- */

/* Milliseconds at which the phone was registered; -1 when it is not. */
static double registered_after(const json_t *phone)
{
	const json_t *step;
	size_t i;

	json_array_foreach (json_object_get(phone, "steps"), i, step)
		if (json_int(step, "n") == LADDER_REGISTER) {
			const json_t *ms = json_object_get(step, "ms");

			return json_is_number(ms) ? json_number_value(ms) : -1;
		}
	return -1;
}

void watch_summary(const json_t *status, bool tty)
{
	const json_t *phones = json_object_get(status, "phones"), *phone;
	size_t i, total = json_array_size(phones), good = 0, partly = 0, by_word = 0;

	printf("\n  %-16s %-6s %-16s %-16s %s\n", "PHONE", "DN", "IP", "REGISTERED WITH", "SECONDS");
	json_array_foreach (phones, i, phone) {
		bool registered = status_read_registered(phone) || status_read_by_word(phone);
		double ms = registered_after(phone);
		char seconds[24] = "-";

		good += registered;
		partly += status_read_partly(phone);
		by_word += status_read_by_word(phone);
		if (ms >= 0)
			snprintf(seconds, sizeof(seconds), "%.2f", ms / 1000);
		if (total > 40 && registered && i >= 10)
			continue;
		fputs(tty ? registered ? GREEN : RED : "", stdout);
		print_text("  %-16s", json_text_or(phone, "name", "-"));
		fputs(tty ? RESET : "", stdout);
		print_text(" %-6s %-16s %-16s %s\n", json_text_or(phone, "directory_number", "-"),
			   json_text_or(phone, "ipv4", "-"),
			   registered ? json_text_or(phone, "registered_with", "-")
				      : json_text_or(phone, "state", "-"),
			   seconds);
	}
	if (total > 40)
		printf("  ...\n");
	printf("\n  %zu of %zu registered", good, total);
	if (partly)
		printf(", %zu partly registered: the registrar has bound the primary line only", partly);
	if (by_word)
		printf(", %zu of them by the phone's word: the topology names no `registered` command",
		       by_word);
	putchar('\n');
}

void watch_stuck(const json_t *status)
{
	const json_t *phone;
	size_t i, stuck = 0;

	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		const json_t *step;

		if (status_read_registered(phone) || status_read_partly(phone) || status_read_by_word(phone))
			continue;
		step = status_read_open_step(phone);
		if (++stuck > 20)
			continue;
		print_to(stderr, "phonelab: %s is %s: step %d, %s, %s%s: %s\n",
			 json_text_or(phone, "name", "-"), json_text_or(phone, "state", "-"),
			 step ? (int)json_int(step, "n") : LADDER_STEPS, json_text_or(step, "name", "-"),
			 strcmp(json_text_or(step, "state", "-"), "failed") ? "is " : "",
			 json_text_or(step, "state", "-"), json_text_or(step, "detail", "-"));
	}
	if (stuck > 20)
		fprintf(stderr, "phonelab: and %zu more\n", stuck - 20);
}
