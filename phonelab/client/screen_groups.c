#include "phonelab/client/screen_groups.h"

#include <stdio.h>
#include <string.h>

const char *screen_duration(uint64_t us, char text[SCREEN_DURATION])
{
	unsigned long long s = us / 1000000;

	if (s >= 3600)
		snprintf(text, SCREEN_DURATION, "%llu:%02llu:%02llu", s / 3600, s / 60 % 60, s % 60);
	else
		snprintf(text, SCREEN_DURATION, "%llu:%02llu", s / 60, s % 60);
	return text;
}

uint64_t screen_since(const struct screen_options *options, uint64_t us)
{
	return us && options->now_us > us ? options->now_us - us : 0;
}

void screen_group_add(struct screen_groups *groups, const struct view_phone *phone,
		      const struct screen_options *options)
{
	enum view_class class = view_class(phone);
	bool by_step = class == VIEW_FAILED || class == VIEW_CLIMBING;
	int step = by_step ? view_step(phone) : 0;
	uint32_t boot_ms = options->boot_ms ? options->boot_ms(phone->model) : 0;

	groups->of[class][step].count++;
	if (phone->since_us &&
	    (!groups->of[class][step].since_us || phone->since_us < groups->of[class][step].since_us))
		groups->of[class][step].since_us = phone->since_us;
	if (boot_ms > groups->of[class][step].boot_ms)
		groups->of[class][step].boot_ms = boot_ms;
}

void screen_group_name(enum view_class class, int step, char text[64])
{
	static const char *const words[] = {[VIEW_FAILED] = "failed at ",
					    [VIEW_LOST] = "lost",
					    [VIEW_CLIMBING] = "at ",
					    [VIEW_WAITING] = "without power",
					    [VIEW_COMPLAINS] = "registered after a failure",
					    [VIEW_REGISTERED] = "registered"};

	snprintf(text, 64, "%s%s", words[class], step ? ladder_step_name(step) : "");
}

char *screen_waits(const struct view *view, const struct screen_options *options)
{
	struct screen_groups groups = {0};
	struct text text = {0};
	char time[SCREEN_DURATION], about[SCREEN_DURATION];

	for (size_t i = 0; i < view->count; i++)
		screen_group_add(&groups, &view->phones[i], options);
	if (*view->waits)
		text_add(&text, "%s", view->waits);
	for (int step = 1; step <= LADDER_STEPS; step++) {
		size_t n = groups.of[VIEW_CLIMBING][step].count;
		uint64_t passed = screen_since(options, groups.of[VIEW_CLIMBING][step].since_us);

		if (!n)
			continue;
		text_add(&text, "%s%s of %zu phone%s", text.length ? ", " : "", ladder_step_name(step), n,
			 n == 1 ? "" : "s");
		if (passed >= SCREEN_SHORT_US)
			text_add(&text, " for %s", screen_duration(passed, time));
		if (step == LADDER_BOOT && !strcmp(view->pace, "real") &&
		    groups.of[VIEW_CLIMBING][step].boot_ms)
			text_add(
			    &text, " of about %s",
			    screen_duration(groups.of[VIEW_CLIMBING][step].boot_ms * UINT64_C(1000), about));
	}
	return text_take(&text);
}
