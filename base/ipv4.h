#ifndef BASE_IPV4_H
#define BASE_IPV4_H

#include <stdint.h>

#define IPV4_TEXT 16 /* "255.255.255.255" and the NUL */

/* Write "10.20.0.11"; the address is in host byte order. Returns text. */
char *ipv4_format(uint32_t address, char text[IPV4_TEXT]);

/* Read dotted decimal of four parts without leading zeros. 0, or -EINVAL and *address unchanged. */
int ipv4_parse(uint32_t *address, const char *text);

#endif
