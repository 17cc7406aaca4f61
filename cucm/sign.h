#ifndef CUCM_SIGN_H
#define CUCM_SIGN_H

#include <stddef.h>

#include "base/fail.h"
#include "base/text.h"
#include "cucm/keys.h"
#include "wire/encfile.h"

/* Sign bytes as the file name ("SEP001122AABB01.cnf.xml.sgn"; folders are left out): append the signed file to out,
 * which the caller releases in each case. 0 or a negative errno with the reason. */
int cucm_sign(const struct cucm_keys *keys, const char *name, const void *bytes, size_t size,
	      struct text *out, struct fail *fail);

/* The same for ciphertext (cucm/encrypt.h). */
int cucm_sign_encrypted(const struct cucm_keys *keys, const char *name, const struct encfile *encryption,
			const void *bytes, size_t size, struct text *out, struct fail *fail);

#endif
