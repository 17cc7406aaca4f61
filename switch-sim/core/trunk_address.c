/* Addresses and states of trunks. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "switch-sim/core/trunk_internal.h"

bool trunk_address_is_ipv4(const struct trunk_address *address)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	return !memcmp(address->ip, mapped, sizeof(mapped));
}

const char *trunk_address_format(const struct trunk_address *address, char text[TRUNK_ADDRESS_TEXT])
{
	char ip[INET6_ADDRSTRLEN] = "";

	if (trunk_address_is_ipv4(address)) {
		inet_ntop(AF_INET, address->ip + 12, ip, sizeof(ip));
		snprintf(text, TRUNK_ADDRESS_TEXT, "%s:%u", ip, address->port);
	} else {
		inet_ntop(AF_INET6, address->ip, ip, sizeof(ip));
		snprintf(text, TRUNK_ADDRESS_TEXT, "[%s]:%u", ip, address->port);
	}
	return text;
}

const char *trunk_state_name(enum trunk_state state)
{
	switch (state) {
	case TRUNK_UNKNOWN: return "unknown";
	case TRUNK_CALLING: return "calling";
	case TRUNK_HELD: return "held";
	case TRUNK_UP: return "up";
	}
	return "unknown";
}

bool trunk_same_host(const struct trunk_address *a, const struct trunk_address *b)
{
	return !memcmp(a->ip, b->ip, sizeof(a->ip));
}

bool trunk_same_address(const struct trunk_address *a, const struct trunk_address *b)
{
	return trunk_same_host(a, b) && a->port == b->port;
}
