#include "base/ipv4.h"

#include <arpa/inet.h>
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
	struct in_addr parsed;

	if (inet_pton(AF_INET, text, &parsed) != 1)
		return -EINVAL;
	*address = ntohl(parsed.s_addr);
	return 0;
}
