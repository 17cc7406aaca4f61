#include "wire/sip_owner.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include <osipparser2/osip_parser.h>

#define EXPIRES_MALFORMED 3600 /* RFC 3261 section 20.10: what a malformed expires of a Contact means */

static int port_number(const char *text, uint16_t *port)
{
	uint32_t number = 0;

	if (text && (sip_number(text, 65535, &number, NULL) < 0 || number == 0))
		return -EBADMSG;
	*port = (uint16_t)number;
	return 0;
}

static int fill_uri(struct sip_owner *owner, struct sip_uri *out, osip_uri_t *uri, const char *text,
		    size_t length)
{
	osip_uri_param_t *transport = NULL;
	int err = port_number(uri->port, &out->port);

	out->text = sip_keep(owner, text, length);
	if (err == 0)
		err = out->text ? sip_copy(owner, uri->scheme, &out->scheme) : -ENOMEM;
	if (err == 0)
		err = sip_copy(owner, uri->username, &out->user);
	if (err == 0)
		err = sip_copy(owner, uri->host, &out->host);
	if (err == 0 && uri->scheme && strncasecmp(uri->scheme, "sip", 3) == 0 && (!uri->host || !*uri->host))
		err = -EBADMSG;
	osip_uri_param_get_byname(&uri->url_params, (char *)(uintptr_t) "transport", &transport);
	return err == 0 && transport ? sip_copy(owner, transport->gvalue, &out->transport) : err;
}

/* A URI of another scheme is opaque: its receiver answers 416. */
static int read_foreign_uri(struct sip_owner *owner, const char *text, struct sip_uri *out)
{
	size_t length = strcspn(text, ":");

	if (!length || !text[length] || strcspn(text, "0123456789+-.") == 0)
		return -EBADMSG;
	out->text = text;
	out->scheme = sip_keep(owner, text, length);
	return out->scheme ? 0 : -ENOMEM;
}

int sip_read_request_uri(struct sip_owner *owner, const char *text)
{
	osip_uri_t *uri = NULL;
	int err;

	if (strpbrk(text, " \t<>\""))
		return -EBADMSG;
	if (strncasecmp(text, "sip:", 4) != 0 && strncasecmp(text, "sips:", 5) != 0)
		return read_foreign_uri(owner, text, &owner->message.request_uri);
	err = sip_code(osip_uri_init(&uri));
	if (err < 0)
		return err;
	err = sip_code(osip_uri_parse(uri, text));
	/* Headers are not allowed here (RFC 3261 section 19.1.1). */
	if (err == 0 && osip_list_size(&uri->url_headers))
		err = -EBADMSG;
	if (err == 0)
		err = fill_uri(owner, &owner->message.request_uri, uri, text, strlen(text));
	osip_uri_free(uri);
	return err;
}

/* The URI as it stands in an address: between < and >, or up to the parameters. */
static const char *uri_text(const char *value, size_t *length)
{
	const char *open = NULL, *close;
	bool quoted = false;

	for (const char *c = value; *c && !open; c++) {
		if (quoted && *c == '\\' && c[1])
			c++;
		else if (*c == '"')
			quoted = !quoted;
		else if (!quoted && *c == '<')
			open = c + 1;
	}
	if (!open)
		open = value + strspn(value, " \t");
	close = open > value && open[-1] == '<' ? strchr(open, '>') : NULL;
	*length = close ? (size_t)(close - open) : strcspn(open, "; \t,>");
	return open;
}

/* Display name, URI and parameters of From, To and Contact: parsed by osipparser2, to be freed by the
 * caller. */
static int parse_address(struct sip_owner *owner, const char *value, osip_from_t **from, const char **display,
			 struct sip_uri *uri)
{
	const char *text;
	size_t length;
	int err = sip_code(osip_from_init(from));

	if (err < 0)
		return err;
	err = sip_code(osip_from_parse(*from, value));
	if (err == 0 && !(*from)->url)
		err = -EBADMSG;
	if (err == 0)
		err = sip_copy_unquoted(owner, (*from)->displayname, display);
	text = uri_text(value, &length);
	/* Headers in a URI need the brackets (RFC 3261 section 20.10). */
	if (err == 0 && (text == value || text[-1] != '<') && memchr(text, '?', length))
		err = -EBADMSG;
	if (err == 0)
		err = fill_uri(owner, uri, (*from)->url, text, length);
	return err;
}

/* From or To, which may come once: *text is the value as it stands. */
static int read_address(struct sip_owner *owner, const char *value, const char **text,
			struct sip_address *address)
{
	osip_generic_param_t *tag = NULL;
	osip_from_t *from = NULL;
	int err;

	if (*text)
		return -EBADMSG;
	*text = value;
	err = parse_address(owner, value, &from, &address->display, &address->uri);
	if (err == 0) {
		osip_uri_param_get_byname(&from->gen_params, (char *)(uintptr_t) "tag", &tag);
		if (tag)
			err = sip_copy(owner, tag->gvalue, &address->tag);
	}
	osip_from_free(from);
	return err;
}

int sip_read_from(struct sip_owner *owner, const char *value)
{
	return read_address(owner, value, &owner->message.from_text, &owner->message.from);
}

int sip_read_to(struct sip_owner *owner, const char *value)
{
	return read_address(owner, value, &owner->message.to_text, &owner->message.to);
}

/* --- Contact --- */

static void note_param(struct sip_owner *owner, struct sip_contact *contact, const struct sip_param *param)
{
	static const struct {
		const char *name;
		size_t offset;
	} TEXTS[] = {
	    {"+sip.instance", offsetof(struct sip_contact, instance)},
	    {"+u.sip!devicename.ccm.cisco.com", offsetof(struct sip_contact, device_name)},
	    {"+u.sip!model.ccm.cisco.com", offsetof(struct sip_contact, model)},
	    {"+u.sip!activeload.ccm.cisco.com", offsetof(struct sip_contact, active_load)},
	};

	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++)
		if (strcasecmp(param->name, TEXTS[i].name) == 0)
			*(const char **)(void *)((char *)contact + TEXTS[i].offset) = param->value;
	if (strcasecmp(param->name, "cisco-keep-alive") == 0)
		contact->keep_alive = true;
	else if (strcasecmp(param->name, "x-cisco-newreg") == 0)
		contact->newreg = true;
	else if (strcasecmp(param->name, "expires") == 0) {
		contact->has_expires = true;
		if (param->value && sip_number(param->value, UINT32_MAX, &contact->expires_s, NULL) == 0)
			return;
		contact->expires_s = EXPIRES_MALFORMED;
		sip_note_odd(owner, "Contact", "malformed expires");
	}
}

static int read_params(struct sip_owner *owner, struct sip_contact *contact, const osip_list_t *list)
{
	int err = 0;

	for (int i = 0; err == 0 && i < osip_list_size(list); i++) {
		const osip_generic_param_t *found = osip_list_get(list, i);
		struct sip_param param = {0};

		if (!found->gname)
			continue;
		err = sip_copy_unquoted(owner, found->gname, &param.name);
		if (err == 0)
			err = sip_copy_unquoted(owner, found->gvalue, &param.value);
		if (err < 0)
			break;
		note_param(owner, contact, &param);
		if (contact->params < SIP_PARAMS_MAX)
			contact->param[contact->params++] = param;
		else
			sip_note_odd(owner, "Contact", "parameter beyond the 24th");
	}
	return err;
}

int sip_read_contact(struct sip_owner *owner, const char *value)
{
	struct sip_message *message = &owner->message;
	struct sip_contact *contact = &message->contact[message->contacts];
	osip_from_t *from = NULL;
	int err;

	if (message->contacts == SIP_CONTACTS_MAX) {
		sip_note_odd(owner, "Contact", "beyond the 32nd");
		return 0;
	}
	if (strcmp(value, "*") == 0) {
		contact->star = true;
		message->contacts++;
		return 0;
	}
	err = parse_address(owner, value, &from, &contact->display, &contact->uri);
	if (err == 0)
		err = read_params(owner, contact, &from->gen_params);
	osip_from_free(from);
	if (err == 0)
		message->contacts++;
	else
		*contact = (struct sip_contact){0};
	return err;
}

/* --- Via --- */

static int fill_via(struct sip_owner *owner, struct sip_via *via, osip_via_t *found)
{
	osip_generic_param_t *branch = NULL, *received = NULL, *rport = NULL;
	int err = found->protocol && found->host && *found->host ? 0 : -EBADMSG;

	if (port_number(found->port, &via->port) < 0)
		sip_note_odd(owner, "Via", "malformed port");
	if (err == 0)
		err = sip_copy(owner, found->protocol, &via->transport);
	if (err == 0)
		err = sip_copy(owner, found->host, &via->host);
	osip_uri_param_get_byname(&found->via_params, (char *)(uintptr_t) "branch", &branch);
	osip_uri_param_get_byname(&found->via_params, (char *)(uintptr_t) "received", &received);
	osip_uri_param_get_byname(&found->via_params, (char *)(uintptr_t) "rport", &rport);
	if (err == 0 && branch)
		err = sip_copy(owner, branch->gvalue, &via->branch);
	if (err == 0 && received)
		err = sip_copy(owner, received->gvalue, &via->received);
	if (err == 0 && rport) {
		via->has_rport = true;
		if (port_number(rport->gvalue, &via->rport) < 0)
			sip_note_odd(owner, "Via", "malformed rport");
	}
	return err;
}

int sip_read_via(struct sip_owner *owner, const char *value)
{
	struct sip_message *message = &owner->message;
	osip_via_t *via = NULL;
	int err;

	if (message->vias == SIP_VIAS_MAX)
		return -EBADMSG;
	err = sip_code(osip_via_init(&via));
	if (err < 0)
		return err;
	message->via_text[message->vias] = value;
	err = sip_code(osip_via_parse(via, value));
	if (err == 0 && message->vias == 0)
		err = fill_via(owner, &message->via, via);
	osip_via_free(via);
	message->vias++;
	return err;
}
