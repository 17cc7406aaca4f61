/* SEP<MAC>.cnf.xml and XMLDefault.cnf.xml: the configuration of a phone. */
#include "cucm/tree.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/ipv4.h"
#include "cucm/encrypt.h"
#include "cucm/model.h"
#include "wire/capf.h"
#include "wire/phonexml.h"
#include "wire/tvs.h"

#define CONFIG_ROOM (256 * 1024)

#define COPY(to, from) snprintf(to, sizeof(to), "%s", from)

/* The call manager group of a device; device NULL: of a device without one. */
static void device_members(const struct cucm_plan *plan, const struct cucm_device *device,
			   struct phonexml_member *member, unsigned *members, struct phonexml_tvs *tvs,
			   unsigned *tvs_members)
{
	const struct cucm_node *node;

	for (size_t i = 0; i < PHONEXML_MEMBERS_MAX && (node = cucm_plan_member(plan, device, i)); i++) {

		member[i] = (struct phonexml_member){
		    .priority = (unsigned)i,
		    .phone_port = 2000,
		    .sip_port = node->sip_port ? node->sip_port : 5060,
		    .secure_sip_port = CUCM_TLS_PORT,
		};
		ipv4_format(node->address, member[i].node);
		tvs[i] = (struct phonexml_tvs){.priority = (unsigned)i, .port = TVS_PORT};
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

static enum phonexml_capf_mode device_capf_mode(const struct cucm_capf *capf)
{
	if (capf->operation == CUCM_CAPF_NONE)
		return PHONEXML_CAPF_NONE;
	switch (capf->authentication) {
	case CUCM_CAPF_NULL_STRING: return PHONEXML_CAPF_NULL_STRING;
	case CUCM_CAPF_STRING: return PHONEXML_CAPF_STRING;
	case CUCM_CAPF_EXISTING_LSC: return PHONEXML_CAPF_EXISTING;
	case CUCM_CAPF_EXISTING_MIC: return PHONEXML_CAPF_EXISTING_MIC;
	}
	return PHONEXML_CAPF_NONE;
}

/* The CAPF runs on the publisher. */
static void device_certificates(const struct cucm_plan *plan, const struct cucm_device *device,
				struct phonexml_config *config)
{
	if (!cucm_plan_certificates(plan) || !cucm_plan_publisher(plan))
		return;
	config->capf_mode = device_capf_mode(&device->capf);
	config->capf[0].port = CAPF_PORT;
	ipv4_format(cucm_plan_publisher(plan)->address, config->capf[0].node);
	config->capfs = 1;
	config->encrypted = device->encrypted_config;
}

static void device_config(const struct cucm_plan *plan, const struct cucm_device *device, const char *name,
			  struct phonexml_config *config)
{
	/* Out of mixed mode every phone is non-secure, whatever its profile is. */
	enum cucm_security security = plan->mixed ? device->security : CUCM_SECURITY_NONE;

	phonexml_config_default(config);
	COPY(config->date_template, plan->date_template ? plan->date_template : "M/D/Ya");
	COPY(config->time_zone, plan->time_zone ? plan->time_zone : "Greenwich Standard Time");
	for (size_t i = 0; i < plan->ntp_count && i < PHONEXML_NTPS_MAX; i++) {
		ipv4_format(plan->ntp[i], config->ntp[i]);
		config->ntps = (unsigned)i + 1;
	}
	COPY(config->problem_report_url, plan->problem_report_url ? plan->problem_report_url : "");
	device_members(plan, device, config->member, &config->members, config->tvs, &config->tvs_members);
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
	config->security_mode = device_security(security);
	config->transport = security != CUCM_SECURITY_NONE ? PHONEXML_TLS
			    : device->udp		   ? PHONEXML_UDP
							   : PHONEXML_TCP;
	device_certificates(plan, device, config);
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

/* Its file with its stamp, in out: the size, or a negative errno. The stamp is that of what the administrator has entered:
 * the hash of the phone's certificate does not change it. */
static ssize_t device_encode(const struct cucm_plan *plan, const struct cucm_device *device, const char *name,
			     const char *certificate_hash, struct phonexml_config *config, char *out,
			     size_t room)
{
	ssize_t size;
	int err;

	device_config(plan, device, name, config);
	size = phonexml_config_encode(config, out, room);
	if (size < 0)
		return size;
	err = device_stamp(config, out, (size_t)size);
	COPY(config->certificate_hash, certificate_hash);
	return err ? err : phonexml_config_encode(config, out, room);
}

int cucm_device_stamp(const struct cucm_plan *plan, const struct cucm_device *device, char stamp[CUCM_STAMP])
{
	struct phonexml_config config;
	char name[DEVICE_TEXT], out[CONFIG_ROOM];
	ssize_t size;
	size_t length;

	mac_format_device(&device->mac, name);
	size = device_encode(plan, device, name, "", &config, out, sizeof(out));
	if (size < 0)
		return (int)size;
	length = strlen(config.version_stamp);
	snprintf(stamp, CUCM_STAMP, "%.*s", (int)length - 2, config.version_stamp + 1);
	return 0;
}

/* The file for the phone's certificate, and the short file in its place. If the cluster knows no certificate that it can encrypt
 * for, there is only the short file. */
static int device_encrypted(struct tree *tree, const struct cucm_device *device, const char *name,
			    const char *file)
{
	char hash[CUCM_CERTIFICATE_HASH] = "", out[CONFIG_ROOM];
	X509 *certificate = cucm_phone_certificate(tree->directory, name);
	bool usable =
	    certificate && cucm_can_encrypt(certificate) && !cucm_certificate_hash(certificate, hash);
	struct phonexml_config config;
	ssize_t size = device_encode(tree->plan, device, name, hash, &config, out, sizeof(out));
	int err = size < 0 ? tree_put_xml(tree, file, out, size) : 0;

	if (!err)
		err = usable ? tree_put_encrypted(tree, file, certificate, out, (size_t)size)
			     : tree_remove_encrypted(tree, file);
	X509_free(certificate);
	config.full_config = false;
	return err ? err
		   : tree_put_xml(tree, file, out, phonexml_config_encode_short(&config, out, sizeof(out)));
}

int tree_device(struct tree *tree, const struct cucm_device *device)
{
	struct phonexml_config config;
	char name[DEVICE_TEXT], file[TREE_NAME], out[CONFIG_ROOM];

	mac_format_device(&device->mac, name);
	snprintf(file, sizeof(file), "%s.cnf.xml", name);
	if (device->absent || device->no_file)
		return tree_remove(tree, file);
	if (device->encrypted_config && cucm_plan_certificates(tree->plan))
		return device_encrypted(tree, device, name, file);
	if (tree_remove_encrypted(tree, file))
		return tree->fail->err;
	return tree_put_xml(tree, file, out,
			    device_encode(tree->plan, device, name, "", &config, out, sizeof(out)));
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

	device_members(tree->plan, NULL, config.member, &config.members, config.tvs, &config.tvs_members);
	default_loads(tree->plan, &config);
	return tree_put_xml(tree, "XMLDefault.cnf.xml", out,
			    phonexml_default_encode(&config, out, sizeof(out)));
}
