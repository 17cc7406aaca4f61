#include "cucm-service/core/tvs_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cucm/name.h"

struct entry {
	char subject[CUCM_NAME_TEXT], issuer[CUCM_NAME_TEXT];
	uint8_t serial[CUCM_SERIAL_MOST];
	size_t serial_size;
	uint8_t *der; /* owned */
	size_t der_size;
	uint8_t role[TVS_ROLES_MAX];
	unsigned roles;
};

struct tvs_store {
	struct entry *entry;
	size_t count, room;
};

struct tvs_store *tvs_store_new(void)
{
	return calloc(1, sizeof(struct tvs_store));
}

void tvs_store_free(struct tvs_store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < store->count; i++)
		OPENSSL_free(store->entry[i].der);
	free(store->entry);
	free(store);
}

size_t tvs_store_count(const struct tvs_store *store)
{
	return store->count;
}

/* --- what it knows --- */

static const struct entry *find_certificate(const struct tvs_store *store, struct wire_slice der)
{
	for (size_t i = 0; i < store->count; i++)
		if (wire_slice_equal((struct wire_slice){store->entry[i].der, store->entry[i].der_size}, der))
			return &store->entry[i];
	return NULL;
}

static bool is_text(struct wire_slice slice, const char *text)
{
	return wire_slice_equal(slice, wire_slice_text(text));
}

/* The subject is part of the request, but not of the key. */
static const struct entry *find_name(const struct tvs_store *store, const struct tvs *request)
{
	for (size_t i = 0; i < store->count; i++) {
		const struct entry *entry = &store->entry[i];

		if (is_text(request->issuer, entry->issuer) &&
		    wire_slice_equal(request->serial, (struct wire_slice){entry->serial, entry->serial_size}))
			return entry;
	}
	return NULL;
}

static int add_role(struct entry *entry, uint8_t role)
{
	if (memchr(entry->role, role, entry->roles))
		return 0;
	if (entry->roles == TVS_ROLES_MAX)
		return -ENOSPC;
	entry->role[entry->roles++] = role;
	return 0;
}

/* A new entry, without roles; takes der over. */
static struct entry *add_entry(struct tvs_store *store, X509 *certificate, uint8_t *der, size_t size,
			       int *err)
{
	size_t room = store->room ? 2 * store->room : 32;
	struct entry *entry = store->entry;
	int serial;

	*err = -ENOMEM;
	if (store->count == store->room) {
		entry = realloc(store->entry, room * sizeof(*entry));
		if (!entry)
			goto failed;
		store->entry = entry;
		store->room = room;
	}
	entry = &store->entry[store->count];
	*entry = (struct entry){.der = der, .der_size = size};
	serial = cucm_serial(certificate, entry->serial);
	*err = serial < 0 ? serial : 0;
	if (serial < 0)
		goto failed;
	entry->serial_size = (size_t)serial;
	cucm_name(X509_get_subject_name(certificate), entry->subject, sizeof(entry->subject));
	cucm_name(X509_get_issuer_name(certificate), entry->issuer, sizeof(entry->issuer));
	store->count++;
	return entry;
failed:
	OPENSSL_free(der);
	return NULL;
}

int tvs_store_add(struct tvs_store *store, X509 *certificate, const uint8_t *roles, size_t count)
{
	uint8_t *der = NULL;
	int size = i2d_X509(certificate, &der), err = 0;
	struct entry *entry;

	if (size <= 0)
		return -ENOMEM;
	entry = (struct entry *)find_certificate(store, (struct wire_slice){der, (size_t)size});
	if (entry)
		OPENSSL_free(der);
	else
		entry = add_entry(store, certificate, der, (size_t)size, &err);
	if (!entry)
		return err;
	for (size_t i = 0; i < count && !err; i++)
		err = add_role(entry, roles[i]);
	return err;
}

/* --- answers --- */

int tvs_store_answer(const struct tvs_store *store, const struct tvs *request, struct tvs *reply)
{
	bool by_name = request->command == TVS_QUERY;
	const struct entry *entry;

	if (!by_name && request->command != TVS_VERIFY)
		return -EPROTO;
	entry = by_name ? find_name(store, request) : find_certificate(store, request->certificate);
	*reply = (struct tvs){.command = by_name ? TVS_CERTIFICATE : TVS_VERIFIED,
			      .session = request->session,
			      .has = TVS_HAS_STATUS,
			      .status = TVS_UNKNOWN};
	if (!entry)
		return 0;
	reply->status = TVS_VALID;
	if (by_name)
		reply->certificate = (struct wire_slice){entry->der, entry->der_size};
	memcpy(reply->role, entry->role, entry->roles);
	reply->roles = entry->roles;
	reply->has |= TVS_HAS_TTL;
	reply->ttl_s = TVS_TTL_S;
	return 0;
}
