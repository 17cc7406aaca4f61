/* SEP<MAC>.cnf.xml and XMLDefault.cnf.xml: the configuration of a phone. */
#include "cucm/tree.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>

#include "base/ipv4.h"
#include "cucm/model.h"
#include "wire/phonexml.h"

#define CONFIG_ROOM (256 * 1024)

#define COPY(to, from) snprintf(to, sizeof(to), "%s", from)

static void device_members(const struct cucm_plan *plan, struct phonexml_member *member, unsigned *members,
			   struct phonexml_tvs *tvs, unsigned *tvs_members)
{
	for (size_t i = 0; i < plan->node_count && i < PHONEXML_MEMBERS_MAX; i++) {
		const struct cucm_node *node = &plan->nodes[i];

		member[i] = (struct phonexml_member){
		    .priority = (unsigned)i,
		    .phone_port = 2000,
		    .sip_port = node->sip_port ? node->sip_port : 5060,
		    .secure_sip_port = 5061,
		};
		ipv4_format(node->address, member[i].node);
		tvs[i] = (struct phonexml_tvs){.priority = (unsigned)i, .port = 2445};
		ipv4_format(node->address, tvs[i].address);
		*members = *tvs_members = (unsigned)i + 1;
	}
}

static void device_lines(const struct cucm_device *device, const char *name, struct phonexml_config *config)
{
	for (size_t i = 0; i < device->line_count && i < PHONEXML_LINES_MAX; i++) {
		const struct cucm_line *from = &device->lines[i];
		struct phonexml_line *line = &config->line[i];
		char owner[128];

		*line = (struct phonexml_line){
		    .button = (unsigned)i + 1,
		    .index = (unsigned)i + 1,
		    .feature = 9,
		    .has_auth_name = true,
		    .port = 5060,
		    .max_calls = 4,
		    .busy_trigger = 2,
		};
		COPY(line->name, from->number);
		COPY(line->display_name, from->display_name ? from->display_name : from->number);
		COPY(line->label, from->label ? from->label : from->number);
		COPY(line->auth_name, from->auth_name ? from->auth_name : name);
		COPY(line->auth_password, from->auth_password ? from->auth_password : "");
		COPY(line->proxy, "USECALLMANAGER");
		snprintf(owner, sizeof(owner), "%s/%s", name, from->number);
		guid_format("contact", owner, line->contact);
		config->lines = (unsigned)i + 1;
	}
}

static void device_urls(const struct cucm_plan *plan, struct phonexml_config *config)
{
	char address[IPV4_TEXT];

	ipv4_format(plan->nodes[0].address, address);
	snprintf(config->authentication_url, sizeof(config->authentication_url),
		 "http://%s:8080/ccmcip/authenticate.jsp", address);
	snprintf(config->directory_url, sizeof(config->directory_url),
		 "http://%s:8080/ccmcip/xmldirectory.jsp", address);
	snprintf(config->services_url, sizeof(config->services_url),
		 "http://%s:8080/ccmcip/getservicesmenu.jsp", address);
}

static enum phonexml_security_mode device_security(enum cucm_security security)
{
	switch (security) {
	case CUCM_SECURITY_NONE: return PHONEXML_SECURITY_NONE;
	case CUCM_SECURITY_AUTHENTICATED: return PHONEXML_SECURITY_AUTHENTICATED;
	case CUCM_SECURITY_ENCRYPTED: return PHONEXML_SECURITY_ENCRYPTED;
	}
	return PHONEXML_SECURITY_NONE;
}

static void device_config(const struct cucm_plan *plan, const struct cucm_device *device, const char *name,
			  struct phonexml_config *config)
{
	phonexml_config_default(config);
	COPY(config->date_template, plan->date_template ? plan->date_template : "M/D/Ya");
	COPY(config->time_zone, plan->time_zone ? plan->time_zone : "Greenwich Standard Time");
	COPY(config->problem_report_url, plan->problem_report_url ? plan->problem_report_url : "");
	device_members(plan, config->member, &config->members, config->tvs, &config->tvs_members);
	device_lines(device, name, config);
	COPY(config->phone_label, device->lines[0].label ? device->lines[0].label : device->lines[0].number);
	COPY(config->load, cucm_plan_device_load(plan, device));
	if (device->dial_rules)
		tree_dial_rules_name(device->dial_rules, config->dial_template);
	if (device->softkeys)
		tree_softkeys_name(device->softkeys, config->soft_key_file);
	if (device->locale) {
		COPY(config->user_locale, device->locale->user);
		COPY(config->user_locale_code, device->locale->language);
		COPY(config->network_locale, device->locale->network);
		COPY(config->network_locale_folder, device->locale->network);
	}
	config->security_mode = device_security(device->security);
	config->transport = device->udp ? PHONEXML_UDP : PHONEXML_TCP;
	device_urls(plan, config);
}

/* A GUID of the file's contents: phones compare it to find out whether their settings have changed. */
static int device_stamp(struct phonexml_config *config, const void *bytes, size_t size)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned length;

	if (!EVP_Digest(bytes, size, hash, &length, EVP_sha256(), NULL))
		return -EIO;
	snprintf(config->version_stamp, sizeof(config->version_stamp),
		 "{%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x}", hash[0], hash[1],
		 hash[2], hash[3], hash[4], hash[5], hash[6], hash[7], hash[8], hash[9], hash[10], hash[11],
		 hash[12], hash[13], hash[14], hash[15]);
	return 0;
}

int tree_device(struct tree *tree, const struct cucm_device *device)
{
	struct phonexml_config config;
	char name[DEVICE_TEXT], file[TREE_NAME], out[CONFIG_ROOM];
	ssize_t size;
	int err;

	mac_format_device(&device->mac, name);
	snprintf(file, sizeof(file), "%s.cnf.xml", name);
	if (device->absent || device->no_file)
		return tree_remove(tree, file);
	device_config(tree->plan, device, name, &config);
	size = phonexml_config_encode(&config, out, sizeof(out));
	if (size >= 0) {
		err = device_stamp(&config, out, (size_t)size);
		size = err ? err : phonexml_config_encode(&config, out, sizeof(out));
	}
	return tree_put_xml(tree, file, out, size);
}

static void default_loads(const struct cucm_plan *plan, struct phonexml_default *config)
{
	for (size_t i = 0; i < plan->default_load_count && config->loads < PHONEXML_LOADS_MAX; i++) {
		const struct cucm_model *model = cucm_model_find(plan->default_loads[i].model);
		struct phonexml_default_load *load = &config->load[config->loads++];

		load->model = model->id;
		snprintf(load->model_name, sizeof(load->model_name), "Cisco %s", model->name);
		COPY(load->load, plan->default_loads[i].load);
	}
}

int tree_default(struct tree *tree)
{
	struct phonexml_default config = {0};
	char out[CONFIG_ROOM];

	device_members(tree->plan, config.member, &config.members, config.tvs, &config.tvs_members);
	default_loads(tree->plan, &config);
	return tree_put_xml(tree, "XMLDefault.cnf.xml", out,
			    phonexml_default_encode(&config, out, sizeof(out)));
}
