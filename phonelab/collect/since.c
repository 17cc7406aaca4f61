#include "phonelab/collect/collect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* "15m": how many seconds; -1 if it is something else. */
static long long duration(const char *text)
{
	static const struct {
		char unit;
		long long seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	char *end;
	long long value = strtoll(text, &end, 10);

	if (*text < '0' || *text > '9' || value > 1000000)
		return -1;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (end[0] == units[i].unit && !end[1])
			return value * units[i].seconds;
	return -1;
}

/* A time of day, or a date with or without one, in local time; -1 if it is something else. */
static long long moment(const char *text, long long now)
{
	static const char *const formats[] = {
	    "%H:%M",	      "%H:%M:%S",	  "%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S",
	    "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"};
	time_t seconds = (time_t)now;

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct tm tm = {0};
		const char *end;

		/* A format without a date leaves that of today. */
		if (formats[i][1] == 'H' && !localtime_r(&seconds, &tm))
			continue;
		tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
		end = strptime(text, formats[i], &tm);
		if (!end || *end)
			continue;
		tm.tm_isdst = -1;
		return mktime(&tm);
	}
	return -1;
}

int collect_since(const char *text, long long now, long long *us, struct fail *fail)
{
	long long ago = duration(text), at = ago >= 0 ? now - ago : moment(text, now);

	if (at < 0)
		return fail_set(
		    fail, -EINVAL,
		    "--since needs a time, not \"%.40s\": 90s, 15m, 2h or 1d ago; 13:45 of today; "
		    "or \"2026-11-30 13:45\"",
		    text);
	if (at > now)
		return fail_set(fail, -EINVAL, "--since: \"%.40s\" is in the future", text);
	*us = at * 1000000;
	return 0;
}
