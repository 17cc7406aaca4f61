#ifndef CUCM_KAMAILIO_TEMPLATE_H
#define CUCM_KAMAILIO_TEMPLATE_H

#include <stddef.h>

/* cucm/kamailio.cfg, included at build time. Not NUL-terminated. */
const char *kamailio_template(size_t *size);

#endif
