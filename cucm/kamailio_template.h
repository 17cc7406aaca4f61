#ifndef CUCM_KAMAILIO_TEMPLATE_H
#define CUCM_KAMAILIO_TEMPLATE_H

#include <stddef.h>

/* cucm/kamailio.cfg as it was when this was built. Not NUL-terminated. */
const char *kamailio_template(size_t *size);

#endif
