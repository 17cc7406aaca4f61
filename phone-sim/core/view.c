/* What status, the web page and tests see of a phone. */
#include "phone-sim/core/phone.h"

#include <stdio.h>
#include <string.h>

#include "phone-sim/core/dhcp_client.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/registrar.h"

/* The call manager has bound the primary line, and not the others. */
static bool reg_is_partial(const struct registrar *reg)
{
	return reg->lines > 1 && !reg->lines_bound;
}

const char *phone_bound_number(const struct phone *phone, unsigned n)
{
	const struct registrar *reg = &phone->reg;
	unsigned at = 0;

	if (reg->active == NOBODY || !reg->shown || !reg->provisioned || !phone->xml)
		return NULL;
	if (n == 0 || reg_is_partial(reg))
		return n == 0 ? reg->dn : NULL;
	for (unsigned i = 0; i < phone->xml->lines; i++)
		if (registrar_line(&phone->xml->line[i]) && at++ == n)
			return phone->xml->line[i].name;
	return NULL;
}

static const char *state_text(const struct phone *phone)
{
	if (phone->reg.active != NOBODY && phone->reg.shown)
		return reg_is_partial(&phone->reg) ? "partly registered" : "registered";
	if (phone->state <= PHONE_STATE_POWER || phone->state == PHONE_STATE_STOPPED)
		return "dark";
	if (phone->state == PHONE_STATE_BOOT || phone->state == PHONE_STATE_DOWN)
		return "booting";
	if (phone->state <= PHONE_STATE_DHCP)
		return "network";
	if (phone->ladder.rung[LADDER_REGISTER - 1].state == LADDER_FAILED &&
	    strstr(phone->ladder.rung[LADDER_REGISTER - 1].detail, "Rejected"))
		return "rejected";
	return phone->state < PHONE_STATE_CM_CONNECT ? "provisioning" : "registering";
}

static void view_members(const struct phone *phone, struct phone_view *view)
{
	const struct registrar *reg = &phone->reg;

	view->member_count = reg->members;
	for (unsigned m = 0; m < reg->members; m++) {
		snprintf(view->members[m].name, sizeof(view->members[m].name), "%s", reg->member[m].name);
		view->members[m].address = reg->member[m].address;
		view->members[m].state = m == reg->active			    ? "Active"
					 : reg->member[m].state == MEMBER_CONNECTED ? "Standby"
										    : "";
	}
	if (reg->active == NOBODY || !reg->shown)
		return;
	snprintf(view->directory_number, sizeof(view->directory_number), "%s",
		 reg->provisioned ? reg->dn : "");
	snprintf(view->registered_with, sizeof(view->registered_with), "%s", reg->member[reg->active].name);
	view->registered_address = reg->member[reg->active].address;
}

static void view_network(const struct phone *phone, struct phone_view *view)
{
	const struct dhcp_lease *lease = &phone->dhcp.lease;

	view->dhcp_state = dhcp_state_text(phone);
	view->voice_vlan = phone->discovery.vlan;
	snprintf(view->neighbor, sizeof(view->neighbor), "%s",
		 phone->discovery.cdp_neighbor[0] ? phone->discovery.cdp_neighbor
						  : phone->discovery.lldp_neighbor);
	view->cdp = phone->discovery.cdp;
	view->lldp = phone->discovery.lldp;
	view->alternate_tftp = phone->config.alternate_tftp_count > 0;
	view->tftp_count = phone->fetch.servers;
	for (unsigned i = 0; i < phone->fetch.servers; i++)
		view->tftp[i] = phone->fetch.server[i].address;
	if (!phone->address_set)
		return;
	view->ipv4 = lease->address;
	view->prefix = lease->prefix;
	view->gateway = lease->gateway;
	view->dhcp_server = lease->server;
	memcpy(view->dns, lease->dns, sizeof(view->dns));
	view->dns_count = lease->dns_count;
	memcpy(view->domain, lease->domain, sizeof(view->domain));
}

const char *phone_configuration_name(enum phone_configuration configuration)
{
	switch (configuration) {
	case PHONE_CONFIGURATION_NONE: break;
	case PHONE_CONFIGURATION_FETCHED: return "fetched";
	case PHONE_CONFIGURATION_STORED: return "stored";
	case PHONE_CONFIGURATION_DEFAULT: return "default";
	}
	return NULL;
}

/* None until step 7 has a result. */
static enum phone_configuration configuration_of(const struct phone *phone)
{
	enum ladder_state rung = phone->ladder.rung[LADDER_CONFIG - 1].state;

	return rung == LADDER_DONE || rung == LADDER_FAILED ? phone->configuration : PHONE_CONFIGURATION_NONE;
}

void phone_view(const struct phone *phone, struct phone_view *view)
{
	memset(view, 0, sizeof(*view));
	memcpy(view->name, phone->name, sizeof(view->name));
	view->model = phone->model;
	view->state = state_text(phone);
	view->ladder = phone->ladder;
	view->step = ladder_completed(&phone->ladder);
	view->powered = phone->powered;
	view->power_mw = phone->power_mw;
	view->draw_mw = phone->draw_mw;
	view->link = phone->link;
	view_network(phone, view);
	view_members(phone, view);
	memcpy(view->active_load, phone->active.load, sizeof(view->active_load));
	memcpy(view->inactive_load, phone->inactive.load, sizeof(view->inactive_load));
	memcpy(view->download_status, phone->download_status, sizeof(view->download_status));
	view->itl_installed = phone->trust.itl != NULL;
	view->ctl_installed = phone->trust.ctl != NULL;
	view->itl = (struct phone_list_view){phone->trust.itl, phone->trust.itl_length};
	view->ctl = (struct phone_list_view){phone->trust.ctl, phone->trust.ctl_length};
	view->lsc = (struct phone_list_view){phone->own.lsc.certificate, phone->own.lsc.certificate_length};
	view->mic = (struct phone_list_view){phone->own.mic.certificate, phone->own.mic.certificate_length};
	view->signalling = phone->reg.tls;
	view->config = phone->xml;
	view->configuration = configuration_of(phone);
	view->frames = phone->frames;
	memcpy(view->user_locale_version, phone->files.locale_version[0], sizeof(view->user_locale_version));
	memcpy(view->network_locale_version, phone->files.locale_version[1],
	       sizeof(view->network_locale_version));
	view->web_access = !phone->xml || phone->xml->web_access != PHONEXML_WEB_DISABLED;
	view->restart_cause = phone->restart_cause;
	continued_view(phone, view);
	for (unsigned s = 0; s < PHONE_STATES; s++)
		for (unsigned e = 0; e < STEP_EVENTS; e++)
			view->unlisted += phone->unlisted[s][e];
}
