#ifndef PHONE_SIM_CORE_FETCH_REPORT_H
#define PHONE_SIM_CORE_FETCH_REPORT_H

#include "phone-sim/core/fetch_facts.h"
#include "phone-sim/core/phone.h"

/* What a phone reports of a server beside the result of a fetch. */

#define FETCH_SEEN_MAX 16

struct fetch_seen {
	/* The server that was asked last by TFTP and in whose place another address answered; 0: none. */
	uint32_t asked, answered_by;

	/* Odd headers and options that were reported: once per server and name. */
	struct {
		uint32_t server;
		char name[sizeof(((struct phone_fetch_odd *)0)->name)];
	} odd[FETCH_SEEN_MAX];
	unsigned odds;
};

/* Report `http.odd`, `tftp.odd`, `tftp.bad` and `tftp.other_address` of the answer in progress (fetch.facts; NULL:
 * nothing). */
void fetch_report_facts(struct phone *phone, bool success);

/* The evidence of a failure beside file, server, transport and bytes: http_status, location, tftp_error, answered_by.
 * Returns how many, up to FETCH_EVIDENCE_MAX. */
#define FETCH_EVIDENCE_MAX 6
unsigned fetch_evidence(struct phone *phone, struct phone_evidence evidence[FETCH_EVIDENCE_MAX]);

/* The detail of a failure with what is known of the server: the target of a redirect, the other address that answers in
 * its place. Returns text. */
const char *fetch_reason(struct phone *phone, const char *detail, char *text, size_t size);

#endif
