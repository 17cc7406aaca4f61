#include "phonelab/fault/target.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "phonelab/document/braces.h"

#define PHONES_LISTED 8

static bool fits_model(const struct topology_phone *phone, const char *model)
{
	return regex_matches(model, 0, phone->row->model_name);
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

/* "2001, 2002, 2003": the phones of the model, by directory number or name. Returns how many there are. */
static size_t list_phones(const struct topology *topology, const char *model, char *list, size_t size)
{
	size_t n = 0, used = 0;

	*list = '\0';
	for (size_t i = 0; i < topology->phone_count; i++) {
		const struct topology_phone *phone = &topology->phones[i];

		if (!fits_model(phone, model))
			continue;
		if (n < PHONES_LISTED && used < size)
			used += (size_t)snprintf(list + used, size - used, "%s%s", n ? ", " : "",
						 phone->line_count ? phone->lines[0] : phone->name);
		n++;
	}
	if (n > PHONES_LISTED && used < size)
		snprintf(list + used, size - used, " and %zu more", n - PHONES_LISTED);
	return n;
}

int fault_target_phone(const struct topology *topology, const struct fault_target *target, const char *model,
		       const struct topology_phone **phone, struct fail *fail)
{
	char list[400];

	*phone = NULL;
	for (size_t i = 0; i < topology->phone_count; i++) {
		const struct topology_phone *other = &topology->phones[i];

		if (target->phone  ? !is_called(other, target->phone)
		    : target->port ? !is_at(topology, other, target->port)
				   : !fits_model(other, model))
			continue;
		if (!fits_model(other, model))
			return fail_set(fail, -EINVAL, "%s is a %s; the fault needs a phone of model %s",
					other->name, other->row->model_name, model);
		*phone = other;
		return 0;
	}
	list_phones(topology, NULL, list, sizeof(list));
	if (target->phone)
		return fail_set(fail, -EINVAL, "unknown phone \"%s\"; phones of this lab: %s", target->phone,
				list);
	if (!target->port && model)
		return fail_set(fail, -EINVAL, "no phone of this lab is of model %s", model);
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
		if (fault_target_phone(topology, target, fault->model, &phone, fail))
			return fail->err;
		return phone
			   ? 0
			   : fail_set(fail, -EINVAL, "%s affects one phone, and no phone is plugged in at %s",
				      fault->id, target->port);
	}
	if (list_phones(topology, fault->model, list, sizeof(list)) <= 1)
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

static int check_needs(const struct topology *topology, const struct fault *fault, struct fail *fail)
{
	for (size_t i = 0; i < topology->phone_count; i++)
		if (fault->needs != FAULT_NEEDS_ROUTER || has_way_by_router(topology, &topology->phones[i]))
			return 0;
	return fail_set(
	    fail, -EINVAL,
	    "%s has no symptom in this lab: the TFTP servers and call managers are in the VLAN of the "
	    "phones, so no phone needs a gateway; use a topology with the servers in another VLAN",
	    fault->id);
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
	if (check_needs(topology, fault, fail) || fault_target_needed(topology, fault, target, fail))
		return fail->err;
	return fault_target_applies(topology, fault, target, fail);
}
