#ifndef PHONELAB_LINT_LOADS_H
#define PHONELAB_LINT_LOADS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "phone-sim/core/phone.h"

/* The loads that a phone could install. Whether a load can be installed depends on its files, on the family of the phone and
 * on the keys that the phone trusts: phones that share all three need not check its files again. */
#define LINT_LOADS_MAX 32

struct lint_loads {
	struct lint_load {
		char name[PHONE_LOAD_MAX];
		const char *family;
		uint8_t keys[32]; /* SHA-256 of the public keys that sign files */
	} item[LINT_LOADS_MAX];
	size_t count;
};

/* Did any phone of this family install it? */
bool lint_loads_has(const struct lint_loads *loads, const char *name, const char *family);

/* Did a phone of this family install it that trusted the same keys as the phone of this view? */
bool lint_loads_proven(const struct lint_loads *loads, const struct phone_view *view);

/* The active load of this phone was installed from the files. */
void lint_loads_add(struct lint_loads *loads, const struct phone_view *view);

#endif
