#include "phone-sim/core/continued.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "phone-sim/core/internal.h"

void continued_clear(struct phone *phone, int step)
{
	struct continued *it = &phone->continued;
	unsigned kept = 0;

	for (unsigned i = 0; i < it->count; i++)
		if (it->noted[i].step < step)
			it->noted[kept++] = it->noted[i];
	it->count = kept;
}

static void add(struct phone_continued *to, int step, const char *code, uint32_t server, const char *what)
{
	to->step = step;
	to->code = code;
	to->server = server;
	snprintf(to->what, sizeof(to->what), "%s", what);
}

void continued_note(struct phone *phone, int step, const char *code, uint32_t server, const char *what, ...)
{
	struct continued *it = &phone->continued;
	char text[sizeof(it->noted[0].what)];
	va_list args;

	for (unsigned i = 0; i < it->count; i++)
		if (!strcmp(it->noted[i].code, code))
			return;
	if (it->count == sizeof(it->noted) / sizeof(it->noted[0]))
		return;
	va_start(args, what);
	vsnprintf(text, sizeof(text), what, args);
	va_end(args);
	add(&it->noted[it->count++], step, code, server, text);
}

/* Steps after whose failure the phone goes on. */
static void view_steps(const struct phone *phone, struct phone_view *view)
{
	static const struct {
		int step;
		const char *code;
	} rows[] = {{LADDER_CTL, "trust-list"}, {LADDER_ITL, "trust-list"},  {LADDER_CONFIG, "stored-config"},
		    {LADDER_FIRMWARE, "load"},	{LADDER_DIAL_RULES, "file"}, {LADDER_LOCALE, "file"},
		    {LADDER_SOFTKEYS, "file"},	{LADDER_RINGTONES, "file"}};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct ladder_rung *rung = &phone->ladder.rung[rows[i].step - 1];

		if (rung->state == LADDER_FAILED &&
		    (rows[i].step != LADDER_CONFIG || phone->configuration == PHONE_CONFIGURATION_STORED))
			add(&view->continued[view->continued_count++], rows[i].step, rows[i].code, 0,
			    rung->detail);
	}
}

/* The first call manager is another one. */
static void view_manager(const struct phone *phone, struct phone_view *view)
{
	const struct registrar *reg = &phone->reg;
	char text[sizeof(view->continued[0].what)];

	if (reg->active == NOBODY || !reg->active || !reg->shown)
		return;
	snprintf(text, sizeof(text), "call manager %.60s: %.80s", reg->member[0].name,
		 reg->member[0].error[0] ? reg->member[0].error : "not registered there");
	add(&view->continued[view->continued_count++], LADDER_CM_CONNECT, "call-manager", 0, text);
}

void continued_view(const struct phone *phone, struct phone_view *view)
{
	_Static_assert(PHONE_CONTINUED_MAX >= 3 + 8 + 1, "all that can be noted has room");

	view->continued_count = 0;
	for (unsigned i = 0; i < phone->continued.count; i++)
		view->continued[view->continued_count++] = phone->continued.noted[i];
	view_steps(phone, view);
	view_manager(phone, view);
}
