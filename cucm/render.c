#include "cucm/cucm.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cucm/authority.h"
#include "cucm/config.h"
#include "cucm/tree.h"
#include "base/file.h"

static int render_path(char path[4096], const char *directory, const char *folder, const char *name,
		       const char *file, struct fail *fail)
{
	if ((size_t)snprintf(path, 4096, "%s%s/%s/%s", directory, folder, name, file) >= 4096)
		return fail_set(fail, -ENAMETOOLONG, "%.64s..: path too long", directory);
	return 0;
}

/* Write a text to DIRECTORY FOLDER/NAME/FILE, and make the folder. */
static int render_text(const char *directory, const char *folder, const char *name, const char *file,
		       struct text *text, struct fail *fail)
{
	char path[4096];
	int err = 0;

	if (render_path(path, directory, folder, name, "", fail) || file_make_directory(path, fail) ||
	    render_path(path, directory, folder, name, file, fail) || file_write_text(path, text, fail))
		err = fail->err;
	text_free(text);
	return err;
}

/* What Kamailio reads when it starts. */
static int render_sip(const struct cucm_plan *plan, const char *directory, const struct cucm_node *node,
		      struct fail *fail)
{
	struct text text = {0};
	int err;

	config_kamailio(plan, node, &text);
	err = render_text(directory, "/cucm", node->name, "kamailio.cfg", &text, fail);
	if (!err && plan->mixed) {
		config_kamailio_tls(plan, node, &text);
		err = render_text(directory, "/cucm", node->name, "tls.cfg", &text, fail);
	}
	return err;
}

static int render_node(const struct cucm_plan *plan, const char *directory, const struct cucm_node *node,
		       struct fail *fail)
{
	struct text text = {0};
	char path[4096];
	int err;

	if (render_path(path, directory, "/trace", node->name, "", fail) || file_make_directory(path, fail))
		return fail->err;
	err = render_sip(plan, directory, node, fail);
	if (!err && node == cucm_plan_publisher(plan)) {
		config_service(plan, node, &text);
		err = render_text(directory, "/cucm", node->name, "service.json", &text, fail);
	}
	if (!err && cucm_plan_certificates(plan)) {
		config_tvs(plan, node, &text);
		err = render_text(directory, "/cucm", node->name, "tvs.json", &text, fail);
	}
	if (!err && cucm_plan_certificates(plan) && node == cucm_plan_publisher(plan)) {
		config_capf(plan, node, &text);
		err = render_text(directory, "/cucm", node->name, "capf.json", &text, fail);
	}
	if (!err)
		err = render_path(path, directory, "/cucm", node->name, "cucm.sqlite", fail);
	return err ? err : config_database(plan, path, NULL, fail);
}

static int render_dhcp(const struct cucm_plan *plan, const char *directory,
		       const struct cucm_dhcp_server *server, struct fail *fail)
{
	struct text text = {0};

	config_dhcp(plan, server, &text);
	return render_text(directory, "", server->name, "dnsmasq.conf", &text, fail);
}

static int render_tftp(const struct cucm_plan *plan, const char *directory,
		       const struct cucm_tftp_server *server, struct fail *fail)
{
	struct text text = {0};
	int err;

	config_tftp(plan, server, &text);
	err = render_text(directory, "", server->name, "dnsmasq.conf", &text, fail);
	if (err)
		return err;
	config_http(plan, server, &text);
	return render_text(directory, "", server->name, "lighttpd.conf", &text, fail);
}

int cucm_write_device(const struct cucm_plan *plan, const char *directory, const struct cucm_device *device,
		      struct fail *fail)
{
	struct tree tree = {0};
	int err = cucm_plan_check(plan, fail);

	if (err)
		return err;
	if (tree_open(&tree, plan, directory, fail) || tree_device(&tree, device) ||
	    tree_device_trust_list(&tree, device) || tree_lists(&tree))
		err = fail->err;
	tree_close(&tree);
	return err;
}

int cucm_write_device_files(const struct cucm_plan *plan, const char *directory,
			    const struct cucm_device *device, struct fail *fail)
{
	struct cucm_plan one = *plan;
	struct tree tree = {0};
	int err = cucm_plan_check(plan, fail);

	if (err)
		return err;
	one.devices = device;
	one.device_count = 1;
	if (tree_open(&tree, &one, directory, fail) || tree_dial_rules(&tree) || tree_softkeys(&tree) ||
	    tree_locales(&tree) || (device->ringtones && tree_rings(&tree)) || tree_lists(&tree))
		err = fail->err;
	tree_close(&tree);
	return err;
}

/* A change of one node's database; path: of the database. */
typedef int database_fn(const char *path, const void *arg, struct fail *fail);

static int each_database(const struct cucm_plan *plan, const char *directory, database_fn *change,
			 const void *arg, struct fail *fail)
{
	int err = 0;

	for (size_t i = 0; i < plan->node_count && !err; i++) {
		char path[4096];

		if (plan->nodes[i].foreign)
			continue;
		err = render_path(path, directory, "/cucm", plan->nodes[i].name, "cucm.sqlite", fail);
		if (!err)
			err = change(path, arg, fail);
	}
	return err;
}

struct device_change {
	const struct cucm_plan *plan;
	const struct cucm_device *device;
};

static int change_device(const char *path, const void *arg, struct fail *fail)
{
	const struct device_change *change = arg;

	return config_database(change->plan, path, change->device, fail);
}

int cucm_write_device_database(const struct cucm_plan *plan, const char *directory,
			       const struct cucm_device *device, struct fail *fail)
{
	const struct device_change change = {plan, device};
	int err = cucm_plan_check(plan, fail);

	return err ? err : each_database(plan, directory, change_device, &change, fail);
}

struct number_change {
	const char *number, *description;
};

static int change_number(const char *path, const void *arg, struct fail *fail)
{
	const struct number_change *change = arg;

	return config_database_number(path, change->number, change->description, fail);
}

int cucm_write_number(const struct cucm_plan *plan, const char *directory, const char *number,
		      const char *description, struct fail *fail)
{
	const struct number_change change = {number, description};

	return each_database(plan, directory, change_number, &change, fail);
}

struct capf_change {
	const char *device, *status;
};

static int change_capf(const char *path, const void *arg, struct fail *fail)
{
	const struct capf_change *change = arg;

	return config_database_capf(path, change->device, change->status, fail);
}

int cucm_write_capf(const struct cucm_plan *plan, const char *directory, const char *device,
		    const char *status, struct fail *fail)
{
	const struct capf_change change = {device, status};

	return each_database(plan, directory, change_capf, &change, fail);
}

static int change_auto_registration(const char *path, const void *arg, struct fail *fail)
{
	return config_database_setting(path, "auto_registration", arg, fail);
}

int cucm_write_auto_registration(const struct cucm_plan *plan, const char *directory, const char *value,
				 struct fail *fail)
{
	return each_database(plan, directory, change_auto_registration, value, fail);
}

struct arrived_change {
	const char *device;
	bool done;
};

static int change_arrived(const char *path, const void *arg, struct fail *fail)
{
	const struct arrived_change *change = arg;

	return config_database_arrived(path, change->device, change->done, fail);
}

int cucm_write_arrived(const struct cucm_plan *plan, const char *directory, const char *device, bool done,
		       struct fail *fail)
{
	const struct arrived_change change = {device, done};

	return each_database(plan, directory, change_arrived, &change, fail);
}

int cucm_each_file(const struct cucm_plan *plan, const char *directory, const struct cucm_device *device,
		   cucm_file_fn *each, void *arg, struct fail *fail)
{
	static int (*const parts[])(struct tree *) = {tree_default, tree_dial_rules, tree_softkeys,
						      tree_locales, tree_rings};
	struct tree tree = {.plan = plan, .directory = directory, .fail = fail, .each = each, .arg = arg};
	const char *load = cucm_plan_device_load(plan, device);
	int err = cucm_plan_check(plan, fail);

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts) && !err; i++)
		err = parts[i](&tree);
	if (!err)
		err = tree_device(&tree, device);
	for (size_t i = 0; i < plan->load_count && !err; i++)
		if (!strcmp(plan->loads[i].name, load))
			err = tree_load(&tree, &plan->loads[i]);
	return err;
}

int cucm_each_trust_list(const struct cucm_plan *plan, const char *directory,
			 const struct cucm_device *device, cucm_file_fn *each, void *arg, struct fail *fail)
{
	struct tree tree = {.plan = plan, .directory = directory, .fail = fail, .each = each, .arg = arg};
	int err;

	if ((plan->itl == CUCM_ITL_NONE && !plan->mixed) || device->absent)
		return 0;
	err = cucm_keys_open(&tree.keys, directory, NULL, fail);
	if (!err)
		err = trust_open(&tree.trust, plan, directory, tree.keys, fail);
	if (!err)
		err = tree_trust_list(&tree);
	if (!err)
		err = tree_device_trust_list(&tree, device);
	tree_close(&tree);
	return err;
}

int cucm_write_trust_lists(const struct cucm_plan *plan, const char *directory, struct fail *fail)
{
	struct tree tree = {0};
	int err = cucm_plan_check(plan, fail);

	if (err)
		return err;
	if (tree_open(&tree, plan, directory, fail) || tree_trust_list(&tree) ||
	    tree_each_device(&tree, tree_device_trust_list) || tree_lists(&tree))
		err = fail->err;
	tree_close(&tree);
	return err;
}

static int write_tree(struct tree *tree)
{
	static int (*const parts[])(struct tree *) = {
	    tree_default, tree_trust_list, tree_dial_rules, tree_softkeys,
	    tree_locales, tree_rings,	   tree_firmware,
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts) && !err; i++)
		err = parts[i](tree);
	if (!err && (tree_each_device(tree, tree_device) || tree_each_device(tree, tree_device_trust_list) ||
		     tree_lists(tree)))
		err = tree->fail->err;
	return err;
}

static int render_tree(const struct cucm_plan *plan, const char *directory, struct fail *fail)
{
	struct tree tree = {0};
	int err = cucm_plan_certificates(plan) ? cucm_authority_make(plan, directory, fail) : 0;

	if (!err)
		err = tree_open(&tree, plan, directory, fail);
	if (!err)
		err = write_tree(&tree);
	tree_close(&tree);
	return err;
}

int cucm_sign_again(const struct cucm_plan *plan, const char *directory, struct fail *fail)
{
	struct tree tree = {0};
	int err = cucm_plan_check(plan, fail);

	if (!err)
		err = cucm_authority_use_signer(plan, directory, fail);
	if (!err)
		err = tree_open(&tree, plan, directory, fail);
	tree.skip[TRUST_CTL] = true;
	tree.sign_anew = true;
	if (!err)
		err = write_tree(&tree);
	tree_close(&tree);
	return err;
}

/* Write the lists of one kind. */
static int write_lists(const struct cucm_plan *plan, const char *directory, enum trust_kind kind,
		       struct fail *fail)
{
	struct tree tree = {0};
	int err = cucm_plan_check(plan, fail);

	if (!err)
		err = tree_open(&tree, plan, directory, fail);
	tree.skip[kind == TRUST_CTL ? TRUST_ITL : TRUST_CTL] = true;
	if (!err &&
	    (tree_trust_list(&tree) || tree_each_device(&tree, tree_device_trust_list) || tree_lists(&tree)))
		err = fail->err;
	tree_close(&tree);
	return err;
}

int cucm_write_ctl(const struct cucm_plan *plan, const char *directory, struct fail *fail)
{
	return write_lists(plan, directory, TRUST_CTL, fail);
}

int cucm_write_itl(const struct cucm_plan *plan, const char *directory, struct fail *fail)
{
	return write_lists(plan, directory, TRUST_ITL, fail);
}

static int change_mode(const char *path, const void *arg, struct fail *fail)
{
	const bool *mixed = arg;

	return config_database_setting(path, "cluster_security_mode", *mixed ? "1" : "0", fail);
}

int cucm_write_mode(const struct cucm_plan *plan, const char *directory, struct fail *fail)
{
	int err = cucm_write_ctl(plan, directory, fail);

	for (size_t i = 0; i < plan->node_count && !err; i++)
		if (!plan->nodes[i].foreign)
			err = render_sip(plan, directory, &plan->nodes[i], fail);
	return err ? err : each_database(plan, directory, change_mode, &plan->mixed, fail);
}

int cucm_write_dhcp(const struct cucm_plan *plan, const char *directory, struct fail *fail)
{
	int err = cucm_plan_check(plan, fail);

	for (size_t i = 0; i < plan->dhcp_server_count && !err; i++)
		err = render_dhcp(plan, directory, &plan->dhcp_servers[i], fail);
	return err;
}

int cucm_render(const struct cucm_plan *plan, const char *directory, struct fail *fail)
{
	char log[4096];
	int err = 0;

	if (cucm_plan_check(plan, fail) || render_path(log, directory, "", "log", "", fail) ||
	    file_make_directory(log, fail) || (!plan->foreign_devices && render_tree(plan, directory, fail)))
		return fail->err;
	for (size_t i = 0; i < plan->node_count && !err; i++)
		if (!plan->nodes[i].foreign)
			err = render_node(plan, directory, &plan->nodes[i], fail);
	if (!err)
		err = cucm_write_dhcp(plan, directory, fail);
	for (size_t i = 0; i < plan->tftp_server_count && !err; i++)
		err = render_tftp(plan, directory, &plan->tftp_servers[i], fail);
	return err;
}
