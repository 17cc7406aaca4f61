#include "wire/sip_owner.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/time.h>

#include <osipparser2/osip_parser.h>

int sip_number(const char *text, uint32_t greatest, uint32_t *value, const char **end)
{
	uint64_t number = 0;
	const char *c = text;

	for (; *c >= '0' && *c <= '9' && number <= UINT32_MAX; c++)
		number = number * 10 + (uint64_t)(*c - '0');
	if (c == text || number > greatest || (!end && *c))
		return -EBADMSG;
	*value = (uint32_t)number;
	if (end)
		*end = c;
	return 0;
}

const char *sip_list_end(const char *text)
{
	bool quoted = false;
	int angle = 0;

	for (; *text; text++) {
		if (quoted && *text == '\\' && text[1])
			text++;
		else if (*text == '"')
			quoted = !quoted;
		else if (!quoted && *text == '<')
			angle++;
		else if (!quoted && *text == '>')
			angle--;
		else if (!quoted && angle == 0 && *text == ',')
			break;
	}
	return text;
}

/* What osipparser2's code means here. */
static int code(int osip)
{
	return osip == OSIP_SUCCESS ? 0 : osip == OSIP_NOMEM ? -ENOMEM : -EBADMSG;
}

static int keep(struct sip_owner *owner, const char *text, const char **out)
{
	*out = text ? sip_keep(owner, text, strlen(text)) : NULL;
	return text && !*out ? -ENOMEM : 0;
}

static int keep_unquoted(struct sip_owner *owner, const char *text, const char **out)
{
	*out = sip_keep_unquoted(owner, text);
	return text && !*out ? -ENOMEM : 0;
}

static int port_number(const char *text, uint16_t *port)
{
	uint32_t number = 0;

	if (text && (sip_number(text, 65535, &number, NULL) < 0 || number == 0))
		return -EBADMSG;
	*port = (uint16_t)number;
	return 0;
}

/* ---- URIs and addresses ---- */

static int fill_uri(struct sip_owner *owner, struct sip_uri *out, osip_uri_t *uri, const char *text,
		    size_t length)
{
	osip_uri_param_t *transport = NULL;
	int rc = port_number(uri->port, &out->port);

	out->text = sip_keep(owner, text, length);
	if (rc == 0)
		rc = out->text ? keep(owner, uri->scheme, &out->scheme) : -ENOMEM;
	if (rc == 0)
		rc = keep(owner, uri->username, &out->user);
	if (rc == 0)
		rc = keep(owner, uri->host, &out->host);
	if (rc == 0 && uri->scheme && strncasecmp(uri->scheme, "sip", 3) == 0 && (!uri->host || !*uri->host))
		rc = -EBADMSG;
	osip_uri_param_get_byname(&uri->url_params, (char *)(uintptr_t) "transport", &transport);
	return rc == 0 && transport ? keep(owner, transport->gvalue, &out->transport) : rc;
}

int sip_read_request_uri(struct sip_owner *owner, const char *text)
{
	osip_uri_t *uri = NULL;
	int rc = code(osip_uri_init(&uri));

	if (rc < 0)
		return rc;
	rc = strpbrk(text, " \t<>\"") ? -EBADMSG : code(osip_uri_parse(uri, text));
	if (rc == 0)
		rc = fill_uri(owner, &owner->message.request_uri, uri, text, strlen(text));
	osip_uri_free(uri);
	return rc;
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

/* Display name, URI and parameters of From, To and Contact: parsed by osipparser2, to be freed by the caller.
 */
static int parse_address(struct sip_owner *owner, const char *value, osip_from_t **from, const char **display,
			 struct sip_uri *uri)
{
	const char *text;
	size_t length;
	int rc = code(osip_from_init(from));

	if (rc < 0)
		return rc;
	rc = code(osip_from_parse(*from, value));
	if (rc == 0 && !(*from)->url)
		rc = -EBADMSG;
	if (rc == 0)
		rc = keep_unquoted(owner, (*from)->displayname, display);
	text = uri_text(value, &length);
	if (rc == 0)
		rc = fill_uri(owner, uri, (*from)->url, text, length);
	return rc;
}

static int read_address(struct sip_owner *owner, const char *value, struct sip_address *address)
{
	osip_generic_param_t *tag = NULL;
	osip_from_t *from = NULL;
	int rc = parse_address(owner, value, &from, &address->display, &address->uri);

	if (rc == 0) {
		osip_uri_param_get_byname(&from->gen_params, (char *)(uintptr_t) "tag", &tag);
		if (tag)
			rc = keep(owner, tag->gvalue, &address->tag);
	}
	osip_from_free(from);
	return rc;
}

static int read_from(struct sip_owner *owner, const char *value)
{
	if (owner->message.from_text)
		return -EBADMSG;
	owner->message.from_text = value;
	return read_address(owner, value, &owner->message.from);
}

static int read_to(struct sip_owner *owner, const char *value)
{
	if (owner->message.to_text)
		return -EBADMSG;
	owner->message.to_text = value;
	return read_address(owner, value, &owner->message.to);
}

/* ---- Contact ---- */

static int note_param(struct sip_contact *contact, const struct sip_param *param)
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
		return param->value ? sip_number(param->value, UINT32_MAX, &contact->expires_s, NULL)
				    : -EBADMSG;
	}
	return 0;
}

static int read_params(struct sip_owner *owner, struct sip_contact *contact, const osip_list_t *list)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < osip_list_size(list); i++) {
		const osip_generic_param_t *found = osip_list_get(list, i);
		struct sip_param *param = &contact->param[contact->params];

		if (contact->params == SIP_PARAMS_MAX || !found->gname)
			return -EBADMSG;
		rc = keep_unquoted(owner, found->gname, &param->name);
		if (rc == 0)
			rc = keep_unquoted(owner, found->gvalue, &param->value);
		if (rc == 0)
			rc = note_param(contact, param);
		contact->params++;
	}
	return rc;
}

static int read_contact(struct sip_owner *owner, const char *value)
{
	struct sip_message *message = &owner->message;
	struct sip_contact *contact = &message->contact[message->contacts];
	osip_from_t *from = NULL;
	int rc;

	if (message->contacts == SIP_CONTACTS_MAX)
		return -EBADMSG;
	if (strcmp(value, "*") == 0) {
		contact->star = true;
		message->contacts++;
		return 0;
	}
	rc = parse_address(owner, value, &from, &contact->display, &contact->uri);
	if (rc == 0)
		rc = read_params(owner, contact, &from->gen_params);
	osip_from_free(from);
	message->contacts++;
	return rc;
}

/* ---- Via ---- */

static int fill_via(struct sip_owner *owner, struct sip_via *via, osip_via_t *found)
{
	osip_generic_param_t *branch = NULL, *received = NULL, *rport = NULL;
	int rc = port_number(found->port, &via->port);

	if (rc == 0)
		rc = found->protocol && found->host && *found->host ? 0 : -EBADMSG;
	if (rc == 0)
		rc = keep(owner, found->protocol, &via->transport);
	if (rc == 0)
		rc = keep(owner, found->host, &via->host);
	osip_uri_param_get_byname(&found->via_params, (char *)(uintptr_t) "branch", &branch);
	osip_uri_param_get_byname(&found->via_params, (char *)(uintptr_t) "received", &received);
	osip_uri_param_get_byname(&found->via_params, (char *)(uintptr_t) "rport", &rport);
	if (rc == 0 && branch)
		rc = keep(owner, branch->gvalue, &via->branch);
	if (rc == 0 && received)
		rc = keep(owner, received->gvalue, &via->received);
	if (rc == 0 && rport) {
		via->has_rport = true;
		rc = port_number(rport->gvalue, &via->rport);
	}
	return rc;
}

static int read_via(struct sip_owner *owner, const char *value)
{
	struct sip_message *message = &owner->message;
	osip_via_t *via = NULL;
	int rc;

	if (message->vias == SIP_VIAS_MAX)
		return -EBADMSG;
	rc = code(osip_via_init(&via));
	if (rc < 0)
		return rc;
	rc = code(osip_via_parse(via, value));
	if (rc == 0)
		rc = keep(owner, value, &message->via_text[message->vias]);
	if (rc == 0 && message->vias == 0)
		rc = fill_via(owner, &message->via, via);
	osip_via_free(via);
	message->vias++;
	return rc;
}

/* ---- authentication ---- */

/* How good a challenge is for us: SHA-256 before MD5 before what we cannot answer. */
static int strength(const struct sip_challenge *challenge)
{
	if (!challenge->scheme || strcasecmp(challenge->scheme, "Digest") != 0)
		return 0;
	if (!challenge->algorithm || strcasecmp(challenge->algorithm, "MD5") == 0)
		return 2;
	return strcasecmp(challenge->algorithm, "SHA-256") == 0 ? 3 : 1;
}

static int fill_challenge(struct sip_owner *owner, struct sip_challenge *out,
			  const osip_www_authenticate_t *from)
{
	const struct {
		const char *from;
		const char **to;
	} TEXTS[] = {
	    {from->auth_type, &out->scheme},	{from->realm, &out->realm},
	    {from->nonce, &out->nonce},		{from->opaque, &out->opaque},
	    {from->algorithm, &out->algorithm}, {from->qop_options, &out->qop},
	};
	const char *stale = NULL;
	int rc = keep_unquoted(owner, from->stale, &stale);

	for (size_t i = 0; rc == 0 && i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++)
		rc = keep_unquoted(owner, TEXTS[i].from, TEXTS[i].to);
	out->stale = stale && strcasecmp(stale, "true") == 0;
	return rc;
}

static int read_challenge(struct sip_owner *owner, const char *value, bool proxy)
{
	struct sip_challenge challenge = {.proxy = proxy};
	osip_www_authenticate_t *found = NULL;
	int rc = code(osip_www_authenticate_init(&found));

	if (rc < 0)
		return rc;
	rc = code(osip_www_authenticate_parse(found, value));
	if (rc == 0)
		rc = fill_challenge(owner, &challenge, found);
	osip_www_authenticate_free(found);
	if (rc == 0 && (!(owner->message.has & SIP_HAS_CHALLENGE) ||
			strength(&challenge) > strength(&owner->message.challenge)))
		owner->message.challenge = challenge;
	owner->message.has |= SIP_HAS_CHALLENGE;
	return rc;
}

static int read_www_authenticate(struct sip_owner *owner, const char *value)
{
	return read_challenge(owner, value, false);
}

static int read_proxy_authenticate(struct sip_owner *owner, const char *value)
{
	return read_challenge(owner, value, true);
}

static int read_credentials(struct sip_owner *owner, const char *value, bool proxy)
{
	struct sip_credentials *out = &owner->message.credentials;
	osip_authorization_t *from = NULL;
	int rc = code(osip_authorization_init(&from));

	if (rc < 0)
		return rc;
	rc = code(osip_authorization_parse(from, value));
	if (rc == 0) {
		const struct {
			const char *from;
			const char **to;
		} TEXTS[] = {
		    {from->username, &out->username}, {from->realm, &out->realm},
		    {from->nonce, &out->nonce},	      {from->uri, &out->uri},
		    {from->response, &out->response}, {from->algorithm, &out->algorithm},
		    {from->cnonce, &out->cnonce},     {from->opaque, &out->opaque},
		    {from->message_qop, &out->qop},   {from->nonce_count, &out->nc},
		};

		out->proxy = proxy;
		owner->message.has |= SIP_HAS_CREDENTIALS;
		for (size_t i = 0; rc == 0 && i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++)
			rc = keep_unquoted(owner, TEXTS[i].from, TEXTS[i].to);
	}
	osip_authorization_free(from);
	return rc;
}

static int read_authorization(struct sip_owner *owner, const char *value)
{
	return read_credentials(owner, value, false);
}

static int read_proxy_authorization(struct sip_owner *owner, const char *value)
{
	return read_credentials(owner, value, true);
}

/* ---- plain values ---- */

static int read_cseq(struct sip_owner *owner, const char *value)
{
	struct sip_message *message = &owner->message;
	osip_cseq_t *cseq = NULL;
	int rc;

	if (message->cseq_method)
		return -EBADMSG;
	rc = code(osip_cseq_init(&cseq));
	if (rc < 0)
		return rc;
	rc = code(osip_cseq_parse(cseq, value));
	if (rc == 0 && (!cseq->number || !cseq->method || !*cseq->method))
		rc = -EBADMSG;
	if (rc == 0)
		rc = sip_number(cseq->number, INT32_MAX, &message->cseq, NULL);
	if (rc == 0)
		rc = keep(owner, cseq->method, &message->cseq_method);
	osip_cseq_free(cseq);
	return rc;
}

static int read_call_id(struct sip_owner *owner, const char *value)
{
	if (owner->message.call_id || !*value || strpbrk(value, " \t"))
		return -EBADMSG;
	owner->message.call_id = value;
	return 0;
}

static int read_expires(struct sip_owner *owner, const char *value)
{
	owner->message.has |= SIP_HAS_EXPIRES;
	return sip_number(value, UINT32_MAX, &owner->message.expires_s, NULL);
}

static int read_min_expires(struct sip_owner *owner, const char *value)
{
	owner->message.has |= SIP_HAS_MIN_EXPIRES;
	return sip_number(value, UINT32_MAX, &owner->message.min_expires_s, NULL);
}

/* "120", "120 (I am in a meeting)", "120;duration=3600" (RFC 3261 section 20.33). */
static int read_retry_after(struct sip_owner *owner, const char *value)
{
	const char *end;

	owner->message.has |= SIP_HAS_RETRY_AFTER;
	if (sip_number(value, UINT32_MAX, &owner->message.retry_after_s, &end) < 0)
		return -EBADMSG;
	return strchr(" \t;(", *end) ? 0 : -EBADMSG;
}

/* Supported may stand on several lines: joined. */
static int read_supported(struct sip_owner *owner, const char *value)
{
	const char *before = owner->message.supported;
	char joined[2048];
	int length;

	if (!before) {
		owner->message.supported = value;
		return 0;
	}
	length = snprintf(joined, sizeof(joined), "%s,%s", before, value);
	if (length < 0 || (size_t)length >= sizeof(joined))
		return -EBADMSG;
	return keep(owner, joined, &owner->message.supported);
}

/* ---- the table ---- */

struct header_row {
	const char *name;
	const char *what; /* when it is malformed */
	int (*read)(struct sip_owner *owner, const char *value);
	bool list;   /* elements separated by commas, each read alone */
	size_t text; /* no read: offset of the member that takes the value as it is */
};

#define TEXT_ROW(header, member)                                                                             \
	{                                                                                                    \
		header, NULL, NULL, false, offsetof(struct sip_message, member)                              \
	}

static const struct header_row ROWS[] = {
    {"Via", "Via", read_via, true, 0},
    {"From", "From", read_from, false, 0},
    {"To", "To", read_to, false, 0},
    {"Call-ID", "Call-ID", read_call_id, false, 0},
    {"CSeq", "CSeq", read_cseq, false, 0},
    {"Contact", "Contact", read_contact, true, 0},
    {"Expires", "Expires", read_expires, false, 0},
    {"Min-Expires", "Min-Expires", read_min_expires, false, 0},
    {"Retry-After", "Retry-After", read_retry_after, false, 0},
    {"WWW-Authenticate", "WWW-Authenticate", read_www_authenticate, false, 0},
    {"Proxy-Authenticate", "Proxy-Authenticate", read_proxy_authenticate, false, 0},
    {"Authorization", "Authorization", read_authorization, false, 0},
    {"Proxy-Authorization", "Proxy-Authorization", read_proxy_authorization, false, 0},
    {"Supported", "Supported", read_supported, false, 0},
    TEXT_ROW("Date", date),
    TEXT_ROW("Server", server),
    TEXT_ROW("User-Agent", user_agent),
    TEXT_ROW("Reason", reason),
    TEXT_ROW("Event", event),
    TEXT_ROW("Subscription-State", subscription_state),
    TEXT_ROW("Require", require),
    TEXT_ROW("Refer-To", refer_to),
    TEXT_ROW("Session-ID", session_id),
    TEXT_ROW("Content-Type", content_type),
};

/* Every element of a list on its own, blanks taken off. */
static int read_list(struct sip_owner *owner, const struct header_row *row, const char *value)
{
	int rc = 0;

	while (rc == 0) {
		const char *end = sip_list_end(value), *last = end, *element;

		while (value < last && (*value == ' ' || *value == '\t'))
			value++;
		while (last > value && (last[-1] == ' ' || last[-1] == '\t'))
			last--;
		if (last == value)
			return -EBADMSG;
		element = sip_keep(owner, value, (size_t)(last - value));
		rc = element ? row->read(owner, element) : -ENOMEM;
		if (!*end)
			break;
		value = end + 1;
	}
	return rc;
}

int sip_read_header(struct sip_owner *owner, const char *name, const char *value, const char **what)
{
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		const struct header_row *row = &ROWS[i];
		const char **text;

		if (strcasecmp(row->name, name) != 0)
			continue;
		*what = row->what;
		if (row->read)
			return row->list ? read_list(owner, row, value) : row->read(owner, value);
		text = (const char **)(void *)((char *)&owner->message + row->text);
		if (!*text)
			*text = value;
		return 0;
	}
	return 0;
}
