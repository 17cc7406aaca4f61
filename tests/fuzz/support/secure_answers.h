#ifndef TESTS_FUZZ_SUPPORT_SECURE_ANSWERS_H
#define TESTS_FUZZ_SUPPORT_SECURE_ANSWERS_H

#include <stdbool.h>

#include "wire/cursor.h"

/* What TVS, CAPF and file servers of a secure cluster send to a phone. how: 0 is the correct answer, other values vary it. */

/* The certificate of all servers and of the phone; known: as the lists have it, else another one. And its key. */
struct wire_slice secure_certificate(bool known);
struct wire_slice secure_private_key(void);
struct wire_slice secure_public_key(void);

/* A list (the ITL has TVS and TFTP too), as it is installed: its signature does not verify. Returns its length. */
size_t secure_list(bool itl, uint8_t *out, size_t size);

/* A signed file of a signer that the lists name, or do not. Its signature does not verify. */
size_t secure_signed(bool known, const void *payload, size_t payload_length, uint8_t *out, size_t size);

/* The reply to a question; 0: it cannot be read. */
size_t secure_tvs(const uint8_t *question, size_t length, uint8_t how, uint8_t *out, size_t size);

/* The message of CAPF that follows one of the phone; bytes NULL: the first one. 0: none follows. */
size_t secure_capf(const uint8_t *bytes, size_t length, uint8_t how, uint8_t *out, size_t size);

/* Has a message to CAPF a signature of elliptic curves, which differs from run to run? */
bool secure_is_random(const uint8_t *bytes, size_t length);

#endif
