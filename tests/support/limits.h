#ifndef TESTS_SUPPORT_LIMITS_H
#define TESTS_SUPPORT_LIMITS_H

#include <stdbool.h>

#include "tests/preload/limits.h"

/* Programs that are started between limits_on and limits_off load limits.so (tests/preload/limits.h). The object is shared with
 * them. */

/* Map the file PATH, which is created. */
struct limits *limits_open(const char *path);
void limits_close(struct limits *limits);

/* Programs that start from now on are concerned, or no longer. */
void limits_on(const char *path);
void limits_off(void);

/* Call number at of the program fails; with lasting, each after it too. Counting begins again. at 0: none, only count. */
void limits_set(struct limits *limits, const char *program, enum limits_kind kind, unsigned at, bool lasting);

/* No further call fails. */
void limits_end(struct limits *limits);

/* How many calls failed. */
unsigned limits_failed(const struct limits *limits);

const char *limits_kind_name(enum limits_kind kind);

#endif
