#ifndef PHONELAB_COLLECT_REDACT_H
#define PHONELAB_COLLECT_REDACT_H

#include <stdbool.h>

#include "base/fail.h"
#include "base/text.h"
#include "phonelab/lab/credentials.h"

/* Remove credentials from texts and bytes; pure. */

/* Called for a password that is not in the list, as it stands in the file: appends it to the list. */
typedef void redact_found_fn(void *arg, const char *password);

/* Replace the passwords of a configuration file of a phone: <authPassword> and the other elements for passwords. Elements that are
 * empty stay. */
void redact_xml(const char *xml, size_t length, const struct credentials *list, redact_found_fn *found,
		void *arg, struct text *out);

/* Append a document of YAML or JSON (YAML without its comments) in which the values of auth_password, axl_password, password and the
 * authentication string of CAPF are replaced. 0, or a negative errno with the reason: it cannot be parsed, and its passwords are unknown. */
int redact_yaml(const char *yaml, size_t length, const struct credentials *list, redact_found_fn *found,
		void *arg, struct text *out, struct fail *fail);
int redact_json(const char *json, size_t length, const struct credentials *list, redact_found_fn *found,
		void *arg, struct text *out, struct fail *fail);

/* The texts of a list with REDACT_LEAST octets or more, to be found in one pass over many octets, however many they are. Shorter texts
 * may be other things, such as directory numbers. list is borrowed. NULL without memory; redact_texts_free(NULL) is legal. */
#define REDACT_LEAST 6
struct redact_texts;
struct redact_texts *redact_texts_new(const struct credentials *list);
void redact_texts_free(struct redact_texts *texts);

/* Overwrite each of these texts, and the response of each digest authentication, with "x". Returns whether something was
 * overwritten. */
bool redact_bytes(char *bytes, size_t length, const struct redact_texts *texts);

#endif
