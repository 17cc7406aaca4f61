#ifndef PHONE_SIM_CORE_CIPHERS_H
#define PHONE_SIM_CORE_CIPHERS_H

#include <stddef.h>

#include "phone-sim/core/phone.h"

/* The cipher suites that a phone offers, as OpenSSL cipher lists. */

#define CIPHERS_MAX 256

/* To services (TVS, CAPF, HTTPS): those of 78xx and 88xx phones. */
#define SERVICE_CIPHERS                                                                                      \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:"           \
	"ECDHE-RSA-AES128-GCM-SHA256:AES256-SHA:AES128-SHA"

/* To call managers: NULL-SHA of an authenticated phone; of an encrypted phone the suites without those that disabled
 * names (vendorConfig/disableTLSCiphers: "1,2", numbers 1 to 7). Returns text; "" if none is left. */
const char *ciphers_signalling(enum phone_tls tls, const char *disabled, char text[CIPHERS_MAX]);

#endif
