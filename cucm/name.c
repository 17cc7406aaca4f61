#include "cucm/name.h"

#include <errno.h>
#include <openssl/bn.h>
#include <stdio.h>
#include <string.h>

void cucm_name(const X509_NAME *name, char *out, size_t size)
{
	static const struct {
		const char *name;
		int nid;
	} parts[] = {
	    {"CN", NID_commonName},  {"OU", NID_organizationalUnitName}, {"O", NID_organizationName},
	    {"L", NID_localityName}, {"ST", NID_stateOrProvinceName},	 {"C", NID_countryName},
	};
	size_t used = 0;

	*out = 0;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && used < size; i++) {
		char value[128];

		if (X509_NAME_get_text_by_NID((X509_NAME *)name, parts[i].nid, value, sizeof(value)) >= 0)
			used += (size_t)snprintf(out + used, size - used, "%s%s=%s", used ? ";" : "",
						 parts[i].name, value);
	}
}

bool cucm_name_is_of(const X509 *certificate, const char *device, size_t length)
{
	char name[CUCM_NAME_TEXT];
	int size = X509_NAME_get_text_by_NID((X509_NAME *)X509_get_subject_name(certificate), NID_commonName,
					     name, sizeof(name));

	return size > 0 && (size_t)size == strlen(name) && length && length <= (size_t)size &&
	       !memcmp(name + size - length, device, length);
}

int cucm_serial(const X509 *certificate, uint8_t out[CUCM_SERIAL_MOST])
{
	BIGNUM *serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
	int size = serial ? BN_num_bytes(serial) : 0;

	if (size > 0 && size <= CUCM_SERIAL_MOST)
		BN_bn2bin(serial, out);
	else
		size = -EBADMSG;
	BN_free(serial);
	return size;
}
