/* Causes of a phone that no call manager has. */
#include "base/json_text.h"
#include "phonelab/why/rules.h"

#include <stdio.h>
#include <string.h>

#include "base/ladder.h"
#include "phonelab/lab/status_read.h"
#include "phonelab/why/facts.h"

static bool cm_is(const struct why_case *it)
{
	return why_service_is(it, "call-manager", it->text);
}

/* The detail begins with the address of the first call manager that was tried. */
static bool cm_is_unknown(const struct why_case *it)
{
	const char *detail = json_text(it->rung, "detail");
	char address[20];

	snprintf(address, sizeof(address), "%.*s", (int)strspn(detail, "0123456789."), detail);
	return strchr(address, '.') && why_address_is_foreign(it, "call-manager", address);
}

/* The latest refusal of this phone, at the first call manager that knows it, if it has not been registered
 * since. An alarm that it is unregistered may come later: that of a binding whose connection was lost. */
static bool alarm_has(const struct why_case *it)
{
	const json_t *node;
	char found[400] = "";
	size_t i;

	json_array_foreach (json_object_get(it->status, "cluster"), i, node) {
		const char *log = json_text(node, "name");
		unsigned long since = why_find_in_log(it, log, "EndPointRegistered", found, sizeof(found));
		unsigned long line =
		    why_find_in_log(it, log, "EndPointTransientConnection", found, sizeof(found));

		if (since || line)
			return line > since && strstr(found, it->text);
	}
	return false;
}

static bool rejected(const struct why_case *it)
{
	return strcasestr(json_text(it->rung, "detail"), "Rejected") && alarm_has(it);
}

static bool only_the_primary(const struct why_case *it)
{
	return !strcmp(json_text(it->phone, "state"), "partly registered");
}

/* Is any other phone registered: then it is not the service. */
static bool others_are_registered(const struct why_case *it)
{
	const json_t *phone;
	size_t i;

	json_array_foreach (json_object_get(it->status, "phones"), i, phone) {
		if (status_read_registered(phone) && strcmp(json_text(phone, "name"), it->name))
			return why_detail_has(it);
	}
	return false;
}

const struct why_rule why_rules_register[] = {
    {LADDER_CM_CONNECT, "stopped", cm_is, "The call manager service is not running on any node.",
     WHY_LOOK_STATUS},
    {LADDER_CM_CONNECT, "call-manager", why_port_shut,
     "The port of the server is shut down, so no phone reaches the call manager.", WHY_LOOK_PORTS},
    {LADDER_CM_CONNECT, "DNS", NULL, "The name of the call manager does not resolve.", WHY_LOOK_MESSAGES},
    {LADDER_CM_CONNECT, NULL, cm_is_unknown, "The configuration names no call manager of this cluster.",
     WHY_LOOK_MESSAGES},
    {LADDER_CM_CONNECT, NULL, why_not_provisioned,
     "The phone has no configuration file of its own, only the default.", WHY_LOOK_MESSAGES},
    {LADDER_CM_CONNECT, "refused", others_are_registered,
     "The call managers run, and refuse this phone's connection: its configuration names another port.",
     WHY_LOOK_MESSAGES},
    {LADDER_CM_CONNECT, "refused", NULL,
     "The call managers refuse the connection: Kamailio is not running there.", WHY_LOOK_STATUS},
    {LADDER_CM_CONNECT, NULL, others_are_registered,
     "No call manager answers this phone, while others are registered: a filter is in between.",
     WHY_LOOK_ROUTES},
    {LADDER_CM_CONNECT, NULL, NULL,
     "No call manager of the group accepts a TCP connection on port 5060: it is down, or there is no way to "
     "it.",
     WHY_LOOK_ROUTES},

    {LADDER_REGISTER, NULL, only_the_primary,
     "The registrar has bound only the primary line: it does not know the request for all lines in the body "
     "of "
     "REGISTER.",
     "capture PHONE -w sip.pcapng"},
    {LADDER_REGISTER, NULL, why_not_provisioned,
     "The phone has no configuration file of its own, only the default: it was not added (provisioned: "
     "false), or its\n"
     "  file was not built.",
     WHY_LOOK_MESSAGES},
    {LADDER_REGISTER, "paused", cm_is, "The call manager service hangs: its processes are stopped (state T).",
     WHY_LOOK_STATUS},
    {LADDER_REGISTER, "<proxy>", NULL,
     "The configuration names a <proxy> other than USECALLMANAGER: a phone sends no REGISTER for such a "
     "line.",
     WHY_LOOK_MESSAGES},
    {LADDER_REGISTER, "423", NULL, "The registration interval is too brief for the call manager.",
     WHY_LOOK_MESSAGES},
    {LADDER_REGISTER, "503", NULL, "The call manager is out of service.", WHY_LOOK_STATUS},
    {LADDER_REGISTER, "500", NULL, "The call manager has an internal error.", WHY_LOOK_CM_LOG},
    {LADDER_REGISTER, "401", NULL, "The digest credentials are wrong.", WHY_LOOK_MESSAGES},
    {LADDER_REGISTER, "[Reason=2]", rejected,
     "The call manager does not know the device: it was not added (provisioned: false), or deleted.",
     WHY_LOOK_CM_LOG},
    {LADDER_REGISTER, "[Reason=13]", rejected,
     "The directory number in the phone's configuration is not the one that the call manager has for the "
     "device.",
     WHY_LOOK_CM_LOG},
    {LADDER_REGISTER, "[Reason=10]", rejected,
     "The digest user is not that of the device. A phone has one credential for all lines, that of the last "
     "line\n"
     "  in its configuration.",
     WHY_LOOK_CM_LOG},
    {LADDER_REGISTER, "404", NULL, "The call manager has no such line.", WHY_LOOK_MESSAGES},
    {LADDER_REGISTER, "403", NULL, "The call manager forbids this device: 403; its alarms report no reason.",
     WHY_LOOK_CM_LOG},
    {LADDER_REGISTER, "no answer", NULL, "REGISTER is never answered, though the connection is there.",
     "capture PHONE -w sip.pcapng"},
    {LADDER_REGISTER, "closed", NULL,
     "The call manager, or something before it, closes the connection at REGISTER.",
     "capture PHONE -w sip.pcapng"},
    {LADDER_REGISTER, "reset", NULL,
     "The call manager, or something before it, closes the connection at REGISTER.",
     "capture PHONE -w sip.pcapng"},
    {LADDER_REGISTER, NULL, NULL,
     "REGISTER had no good answer; or the phone believes in a registration that the call manager does not "
     "have.",
     WHY_LOOK_STATUS},
    {0},
};
