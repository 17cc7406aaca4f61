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

/* A number of seconds; the bit of the message is set if it is one. */
static int read_seconds(struct sip_owner *owner, unsigned bit, const char *value, uint32_t *seconds)
{
	int err = sip_number(value, UINT32_MAX, seconds, NULL);

	if (err == 0)
		owner->message.has |= bit;
	return err;
}

static int read_expires(struct sip_owner *owner, const char *value)
{
	return read_seconds(owner, SIP_HAS_EXPIRES, value, &owner->message.expires_s);
}

static int read_min_expires(struct sip_owner *owner, const char *value)
{
	return read_seconds(owner, SIP_HAS_MIN_EXPIRES, value, &owner->message.min_expires_s);
}

/* "120", "120 (I am in a meeting)", "120;duration=3600" (RFC 3261 section 20.33). */
static int read_retry_after(struct sip_owner *owner, const char *value)
{
	const char *end;
	uint32_t seconds;

	if (sip_number(value, UINT32_MAX, &seconds, &end) < 0 || !strchr(" \t;(", *end))
		return -EBADMSG;
	owner->message.retry_after_s = seconds;
	owner->message.has |= SIP_HAS_RETRY_AFTER;
	return 0;
}

/* A list that may stand on several lines: joined. */
static int join(struct sip_owner *owner, const char **list, const char *value)
{
	char joined[2048];
	int length;

	if (!*list) {
		*list = value;
		return 0;
	}
	length = snprintf(joined, sizeof(joined), "%s,%s", *list, value);
	if (length < 0 || (size_t)length >= sizeof(joined))
		return -EBADMSG;
	return sip_copy(owner, joined, list);
}

static int read_supported(struct sip_owner *owner, const char *value)
{
	return join(owner, &owner->message.supported, value);
}

static int read_require(struct sip_owner *owner, const char *value)
{
	return join(owner, &owner->message.require, value);
}

/* Two that differ leave the end of the message unknown (RFC 4475 section 3.3.9). */
static int read_content_length(struct sip_owner *owner, const char *value)
{
	uint32_t length;

	if (sip_number(value, SIP_MESSAGE_MAX, &length, NULL) < 0 ||
	    (owner->has_length && owner->length != length))
		return -EBADMSG;
	owner->has_length = true;
	owner->length = length;
	return 0;
}

/* --- the table --- */

struct header_row {
	const char *name;
	int (*read)(struct sip_owner *owner, const char *value);
	bool must;   /* malformed, it makes the message malformed; others are ignored */
	bool list;   /* elements separated by commas, each read alone */
	size_t text; /* no read: offset of the member that takes the value as it is */
};

#define TEXT_ROW(header, member)                                                                             \
	{                                                                                                    \
		header, NULL, false, false, offsetof(struct sip_message, member)                             \
	}

static const struct header_row ROWS[] = {
    {"Via", sip_read_via, true, true, 0},
    {"From", sip_read_from, true, false, 0},
    {"To", sip_read_to, true, false, 0},
    {"Call-ID", read_call_id, true, false, 0},
    {"CSeq", read_cseq, true, false, 0},
    {"Contact", sip_read_contact, false, true, 0},
    {"Expires", read_expires, false, false, 0},
    {"Min-Expires", read_min_expires, false, false, 0},
    {"Retry-After", read_retry_after, false, false, 0},
    {"WWW-Authenticate", sip_read_www_authenticate, false, false, 0},
    {"Proxy-Authenticate", sip_read_proxy_authenticate, false, false, 0},
    {"Authorization", sip_read_authorization, false, false, 0},
    {"Proxy-Authorization", sip_read_proxy_authorization, false, false, 0},
    {"Supported", read_supported, false, false, 0},
    {"Require", read_require, false, false, 0},
    {"Content-Length", read_content_length, true, false, 0},
    TEXT_ROW("Date", date),
    TEXT_ROW("Server", server),
    TEXT_ROW("User-Agent", user_agent),
    TEXT_ROW("Reason", reason),
    TEXT_ROW("Event", event),
    TEXT_ROW("Subscription-State", subscription_state),
    TEXT_ROW("Refer-To", refer_to),
    TEXT_ROW("Session-ID", session_id),
    TEXT_ROW("Content-Type", content_type),
};

/* Contact is what a REGISTER is about. */
static bool must_read(const struct sip_owner *owner, const struct header_row *row)
{
	const char *method = owner->message.method;

	return row->must || (row->read == sip_read_contact && method && strcmp(method, "REGISTER") == 0);
}

/* Read a value or an element of a list: if it is malformed and not necessary, it is ignored. */
static int read_element(struct sip_owner *owner, const struct header_row *row, const char *value)
{
	int err = row->list && !*value ? -EBADMSG : row->read(owner, value);

	if (err != -EBADMSG || must_read(owner, row))
		return err;
	sip_note_odd(owner, row->name, "malformed");
	return 0;
}

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
		element = sip_keep(owner, value, (size_t)(last - value));
		err = element ? read_element(owner, row, element) : -ENOMEM;
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
		*what = row->name;
		if (row->read)
			return row->list ? read_list(owner, row, value) : read_element(owner, row, value);
		text = (const char **)(void *)((char *)&owner->message + row->text);
		if (!*text)
			*text = value;
		return 0;
	}
	return 0;
}
