#include "cucm/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cucm/model.h"
#include "cucm/plan_check.h"

#define NODES_MAX   5  /* members of a call manager group */
#define LINES_MAX   16 /* line buttons in a device's file */
#define TEXT_MAX    60 /* characters of a text on the display */
#define RULES_MAX   64
#define PREFIX_MOST 55 /* PREFIX/cucm/NODE/ctl is the path of a Unix socket: 107 characters */

const char *cucm_plan_prefix(const struct cucm_plan *plan)
{
	return plan->prefix ? plan->prefix : "/run/phonelab";
}

const char *cucm_plan_domain(const struct cucm_plan *plan)
{
	return plan->domain ? plan->domain : "lab";
}

size_t cucm_plan_phones(const struct cucm_plan *plan)
{
	size_t phones = plan->phones ? plan->phones : plan->device_count;

	return phones ? phones : 1;
}

const char *cucm_plan_device_load(const struct cucm_plan *plan, const struct cucm_device *device)
{
	if (device->load)
		return device->load;
	for (size_t i = 0; i < plan->default_load_count; i++)
		if (!strcmp(plan->default_loads[i].model, device->model))
			return plan->default_loads[i].load;
	return "";
}

bool cucm_plan_certificates(const struct cucm_plan *plan)
{
	return plan->release != CUCM_RELEASE_NONE;
}

const struct cucm_node *cucm_plan_publisher(const struct cucm_plan *plan)
{
	for (size_t i = 0; i < plan->node_count; i++)
		if (plan->nodes[i].role == CUCM_ROLE_PUBLISHER && !plan->nodes[i].foreign &&
		    !plan->foreign_devices)
			return &plan->nodes[i];
	return NULL;
}

const struct cucm_node *cucm_plan_member(const struct cucm_plan *plan, const struct cucm_device *device,
					 size_t i)
{
	if (!device || !device->group)
		return i < plan->node_count ? &plan->nodes[i] : NULL;
	return i < device->group_count ? &plan->nodes[device->group[i]] : NULL;
}

const struct cucm_device *cucm_plan_find(const struct cucm_plan *plan, const char *name)
{
	struct mac mac;

	if (mac_parse_device(&mac, name))
		return NULL;
	for (size_t i = 0; i < plan->device_count; i++)
		if (mac_equal(&plan->devices[i].mac, &mac))
			return &plan->devices[i];
	return NULL;
}

static int check_nodes(const struct cucm_plan *plan, struct fail *fail)
{
	if (!plan->node_count || plan->node_count > NODES_MAX)
		return fail_set(fail, -EINVAL, "cluster: found %zu nodes, expected 1 to %d", plan->node_count,
				NODES_MAX);
	for (size_t i = 0; i < plan->node_count; i++) {
		if (plan_check_word("name of a call manager", plan->nodes[i].name, "-", PLAN_WORD_MAX, fail))
			return fail->err;
		if (!plan->nodes[i].address)
			return fail_set(fail, -EINVAL, "call manager %s: no address", plan->nodes[i].name);
		for (size_t j = 0; j < i; j++) {
			if (!strcmp(plan->nodes[i].name, plan->nodes[j].name))
				return fail_set(fail, -EINVAL, "call manager %s appears twice",
						plan->nodes[i].name);
		}
	}
	return 0;
}

static int check_line(const char *name, const struct cucm_line *line, bool digest, struct fail *fail)
{
	if (plan_check_word("directory number", line->number, "*#+._-", 50, fail) ||
	    plan_check_text("display name", line->display_name, TEXT_MAX, fail) ||
	    plan_check_text("label", line->label, TEXT_MAX, fail) ||
	    (line->auth_name && plan_check_word("digest user", line->auth_name, "._-@", TEXT_MAX, fail)) ||
	    plan_check_text("digest password", line->auth_password, TEXT_MAX, fail))
		return fail_prefix(fail, fail->err, "%s", name);
	if (digest && !line->auth_password)
		return fail_set(
		    fail, -EINVAL,
		    "%s: line %s has no digest password, but the cluster demands digest authentication", name,
		    line->number);
	return 0;
}

static int check_rules(const struct cucm_dial_rules *rules, struct fail *fail)
{
	if (rules->rule_count > RULES_MAX)
		return fail_set(fail, -EINVAL, "dial rules %s: found %zu rules, expected at most %d",
				rules->name, rules->rule_count, RULES_MAX);
	for (size_t i = 0; i < rules->rule_count; i++) {
		const struct cucm_dial_rule *rule = &rules->rules[i];
		if (!rule->match || !*rule->match)
			return fail_set(fail, -EINVAL,
					"dial rules %s, rule %zu: match: found nothing, expected a pattern",
					rules->name, i + 1);
		if (plan_check_text("match", rule->match, TEXT_MAX, fail) ||
		    plan_check_text("rewrite", rule->rewrite, TEXT_MAX, fail) ||
		    plan_check_text("tone", rule->tone, TEXT_MAX, fail))
			return fail_prefix(fail, fail->err, "dial rules %s, rule %zu", rules->name, i + 1);
	}
	return 0;
}

static int check_device(const struct cucm_plan *plan, const struct cucm_device *device, struct fail *fail)
{
	const struct cucm_locale *locale = device->locale;
	char name[DEVICE_TEXT];

	mac_format_device(&device->mac, name);
	if (!cucm_model_find(device->model))
		return fail_set(fail, -EINVAL, "%s: found model \"%s\", expected a phone such as 7841", name,
				device->model ? device->model : "");
	if (!device->line_count || device->line_count > LINES_MAX)
		return fail_set(fail, -EINVAL, "%s: found %zu lines, expected 1 to %d", name,
				device->line_count, LINES_MAX);
	for (size_t i = 0; i < device->group_count; i++)
		if (device->group[i] >= plan->node_count)
			return fail_set(fail, -EINVAL, "%s: the call manager group names node %u of %zu",
					name, device->group[i] + 1u, plan->node_count);
	for (size_t i = 0; i < device->line_count; i++)
		if (check_line(name, &device->lines[i], plan->digest, fail))
			return fail->err;
	if (plan_check_text("description", device->description, 128, fail) ||
	    (device->load && *device->load && plan_check_word("load", device->load, "._-", TEXT_MAX, fail)) ||
	    (device->dial_rules && check_rules(device->dial_rules, fail)) ||
	    (locale && (plan_check_word("user locale", locale->user, "_-", TEXT_MAX, fail) ||
			plan_check_word("network locale", locale->network, "_-", TEXT_MAX, fail) ||
			plan_check_word("language", locale->language, "_", 15, fail))))
		return fail_prefix(fail, fail->err, "%s", name);
	return 0;
}

static int compare_macs(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct mac));
}

/* No MAC address twice. Sorted, because there can be thousands. */
static int check_macs(const struct cucm_plan *plan, struct fail *fail)
{
	struct mac *macs = calloc(plan->device_count + 1, sizeof(*macs));
	int err = 0;

	if (!macs)
		return fail_set(fail, -ENOMEM, "out of memory");
	for (size_t i = 0; i < plan->device_count; i++)
		macs[i] = plan->devices[i].mac;
	qsort(macs, plan->device_count, sizeof(*macs), compare_macs);
	for (size_t i = 1; i < plan->device_count && !err; i++) {
		char name[DEVICE_TEXT];

		if (!mac_equal(&macs[i - 1], &macs[i]))
			continue;
		mac_format_device(&macs[i], name);
		err = fail_set(fail, -EINVAL, "device %s appears twice", name);
	}
	free(macs);
	return err;
}

static int check_loads(const struct cucm_plan *plan, struct fail *fail)
{
	for (size_t i = 0; i < plan->default_load_count; i++) {
		const struct cucm_default_load *load = &plan->default_loads[i];

		if (!cucm_model_find(load->model))
			return fail_set(fail, -EINVAL, "default load: found model \"%s\", expected a phone",
					load->model ? load->model : "");
		if (plan_check_word("default load", load->load, "._-", TEXT_MAX, fail))
			return fail->err;
	}
	for (size_t i = 0; i < plan->load_count; i++) {
		if (plan_check_word("firmware load", plan->loads[i].name, "._-", TEXT_MAX, fail))
			return fail->err;
		if (plan->loads[i].size > 64 << 20)
			return fail_set(fail, -EINVAL,
					"firmware load %s: found %zu octets, expected at most 64 MiB",
					plan->loads[i].name, plan->loads[i].size);
	}
	return 0;
}

static int check_app_dial_rules(const struct cucm_plan *plan, struct fail *fail)
{
	for (size_t i = 0; i < plan->app_dial_rule_count; i++)
		if (plan_check_text("application dial rule", plan->app_dial_rules[i].name, TEXT_MAX, fail) ||
		    plan_check_text("application dial rule", plan->app_dial_rules[i].begins_with, TEXT_MAX,
				    fail))
			return fail->err;
	return 0;
}

int cucm_plan_check(const struct cucm_plan *plan, struct fail *fail)
{
	const char *prefix = cucm_plan_prefix(plan);

	if (check_nodes(plan, fail))
		return fail->err;
	/* The prefix is written into files of four syntaxes, without quotes in some. */
	if (*prefix != '/' || strlen(prefix) > PREFIX_MOST)
		return fail_set(
		    fail, -EINVAL,
		    "run directory: found \"%.120s\", expected an absolute path of at most 100 characters",
		    prefix);
	if (plan_check_word("run directory", prefix + 1, "/._-", PREFIX_MOST, fail) ||
	    plan_check_word("cluster", plan->cluster, "._-", TEXT_MAX, fail) ||
	    plan_check_word("domain", cucm_plan_domain(plan), ".-", TEXT_MAX, fail) ||
	    plan_check_text("problem report URL", plan->problem_report_url, 255, fail) ||
	    plan_check_text("AXL user", plan->axl_user, TEXT_MAX, fail) ||
	    plan_check_text("AXL password", plan->axl_password, TEXT_MAX, fail) ||
	    plan_check_text("time zone", plan->time_zone, TEXT_MAX, fail) ||
	    plan_check_text("date template", plan->date_template, 15, fail))
		return fail->err;
	if (plan->expires_max_s > 86400)
		return fail_set(fail, -EINVAL, "granted expiry: found %u s, expected at most 86400 s",
				plan->expires_max_s);
	for (size_t i = 0; i < plan->device_count; i++)
		if (check_device(plan, &plan->devices[i], fail))
			return fail->err;
	return check_app_dial_rules(plan, fail) || check_macs(plan, fail) || check_loads(plan, fail)
		   ? fail->err
		   : plan_check_servers(plan, fail);
}
