/* Requests of the call manager: OPTIONS, and NOTIFY service-control (reset, restart, new settings, problem report). */
#include "phone-sim/core/register.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/cm.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/registrar.h"
#include "phone-sim/core/sip_udp.h"
#include "phone-sim/core/step_runner.h"
#include "wire/sip_build.h"

static void answer(struct phone *phone, unsigned m, const struct sip_message *request, unsigned status)
{
	static const struct sip_header options[] = {
	    {"Allow", "ACK,BYE,CANCEL,INFO,INVITE,NOTIFY,OPTIONS,REFER,REGISTER,UPDATE,SUBSCRIBE"},
	    {"Allow-Events", "kpml,dialog,refer"},
	    {"Accept", "application/sdp,multipart/mixed"},
	};
	struct member *member = &phone->reg.member[m];
	struct sip_response response = {.status = status, .to_tag = member->answered_tag};
	struct sip_header header;
	char tags[512];
	uint8_t bytes[SIP_HEADER_MAX + 1024];
	ssize_t length;

	if (!udp_seen_before(phone, m, request))
		snprintf(member->answered_tag, sizeof(member->answered_tag), "%08x%08x",
			 (uint32_t)rng_next(&phone->rng), (uint32_t)rng_next(&phone->rng));
	snprintf(member->answered_call_id, sizeof(member->answered_call_id), "%s",
		 request->call_id ? request->call_id : "");
	member->answered_cseq = request->cseq;
	member->answered = status;
	if (status == 420 && sip_unsupported(request->require, tags, sizeof(tags))) {
		header = (struct sip_header){"Unsupported", tags};
		response.header = &header;
		response.headers = 1;
	} else if (status == 405) {
		response.header = options; /* Allow */
		response.headers = 1;
	} else if (!strcmp(request->method, "OPTIONS") && status == 200) {
		response.header = options;
		response.headers = sizeof(options) / sizeof(options[0]);
	}
	length = sip_build_response(request, &response, bytes, sizeof(bytes));
	if (length > 0)
		cm_send(phone, m, bytes, (size_t)length);
	else
		phone_report(phone, "sip.bad", NULL, 0, "%s cannot be answered (%zd)", request->method,
			     length);
}

void notify_refuse(struct phone *phone, unsigned m, const struct sip_message *message)
{
	answer(phone, m, message, message->refusal);
}

/* What a request asks for that the phone cannot do, in the order of RFC 3261 8.2.2: 0 for nothing. */
static unsigned refusal(const struct sip_message *message)
{
	const char *scheme = message->request_uri.scheme ? message->request_uri.scheme : "";
	char tags[16];

	if (strcasecmp(scheme, "sip") && strcasecmp(scheme, "sips"))
		return 416;
	if (message->require && strcmp(message->method, "CANCEL") &&
	    sip_unsupported(message->require, tags, sizeof(tags)))
		return 420;
	return 0;
}

/* The value of a line "name=value"; braces around the value are removed. */
static bool body_value(const struct sip_message *message, const char *name, char *value, size_t size)
{
	const char *at = (const char *)message->body.data, *end = at + message->body.length;
	size_t name_length = strlen(name);

	while (at && at < end) {
		const char *line = memchr(at, '\n', (size_t)(end - at));
		size_t length = line ? (size_t)(line - at) : (size_t)(end - at);

		if (length > name_length && !strncasecmp(at, name, name_length) && at[name_length] == '=') {
			const char *from = at + name_length + 1;
			size_t left = length - name_length - 1;

			while (left && (from[left - 1] == '\r' || from[left - 1] == ' '))
				left--;
			if (left >= 2 && from[0] == '{' && from[left - 1] == '}') {
				from++;
				left -= 2;
			}
			snprintf(value, size, "%.*s", (int)(left < size ? left : size - 1), from);
			return true;
		}
		at = line ? line + 1 : end;
	}
	return false;
}

/* Stamps are written with and without braces around them. */
static bool same_stamp(const char *received, const char *stamp)
{
	size_t length = strlen(stamp);

	if (length >= 2 && stamp[0] == '{' && stamp[length - 1] == '}') {
		stamp++;
		length -= 2;
	}
	return strlen(received) == length && !memcmp(received, stamp, length);
}

static void go_down(struct phone *phone, enum phone_control how)
{
	phone_message(phone, "%s requested by Cisco Unified Communications Manager",
		      how == PHONE_CONTROL_RESTART ? "Restart" : "Reset");
	phone->going_down = how;
	phone_fire(phone, how == PHONE_CONTROL_RESTART ? STEP_RESTART : STEP_RESET);
}

static void service_control(struct phone *phone, unsigned m, const struct sip_message *message)
{
	char action[32], text[128];

	/* Another RegisterCallId is that of a registration that has ended. */
	if (!body_value(message, "action", action, sizeof(action)) ||
	    (body_value(message, "RegisterCallId", text, sizeof(text)) && text[0] &&
	     strcmp(text, phone->reg.member[m].call_id))) {
		answer(phone, m, message, 400);
		return;
	}
	answer(phone, m, message, 200);
	phone_report(phone, "phone.service-control", NULL, 0, "%s", action);
	if (!strcasecmp(action, "reset")) {
		go_down(phone, PHONE_CONTROL_RESET);
	} else if (!strcasecmp(action, "restart")) {
		go_down(phone, PHONE_CONTROL_RESTART);
	} else if (!strcasecmp(action, "check-version") || !strcasecmp(action, "apply-config")) {
		if (!body_value(message, "ConfigVersionStamp", text, sizeof(text)) ||
		    same_stamp(text, phone->xml->version_stamp))
			return;
		go_down(phone, PHONE_CONTROL_RESTART);
		if (!strcasecmp(action, "apply-config")) {
			phone->reg.alarm = 104;
			phone->reg.last = "apply-config";
		}
	} else if (!strcasecmp(action, "prt-report")) {
		phone_put_text(phone, PHONE_DO_REPORT_PROBLEM, "Remote PRT Trigger");
	}
}

void notify_request(struct phone *phone, unsigned m, const struct sip_message *message)
{
	const char *method = message->method;
	unsigned status = refusal(message);

	if (!strcmp(method, "ACK"))
		return;
	if (udp_seen_before(phone, m, message))
		answer(phone, m, message, phone->reg.member[m].answered);
	else if (status)
		answer(phone, m, message, status);
	else if (!strcmp(method, "OPTIONS"))
		answer(phone, m, message, 200);
	else if (!strcmp(method, "NOTIFY") && message->event &&
		 !strncasecmp(message->event, "service-control", 15))
		service_control(phone, m, message);
	else if (!strcmp(method, "NOTIFY"))
		answer(phone, m, message, 200);
	else if (!strcmp(method, "REFER"))
		answer(phone, m, message, 202);
	else if (!strcmp(method, "INVITE"))
		answer(phone, m, message, 486); /* nobody answers this phone */
	else if (!strcmp(method, "BYE") || !strcmp(method, "CANCEL"))
		answer(phone, m, message, 481);
	else
		answer(phone, m, message, 405);
}
