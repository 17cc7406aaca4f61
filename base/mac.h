#ifndef BASE_MAC_H
#define BASE_MAC_H

#include <stdbool.h>
#include <stdint.h>

struct mac {
	uint8_t octet[6];
};

#define MAC_TEXT    18 /* "00:11:22:aa:bb:cc" and the NUL */
#define DEVICE_TEXT 16 /* "SEP001122AABBCC" and the NUL */

/* Parse "00:11:22:aa:bb:cc", "00-11-..", "0011.22aa.bbcc" or "001122aabbcc"; 0 or -EINVAL. */
int mac_parse(struct mac *mac, const char *text);

/* "00:11:22:aa:bb:cc" */
void mac_format(const struct mac *mac, char text[MAC_TEXT]);

/* "0011.22aa.bbcc", as switches print it. */
void mac_format_cisco(const struct mac *mac, char text[MAC_TEXT]);

/* "SEP001122AABBCC": the device name of a phone, always upper case. */
void mac_format_device(const struct mac *mac, char text[DEVICE_TEXT]);

#define MAC_SERIAL 12 /* "FCH2042ABCD" and the NUL */

/* A serial number made from a MAC: site (three letters), year, week and running number. Devices of one site with the same
 * first three octets have different serial numbers. */
void mac_serial(const struct mac *mac, const char *site, char text[MAC_SERIAL]);

/* The MAC in a device name ("SEP" and 12 upper-case hexadecimal digits); 0 or -EINVAL. */
int mac_parse_device(struct mac *mac, const char *device);

bool mac_equal(const struct mac *a, const struct mac *b);

/* The group bit (IEEE 802 8.2): multicast or broadcast. */
bool mac_is_group(const struct mac *mac);

#endif
