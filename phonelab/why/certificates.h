#ifndef PHONELAB_WHY_CERTIFICATES_H
#define PHONELAB_WHY_CERTIFICATES_H

#include "phonelab/why/why.h"

/*
 * The certificates of SIP over TLS as they are now, in a cluster in mixed mode: those that the call managers and TVS use, that of
 * the phone, and which lists and stores have them. Read from the run directory; a kept folder lacks the keys, and gives no fact.
 *   certificate.expired, certificate.future    by the clock of this machine
 *   certificate.valid    the same, if the phone has refused a certificate by its own clock
 *   certificate.unlisted, certificate.role     no trust list of the phone has it, or has it in another role
 *   certificate.foreign, certificate.not_in_store   it is none of keys/; TVS does not know it
 *   certificate.none, certificate.issuer_unknown, certificate.name_differs   of the phone
 */
void why_certificate_facts(const struct why_case *it, json_t *facts);

#endif
