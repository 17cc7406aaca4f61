#include "cucm/alarm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FACILITY "%UC_CALLMANAGER-"

/* Normal reasons have severity 6 (informational), the others 3 (error). */
static const struct alarm_reason unregistered[] = {
    {1, "unknown", 3, "the reason is unknown"},
    {2, "noEntryInDatabase", 3, "the device is not in the database"},
    {3, "databaseConfigurationError", 3, "the configuration of the device in the database is wrong"},
    {4, "deviceNameUnresolveable", 3, "the name of the device cannot be resolved"},
    {5, "maxDevRegExceeded", 3, "the node has as many devices as it may have"},
    {6, "connectivityError", 3, "the connection to the device was lost"},
    {7, "initializationError", 3, "the device was not initialized"},
    {8, "deviceInitiatedReset", 6, "the device has reset itself"},
    {9, "callManagerReset", 6, "the administrator has reset the device"},
    {10, "deviceUnregistered", 3, "the device has unregistered"},
    {11, "malformedRegisterMsg", 3, "the REGISTER of the device is malformed"},
    {12, "sccpDeviceThrottling", 3, "the device sent too many messages"},
    {13, "keepAliveTimeout", 3, "the device has not refreshed its registration in time"},
    {14, "configurationMismatch", 3, "the device and the database have different configurations"},
    {15, "callManagerRestart", 6, "the administrator has restarted the device"},
    {16, "duplicateRegistration", 3, "another device has registered with the same name"},
    {17, "callManagerApplyConfig", 3, "the administrator has applied a changed configuration"},
    {18, "deviceNoResponse", 3, "the device does not reply"},
    {19, "emLoginLogout", 6, "a user has logged in or out (Extension Mobility)"},
    {20, "emccLoginLogout", 6, "a user has logged in or out (Extension Mobility Cross Cluster)"},
    {21, "energywisePowerSavePlus", 3, "the device saves power (EnergyWise)"},
    {22, "callManagerForcedRestart", 3, "the call manager has forced the device to restart"},
    {23, "sourceIPAddrChanged", 3, "the address of the device has changed"},
    {24, "sourcePortChanged", 3, "the source port of the device has changed"},
    {25, "registrationSequenceError", 3, "the device has registered in the wrong order"},
    {26, "invalidCapabilities", 3, "the capabilities of the device are invalid"},
    {28, "fallbackInitiated", 3, "the device goes back to a call manager of higher priority"},
    {29, "deviceSwitch", 3, "the line has moved to another device"},
};

static const struct alarm_reason transient[] = {
    {1, "unknown", 3, "the reason is unknown"},
    {2, "noEntryInDatabase", 3, "the device is not in the database"},
    {3, "databaseConfigurationError", 3, "the configuration of the device in the database is wrong"},
    {4, "deviceNameUnresolveable", 3, "the name of the device cannot be resolved"},
    {5, "maxDevRegExceeded", 3, "the node has as many devices as it may have"},
    {6, "connectivityError", 3, "the connection was lost before the device was registered"},
    {7, "initializationError", 3, "the device was not initialized"},
    {8, "deviceInitiatedReset", 3, "the device has reset itself"},
    {9, "callManagerReset", 3, "the administrator has reset the device"},
    {10, "authenticationError", 3, "the digest credentials are wrong, or the TLS handshake has failed"},
    {11, "invalidX509NameInCertificate", 3, "the certificate is not of this device"},
    {12, "invalidTLSCipher", 3, "device and call manager have no cipher in common"},
    {13, "directoryNumberMismatch", 3, "the device registers a directory number that is not its own"},
    {14, "malformedRegisterMsg", 3, "the REGISTER of the device is malformed"},
    {15, "protocolMismatch", 3, "the database has the device with another protocol"},
    {16, "deviceNotActive", 3, "the device is not active in the database"},
    {17, "authenticatedDeviceAlreadyExists", 3, "a device of this name has registered with a certificate"},
    {18, "obsoleteProtocolVersion", 3, "the firmware of the device is too old for this call manager"},
    {23, "databaseTimeout", 3, "the database did not reply in time"},
    {25, "registrationSequenceError", 3, "the device has registered in the wrong order"},
    {26, "invalidCapabilities", 3, "the capabilities of the device are invalid"},
    {27, "capabilityResponseTimeout", 3, "the device did not send its capabilities in time"},
    {28, "securityMismatch", 3, "the device and its profile have different security modes"},
    {29, "autoRegisterDBError", 3, "auto-registration failed: the database reports an error"},
    {30, "dbAccessError", 3, "the database cannot be read"},
    {31, "autoRegisterDBConfigTimeout", 3, "auto-registration failed: the database did not reply in time"},
    {32, "deviceTypeMismatch", 3, "the database has the device with another model"},
    {33, "addressingModeMismatch", 3, "device and call manager have different IP addressing modes"},
};

static const struct {
	const char *name;
	const struct alarm_reason *reasons;
	size_t count;
} kinds[ALARM_KINDS] = {
    [ALARM_REGISTERED] = {"EndPointRegistered", NULL, 0},
    [ALARM_UNREGISTERED] = {"EndPointUnregistered", unregistered,
			    sizeof(unregistered) / sizeof(unregistered[0])},
    [ALARM_TRANSIENT] = {"EndPointTransientConnection", transient, sizeof(transient) / sizeof(transient[0])},
};

const char *alarm_name(enum alarm_kind kind)
{
	return kinds[kind].name;
}

const struct alarm_reason *alarm_reasons(enum alarm_kind kind, size_t *count)
{
	*count = kinds[kind].count;
	return kinds[kind].reasons;
}

const struct alarm_reason *alarm_reason(enum alarm_kind kind, unsigned code)
{
	for (size_t i = 0; i < kinds[kind].count; i++)
		if (kinds[kind].reasons[i].code == code)
			return &kinds[kind].reasons[i];
	return NULL;
}

const struct alarm_reason *alarm_reason_named(enum alarm_kind kind, const char *name)
{
	for (size_t i = 0; i < kinds[kind].count; i++)
		if (!strcmp(kinds[kind].reasons[i].name, name))
			return &kinds[kind].reasons[i];
	return NULL;
}

/* Copy the value of "[NAME=VALUE]"; "" if there is none. */
static void parameter(const char *alarm, const char *name, char *value, size_t size)
{
	char begin[40];
	const char *at;

	snprintf(begin, sizeof(begin), "[%s=", name);
	at = strstr(alarm, begin);
	at = at ? at + strlen(begin) : "";
	snprintf(value, size, "%.*s", (int)strcspn(at, "]\r\n"), at);
}

static bool kind_of(const char *name, size_t length, enum alarm_kind *kind)
{
	for (int i = 0; i < ALARM_KINDS; i++)
		if (strlen(kinds[i].name) == length && !strncmp(kinds[i].name, name, length)) {
			*kind = (enum alarm_kind)i;
			return true;
		}
	return false;
}

bool alarm_read(const char *line, struct alarm *alarm)
{
	const char *begin = strstr(line, FACILITY), *name = begin ? begin + sizeof(FACILITY) - 1 : NULL;
	char code[12];

	*alarm = (struct alarm){.begin = begin};
	if (!name || name[0] < '0' || name[0] > '7' || name[1] != '-' ||
	    !kind_of(name + 2, strcspn(name + 2, ": "), &alarm->kind))
		return false;
	alarm->severity = (unsigned)(name[0] - '0');
	parameter(begin, "DeviceName", alarm->device, sizeof(alarm->device));
	parameter(begin, "IPAddress", alarm->address, sizeof(alarm->address));
	parameter(begin, "Reason", code, sizeof(code));
	alarm->code = (unsigned)strtoul(code, NULL, 10);
	alarm->reason = alarm_reason(alarm->kind, alarm->code);
	return true;
}
