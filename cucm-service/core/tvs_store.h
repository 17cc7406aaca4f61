#ifndef CUCM_SERVICE_CORE_TVS_STORE_H
#define CUCM_SERVICE_CORE_TVS_STORE_H

#include <openssl/x509.h>

#include "wire/tvs.h"

/*
 * What the trust verification service knows: certificates and the roles that each may have. A request is answered from
 * them. As in CUCM, the key is serial number and issuer, and then the whole certificate is compared.
 */
struct tvs_store;

struct tvs_store *tvs_store_new(void);
void tvs_store_free(struct tvs_store *store); /* NULL is legal */

/* Add roles (enum trustlist_role) to a certificate, which is added if it is new. It is borrowed during the call. 0, -ENOSPC
 * if it would have more than TVS_ROLES_MAX roles, -EBADMSG if it has no usable serial number, or -ENOMEM. */
int tvs_store_add(struct tvs_store *store, X509 *certificate, const uint8_t *roles, size_t count);

size_t tvs_store_count(const struct tvs_store *store);

/* Answer a request (commands 1 and 3). *reply borrows from the store. 0, or -EPROTO if the message is no request. */
int tvs_store_answer(const struct tvs_store *store, const struct tvs *request, struct tvs *reply);

#endif
