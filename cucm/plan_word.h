#ifndef CUCM_PLAN_WORD_H
#define CUCM_PLAN_WORD_H

#include <stddef.h>

#include "base/fail.h"

/* What words of a plan may hold, since they become names of files and hosts, and parts of configuration. Each
 * gives 0 or -EINVAL with the reason; what names the thing that is checked. */

#define PLAN_WORD_MAX 40 /* letters of a name that becomes a directory or a host */

/* Only letters, digits and the marks given; not empty, at most so many, no dot or hyphen in front. */
int plan_check_word(const char *what, const char *word, const char *marks, size_t most, struct fail *fail);

/* Text for people: no control characters, at most so many octets. NULL is fine. */
int plan_check_text(const char *what, const char *text, size_t most, struct fail *fail);

#endif
