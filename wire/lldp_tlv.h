#ifndef WIRE_LLDP_TLV_H
#define WIRE_LLDP_TLV_H

#include "wire/lldp.h"

/* Inside the LLDP codec: one typed row per TLV, an organisational TLV is identified by OUI and subtype. */
#define LLDP_TYPE_END	       0
#define LLDP_TYPE_MANAGEMENT   8
#define LLDP_TYPE_ORGANISATION 127
#define LLDP_LENGTH_MAX	       511 /* nine bits */
#define LLDP_OUI_LENGTH	       4   /* OUI and subtype */
#define LLDP_OUI_MED	       0x0012bb
#define LLDP_MED_CAPABILITIES  1 /* subtype */

struct lldp_row {
	uint8_t type;
	uint32_t oui; /* of type 127 */
	uint8_t subtype;
	enum lldp_has has;
	const char *name;
	uint16_t least,
	    greatest; /* of the value, OUI and subtype left out; decoding ignores what is behind greatest */
	uint16_t member; /* offset in the message */
	/* member points to the value; to the whole message where that offset is 0. Policies, the one TLV that
	 * repeats, are read into the message and written from their own struct. */
	void (*read)(struct wire_reader *value, void *member);
	void (*write)(struct wire_writer *w, const void *member);
};

#define LLDP_ROWS 22
extern const struct lldp_row lldp_rows[LLDP_ROWS]; /* in the order of encoding */

/* The row of a TLV (oui and subtype 0 unless it is organisational), or NULL. */
const struct lldp_row *lldp_find_row(uint8_t type, uint32_t oui, uint8_t subtype);

#endif
