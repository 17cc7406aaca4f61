#ifndef PHONE_SIM_CORE_STORED_H
#define PHONE_SIM_CORE_STORED_H

#include "phone-sim/core/phone.h"
#include "wire/cursor.h"

/* The stored configuration: the last one that the phone accepted, kept in flash. In flash it is one line, "FILE SHA-256"
 * (the digest of the name and the bytes), and the bytes of the file. */
struct stored {
	uint8_t *bytes; /* as in flash; NULL: none */
	size_t length;
	char file[PHONE_NAME_MAX]; /* "SEP001122AABB01.cnf.xml", "XMLDefault.cnf.xml" */
	struct wire_slice content; /* of the file, a part of bytes */
};

/* PHONE_FLASH_LOADED: take the configuration that flash holds; a damaged one counts as none. False if memory is
 * short. */
bool stored_load(struct phone *phone, const struct phone_event *event);

/* The phone has accepted this file: write it to flash, unless it is there already. */
void stored_keep(struct phone *phone, const char *file, const uint8_t *bytes, size_t length);

/* Erase it, in flash too. */
void stored_erase(struct phone *phone);

/* Release it in memory only. */
void stored_clear(struct phone *phone);

#endif
