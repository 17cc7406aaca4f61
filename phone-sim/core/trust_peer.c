/* The certificates of TLS servers, checked with the installed lists and TVS. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/certificate.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/register.h"
#include "phone-sim/core/trust.h"
#include "phone-sim/core/tvs_client.h"

struct trust_waiting {
	struct trust_waiting *next;
	uint32_t id;
	enum trust_use use;
	trust_peer_fn *done;
	char name[CERTIFICATE_NAME];
};

static const char *use_name(enum trust_use use)
{
	switch (use) {
	case TRUST_LIST_SIGNER: return "list signer";
	case TRUST_FILE_SIGNER: return "file signer";
	case TRUST_CALL_MANAGER: return "call manager";
	case TRUST_FILE_SERVER: return "file server";
	case TRUST_CAPF_SERVER: return "CAPF";
	case TRUST_TVS_SERVER: return "TVS";
	}
	return "";
}

/* The events `peer.trusted` (by: "ctl", "itl" or "tvs") and `peer.refused` (by NULL; reason: a word for programs). */
static void report(struct phone *phone, enum trust_use use, const char *name, const char *by,
		   const char *reason, const char *why)
{
	const struct phone_evidence evidence[] = {
	    {"use", use_name(use)}, {"subject", name}, {by ? "by" : "reason", by ? by : reason}};

	phone_report(phone, by ? "peer.trusted" : "peer.refused", evidence, 3, "%s %s: %s", use_name(use),
		     name, by ? by : why);
}

/* --- by the lists --- */

struct wanted {
	struct wire_slice certificate;
	enum trust_use use;
	bool any_role;
};

static bool matches(const struct trustlist_record *record, const void *arg)
{
	const struct wanted *wanted = arg;

	return record->certificate.length && wire_slice_equal(record->certificate, wanted->certificate) &&
	       (wanted->any_role || trust_use_allows(wanted->use, record->role));
}

/* --- by TVS --- */

static void tvs_done(struct phone *phone, uint32_t context, const struct tvs_answer *answer)
{
	char name[CERTIFICATE_NAME], why[240];
	struct trust_waiting **at = &phone->trust.waiting, *waiting;
	bool role = false;

	while (*at && (*at)->id != context)
		at = &(*at)->next;
	waiting = *at;
	if (!waiting)
		return;
	*at = waiting->next;
	for (unsigned i = 0; !answer->why && i < answer->roles; i++)
		role = role || trust_use_allows(waiting->use, answer->role[i]);
	if (role) {
		report(phone, waiting->use, certificate_name(answer->certificate, name), "tvs", NULL, NULL);
		waiting->done(phone, waiting->id, NULL);
	} else {
		snprintf(why, sizeof(why), "certificate in no trust list: %.200s",
			 answer->why ? answer->why : "TVS knows it, but not in that role");
		report(phone, waiting->use, waiting->name, NULL, answer->why ? "unknown" : "wrong-role", why);
		waiting->done(phone, waiting->id, why);
	}
	free(waiting);
}

static void ask(struct phone *phone, const struct wanted *wanted, uint32_t id, const char *name,
		trust_peer_fn *done)
{
	struct trust_waiting *waiting = calloc(1, sizeof(*waiting));

	if (!waiting) {
		done(phone, id, "no memory");
		return;
	}
	waiting->id = id;
	waiting->use = wanted->use;
	waiting->done = done;
	snprintf(waiting->name, sizeof(waiting->name), "%s", name);
	waiting->next = phone->trust.waiting;
	phone->trust.waiting = waiting;
	tvs_ask_certificate(phone, wanted->certificate, id, tvs_done);
}

void trust_peer_cancel(struct phone *phone, uint32_t id)
{
	for (struct trust_waiting **at = &phone->trust.waiting; id && *at; at = &(*at)->next) {
		struct trust_waiting *waiting = *at;

		if (waiting->id != id)
			continue;
		*at = waiting->next;
		free(waiting);
		tvs_cancel(phone, id, tvs_done);
		return;
	}
}

void trust_peer_clear(struct phone *phone)
{
	while (phone->trust.waiting) {
		struct trust_waiting *waiting = phone->trust.waiting;

		phone->trust.waiting = waiting->next;
		free(waiting);
	}
}

/* --- peers --- */

void trust_peer(struct phone *phone, enum trust_use use, uint32_t id, struct wire_slice certificate,
		trust_peer_fn *done)
{
	struct wanted wanted = {certificate, use, false};
	char name[CERTIFICATE_NAME], why[200];
	const char *list, *wrong = certificate_wrong(certificate, phone_clock(phone));
	const struct trustlist_record *record;
	struct trustlist installed;

	certificate_name(certificate, name);
	if (wrong) {
		snprintf(why, sizeof(why), "certificate %s: %s", name,
			 !strcmp(wrong, "expired")	   ? "expired"
			 : !strcmp(wrong, "not-yet-valid") ? "not valid yet by the clock of the phone"
							   : "not a certificate");
		report(phone, use, name, NULL, wrong, why);
		done(phone, id, why);
		return;
	}
	record = trust_find(phone, &installed, &list, matches, &wanted);
	if (record) {
		report(phone, use, name, list, NULL, NULL);
		done(phone, id, NULL);
		return;
	}
	wanted.any_role = true;
	record = trust_find(phone, &installed, &list, matches, &wanted);
	if (record) {
		snprintf(why, sizeof(why), "certificate %s has the role %s in the %s", name,
			 trustlist_role_name(record->role), list);
		report(phone, use, name, NULL, "wrong-role", why);
		done(phone, id, why);
	} else if (use == TRUST_TVS_SERVER) {
		snprintf(why, sizeof(why), "certificate %s is not that of a TVS in a trust list", name);
		report(phone, use, name, NULL, "unknown", why);
		done(phone, id, why);
	} else {
		phone_console(phone,
			      "NOT SECUREAPP-cert not in CTL, TVS service available, can attempt via TVS");
		ask(phone, &wanted, id, name, done);
	}
}
