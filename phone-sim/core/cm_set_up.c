/* Fill the registrar from the configuration: call managers, line, credentials. */
#include "phone-sim/core/cm.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "phone-sim/core/internal.h"
#include "wire/ipv4.h"

#define KEEPALIVE_LEAST_S 120 /* also if the configuration has less */
#define KEEPALIVE_MOST_S  7200

static bool is_line(const struct phonexml_line *line)
{
	return line->feature == 9 && line->name[0];
}

bool registrar_line(const struct phonexml_line *line)
{
	return is_line(line) && (!line->proxy[0] || !strcasecmp(line->proxy, "USECALLMANAGER"));
}

/* The lines of the configuration: the first one that uses the call managers registers for all. The device has one digest
 * credential, that of the last line. */
static void set_up_lines(struct registrar *reg, const struct phonexml_config *xml,
			 const struct phonexml_line **primary)
{
	const struct phonexml_line *credential = NULL, *foreign = NULL;

	*primary = NULL;
	reg->lines = 0;
	for (unsigned i = 0; i < xml->lines; i++) {
		const struct phonexml_line *line = &xml->line[i];

		if (!is_line(line))
			continue;
		if (!credential || line->has_auth_name)
			credential = line;
		if (!registrar_line(line)) {
			foreign = foreign ? foreign : line;
			continue;
		}
		*primary = *primary ? *primary : line;
		reg->lines++;
	}
	snprintf(reg->foreign_proxy, sizeof(reg->foreign_proxy), "%s",
		 foreign && !*primary ? foreign->proxy : "");
	snprintf(reg->auth_name, sizeof(reg->auth_name), "%s", credential ? credential->auth_name : "");
	snprintf(reg->auth_password, sizeof(reg->auth_password), "%s",
		 credential ? credential->auth_password : "");
}

/* The user of the Contact if the configuration has no GUID. */
static void contact_of_mac(const struct phone *phone, char *text, size_t size)
{
	const uint8_t *o = phone->config.mac.octet;

	snprintf(text, size, "00000000-0000-4000-8000-%02x%02x%02x%02x%02x%02x", o[0], o[1], o[2], o[3], o[4],
		 o[5]);
}

/* TLS needs both: the transport and a secure mode. */
static void set_up_transport(struct registrar *reg, const struct phonexml_config *xml, bool provisioned)
{
	bool tls =
	    provisioned && xml->transport == PHONEXML_TLS && xml->security_mode != PHONEXML_SECURITY_NONE;

	reg->udp = xml->transport == PHONEXML_UDP;
	reg->tls = !tls						       ? PHONE_TLS_NONE
		   : xml->security_mode == PHONEXML_SECURITY_ENCRYPTED ? PHONE_TLS_ENCRYPTED
								       : PHONE_TLS_AUTHENTICATED;
	reg->resumption_s = xml->tls_resumption_s;
	ciphers_signalling(reg->tls, xml->disabled_ciphers, reg->ciphers);
}

void cm_set_up(struct phone *phone)
{
	struct registrar *reg = &phone->reg;
	const struct phonexml_config *xml = phone->xml;
	const struct phonexml_line *line = NULL;

	reg->lines = 0;
	reg->foreign_proxy[0] = reg->auth_name[0] = reg->auth_password[0] = '\0';
	if (phone->provisioned)
		set_up_lines(reg, xml, &line);
	set_up_transport(reg, xml, phone->provisioned);
	memset(reg->member, 0, sizeof(reg->member));
	reg->members = xml->members;
	for (unsigned m = 0; m < reg->members; m++) {
		struct member *member = &reg->member[m];

		memcpy(member->name, xml->member[m].node, sizeof(member->name));
		member->port = reg->tls ? xml->member[m].secure_sip_port : xml->member[m].sip_port;
		if (ipv4_parse(&member->address, member->name))
			member->address = 0;
	}
	reg->active = reg->coming_home = NOBODY;
	reg->provisioned = line != NULL;
	snprintf(reg->dn, sizeof(reg->dn), "%s", line ? line->name : phone->name);
	snprintf(reg->display, sizeof(reg->display), "%s", line ? line->display_name : "");
	if (line && line->contact[0])
		snprintf(reg->contact, sizeof(reg->contact), "%s", line->contact);
	else
		contact_of_mac(phone, reg->contact, sizeof(reg->contact));
	reg->register_s = xml->timer_register_s ? xml->timer_register_s : 3600;
	reg->delta_s = xml->timer_register_delta_s;
	reg->keepalive_s = xml->timer_keepalive_s < KEEPALIVE_LEAST_S  ? KEEPALIVE_LEAST_S
			   : xml->timer_keepalive_s > KEEPALIVE_MOST_S ? KEEPALIVE_MOST_S
								       : xml->timer_keepalive_s;
	for (unsigned i = 0; i < 4; i++)
		snprintf(reg->session_id + 8 * i, 9, "%08x", (uint32_t)rng_next(&phone->rng));
}
