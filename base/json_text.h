#ifndef BASE_JSON_TEXT_H
#define BASE_JSON_TEXT_H

#include <jansson.h>

/* A text member of an object, "" when it has none. */
const char *json_text(const json_t *object, const char *key);

/* The same, but otherwise when it has none or it is empty. */
const char *json_text_or(const json_t *object, const char *key, const char *otherwise);

/* An integer member of an object, 0 if it has none. */
long long json_int(const json_t *object, const char *key);

/* Text as a JSON string, whatever bytes it holds: in text that is not UTF-8, octets and control characters become \xNN
 * (utf8_clean). New reference. */
json_t *json_text_new(const char *text);

#endif
