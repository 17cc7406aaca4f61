#ifndef PHONE_SIM_DRIVER_WEB_TEMPLATE_H
#define PHONE_SIM_DRIVER_WEB_TEMPLATE_H

#include <stdbool.h>

#include "base/text.h"

/* A value for "{name}" of a block. markup: the value is markup already; otherwise it is escaped. */
struct web_field {
	const char *name, *value;
	bool markup;
};

/* Append a block of page.html ("row": the lines between "<!-- row -->" and the next comment) with each "{name}" replaced.
 * fields ends with a NULL name; a name without a field is a defect of the caller and is left empty. */
void web_template_add(struct text *out, const char *block, const struct web_field *fields);

#endif
