#ifndef CUCM_TREE_H
#define CUCM_TREE_H

#include <stddef.h>
#include <sys/types.h>

#include <openssl/x509.h>

#include "base/fail.h"
#include "base/text.h"
#include "cucm/cucm.h"
#include "cucm/guid.h"
#include "cucm/keys.h"
#include "cucm/plan.h"
#include "cucm/trust.h"

/* The tree that the TFTP service serves: root is directory/tftp/root. */
struct tree {
	const struct cucm_plan *plan;
	char root[2064];
	const char *directory; /* the run directory; borrowed */
	struct cucm_keys *keys;
	struct trust *trust;
	bool skip[2];	/* by enum trust_kind: leave these lists as they are */
	bool sign_anew; /* sign files again although they have not changed */
	struct fail *fail;
	cucm_file_fn *each; /* not NULL: it receives every file, nothing is written, and nothing is signed */
	void *arg;
};

/* Open the tree; missing directories and keys are made. fail is borrowed until tree_close. */
int tree_open(struct tree *tree, const struct cucm_plan *plan, const char *directory, struct fail *fail);
void tree_close(struct tree *tree);

/* Put a file into the tree; name may have one folder in front of it. */
int tree_put(struct tree *tree, const char *name, const void *bytes, size_t size);

/* Put NAME and, for phones that have a trust list, NAME.sgn. An unchanged file is not signed again. */
int tree_put_signed(struct tree *tree, const char *name, const void *bytes, size_t size);

/* Put NAME.enc.sgn: bytes encrypted for a phone's certificate, and signed. tree_remove_encrypted removes it, if it is there.
 * Both do nothing for tree->each. */
int tree_put_encrypted(struct tree *tree, const char *name, X509 *certificate, const void *bytes,
		       size_t size);
int tree_remove_encrypted(struct tree *tree, const char *name);

/* The same as tree_put_signed for the output of an encoder in XML; a negative size is its error. */
int tree_put_xml(struct tree *tree, const char *name, const void *bytes, ssize_t size);

/* The same for a text, which is released in each case. */
int tree_put_text(struct tree *tree, const char *name, struct text *text);

/* Remove NAME, NAME.sgn and NAME.enc.sgn from the tree; missing files are legal. */
int tree_remove(struct tree *tree, const char *name);

/* The writers, one source file each. 0 or a negative errno with tree->fail set. */
int tree_device(struct tree *tree, const struct cucm_device *device); /* SEP<MAC>.cnf.xml */
int tree_default(struct tree *tree);				      /* XMLDefault.cnf.xml */
int tree_trust_list(struct tree *tree);				      /* ITLFile.tlv, CTLFile.tlv */
int tree_device_trust_list(struct tree *tree,
			   const struct cucm_device *device); /* ITLSEP<MAC>.tlv, CTLSEP<MAC>.tlv */
int tree_dial_rules(struct tree *tree);			      /* AppDialRules.xml, DR<guid>.xml */
int tree_softkeys(struct tree *tree);			      /* SK<guid>.xml */
int tree_locales(struct tree *tree); /* <user locale>/<jar>, <network locale>/g3-tones.xml */
int tree_rings(struct tree *tree);   /* Ringlist.xml, Ringlist-wb.xml and the rings */
int tree_lists(
    struct tree *tree); /* ConfigFileCacheList.txt, FileList.txt (what the tree has), lddefault.cfg */
int tree_firmware(struct tree *tree);				/* <load>.loads and its images */
int tree_load(struct tree *tree, const struct cucm_load *load); /* of one load */

/* Call a writer for every device. Signing takes half a millisecond: the devices are distributed over the
 * processors. */
int tree_each_device(struct tree *tree, int (*write)(struct tree *, const struct cucm_device *));

/* Names of files in a device's configuration. */
#define TREE_NAME 64
const char *tree_dial_rules_name(const struct cucm_dial_rules *rules, char name[TREE_NAME]);
const char *tree_softkeys_name(const struct cucm_softkeys *softkeys, char name[TREE_NAME]);

#endif
