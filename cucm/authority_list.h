#ifndef CUCM_AUTHORITY_LIST_H
#define CUCM_AUTHORITY_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "cucm/authority.h"
#include "cucm/certify.h"

/* The certificates that a plan has, for cucm/authority only. */

struct authority_pair {
	char name[CUCM_PAIR_NAME]; /* below keys/: "cucm-pub/tvs", "phones/SEP001122AABB01.mic" */
	char common_name[128], serial_name[64], alternative[160];
	enum certify_use use;
	bool rsa;
	int issuer; /* its place in the list, before this; -1: itself */
	bool missing;
	EVP_PKEY *key;	   /* NULL until it is made or loaded */
	X509 *certificate; /* the same */
};

struct authority_list {
	struct authority_pair *pair;
	size_t count;
	int capf, root, maker; /* places of capf, mic-root and mic-ca */
};

/* Fill the list from a plan; issuers come before what they issue. 0 or -ENOMEM. Free it with authority_list_free, in
 * each case. */
int authority_list_make(struct authority_list *list, const struct cucm_plan *plan);
void authority_list_free(struct authority_list *list);

/* Is the pair a phone's? Then key, certificate and issuer are in one file, NAME.pem. */
bool authority_pair_of_phone(const struct authority_pair *pair);

#endif
