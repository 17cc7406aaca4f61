/* Checks of a plan: cucm_plan_check of plan.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cucm/model.h"
#include "cucm/plan.h"
#include "cucm/plan_servers.h"
#include "cucm/plan_word.h"

#define NODES_MAX   5  /* members of a call manager group */
#define LINES_MAX   16 /* line buttons in a device's file */
#define TEXT_MAX    60 /* characters of a text on the display */
#define RULES_MAX   64
#define PREFIX_MOST 55 /* PREFIX/cucm/NODE/ctl is the path of a Unix socket: 107 characters */

static int check_nodes(const struct cucm_plan *plan, struct fail *fail)
{
	if (!plan->node_count || plan->node_count > NODES_MAX)
		return fail_set(fail, -EINVAL, "cluster: found %zu nodes, expected 1 to %d", plan->node_count,
				NODES_MAX);
	for (size_t i = 0; i < plan->node_count; i++) {
		int err =
		    plan_check_word("name of a call manager", plan->nodes[i].name, "-", PLAN_WORD_MAX, fail);

		if (err)
			return err;
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
	int err = plan_check_word("directory number", line->number, "*#+._-", 50, fail);

	if (!err)
		err = plan_check_text("display name", line->display_name, TEXT_MAX, fail);
	if (!err)
		err = plan_check_text("label", line->label, TEXT_MAX, fail);
	if (!err && line->auth_name)
		err = plan_check_word("digest user", line->auth_name, "._-@", TEXT_MAX, fail);
	if (!err)
		err = plan_check_text("digest password", line->auth_password, TEXT_MAX, fail);
	if (!err && digest && !line->auth_password)
		err =
		    fail_set(fail, -EINVAL,
			     "line %s has no digest password, but the cluster demands digest authentication",
			     line->number);
	return err ? fail_prefix(fail, err, "%s", name) : 0;
}

static int check_rules(const struct cucm_dial_rules *rules, struct fail *fail)
{
	if (rules->rule_count > RULES_MAX)
		return fail_set(fail, -EINVAL, "dial rules %s: found %zu rules, expected at most %d",
				rules->name, rules->rule_count, RULES_MAX);
	for (size_t i = 0; i < rules->rule_count; i++) {
		const struct cucm_dial_rule *rule = &rules->rules[i];
		int err = plan_check_text("match", rule->match, TEXT_MAX, fail);

		if (!err && (!rule->match || !*rule->match))
			err = fail_set(fail, -EINVAL, "match: found nothing, expected a pattern");
		if (!err)
			err = plan_check_text("rewrite", rule->rewrite, TEXT_MAX, fail);
		if (!err)
			err = plan_check_text("tone", rule->tone, TEXT_MAX, fail);
		if (err)
			return fail_prefix(fail, err, "dial rules %s, rule %zu", rules->name, i + 1);
	}
	return 0;
}

static int check_device(const struct cucm_plan *plan, const struct cucm_device *device, struct fail *fail)
{
	char name[DEVICE_TEXT];
	int err;

	mac_format_device(&device->mac, name);
	if (!cucm_model_find(device->model))
		return fail_set(fail, -EINVAL, "%s: found model \"%s\", expected a phone such as 7841", name,
				device->model ? device->model : "");
	if (!device->line_count || device->line_count > LINES_MAX)
		return fail_set(fail, -EINVAL, "%s: found %zu lines, expected 1 to %d", name,
				device->line_count, LINES_MAX);
	for (size_t i = 0; i < device->line_count; i++) {
		err = check_line(name, &device->lines[i], plan->digest, fail);
		if (err)
			return err;
	}
	err = plan_check_text("description", device->description, 128, fail);
	if (!err && device->load && *device->load)
		err = plan_check_word("load", device->load, "._-", TEXT_MAX, fail);
	if (!err && device->dial_rules)
		err = check_rules(device->dial_rules, fail);
	if (!err && device->locale) {
		err = plan_check_word("user locale", device->locale->user, "_-", TEXT_MAX, fail);
		if (!err)
			err =
			    plan_check_word("network locale", device->locale->network, "_-", TEXT_MAX, fail);
		if (!err)
			err = plan_check_word("language", device->locale->language, "_", 15, fail);
	}
	return err ? fail_prefix(fail, err, "%s", name) : 0;
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
		int err;

		if (!cucm_model_find(load->model))
			return fail_set(fail, -EINVAL, "default load: found model \"%s\", expected a phone",
					load->model ? load->model : "");
		err = plan_check_word("default load", load->load, "._-", TEXT_MAX, fail);
		if (err)
			return err;
	}
	for (size_t i = 0; i < plan->load_count; i++) {
		int err = plan_check_word("firmware load", plan->loads[i].name, "._-", TEXT_MAX, fail);

		if (err)
			return err;
		if (plan->loads[i].size > 64 << 20)
			return fail_set(fail, -EINVAL,
					"firmware load %s: found %zu octets, expected at most 64 MiB",
					plan->loads[i].name, plan->loads[i].size);
	}
	return 0;
}

int cucm_plan_check(const struct cucm_plan *plan, struct fail *fail)
{
	int err = check_nodes(plan, fail);

	/* The prefix is written into files of four syntaxes, without quotes in some. */
	if (!err && (cucm_plan_prefix(plan)[0] != '/' || strlen(cucm_plan_prefix(plan)) > PREFIX_MOST))
		err = fail_set(
		    fail, -EINVAL,
		    "run directory: found \"%.120s\", expected an absolute path of at most 100 characters",
		    cucm_plan_prefix(plan));
	if (!err)
		err = plan_check_word("run directory", cucm_plan_prefix(plan) + 1, "/._-", PREFIX_MOST, fail);
	if (!err)
		err = plan_check_word("cluster", plan->cluster, "._-", TEXT_MAX, fail);
	if (!err)
		err = plan_check_word("domain", cucm_plan_domain(plan), ".-", TEXT_MAX, fail);
	if (!err)
		err = plan_check_text("time zone", plan->time_zone, TEXT_MAX, fail);
	if (!err)
		err = plan_check_text("date template", plan->date_template, 15, fail);
	if (!err && plan->expires_max_s > 86400)
		err = fail_set(fail, -EINVAL, "granted expiry: found %u s, expected at most 86400 s",
			       plan->expires_max_s);
	for (size_t i = 0; i < plan->device_count && !err; i++)
		err = check_device(plan, &plan->devices[i], fail);
	for (size_t i = 0; i < plan->app_dial_rule_count && !err; i++) {
		err = plan_check_text("application dial rule", plan->app_dial_rules[i].name, TEXT_MAX, fail);
		if (!err)
			err = plan_check_text("application dial rule", plan->app_dial_rules[i].begins_with,
					      TEXT_MAX, fail);
	}
	if (!err)
		err = check_macs(plan, fail);
	if (!err)
		err = check_loads(plan, fail);
	return err ? err : plan_check_servers(plan, fail);
}
