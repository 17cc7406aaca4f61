#include "cucm/tls_failure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ipv4.h"
#include "cucm/alarm.h"
#include "cucm/config.h"
#include "cucm/model.h"

#define ACCEPT		 "(): TLS accept:error:"
#define SOURCE		 "(): src addr: "
#define NO_SHARED_CIPHER 193 /* SSL_R_NO_SHARED_CIPHER */
#define REASON_MASK	 0x7fffff

/* " 8(37) ERROR: tls [..": the number in parentheses; 0 if a module other than tls wrote the line. */
static long worker_of(const char *line)
{
	int end = 0;
	long pid;

	return sscanf(line, " %*3d(%9ld) ERROR: tls [%n", &pid, &end) == 1 && end ? pid : 0;
}

/* The place of a worker; TLS_FAILURE_WORKERS if it has none and make is not set. */
static unsigned place_of(struct tls_failure_reader *reader, long pid, bool make)
{
	for (unsigned i = 0; i < TLS_FAILURE_WORKERS; i++)
		if (reader->worker[i].pid == pid)
			return i;
	if (!make)
		return TLS_FAILURE_WORKERS;
	reader->next = (reader->next + 1) % TLS_FAILURE_WORKERS;
	reader->worker[reader->next].pid = pid;
	return reader->next;
}

/* Copy the reason out of "0A000086:SSL routines::certificate verify failed (sni: name)". The peer chose the name. */
static void reason_of(const char *error, char *why, size_t size)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_";
	const char *at = error;

	for (int colons = 0; colons < 3 && at; colons++) {
		at = strchr(at, ':');
		at = at ? at + 1 : NULL;
	}
	snprintf(why, size, "%.*s", at ? (int)(strspn(at, letters)) : 0, at ? at : "");
	for (size_t length = strlen(why); length && why[length - 1] == ' ';)
		why[--length] = '\0';
	if (!*why)
		snprintf(why, size, "unknown error");
}

static bool source_of(const char *text, struct tls_failure *failure)
{
	uint32_t address;

	return sscanf(text, "%15[0-9.]:%5u", failure->address, &failure->port) == 2 &&
	       !ipv4_parse(&address, failure->address);
}

bool tls_failure_read(struct tls_failure_reader *reader, const char *line, struct tls_failure *failure)
{
	const char *accept = strstr(line, ACCEPT), *source = accept ? NULL : strstr(line, SOURCE);
	long pid = accept || source ? worker_of(line) : 0;
	struct tls_failure found = {0};
	unsigned i;

	if (!pid)
		return false;
	i = place_of(reader, pid, accept);
	if (i == TLS_FAILURE_WORKERS)
		return false;
	if (accept) {
		unsigned long error = strtoul(accept + strlen(ACCEPT), NULL, 16);
		bool cipher = (error & REASON_MASK) == NO_SHARED_CIPHER;

		reader->worker[i].code =
		    alarm_reason_named(ALARM_TRANSIENT, cipher ? "invalidTLSCipher" : "authenticationError")
			->code;
		reason_of(accept + strlen(ACCEPT), reader->worker[i].why, sizeof(reader->worker[i].why));
		return false;
	}
	found.code = reader->worker[i].code;
	memcpy(found.why, reader->worker[i].why, sizeof(found.why));
	reader->worker[i].pid = 0;
	if (!source_of(source + strlen(SOURCE), &found))
		return false;
	*failure = found;
	return true;
}

void tls_failure_alarm(const struct tls_failure *failure, const struct cucm_plan *plan, const char *node,
		       const struct cucm_device *device, struct text *text)
{
	char name[DEVICE_TEXT];

	text_add(text, "%%UC_CALLMANAGER-%u-%s: %%", alarm_reason(ALARM_TRANSIENT, failure->code)->severity,
		 alarm_name(ALARM_TRANSIENT));
	if (device) {
		mac_format_device(&device->mac, name);
		text_add(text, "[DeviceName=%s]", name);
	}
	text_add(text, "[IPAddress=%s][Protocol=SIP]", failure->address);
	if (device)
		text_add(text, "[DeviceType=%u]", cucm_model_find(device->model)->id);
	text_add(text, "[Reason=%u][ConnectingPort=%d][AppID=Cisco CallManager][ClusterID=%s][NodeID=%s]: ",
		 failure->code, CUCM_TLS_PORT, plan->cluster, node);
	text_add(text, "the TLS handshake has failed: %s\n", failure->why);
}
