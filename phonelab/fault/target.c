#include "phonelab/fault/target.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "phonelab/document/braces.h"

#define PHONES_LISTED 8

static bool fits_model(const struct topology_phone *phone, const struct fault *fault)
{
	return regex_matches(fault->model, 0, phone->row->model_name);
}

/* Does the phone register over TLS? */
static bool is_secure(const struct topology_phone *phone)
{
	return phone->row->provisioned && phone->row->security != TOPOLOGY_PHONE_NON_SECURE;
}

/* Only auto-registration adds a phone that the topology does not provision. */
static bool fits_needs(const struct topology_phone *phone, const struct fault *fault)
{
	if (fault->needs < 0)
		return true;
	switch ((enum fault_needs)fault->needs) {
	case FAULT_NEEDS_ROUTER:
	case FAULT_NEEDS_MIXED: return true;
	case FAULT_NEEDS_AUTO_REGISTRATION: return !phone->row->provisioned;
	case FAULT_NEEDS_TLS: return is_secure(phone);
	case FAULT_NEEDS_LSC: return is_secure(phone) && phone->row->lsc == TOPOLOGY_LSC_INSTALLED;
	case FAULT_NEEDS_MIC:
		return is_secure(phone) && phone->row->lsc == TOPOLOGY_LSC_NONE &&
		       phone->row->capf.operation == TOPOLOGY_CAPF_NONE;
	}
	return true;
}

static bool can_have(const struct topology_phone *phone, const struct fault *fault)
{
	return !fault || (fits_model(phone, fault) && fits_needs(phone, fault));
}

/* "SEP001122AABB01", "00:11:22:aa:bb:01" or "2001". */
static bool is_called(const struct topology_phone *phone, const char *text)
{
	char mac[13] = "";
	size_t n = 0;

	if (!strcasecmp(phone->name, text))
		return true;
	for (size_t i = 0; i < phone->line_count; i++)
		if (!strcmp(phone->lines[i], text))
			return true;
	for (const char *c = text; *c && n < 12; c++)
		if (!strchr(":.-", *c))
			mac[n++] = *c;
	return n == 12 && !strcasecmp(phone->name + 3, mac);
}

const char *fault_target_port(const struct topology *topology, const char *text, size_t *sw)
{
	const char *colon = strchr(text, ':');

	for (size_t i = 0; colon && i < topology->switches.n; i++) {
		const char *name = topology->switches.items[i].name;

		if (strlen(name) == (size_t)(colon - text) && !strncmp(name, text, strlen(name)))
			*sw = i;
	}
	return colon ? colon + 1 : text;
}

static bool is_at(const struct topology *topology, const struct topology_phone *phone, const char *text)
{
	size_t sw = phone->switch_index;
	const char *port = fault_target_port(topology, text, &sw);
	char own[24];

	topology_port_format(&phone->port, own);
	return sw == phone->switch_index && !strcasecmp(port, own);
}

/* "2001, 2002, 2003": the phones that can have the fault (NULL: all), by directory number if provisioned, else by name. Returns how many there are. */
static size_t list_phones(const struct topology *topology, const struct fault *fault, char *list, size_t size)
{
	size_t n = 0, used = 0;

	*list = '\0';
	for (size_t i = 0; i < topology->phone_count; i++) {
		const struct topology_phone *phone = &topology->phones[i];

		if (!can_have(phone, fault))
			continue;
		if (n < PHONES_LISTED && used < size)
			used += (size_t)snprintf(
			    list + used, size - used, "%s%s", n ? ", " : "",
			    phone->line_count && phone->row->provisioned ? phone->lines[0] : phone->name);
		n++;
	}
	if (n > PHONES_LISTED && used < size)
		snprintf(list + used, size - used, " and %zu more", n - PHONES_LISTED);
	return n;
}

/* The phones of a cluster in mixed mode that can have the fault. */
static const char *phone_text(const struct fault *fault)
{
	return fault->needs == FAULT_NEEDS_MIC	 ? "a phone with a `security` mode that has only its MIC"
	       : fault->needs == FAULT_NEEDS_LSC ? "a phone with a `security` mode and `lsc: installed`"
						 : "a phone with a `security` mode";
}

int fault_target_phone(const struct topology *topology, const struct fault_target *target,
		       const struct fault *fault, const struct topology_phone **phone, struct fail *fail)
{
	char list[400];

	*phone = NULL;
	for (size_t i = 0; i < topology->phone_count; i++) {
		const struct topology_phone *other = &topology->phones[i];

		if (target->phone  ? !is_called(other, target->phone)
		    : target->port ? !is_at(topology, other, target->port)
				   : !can_have(other, fault))
			continue;
		if (!fits_model(other, fault))
			return fail_set(fail, -EINVAL, "%s is a %s; the fault needs a phone of model %s",
					other->name, other->row->model_name, fault->model);
		if (!fits_needs(other, fault) && fault->needs != FAULT_NEEDS_AUTO_REGISTRATION) {
			size_t n = list_phones(topology, fault, list, sizeof(list));

			return fail_set(fail, -EINVAL,
					"%s needs %s, and %s is none; phones that can have this fault: %s",
					fault->id, phone_text(fault), other->name, n ? list : "none");
		}
		if (!fits_needs(other, fault)) {
			size_t n = list_phones(topology, fault, list, sizeof(list));

			return fail_set(fail, -EINVAL,
					"the topology provisions %s, so auto-registration does not concern "
					"it; phones with "
					"`provisioned: no`: %s",
					other->name, n ? list : "none");
		}
		*phone = other;
		return 0;
	}
	list_phones(topology, NULL, list, sizeof(list));
	if (target->phone)
		return fail_set(fail, -EINVAL, "unknown phone \"%s\"; phones of this lab: %s", target->phone,
				list);
	if (!target->port && fault->model)
		return fail_set(fail, -EINVAL, "no phone of this lab is of model %s", fault->model);
	return 0;
}

int fault_target_needed(const struct topology *topology, const struct fault *fault,
			const struct fault_target *target, struct fail *fail)
{
	const struct topology_phone *phone;
	char list[400];

	if (fault->scope > FAULT_PORT || target->phone || (fault->scope == FAULT_PORT && target->port))
		return 0;
	if (target->port) {
		if (fault_target_phone(topology, target, fault, &phone, fail))
			return fail->err;
		return phone
			   ? 0
			   : fail_set(fail, -EINVAL, "%s affects one phone, and no phone is plugged in at %s",
				      fault->id, target->port);
	}
	if (list_phones(topology, fault, list, sizeof(list)) <= 1)
		return 0;
	return fail_set(fail, -EINVAL, "%s affects one %s; phones that can have this fault: %s", fault->id,
			fault->scope == FAULT_PORT ? "port: name it with --port SWITCH:PORT or --phone PHONE"
						   : "phone: name it with --phone PHONE",
			list);
}

bool fault_target_erases(const struct fault *fault, const struct fault_target *target)
{
	return target->erase || fault->flash == FAULT_FLASH_ERASED;
}

/* Is a server of the phones outside of their VLAN? */
static bool has_way_by_router(const struct topology *topology, const struct topology_phone *phone)
{
	for (size_t i = 0; i < topology->servers.n; i++)
		if (topology->servers.items[i].kind == TOPOLOGY_TFTP &&
		    topology->servers.items[i].plug.net != phone->net)
			return true;
	for (size_t i = 0; i < topology->cluster.nodes.n; i++)
		if (topology->cluster.nodes.items[i].plug.net != phone->net)
			return true;
	return false;
}

static int needs_router(const struct topology *topology, const struct fault *fault, struct fail *fail)
{
	for (size_t i = 0; i < topology->phone_count; i++)
		if (has_way_by_router(topology, &topology->phones[i]))
			return 0;
	return fail_set(
	    fail, -EINVAL,
	    "%s has no symptom in this lab: the TFTP servers and call managers are in the VLAN of the "
	    "phones, so no phone needs a gateway; use a topology with the servers in another VLAN",
	    fault->id);
}

static int needs_auto_registration(const struct topology *topology, const struct fault *fault,
				   const struct fault_target *target, struct fail *fail)
{
	const struct topology_phone *phone;
	char ignored[400];

	if (!topology->cluster.auto_registration)
		return fail_set(
		    fail, -EINVAL,
		    "%s has no symptom in this lab: its topology has no cluster.auto_registration; use a "
		    "topology with a range (auto_registration: 3000-3999) and a phone with "
		    "`provisioned: no`",
		    fault->id);
	if (!list_phones(topology, fault, ignored, sizeof(ignored)))
		return fail_set(
		    fail, -EINVAL,
		    "%s has no symptom in this lab: its topology provisions every phone; use a topology "
		    "with a phone that has `provisioned: no`",
		    fault->id);
	return fault_target_phone(topology, target, fault, &phone, fail);
}

static int needs_mixed(const struct topology *topology, const struct fault *fault,
		       const struct fault_target *target, struct fail *fail)
{
	const struct topology_phone *phone;
	char ignored[400];

	if (topology->cluster.security != TOPOLOGY_MIXED)
		return fail_set(
		    fail, -EINVAL,
		    "%s has no symptom in this lab: its cluster is not in mixed mode; use a topology with "
		    "`security: mixed` in `cluster`, for example secure",
		    fault->id);
	if (!list_phones(topology, fault, ignored, sizeof(ignored)))
		return fail_set(fail, -EINVAL, "%s has no symptom in this lab: it needs %s", fault->id,
				phone_text(fault));
	return fault_target_phone(topology, target, fault, &phone, fail);
}

static int check_needs(const struct topology *topology, const struct fault *fault,
		       const struct fault_target *target, struct fail *fail)
{
	if (fault->needs < 0)
		return 0;
	switch ((enum fault_needs)fault->needs) {
	case FAULT_NEEDS_ROUTER: return needs_router(topology, fault, fail);
	case FAULT_NEEDS_AUTO_REGISTRATION: return needs_auto_registration(topology, fault, target, fail);
	case FAULT_NEEDS_MIXED:
	case FAULT_NEEDS_TLS:
	case FAULT_NEEDS_MIC:
	case FAULT_NEEDS_LSC: return needs_mixed(topology, fault, target, fail);
	}
	return 0;
}

int fault_target_check(const struct topology *topology, const struct fault *fault,
		       const struct fault_target *target, struct fail *fail)
{
	static const struct {
		const char *affects;
		bool phone, port, service, all;
		const char *takes;
	} scopes[] = {
	    [FAULT_PHONE] = {"one phone", true, true, false, true, "--phone, --port or --all"},
	    [FAULT_PORT] = {"one port", true, true, false, false, "--phone or --port"},
	    [FAULT_SERVICE] = {"every phone that uses the server", false, false, true, true, "--service"},
	    [FAULT_ALL] = {"all phones of the lab", false, true, false, true,
			   "--port, which selects the switch"},
	};
	const char *wrong = target->phone && !scopes[fault->scope].phone       ? "--phone"
			    : target->port && !scopes[fault->scope].port       ? "--port"
			    : target->service && !scopes[fault->scope].service ? "--service"
			    : target->all && !scopes[fault->scope].all	       ? "--all"
									       : NULL;

	if (wrong)
		return fail_set(fail, -EINVAL,
				"%s affects %s, so %s does not apply; the fault accepts only %s", fault->id,
				scopes[fault->scope].affects, wrong, scopes[fault->scope].takes);
	if (check_needs(topology, fault, target, fail) || fault_target_needed(topology, fault, target, fail))
		return fail->err;
	return fault_target_applies(topology, fault, target, fail);
}
