/* The phone's web pages: what is on them, as HTML and as XML that a parser takes, and what is no page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "phone-sim/core/models.h"
#include "phone-sim/driver/web_cgi.h"
#include "phone-sim/driver/web_page.h"

#define REPORT		  "probrep-20141021-162840.tar.gz"
#define SERVICEABILITY	  "/CGI/Java/Serviceability"
#define ROW(label, value) "<TR><TD><B> " label "</B></TD><td width=20></TD><TD><B>" value "</B></TD></TR>"

static struct web_source source;
static json_t *console, *messages;

static int begin(void **state)
{
	(void)state;
	memset(&source, 0, sizeof(source));
	source.view = (struct phone_view){
	    .name = "SEP001122AABB01",
	    .model = phone_model_find("7841"),
	    .link = true,
	    .ipv4 = 0x0a6e0039,
	    .prefix = 24,
	    .gateway = 0x0a6e0001,
	    .dhcp_server = 0x0a6e0002,
	    .tftp = {0x0a140003},
	    .tftp_count = 1,
	    .voice_vlan = 110,
	    .cdp = {"sw1", "GigabitEthernet1/0/1", 0x0a0a0001},
	    .lldp = {"sw1.example", "Gi1/0/1", 0x0a0a0001},
	    .directory_number = "2001",
	    .members = {{.name = "10.20.0.11", .state = "Active"}, {.name = "<&>", .state = "Standby"}},
	    .member_count = 2,
	    .active_load = "sip78xx.14-2-1-0001-125",
	    .itl = {(const uint8_t *)"", 1}};
	console = json_pack("[ss]", "0001 NOT first", "0002 ERR GHTTP-hdr-><b>&");
	messages = json_array();
	for (int i = 1; i <= 12; i++)
		json_array_append_new(messages, json_sprintf("message %02d", i));
	source.console = console;
	source.messages = messages;
	return 0;
}

static int end(void **state)
{
	(void)state;
	json_decref(console);
	json_decref(messages);
	return 0;
}

/* The page as text, for free(); NULL: there is none. */
static char *page(const char *path, const char *query, const char *want_type)
{
	const char *type = "";
	struct text text = {0};

	if (!web_page(path, query, &source, &text, &type)) {
		assert_int_equal(text.length, 0);
		return NULL;
	}
	assert_string_equal(type, want_type);
	return text_take(&text);
}

static void shows(const char *path, const char *query, const char *what)
{
	char *text = page(path, query, "text/html");

	if (!text || !strstr(text, what))
		fail_msg("%s?%s shows no '%s': %s", path, query, what, text ? text : "(no page)");
	free(text);
}

/* What an element of an XML page holds, by a parser that we did not write. */
static void holds(const char *path, const char *query, const char *element, const char *value)
{
	char *text = page(path, query, "text/xml");
	bool found = false;

	assert_non_null(text);
	xmlDoc *doc = xmlReadMemory(text, (int)strlen(text), NULL, NULL, XML_PARSE_NONET);
	if (!doc)
		fail_msg("%s is no XML: %s", path, text);
	for (xmlNode *node = xmlDocGetRootElement(doc)->children; node; node = node->next) {
		xmlChar *content = xmlNodeGetContent(node);

		found = found ||
			(!strcmp((const char *)node->name, element) && !strcmp((const char *)content, value));
		xmlFree(content);
	}
	if (!found)
		fail_msg("%s has no %s with '%s': %s", path, element, value, text);
	xmlFreeDoc(doc);
	free(text);
}

static void for_people(void **state)
{
	(void)state;
	shows("/", "", ROW("Phone DN", "2001"));
	shows("/", "", "<TITLE>Cisco Systems, Inc.</TITLE>");
	shows("/", "", "Cisco Unified IP Phone CP-7841 ( SEP001122AABB01 )");
	shows("/DeviceInformation", "", ROW("Version", "sip78xx.14-2-1-0001-125"));
	shows("/DeviceInformation", "", ROW("App Load ID", "rootfs78xx.14-2-1-0001-125"));
	shows(SERVICEABILITY, "adapter=device.statistics.device", ROW("Model Number", "CP-7841"));
	shows(SERVICEABILITY, "adapter=device.statistics.configuration", ROW("Subnet Mask", "255.255.255.0"));
	shows("/NetworkConfiguration", "", ROW("Unified CM1", "10.20.0.11  Active"));
	shows("/NetworkConfiguration", "", ROW("Unified CM3", ""));
	shows(SERVICEABILITY, "adapter=device.statistics.port.network",
	      ROW("CDP Neighbor Port", "GigabitEthernet1/0/1"));
	shows(SERVICEABILITY, "adapter=device.statistics.port.network",
	      ROW("LLDP Neighbor IP Address", "10.10.0.1"));
	shows(SERVICEABILITY, "adapter=device.statistics.port.access", ROW("Rx totalPkt", "0"));
	shows(SERVICEABILITY, "adapter=device.statistics.streaming.4", "Stream 5");
	shows(SERVICEABILITY, "adapter=device.statistics.consolelog&Number=0", "<a href=\"/FS/messages\">");
	shows(SERVICEABILITY, "adapter=device.trace.display.alarm", "0002 ERR GHTTP-hdr-&gt;&lt;b&gt;&amp;");
	source.view.model = phone_model_find("8851");
	shows("/", "", "Cisco IP Phone CP-8851 ( SEP001122AABB01 )");
	shows("/", "", ROW("Key expansion module 3", ""));
	shows("/NetworkConfiguration", "", ROW("CUCM server1", "10.20.0.11  Active"));
}

/* The counters of the switch port; the PC port has no cable. */
static void counters(void **state)
{
	const struct link_counters link = {
	    .rx_frames = 1000, .rx_crc_errors = 2, .tx_frames = 500, .rx_dropped = 7};
	const struct phone_frames frames = {.broadcast_in = 10,
					    .multicast_in = 90,
					    .broadcast_out = 5,
					    .multicast_out = 45,
					    .lldp_out = 21,
					    .lldp_in = 22,
					    .lldp_tlvs_unrecognized = 3};

	(void)state;
	source.counters = web_count(&link, &frames);
	holds("/PortInformationX", "1", "RxtotalPkt", "1000");
	holds("/PortInformationX", "1", "Rxunicast", "900");
	holds("/PortInformationX", "1", "RxcrcErr", "2");
	holds("/PortInformationX", "1", "RxtokenDrop", "7");
	holds("/PortInformationX", "1", "TxtotalGoodPkt", "500");
	holds("/PortInformationX", "1", "Txmulticast", "45");
	holds("/PortInformationX", "1", "lldpFramesOutTotal", "21");
	holds("/PortInformationX", "1", "lldpFramesInTotal", "22");
	holds("/PortInformationX", "1", "lldpTLVUnrecognizedTotal", "3");
	holds("/PortInformationX", "2", "RxtotalPkt", "0");
	holds("/EthernetInformationX", "", "TxFrames", "500");
	holds("/EthernetInformationX", "", "TxUnicasts", "450");
	holds("/EthernetInformationX", "", "RxBroadcasts", "10");
}

/* A member that is neither active nor standby ends with three blanks, as on the phones. */
static void idle_member(void **state)
{
	(void)state;
	source.view.members[2] = (struct phone_member_view){.name = "cm3", .state = ""};
	shows("/NetworkConfiguration", "", ROW("Unified CM3", "cm3   "));
}

static void for_programs(void **state)
{
	(void)state;
	holds("/DeviceInformationX", "", "HostName", "SEP001122AABB01");
	holds("/DeviceInformationX", "", "phoneDN", "2001");
	holds("/NetworkConfigurationX", "", "VLANId", "110");
	holds("/NetworkConfigurationX", "", "UserLocaleVersion", "");
	snprintf(source.view.user_locale_version, sizeof(source.view.user_locale_version), "14.0.0.0(1)");
	holds("/NetworkConfigurationX", "", "UserLocaleVersion", "14.0.0.0(1)");
	holds("/NetworkConfigurationX", "", "CallManager2", "<&>  Standby");
	holds("/NetworkConfigurationX", "", "ITLFile", "Installed");
	holds("/NetworkConfigurationX", "", "CTLFile", "Not Installed");
	holds(SERVICEABILITY, "adapterX=device.statistics.port.network", "CDPNeighborDeviceId", "sw1");
	holds("/PortInformationX", "1", "CDPNeighborPort", "GigabitEthernet1/0/1");
	holds("/DeviceLogX", "2", "status", "message 12");
	holds(SERVICEABILITY, "adapterX=device.statistics.consolelog", "status", "0002 ERR GHTTP-hdr-><b>&");
	holds("/PortInformationX", "2", "PortSpeed", "Link Down");
	holds("/PortInformationX", "1", "LLDPNeighborDeviceId", "sw1.example");
	holds("/EthernetInformationX", "", "RxPacketNoDes", "0");
	holds("/StreamingStatisticsX", "1", "StreamStatus", "Not Ready");
	source.view.voice_vlan = 0; /* none is 4095, as the phones say it */
	holds("/NetworkConfigurationX", "", "VLANId", "4095");
}

/* Ten of the thirty messages that are kept. */
static void ten_messages(void **state)
{
	char *text = page("/DeviceLog", "", "text/html");

	(void)state;
	assert_null(strstr(text, "message 02"));
	assert_non_null(strstr(text, "message 03"));
	free(text);
}

static void files(void **state)
{
	char *text = page("/FS/messages", "", "text/plain");

	(void)state;
	assert_string_equal(text, "0001 NOT first\n0002 ERR GHTTP-hdr-><b>&\n");
	free(text);
	/* A problem report is linked and served under its name only. */
	assert_null(page("/FS/" REPORT, "", ""));
	struct prt prt = {.name = REPORT, .file = {.bytes = (char *)"\x1f\x8b\0z", .length = 4}};
	const char *type;
	struct text file = {0};

	source.prt = &prt;
	shows("/ConsoleLog", "", "<a href=\"/FS/" REPORT "\">" REPORT "</A>");
	assert_true(web_page("/FS/" REPORT, "", &source, &file, &type));
	assert_string_equal(type, "application/gzip");
	assert_int_equal(file.length, 4);
	assert_memory_equal(file.bytes, "\x1f\x8b\0z", 4);
	text_free(&file);
	assert_null(page("/FS/probrep-20261130-000000.tar.gz", "", ""));
}

/* What run_execute had the phone execute. */
static char executed[3][300];
static unsigned executions;

static void note_execution(void *arg, const char *uri)
{
	(void)arg;
	snprintf(executed[executions++ % 3], sizeof(executed[0]), "%s", uri);
}

static void executes(const char *form, unsigned count, const char *has)
{
	struct text out = {0};

	executions = 0;
	web_execute(form, note_execution, NULL, &out);
	assert_int_equal(executions, count);
	if (!strstr(out.bytes, has))
		fail_msg("'%s' gives no '%s': %s", form, has, out.bytes);
	text_free(&out);
}

#define EXECUTE(items) "XML=%3CCiscoIPPhoneExecute%3E" items "%3C/CiscoIPPhoneExecute%3E"
#define ITEM(uri)      "%3CExecuteItem+Priority%3D%220%22+URL%3D%22" uri "%22/%3E"

static void execute(void **state)
{
	(void)state;
	executes(EXECUTE(ITEM("Key:Line1")), 1,
		 "<ResponseItem URL=\"Key:Line1\" Data=\"Success\" Status=\"0\"/>");
	assert_string_equal(executed[0], "Key:Line1");
	executes("a=b&" EXECUTE(ITEM("Play:a.raw") ITEM("nonsense")), 1,
		 "URL=\"nonsense\" Data=\"Unknown URI\"");
	executes(EXECUTE(ITEM("Key:1") ITEM("Key:2") ITEM("Key:3") ITEM("Key:4")), 0,
		 "<CiscoIPPhoneError Number=\"2\"/>");
	executes(EXECUTE(""), 0, "<CiscoIPPhoneError Number=\"2\"/>");
	executes("XML=%3Cx/%3E", 0, "<CiscoIPPhoneError Number=\"1\"/>");
	executes("", 0, "<CiscoIPPhoneError Number=\"1\"/>");
}

/* The picture is a PNG of the display's size; another number is another picture. */
static void screenshot(void **state)
{
	struct text one = {0}, other = {0};

	(void)state;
	web_screenshot(&source.view, &one);
	assert_memory_equal(one.bytes, "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\x90\0\0\0\xa2\x01\0\0\0\0", 29);
	snprintf(source.view.directory_number, sizeof(source.view.directory_number), "2002");
	web_screenshot(&source.view, &other);
	assert_int_equal(one.length, other.length);
	assert_memory_not_equal(one.bytes, other.bytes, one.length);
	text_free(&one);
	text_free(&other);
}

/* Real serial numbers are unique, and so are those of the neighbouring MACs. */
static void serial_number(void **state)
{
	struct mac a = {{0, 0x11, 0x22, 0xaa, 0xbb, 1}}, b = {{0, 0x11, 0x22, 0xff, 0xff, 0xff}};
	char one[MAC_SERIAL], other[MAC_SERIAL];

	(void)state;
	mac_serial(&a, PHONE_SERIAL_SITE, one);
	mac_serial(&b, PHONE_SERIAL_SITE, other);
	assert_int_equal(strlen(one), 11);
	assert_int_equal(strlen(other), 11);
	assert_string_not_equal(one, other);
	holds("/DeviceInformationX", "", "serialNumber", one);
}

static void what_is_no_page(void **state)
{
	static const char *const none[][2] = {{"", ""},
					      {"/index.html", ""},
					      {"/DeviceInformationXX", ""},
					      {"/DeviceInfo", ""},
					      {SERVICEABILITY, ""},
					      {SERVICEABILITY, "adapter="},
					      {SERVICEABILITY, "adapter=device.statistics"},
					      {SERVICEABILITY, "adapter=device.statistics.device.x"},
					      {"/PortInformation", "7"},
					      {"/FS/../etc/passwd", ""},
					      {"/../etc/passwd", ""}};

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_null(page(none[i][0], none[i][1], ""));
	source.view.model = phone_model_find("8832"); /* without a PC port */
	assert_null(page(SERVICEABILITY, "adapter=device.statistics.port.access", ""));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(for_people),	 CASE(for_programs),	CASE(counters), CASE(idle_member),
	    CASE(ten_messages),	 CASE(files),		CASE(execute),	CASE(screenshot),
	    CASE(serial_number), CASE(what_is_no_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
