/* ITLFile.tlv and ITLSEP<MAC>.tlv: the certificates that phones trust, signed. */
#include "cucm/tree.h"

#include <stdio.h>
#include <string.h>

#include "wire/trustlist.h"

#define ITL_SHARED "ITLFile.tlv"

static void trust_record(struct trustlist *list, const struct cucm_certificate *certificate, uint16_t role,
			 const char *name)
{
	struct trustlist_record *record = &list->record[list->records++];

	*record = (struct trustlist_record){
	    .dns_name = name,
	    .subject = certificate->subject,
	    .role = role,
	    .issuer = certificate->issuer,
	    .serial = {certificate->serial, certificate->serial_size},
	    .public_key = {certificate->public_key, certificate->public_key_size},
	    .signature = {certificate->signature, certificate->signature_size},
	    .certificate = {certificate->der, certificate->der_size},
	    .hash = {certificate->sha1, sizeof(certificate->sha1)},
	    .hash_algorithm = TRUSTLIST_SHA1,
	};
}

/* One list: the signer, the file servers, and the trust verification service of each node. */
static void trust_list(const struct cucm_plan *plan, const struct cucm_certificate *certificate,
		       const char *file, struct trustlist *list)
{
	memset(list, 0, sizeof(*list));
	list->header = (struct trustlist_header){
	    .version = {1, 2},
	    .has_signer_version = true,
	    .signer_version = {1, 0},
	    .signer = certificate->subject,
	    .serial = {certificate->serial, certificate->serial_size},
	    .issuer = certificate->issuer,
	    .digest = TRUSTLIST_SHA256,
	    .file_name = file,
	    .timestamp = certificate->made,
	};
	trust_record(list, certificate, TRUSTLIST_SAST, plan->nodes[0].name);
	trust_record(list, certificate, TRUSTLIST_CCM_TFTP, plan->nodes[0].name);
	for (size_t i = 0; i < plan->node_count; i++)
		trust_record(list, certificate, TRUSTLIST_TVS, plan->nodes[i].name);
}

static int trust_write(struct tree *tree, const char *file)
{
	uint8_t buffer[TRUSTLIST_SIZE_MAX], altered[TRUSTLIST_SIZE_MAX], signature[CUCM_SIGNATURE_SIZE];
	struct trustlist list;
	struct wire_slice *forged = &list.record[1].certificate;
	ssize_t size;

	trust_list(tree->plan, cucm_keys_certificate(tree->keys), file, &list);
	size = trustlist_encode_unsigned(&list, sizeof(signature), buffer, sizeof(buffer));
	if (size >= 0) {
		if (cucm_keys_sign(tree->keys, buffer, (size_t)size, signature, tree->fail))
			return tree->fail->err;
		list.header.signature = (struct wire_slice){signature, sizeof(signature)};
		/* Alter the signed content, as an attacker would to add another file server: the list stays
		 * well-formed. */
		if (tree->plan->itl == CUCM_ITL_FORGED) {
			memcpy(altered, forged->data, forged->length);
			altered[forged->length - 1] ^= 0x5a;
			forged->data = altered;
		}
		size = trustlist_encode(&list, buffer, sizeof(buffer));
	}
	if (size < 0)
		return fail_set(tree->fail, (int)size, "%s: cannot be written: %s", file,
				strerror((int)-size));
	return tree_put(tree, file, buffer, (size_t)size);
}

int tree_device_trust_list(struct tree *tree, const struct cucm_device *device)
{
	char name[DEVICE_TEXT], file[TREE_NAME];

	mac_format_device(&device->mac, name);
	snprintf(file, sizeof(file), "ITL%s.tlv", name);
	if (tree->plan->itl == CUCM_ITL_NONE || device->absent)
		return tree_remove(tree, file);
	return trust_write(tree, file);
}

int tree_trust_list(struct tree *tree)
{
	return tree->plan->itl == CUCM_ITL_NONE ? tree_remove(tree, ITL_SHARED)
						: trust_write(tree, ITL_SHARED);
}
