#ifndef PHONE_SIM_CORE_TRUST_H
#define PHONE_SIM_CORE_TRUST_H

#include "phone-sim/core/phone.h"
#include "wire/cursor.h"
#include "wire/trustlist.h"

/* Steps 5 and 6: the trust lists (CTL, ITL), and the signatures that are checked with them. */

#define TRUST_FILE_MAX 65536

struct trust {
	uint8_t *itl; /* installed, kept in flash */
	size_t itl_length;
	uint8_t *ctl;
	size_t ctl_length;
};

/* State CTL entered: drops all connections (unless the phone heals) and requests CTLSEP<MAC>.tlv; "not found" is normal. A
 * list that cannot be fetched or used is not installed: the step fails, and the boot continues with the installed lists. */
void ctl_enter(struct phone *phone);

/* State ITL entered: requests ITLSEP<MAC>.tlv, then ITLFile.tlv. A list is installed if it is signed by its
 * own SAST record, and by a key of an installed list if there is one (trust on first use); else as in state CTL. */
void itl_enter(struct phone *phone);

/* PHONE_FLASH_LOADED: take the lists that flash holds; a damaged list counts as none. */
void trust_load(struct phone *phone, const struct phone_event *event);

/* Erase both lists, in flash too. */
void trust_erase(struct phone *phone);

/* Release both lists in memory only. */
void trust_clear(struct phone *phone);

/* Is at least one list installed? */
bool trust_installed(const struct phone *phone);

/* Does an installed list have a record with the role TFTP or CCM+TFTP? Then files must be signed. */
bool trust_signs(const struct phone *phone);

/* Is the signature in the header of bytes, a trust list or a signed file, made with this key (PKCS#1, DER)? */
bool trust_verifies(const struct trustlist_header *header, const uint8_t *bytes, size_t length,
		    struct wire_slice public_key);

/* Check the signature of a .sgn file with the keys of the records for TFTP in the installed lists. NULL and
 * *payload (a slice of bytes), or why the file is refused; then the event `trust.bad` names the file. */
const char *trust_check_signed(struct phone *phone, const char *file, const uint8_t *bytes, size_t length,
			       struct wire_slice *payload);

#endif
