#ifndef WIRE_DHCP_OPTION_H
#define WIRE_DHCP_OPTION_H

#include "wire/dhcp.h"

/* Inside the DHCP codec: the places of the fixed part, and one typed row per option. */
#define SNAME_AT	  44
#define FILE_AT		  108
#define COOKIE_AT	  236
#define OPTIONS_AT	  240
#define COOKIE		  0x63825363
#define DHCP_LIST_LONGEST 1020 /* bytes of addresses in one option put together from its parts */

struct dhcp_row {
	enum dhcp_option code;
	enum dhcp_has has;
	const char *name;
	uint16_t least;	 /* octets of the value, put together from its parts */
	uint16_t member; /* offset in the message */
	/* Octets that read leaves are ignored. If it fails, the option is left out and member stays as it was. */
	void (*read)(struct wire_reader *value, void *member);
	void (*write)(struct wire_writer *w, const void *member);
};

#define DHCP_ROWS 21
extern const struct dhcp_row dhcp_rows[DHCP_ROWS]; /* in the order of encoding */

/* The row of an option, or NULL. */
const struct dhcp_row *dhcp_find_row(uint8_t code);

#endif
