#ifndef PHONE_SIM_CORE_OWN_CERTIFICATE_H
#define PHONE_SIM_CORE_OWN_CERTIFICATE_H

#include "phone-sim/core/phone.h"
#include "wire/cursor.h"

/* The certificates of the phone itself: the LSC, which CAPF installs, upgrades and deletes, and the MIC of the manufacturer. The
 * LSC is used wherever it is installed. */
struct own_certificate {
	uint8_t *certificate, *key; /* DER; PKCS#8 DER. NULL: none */
	size_t certificate_length, key_length;
};

struct own_certificates {
	struct own_certificate lsc, mic;
};

/* PHONE_FLASH_LOADED. A certificate without its key counts as none. False if memory is short. */
bool own_load(struct phone *phone, const struct phone_event *event);

/* The LSC is installed or replaced, in flash too; false if memory is short: the old one stays. Or erased. */
bool own_store_lsc(struct phone *phone, struct wire_slice certificate, struct wire_slice key);
void own_erase_lsc(struct phone *phone);

/* Release all in memory only; keys are overwritten. */
void own_clear(struct phone *phone);

/* The certificate that the phone uses, and its name "LSC" or "MIC"; NULL: there is none. */
const struct own_certificate *own_in_use(const struct phone *phone, const char **name);

struct wire_slice own_der(const struct own_certificate *own);
struct wire_slice own_key(const struct own_certificate *own);

/* The certificate with this MD5 (certHash): LSC or MIC; NULL: neither. */
const struct own_certificate *own_with_hash(const struct phone *phone, const char *hash);

#endif
