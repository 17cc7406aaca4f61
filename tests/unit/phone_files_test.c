/* Steps 7, 9 and 12 to 14 with files that a person or another provisioning system has written: the phone uses what it
 * can, and reports the rest. */
#include "tests/support/phone_test.h"

#define LINE_OF(values) "<line button=\"1\"><featureID>9</featureID><name>2001</name>" values "</line>"
#define CONFIG_OF(values, more)                                                                              \
	"<device xsi:type=\"axl:XIPPhone\"><devicePool><callManagerGroup><members><member priority=\"0\">"   \
	"<callManager><processNodeName>cucm-pub</processNodeName></callManager></member></members>"          \
	"</callManagerGroup></devicePool><sipProfile><sipLines>" LINE_OF(                                    \
	    values) "</sipLines>"                                                                            \
		    "<dialTemplate>DR1.xml</dialTemplate></sipProfile><versionStamp>{odd}</"                 \
		    "versionStamp>" more "</device>"

static void put(struct memory_lab *lab, const char *name, const char *text)
{
	memory_lab_put_signed(lab, name, text, strlen(text));
}

static void an_odd_configuration(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	put(lab, "SEP0A0000000001.cnf.xml",
	    CONFIG_OF("<port>sixty</port>", "<transportLayerProtocol>4</transportLayerProtocol>"
					    "<vendorConfig><pcPort>on</pcPort></vendorConfig>"));
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_rung(lab, LADDER_CONFIG, LADDER_DONE, "SEP0A0000000001.cnf.xml: 1 line, 1 call manager");
	assert_string_equal(memory_lab_view(lab, 0).config->version_stamp, "{odd}");
	assert_false(lab->phone[0].conn[0].udp);
	assert_said(lab, "console WRN JAVA-SEP0A0000000001.cnf.xml: line 1: device/transportLayerProtocol: "
			 "found \"4\", using 1");
	assert_said(lab, "device/sipProfile/sipLines/line/port: found \"sixty\", using 5060");
	assert_said(lab, "device/vendorConfig/pcPort: found \"on\", using 0");
	assert_int_equal(memory_lab_said_times(lab, "console WRN JAVA-"), 3);
	assert_int_equal(memory_lab_said_times(lab, "file.odd"), 3);
	memory_lab_free(lab);
}

static void a_dial_template_over_the_limit(void **state)
{
	struct memory_lab *lab = one_phone();
	static char text[9000];

	(void)state;
	snprintf(text, sizeof(text), "<DIALTEMPLATE><TEMPLATE MATCH=\"2...\"/>%8150s</DIALTEMPLATE>", "");
	put(lab, "DR1.xml", text);
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_rung(lab, LADDER_DIAL_RULES, LADDER_FAILED,
		    "DR1.xml: file: found 8203 bytes, expected at most 8191 bytes: default dial rules");
	put(lab, "DR1.xml", "<dialTemplate><TEMPLATE match=\"\" rewrite=\"7100\"/></dialTemplate>");
	memory_lab_run_for(lab, 120 * SECOND);
	assert_rung(lab, LADDER_DIAL_RULES, LADDER_DONE, "DR1.xml: 1 rule");
	memory_lab_free(lab);
}

static void odd_rows(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	put(lab, "AppDialRules.xml", "<DialRules><DialRule BeginsWith=\"+49\" NumDigits=\"x\"/></DialRules>");
	put(lab, "SK1.xml",
	    "<softKeyCfg><typeSoftKey><softKeyDef keyID=\"Redial\"><tag>one</tag></softKeyDef></typeSoftKey>"
	    "</softKeyCfg>");
	put(lab, "Ringlist-wb.xml",
	    "<CiscoIPPhoneRingList><Ring/><Ring><FileName>bells.rwb</FileName></Ring>"
	    "</CiscoIPPhoneRingList>");
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_rung(lab, LADDER_DIAL_RULES, LADDER_DONE, "1 application dial rule");
	assert_rung(lab, LADDER_SOFTKEYS, LADDER_DONE, "SK1.xml: 1 key in 0 sets");
	assert_rung(lab, LADDER_RINGTONES, LADDER_DONE, "1 ringtone");
	assert_said(lab,
		    "WRN JAVA-AppDialRules.xml: line 1: DialRules/DialRule/@NumDigits: found \"x\", using 0");
	assert_said(
	    lab, "WRN JAVA-SK1.xml: line 1: softKeyCfg/typeSoftKey/softKeyDef/tag: found \"one\", using 0");
	assert_said(lab,
		    "WRN JAVA-Ringlist-wb.xml: line 1: CiscoIPPhoneRingList/Ring/FileName: found nothing");
	memory_lab_free(lab);
}

static void the_default_file_is_odd(void **state)
{
	struct memory_lab *lab = one_phone();
	static char text[32768];
	char *end = text;

	(void)state;
	memory_lab_remove_file(lab, "SEP0A0000000001.cnf.xml.sgn");
	memory_lab_remove_file(lab, "SEP0A0000000001.cnf.xml");
	end += sprintf(end, "<Default><callManagerGroup><members><member priority=\"0\"><callManager>"
			    "<processNodeName/></callManager></member><member><callManager><processNodeName>"
			    "cucm-pub</processNodeName></callManager></member></members></callManagerGroup>");
	for (unsigned i = 0; i < 143; i++)
		end += sprintf(end, "<loadInformation%u>other</loadInformation%u>", 1000 + i, 1000 + i);
	strcpy(end, "</Default>");
	put(lab, "XMLDefault.cnf.xml", text);
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 5 * SECOND);
	assert_rung(lab, LADDER_CONFIG, LADDER_DONE, "not provisioned");
	assert_said(lab, "WRN JAVA-XMLDefault.cnf.xml: line 1: Default/callManagerGroup/members/member/"
			 "callManager/processNodeName: found \"\", using not this row");
	memory_lab_free(lab);
}

/* As many rules as 8191 bytes hold: the limit of the phones is one of bytes. */
static void many_dial_rules(void **state)
{
	struct memory_lab *lab = one_phone();
	static char text[9000];
	char *end = text;

	(void)state;
	end += sprintf(end, "<DIALTEMPLATE>");
	for (unsigned i = 0; i < 167; i++)
		end += sprintf(end, "<TEMPLATE MATCH=\"9,1%03u..\" Timeout=\"0\"/>", i);
	strcpy(end, "</DIALTEMPLATE>");
	assert_true(strlen(text) > 6000 && strlen(text) <= 8191);
	put(lab, "DR1.xml", text);
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_rung(lab, LADDER_DIAL_RULES, LADDER_DONE, "DR1.xml: 167 rules");
	memory_lab_free(lab);
}

/* Keys by name with numeric tags, as in files of CUCM; application dial rules without names. */
static void keys_by_name(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	put(lab, "AppDialRules.xml",
	    "<DialRules><DialRule BeginsWith=\"+49\" NumDigits=\"13\" DigitsToRemove=\"3\" PrefixWith=\"0\"/>"
	    "<DialRule BeginsWith=\"1\" NumDigits=\"11\" DigitsToRemove=\"0\" "
	    "PrefixWith=\"9\"/></DialRules>");
	put(lab, "SK1.xml",
	    "<softKeyCfg versionStamp=\"{sk}\"><typeSoftKey>"
	    "<softKeyDef keyID=\"Redial\"><tag>128</tag><eventID>1</eventID></softKeyDef>"
	    "<softKeyDef keyID=\"NewCall\"><tag>129</tag><eventID>2</eventID></softKeyDef>"
	    "<softKeyDef keyID=\"EndCall\"><tag>137</tag><eventID>9</eventID></softKeyDef></typeSoftKey>"
	    "<softKeySets><softKeySet id=\"On Hook\"><softKey keyID=\"Redial\"/><softKey keyID=\"NewCall\"/>"
	    "</softKeySet><softKeySet id=\"Connected\"><softKey "
	    "keyID=\"EndCall\"/></softKeySet></softKeySets>"
	    "</softKeyCfg>");
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_rung(lab, LADDER_DIAL_RULES, LADDER_DONE, "2 application dial rules");
	assert_rung(lab, LADDER_SOFTKEYS, LADDER_DONE, "SK1.xml: 3 keys in 2 sets");
	assert_int_equal(memory_lab_said_times(lab, "file.odd"), 0);
	memory_lab_free(lab);
}

/* The keys of an 8851 and of its expansion modules: all lines are bound. */
static void lines_of_modules(void **state)
{
	static const unsigned counts[] = {17, 46, 82};
	struct lab_config phone = {.phones = 1, .seed = 11, .model = "8851"};

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct memory_lab *lab = memory_lab_new(&phone);
		struct phonexml_config *config = calloc(1, sizeof(*config));
		char detail[80], number[8];

		assert_non_null(config);
		memory_lab_config_of(lab, 0, config);
		config->lines = counts[i];
		for (unsigned n = 0; n < counts[i]; n++) {
			config->line[n] = config->line[0];
			config->line[n].button = config->line[n].index = n + 1;
			snprintf(config->line[n].name, sizeof(config->line[n].name), "%u", 2001 + n);
		}
		snprintf(config->version_stamp, sizeof(config->version_stamp), "{modules-%u}", counts[i]);
		memory_lab_put_config(lab, 0, config);
		lab->cm[0].binds_all = true;
		memory_lab_power_on(lab);
		must_register(lab, 120);
		snprintf(detail, sizeof(detail), "SEP0A0000000001.cnf.xml: %u lines", counts[i]);
		assert_rung(lab, LADDER_CONFIG, LADDER_DONE, detail);
		assert_string_equal(memory_lab_view(lab, 0).config->version_stamp, config->version_stamp);
		snprintf(number, sizeof(number), "%u", 2000 + counts[i]);
		assert_string_equal(phone_bound_number(lab->phone[0].phone, counts[i] - 1), number);
		assert_null(phone_bound_number(lab->phone[0].phone, counts[i]));
		free(config);
		memory_lab_free(lab);
	}
}

/* Put locale elements and boot; the rung of the locale. */
static void locale(const char *elements, enum ladder_state rung, const char *detail, const char *asked,
		   const char *not_asked)
{
	struct memory_lab *lab = one_phone();
	static char text[4096];

	snprintf(text, sizeof(text), CONFIG_OF("", "%s"), elements);
	put(lab, "SEP0A0000000001.cnf.xml", text);
	put(lab, "tones_nz/g3-tones.xml", "<?xml version=\"1.0\"?><tones version=\"14.1.0.0(2)\"/>");
	memory_lab_power_on(lab);
	must_register(lab, 5);
	memory_lab_run_for(lab, 5 * SECOND);
	assert_rung(lab, LADDER_LOCALE, rung, detail);
	assert_string_equal(memory_lab_view(lab, 0).user_locale_version, "");
	assert_string_equal(memory_lab_view(lab, 0).network_locale_version,
			    asked && strstr(asked, "tones_nz") ? "14.1.0.0(2)" : "");
	if (asked)
		assert_said(lab, asked);
	if (not_asked)
		assert_false(memory_lab_said(lab, not_asked));
	memory_lab_free(lab);
}

/* The tones are in the folder networkLocaleInfo/name; English is in every load. */
static void locales(void **state)
{
	(void)state;
	locale("", LADDER_SKIPPED, "English", NULL, "g3-tones");
	locale("<userLocale><name>English_United_States</name></userLocale><networkLocale>United_States"
	       "</networkLocale>",
	       LADDER_SKIPPED, "English", NULL, "[src=English");
	locale("<userLocale><name>English_United_States</name></userLocale><networkLocale>New Zealand"
	       "</networkLocale><networkLocaleInfo><name>tones_nz</name></networkLocaleInfo>",
	       LADDER_DONE, "tones_nz", "[src=tones_nz/g3-tones.xml", "New Zealand");
	/* A missing user locale does not stop the tones. */
	locale("<userLocale><name>Klingon</name></userLocale><networkLocale>Germany</networkLocale>"
	       "<networkLocaleInfo><name>tones_nz</name></networkLocaleInfo>",
	       LADDER_FAILED, "Error update locale: Klingon/sp-sip.jar", "[src=tones_nz/g3-tones.xml", NULL);
	locale("<networkLocale>Germany</networkLocale>", LADDER_DONE, "Germany", "[src=Germany/g3-tones.xml",
	       NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_odd_configuration),    cmocka_unit_test(a_dial_template_over_the_limit),
	    cmocka_unit_test(many_dial_rules),	       cmocka_unit_test(keys_by_name),
	    cmocka_unit_test(lines_of_modules),	       cmocka_unit_test(odd_rows),
	    cmocka_unit_test(the_default_file_is_odd), cmocka_unit_test(locales),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
