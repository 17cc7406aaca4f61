#ifndef CUCM_NAME_H
#define CUCM_NAME_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

/* A distinguished name as trust lists and TVS have it: "CN=..;OU=..;O=..;L=..;ST=..;C=..", without parts that the name does
 * not have. Cut at size. */
#define CUCM_NAME_TEXT 256
void cucm_name(const X509_NAME *name, char *out, size_t size);

/* Is it a certificate of that phone? Its common name ends in the name of the device: "CP-8861-SEP001122AABB01". length: of
 * device. */
bool cucm_name_is_of(const X509 *certificate, const char *device, size_t length);

/* The octets of a certificate's serial number, up to CUCM_SERIAL_MOST. Their count, or -EBADMSG. */
#define CUCM_SERIAL_MOST 32
int cucm_serial(const X509 *certificate, uint8_t out[CUCM_SERIAL_MOST]);

#endif
