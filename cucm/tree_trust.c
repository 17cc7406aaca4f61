/* ITLFile.tlv and ITLSEP<MAC>.tlv, in mixed mode CTLFile.tlv and CTLSEP<MAC>.tlv: the certificates that phones trust, signed. */
#include "cucm/tree.h"

#include <stdio.h>

#include "wire/trustlist.h"

#define ITL_SHARED "ITLFile.tlv"
#define CTL_SHARED "CTLFile.tlv"

/* The header of every CTL has the name of the shared file, as CUCM's does: a device's CTL is the same file. */
static int put_list(struct tree *tree, enum trust_kind kind, const char *file)
{
	bool forged = kind == TRUST_ITL && tree->plan->itl == CUCM_ITL_FORGED;
	uint8_t buffer[TRUSTLIST_SIZE_MAX];
	ssize_t size = trust_encode(tree->trust, kind, kind == TRUST_CTL ? CTL_SHARED : file, forged, buffer,
				    sizeof(buffer), tree->fail);

	return size < 0 ? (int)size : tree_put(tree, file, buffer, (size_t)size);
}

static bool has_list(const struct tree *tree, enum trust_kind kind)
{
	return kind == TRUST_CTL ? tree->plan->mixed : tree->plan->itl != CUCM_ITL_NONE;
}

static int write_list(struct tree *tree, enum trust_kind kind, const char *file, bool wanted)
{
	if (tree->skip[kind])
		return 0;
	return wanted && has_list(tree, kind) ? put_list(tree, kind, file) : tree_remove(tree, file);
}

int tree_device_trust_list(struct tree *tree, const struct cucm_device *device)
{
	char name[DEVICE_TEXT], file[TREE_NAME];
	int err;

	mac_format_device(&device->mac, name);
	snprintf(file, sizeof(file), "CTL%s.tlv", name);
	err = write_list(tree, TRUST_CTL, file, !device->absent);
	snprintf(file, sizeof(file), "ITL%s.tlv", name);
	return err ? err : write_list(tree, TRUST_ITL, file, !device->absent);
}

int tree_trust_list(struct tree *tree)
{
	int err = write_list(tree, TRUST_CTL, CTL_SHARED, true);

	return err ? err : write_list(tree, TRUST_ITL, ITL_SHARED, true);
}
