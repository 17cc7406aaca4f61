#include "base/ipv4.h"

#include <errno.h>
#include <stdio.h>

char *ipv4_format(uint32_t address, char text[IPV4_TEXT])
{
	snprintf(text, IPV4_TEXT, "%u.%u.%u.%u", address >> 24, address >> 16 & 0xff, address >> 8 & 0xff,
		 address & 0xff);
	return text;
}

int ipv4_parse(uint32_t *address, const char *text)
{
	uint32_t value = 0;

	for (int part = 0; part < 4; part++) {
		unsigned number = 0, digits = 0;

		if (part > 0 && *text++ != '.')
			return -EINVAL;
		for (; *text >= '0' && *text <= '9' && digits < 4; text++, digits++)
			number = number * 10 + (unsigned)(*text - '0');
		if (digits == 0 || digits > 3 || number > 255 || (digits > 1 && text[-(int)digits] == '0'))
			return -EINVAL;
		value = value << 8 | number;
	}
	if (*text)
		return -EINVAL;
	*address = value;
	return 0;
}
