#include "cucm-service/core/service.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/markup.h"

#define RIS_PATH   "/realtimeservice2/services/RISService70"
#define AXL_WRITES 1500 /* changes per minute */
#define LOGIN_MOST 512

#define OUT_OF_MEMORY "out of memory, or more than 16384 values in the request"

void service_init(struct service *service, const char *user, const char *password, size_t ris_rate)
{
	*service = (struct service){.user = user, .password = password};
	service->ris.most = ris_rate < 1 ? 1 : ris_rate > LIMIT_MOST ? LIMIT_MOST : ris_rate;
	service->writes.most = AXL_WRITES;
}

/* --- replies that are no SOAP --- */

static enum service_next page(struct service_call *call, int status, const char *title, const char *text)
{
	call->status = status;
	call->type = "text/html;charset=utf-8";
	call->reply.length = 0;
	markup_add(&call->reply,
		   "<!doctype html><html lang=\"en\"><head><title>%s</title></head><body><h1>%s</h1>"
		   "<p>%s</p></body></html>",
		   title, title, text);
	return SERVICE_DONE;
}

static enum service_next fault(struct service_call *call, const char *code, const char *reason)
{
	call->status = 500;
	call->type = "text/xml;charset=utf-8";
	call->reply.length = 0;
	soap_fault(&call->reply, code, reason, NULL);
	return SERVICE_DONE;
}

static enum service_next done(struct service_call *call, bool failed)
{
	call->status = failed || call->reply.failed ? 500 : 200;
	call->type = "text/xml;charset=utf-8";
	return SERVICE_DONE;
}

/* --- the login --- */

static bool authorized(const struct service *service, const char *header)
{
	static const char scheme[] = "Basic ";
	unsigned char given[LOGIN_MOST];
	char wanted[LOGIN_MOST];
	const char *code;
	int length, expected = snprintf(wanted, sizeof(wanted), "%s:%s", service->user, service->password);
	size_t size;

	if (!header || strncasecmp(header, scheme, strlen(scheme)))
		return false;
	code = header + strlen(scheme);
	size = strlen(code);
	/* Four characters are three octets; the decoder counts the padding as octets. */
	if (!size || size % 4 || size / 4 * 3 > sizeof(given) || expected >= (int)sizeof(wanted))
		return false;
	length = EVP_DecodeBlock(given, (const unsigned char *)code, (int)size);
	if (length < 0)
		return false;
	length -= (code[size - 1] == '=') + (size > 1 && code[size - 2] == '=');
	return length == expected && !CRYPTO_memcmp(given, wanted, (size_t)expected);
}

/* --- the services --- */

static enum service_next begin_ris(struct service_call *call, uint64_t now_us)
{
	char why[200], text[300];

	if (strcmp(call->soap.name, "selectCmDevice") && strcmp(call->soap.name, "selectCmDeviceExt")) {
		snprintf(text, sizeof(text), "unknown operation %s", call->soap.name);
		return fault(call, "Client", text);
	}
	if (!limit_take(&call->service->ris, now_us)) {
		/* "Reatime" is how CUCM spells it, and what clients look for. */
		snprintf(text, sizeof(text),
			 "Exceeded allowed rate for Reatime information. Current allowed rate for realtime "
			 "information is %zu requests per minute.",
			 call->service->ris.most);
		return fault(call, "Server", text);
	}
	if (ris_criteria_read(&call->criteria, &call->soap, why))
		return fault(call, call->soap.failed ? "Server" : "Client",
			     call->soap.failed ? OUT_OF_MEMORY : why);
	if (call->soap.failed)
		return fault(call, "Server", OUT_OF_MEMORY);
	return SERVICE_STATES;
}

static bool has_wsdl(const char *query)
{
	return query && !strncasecmp(query, "wsdl", 4) && (!query[4] || query[4] == '&' || query[4] == '=');
}

static enum service_next get(struct service_call *call, const struct service_request *request)
{
	char address[300];

	if (!call->is_ris)
		return page(call, 200, "Cisco CallManager: AXL Web Service",
			    "The AXL Web Service is working and accepting requests. Use HTTP POST to send a "
			    "request.");
	if (!has_wsdl(request->query))
		return page(call, 200, "RISService70",
			    "Use HTTP POST to send a request; the WSDL is at ?wsdl.");
	snprintf(address, sizeof(address), "%.200s" RIS_PATH, request->address);
	ris_wsdl(address, &call->reply);
	return done(call, false);
}

static bool same_path(const char *path, const char *service)
{
	size_t length = strlen(service);

	return !strncmp(path, service, length) && (!path[length] || !strcmp(path + length, "/"));
}

enum service_next service_begin(struct service_call *call, struct service *service,
				const struct service_request *request, uint64_t now_us)
{
	char why[200], text[300];
	int err;

	*call = (struct service_call){.service = service, .status = 500, .soap.space = ""};
	call->is_ris = same_path(request->path, RIS_PATH);
	if (!authorized(service, request->authorization))
		return page(call, 401, "HTTP Status 401 - Unauthorized",
			    "This request requires HTTP authentication.");
	if (!call->is_ris && !same_path(request->path, "/axl"))
		return page(call, 404, "HTTP Status 404 - Not Found", request->path);
	if (!request->post)
		return get(call, request);
	err = soap_read(&call->soap, request->body, request->length, why);
	if (err == -ENOMEM)
		return fault(call, "Server", OUT_OF_MEMORY);
	if (err) {
		snprintf(text, sizeof(text), "The request is not a SOAP message: %s", why);
		return fault(call, "Client", text);
	}
	return call->is_ris ? begin_ris(call, now_us) : SERVICE_TABLE;
}

enum service_next service_run(struct service_call *call, const struct table *table,
			      const struct cucm_states *states, uint64_t now_us)
{
	enum axl_next next;

	if (call->is_ris) {
		ris_reply(&call->criteria, table, states, &call->reply);
		return done(call, false);
	}
	next = axl_begin(&call->axl, &call->soap, table, &call->reply);
	/* A change with a text or a setting less would be another change. */
	if (call->soap.failed || call->axl.failed)
		return fault(call, "Server", OUT_OF_MEMORY);
	switch (next) {
	case AXL_DONE: return done(call, call->axl.fault);
	case AXL_QUERY: return SERVICE_QUERY;
	case AXL_CHANGE: break;
	}
	if (!limit_take(&call->service->writes, now_us))
		return page(call, 503, "HTTP Status 503 - Service Unavailable",
			    "Too many write requests; the limit is 1500 per minute.");
	return SERVICE_CHANGE;
}

void service_changed(struct service_call *call, int err, const char *why)
{
	axl_changed(&call->axl, err, why);
	done(call, call->axl.fault);
}

void service_rows(struct service_call *call, const json_t *rows, const char *why)
{
	axl_rows(&call->axl, rows, why);
	done(call, call->axl.fault);
}

void service_failed(struct service_call *call, const char *why)
{
	fault(call, "Server", why);
}

void service_free(struct service_call *call)
{
	axl_free(&call->axl);
	ris_criteria_free(&call->criteria);
	soap_free(&call->soap);
	text_free(&call->reply);
}
