/* Facts of TCP, HTTP, SIP, TFTP and DNS. */
#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/why/fact.h"
#include "phonelab/why/probes_subject.h"

/* --- TCP, HTTP, SIP --- */

/* Is there such a fact of this place and object already? */
static bool is_known(const struct probes_subject *subject, const char *name)
{
	const json_t *fact;
	size_t i;

	json_array_foreach (subject->facts, i, fact)
		if (!strcmp(json_text(fact, "fact"), name) &&
		    !strcmp(json_text(fact, "object"), subject->object) &&
		    !strcmp(fact_text(fact, "name"), subject->phone))
			return true;
	return false;
}

/* The fact of the connection. False: there is none, and no more to say. */
bool probes_tcp_fact(const struct probes_subject *subject)
{
	const char *result = json_text(subject->check, "result");
	bool connected = json_is_true(json_object_get(subject->check, "connected"));
	char name[40], text[300];

	snprintf(name, sizeof(name), "probe.tcp.%.20s", connected ? "ok" : result);
	snprintf(text, sizeof(text),
		 connected			  ? "%s accepts a connection at TCP port %lld"
		 : !strcmp(result, "refused")	  ? "%s refuses a connection to TCP port %lld"
		 : !strcmp(result, "silent")	  ? "%s does not answer a connection to TCP port %lld"
		 : !strcmp(result, "unreachable") ? "no packet reaches %s for a connection to TCP port %lld"
						  : "%s resets a connection to TCP port %lld",
		 subject->address, json_int(subject->check, "port"));
	if (!is_known(subject, name)) /* HEAD and GET are two connections */
		fact_value(probes_add(subject, name, text), "ms", "%lld",
			   json_int(subject->check, "connect_ms"));
	return connected;
}

/* What the first octets of a file are, "": nothing odd. first: hexadecimal. */
static const char *odd_content(const char *first, const char *encoding)
{
	static const struct {
		const char *begin, *what;
	} known[] = {
	    {"1f8b", "gzip"},
	    {"efbbbf", "a byte order mark (UTF-8)"},
	    {"fffe", "UTF-16"},
	    {"feff", "UTF-16"},
	    {"3c21444f43545950", "HTML"}, /* <!DOCTYP */
	    {"3c21646f63747970", "HTML"}, /* <!doctyp */
	    {"3c68746d6c", "HTML"},	  /* <html */
	    {"3c48544d4c", "HTML"},	  /* <HTML */
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strncmp(first, known[i].begin, strlen(known[i].begin)))
			return known[i].what;
	return strcmp(encoding, "identity") != 0 ? encoding : "";
}

static void set_http_values(json_t *fact, const json_t *check)
{
	static const char *const names[] = {"location", "encoding", "type", "length", "file"};

	fact_value(fact, "status", "%lld", json_int(check, "status"));
	fact_value(fact, "octets", "%lld", json_int(check, "octets"));
	fact_value(fact, "ms", "%lld", json_int(check, "answer_ms"));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (*json_text(check, names[i]))
			fact_value(fact, names[i], "%s", json_text(check, names[i]));
}

void probes_http_facts(struct probes_subject *subject)
{
	const json_t *check = subject->check;
	const char *result = json_text(check, "result"), *file = json_text(check, "file"), *odd;
	const char *method = json_text(check, "method"), *name = "probe.http.ok";
	long long status = json_int(check, "status");
	char text[500];

	probes_set_port(subject, "tcp", json_int(check, "port"));
	if (!probes_tcp_fact(subject))
		return;
	odd = odd_content(json_text(check, "first"), json_text(check, "encoding"));
	if (!status) {
		name = "probe.http.silent";
		snprintf(text, sizeof(text), "%s %s from %s: no answer over an open connection (%s)", method,
			 file, subject->address, result);
	} else if (strcmp(result, "ok") != 0) {
		name = "probe.http.cut";
		snprintf(text, sizeof(text), "%s %s from %s: %lld of %s octets came (%s)", method, file,
			 subject->address, json_int(check, "octets"), json_text_or(check, "length", "?"),
			 result);
	} else if (status != 200 && status != 404) {
		name = "probe.http.status";
		snprintf(text, sizeof(text), "%s %s from %s: status %lld%s%s", method, file, subject->address,
			 status, *json_text(check, "location") ? ", to " : "", json_text(check, "location"));
	} else if (status == 200 && *odd) {
		name = "probe.http.unusable";
		snprintf(text, sizeof(text), "%s %s from %s: the content is %s", method, file,
			 subject->address, odd);
	} else {
		if (status == 404)
			name = "probe.http.missing";
		snprintf(text, sizeof(text), "%s %s from %s: status %lld", method, file, subject->address,
			 status);
	}
	set_http_values(probes_add(subject, name, text), check);
}

/* The REGISTER without a Contact. */
static void register_fact(const struct probes_subject *subject)
{
	const json_t *check = subject->check;
	long long status = json_int(check, "register_status");
	bool good = (status >= 200 && status < 300) || status == 401 || status == 407;
	const char *name = !status ? "probe.register.silent"
			   : good  ? "probe.register.ok"
				   : "probe.register.status";
	char text[300];
	json_t *fact;

	if (status)
		snprintf(text, sizeof(text), "%s answers a query of the bindings of %s with %lld %.100s",
			 subject->address, json_text(check, "user"), status,
			 json_text(check, "register_reason"));
	else
		snprintf(text, sizeof(text), "%s answers OPTIONS, but no query of the bindings of %s",
			 subject->address, json_text(check, "user"));
	fact = probes_add(subject, name, text);
	fact_value(fact, "status", "%lld", status);
	fact_value(fact, "reason", "%s", json_text(check, "register_reason"));
}

void probes_sip_facts(struct probes_subject *subject)
{
	const json_t *check = subject->check;
	long long status = json_int(check, "status");
	bool udp = !strcmp(json_text(check, "transport"), "udp");
	char text[300];
	json_t *fact;

	probes_set_port(subject, udp ? "udp" : "tcp", json_int(check, "port"));
	if (!udp && !probes_tcp_fact(subject))
		return;
	if (!status) {
		snprintf(text, sizeof(text), "%s does not answer OPTIONS (%s)", subject->address,
			 json_text(check, "result"));
		probes_add(subject, "probe.sip.silent", text);
		return;
	}
	snprintf(text, sizeof(text), "%s answers OPTIONS with %lld %.100s", subject->address, status,
		 json_text(check, "reason"));
	fact = probes_add(subject, status < 500 ? "probe.sip.ok" : "probe.sip.status", text);
	fact_value(fact, "status", "%lld", status);
	register_fact(subject);
}

/* --- TFTP, DNS --- */

void probes_tftp_facts(struct probes_subject *subject)
{
	const json_t *check = subject->check;
	const char *result = json_text(check, "result"), *file = json_text(check, "file");
	const char *from = json_text(check, "from"), *name;
	char text[400];
	json_t *fact;

	probes_set_port(subject, "udp", 69);
	if (*from && strcmp(from, subject->address) != 0) {
		snprintf(text, sizeof(text), "TFTP %s: asked %s, answered by %s", file, subject->address,
			 from);
		fact = probes_add(subject, "probe.tftp.other_address", text);
		fact_value(fact, "server", "%s", subject->address);
		fact_value(fact, "answered_by", "%s", from);
	}
	if (!strcmp(result, "ok")) {
		name = "probe.tftp.ok";
		snprintf(text, sizeof(text), "TFTP %s from %s: data", file, subject->address);
	} else if (!strcmp(result, "error") && json_object_get(check, "code")) {
		name = json_int(check, "code") == 1 ? "probe.tftp.missing" : "probe.tftp.error";
		snprintf(text, sizeof(text), "TFTP %s from %s: error %lld, %.100s", file, subject->address,
			 json_int(check, "code"), json_text(check, "message"));
	} else {
		name = !strcmp(result, "refused") ? "probe.tftp.refused" : "probe.tftp.silent";
		snprintf(text, sizeof(text), "TFTP %s from %s: no answer (%s)", file, subject->address,
			 result);
	}
	fact = probes_add(subject, name, text);
	fact_value(fact, "file", "%s", file);
	fact_value(fact, "ms", "%lld", json_int(check, "ms"));
	if (json_object_get(check, "code"))
		fact_value(fact, "code", "%lld", json_int(check, "code"));
}

void probes_dns_facts(struct probes_subject *subject)
{
	const json_t *check = subject->check;
	const char *name = json_text(check, "name"), *result = json_text(check, "result");
	char text[300];
	json_t *fact;

	probes_set_port(subject, "udp", 53);
	if (!strcmp(result, "ok"))
		snprintf(text, sizeof(text), "%s resolves %.100s to %s", subject->address, name,
			 json_text(check, "answer"));
	else if (json_object_get(check, "code"))
		snprintf(text, sizeof(text), "%s has no address of %.100s (code %lld)", subject->address,
			 name, json_int(check, "code"));
	else
		snprintf(text, sizeof(text), "%s does not answer a query of %.100s (%s)", subject->address,
			 name, result);
	fact = probes_add(subject,
			  !strcmp(result, "ok")		   ? "probe.dns.ok"
			  : json_object_get(check, "code") ? "probe.dns.unknown"
							   : "probe.dns.silent",
			  text);
	fact_value(fact, "query", "%s", name);
	fact_value(fact, "answer", "%s", json_text(check, "answer"));
}
