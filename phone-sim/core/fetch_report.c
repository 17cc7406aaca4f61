#include "phone-sim/core/fetch_report.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/fetch.h"
#include "phone-sim/core/internal.h"

static uint32_t server_of(const struct phone *phone)
{
	return phone->fetch.server[phone->fetch.at].address;
}

/* Note it; false if it was noted before, or there is no room. */
static bool is_new(struct fetch_seen *seen, uint32_t server, const char *name)
{
	for (unsigned i = 0; i < seen->odds; i++)
		if (seen->odd[i].server == server && !strcasecmp(seen->odd[i].name, name))
			return false;
	if (seen->odds == FETCH_SEEN_MAX)
		return false;
	seen->odd[seen->odds].server = server;
	snprintf(seen->odd[seen->odds++].name, sizeof(seen->odd[0].name), "%s", name);
	return true;
}

static void report_odd(struct phone *phone, const struct phone_fetch_odd *odd)
{
	bool http = phone->fetch.via == PHONE_HTTP;
	const char *server = phone_ip_text(phone, server_of(phone));
	const struct phone_evidence evidence[] = {
	    {"server", server}, {http ? "header" : "option", odd->name}, {"reason", odd->what}};

	if (is_new(&phone->fetch.seen, server_of(phone), odd->name))
		phone_report(phone, http ? "http.odd" : "tftp.odd", evidence, 3, "%s %s from %s: %s, skipped",
			     http ? "header" : "option", odd->name[0] ? odd->name : "without a name", server,
			     odd->what);
}

void fetch_report_facts(struct phone *phone, bool success)
{
	const struct phone_fetch_facts *facts = phone->fetch.facts;
	const char *asked = phone_ip_text(phone, server_of(phone)), *file = phone->fetch.file, *answered;
	struct fetch_seen *seen = &phone->fetch.seen;

	if (success && phone->fetch.via == PHONE_TFTP && seen->asked == server_of(phone))
		seen->asked = 0;
	if (!facts)
		return;
	for (unsigned i = 0; i < facts->odds; i++)
		report_odd(phone, &facts->odd[i]);
	if (facts->dropped)
		phone_report(phone, "tftp.bad",
			     (const struct phone_evidence[]){{"server", asked}, {"file", file}}, 2,
			     "%s: a datagram of %s was dropped: %s", file, asked, facts->dropped);
	if (!facts->other_address)
		return;
	answered = phone_ip_text(phone, facts->other_address);
	if (!success) {
		seen->asked = server_of(phone);
		seen->answered_by = facts->other_address;
	}
	phone_report(
	    phone, "tftp.other_address",
	    (const struct phone_evidence[]){{"file", file}, {"asked", asked}, {"answered_by", answered}}, 3,
	    "%s: asked %s, answered by %s; the phone rejects its packets", file, asked, answered);
}

static const char *number(struct phone *phone, int value)
{
	char text[12];

	snprintf(text, sizeof(text), "%d", value);
	return phone_keep_text(phone, text);
}

unsigned fetch_evidence(struct phone *phone, struct phone_evidence evidence[FETCH_EVIDENCE_MAX])
{
	const struct phone_fetch_facts *facts = phone->fetch.facts;
	unsigned n = 0;

	if (phone->fetch.http_status)
		evidence[n++] =
		    (struct phone_evidence){"http_status", number(phone, phone->fetch.http_status)};
	if (facts && facts->location[0])
		evidence[n++] = (struct phone_evidence){"location", facts->location};
	if (facts && facts->tftp_error >= 0)
		evidence[n++] = (struct phone_evidence){"tftp_error", number(phone, facts->tftp_error)};
	if (facts && facts->other_address)
		evidence[n++] =
		    (struct phone_evidence){"answered_by", phone_ip_text(phone, facts->other_address)};
	if (facts && facts->how)
		evidence[n++] = (struct phone_evidence){"how", facts->how};
	if (facts && facts->again)
		evidence[n++] = (struct phone_evidence){"again", number(phone, (int)facts->again)};
	return n;
}

const char *fetch_reason(struct phone *phone, const char *detail, char *text, size_t size)
{
	const struct phone_fetch_facts *facts = phone->fetch.facts;

	if (facts && facts->location[0])
		snprintf(text, size, "%.60s: redirect to %s, which phones do not follow", detail,
			 facts->location);
	else if (phone->fetch.seen.asked == server_of(phone))
		snprintf(text, size, "%.60s; TFTP: asked %s, answered by %s", detail,
			 phone_ip_text(phone, server_of(phone)),
			 phone_ip_text(phone, phone->fetch.seen.answered_by));
	else
		snprintf(text, size, "%s", detail);
	return text;
}
