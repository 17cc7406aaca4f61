/* Causes for a registered phone: it uses its second choice. */
#include "base/json_text.h"
#include "phonelab/why/rules.h"

#include <string.h>

#include "phonelab/why/facts.h"

/* The call manager that the topology has in the first place: its name. */
static const char *first_manager(const struct why_case *it)
{
	return json_text(json_array_get(json_object_get(it->status, "cluster"), 0), "name");
}

static bool with_another(const struct why_case *it)
{
	return *first_manager(it) && strcmp(json_text(it->phone, "registered_with"), first_manager(it)) != 0;
}

static bool first_is(const struct why_case *it)
{
	const json_t *service;
	size_t i;

	json_array_foreach (json_object_get(it->status, "services"), i, service) {
		if (!strcmp(json_text(service, "name"), first_manager(it)))
			return with_another(it) && !strcmp(json_text(service, "state"), it->text);
	}
	return false;
}

/* The first address of the list that DHCP gave. */
static bool first_tftp_is_unknown(const struct why_case *it)
{
	const char *address = json_string_value(json_array_get(json_object_get(it->phone_more, "tftp"), 0));

	return address && why_address_is_foreign(it, "tftp", address);
}

const struct why_rule why_rules_registered[] = {
    {0, "stopped", first_is,
     "The call manager of highest priority is not running: the phone has gone to the next one.",
     WHY_LOOK_STATUS},
    {0, "paused", first_is, "The call manager of highest priority hangs: the phone has gone to the next one.",
     WHY_LOOK_STATUS},
    {0, NULL, with_another,
     "The call manager of highest priority does not answer this phone: it has gone to the next one.",
     "console PHONE"},
    {0, NULL, first_tftp_is_unknown,
     "The first address in option 150 belongs to no TFTP server: every boot waits for it before it takes the "
     "next.",
     WHY_LOOK_DHCP_CONF},
    {0},
};
