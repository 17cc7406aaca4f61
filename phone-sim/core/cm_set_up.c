/* Fill the registrar from the configuration: call managers, line, credentials. */
#include "phone-sim/core/cm.h"

#include <stdio.h>
#include <string.h>

#include "phone-sim/core/internal.h"
#include "wire/ipv4.h"

#define KEEPALIVE_LEAST_S 120 /* also if the configuration has less */
#define KEEPALIVE_MOST_S  7200

static const struct phonexml_line *primary_line(const struct phonexml_config *xml)
{
	for (unsigned i = 0; i < xml->lines; i++)
		if (xml->line[i].feature == 9 && xml->line[i].name[0])
			return &xml->line[i];
	return NULL;
}

/* The user of the Contact if the configuration has no GUID. */
static void contact_of_mac(const struct phone *phone, char *text, size_t size)
{
	const uint8_t *o = phone->config.mac.octet;

	snprintf(text, size, "00000000-0000-4000-8000-%02x%02x%02x%02x%02x%02x", o[0], o[1], o[2], o[3], o[4],
		 o[5]);
}

void cm_set_up(struct phone *phone)
{
	struct registrar *reg = &phone->reg;
	const struct phonexml_config *xml = phone->xml;
	const struct phonexml_line *line = phone->provisioned ? primary_line(xml) : NULL;

	memset(reg->member, 0, sizeof(reg->member));
	reg->members = xml->members;
	for (unsigned m = 0; m < reg->members; m++) {
		struct member *member = &reg->member[m];

		memcpy(member->name, xml->member[m].node, sizeof(member->name));
		member->port = xml->member[m].sip_port;
		if (ipv4_parse(&member->address, member->name))
			member->address = 0;
	}
	reg->active = reg->coming_home = NOBODY;
	reg->provisioned = line != NULL;
	reg->udp = xml->transport == PHONEXML_UDP;
	snprintf(reg->dn, sizeof(reg->dn), "%s", line ? line->name : phone->name);
	snprintf(reg->display, sizeof(reg->display), "%s", line ? line->display_name : "");
	snprintf(reg->auth_name, sizeof(reg->auth_name), "%s", line ? line->auth_name : "");
	snprintf(reg->auth_password, sizeof(reg->auth_password), "%s", line ? line->auth_password : "");
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
