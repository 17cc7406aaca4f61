#ifndef PHONELAB_CLIENT_STATUS_TEXT_H
#define PHONELAB_CLIENT_STATUS_TEXT_H

#include <jansson.h>

#include "base/text.h"

/* Append what `phonelab status` prints of a status object: the phones, the switches, the call managers. Values are as they
 * are in the object: print the text with base/print.h. */
void status_text(struct text *out, const json_t *status);

#endif
