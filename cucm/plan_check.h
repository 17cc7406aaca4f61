#ifndef CUCM_PLAN_CHECK_H
#define CUCM_PLAN_CHECK_H

#include <stddef.h>

#include "base/fail.h"
#include "cucm/plan.h"

/* Checks of the words of a plan, which become names of files and hosts, and parts of configuration files. Each returns
 * 0 or -EINVAL with the reason; what names the checked value in the reason. */

#define PLAN_WORD_MAX 40 /* letters of a name that becomes a directory or a host */

/* Only letters, digits and the characters of marks; 1 to most characters; the first is not a dot or a hyphen. */
int plan_check_word(const char *what, const char *word, const char *marks, size_t most, struct fail *fail);

/* Text for people: no control characters, up to most octets. NULL is legal. */
int plan_check_text(const char *what, const char *text, size_t most, struct fail *fail);

/* The part of cucm_plan_check for servers: DHCP and TFTP, their pools, and the names in DNS. 0 or -EINVAL
 * with the reason. */
int plan_check_servers(const struct cucm_plan *plan, struct fail *fail);

#endif
