#include "base/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._"

static bool read_port(const char *text, uint16_t *port)
{
	char *end;
	unsigned long value;

	if (!*text || strspn(text, "0123456789") != strlen(text) || strlen(text) > 5)
		return false;
	value = strtoul(text, &end, 10);
	*port = (uint16_t)value;
	return value >= 1 && value <= 65535;
}

/* Digits and dots alone are an address, not a name. */
static bool is_host(const char *host)
{
	struct in_addr address;

	if (!*host || strspn(host, NAME_CHARACTERS) != strlen(host) || strchr(".-", *host))
		return false;
	return strspn(host, "0123456789.") != strlen(host) || inet_pton(AF_INET, host, &address) == 1;
}

int peer_parse(struct peer *peer, const char *text, uint16_t port, struct fail *fail)
{
	bool bracket = *text == '[', good;
	const char *start = text + bracket, *end = start + strcspn(start, bracket ? "]" : ":");
	const char *rest = bracket && *end ? end + 1 : end;
	struct peer p = {.port = port};
	struct in6_addr address;

	good = end - start < PEER_HOST && (!bracket || *end);
	if (good) {
		memcpy(p.host, start, (size_t)(end - start));
		good = bracket ? inet_pton(AF_INET6, p.host, &address) == 1 : is_host(p.host);
	}
	if (!good || (*rest && (*rest != ':' || !read_port(rest + 1, &p.port))))
		return fail_set(
		    fail, -EINVAL,
		    "found \"%.300s\", expected HOST[:PORT] such as core.example:4789, 10.0.0.1 or "
		    "[2001:db8::1]:4789",
		    text);
	*peer = p;
	return 0;
}

const char *peer_format(const struct peer *peer, char text[PEER_TEXT])
{
	snprintf(text, PEER_TEXT, strchr(peer->host, ':') ? "[%s]:%u" : "%s:%u", peer->host, peer->port);
	return text;
}
