#include "wire/phonexml_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/capf.h"
#include "wire/tvs.h"

/* --- what the files share: members of a call manager group, trust verification servers --- */

static const struct xml_row MEMBER_ROWS[] = {
    XML_KEY_ROW(struct phonexml_member, "@priority", priority, 0, 9),
    XML_PORT_ROW(struct phonexml_member, "callManager/ports/ethernetPhonePort", phone_port, 2000),
    XML_PORT_ROW(struct phonexml_member, "callManager/ports/sipPort", sip_port, 5060),
    XML_PORT_ROW(struct phonexml_member, "callManager/ports/securedSipPort", secure_sip_port, 5061),
    XML_TEXT_ROW(struct phonexml_member, "callManager/processNodeName", node, XML_NEEDED),
};
static const struct xml_table MEMBER = XML_TABLE(MEMBER_ROWS);

static const struct xml_row TVS_ROWS[] = {
    XML_KEY_ROW(struct phonexml_tvs, "@priority", priority, 0, 9),
    XML_PORT_ROW(struct phonexml_tvs, "port", port, TVS_PORT),
    XML_TEXT_ROW(struct phonexml_tvs, "address", address, XML_NEEDED),
};
static const struct xml_table TVS = XML_TABLE(TVS_ROWS);

/* The order of members, TVS and lines: the number that each struct begins with. */
static int number_order(const void *a, const void *b)
{
	const unsigned *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int sort_members(struct xml_decoder *decoder, const char *group, struct phonexml_member *member,
			unsigned members)
{
	if (members == 0)
		return xml_refuse_at(decoder, group, "no member", "at least one call manager");
	qsort(member, members, sizeof(*member), number_order);
	return 0;
}

/* --- SEP<MAC>.cnf.xml --- */

#define LINE struct phonexml_line
static const struct xml_row LINE_ROWS[] = {
    XML_KEY_ROW(LINE, "@button", button, 1, 255),
    XML_ENUM_ROW(LINE, "@lineIndex", index, 1, 255, 0, "default: the button"),
    XML_NUMBER_ROW(LINE, "featureID", feature, 0, 65535, 9),
    XML_TEXT_ROW(LINE, "featureLabel", label, XML_CUT),
    XML_DEFAULT_ROW(LINE, "proxy", proxy, 0, "USECALLMANAGER"),
    XML_PORT_ROW(LINE, "port", port, 5060),
    XML_TEXT_ROW(LINE, "name", name, 0),
    XML_TEXT_ROW(LINE, "displayName", display_name, XML_CUT),
    XML_MARKED_ROW(LINE, "authName", auth_name, has_auth_name),
    XML_TEXT_ROW(LINE, "authPassword", auth_password, 0),
    XML_TEXT_ROW(LINE, "contact", contact, 0),
    XML_TEXT_ROW(LINE, "messagesNumber", messages_number, 0),
    XML_NUMBER_ROW(LINE, "maxNumCalls", max_calls, 0, 200, 4),
    XML_NUMBER_ROW(LINE, "busyTrigger", busy_trigger, 0, 200, 2),
};
static const struct xml_table LINE_TABLE = XML_TABLE(LINE_ROWS);

struct ntp {
	char name[128];
};
_Static_assert(sizeof(struct ntp) == XML_SIZE(struct phonexml_config, ntp[0]), "an NTP server is its name");

static const struct xml_row NTP_ROWS[] = {
    XML_TEXT_ROW(struct ntp, "name", name, XML_NEEDED),
    XML_FIXED_ROW("ntpMode", "unicast"),
};
static const struct xml_table NTP = XML_TABLE(NTP_ROWS);

#define CAPF struct phonexml_capf
static const struct xml_row CAPF_ROWS[] = {
    XML_PORT_ROW(CAPF, "phonePort", port, CAPF_PORT),
    XML_TEXT_ROW(CAPF, "processNodeName", node, XML_NEEDED),
};
static const struct xml_table CAPF_TABLE = XML_TABLE(CAPF_ROWS);

#define CONFIG struct phonexml_config
/* The rows of the file, and those of the short file. */
#define FULL_CONFIG_ROW XML_BOOL_ROW(CONFIG, "fullConfig", full_config, XML_KIND_BOOL, true)
#define IP_ADDRESS_MODE_ROW                                                                                  \
	XML_ENUM_ROW(CONFIG, "ipAddressMode", ip_address_mode, 0, 2, 0, "0 IPv4, 1 IPv6, 2 both")
#define LOAD_ROW XML_TEXT_ROW(CONFIG, "loadInformation", load, XML_ALWAYS)
#define SECURITY_ROWS                                                                                        \
	XML_ENUM_ROW(CONFIG, "capfAuthMode", capf_mode, 0, 4, PHONEXML_CAPF_NONE,                            \
		     "0 no operation is pending, 1 string, 2 null string, 3 LSC or MIC, 4 MIC"),             \
	    XML_LIST_ROW(CONFIG, "capfList/capf", capf, capfs, PHONEXML_MEMBERS_MAX, &CAPF_TABLE),           \
	    XML_TEXT_ROW(CONFIG, "certHash", certificate_hash, XML_ALWAYS),                                  \
	    XML_BOOL_ROW(CONFIG, "encrConfig", encrypted, XML_KIND_BOOL, false)
#define STACK "sipProfile/sipStack/"
static const struct xml_row CONFIG_ROWS[] = {
    FULL_CONFIG_ROW,
    XML_DEFAULT_ROW(CONFIG, "deviceProtocol", device_protocol, XML_ONLY, "SIP"),
    IP_ADDRESS_MODE_ROW,
    XML_DEFAULT_ROW(CONFIG, "devicePool/dateTimeSetting/dateTemplate", date_template, 0, "D/M/Y"),
    XML_TEXT_ROW(CONFIG, "devicePool/dateTimeSetting/timeZone", time_zone, 0),
    XML_LIST_ROW(CONFIG, "devicePool/dateTimeSetting/ntps/ntp", ntp, ntps, PHONEXML_NTPS_MAX, &NTP),
    XML_LIST_ROW(CONFIG, "devicePool/callManagerGroup/members/member", member, members, PHONEXML_MEMBERS_MAX,
		 &MEMBER),
    XML_TEXT_ROW(CONFIG, "devicePool/srstInfo/sipIpAddr1", srst, 0),
    XML_PORT_ROW(CONFIG, "devicePool/srstInfo/sipPort1", srst_port, 5060),
    XML_NUMBER_ROW(CONFIG, "devicePool/connectionMonitorDuration", connection_monitor_s, 0, 86400, 120),
    XML_LIST_ROW(CONFIG, "TVS/members/member", tvs, tvs_members, PHONEXML_MEMBERS_MAX, &TVS),
    XML_BOOL_ROW(CONFIG, "sipProfile/sipProxies/registerWithProxy", register_with_proxy, XML_KIND_BOOL, true),
    XML_FIXED_ROW("sipProfile/sipCallFeatures/remoteCcEnable", "true"),
    XML_NUMBER_ROW(CONFIG, STACK "sipInviteRetx", sip_invite_retx, 1, 100, 6),
    XML_NUMBER_ROW(CONFIG, STACK "sipRetx", sip_retx, 1, 100, 10),
    XML_NUMBER_ROW(CONFIG, STACK "timerRegisterExpires", timer_register_s, 1, 86400, 3600),
    XML_NUMBER_ROW(CONFIG, STACK "timerRegisterDelta", timer_register_delta_s, 0, 3600, 5),
    XML_NUMBER_ROW(CONFIG, STACK "timerKeepAliveExpires", timer_keepalive_s, 1, 86400, 120),
    XML_NUMBER_ROW(CONFIG, STACK "timerSubscribeExpires", timer_subscribe_s, 1, 86400, 120),
    XML_NUMBER_ROW(CONFIG, STACK "timerSubscribeDelta", timer_subscribe_delta_s, 0, 3600, 5),
    XML_NUMBER_ROW(CONFIG, STACK "timerT1", timer_t1_ms, 1, 60000, 500),
    XML_NUMBER_ROW(CONFIG, STACK "timerT2", timer_t2_ms, 1, 60000, 4000),
    XML_TEXT_ROW(CONFIG, "sipProfile/phoneLabel", phone_label, XML_CUT),
    XML_PORT_ROW(CONFIG, "sipProfile/startMediaPort", start_media_port, 16384),
    XML_PORT_ROW(CONFIG, "sipProfile/stopMediaPort", stop_media_port, 32766),
    XML_PORT_ROW(CONFIG, "sipProfile/voipControlPort", voip_control_port, 5060),
    XML_LIST_ROW(CONFIG, "sipProfile/sipLines/line", line, lines, PHONEXML_LINES_MAX, &LINE_TABLE),
    XML_TEXT_ROW(CONFIG, "sipProfile/dialTemplate", dial_template, 0),
    XML_TEXT_ROW(CONFIG, "sipProfile/softKeyFile", soft_key_file, 0),
    LOAD_ROW,
    XML_TEXT_ROW(CONFIG, "inactiveLoadInformation", inactive_load, 0),
    XML_ENUM_ROW(CONFIG, "vendorConfig/webAccess", web_access, 0, 2, PHONEXML_WEB_ENABLED,
		 "0 enabled, 1 disabled, 2 read only"),
    XML_BOOL_ROW(CONFIG, "vendorConfig/sshAccess", ssh_access, XML_KIND_OFF, false),
    XML_BOOL_ROW(CONFIG, "vendorConfig/pcPort", pc_port, XML_KIND_OFF, true),
    XML_BOOL_ROW(CONFIG, "vendorConfig/spanToPCPort", span_to_pc_port, XML_KIND_OFF, false),
    XML_BOOL_ROW(CONFIG, "vendorConfig/voiceVlanAccess", voice_vlan_access, XML_KIND_OFF, true),
    XML_BOOL_ROW(CONFIG, "vendorConfig/enableCdpSwPort", cdp_sw_port, XML_KIND_ON, true),
    XML_BOOL_ROW(CONFIG, "vendorConfig/enableCdpPcPort", cdp_pc_port, XML_KIND_ON, true),
    XML_BOOL_ROW(CONFIG, "vendorConfig/enableLldpSwPort", lldp_sw_port, XML_KIND_ON, true),
    XML_BOOL_ROW(CONFIG, "vendorConfig/enableLldpPcPort", lldp_pc_port, XML_KIND_ON, true),
    XML_TEXT_ROW(CONFIG, "vendorConfig/loadServer", load_server, 0),
    XML_TEXT_ROW(CONFIG, "vendorConfig/problemReportUploadURL", problem_report_url, 0),
    XML_NOTED_ROW(
	CONFIG, "vendorConfig/disableTLSCiphers", disabled_ciphers,
	"numbers with commas: 1 RSA-3DES-EDE-CBC-SHA, 2 RSA-AES128-CBC-SHA, 3 RSA-AES256-CBC-SHA, "
	"4 ECDHE-RSA-AES128-GCM-SHA256, 5 ECDHE-ECDSA-AES128-GCM-SHA256, 6 ECDHE-RSA-AES256-GCM-SHA384, "
	"7 ECDHE-ECDSA-AES256-GCM-SHA384"),
    XML_TEXT_ROW(CONFIG, "versionStamp", version_stamp, 0),
    XML_NOTED_ROW(CONFIG, "userLocale/name", user_locale, "a folder; default: English"),
    XML_TEXT_ROW(CONFIG, "userLocale/langCode", user_locale_code, 0),
    XML_TEXT_ROW(CONFIG, "networkLocale", network_locale, 0),
    XML_NOTED_ROW(CONFIG, "networkLocaleInfo/name", network_locale_folder,
		  "a folder with the tones; default: networkLocale"),
    XML_ENUM_ROW(CONFIG, "deviceSecurityMode", security_mode, 1, 3, PHONEXML_SECURITY_NONE,
		 "1 none, 2 authenticated, 3 encrypted"),
    XML_TEXT_ROW(CONFIG, "authenticationURL", authentication_url, 0),
    XML_TEXT_ROW(CONFIG, "directoryURL", directory_url, 0),
    XML_TEXT_ROW(CONFIG, "idleURL", idle_url, 0),
    XML_TEXT_ROW(CONFIG, "informationURL", information_url, 0),
    XML_TEXT_ROW(CONFIG, "messagesURL", messages_url, 0),
    XML_TEXT_ROW(CONFIG, "servicesURL", services_url, 0),
    XML_ENUM_ROW(CONFIG, "transportLayerProtocol", transport, 1, 3, PHONEXML_TCP,
		 "1 TCP, 2 UDP, 3 TLS. Some provisioning systems write 4 (TCP and UDP); 78xx and 88xx phones "
		 "then use TCP"),
    XML_NUMBER_ROW(CONFIG, "TLSResumptionTimer", tls_resumption_s, 0, 86400, 3600),
    SECURITY_ROWS,
};
static const struct xml_table CONFIG_TABLE = XML_TABLE(CONFIG_ROWS);

static const struct xml_row SHORT_ROWS[] = {FULL_CONFIG_ROW, LOAD_ROW, IP_ADDRESS_MODE_ROW, SECURITY_ROWS};
static const struct xml_table SHORT_TABLE = XML_TABLE(SHORT_ROWS);

void phonexml_config_default(struct phonexml_config *config)
{
	memset(config, 0, offsetof(struct phonexml_config, line));
	xml_preset_all(&CONFIG_TABLE, (char *)config, 0);
}

static int config_check(struct xml_decoder *decoder, void *item)
{
	struct phonexml_config *config = item;

	qsort(config->tvs, config->tvs_members, sizeof(config->tvs[0]), number_order);
	qsort(config->line, config->lines, sizeof(config->line[0]), number_order);
	for (unsigned i = 0; i < config->lines; i++)
		if (config->line[i].index == 0)
			config->line[i].index = config->line[i].button;
	return sort_members(decoder, "device/devicePool/callManagerGroup/members", config->member,
			    config->members);
}

const struct xml_file xml_file_config = {.name = "SEP<MAC>.cnf.xml",
					 .root = "device",
					 .table = &CONFIG_TABLE,
					 .size_max = PHONEXML_SIZE_MAX,
					 .check = config_check};

/* Lines beyond the last one are not copied: a phone with few lines then needs little memory. */
int phonexml_config_decode(const void *bytes, size_t size, struct phonexml_config *config,
			   struct phonexml_error *error)
{
	struct phonexml_config *read = calloc(1, sizeof(*read));
	unsigned unknown = 0;
	int err = read ? xml_file_decode(&xml_file_config, bytes, size, read, &unknown, error) : -ENOMEM;

	if (err == 0) {
		read->unknown = unknown;
		memcpy(config, read,
		       offsetof(struct phonexml_config, line) + read->lines * sizeof(read->line[0]));
	}
	free(read);
	return err;
}

XML_ENCODER(phonexml_config, xml_file_config)

static int short_check(struct xml_decoder *decoder, void *item)
{
	struct phonexml_config *config = item;

	return config->full_config ? xml_refuse_at(decoder, "device/fullConfig", "true", "false") : 0;
}

static const struct xml_file xml_file_short = {.name = "SEP<MAC>.cnf.xml",
					       .root = "device",
					       .table = &SHORT_TABLE,
					       .size_max = PHONEXML_SIZE_MAX,
					       .check = short_check};

int phonexml_config_decode_short(const void *bytes, size_t size, struct phonexml_config *config,
				 struct phonexml_error *error)
{
	struct phonexml_config *read = calloc(1, sizeof(*read));
	unsigned unknown = 0;
	int err = read ? xml_file_decode(&xml_file_short, bytes, size, read, &unknown, error) : -ENOMEM;

	if (err == 0) {
		phonexml_config_default(config);
		config->full_config = read->full_config;
		config->ip_address_mode = read->ip_address_mode;
		memcpy(config->load, read->load, sizeof(config->load));
		config->capf_mode = read->capf_mode;
		memcpy(config->capf, read->capf, sizeof(config->capf));
		config->capfs = read->capfs;
		memcpy(config->certificate_hash, read->certificate_hash, sizeof(config->certificate_hash));
		config->encrypted = read->encrypted;
		config->unknown = unknown;
	}
	free(read);
	return err;
}

ssize_t phonexml_config_encode_short(const struct phonexml_config *config, void *out, size_t size)
{
	return xml_file_encode(&xml_file_short, config, NULL, 0, out, size);
}

/* --- XMLDefault.cnf.xml --- */

#define DEFAULT struct phonexml_default
static const struct xml_row DEFAULT_ROWS[] = {
    XML_LIST_ROW(DEFAULT, "callManagerGroup/members/member", member, members, PHONEXML_MEMBERS_MAX, &MEMBER),
    XML_LIST_ROW(DEFAULT, "TVS/members/member", tvs, tvs_members, PHONEXML_MEMBERS_MAX, &TVS),
    XML_TEXT_ROW(DEFAULT, "autoRegistrationName", auto_registration_name, 0),
};
static const struct xml_table DEFAULT_TABLE = XML_TABLE(DEFAULT_ROWS);

#define LOAD_ELEMENT "loadInformation"

/* The N of loadInformationN; false: another element. */
static bool model_of(const char *name, unsigned *model)
{
	const char *digits = name + strlen(LOAD_ELEMENT);
	unsigned number = 0;

	if (strncmp(name, LOAD_ELEMENT, strlen(LOAD_ELEMENT)) != 0 || !*digits)
		return false;
	for (const char *c = digits; *c; c++) {
		if (*c < '0' || *c > '9' || number > 99999999)
			return false;
		number = number * 10 + (unsigned)(*c - '0');
	}
	*model = number;
	return true;
}

static struct phonexml_default_load *find_load(struct phonexml_default *config, unsigned model)
{
	for (unsigned i = 0; i < config->loads; i++)
		if (config->load[i].model == model)
			return &config->load[i];
	return NULL;
}

/* loadInformation622: the number is in the element's name. */
static bool default_other(struct xml_decoder *decoder, const char *name, const char *text, const char *model,
			  void *item)
{
	struct phonexml_default *config = item;
	struct phonexml_default_load *load;
	unsigned number;
	char found[64];

	if (!model_of(name, &number))
		return false;
	load = find_load(config, number);
	xml_quote(text, found, sizeof(found));
	if (load)
		xml_warn(decoder, found, "the last one of several");
	else if (config->loads < PHONEXML_LOADS_MAX)
		load = &config->load[config->loads++];
	if (!load) {
		xml_warn(decoder, found, "not this row: more than 1024 models");
		return true;
	}
	if (strlen(text) >= sizeof(load->load)) {
		xml_warn(decoder, found, "nothing");
		text = "";
	}
	memset(load, 0, sizeof(*load));
	load->model = number;
	snprintf(load->load, sizeof(load->load), "%s", text);
	if (model && strlen(model) < sizeof(load->model_name))
		snprintf(load->model_name, sizeof(load->model_name), "%s", model);
	return true;
}

static int default_check(struct xml_decoder *decoder, void *item)
{
	struct phonexml_default *config = item;

	qsort(config->tvs, config->tvs_members, sizeof(config->tvs[0]), number_order);
	return sort_members(decoder, "Default/callManagerGroup/members", config->member, config->members);
}

const struct xml_file xml_file_default = {.name = "XMLDefault.cnf.xml",
					  .root = "Default",
					  .table = &DEFAULT_TABLE,
					  .size_max = PHONEXML_SIZE_MAX,
					  .other = default_other,
					  .check = default_check};

XML_DECODER(phonexml_default, xml_file_default)

ssize_t phonexml_default_encode(const struct phonexml_default *config, void *out, size_t size)
{
	struct xml_extra *extra;
	ssize_t err;

	if (config->loads > PHONEXML_LOADS_MAX)
		return -EINVAL;
	extra = calloc(config->loads + 1, sizeof(*extra));
	if (!extra)
		return -ENOMEM;
	for (unsigned i = 0; i < config->loads; i++) {
		const struct phonexml_default_load *load = &config->load[i];

		snprintf(extra[i].name, sizeof(extra[i].name), LOAD_ELEMENT "%u", load->model);
		extra[i].text = load->load;
		extra[i].model = load->model_name[0] ? load->model_name : NULL;
	}
	err = xml_file_encode(&xml_file_default, config, extra, config->loads, out, size);
	free(extra);
	return err;
}

const char *phonexml_default_load(const struct phonexml_default *config, unsigned model)
{
	const struct phonexml_default_load *load =
	    find_load((struct phonexml_default *)(uintptr_t)config, model);

	return load ? load->load : NULL;
}
