/* What the phone reports of the DHCP messages that it receives, those that it does not use included. */
#include "phone-sim/core/dhcp_report.h"

#include <stdio.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/step_runner.h"

#define LEASE_EVIDENCE 9

static const char *address_text(struct phone *phone, uint32_t address)
{
	return address ? phone_ip_text(phone, address) : "";
}

/* The evidence of a lease; an absent option gives none. Returns how many. */
static unsigned lease_evidence(struct phone *phone, const struct dhcp_lease *lease,
			       struct phone_evidence evidence[LEASE_EVIDENCE])
{
	char text[24];
	unsigned n = 0;

	evidence[n++] = (struct phone_evidence){"address", phone_ip_text(phone, lease->address)};
	evidence[n++] = (struct phone_evidence){"server", phone_ip_text(phone, lease->server)};
	snprintf(
	    text, sizeof(text), "%llu s",
	    (unsigned long long)(lease->lease_us == UINT64_MAX ? UINT32_MAX : lease->lease_us / 1000000));
	evidence[n++] = (struct phone_evidence){"lease", phone_keep_text(phone, text)};
	snprintf(text, sizeof(text), "%u", lease->prefix);
	evidence[n++] = (struct phone_evidence){"prefix", phone_keep_text(phone, text)};
	evidence[n++] = (struct phone_evidence){"gateway", address_text(phone, lease->gateway)};
	if (lease->tftp_count)
		evidence[n++] = (struct phone_evidence){"option150", phone_ip_text(phone, lease->tftp[0])};
	if (lease->tftp_name[0])
		evidence[n++] = (struct phone_evidence){"option66", lease->tftp_name};
	if (lease->siaddr)
		evidence[n++] = (struct phone_evidence){"siaddr", phone_ip_text(phone, lease->siaddr)};
	if (lease->dns_count)
		evidence[n++] = (struct phone_evidence){"dns", phone_ip_text(phone, lease->dns[0])};
	return n;
}

void dhcp_report_offer(struct phone *phone)
{
	const struct dhcp_lease *offer = &phone->dhcp.offer;
	struct phone_evidence evidence[LEASE_EVIDENCE];
	unsigned n = lease_evidence(phone, offer, evidence);

	phone_report(phone, "dhcp.offer", evidence, n, "%s from %s", evidence[0].value, evidence[1].value);
}

void dhcp_report_ack(struct phone *phone)
{
	const struct dhcp_lease *lease = &phone->dhcp.lease;
	struct phone_evidence evidence[LEASE_EVIDENCE];
	unsigned n = lease_evidence(phone, lease, evidence);

	if (phone->state == PHONE_STATE_DHCP) {
		phone_note(phone, "lease", "%s", evidence[2].value);
		phone_note(phone, "option150", "%s",
			   lease->tftp_count ? phone_ip_text(phone, lease->tftp[0]) : "");
		phone_note(phone, "option66", "%s", lease->tftp_name);
	}
	phone_report(phone, "dhcp.ack", evidence, n, "%s/%u from %s", evidence[0].value, lease->prefix,
		     evidence[1].value);
}

void dhcp_report_refused(struct phone *phone, const char *type, uint32_t server, const char *why)
{
	const struct phone_evidence evidence[] = {
	    {"server", phone_ip_text(phone, server)}, {"type", type}, {"reason", why}};

	phone_report(phone, "dhcp.bad", evidence, 3, "%s refused: %s", type, why);
}

void dhcp_report_other(struct phone *phone, const struct dhcp_message *message)
{
	struct dhcp_client *client = &phone->dhcp;
	const struct phone_evidence evidence[] = {{"server", phone_ip_text(phone, message->server)},
						  {"address", phone_ip_text(phone, message->yiaddr)}};

	if (message->type != DHCP_OFFER || message->server == client->offer.server || client->other_offer)
		return;
	client->other_offer = true;
	phone_report(phone, "dhcp.other", evidence, 2, "OFFER of %s from %s: %s was first", evidence[1].value,
		     evidence[0].value, phone_ip_text(phone, client->offer.server));
}

/* --- answers that come too late --- */

void dhcp_remember(struct dhcp_earlier *earlier, uint32_t xid, uint64_t started_us)
{
	if (!xid)
		return;
	memmove(&earlier->item[1], &earlier->item[0], sizeof(earlier->item) - sizeof(earlier->item[0]));
	earlier->item[0].xid = xid;
	earlier->item[0].started_us = started_us;
}

/* The start of the transaction to which the phone no longer waits for an answer; 0: it is none. */
static uint64_t given_up(const struct dhcp_client *client, uint32_t xid)
{
	if (client->state == DHCP_STATE_IDLE && xid == client->xid)
		return client->started_us;
	for (unsigned i = 0; i < DHCP_EARLIER && client->earlier.item[i].xid; i++)
		if (client->earlier.item[i].xid == xid)
			return client->earlier.item[i].started_us;
	return 0;
}

bool dhcp_report_late(struct phone *phone, const struct dhcp_message *message)
{
	uint64_t since_us = given_up(&phone->dhcp, message->xid);
	char ms[24];
	const struct phone_evidence evidence[] = {{"server", phone_ip_text(phone, message->server)},
						  {"address", phone_ip_text(phone, message->yiaddr)},
						  {"type", message->type == DHCP_OFFER ? "OFFER"
							   : message->type == DHCP_ACK ? "ACK"
										       : "NAK"},
						  {"ms", ms}};

	if (!since_us || message->xid == 0 ||
	    (message->type != DHCP_OFFER && message->type != DHCP_ACK && message->type != DHCP_NAK))
		return false;
	snprintf(ms, sizeof(ms), "%llu", (unsigned long long)(phone->now_us - since_us) / 1000);
	phone_report(phone, "dhcp.late", evidence, 4, "%s of %s from %s, %s ms after the first request",
		     evidence[2].value, evidence[1].value, evidence[0].value, ms);
	return true;
}
