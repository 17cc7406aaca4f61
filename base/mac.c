#include "base/mac.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : -1;
}

/* group octets, then separator (none when NUL), six octets in all. */
static int parse_grouped(struct mac *mac, const char *text, int group, char separator)
{
	struct mac result;

	for (int i = 0; i < 6; i++) {
		int high, low;

		if (separator && i && i % group == 0 && *text++ != separator)
			return -EINVAL;
		high = hex_digit(text[0]);
		low = high < 0 ? -1 : hex_digit(text[1]);
		if (low < 0)
			return -EINVAL;
		result.octet[i] = (uint8_t)(high << 4 | low);
		text += 2;
	}
	if (*text)
		return -EINVAL;
	*mac = result;
	return 0;
}

int mac_parse(struct mac *mac, const char *text)
{
	switch (strlen(text)) {
	case 17: return text[2] == ':' || text[2] == '-' ? parse_grouped(mac, text, 1, text[2]) : -EINVAL;
	case 14: return parse_grouped(mac, text, 2, '.');
	case 12: return parse_grouped(mac, text, 6, 0);
	default: return -EINVAL;
	}
}

void mac_format(const struct mac *mac, char text[MAC_TEXT])
{
	const uint8_t *o = mac->octet;

	snprintf(text, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", o[0], o[1], o[2], o[3], o[4], o[5]);
}

void mac_format_cisco(const struct mac *mac, char text[MAC_TEXT])
{
	const uint8_t *o = mac->octet;

	snprintf(text, MAC_TEXT, "%02x%02x.%02x%02x.%02x%02x", o[0], o[1], o[2], o[3], o[4], o[5]);
}

void mac_format_device(const struct mac *mac, char text[DEVICE_TEXT])
{
	const uint8_t *o = mac->octet;

	snprintf(text, DEVICE_TEXT, "SEP%02X%02X%02X%02X%02X%02X", o[0], o[1], o[2], o[3], o[4], o[5]);
}

void mac_serial(const struct mac *mac, const char *site, char text[MAC_SERIAL])
{
	static const char digits[] = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"; /* without I and O */
	const uint8_t *o = mac->octet;
	uint32_t number = (uint32_t)o[3] << 16 | (uint32_t)o[4] << 8 | o[5];
	char running[5] = "";

	for (int i = 3; i >= 0; i--, number /= 34)
		running[i] = digits[number % 34];
	/* 34^4 numbers per year, and 13 years for the 2^24 numbers of a vendor */
	snprintf(text, MAC_SERIAL, "%.3s%02u%02u%s", site, 15 + number % 100, 1 + (o[0] + o[1] + o[2]) % 52u,
		 running);
}

int mac_parse_device(struct mac *mac, const char *device)
{
	if (strlen(device) != DEVICE_TEXT - 1 || memcmp(device, "SEP", 3))
		return -EINVAL;
	for (const char *c = device + 3; *c; c++)
		if (islower((unsigned char)*c))
			return -EINVAL;
	return parse_grouped(mac, device + 3, 6, 0);
}

bool mac_equal(const struct mac *a, const struct mac *b)
{
	return memcmp(a->octet, b->octet, sizeof(a->octet)) == 0;
}

bool mac_is_group(const struct mac *mac)
{
	return mac->octet[0] & 1;
}
