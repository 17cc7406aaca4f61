/* Which file servers: Alternate TFTP, option 150, option 66, siaddr; and the resolution of names. */
#include "phone-sim/core/servers.h"

#include <stdio.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/cm.h"
#include "phone-sim/core/dhcp_client.h"
#include "phone-sim/core/fetch.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/step_runner.h"
#include "phone-sim/core/timers.h"
#include "wire/ipv4.h"

#define GRACE_US UINT64_C(1000000) /* the driver's own timeout is shorter */

static void add(struct phone *phone, uint32_t address)
{
	struct fetch_state *fetch = &phone->fetch;

	if (!address || fetch->servers >= PHONE_SERVERS_MAX)
		return;
	for (unsigned i = 0; i < fetch->servers; i++)
		if (fetch->server[i].address == address)
			return;
	memset(&fetch->server[fetch->servers], 0, sizeof(fetch->server[0]));
	fetch->server[fetch->servers++].address = address;
}

/* "10.110.0.57/24, tftp 10.20.0.3 (option 150)" */
static void describe(struct phone *phone, const char *source, char text[160])
{
	const struct dhcp_lease *lease = &phone->dhcp.lease;
	char list[64] = "";
	size_t at = 0;

	for (unsigned i = 0; i < phone->fetch.servers && i < 2; i++) {
		char address[IPV4_TEXT];

		ipv4_format(phone->fetch.server[i].address, address);
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s", i ? " " : "", address);
	}
	snprintf(text, 160, "%s/%u, tftp %s (%s)", phone_ip_text(phone, lease->address), lease->prefix, list,
		 source);
}

static void done(struct phone *phone, const char *source)
{
	char text[160];

	describe(phone, source, text);
	phone_step_done(phone, "%s", text);
}

void servers_report_dns(struct phone *phone, const char *name, bool timed_out)
{
	const struct phone_evidence evidence[] = {
	    {"name", name},
	    {"how", timed_out ? CM_DNS_SILENT : CM_DNS_UNKNOWN},
	    {"server", phone->dhcp.lease.dns_count ? phone_ip_text(phone, phone->dhcp.lease.dns[0]) : ""}};

	phone_report(phone, "dns.failed", evidence, 3, "%s: %s", name,
		     timed_out ? "no answer" : "the name does not exist");
}

static void resolved(struct phone *phone, const uint32_t *address, unsigned count, bool timed_out)
{
	const char *name = phone->dhcp.lease.tftp_name;

	if (count) {
		for (unsigned i = 0; i < count; i++)
			add(phone, address[i]);
		done(phone, "option 66");
		return;
	}
	servers_report_dns(phone, name, timed_out);
	phone_message(phone, timed_out ? "DNS timeout" : "DNS unknown host");
	phone_step_failed(phone, "option 66 names %s: %s", name,
			  timed_out ? "DNS timeout" : "DNS unknown host");
}

/* --- names --- */

void resolve_cancel(struct phone *phone)
{
	phone_timer_stop(phone, TIMER_RESOLVE);
	if (!phone->resolve_id)
		return;
	phone_put_cancel(phone, phone->resolve_id);
	phone->resolve_id = 0;
}

void resolve_timer(struct phone *phone)
{
	resolve_cancel(phone);
	resolved(phone, NULL, 0, true);
}

bool resolve_awaits(const struct phone *phone, const struct phone_event *event)
{
	return phone->resolve_id && event->resolved.id == phone->resolve_id;
}

void resolve_event(struct phone *phone, const struct phone_event *event)
{
	unsigned count = event->resolved.count;

	phone->resolve_id = 0;
	phone_timer_stop(phone, TIMER_RESOLVE);
	resolved(phone, event->resolved.address, count > 4 ? 4 : count, event->resolved.timed_out);
}

/* --- servers --- */

/* Add these. Is there a server now? */
static bool added(struct phone *phone, const uint32_t *address, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		add(phone, address[i]);
	return phone->fetch.servers;
}

/* Make the list from the first source that has a server. Returns the source; NULL if there is none, or option 66 has a name
 * that must be resolved. */
static const char *take_source(struct phone *phone)
{
	const struct dhcp_lease *lease = &phone->dhcp.lease;
	uint32_t address;

	phone->fetch.servers = 0;
	if (added(phone, phone->config.alternate_tftp, phone->config.alternate_tftp_count))
		return "Alternate TFTP";
	if (added(phone, lease->tftp, lease->tftp_count))
		return "option 150";
	if (lease->tftp_name[0])
		return !ipv4_parse(&address, lease->tftp_name) && added(phone, &address, 1) ? "option 66"
											    : NULL;
	return added(phone, &lease->siaddr, 1) ? "siaddr" : NULL;
}

void servers_choose(struct phone *phone)
{
	const struct dhcp_lease *lease = &phone->dhcp.lease;
	const char *source = take_source(phone);

	file_forget_dead(phone);
	if (source) {
		done(phone, source);
	} else if (lease->tftp_name[0] && lease->dns_count) {
		phone->resolve_id = phone_put_resolve(phone, lease->tftp_name);
		phone_timer_in(phone, TIMER_RESOLVE, phone->pace->resolve_us + GRACE_US);
	} else if (lease->tftp_name[0]) {
		phone_message(phone, "DNS unknown host");
		phone_step_failed(phone, "option 66 names %s, but DHCP gave no name server",
				  lease->tftp_name);
	} else {
		phone_message(phone, "TFTP server not configured");
		phone_step_failed(phone, "%s/%u, but no file server: neither option 150 nor 66 nor siaddr",
				  phone_ip_text(phone, lease->address), lease->prefix);
	}
}

void servers_renewed(struct phone *phone)
{
	struct fetch_server old[PHONE_SERVERS_MAX];
	unsigned count = phone->fetch.servers;
	const char *source;
	char text[160];
	bool same;

	if (!count || phone->fetch.running)
		return;
	memcpy(old, phone->fetch.server, sizeof(old));
	source = take_source(phone);
	same = phone->fetch.servers == count;
	for (unsigned i = 0; same && i < count; i++)
		same = old[i].address == phone->fetch.server[i].address;
	if (!source || same) {
		memcpy(phone->fetch.server, old, sizeof(old));
		phone->fetch.servers = count;
		return;
	}
	file_forget_dead(phone);
	describe(phone, source, text);
	phone_rung_set(phone, LADDER_DHCP, LADDER_DONE, text);
}
