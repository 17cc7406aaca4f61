/* The installed trust lists. */
#include <stdlib.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/trust.h"

/* False if memory is short: the list that was kept stays. */
static bool keep(uint8_t **kept, size_t *kept_length, const uint8_t *bytes, size_t length)
{
	uint8_t *copy = malloc(length);

	if (!copy)
		return false;
	memcpy(copy, bytes, length);
	free(*kept);
	*kept = copy;
	*kept_length = length;
	return true;
}

void trust_clear(struct phone *phone)
{
	struct trust *trust = &phone->trust;

	free(trust->itl);
	free(trust->ctl);
	trust->itl = trust->ctl = NULL;
	trust->itl_length = trust->ctl_length = 0;
}

static bool decode(const uint8_t *bytes, size_t length, struct trustlist *list)
{
	return bytes && !trustlist_decode(bytes, length, list, NULL);
}

/* A damaged list counts as none. */
static bool load(uint8_t **kept, size_t *kept_length, const uint8_t *bytes, size_t length)
{
	struct trustlist list;

	return length > TRUST_FILE_MAX || !decode(bytes, length, &list) ||
	       keep(kept, kept_length, bytes, length);
}

bool trust_load(struct phone *phone, const struct phone_event *event)
{
	struct trust *trust = &phone->trust;

	trust_clear(phone);
	return load(&trust->itl, &trust->itl_length, event->flash.itl, event->flash.itl_length) &&
	       load(&trust->ctl, &trust->ctl_length, event->flash.ctl, event->flash.ctl_length);
}

bool trust_install(struct phone *phone, bool ctl, struct wire_slice bytes)
{
	struct trust *trust = &phone->trust;

	if (!keep(ctl ? &trust->ctl : &trust->itl, ctl ? &trust->ctl_length : &trust->itl_length, bytes.data,
		  bytes.length))
		return false;
	phone_put_store(phone, ctl ? "ctl" : "itl", bytes.data, bytes.length);
	return true;
}

void trust_erase(struct phone *phone)
{
	phone_message(phone, "Erasing CTL and ITL files");
	trust_check_cancel(phone);
	trust_peer_clear(phone);
	trust_clear(phone);
	tvs_clear(phone);
	phone_put_store(phone, "itl", (const uint8_t *)"", 0);
	phone_put_store(phone, "ctl", (const uint8_t *)"", 0);
}

bool trust_installed(const struct phone *phone)
{
	return phone->trust.itl || phone->trust.ctl;
}

/* --- what the lists name --- */

bool trust_use_allows(enum trust_use use, unsigned role)
{
	switch (use) {
	case TRUST_LIST_SIGNER: return role == TRUSTLIST_SAST;
	case TRUST_FILE_SIGNER:
	case TRUST_FILE_SERVER: return role == TRUSTLIST_CCM_TFTP || role == TRUSTLIST_TFTP;
	case TRUST_CALL_MANAGER: return role == TRUSTLIST_CCM || role == TRUSTLIST_CCM_TFTP;
	case TRUST_CAPF_SERVER: return role == TRUSTLIST_CAPF;
	case TRUST_TVS_SERVER: return role == TRUSTLIST_TVS;
	}
	return false;
}

const struct trustlist_record *
trust_find(const struct phone *phone, struct trustlist *into, const char **list,
	   bool (*match)(const struct trustlist_record *record, const void *arg), const void *arg)
{
	const struct trust *trust = &phone->trust;

	for (unsigned which = 0; which < 2; which++) {
		*list = which ? "itl" : "ctl";
		if (!decode(which ? trust->itl : trust->ctl, which ? trust->itl_length : trust->ctl_length,
			    into))
			continue;
		for (unsigned i = 0; i < into->records; i++)
			if (match(&into->record[i], arg))
				return &into->record[i];
	}
	return NULL;
}

static bool is_for(const struct trustlist_record *record, const void *use)
{
	return trust_use_allows(*(const enum trust_use *)use, record->role);
}

bool trust_names(const struct phone *phone, enum trust_use use)
{
	struct trustlist list;
	const char *which;

	return trust_find(phone, &list, &which, is_for, &use) != NULL;
}

bool trust_signs(const struct phone *phone)
{
	return trust_names(phone, TRUST_FILE_SIGNER);
}

bool trust_https(const struct phone *phone)
{
	struct trustlist list;

	if (!decode(phone->trust.itl, phone->trust.itl_length, &list) || !trustlist_allows_ec(&list.header))
		return false;
	for (unsigned i = 0; i < list.records; i++)
		if (trustlist_signs_files(&list.record[i]) && trustlist_key_is_ec(&list.record[i]))
			return true;
	return false;
}
