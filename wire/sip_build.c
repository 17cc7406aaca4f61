#include "wire/sip_put.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_BYTES 2048
#define BODY_MAX       4096
#define BOUNDARY       "uniqueBoundary"

/* The two parts of the first REGISTER: register all lines at once, and what notifications may be combined. */
static const char REGISTER_BODY[] = "--" BOUNDARY "\r\n"
				    "Content-Type: application/x-cisco-remotecc-request+xml\r\n"
				    "Content-Disposition: session;handling=optional\r\n"
				    "\r\n"
				    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
				    "<x-cisco-remotecc-request>\n"
				    " <bulkregisterreq>\n"
				    "  <contact all=\"true\">\n"
				    "   <register/>\n"
				    "  </contact>\n"
				    " </bulkregisterreq>\n"
				    "</x-cisco-remotecc-request>\n"
				    "\r\n--" BOUNDARY "\r\n"
				    "Content-Type: application/x-cisco-remotecc-request+xml\r\n"
				    "Content-Disposition: session;handling=optional\r\n"
				    "\r\n"
				    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
				    "<x-cisco-remotecc-request>\n"
				    " <optionsind>\n"
				    "  <combine max=\"6\">\n"
				    "   <remotecc><status/></remotecc>\n"
				    "   <service-control/>\n"
				    "  </combine>\n"
				    "  <dialog usage=\"hook status\"><unot/><sub/></dialog>\n"
				    "  <dialog usage=\"shared line\"><unot/><sub/></dialog>\n"
				    "  <presence usage=\"blf speed dial\"><unot/><sub/></presence>\n"
				    "  <joinreq/>\n"
				    " </optionsind>\n"
				    "</x-cisco-remotecc-request>\n"
				    "\r\n--" BOUNDARY "--\r\n";

void sip_put(struct wire_writer *writer, const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (length < 0 || (size_t)length >= sizeof(line))
		wire_writer_fail(writer, -EINVAL);
	else
		wire_write_bytes(writer, line, (size_t)length);
}

bool sip_is_clean(const char *text)
{
	if (!text || !*text)
		return false;
	for (; *text; text++)
		if (((unsigned char)*text < ' ' && *text != '\t') || *text == 0x7f)
			return false;
	return true;
}

/* For what stands within quotes, < > or XML. */
static bool plain(const char *text)
{
	return sip_is_clean(text) && !strpbrk(text, "\"<>&\\");
}

/* A quoted-string without its quotes (RFC 3261 section 25.1): any text, control characters as spaces. */
static void put_quoted(struct wire_writer *writer, const char *text)
{
	for (; *text; text++) {
		bool control = (unsigned char)*text < ' ' || *text == 0x7f;

		sip_put(writer, "%s%c", strchr("\"\\", *text) ? "\\" : "", control ? ' ' : *text);
	}
}

/* The user part of a URI: escaped, except for unreserved and user-unreserved characters (the same section). */
static void put_user(struct wire_writer *writer, const char *user)
{
	for (; *user; user++) {
		unsigned char c = (unsigned char)*user;
		bool plain_char = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');

		sip_put(writer, plain_char || strchr("-_.!~*'()&=+$,;?/", c) ? "%c" : "%%%02X", c);
	}
}

/* "HEADER: DISPLAY<sip:USER@HOST>" without its line end. */
static void put_address(struct wire_writer *writer, const char *header, const char *display,
			const struct sip_origin *origin)
{
	sip_put(writer, "%s: ", header);
	if (display) {
		sip_put(writer, "\"");
		put_quoted(writer, display);
		sip_put(writer, "\" ");
	}
	sip_put(writer, "<sip:");
	put_user(writer, origin->dn);
	sip_put(writer, "@%s>", origin->cm);
}

static bool origin_valid(const struct sip_origin *origin)
{
	return plain(origin->transport) && plain(origin->cm) && plain(origin->phone) && origin->phone_port &&
	       sip_is_clean(origin->dn) && sip_is_clean(origin->branch) && sip_is_clean(origin->from_tag) &&
	       sip_is_clean(origin->call_id) && sip_is_clean(origin->session_id) &&
	       sip_is_clean(origin->date) && sip_is_clean(origin->user_agent) &&
	       (!origin->authorization || sip_is_clean(origin->authorization));
}

/* Start line and the headers that every request of a phone begins with. */
static void put_origin(struct wire_writer *writer, const char *method, const struct sip_origin *origin)
{
	sip_put(writer, "%s sip:%s SIP/2.0\r\n", method, origin->cm);
	sip_put(writer, "Via: SIP/2.0/%s %s:%u;branch=%s\r\n", origin->transport, origin->phone,
		origin->phone_port, origin->branch);
	put_address(writer, "From", origin->display, origin);
	sip_put(writer, ";tag=%s\r\n", origin->from_tag);
	put_address(writer, "To", NULL, origin);
	sip_put(writer, "\r\nCall-ID: %s\r\nMax-Forwards: 70\r\n", origin->call_id);
	sip_put(writer, "Session-ID: %s;remote=00000000000000000000000000000000\r\n", origin->session_id);
	sip_put(writer, "Date: %s\r\nCSeq: %u %s\r\nUser-Agent: %s\r\n", origin->date, origin->cseq, method,
		origin->user_agent);
	if (origin->authorization)
		sip_put(writer, "%s: %s\r\n",
			origin->proxy_authorization ? "Proxy-Authorization" : "Authorization",
			origin->authorization);
}

/* The Contact of a phone, without its line end. */
static void put_contact(struct wire_writer *writer, const struct sip_origin *origin, const char *user,
			const struct mac *mac)
{
	const uint8_t *o = mac->octet;
	const char *transport = strcmp(origin->transport, "UDP") == 0	? "udp"
				: strcmp(origin->transport, "TLS") == 0 ? "tls"
									: "tcp";

	sip_put(writer, "Contact: <sip:");
	put_user(writer, user);
	sip_put(writer, "@%s:%u;transport=%s>", origin->phone, origin->phone_port, transport);
	sip_put(writer, ";+sip.instance=\"<urn:uuid:00000000-0000-0000-0000-%02x%02x%02x%02x%02x%02x>\"",
		o[0], o[1], o[2], o[3], o[4], o[5]);
}

static void put_device(struct wire_writer *writer, const struct mac *mac, unsigned model)
{
	char device[DEVICE_TEXT];

	mac_format_device(mac, device);
	sip_put(writer, ";+u.sip!devicename.ccm.cisco.com=\"%s\";+u.sip!model.ccm.cisco.com=\"%u\"", device,
		model);
}

static void put_alarm(struct wire_writer *writer, const struct sip_register *request)
{
	const char *status = request->download_status;
	char device[DEVICE_TEXT];

	mac_format_device(&request->mac, device);
	sip_put(writer,
		"Reason: SIP;cause=200;text=\"cisco-alarm:%u Name=%s ActiveLoad=%s InactiveLoad=%s Last=%s",
		request->alarm, device, request->active_load, request->inactive_load, request->last);
	if (status)
		sip_put(writer, " DownloadStatus=");
	for (; status && *status; status++)
		sip_put(writer, "%c", strchr(" \t|;\"\\", *status) ? '_' : *status);
	sip_put(writer, "\"\r\n");
}

ssize_t sip_put_body(struct wire_writer *writer, const void *body, size_t length)
{
	sip_put(writer, "Content-Length: %zu\r\n\r\n", length);
	wire_write_bytes(writer, body, length);
	return wire_writer_result(writer);
}

ssize_t sip_build_register(const struct sip_register *request, void *out, size_t size)
{
	bool initial = request->kind == SIP_REGISTER_INITIAL;
	struct wire_writer writer;
	uint32_t expires_s = 0;

	if (!origin_valid(&request->origin) || !sip_is_clean(request->contact_user) ||
	    (initial &&
	     (!plain(request->active_load) || !plain(request->inactive_load) || !plain(request->last) ||
	      (request->download_status && !sip_is_clean(request->download_status)))))
		return -EINVAL;
	wire_writer_init(&writer, out, size);
	put_origin(&writer, "REGISTER", &request->origin);
	put_contact(&writer, &request->origin, request->contact_user, &request->mac);
	put_device(&writer, &request->mac, request->model);
	switch (request->kind) {
	case SIP_REGISTER_INITIAL:
	case SIP_REGISTER_REFRESH: expires_s = request->expires_s; break;
	case SIP_REGISTER_KEEPALIVE: sip_put(&writer, ";expires=0;cisco-keep-alive"); break;
	case SIP_REGISTER_REMOVE: sip_put(&writer, ";expires=0"); break;
	}
	sip_put(&writer, "\r\nSupported: " SIP_SUPPORTED "\r\n");
	if (initial)
		put_alarm(&writer, request);
	sip_put(&writer, "Expires: %u\r\n", expires_s);
	if (!initial)
		return sip_put_body(&writer, NULL, 0);
	sip_put(&writer, "Content-Type: multipart/mixed; boundary=" BOUNDARY "\r\nMime-Version: 1.0\r\n");
	return sip_put_body(&writer, REGISTER_BODY, sizeof(REGISTER_BODY) - 1);
}

/* The alarm document: why the phone was out of service, and what it is. */
static ssize_t alarm_document(const struct sip_refer *request, char *out, size_t size)
{
	const struct sip_origin *origin = &request->origin;
	char device[DEVICE_TEXT];
	struct wire_writer writer;

	mac_format_device(&request->mac, device);
	wire_writer_init(&writer, (uint8_t *)out, size);
	sip_put(&writer, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<x-cisco-alarm>\n"
			 " <Alarm Name=\"LastOutOfServiceInformation\">\n  <ParameterList>\n");
	sip_put(&writer, "   <String name=\"DeviceName\">%s</String>\n", device);
	sip_put(&writer, "   <String name=\"DeviceIPv4Address\">%s</String>\n", origin->phone);
	sip_put(&writer, "   <String name=\"CallServerIPAddress\">%s</String>\n", origin->cm);
	sip_put(&writer, "   <String name=\"ActiveLoad\">%s</String>\n", request->active_load);
	sip_put(&writer, "   <String name=\"InactiveLoad\">%s</String>\n", request->inactive_load);
	sip_put(&writer, "   <Enum name=\"ReasonForOutOfService\">%u</Enum>\n", request->alarm);
	sip_put(&writer, "   <String name=\"LastOutOfServiceText\">%s</String>\n", request->last);
	sip_put(&writer, "  </ParameterList>\n </Alarm>\n</x-cisco-alarm>\n");
	return wire_writer_result(&writer);
}

ssize_t sip_build_refer(const struct sip_refer *request, void *out, size_t size)
{
	bool alarm = request->kind == SIP_REFER_ALARM;
	struct wire_writer writer;
	char body[BODY_MAX];
	ssize_t length = 0;

	if (!origin_valid(&request->origin) || !sip_is_clean(request->contact_user) ||
	    (alarm && (!plain(request->content_id) || !plain(request->active_load) ||
		       !plain(request->inactive_load) || !plain(request->last))))
		return -EINVAL;
	if (alarm)
		length = alarm_document(request, body, sizeof(body));
	if (length < 0)
		return -EINVAL;
	wire_writer_init(&writer, out, size);
	put_origin(&writer, "REFER", &request->origin);
	put_contact(&writer, &request->origin, request->contact_user, &request->mac);
	sip_put(&writer, "\r\n");
	put_address(&writer, "Referred-By", NULL, &request->origin);
	sip_put(&writer, "\r\n");
	if (!alarm) {
		sip_put(&writer,
			"Refer-To: <urn:X-cisco-remotecc:token-registration>\r\nRequire: norefersub\r\n");
		return sip_put_body(&writer, NULL, 0);
	}
	sip_put(&writer, "Refer-To: cid:%s\r\nRequire: norefersub\r\n", request->content_id);
	sip_put(&writer, "Content-Id: <%s>\r\nContent-Type: application/x-cisco-alarm+xml\r\n",
		request->content_id);
	return sip_put_body(&writer, body, (size_t)length);
}
