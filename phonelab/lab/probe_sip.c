#include "phonelab/lab/probe_sip.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/ipv4.h"
#include "base/json_text.h"

static const char *transport_of(const struct probe_check *check)
{
	return check->key.udp ? "UDP" : "TCP";
}

void probe_sip_write(struct probe_check *check, bool register_too)
{
	const char *method = register_too ? "REGISTER" : "OPTIONS", *user = json_text(check->result, "user");
	char here[IPV4_TEXT], there[IPV4_TEXT];
	unsigned cseq = register_too ? 2 : 1;

	ipv4_format(check->key.here, here);
	ipv4_format(check->key.there, there);
	text_add(&check->request, "%s sip:%s SIP/2.0\r\n", method, there);
	text_add(&check->request, "Via: SIP/2.0/%s %s:%u;branch=z9hG4bKwhy%u%u\r\n", transport_of(check),
		 here, check->key.port, check->key.port, cseq);
	text_add(&check->request, "Max-Forwards: 70\r\nFrom: <sip:%s@%s>;tag=why%u\r\n", user, there,
		 check->key.port);
	text_add(&check->request, "To: <sip:%s@%s>\r\nCall-ID: why%u@%s\r\nCSeq: %u %s\r\n", user, there,
		 check->key.port, here, cseq, method);
	text_add(&check->request, "User-Agent: " PROBE_AGENT "\r\nContent-Length: 0\r\n\r\n");
}

bool probe_sip_read(struct probe_check *check, const void *data, size_t length)
{
	char text[4096], phrase[100] = "";
	const char *cseq;
	unsigned status;
	bool registers;

	if (length >= sizeof(text))
		length = sizeof(text) - 1;
	memcpy(text, data, length);
	text[length] = 0;
	if (sscanf(text, "SIP/2.0 %u %99[^\r\n]", &status, phrase) < 1 || status < 200)
		return false;
	cseq = strcasestr(text, "\nCSeq:");
	registers =
	    cseq && strcasestr(cseq, "REGISTER") && strcasestr(cseq, "REGISTER") < cseq + strcspn(cseq, "\r");
	json_object_set_new(check->result, registers ? "register_status" : "status", json_integer(status));
	json_object_set_new(check->result, registers ? "register_reason" : "reason", json_text_new(phrase));
	return true;
}
