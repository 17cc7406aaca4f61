/* Which step of the path a file belongs to, by its name. */
#include "wire/dissect_private.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool begins(const char *text, const char *with)
{
	return strncasecmp(text, with, strlen(with)) == 0;
}

static bool ends(const char *text, const char *with)
{
	size_t n = strlen(text), m = strlen(with);

	return n >= m && strcasecmp(text + n - m, with) == 0;
}

int dissect_file_step(const char *name)
{
	/* begins, ends, step; "" is any. The first that fits holds. */
	static const struct {
		const char *begins;
		const char *ends;
		int step;
	} RULES[] = {
	    {"CTL", ".tlv", 5},
	    {"ITL", ".tlv", 6},
	    {"SEP", ".cnf.xml", 7},
	    {"SEP", ".cnf.xml.enc", 7},
	    {"XMLDefault", ".cnf.xml", 7},
	    {"", ".loads", 8},
	    {"", ".sbn", 8},
	    {"AppDialRules", ".xml", 9},
	    {"dial", ".xml", 9},
	    {"DR", ".xml", 9},
	    {"", ".jar", 12},
	    {"", "-tones.xml", 12},
	    {"SK", ".xml", 13},
	    {"softkey", ".xml", 13},
	    {"Ringlist", ".xml", 14},
	    {"DistinctiveRing", ".xml", 14},
	    {"", ".raw", 14},
	    {"", ".rwb", 14},
	};
	const char *slash = strrchr(name, '/');
	char file[DISSECT_FILE_MAX + 1];

	snprintf(file, sizeof(file), "%.*s", DISSECT_FILE_MAX, slash ? slash + 1 : name);
	if (ends(file, ".sgn"))
		file[strlen(file) - 4] = '\0';
	for (size_t i = 0; i < sizeof(RULES) / sizeof(RULES[0]); i++)
		if (begins(file, RULES[i].begins) && ends(file, RULES[i].ends))
			return RULES[i].step;
	return 0;
}
