/* Phone configuration XML: the real layouts, round trips, every truncation, hostile documents. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "wire/phonexml.h"

static const char sep[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<device xsi:type=\"axl:XIPPhone\" ctiid=\"3\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n"
    "<fullConfig>true</fullConfig>\n"
    "<deviceProtocol>SIP</deviceProtocol>\n"
    "<sshUserId>admin</sshUserId>\n"
    "<devicePool>\n"
    " <dateTimeSetting><dateTemplate>D/M/YA</dateTemplate><timeZone>W. Europe Standard/Daylight "
    "Time</timeZone>\n"
    "  <ntps><ntp><name>10.20.0.3</name><ntpMode>unicast</ntpMode></ntp></ntps></dateTimeSetting>\n"
    " <callManagerGroup><members>\n"
    "  <member priority=\"1\"><callManager><ports><sipPort>5070</sipPort></ports>\n"
    "   <processNodeName>10.20.0.12</processNodeName></callManager></member>\n"
    "  <member priority=\"0\"><callManager><ports><ethernetPhonePort>2000</ethernetPhonePort>\n"
    "   <sipPort>5060</sipPort><securedSipPort>5061</securedSipPort></ports>\n"
    "   <processNodeName> cucm-pub </processNodeName></callManager></member>\n"
    " </members></callManagerGroup>\n"
    " <srstInfo><sipIpAddr1>10.110.0.1</sipIpAddr1><sipPort1>5060</sipPort1></srstInfo>\n"
    " <connectionMonitorDuration>60</connectionMonitorDuration>\n"
    "</devicePool>\n"
    "<TVS><members><member "
    "priority=\"0\"><port>2445</port><address>10.20.0.11</address></member></members></TVS>\n"
    "<sipProfile>\n"
    " <sipProxies><registerWithProxy>true</registerWithProxy></sipProxies>\n"
    " <sipStack><sipRetx>10</sipRetx><timerRegisterExpires>3600</timerRegisterExpires>\n"
    "  <timerRegisterDelta>5</timerRegisterDelta><timerT1>500</timerT1></sipStack>\n"
    " <phoneLabel>Caf&#233; &amp; bar</phoneLabel>\n"
    " <sipLines>\n"
    "  <line button=\"2\"><featureID>2</featureID><featureLabel>Desk</featureLabel><name>2002</name></line>\n"
    "  <line button=\"1\" lineIndex=\"1\"><featureID>9</featureID><featureLabel>2001</featureLabel>\n"
    "   <proxy>USECALLMANAGER</proxy><port>5060</port><name>2001</name><displayName>A. Phone</displayName>\n"
    "   <authName/><authPassword><![CDATA[a<b&c]]></authPassword><contact>5f7e2b1c</contact>\n"
    "   <maxNumCalls>4</maxNumCalls><busyTrigger>2</busyTrigger></line>\n"
    " </sipLines>\n"
    " <dialTemplate>DR1.xml</dialTemplate><softKeyFile>SK1.xml</softKeyFile>\n"
    "</sipProfile>\n"
    "<loadInformation>sip78xx.14-2-1-0001-125</loadInformation>\n"
    "<inactiveLoadInformation></inactiveLoadInformation>\n"
    "<vendorConfig><webAccess>1</webAccess><sshAccess>0</sshAccess><pcPort>1</pcPort>\n"
    " <enableCdpSwPort>0</enableCdpSwPort><enableLldpSwPort>1</enableLldpSwPort>\n"
    " <problemReportUploadURL>http://10.20.0.3/prt</problemReportUploadURL></vendorConfig>\n"
    "<versionStamp>{2a1b}</versionStamp>\n"
    "<userLocale><name>German_Germany</name><uid>1</uid><langCode>de_DE</langCode></userLocale>\n"
    "<networkLocale>Germany</networkLocale>\n"
    "<networkLocaleInfo><name>tones_de</name><version>1</version></networkLocaleInfo>\n"
    "<deviceSecurityMode>1</deviceSecurityMode>\n"
    "<transportLayerProtocol>1</transportLayerProtocol>\n"
    "<capfList><capf><phonePort>3804</phonePort><processNodeName>10.20.0.11</processNodeName></capf></"
    "capfList>\n"
    "<!-- end --></device>\n";

static struct phonexml_config config, other;
static struct phonexml_error error;

static void decode_ok(const char *text)
{
	if (phonexml_config_decode(text, strlen(text), &config, &error) < 0) {
		char why[512];

		phonexml_error_format(&error, why, sizeof(why));
		fail_msg("%s", why);
	}
}

static void a_provisioned_phone(void **state)
{
	(void)state;
	decode_ok(sep);
	assert_string_equal(config.date_template, "D/M/YA");
	assert_string_equal(config.time_zone, "W. Europe Standard/Daylight Time");
	assert_int_equal(config.ntps, 1);
	assert_string_equal(config.ntp[0], "10.20.0.3");
	assert_int_equal(config.members, 2);
	assert_int_equal(config.member[0].priority, 0);
	assert_string_equal(config.member[0].node, "cucm-pub");
	assert_string_equal(config.member[1].node, "10.20.0.12");
	assert_int_equal(config.member[1].sip_port, 5070);
	assert_int_equal(config.member[1].secure_sip_port, 5061);
	assert_string_equal(config.srst, "10.110.0.1");
	assert_int_equal(config.connection_monitor_s, 60);
	assert_int_equal(config.tvs_members, 1);
	assert_int_equal(config.tvs[0].port, 2445);
	assert_int_equal(config.timer_register_s, 3600);
	assert_int_equal(config.timer_register_delta_s, 5);
	assert_int_equal(config.timer_keepalive_s, 120);
	assert_string_equal(config.phone_label, "Caf\xc3\xa9 & bar");
	assert_int_equal(config.lines, 2);
	assert_int_equal(config.line[0].button, 1);
	assert_string_equal(config.line[0].name, "2001");
	assert_string_equal(config.line[0].display_name, "A. Phone");
	assert_string_equal(config.line[0].auth_password, "a<b&c");
	assert_true(config.line[0].has_auth_name);
	assert_string_equal(config.line[0].auth_name, "");
	assert_string_equal(config.line[0].contact, "5f7e2b1c");
	assert_int_equal(config.line[1].feature, 2);
	assert_int_equal(config.line[1].index, 2);
	assert_false(config.line[1].has_auth_name);
	assert_string_equal(config.line[1].proxy, "USECALLMANAGER");
	assert_string_equal(config.dial_template, "DR1.xml");
	assert_string_equal(config.soft_key_file, "SK1.xml");
	assert_string_equal(config.load, "sip78xx.14-2-1-0001-125");
	assert_string_equal(config.inactive_load, "");
	assert_int_equal(config.web_access, PHONEXML_WEB_DISABLED);
	assert_true(config.ssh_access);
	assert_false(config.pc_port);
	assert_false(config.cdp_sw_port);
	assert_true(config.lldp_sw_port);
	assert_true(config.cdp_pc_port);
	assert_string_equal(config.problem_report_url, "http://10.20.0.3/prt");
	assert_string_equal(config.version_stamp, "{2a1b}");
	assert_string_equal(config.user_locale, "German_Germany");
	assert_string_equal(config.user_locale_code, "de_DE");
	assert_string_equal(config.network_locale, "Germany");
	assert_string_equal(config.network_locale_folder, "tones_de");
	assert_int_equal(config.security_mode, PHONEXML_SECURITY_NONE);
	assert_int_equal(config.transport, PHONEXML_TCP);
	assert_int_equal(config.capfs, 1);
	assert_string_equal(config.capf[0].node, "10.20.0.11");
	assert_int_equal(config.capf[0].port, 3804);
	assert_int_equal(config.unknown, 3); /* sshUserId, userLocale/uid, networkLocaleInfo/version */
	assert_int_equal(error.warnings, 0);
}

static void encoded_files_decode_to_the_same(void **state)
{
	static char out[65536], again[65536];
	ssize_t size, second;

	(void)state;
	decode_ok(sep);
	size = phonexml_config_encode(&config, out, sizeof(out) - 1);
	assert_in_range(size, 1000, sizeof(out));
	out[size] = '\0';
	other = config;
	decode_ok(out);
	assert_int_equal(config.unknown, 0);
	other.unknown = 0;
	assert_string_equal(config.phone_label, other.phone_label);
	assert_memory_equal(&config.member, &other.member, sizeof(config.member));
	assert_int_equal(config.lines, other.lines);
	assert_string_equal(config.line[0].auth_password, "a<b&c");
	assert_true(config.line[0].has_auth_name);
	assert_false(config.line[1].has_auth_name);
	assert_int_equal(config.web_access, PHONEXML_WEB_DISABLED);
	assert_false(config.pc_port);
	second = phonexml_config_encode(&config, again, sizeof(again));
	assert_int_equal(second, size);
	assert_memory_equal(out, again, (size_t)size);
	for (size_t room = 0; room < (size_t)size; room += 97)
		assert_int_equal(phonexml_config_encode(&config, again, room), -ENOSPC);
}

/* In front of an encrypted file: no call manager, and fullConfig in the spelling of CUCM. */
static void the_short_file(void **state)
{
	static const char text[] =
	    "<device><fullConfig>False</fullConfig><loadInformation>sip88xx.14-2-1</loadInformation>"
	    "<ipAddressMode>0</ipAddressMode><capfAuthMode>2</capfAuthMode><capfList>"
	    "<capf><phonePort>3805</phonePort><processNodeName>10.20.0.11</processNodeName></capf>"
	    "<capf><processNodeName>10.20.0.12</processNodeName></capf></capfList>"
	    "<certHash>9e107d9d372bb6826bd81d3542a419d6</certHash><encrConfig>true</encrConfig></device>";
	char out[2048];
	ssize_t size;

	(void)state;
	assert_int_equal(phonexml_config_decode(text, strlen(text), &config, &error), -EBADMSG);
	assert_int_equal(phonexml_config_decode_short(text, strlen(text), &config, &error), 0);
	assert_false(config.full_config);
	assert_true(config.encrypted);
	assert_int_equal(config.capf_mode, PHONEXML_CAPF_NULL_STRING);
	assert_int_equal(config.capfs, 2);
	assert_int_equal(config.capf[0].port, 3805);
	assert_int_equal(config.capf[1].port, 3804);
	assert_string_equal(config.capf[1].node, "10.20.0.12");
	assert_string_equal(config.certificate_hash, "9e107d9d372bb6826bd81d3542a419d6");
	assert_string_equal(config.load, "sip88xx.14-2-1");
	assert_int_equal(config.unknown, 0);

	size = phonexml_config_encode_short(&config, out, sizeof(out));
	assert_true(size > 0);
	assert_int_equal(phonexml_config_decode_short(out, (size_t)size, &other, &error), 0);
	assert_memory_equal(&config, &other, offsetof(struct phonexml_config, line));

	assert_int_equal(phonexml_config_decode_short("<device/>", 9, &config, &error), -EBADMSG);
	assert_string_equal(error.expected, "false");
}

static void every_truncation_is_refused(void **state)
{
	size_t end = strlen(sep) - 1; /* without the last line feed it is whole */

	(void)state;
	memset(&other, 0x55, sizeof(other));
	config = other;
	for (size_t n = 0; n < end; n++) {
		char *copy = malloc(n + 1);

		memcpy(copy, sep, n);
		memset(&error, 0, sizeof(error));
		assert_int_equal(phonexml_config_decode(copy, n, &config, &error), -EBADMSG);
		assert_true(error.element[0] && error.found[0] && error.expected[0]);
		free(copy);
	}
	assert_memory_equal(&config, &other, sizeof(config));
	assert_int_equal(phonexml_config_decode(sep, end, &config, NULL), 0);
}

#define MEMBER                                                                                               \
	"<devicePool><callManagerGroup><members><member priority=\"0\"><callManager><processNodeName>a"      \
	"</processNodeName></callManager></member></members></callManagerGroup></devicePool>"

static void refused(const char *text, const char *expected)
{
	char why[512];
	int err;

	memset(&error, 0, sizeof(error));
	err = phonexml_config_decode(text, strlen(text), &config, &error);
	phonexml_error_format(&error, why, sizeof(why));
	assert_int_equal(err, -EBADMSG);
	assert_string_equal(why, expected);
}

/* A whole file is of no use. */
static void files_of_no_use(void **state)
{
	(void)state;
	refused("<Default/>", "line 1: file: found \"Default\", expected the root element device");
	refused("<device>\n</device>",
		"line 1: device/devicePool/callManagerGroup/members: found no member, expected "
		"at least one call manager");
	refused("<device><devicePool><callManagerGroup><members><member priority=\"0\"><callManager>"
		"<processNodeName> </processNodeName></callManager></member></members></callManagerGroup>"
		"</devicePool></device>",
		"line 1: device/devicePool/callManagerGroup/members: found no member, expected "
		"at least one call manager");
	assert_int_equal(error.warnings, 1);
	assert_int_equal(phonexml_config_decode("<device>", 8, &config, NULL), -EBADMSG);
}

static void hostile_documents(void **state)
{
	static const char laughs[] =
	    "<?xml version=\"1.0\"?><!DOCTYPE device [<!ENTITY a \"ha\">"
	    "<!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;\">"
	    "<!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;\"><!ENTITY e \"&d;&d;&d;&d;&d;&d;&d;\">]>"
	    "<device>" MEMBER "<versionStamp>&e;</versionStamp></device>";
	static const char outside[] = "<!DOCTYPE device [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"
				      "<device>" MEMBER "<versionStamp>&x;</versionStamp></device>";
	static const char dtd[] = "<!DOCTYPE device SYSTEM \"http://127.0.0.1:9/x.dtd\"><device>" MEMBER
				  "<versionStamp>&x;</versionStamp></device>";
	static const char *const doctypes[] = {laughs, outside};
	size_t size = 3 * 1024 * 1024, depth = 100000;
	char *big = malloc(size + 1);

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(phonexml_config_decode(doctypes[i], strlen(doctypes[i]), &config, &error),
				 -EBADMSG);
		assert_string_equal(error.found, "a DTD");
	}
	decode_ok(dtd); /* nobody reads the DTD; what it might define is no text */
	assert_string_equal(config.version_stamp, "");
	assert_int_equal(phonexml_config_decode("<device>&x;</device>", 20, &config, &error), -EBADMSG);
	assert_string_equal(error.expected, "well-formed XML");
	memset(big, ' ', size);
	assert_int_equal(phonexml_config_decode(big, size, &config, &error), -EFBIG);
	assert_string_equal(error.expected, "at most 2097152 bytes");
	for (size_t i = 0; i < depth; i++) /* nested deeper than any stack would like */
		memcpy(big + i * 3, "<a>", 3);
	assert_int_equal(phonexml_config_decode(big, depth * 3, &config, &error), -EBADMSG);
	assert_int_equal(phonexml_config_decode("", 0, &config, &error), -EBADMSG);
	assert_int_equal(phonexml_config_decode("\0\0\0\0", 4, &config, &error), -EBADMSG);
	free(big);
}

/* A file: before, count times left NUMBER right, after. */
static const char *repeated(const char *before, const char *left, const char *right, unsigned count,
			    const char *after)
{
	static char bytes[PHONEXML_SIZE_MAX + 1];
	size_t used = (size_t)sprintf(bytes, "%s", before);

	for (unsigned i = 0; i < count; i++)
		used += (size_t)sprintf(bytes + used, "%s%x%s", left, i, right);
	strcpy(bytes + used, after);
	return bytes;
}

/* libxml2 compares each attribute with all others, and each prefix with all namespaces in scope. The reasons show
 * that such a file is refused before the parser reads it; the parser was at work for 12 seconds. */
static void files_that_would_occupy_the_parser(void **state)
{
	(void)state;
	refused(repeated("<device>\n<a ", "a", "='' ", 30000, "/></device>"),
		"line 2: file: found an element with more than 128 attributes, expected at most 128");
	refused(repeated("<device>", "<a xmlns:n", "=''>", 65, ""),
		"line 1: file: found more than 64 namespaces, expected at most 64");
	/* Quotes, comments, sections and instructions before it hide nothing. */
	refused(repeated("<device b='>' c=\"'>\"><!-- ' <b --><?b ' \"?><![CDATA[ ' <b ]]><a ", "a", "='>' ",
			 129, "/></device>"),
		"line 1: file: found an element with more than 128 attributes, expected at most 128");
	/* What the parser reads after an error of syntax is not parsed. */
	refused(repeated("<device><? <b ", "a", "='' ", 30000, "/>?></device>"),
		"line 1: file: found xmlParsePI : no target name, expected well-formed XML");
	refused("\xff\xfe<\0d\0",
		"line 1: file: found text in front of the first element, expected well-formed XML");
	/* UTF-7 hides the markup. */
	refused("<?xml version='1.0' encoding='UTF-7'?>+ADw-device/+AD4-",
		"line 1: file: found Start tag expected, '<' not found, expected well-formed XML");
}

/* The limits themselves, and the same amount where it does no harm. */
static void files_within_the_limits(void **state)
{
	(void)state;
	decode_ok(repeated("<device>" MEMBER "<a ", "a", "='' ", 128, "/></device>"));
	decode_ok(repeated("<device>" MEMBER "<a b='", "0000000", "", 100000, "'/></device>"));
	decode_ok(repeated("<device>" MEMBER, "<a b='' xml:lang='", "'/>", 30000, "</device>"));
	decode_ok(repeated("<!-- <a ", "a", "='' ", 30000, "--><device>" MEMBER "</device>"));
	decode_ok(repeated("<?a <a ", "a", "='' ", 30000, "?><device>" MEMBER "</device>"));
	decode_ok(repeated("<device>" MEMBER "<a><![CDATA[<a ", "a", "='' ", 30000, "]]></a></device>"));
	decode_ok("\xef\xbb\xbf<device>" MEMBER "</device>");
}

static void text_that_xml_forbids_is_not_encoded(void **state)
{
	char out[65536];

	(void)state;
	phonexml_config_default(&config);
	assert_int_equal(phonexml_config_encode(&config, out, sizeof(out)) > 0, 1);
	strcpy(config.time_zone, "a\x01"
				 "b");
	assert_int_equal(phonexml_config_encode(&config, out, sizeof(out)), -EINVAL);
	strcpy(config.time_zone, "\xff\xfe");
	assert_int_equal(phonexml_config_encode(&config, out, sizeof(out)), -EINVAL);
	phonexml_config_default(&config);
	config.transport = (enum phonexml_transport)9;
	assert_int_equal(phonexml_config_encode(&config, out, sizeof(out)), -EINVAL);
	phonexml_config_default(&config);
	config.members = PHONEXML_MEMBERS_MAX + 1;
	assert_int_equal(phonexml_config_encode(&config, out, sizeof(out)), -EINVAL);
	config.members = 1; /* without its node */
	assert_int_equal(phonexml_config_encode(&config, out, sizeof(out)), -EINVAL);
}

static void the_default_file(void **state)
{
	static const char text[] =
	    "<Default><callManagerGroup name=\"Default\"><members><member priority=\"0\"><callManager><ports>"
	    "<sipPort>5060</sipPort></ports><processNodeName>10.20.0.11</processNodeName></callManager></"
	    "member>"
	    "</members></callManagerGroup>"
	    "<loadInformation622 model=\"Cisco 7841\">sip78xx.14-2-1-0001-125</loadInformation622>"
	    "<loadInformation36224 model=\"Cisco 8845\">sip8845_65.14-2-1</loadInformation36224>"
	    "<autoRegistrationName>auto</autoRegistrationName><other/></Default>";
	static struct phonexml_default file, again;
	char out[8192];
	ssize_t size;

	(void)state;
	assert_int_equal(phonexml_default_decode(text, strlen(text), &file, &error), 0);
	assert_int_equal(file.members, 1);
	assert_int_equal(file.loads, 2);
	assert_string_equal(file.load[0].model_name, "Cisco 7841");
	assert_string_equal(phonexml_default_load(&file, 36224), "sip8845_65.14-2-1");
	assert_null(phonexml_default_load(&file, 1));
	assert_string_equal(file.auto_registration_name, "auto");
	assert_int_equal(file.unknown, 1);
	size = phonexml_default_encode(&file, out, sizeof(out));
	assert_in_range(size, 100, sizeof(out));
	assert_int_equal(phonexml_default_decode(out, (size_t)size, &again, &error), 0);
	file.unknown = 0;
	assert_memory_equal(&file, &again, sizeof(file));
}

static void soft_keys(void **state)
{
	static const char text[] =
	    "<softKeyCfg><versionStamp>s1</versionStamp><typeSoftKey>"
	    "<softKeyDef keyID=\"Redial\"><tag>1</tag><eventID>1</eventID><helpID>301</helpID></softKeyDef>"
	    "<softKeyDef keyID=\"&lt;&lt;\"><tag>8</tag><eventID>8</eventID><helpID>308</helpID></softKeyDef>"
	    "</typeSoftKey><softKeySets><softKeySet id=\"On Hook\"><softKey keyID=\"Redial\"/><softKey "
	    "keyID=\"&lt;&lt;\"/>"
	    "</softKeySet><softKeySet id=\"Connected\"/></softKeySets></softKeyCfg>";
	static struct phonexml_soft_keys keys, again;
	char out[8192];
	ssize_t size;

	(void)state;
	assert_int_equal(phonexml_soft_keys_decode(text, strlen(text), &keys, &error), 0);
	assert_int_equal(keys.keys, 2);
	assert_string_equal(keys.key[1].id, "<<");
	assert_int_equal(keys.key[1].tag, 8);
	assert_int_equal(keys.key[1].help_id, 308);
	assert_int_equal(keys.sets, 2);
	assert_string_equal(keys.set[0].id, "On Hook");
	assert_int_equal(keys.set[0].keys, 2);
	assert_string_equal(keys.set[0].key[1], "<<");
	size = phonexml_soft_keys_encode(&keys, out, sizeof(out));
	assert_in_range(size, 100, sizeof(out));
	assert_int_equal(phonexml_soft_keys_decode(out, (size_t)size, &again, &error), 0);
	assert_memory_equal(&keys, &again, sizeof(keys));
}

static void dial_templates(void **state)
{
	static const char *const texts[] = {
	    "<DIALTEMPLATE><versionStamp>d1</versionStamp><TEMPLATE MATCH=\"9,.......\" Timeout=\"0\" "
	    "User=\"Phone\" "
	    "Rewrite=\"9\" Tone=\"Bellcore-Outside\"/><TEMPLATE MATCH=\"*\" Timeout=\"15\"/></DIALTEMPLATE>",
	    "<dialTemplate><versionStamp>d1</versionStamp><template match=\"9,.......\" timeout=\"0\" "
	    "rewrite=\"9\" "
	    "tone=\"Bellcore-Outside\"/><template match=\"*\" timeout=\"15\"/></dialTemplate>"};
	static struct phonexml_dial_template rules[2], again;
	char out[4096];
	ssize_t size;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(phonexml_dial_template_decode(texts[i], strlen(texts[i]), &rules[i], &error),
				 0);
		assert_int_equal(rules[i].rules, 2);
		assert_string_equal(rules[i].rule[0].match, "9,.......");
		assert_string_equal(rules[i].rule[0].rewrite, "9");
		assert_int_equal(rules[i].rule[1].timeout_s, 15);
	}
	assert_memory_equal(&rules[0], &rules[1], sizeof(rules[0]));
	size = phonexml_dial_template_encode(&rules[0], out, sizeof(out));
	assert_in_range(size, 50, sizeof(out));
	assert_int_equal(phonexml_dial_template_decode(out, (size_t)size, &again, &error), 0);
	assert_memory_equal(&rules[0], &again, sizeof(again));
}

static void application_dial_rules(void **state)
{
	static const char text[] =
	    "<DialRules><DialRule Name=\"National\" BeginsWith=\"0\" NumDigits=\"10\" DigitsToRemove=\"1\" "
	    "PrefixWith=\"9\"/><DialRule Name=\"Any\" BeginsWith=\"\" NumDigits=\"7\"/></DialRules>";
	static struct phonexml_app_rules rules, again;
	char out[4096];
	ssize_t size;

	(void)state;
	assert_int_equal(phonexml_app_rules_decode(text, strlen(text), &rules, &error), 0);
	assert_int_equal(rules.rules, 2);
	assert_string_equal(rules.rule[0].name, "National");
	assert_string_equal(rules.rule[0].begins_with, "0");
	assert_int_equal(rules.rule[0].digits, 10);
	assert_int_equal(rules.rule[0].digits_to_remove, 1);
	assert_string_equal(rules.rule[0].prefix, "9");
	assert_string_equal(rules.rule[1].prefix, "");
	size = phonexml_app_rules_encode(&rules, out, sizeof(out));
	assert_in_range(size, 50, sizeof(out));
	assert_int_equal(phonexml_app_rules_decode(out, (size_t)size, &again, &error), 0);
	assert_memory_equal(&rules, &again, sizeof(rules));
	for (size_t n = 0; n < strlen(text); n++)
		assert_int_equal(phonexml_app_rules_decode(text, n, &again, &error), -EBADMSG);
}

static void ring_lists(void **state)
{
	static const char text[] =
	    "<CiscoIPPhoneRingList><Ring><DisplayName>Chirp 1</DisplayName><FileName>Chirp1.rwb"
	    "</FileName></Ring><Ring><DisplayName>Office</DisplayName><FileName>Office.rwb"
	    "</FileName></Ring></CiscoIPPhoneRingList>";
	static struct phonexml_rings rings, again;
	char out[4096];
	ssize_t size;

	(void)state;
	assert_int_equal(phonexml_rings_decode(text, strlen(text), &rings, &error), 0);
	assert_int_equal(rings.rings, 2);
	assert_string_equal(rings.ring[1].file, "Office.rwb");
	size = phonexml_rings_encode(&rings, out, sizeof(out));
	assert_in_range(size, 50, sizeof(out));
	assert_int_equal(phonexml_rings_decode(out, (size_t)size, &again, &error), 0);
	assert_memory_equal(&rings, &again, sizeof(rings));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_provisioned_phone),
	    cmocka_unit_test(encoded_files_decode_to_the_same),
	    cmocka_unit_test(the_short_file),
	    cmocka_unit_test(every_truncation_is_refused),
	    cmocka_unit_test(files_of_no_use),
	    cmocka_unit_test(hostile_documents),
	    cmocka_unit_test(files_that_would_occupy_the_parser),
	    cmocka_unit_test(files_within_the_limits),
	    cmocka_unit_test(text_that_xml_forbids_is_not_encoded),
	    cmocka_unit_test(the_default_file),
	    cmocka_unit_test(soft_keys),
	    cmocka_unit_test(dial_templates),
	    cmocka_unit_test(application_dial_rules),
	    cmocka_unit_test(ring_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
