#include "phone-sim/core/ciphers.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Is number in the list "1,2"? */
static bool names(const char *list, unsigned long number)
{
	while (*list) {
		char *end;

		if (strtoul(list, &end, 10) == number && end != list)
			return true;
		list = end + strcspn(end, ",");
		list += *list == ',';
	}
	return false;
}

const char *ciphers_signalling(enum phone_tls tls, const char *disabled, char text[CIPHERS_MAX])
{
	/* By preference; the number is that of disableTLSCiphers. */
	static const struct {
		unsigned number;
		const char *name;
	} suites[] = {
	    {7, "ECDHE-ECDSA-AES256-GCM-SHA384"},
	    {6, "ECDHE-RSA-AES256-GCM-SHA384"},
	    {5, "ECDHE-ECDSA-AES128-GCM-SHA256"},
	    {4, "ECDHE-RSA-AES128-GCM-SHA256"},
	    {3, "AES256-SHA"},
	    {2, "AES128-SHA"},
	    {1, "DES-CBC3-SHA"},
	};
	size_t at = 0;

	text[0] = '\0';
	if (tls == PHONE_TLS_AUTHENTICATED)
		snprintf(text, CIPHERS_MAX, "NULL-SHA:@SECLEVEL=0");
	for (unsigned i = 0; tls == PHONE_TLS_ENCRYPTED && i < sizeof(suites) / sizeof(suites[0]); i++)
		if (!names(disabled, suites[i].number))
			at += (size_t)snprintf(text + at, CIPHERS_MAX - at, "%s%s", at ? ":" : "",
					       suites[i].name);
	return text;
}
