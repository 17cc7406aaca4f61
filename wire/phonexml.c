#include "wire/phonexml_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what the files share: members of a call manager group, trust verification servers --- */

static void member_prepare(void *item)
{
	struct phonexml_member *member = item;

	*member = (struct phonexml_member){.phone_port = 2000, .sip_port = 5060, .secure_sip_port = 5061};
}

static const struct xml_row MEMBER_ROWS[] = {
    XML_NUMBER_ROW(struct phonexml_member, "@priority", priority, 0, 9, XML_REQUIRED),
    XML_PORT_ROW(struct phonexml_member, "callManager/ports/ethernetPhonePort", phone_port),
    XML_PORT_ROW(struct phonexml_member, "callManager/ports/sipPort", sip_port),
    XML_PORT_ROW(struct phonexml_member, "callManager/ports/securedSipPort", secure_sip_port),
    XML_TEXT_ROW(struct phonexml_member, "callManager/processNodeName", node, XML_REQUIRED),
};
static const struct xml_table MEMBER = XML_TABLE(MEMBER_ROWS, member_prepare);

static void tvs_prepare(void *item)
{
	*(struct phonexml_tvs *)item = (struct phonexml_tvs){.port = 2445};
}

static const struct xml_row TVS_ROWS[] = {
    XML_NUMBER_ROW(struct phonexml_tvs, "@priority", priority, 0, 9, XML_REQUIRED),
    XML_PORT_ROW(struct phonexml_tvs, "port", port),
    XML_TEXT_ROW(struct phonexml_tvs, "address", address, XML_REQUIRED),
};
static const struct xml_table TVS = XML_TABLE(TVS_ROWS, tvs_prepare);

/* The order of members, TVS and lines: the number that each struct begins with. */
static int number_order(const void *a, const void *b)
{
	const unsigned *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}
_Static_assert(!offsetof(struct phonexml_member, priority) && !offsetof(struct phonexml_tvs, priority) &&
		   !offsetof(struct phonexml_line, button),
	       "the number comes first");

static int refuse_number(struct xml_decoder *decoder, const char *element, unsigned number,
			 const char *expected)
{
	char found[32];

	snprintf(found, sizeof(found), "%u a second time", number);
	return xml_refuse_at(decoder, element, found, expected);
}

static int sort_members(struct xml_decoder *decoder, const char *group, struct phonexml_member *member,
			unsigned members)
{
	if (members == 0)
		return xml_refuse_at(decoder, group, "no member", "at least one call manager");
	qsort(member, members, sizeof(*member), number_order);
	for (unsigned i = 1; i < members; i++)
		if (member[i].priority == member[i - 1].priority)
			return refuse_number(decoder, group, member[i].priority, "every priority once");
	return 0;
}

/* --- SEP<MAC>.cnf.xml --- */

static void line_prepare(void *item)
{
	*(struct phonexml_line *)item = (struct phonexml_line){
	    .feature = 9, .proxy = "USECALLMANAGER", .port = 5060, .max_calls = 4, .busy_trigger = 2};
}

#define LINE struct phonexml_line
static const struct xml_row LINE_ROWS[] = {
    XML_NUMBER_ROW(LINE, "@button", button, 1, 255, XML_REQUIRED),
    XML_NUMBER_ROW(LINE, "@lineIndex", index, 1, 255, 0),
    XML_NUMBER_ROW(LINE, "featureID", feature, 0, 65535, 0),
    XML_TEXT_ROW(LINE, "featureLabel", label, 0),
    XML_TEXT_ROW(LINE, "proxy", proxy, 0),
    XML_PORT_ROW(LINE, "port", port),
    XML_TEXT_ROW(LINE, "name", name, 0),
    XML_TEXT_ROW(LINE, "displayName", display_name, 0),
    XML_MARKED_ROW(LINE, "authName", auth_name, has_auth_name),
    XML_TEXT_ROW(LINE, "authPassword", auth_password, 0),
    XML_TEXT_ROW(LINE, "contact", contact, 0),
    XML_TEXT_ROW(LINE, "messagesNumber", messages_number, 0),
    XML_NUMBER_ROW(LINE, "maxNumCalls", max_calls, 0, 200, 0),
    XML_NUMBER_ROW(LINE, "busyTrigger", busy_trigger, 0, 200, 0),
};
static const struct xml_table LINE_TABLE = XML_TABLE(LINE_ROWS, line_prepare);

struct ntp {
	char name[128];
};
_Static_assert(sizeof(struct ntp) == XML_SIZE(struct phonexml_config, ntp[0]), "an NTP server is its name");

static const struct xml_row NTP_ROWS[] = {
    XML_TEXT_ROW(struct ntp, "name", name, XML_REQUIRED),
    XML_FIXED_ROW("ntpMode", "unicast"),
};
static const struct xml_table NTP = XML_TABLE(NTP_ROWS, NULL);

void phonexml_config_default(struct phonexml_config *config)
{
	*config = (struct phonexml_config){
	    .full_config = true,
	    .device_protocol = "SIP",
	    .date_template = "D/M/Y",
	    .srst_port = 5060,
	    .connection_monitor_s = 120,
	    .register_with_proxy = true,
	    .sip_retx = 10,
	    .sip_invite_retx = 6,
	    .timer_register_s = 3600,
	    .timer_register_delta_s = 5,
	    .timer_keepalive_s = 120,
	    .timer_subscribe_s = 120,
	    .timer_subscribe_delta_s = 5,
	    .timer_t1_ms = 500,
	    .timer_t2_ms = 4000,
	    .start_media_port = 16384,
	    .stop_media_port = 32766,
	    .voip_control_port = 5060,
	    .pc_port = true,
	    .voice_vlan_access = true,
	    .cdp_sw_port = true,
	    .cdp_pc_port = true,
	    .lldp_sw_port = true,
	    .lldp_pc_port = true,
	    .web_access = PHONEXML_WEB_ENABLED,
	    .security_mode = PHONEXML_SECURITY_NONE,
	    .transport = PHONEXML_TCP,
	    .capf_port = 3804,
	};
}

static void config_prepare(void *item)
{
	phonexml_config_default(item);
}

#define CONFIG struct phonexml_config
static const struct xml_row CONFIG_ROWS[] = {
    XML_BOOL_ROW(CONFIG, "fullConfig", full_config, XML_KIND_BOOL),
    XML_TEXT_ROW(CONFIG, "deviceProtocol", device_protocol, 0),
    XML_NUMBER_ROW(CONFIG, "ipAddressMode", ip_address_mode, 0, 2, 0),
    XML_TEXT_ROW(CONFIG, "devicePool/dateTimeSetting/dateTemplate", date_template, 0),
    XML_TEXT_ROW(CONFIG, "devicePool/dateTimeSetting/timeZone", time_zone, 0),
    XML_LIST_ROW(CONFIG, "devicePool/dateTimeSetting/ntps/ntp", ntp, ntps, PHONEXML_NTPS_MAX, &NTP),
    XML_LIST_ROW(CONFIG, "devicePool/callManagerGroup/members/member", member, members, PHONEXML_MEMBERS_MAX,
		 &MEMBER),
    XML_TEXT_ROW(CONFIG, "devicePool/srstInfo/sipIpAddr1", srst, 0),
    XML_PORT_ROW(CONFIG, "devicePool/srstInfo/sipPort1", srst_port),
    XML_NUMBER_ROW(CONFIG, "devicePool/connectionMonitorDuration", connection_monitor_s, 0, 86400, 0),
    XML_LIST_ROW(CONFIG, "TVS/members/member", tvs, tvs_members, PHONEXML_MEMBERS_MAX, &TVS),
    XML_BOOL_ROW(CONFIG, "sipProfile/sipProxies/registerWithProxy", register_with_proxy, XML_KIND_BOOL),
    XML_FIXED_ROW("sipProfile/sipCallFeatures/remoteCcEnable", "true"),
    XML_NUMBER_ROW(CONFIG, "sipProfile/sipStack/sipInviteRetx", sip_invite_retx, 1, 100, 0),
    XML_NUMBER_ROW(CONFIG, "sipProfile/sipStack/sipRetx", sip_retx, 1, 100, 0),
    XML_NUMBER_ROW(CONFIG, "sipProfile/sipStack/timerRegisterExpires", timer_register_s, 1, 86400, 0),
    XML_NUMBER_ROW(CONFIG, "sipProfile/sipStack/timerRegisterDelta", timer_register_delta_s, 0, 3600, 0),
    XML_NUMBER_ROW(CONFIG, "sipProfile/sipStack/timerKeepAliveExpires", timer_keepalive_s, 1, 86400, 0),
    XML_NUMBER_ROW(CONFIG, "sipProfile/sipStack/timerSubscribeExpires", timer_subscribe_s, 1, 86400, 0),
    XML_NUMBER_ROW(CONFIG, "sipProfile/sipStack/timerSubscribeDelta", timer_subscribe_delta_s, 0, 3600, 0),
    XML_NUMBER_ROW(CONFIG, "sipProfile/sipStack/timerT1", timer_t1_ms, 1, 60000, 0),
    XML_NUMBER_ROW(CONFIG, "sipProfile/sipStack/timerT2", timer_t2_ms, 1, 60000, 0),
    XML_TEXT_ROW(CONFIG, "sipProfile/phoneLabel", phone_label, 0),
    XML_PORT_ROW(CONFIG, "sipProfile/startMediaPort", start_media_port),
    XML_PORT_ROW(CONFIG, "sipProfile/stopMediaPort", stop_media_port),
    XML_PORT_ROW(CONFIG, "sipProfile/voipControlPort", voip_control_port),
    XML_LIST_ROW(CONFIG, "sipProfile/sipLines/line", line, lines, PHONEXML_LINES_MAX, &LINE_TABLE),
    XML_TEXT_ROW(CONFIG, "sipProfile/dialTemplate", dial_template, 0),
    XML_TEXT_ROW(CONFIG, "sipProfile/softKeyFile", soft_key_file, 0),
    XML_TEXT_ROW(CONFIG, "loadInformation", load, XML_ALWAYS),
    XML_TEXT_ROW(CONFIG, "inactiveLoadInformation", inactive_load, 0),
    XML_NUMBER_ROW(CONFIG, "vendorConfig/webAccess", web_access, 0, 2, 0),
    XML_BOOL_ROW(CONFIG, "vendorConfig/sshAccess", ssh_access, XML_KIND_OFF),
    XML_BOOL_ROW(CONFIG, "vendorConfig/pcPort", pc_port, XML_KIND_OFF),
    XML_BOOL_ROW(CONFIG, "vendorConfig/spanToPCPort", span_to_pc_port, XML_KIND_OFF),
    XML_BOOL_ROW(CONFIG, "vendorConfig/voiceVlanAccess", voice_vlan_access, XML_KIND_OFF),
    XML_BOOL_ROW(CONFIG, "vendorConfig/enableCdpSwPort", cdp_sw_port, XML_KIND_ON),
    XML_BOOL_ROW(CONFIG, "vendorConfig/enableCdpPcPort", cdp_pc_port, XML_KIND_ON),
    XML_BOOL_ROW(CONFIG, "vendorConfig/enableLldpSwPort", lldp_sw_port, XML_KIND_ON),
    XML_BOOL_ROW(CONFIG, "vendorConfig/enableLldpPcPort", lldp_pc_port, XML_KIND_ON),
    XML_TEXT_ROW(CONFIG, "vendorConfig/loadServer", load_server, 0),
    XML_TEXT_ROW(CONFIG, "vendorConfig/problemReportUploadURL", problem_report_url, 0),
    XML_TEXT_ROW(CONFIG, "versionStamp", version_stamp, 0),
    XML_TEXT_ROW(CONFIG, "userLocale/name", user_locale, 0),
    XML_TEXT_ROW(CONFIG, "userLocale/langCode", user_locale_code, 0),
    XML_TEXT_ROW(CONFIG, "networkLocale", network_locale, 0),
    XML_NUMBER_ROW(CONFIG, "deviceSecurityMode", security_mode, 1, 3, 0),
    XML_TEXT_ROW(CONFIG, "authenticationURL", authentication_url, 0),
    XML_TEXT_ROW(CONFIG, "directoryURL", directory_url, 0),
    XML_TEXT_ROW(CONFIG, "idleURL", idle_url, 0),
    XML_TEXT_ROW(CONFIG, "informationURL", information_url, 0),
    XML_TEXT_ROW(CONFIG, "messagesURL", messages_url, 0),
    XML_TEXT_ROW(CONFIG, "servicesURL", services_url, 0),
    XML_NUMBER_ROW(CONFIG, "transportLayerProtocol", transport, 1, 3, 0),
    XML_PORT_ROW(CONFIG, "capfList/capf/phonePort", capf_port),
    XML_TEXT_ROW(CONFIG, "capfList/capf/processNodeName", capf, 0),
};
static const struct xml_table CONFIG_TABLE = XML_TABLE(CONFIG_ROWS, config_prepare);

static int config_check(struct xml_decoder *decoder, void *item)
{
	struct phonexml_config *config = item;
	char found[32];
	int err;

	if (strcmp(config->device_protocol, "SIP") != 0) {
		snprintf(found, sizeof(found), "\"%s\"", config->device_protocol);
		return xml_refuse_at(decoder, "device/deviceProtocol", found, "SIP");
	}
	err = sort_members(decoder, "device/devicePool/callManagerGroup/members", config->member,
			   config->members);
	if (err < 0)
		return err;
	qsort(config->tvs, config->tvs_members, sizeof(config->tvs[0]), number_order);
	qsort(config->line, config->lines, sizeof(config->line[0]), number_order);
	for (unsigned i = 0; i < config->lines; i++) {
		struct phonexml_line *line = &config->line[i];

		if (i > 0 && line->button == line[-1].button)
			return refuse_number(decoder, "device/sipProfile/sipLines", line->button,
					     "every button once");
		if (line->index == 0)
			line->index = line->button;
	}
	return 0;
}

static const struct xml_file CONFIG_FILE = {
    .root = {"device"}, .table = &CONFIG_TABLE, .check = config_check};

XML_DECODER(phonexml_config, CONFIG_FILE)
XML_ENCODER(phonexml_config, CONFIG_FILE)

/* --- XMLDefault.cnf.xml --- */

#define DEFAULT struct phonexml_default
static const struct xml_row DEFAULT_ROWS[] = {
    XML_LIST_ROW(DEFAULT, "callManagerGroup/members/member", member, members, PHONEXML_MEMBERS_MAX, &MEMBER),
    XML_LIST_ROW(DEFAULT, "TVS/members/member", tvs, tvs_members, PHONEXML_MEMBERS_MAX, &TVS),
    XML_TEXT_ROW(DEFAULT, "autoRegistrationName", auto_registration_name, 0),
};
static const struct xml_table DEFAULT_TABLE = XML_TABLE(DEFAULT_ROWS, NULL);

#define LOAD_ELEMENT "loadInformation"

/* loadInformation622: the number is in the element's name. */
static int default_other(struct xml_decoder *decoder, const char *name, const char *text, const char *model,
			 void *item)
{
	struct phonexml_default *config = item;
	struct phonexml_default_load *load = &config->load[config->loads];
	const char *digits = name + strlen(LOAD_ELEMENT);
	unsigned long number = 0;

	if (strncmp(name, LOAD_ELEMENT, strlen(LOAD_ELEMENT)) != 0 || !*digits)
		return 0;
	for (const char *c = digits; *c; c++) {
		if (*c < '0' || *c > '9' || number > 99999999)
			return xml_refuse(decoder, "no number in the name",
					  "loadInformation and the number of a model");
		number = number * 10 + (unsigned long)(*c - '0');
	}
	if (config->loads == PHONEXML_LOADS_MAX)
		return xml_refuse(decoder, "one more", "at most 64 of them");
	if (phonexml_default_load(config, (unsigned)number))
		return xml_refuse(decoder, "it a second time", "it once");
	if (strlen(text) >= sizeof(load->load) || (model && strlen(model) >= sizeof(load->model_name)))
		return xml_refuse(decoder, "a long text", "at most 95 bytes, 63 in model");
	load->model = (unsigned)number;
	snprintf(load->load, sizeof(load->load), "%s", text);
	snprintf(load->model_name, sizeof(load->model_name), "%s", model ? model : "");
	config->loads++;
	return 1;
}

static int default_check(struct xml_decoder *decoder, void *item)
{
	struct phonexml_default *config = item;

	qsort(config->tvs, config->tvs_members, sizeof(config->tvs[0]), number_order);
	return sort_members(decoder, "Default/callManagerGroup/members", config->member, config->members);
}

static const struct xml_file DEFAULT_FILE = {
    .root = {"Default"}, .table = &DEFAULT_TABLE, .other = default_other, .check = default_check};

XML_DECODER(phonexml_default, DEFAULT_FILE)

ssize_t phonexml_default_encode(const struct phonexml_default *config, void *out, size_t size)
{
	struct xml_extra extra[PHONEXML_LOADS_MAX];

	if (config->loads > PHONEXML_LOADS_MAX)
		return -EINVAL;
	for (unsigned i = 0; i < config->loads; i++) {
		const struct phonexml_default_load *load = &config->load[i];

		snprintf(extra[i].name, sizeof(extra[i].name), LOAD_ELEMENT "%u", load->model);
		extra[i].text = load->load;
		extra[i].model = load->model_name[0] ? load->model_name : NULL;
	}
	return xml_file_encode(&DEFAULT_FILE, config, extra, config->loads, out, size);
}

const char *phonexml_default_load(const struct phonexml_default *config, unsigned model)
{
	for (unsigned i = 0; i < config->loads; i++)
		if (config->load[i].model == model)
			return config->load[i].load;
	return NULL;
}
