#include "phonelab/lab/intended.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cucm/config.h"
#include "phonelab/lab/credentials.h"
#include "phonelab/lab/lab_file.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/provision.h"
#include "phonelab/lab/rows.h"
#include "phonelab/lab/scratch.h"
#include "switch-sim/driver/switch_file.h"

int intended_read(struct intended *intended, const char *directory, struct fail *fail)
{
	char removed[600];

	*intended = (struct intended){.topology = lab_file_intended(directory, fail)};
	if (!intended->topology)
		return fail->err;
	intended->first = plan_cucm(intended->topology);
	intended->plan = intended->first;
	provision_recall(intended->topology, &intended->plan, directory);
	snprintf(removed, sizeof(removed), "%s/" CREDENTIALS_REMOVED, directory);
	if (!access(removed, F_OK))
		credentials_remove(&intended->topology->arena, &intended->first, &intended->plan);
	return 0;
}

void intended_free(struct intended *intended)
{
	topology_free(intended->topology);
	*intended = (struct intended){0};
}

const struct cucm_device *intended_device(const struct intended *intended, const char *name)
{
	char text[DEVICE_TEXT];

	for (size_t i = 0; i < intended->plan.device_count; i++) {
		mac_format_device(&intended->plan.devices[i].mac, text);
		if (!strcmp(text, name))
			return &intended->plan.devices[i];
	}
	return NULL;
}

/* --- configurations --- */

struct config_call {
	intended_config_fn *each;
	void *arg;
	const char *node, *folder, *file;
};

/* Hands the two texts over, and releases them. */
static void call(const struct config_call *of, struct text *first, struct text *now)
{
	char path[200];

	snprintf(path, sizeof(path), "%s%.80s/%s", of->folder, of->node, of->file);
	if (!first->failed && !now->failed && first->bytes && now->bytes)
		of->each(of->arg, of->node, of->file, path, first->bytes, now->bytes);
	text_free(first);
	text_free(now);
}

typedef void server_text_fn(const struct cucm_plan *plan, const struct cucm_tftp_server *server,
			    struct text *text);

static void call_tftp(const struct intended *intended, struct config_call *of, size_t i, const char *file,
		      server_text_fn *render)
{
	struct text first = {0}, now = {0};

	of->file = file;
	render(&intended->first, &intended->first.tftp_servers[i], &first);
	render(&intended->plan, &intended->plan.tftp_servers[i], &now);
	call(of, &first, &now);
}

void intended_each_config(const struct intended *intended, intended_config_fn *each, void *arg)
{
	const struct cucm_plan *first = &intended->first, *plan = &intended->plan;
	struct config_call of = {.each = each, .arg = arg, .folder = ""};

	for (size_t i = 0; i < plan->dhcp_server_count; i++) {
		struct text before = {0}, now = {0};

		of.node = plan->dhcp_servers[i].name;
		of.file = "dnsmasq.conf";
		config_dhcp(first, &first->dhcp_servers[i], &before);
		config_dhcp(plan, &plan->dhcp_servers[i], &now);
		call(&of, &before, &now);
	}
	for (size_t i = 0; i < plan->tftp_server_count; i++) {
		of.node = plan->tftp_servers[i].name;
		call_tftp(intended, &of, i, "dnsmasq.conf", config_tftp);
		call_tftp(intended, &of, i, "lighttpd.conf", config_http);
	}
	of.folder = "cucm/";
	for (size_t i = 0; i < plan->node_count; i++) {
		struct text before = {0}, now = {0};

		if (plan->nodes[i].foreign)
			continue;
		of.node = plan->nodes[i].name;
		of.file = "kamailio.cfg";
		config_kamailio(first, &first->nodes[i], &before);
		config_kamailio(plan, &plan->nodes[i], &now);
		call(&of, &before, &now);
		if (!plan->mixed)
			continue;
		of.file = "tls.cfg";
		before = now = (struct text){0};
		config_kamailio_tls(first, &first->nodes[i], &before);
		config_kamailio_tls(plan, &plan->nodes[i], &now);
		call(&of, &before, &now);
	}
}

/* --- what is rendered through a file --- */

json_t *intended_rows(const struct intended *intended, const struct cucm_device *device, struct fail *fail)
{
	char folder[SCRATCH_PATH], path[SCRATCH_PATH + 16], name[DEVICE_TEXT];
	json_t *rows = NULL;

	if (scratch_make(folder, fail))
		return NULL;
	snprintf(path, sizeof(path), "%s/rows.sqlite", folder);
	mac_format_device(&device->mac, name);
	if (!config_database(&intended->plan, path, device, fail))
		rows = rows_read(path, name, fail);
	scratch_remove(folder);
	return rows;
}

static void ignore(void *arg, const struct switch_action *action)
{
	(void)arg;
	if (action->kind == SWITCH_ACTION_EVENT)
		json_decref(action->event.evidence);
}

char *intended_running_config(const struct intended *intended, size_t i, struct fail *fail)
{
	static const char *const words[] = {"running-config"};
	struct switch_core *core = NULL;
	struct switch_file file;
	char folder[SCRATCH_PATH], path[SCRATCH_PATH + 16], *text = NULL;
	json_t *object;
	int err;

	if (scratch_make(folder, fail))
		return NULL;
	snprintf(path, sizeof(path), "%s/switch.json", folder);
	object = plan_switch(intended->topology, i);
	text = json_dumps(object, 0);
	err = text ? file_write(path, text, strlen(text), fail) : fail_set(fail, -ENOMEM, "out of memory");
	free(text);
	text = NULL;
	json_decref(object);
	if (!err && !switch_file_read(&file, path, fail)) {
		if (!switch_core_new(&core, &file.config, 0, ignore, NULL, fail))
			text = switch_core_show(core, 0, words, 1);
		switch_core_free(core);
		switch_file_free(&file);
	}
	scratch_remove(folder);
	return text;
}
