#ifndef WIRE_CDP_TLV_H
#define WIRE_CDP_TLV_H

#include "wire/cdp.h"

/* Inside the CDP codec: one typed row per TLV. */
#define CDP_TLV_HEADER 4 /* type, length */

struct cdp_row {
	enum cdp_tlv type;
	const char *name;
	uint16_t least;	 /* octets of the value */
	uint16_t member; /* offset in the message */
	/* member points to the value in the message. */
	void (*read)(struct wire_reader *value, void *member);
	void (*write)(struct wire_writer *w, const void *member);
};

#define CDP_ROWS 28
extern const struct cdp_row cdp_rows[CDP_ROWS]; /* by rising type */

/* The row of a type, or NULL. */
const struct cdp_row *cdp_find_row(uint16_t type);

#endif
