#ifndef PHONELAB_LAB_CREDENTIALS_H
#define PHONELAB_LAB_CREDENTIALS_H

#include <stddef.h>

#include "cucm/plan.h"
#include "phonelab/document/arena.h"

/*
 * A bundle contains no digest password, and `why` still finds in it whether two passwords were equal: the N-th password of a lab
 * is "removed-N" in every file of the bundle. The order is that of the devices and lines of the plan, first as rendered at the
 * start, then as it is now. The password of AXL is "removed"; the authentication string of a phone for CAPF has digits only, and is
 * CREDENTIALS_DIGITS. A run directory with the file CREDENTIALS_REMOVED is such a copy.
 */
#define CREDENTIALS_REMOVED    "credentials-removed"
#define CREDENTIALS_SUBSTITUTE 32
#define CREDENTIALS_DIGITS     "0"

struct credentials {
	const char **item; /* different passwords; borrowed */
	size_t n, room;
};

/* Append a password, unless it is there. credentials_free releases the list, not the passwords. */
void credentials_add(struct credentials *list, const char *password);
void credentials_of_plan(struct credentials *list, const struct cucm_plan *plan);
void credentials_free(struct credentials *list);

/* What stands for a password: "removed-3"; "removed" for one that is not in the list. Returns text. */
const char *credentials_substitute(const struct credentials *list, const char *password,
				   char text[CREDENTIALS_SUBSTITUTE]);

/* Replace the passwords and the strings for CAPF of both plans, whose devices and lines then live in arena. */
void credentials_remove(struct arena *arena, struct cucm_plan *first, struct cucm_plan *now);

#endif
