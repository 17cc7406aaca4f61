#include "phonelab/why/served.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stddef.h>
#include <string.h>

#include "base/ladder.h"

/* The first pattern that fits decides. */
static const struct {
	const char *pattern;
	enum ladder_step step;
} names[] = {
    {"CTL*.tlv", LADDER_CTL},
    {"ITL*.tlv", LADDER_ITL},
    {"*.cnf.xml", LADDER_CONFIG},
    {"*.loads", LADDER_FIRMWARE},
    {"*.sbn", LADDER_FIRMWARE},
    {"AppDialRules.xml", LADDER_DIAL_RULES},
    {"DR*.xml", LADDER_DIAL_RULES},
    {"dialplan.xml", LADDER_DIAL_RULES},
    {"*/*", LADDER_LOCALE},
    {"SK*.xml", LADDER_SOFTKEYS},
    {"[Rr]ing[Ll]ist*", LADDER_RINGTONES},
    {"*.raw", LADDER_RINGTONES},
    {"*.rwb", LADDER_RINGTONES},
};

int served_step(const char *name)
{
	char plain[160];

	served_plain(name, plain);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!fnmatch(names[i].pattern, plain, 0))
			return names[i].step;
	return LADDER_CONFIG;
}

const char *served_plain(const char *name, char plain[160])
{
	size_t length = strlen(name);

	if (length > 4 && !strcmp(name + length - 4, ".sgn"))
		length -= 4;
	length = length < 160 ? length : 159;
	memcpy(plain, name, length);
	plain[length] = 0;
	return plain;
}
