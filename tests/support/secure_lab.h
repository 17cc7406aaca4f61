#ifndef TESTS_SUPPORT_SECURE_LAB_H
#define TESTS_SUPPORT_SECURE_LAB_H

#include "tests/support/memory_lab.h"

/* One phone of a cluster in mixed mode, dark: it has a MIC, CTL and ITL are served, TVS and CAPF run on the first call manager. The
 * certificates of the cluster are made once per process and never freed. */
struct memory_lab *secure_lab(enum phonexml_security_mode mode);
struct memory_lab *secure_lab_of(enum phonexml_security_mode mode, const char *capf_string);

/* The phone's configuration; write it after a change. */
struct phonexml_config *secure_config(void);
void secure_put_config(struct memory_lab *lab);

/* The lists with one more record in both (NULL: none); ec: of version 1.1. */
void secure_put_lists(struct memory_lab *lab, const struct lab_signer *also, enum trustlist_role role,
		      bool ec);

/* The ITL of a cluster that is prepared for a rollback: without records of TVS and TFTP. */
void secure_put_rollback(struct memory_lab *lab);

const struct lab_signer *cluster_manager(void);	       /* RSA, CCM+TFTP */
const struct lab_signer *cluster_capf(void);	       /* EC */
const struct lab_signer *cluster_https(void);	       /* EC, in no list */
const struct lab_signer *cluster_renewed(void);	       /* EC, in no list */
const struct lab_signer *cluster_renewed_signer(void); /* RSA, in no list */
const struct lab_signer *cluster_maker(void);	       /* RSA, issues MICs */
const struct lab_signer *cluster_mic(void);	       /* EC, of the phone */
const struct lab_signer *cluster_rsa_lsc(void);	       /* RSA, of the phone, issued by cluster_capf() */

#endif
