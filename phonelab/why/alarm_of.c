#include "phonelab/why/alarm_of.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cucm/alarm.h"
#include "phonelab/why/fact.h"

static const struct {
	const char *id;
	enum alarm_kind kind;
	const char *reason;
} causes[] = {
    {"cm-device", ALARM_TRANSIENT, "noEntryInDatabase"},
    {"auto-registration-exhausted", ALARM_TRANSIENT, "noEntryInDatabase"},
    {"auto-registration-off", ALARM_TRANSIENT, "noEntryInDatabase"},
    {"cm-line", ALARM_TRANSIENT, "directoryNumberMismatch"},
    {"cm-number", ALARM_TRANSIENT, "directoryNumberMismatch"},
    {"cm-of-another", ALARM_TRANSIENT, "directoryNumberMismatch"},
    {"cm-digest-user", ALARM_TRANSIENT, "authenticationError"},
    {"cm-digest-file", ALARM_TRANSIENT, "authenticationError"},
    /* The TLS handshake fails; Kamailio reports it. */
    {"cm-certificate-expired", ALARM_TRANSIENT, "authenticationError"},
    {"cm-certificate-future", ALARM_TRANSIENT, "authenticationError"},
    {"cm-certificate-role", ALARM_TRANSIENT, "authenticationError"},
    {"cm-certificate-foreign", ALARM_TRANSIENT, "authenticationError"},
    {"cm-certificate-renewed", ALARM_TRANSIENT, "authenticationError"},
    {"clock-by-ntp", ALARM_TRANSIENT, "authenticationError"},
    {"clock-no-ntp", ALARM_TRANSIENT, "authenticationError"},
    {"clock-wrong", ALARM_TRANSIENT, "authenticationError"},
    {"tvs-stopped", ALARM_TRANSIENT, "authenticationError"},
    {"tvs-hangs", ALARM_TRANSIENT, "authenticationError"},
    {"tvs-store", ALARM_TRANSIENT, "authenticationError"},
    {"peer-refused", ALARM_TRANSIENT, "authenticationError"},
    {"own-certificate-expired", ALARM_TRANSIENT, "authenticationError"},
    {"own-certificate-future", ALARM_TRANSIENT, "authenticationError"},
    {"own-certificate-issuer", ALARM_TRANSIENT, "authenticationError"},
    {"tls-version", ALARM_TRANSIENT, "authenticationError"},
    {"tls-cipher", ALARM_TRANSIENT, "invalidTLSCipher"},
    {"own-certificate-name", ALARM_TRANSIENT, "invalidX509NameInCertificate"},
    {"cm-closes", ALARM_UNREGISTERED, "connectivityError"},
    /* Nothing reaches a phone that was registered: its registration expires. */
    {"cm-forgotten", ALARM_UNREGISTERED, "keepAliveTimeout"},
    {"cable-out", ALARM_UNREGISTERED, "keepAliveTimeout"},
    {"port-shut", ALARM_UNREGISTERED, "keepAliveTimeout"},
    {"poe-off", ALARM_UNREGISTERED, "keepAliveTimeout"},
    {"no-power", ALARM_UNREGISTERED, "keepAliveTimeout"},
    {"no-link", ALARM_UNREGISTERED, "keepAliveTimeout"},
    {"vanish", ALARM_UNREGISTERED, "keepAliveTimeout"},
};

static bool is_logged(const json_t *facts, enum alarm_kind kind, unsigned code)
{
	const json_t *fact;
	size_t i;

	json_array_foreach (facts, i, fact)
		if (!strcmp(json_string_value(json_object_get(fact, "fact")), "log.alarm") &&
		    !strcmp(fact_text(fact, "alarm"), alarm_name(kind)) &&
		    strtoul(fact_text(fact, "reason"), NULL, 10) == code)
			return true;
	return false;
}

json_t *why_alarm_of(const char *id, const json_t *facts)
{
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		const struct alarm_reason *reason;

		if (strcmp(causes[i].id, id))
			continue;
		reason = alarm_reason_named(causes[i].kind, causes[i].reason);
		return json_pack("{s:s,s:i,s:s,s:i,s:b}", "name", alarm_name(causes[i].kind), "reason",
				 (int)reason->code, "reason_name", reason->name, "severity",
				 (int)reason->severity, "logged",
				 is_logged(facts, causes[i].kind, reason->code));
	}
	return NULL;
}
