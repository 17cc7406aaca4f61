#ifndef PHONE_SIM_CORE_TRUST_H
#define PHONE_SIM_CORE_TRUST_H

#include "phone-sim/core/phone.h"
#include "wire/cursor.h"

/* Steps 5 and 6: the trust lists, and what a signature is worth by them. */

#define TRUST_FILE_MAX 65536

struct trust {
	uint8_t *itl; /* installed, kept in flash */
	size_t itl_length;
	uint8_t *ctl;
	size_t ctl_length;
	bool signed_files; /* the configuration came signed: so do the others */
};

void ctl_enter(struct phone *phone);
void itl_enter(struct phone *phone);

/* What flash held; erase it there too; forget it in memory only. */
void trust_load(struct phone *phone, const struct phone_event *event);
void trust_erase(struct phone *phone);
void trust_clear(struct phone *phone);

bool trust_installed(const struct phone *phone);

/* Check the signature of a .sgn file against the installed list: NULL and *payload, or why not. */
const char *trust_check_signed(const struct phone *phone, const uint8_t *bytes, size_t length,
			       struct wire_slice *payload);

#endif
