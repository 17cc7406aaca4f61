#include "wire/sip_owner.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <osipparser2/osip_parser.h>

/* --- plain values --- */

static int read_cseq(struct sip_owner *owner, const char *value)
{
	struct sip_message *message = &owner->message;
	osip_cseq_t *cseq = NULL;
	int err;

	if (message->cseq_method)
		return -EBADMSG;
	err = sip_code(osip_cseq_init(&cseq));
	if (err < 0)
		return err;
	err = sip_code(osip_cseq_parse(cseq, value));
	if (err == 0 && (!cseq->number || !cseq->method || !*cseq->method))
		err = -EBADMSG;
	if (err == 0)
		err = sip_number(cseq->number, INT32_MAX, &message->cseq, NULL);
	if (err == 0)
		err = sip_copy(owner, cseq->method, &message->cseq_method);
	osip_cseq_free(cseq);
	return err;
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
	return sip_copy(owner, joined, &owner->message.supported);
}

/* --- the table --- */

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
    {"Via", "Via", sip_read_via, true, 0},
    {"From", "From", sip_read_from, false, 0},
    {"To", "To", sip_read_to, false, 0},
    {"Call-ID", "Call-ID", read_call_id, false, 0},
    {"CSeq", "CSeq", read_cseq, false, 0},
    {"Contact", "Contact", sip_read_contact, true, 0},
    {"Expires", "Expires", read_expires, false, 0},
    {"Min-Expires", "Min-Expires", read_min_expires, false, 0},
    {"Retry-After", "Retry-After", read_retry_after, false, 0},
    {"WWW-Authenticate", "WWW-Authenticate", sip_read_www_authenticate, false, 0},
    {"Proxy-Authenticate", "Proxy-Authenticate", sip_read_proxy_authenticate, false, 0},
    {"Authorization", "Authorization", sip_read_authorization, false, 0},
    {"Proxy-Authorization", "Proxy-Authorization", sip_read_proxy_authorization, false, 0},
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
	int err = 0;

	while (err == 0) {
		const char *end = sip_list_end(value), *last = end, *element;

		while (value < last && (*value == ' ' || *value == '\t'))
			value++;
		while (last > value && (last[-1] == ' ' || last[-1] == '\t'))
			last--;
		if (last == value)
			return -EBADMSG;
		element = sip_keep(owner, value, (size_t)(last - value));
		err = element ? row->read(owner, element) : -ENOMEM;
		if (!*end)
			break;
		value = end + 1;
	}
	return err;
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
