/* Files of phones with values, rows and texts that phones do not expect: only the odd part is lost, and reported. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "wire/phonexml.h"

#define MEMBER(priority, node)                                                                               \
	"<member priority=\"" priority "\"><callManager><processNodeName>" node                              \
	"</processNodeName></callManager></member>"
#define GROUP(members)                                                                                       \
	"<devicePool><callManagerGroup><members>" members "</members></callManagerGroup></devicePool>"
#define LINES(lines) "<sipProfile><sipLines>" lines "</sipLines></sipProfile>"

static struct phonexml_config config;
static struct phonexml_error error;
static char text[PHONEXML_SIZE_MAX];

static void must(int err)
{
	char why[512];

	if (!err)
		return;
	phonexml_error_format(&error, why, sizeof(why));
	fail_msg("refused: %s", why);
}

static void warned(unsigned index, const char *expected)
{
	char found[512];

	assert_true(error.warnings > index);
	phonexml_warning_format(&error.warning[index], found, sizeof(found));
	assert_string_equal(found, expected);
}

static void decode(const char *elements)
{
	snprintf(text, sizeof(text), "<device>%s</device>", elements);
	must(phonexml_config_decode(text, strlen(text), &config, &error));
}

/* Decode a configuration with these elements; its only warning. */
static void odd(const char *elements, const char *expected)
{
	static char all[32768];

	snprintf(all, sizeof(all), GROUP(MEMBER("0", "a")) "<versionStamp>{v}</versionStamp>%s", elements);
	decode(all);
	assert_string_equal(config.member[0].node, "a");
	warned(0, expected);
	assert_int_equal(error.warnings, 1);
}

static void values_that_cannot_be_used(void **state)
{
	static const char *const words[] = {"on", "yes", "enabled", "2", "-1", "true false", ""};
	char element[128], expected[160];

	(void)state;
	odd("\n<ipAddressMode>3</ipAddressMode>", "line 2: device/ipAddressMode: found \"3\", using 0");
	odd("<transportLayerProtocol>4</transportLayerProtocol>",
	    "line 1: device/transportLayerProtocol: found \"4\", using 1");
	assert_int_equal(config.transport, PHONEXML_TCP);
	odd("<transportLayerProtocol/>", "line 1: device/transportLayerProtocol: found \"\", using 1");
	odd("<deviceProtocol>SCCP</deviceProtocol>",
	    "line 1: device/deviceProtocol: found \"SCCP\", using SIP");
	assert_string_equal(config.device_protocol, "SIP");
	odd("<devicePool><srstInfo><sipPort1>99999999999999999999</sipPort1></srstInfo></devicePool>",
	    "line 1: device/devicePool/srstInfo/sipPort1: found \"99999999999999999999\", using 5060");
	assert_int_equal(config.srst_port, 5060);
	odd("<loadInformation><b/></loadInformation>",
	    "line 1: device/loadInformation: found an element, using nothing");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		snprintf(element, sizeof(element), "<vendorConfig><pcPort>%s</pcPort></vendorConfig>",
			 words[i]);
		snprintf(expected, sizeof(expected),
			 "line 1: device/vendorConfig/pcPort: found \"%s\", using 0", words[i]);
		odd(element, expected);
		assert_true(config.pc_port);
	}
	decode(GROUP(MEMBER("0", "a")) "<idleURL/><inactiveLoadInformation> </inactiveLoadInformation>");
	assert_int_equal(error.warnings, 0); /* an empty text is a text */
}

static void the_last_of_several_counts(void **state)
{
	(void)state;
	odd("<versionStamp>b</versionStamp>",
	    "line 1: device/versionStamp: found \"b\", using the last one of several");
	assert_string_equal(config.version_stamp, "b");
	decode(GROUP(MEMBER("0", "a")) "<ipAddressMode>2</ipAddressMode><ipAddressMode>x</ipAddressMode>");
	assert_int_equal(config.ip_address_mode, 0);
	decode(GROUP(MEMBER("0", "a") MEMBER("1", "b") MEMBER("0", "c")));
	assert_int_equal(config.members, 2);
	assert_string_equal(config.member[0].node, "c");
	assert_string_equal(config.member[1].node, "b");
	decode(GROUP(MEMBER("0", "a")) LINES("<line button=\"1\"><name>1</name></line>"
					     "<line button=\"1\"><name>2</name><port>1</port></line>"));
	assert_int_equal(config.lines, 1);
	assert_string_equal(config.line[0].name, "2");
}

static void texts(void **state)
{
	static char longer[6000], element[8000];

	(void)state;
	memset(longer, 'x', 5000);
	snprintf(element, sizeof(element),
		 GROUP(MEMBER("0", "a")) "<networkLocale>%s</networkLocale><phoneServices/>", longer);
	decode(element);
	assert_string_equal(config.network_locale, "");
	assert_int_equal(error.warnings, 1);
	assert_string_equal(error.warning[0].used, "nothing");
	/* Of a label, whole characters are used. */
	longer[0] = '\0';
	for (int i = 0; i < 60; i++)
		strcat(longer, "\xe6\x9d\xb1");
	snprintf(element, sizeof(element),
		 GROUP(MEMBER("0", "a")) "<sipProfile><phoneLabel>%s</phoneLabel></sipProfile>", longer);
	decode(element);
	assert_int_equal(strlen(config.phone_label), 126);
	assert_memory_equal(config.phone_label, longer, 126);
	assert_string_equal(error.warning[0].used, "its beginning");
	/* All that a person can type, as it is; blanks and control characters within it are blanks. */
	decode(GROUP(MEMBER("0", "a"))
		   LINES("<line button=\"1\"><displayName>Sales &amp; \"Support\" &lt;1&gt; 50% \\ *7 "
			 "Zo\xc3\xab</displayName><featureLabel>a\n\tb&#x7f;c</featureLabel></line>"));
	assert_string_equal(config.line[0].display_name, "Sales & \"Support\" <1> 50% \\ *7 Zo\xc3\xab");
	assert_string_equal(config.line[0].label, "a  b c");
	assert_int_equal(error.warnings, 0);
}

static void latin_files(void **state)
{
	static const char latin[] =
	    "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><device>" GROUP(MEMBER("0", "a"))
		LINES("<line button=\"1\"><displayName>Zo\xeb</displayName></line>") "</device>";

	(void)state;
	must(phonexml_config_decode(latin, strlen(latin), &config, &error));
	assert_string_equal(config.line[0].display_name, "Zo\xc3\xab");
	/* Without its declaration it is no UTF-8, so not well-formed. */
	assert_int_equal(phonexml_config_decode(latin + 44, strlen(latin) - 44, &config, &error), -EBADMSG);
}

/* Files of provisioning systems use the prefix xsi and do not declare it: well-formed, and read. */
static void an_undeclared_prefix(void **state)
{
	static const char half[] = "<device xsi:type=\"axl:XIPPhone\">\n<a:b/>\n<c></device>";

	(void)state;
	snprintf(text, sizeof(text),
		 "<device xsi:type=\"axl:XIPPhone\"><a:b c:d=\"\"/>" GROUP(MEMBER("0", "a")) "</device>");
	must(phonexml_config_decode(text, strlen(text), &config, &error));
	assert_string_equal(config.member[0].node, "a");
	assert_int_equal(phonexml_config_decode(half, strlen(half), &config, &error), -EBADMSG);
	assert_int_equal(error.line, 3);
	assert_non_null(strstr(error.found, "mismatch"));
}

static void members_of_all_kinds(void **state)
{
	(void)state;
	decode(GROUP(MEMBER("0", "") MEMBER("1", "b") MEMBER("2", " ")));
	assert_int_equal(config.members, 1);
	assert_string_equal(config.member[0].node, "b");
	warned(0, "line 1: device/devicePool/callManagerGroup/members/member/callManager/processNodeName: "
		  "found \"\", using not this row");
	assert_int_equal(error.warnings, 2);
	/* Without a usable priority: in the order of the file. */
	decode(
	    GROUP("<member><callManager><processNodeName>a</processNodeName></callManager></member>" MEMBER(
		"x", "b") MEMBER("", "c") "<member/>"));
	assert_int_equal(config.members, 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(config.member[i].priority, i);
		assert_int_equal(config.member[i].node[0], 'a' + (int)i);
	}
	/* More than a phone has room for: the first ones by priority, wherever they are. */
	decode(GROUP(MEMBER("9", "j") MEMBER("8", "i") MEMBER("4", "e") MEMBER("3", "d") MEMBER("2", "c")
			 MEMBER("1", "b") MEMBER("0", "a") MEMBER("7", "h")));
	assert_int_equal(config.members, 5);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(config.member[i].node[0], 'a' + (int)i);
	/* An empty name behind a good one takes nothing away. */
	decode(GROUP("<member priority=\"0\"><callManager><processNodeName>a</processNodeName>"
		     "<processNodeName/></callManager></member>"));
	assert_string_equal(config.member[0].node, "a");
}

/* 10 keys of the phone and 36 of each of three modules; the primary line is the last one in the file. */
static void more_lines_than_keys(void **state)
{
	static const unsigned counts[] = {17, 46, 82, 118, 255};
	static char all[65536];

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		unsigned used = counts[i] < PHONEXML_LINES_MAX ? counts[i] : PHONEXML_LINES_MAX;
		size_t length = (size_t)sprintf(all, GROUP(MEMBER("0", "a")) "<sipProfile><sipLines>");

		for (unsigned n = counts[i]; n; n--)
			length += (size_t)sprintf(all + length, "<line button=\"%u\"><name>%u</name></line>",
						  n, 2000 + n);
		strcpy(all + length, "</sipLines></sipProfile>");
		decode(all);
		assert_int_equal(config.lines, used);
		for (unsigned n = 0; n < used; n++)
			assert_int_equal(config.line[n].button, n + 1);
		assert_string_equal(config.line[0].name, "2001");
		assert_int_equal(error.warnings, counts[i] > used);
	}
	/* Without button: the next one. */
	decode(GROUP(MEMBER("0", "a")) LINES("<line/><line button=\"x\"/><line button=\"0\"/>"));
	assert_int_equal(config.lines, 3);
	assert_int_equal(config.line[2].button, 3);
	assert_int_equal(config.line[2].index, 3);
}

static void more_warnings_than_room(void **state)
{
	static char all[16384];

	(void)state;
	strcpy(all, GROUP(MEMBER("0", "a")));
	for (unsigned i = 0; i < 2 * PHONEXML_WARNINGS_MAX; i++)
		strcat(all, "<ipAddressMode>x</ipAddressMode>");
	decode(all);
	assert_int_equal(error.warnings, 2 * PHONEXML_WARNINGS_MAX);
	assert_string_equal(error.warning[PHONEXML_WARNINGS_MAX - 1].element, "device/ipAddressMode");
}

static void many_models(void **state)
{
	static struct phonexml_default file;
	char *end = text;

	(void)state;
	end += sprintf(end, "<Default><callManagerGroup><members>" MEMBER("0", "")
				MEMBER("1", "10.0.0.1") "</members></callManagerGroup>");
	for (unsigned i = 1; i <= 300; i++)
		end += sprintf(end, "<loadInformation%u model=\"Cisco %u\">load%u</loadInformation%u>", i, i,
			       i, i);
	strcpy(end, "<loadInformation7>other</loadInformation7><loadInformation1x>a</loadInformation1x>"
		    "<loadInformation8><b/></loadInformation8></Default>");
	must(phonexml_default_decode(text, strlen(text), &file, &error));
	assert_int_equal(file.members, 1);
	assert_string_equal(file.member[0].node, "10.0.0.1");
	assert_int_equal(file.loads, 300);
	assert_string_equal(phonexml_default_load(&file, 143), "load143");
	assert_string_equal(phonexml_default_load(&file, 7), "other");
	assert_string_equal(phonexml_default_load(&file, 8), "load8");
	assert_int_equal(file.unknown, 2);
}

static void dial_templates(void **state)
{
	static struct phonexml_dial_template rules;
	static const char hotline[] = "<dialTemplate><TEMPLATE match=\"\" timeout=\"0\" rewrite=\"7100\"/>"
				      "<TEMPLATE timeout=\"1\"/><TEMPLATE match=\"2...\" timeout=\"soon\"/>"
				      "</dialTemplate>";
	char out[16384], *end = text;
	ssize_t size;

	(void)state;
	must(phonexml_dial_template_decode(hotline, strlen(hotline), &rules, &error));
	assert_int_equal(rules.rules, 2);
	assert_string_equal(rules.rule[0].match, "");
	assert_string_equal(rules.rule[0].rewrite, "7100");
	assert_int_equal(rules.rule[1].timeout_s, 0);
	warned(0, "line 1: dialTemplate/TEMPLATE/@match: found nothing, using not this row");
	warned(1, "line 1: dialTemplate/TEMPLATE/@timeout: found \"soon\", using 0");
	size = phonexml_dial_template_encode(&rules, out, sizeof(out));
	assert_true(size > 0);
	must(phonexml_dial_template_decode(out, (size_t)size, &rules, &error));
	assert_int_equal(rules.rules, 2);
	assert_int_equal(error.warnings, 0);
	/* The device counts bytes, not rules: as many as 8191 bytes hold, and not one byte more. */
	end += sprintf(end, "<dialTemplate>");
	while (end - text < 8191 - 40)
		end += sprintf(end, "<TEMPLATE MATCH=\"\"/>");
	end += sprintf(end, "%*s</dialTemplate>", (int)(8191 - 15 - (end - text)), "");
	assert_int_equal(end - text, 8191);
	must(phonexml_dial_template_decode(text, 8191, &rules, &error));
	assert_int_equal(rules.rules, 407);
	strcpy(end, "\n");
	assert_int_equal(phonexml_dial_template_decode(text, 8192, &rules, &error), -EFBIG);
	assert_string_equal(error.found, "8192 bytes");
	assert_string_equal(error.expected, "at most 8191 bytes");
}

static void application_dial_rules(void **state)
{
	static struct phonexml_app_rules rules;
	static const char nameless[] =
	    "<DialRules><DialRule BeginsWith=\"+49\" NumDigits=\"13\" DigitsToRemove=\"3\" PrefixWith=\"0\"/>"
	    "<DialRule Name=\"a\" NumDigits=\"101\"/></DialRules>";
	char *end = text;

	(void)state;
	must(phonexml_app_rules_decode(nameless, strlen(nameless), &rules, &error));
	assert_int_equal(rules.rules, 2);
	assert_string_equal(rules.rule[0].name, "");
	assert_string_equal(rules.rule[0].begins_with, "+49");
	warned(0, "line 1: DialRules/DialRule/@NumDigits: found \"101\", using 0");
	end += sprintf(end, "<DialRules>");
	for (unsigned i = 0; i < 2000; i++)
		end += sprintf(end, "<DialRule Name=\"%u\" NumDigits=\"1\"/>", i);
	strcpy(end, "</DialRules>");
	must(phonexml_app_rules_decode(text, strlen(text), &rules, &error));
	assert_int_equal(rules.rules, PHONEXML_APP_RULES_MAX);
	assert_int_equal(error.warnings, 1);
	warned(0, "line 1: DialRules/DialRule: found more than 1024 of them, using 1024 of them");
}

static void soft_keys(void **state)
{
	static struct phonexml_soft_keys keys;
	static const char old[] =
	    "<softKeyCfg><typeSoftKey><softKeyDef keyID=\"1\"><tag>Redial</tag></softKeyDef><softKeyDef/>"
	    "</typeSoftKey><softKeySets><softKeySet id=\"On Hook\">"
	    "<softKey keyID=\"1\"/><softKey/></softKeySet><softKeySet/></softKeySets></softKeyCfg>";
	char *end = text;

	(void)state;
	must(phonexml_soft_keys_decode(old, strlen(old), &keys, &error));
	assert_int_equal(keys.keys, 1);
	assert_int_equal(keys.sets, 1);
	assert_int_equal(keys.set[0].keys, 1);
	warned(0, "line 1: softKeyCfg/typeSoftKey/softKeyDef/tag: found \"Redial\", using 0");
	warned(1, "line 1: softKeyCfg/typeSoftKey/softKeyDef/@keyID: found nothing, using not this row");
	end += sprintf(end, "<softKeyCfg><typeSoftKey>");
	for (unsigned i = 0; i < 100; i++)
		end += sprintf(end, "<softKeyDef keyID=\"k%u\"><tag>%u</tag></softKeyDef>", i, i);
	end += sprintf(end, "</typeSoftKey><softKeySets><softKeySet id=\"On Hook\">");
	for (unsigned i = 0; i < 20; i++)
		end += sprintf(end, "<softKey keyID=\"k%u\"/>", i);
	strcpy(end, "</softKeySet></softKeySets></softKeyCfg>");
	must(phonexml_soft_keys_decode(text, strlen(text), &keys, &error));
	assert_int_equal(keys.keys, 100);
	assert_int_equal(keys.set[0].keys, PHONEXML_SET_KEYS_MAX);
	assert_int_equal(error.warnings, 1);
}

static void ring_lists(void **state)
{
	static struct phonexml_rings rings;
	char *end = text;

	(void)state;
	end += sprintf(end, "<CiscoIPPhoneRingList><Ring><DisplayName>a</DisplayName></Ring>");
	for (unsigned i = 0; i < 60; i++)
		end += sprintf(end, "<Ring><FileName>b%u</FileName></Ring>", i);
	strcpy(end, "</CiscoIPPhoneRingList>");
	must(phonexml_rings_decode(text, strlen(text), &rings, &error));
	assert_int_equal(rings.rings, PHONEXML_RINGS_MAX);
	assert_string_equal(rings.ring[0].file, "b0");
	assert_int_equal(error.warnings, 2);
	warned(0, "line 1: CiscoIPPhoneRingList/Ring/FileName: found nothing, using not this row");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_that_cannot_be_used),
	    cmocka_unit_test(the_last_of_several_counts),
	    cmocka_unit_test(texts),
	    cmocka_unit_test(latin_files),
	    cmocka_unit_test(an_undeclared_prefix),
	    cmocka_unit_test(members_of_all_kinds),
	    cmocka_unit_test(more_lines_than_keys),
	    cmocka_unit_test(more_warnings_than_room),
	    cmocka_unit_test(many_models),
	    cmocka_unit_test(dial_templates),
	    cmocka_unit_test(application_dial_rules),
	    cmocka_unit_test(soft_keys),
	    cmocka_unit_test(ring_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
