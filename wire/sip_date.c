#include "wire/sip_build.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DAY_S 86400u

static const char DAYS[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char MONTHS[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
				   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static bool is_leap(unsigned year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned month_days(unsigned year, unsigned month)
{
	static const uint8_t LENGTHS[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return LENGTHS[month] + (month == 1 && is_leap(year));
}

void sip_date_format(uint64_t unix_s, char text[SIP_DATE_TEXT])
{
	uint64_t last =
	    253402300799; /* the last second of the year 9999, behind which the form has no room */
	uint64_t days = (unix_s > last ? last : unix_s) / DAY_S;
	unsigned second = (unsigned)((unix_s > last ? last : unix_s) % DAY_S);
	unsigned weekday = (unsigned)((days + 4) % 7), year = 1970, month = 0;

	while (days >= (is_leap(year) ? 366u : 365u))
		days -= is_leap(year++) ? 366 : 365;
	while (days >= month_days(year, month))
		days -= month_days(year, month++);
	snprintf(text, SIP_DATE_TEXT, "%s, %02u %s %04u %02u:%02u:%02u GMT", DAYS[weekday],
		 (unsigned)days % 31 + 1, MONTHS[month % 12], year % 10000, second / 3600, second / 60 % 60,
		 second % 60);
}

/* n digits at text, or -1. */
static int digits(const char *text, int n)
{
	int value = 0;

	for (int i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + text[i] - '0';
	}
	return value;
}

static int month_of(const char *text)
{
	for (int i = 0; i < 12; i++)
		if (strncmp(text, MONTHS[i], 3) == 0)
			return i;
	return -1;
}

int sip_date_parse(uint64_t *unix_s, const char *text)
{
	/*                            0123456789012345678901234567 */
	static const char FORM[] = "Www, dd Mmm yyyy hh:mm:ss GMT";
	int day, month, year, hour, minute, second;
	char again[SIP_DATE_TEXT];
	uint64_t days = 0, value;

	if (strlen(text) != sizeof(FORM) - 1)
		return -EINVAL;
	day = digits(text + 5, 2);
	month = month_of(text + 8);
	year = digits(text + 12, 4);
	hour = digits(text + 17, 2);
	minute = digits(text + 20, 2);
	second = digits(text + 23, 2);
	if (day < 1 || month < 0 || year < 1970 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
	    second < 0 || second > 59 || (unsigned)day > month_days((unsigned)year, (unsigned)month))
		return -EINVAL;
	for (unsigned y = 1970; y < (unsigned)year; y++)
		days += is_leap(y) ? 366 : 365;
	for (unsigned m = 0; m < (unsigned)month; m++)
		days += month_days((unsigned)year, m);
	value = (days + (unsigned)day - 1) * DAY_S + (unsigned)(hour * 3600 + minute * 60 + second);
	sip_date_format(value, again);
	if (strcmp(again, text) != 0) /* the day of the week, blanks and colons */
		return -EINVAL;
	*unix_s = value;
	return 0;
}
