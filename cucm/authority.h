#ifndef CUCM_AUTHORITY_H
#define CUCM_AUTHORITY_H

#include <stdbool.h>

#include "base/fail.h"
#include "cucm/plan.h"

/*
 * The certificate authority of a lab with certificates (cucm_plan_certificates). In keys/ of the run directory, PEM:
 *
 *   NODE/callmanager   RSA, self-signed, one per call manager: SIP over TLS; the publisher's signs files
 *   NODE/callmanager-ec, NODE/tvs
 *   SERVER/tftp, SERVER/tftp-ec   one per file server; the second is that of HTTPS
 *   capf               RSA, issues LSCs, and is the server of the CAPF
 *   itlrecovery        RSA, signs trust lists from release 12.0 on
 *   mic-root, mic-ca   the manufacturer of the phones: issues MICs
 *   capf-trust.pem     former certificates of capf, once it was renewed: LSCs that they have issued stay valid
 *   client-ca.pem      capf, mic-ca, mic-root and capf-trust: who may have issued the certificate of a phone
 *   phones/SEP<MAC>.mic.pem, phones/SEP<MAC>.lsc.pem   key, certificate, and the certificate of the issuer
 *   signer             the pair NODE/callmanager of the publisher once more
 *
 * All are NAME.key and NAME.crt except the files with a dot. Keys without "RSA" are P-256; those of a phone with an encrypted
 * configuration are RSA, because its key must unwrap that of the file. Names, serial numbers and the beginnings of the
 * validity follow the seed of the plan; keys are random. Existing pairs are not changed.
 */
int cucm_authority_make(const struct cucm_plan *plan, const char *directory, struct fail *fail);

/* Have files signed by the CallManager pair of the publisher as it is now: copy it to keys/signer. */
int cucm_authority_use_signer(const struct cucm_plan *plan, const char *directory, struct fail *fail);

/* The pair that signs trust lists: "cucm-pub/callmanager" or "itlrecovery". The result lives in name. */
#define CUCM_PAIR_NAME 96
const char *cucm_authority_signer(const struct cucm_plan *plan, char name[CUCM_PAIR_NAME]);

/* Make a pair again, with a new key, serial number and validity: name as above, without its ending. expired: its validity has
 * ended already. As on a call manager, running services and the files of phones do not change: cucm_sign_again. 0 or a negative errno with the reason. */
int cucm_authority_renew(const struct cucm_plan *plan, const char *directory, const char *name, bool expired,
			 struct fail *fail);

#endif
