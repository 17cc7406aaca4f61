/* SIP: responses, and what a request asks for that the phone does not support. */
#include "wire/sip_put.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

const char *sip_reason_phrase(unsigned status)
{
	static const struct {
		unsigned status;
		const char *phrase;
	} PHRASES[] = {
	    {100, "Trying"},
	    {180, "Ringing"},
	    {200, "OK"},
	    {202, "Accepted"},
	    {302, "Moved Temporarily"},
	    {400, "Bad Request"},
	    {401, "Unauthorized"},
	    {403, "Forbidden"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {407, "Proxy Authentication Required"},
	    {408, "Request Timeout"},
	    {413, "Request Entity Too Large"},
	    {415, "Unsupported Media Type"},
	    {416, "Unsupported URI Scheme"},
	    {420, "Bad Extension"},
	    {423, "Interval Too Brief"},
	    {480, "Temporarily Unavailable"},
	    {481, "Call/Transaction Does Not Exist"},
	    {486, "Busy Here"},
	    {489, "Bad Event"},
	    {500, "Server Internal Error"},
	    {501, "Not Implemented"},
	    {503, "Service Unavailable"},
	    {505, "Version Not Supported"},
	    {513, "Message Too Large"},
	    {600, "Busy Everywhere"},
	    {603, "Decline"},
	};

	for (size_t i = 0; i < sizeof(PHRASES) / sizeof(PHRASES[0]); i++)
		if (PHRASES[i].status == status)
			return PHRASES[i].phrase;
	return "Unknown";
}

/* Is the tag in the list, which has commas and no spaces? */
static bool listed(const char *list, const char *tag, size_t length)
{
	for (; list; list = strchr(list, ','), list = list ? list + 1 : NULL)
		if (strcspn(list, ",") == length && strncasecmp(list, tag, length) == 0)
			return true;
	return false;
}

bool sip_unsupported(const char *require, char *text, size_t size)
{
	size_t at = 0;

	text[0] = '\0';
	while (*(require += strspn(require, ", \t"))) {
		size_t length = strcspn(require, ", \t");

		if (!listed(SIP_SUPPORTED, require, length) && at < size)
			at += (size_t)snprintf(text + at, size - at, "%s%.*s", at ? ", " : "", (int)length,
					       require);
		require += length;
	}
	return at > 0;
}

static void put_header(struct wire_writer *writer, const char *name, const char *value)
{
	if (!sip_is_clean(name) || !sip_is_clean(value)) {
		wire_writer_fail(writer, -EINVAL);
		return;
	}
	wire_write_text(writer, name);
	wire_write_text(writer, ": ");
	wire_write_text(writer, value);
	wire_write_text(writer, "\r\n");
}

/* A header of the request as it stands, with a tag added. It may be absent from a request that is refused. */
static void repeat(struct wire_writer *writer, const char *name, const char *value, const char *tag)
{
	if (!value)
		return;
	wire_write_text(writer, name);
	wire_write_text(writer, ": ");
	wire_write_text(writer, value);
	if (tag)
		sip_put(writer, ";tag=%s", tag);
	wire_write_text(writer, "\r\n");
}

ssize_t sip_build_response(const struct sip_message *request, const struct sip_response *response, void *out,
			   size_t size)
{
	const char *phrase = response->reason_phrase;
	struct wire_writer writer;

	if (!request->method || response->status < 100 || response->status > 699 ||
	    (phrase && !sip_is_clean(phrase)) || (response->to_tag && !sip_is_clean(response->to_tag)))
		return -EINVAL;
	wire_writer_init(&writer, out, size);
	sip_put(&writer, "SIP/2.0 %u %s\r\n", response->status,
		phrase ? phrase : sip_reason_phrase(response->status));
	for (unsigned i = 0; i < request->vias; i++)
		repeat(&writer, "Via", request->via_text[i], NULL);
	repeat(&writer, "From", request->from_text, NULL);
	repeat(&writer, "To", request->to_text, request->to.tag ? NULL : response->to_tag);
	repeat(&writer, "Call-ID", request->call_id ? request->call_id : sip_header_find(request, "Call-ID"),
	       NULL);
	if (request->cseq_method)
		sip_put(&writer, "CSeq: %u %s\r\n", request->cseq, request->cseq_method);
	else
		repeat(&writer, "CSeq", sip_header_find(request, "CSeq"), NULL);
	for (unsigned i = 0; i < response->headers; i++)
		put_header(&writer, response->header[i].name, response->header[i].value);
	return sip_put_body(&writer, response->body.data, response->body.length);
}
