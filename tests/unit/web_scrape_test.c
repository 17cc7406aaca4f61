/* The pages against a list of facts, the labels of saved pages of a 7841 and an 8845 in their order, and as four kinds of
 * public tools read them. The trust list is one that this test writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <libxml/HTMLparser.h>
#include <libxml/xpath.h>

#include "phone-sim/core/models.h"
#include "phone-sim/driver/web_page.h"
#include "wire/trustlist.h"

#define ADAPTER "/CGI/Java/Serviceability"

/* clang-format off */
static const char *const facts_7841[] = {
    "MAC Address",
    "Host Name",
    "Domain Name",
    "DHCP Server",
    "BOOTP Server",
    "DHCP",
    "IP Address",
    "Subnet Mask",
    "Default Router 1",
    "DNS Server 1",
    "DNS Server 2",
    "DNS Server 3",
    "Alternate TFTP",
    "TFTP Server 1",
    "TFTP Server 2",
    "DHCP Address Released",
    "Operational VLAN ID",
    "Admin VLAN ID",
    "Unified CM1",
    "Unified CM2",
    "Unified CM3",
    "Unified CM4",
    "Unified CM5",
    "Information URL",
    "Directories URL",
    "Messages URL",
    "Services URL",
    "Idle URL",
    "Idle URL Time",
    "Proxy Server URL",
    "Authentication URL",
    "SW Port Setup",
    "PC Port Setup",
    "PC Port Disabled",
    "User Locale",
    "Network Locale",
    "User Locale Version",
    "Network Locale Version",
    "Speaker Enabled",
    "Group Listen",
    "GARP Enabled",
    "Span to PC Port",
    "Video Capability Enabled",
    "Voice VLAN Enabled",
    "PC VLAN",
    "Auto Line Select Enabled",
    "DSCP For Call Control",
    "DSCP For Configuration",
    "DSCP For Services",
    "Security Mode",
    "Web Access Enabled",
    "SSH Access Enabled",
    "CDP: SW Port",
    "CDP: PC Port",
    "LLDP-MED: SW Port",
    "LLDP: PC Port",
    "LLDP Power Priority",
    "LLDP Asset ID",
    "CTL File",
    "ITL File",
    "ITL Signature",
    "TVS",
    "TFTP Server",
    "Automatic Port Synchronization",
    "Switch Port Remote Configuration",
    "PC Port Remote Configuration",
    "IP Addressing Mode",
    "IP Preference Mode Control",
    "IP Preference Mode For Media",
    "IPv6 Auto Configuration",
    "IPv6 DAD",
    "IPv6 Accept Redirect Message",
    "IPv6 Reply Multicast Echo Request",
    "IPv6 Load Server",
    "IPv6 Log Server",
    "IPv6 CAPF Server",
    "DHCPv6",
    "IPv6 Address",
    "IPv6 Prefix Length",
    "IPv6 Default Router 1",
    "IPv6 DNS Server 1",
    "IPv6 DNS Server 2",
    "IPv6 Alternate TFTP",
    "IPv6 TFTP Server 1",
    "IPv6 TFTP Server 2",
    "IPv6 Address Released",
    "Energywise Power Level",
    "Energywise Domain"};
static const char *const facts_8845[] = {
    "MAC address",
    "Host name",
    "Domain name",
    "DHCP server",
    "BOOTP server",
    "DHCP",
    "IP address",
    "Subnet mask",
    "Default router",
    "DNS server 1",
    "DNS server 2",
    "DNS server 3",
    "Alternate TFTP",
    "TFTP server 1",
    "TFTP server 2",
    "DHCP address released",
    "Operational VLAN ID",
    "Admin VLAN ID",
    "CUCM server1",
    "CUCM server2",
    "CUCM server3",
    "CUCM server4",
    "CUCM server5",
    "Information URL",
    "Directories URL",
    "Messages URL",
    "Services URL",
    "Idle URL",
    "Idle URL time",
    "Proxy server URL",
    "Authentication URL",
    "SW port setup",
    "PC port setup",
    "PC port disabled",
    "User locale",
    "Network locale",
    "User locale version",
    "Network locale version",
    "Speaker enabled",
    "GARP enabled",
    "Span to PC port",
    "Video capability enabled",
    "Voice VLAN enabled",
    "PC VLAN",
    "Auto line select enabled",
    "DSCP for call control",
    "DSCP for configuration",
    "DSCP for services",
    "Security mode",
    "Web access enabled",
    "SSH access enabled",
    "CDP: SW Port",
    "CDP: PC Port",
    "LLDP-MED: SW Port",
    "LLDP: PC Port",
    "LLDP power priority",
    "LLDP asset ID",
    "CTL file",
    "ITL file",
    "ITL signature",
    "TVS",
    "TFTP server",
    "Automatic port synchronization",
    "Switch port remote configuration",
    "PC port remote configuration",
    "IP addressing mode",
    "IP preference mode control",
    "IP preference mode for media",
    "IPv6 auto configuration",
    "IPv6 duplicate address detection",
    "IPv6 accept redirect message",
    "IPv6 reply multicast echo request",
    "IPv6 load server",
    "IPv6 log server",
    "IPv6 CAPF server",
    "DHCPv6",
    "IPv6 address",
    "IPv6 prefix length",
    "IPv6 default router",
    "IPv6 DNS server 1",
    "IPv6 DNS server 2",
    "IPv6 alternate TFTP",
    "IPv6 TFTP server 1",
    "IPv6 TFTP server 2",
    "IPv6 address released",
    "EnergyWise power level",
    "EnergyWise domain",
    "DF_BIT",
    "Service Mode"};
/* clang-format on */

static struct web_source source;
static uint8_t itl[2048];

/* A list of two servers and a CAPF, which is known by its common name only. */
static size_t write_list(void)
{
	static const uint8_t key[4] = {1, 2, 3, 4}, signature[64];
	struct trustlist list = {.header = {.version = {1, 2},
					    .signer = "CN=itl",
					    .serial = {key, 4},
					    .issuer = "CN=itl",
					    .digest = TRUSTLIST_SHA512,
					    .signature = {signature, 64},
					    .file_name = "ITL.tlv"},
				 .records = 3};
	const struct {
		uint16_t role;
		const char *dns, *subject;
	} records[] = {{TRUSTLIST_SAST, "", "CN=itl"},
		       {TRUSTLIST_TVS, "cm1.example", "CN=x"},
		       {TRUSTLIST_TFTP, "", "CN=cm2.example,O=y"}};
	ssize_t length;

	for (unsigned i = 0; i < 3; i++)
		list.record[i] = (struct trustlist_record){.role = records[i].role,
							   .dns_name = records[i].dns,
							   .subject = records[i].subject,
							   .issuer = "CN=itl",
							   .serial = {key, 4},
							   .public_key = {key, 4},
							   .signature = {signature, 64}};
	length = trustlist_encode(&list, itl, sizeof(itl));
	assert_true(length > 0);
	return (size_t)length;
}

static void show_model(const char *model)
{
	memset(&source, 0, sizeof(source));
	source.view = (struct phone_view){.name = "SEP001122AABB01",
					  .model = phone_model_find(model),
					  .link = true,
					  .ipv4 = 0x0a6e0039,
					  .tftp = {0x0a140003},
					  .voice_vlan = 110,
					  .active_load = "sip.14-2-1-0001-125",
					  .cdp = {"sw1", "GigabitEthernet1/0/1", 0x0a0a0001},
					  .lldp = {"sw1.example", "Gi1/0/1", 0x0a0a0001},
					  .members = {{.name = "cm1.example", .state = "Active"}},
					  .itl = {itl, write_list()}};
}

static char *get(const char *path, const char *query)
{
	struct text text = {0};
	const char *type;

	if (!web_page(path, query, &source, &text, &type))
		fail_msg("no page %s?%s", path, query);
	return text_take(&text);
}

/* --- readers, each in the manner of a public tool --- */

/* A parser of HTML reads the cells: the text of cell number n (from 1) of the row whose first cell is the label. */
static xmlXPathObject *select_nodes(const char *page, const char *format, const char *label, xmlDoc **doc)
{
	char query[300];
	xmlXPathContext *context;
	xmlXPathObject *found;

	*doc =
	    htmlReadMemory(page, (int)strlen(page), NULL, "utf-8", HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING);
	assert_non_null(*doc);
	snprintf(query, sizeof(query), "%s%s%s", format, label, *label ? "']/td[3]" : "");
	context = xmlXPathNewContext(*doc);
	found = xmlXPathEvalExpression((const xmlChar *)query, context);
	xmlXPathFreeContext(context);
	assert_non_null(found);
	return found;
}

static void third_cell(const char *page, const char *label, const char *want)
{
	xmlDoc *doc;
	xmlXPathObject *found = select_nodes(page, "//tr[td[1]/b=' ", label, &doc);

	if (!found->nodesetval || found->nodesetval->nodeNr != 1)
		fail_msg("not one row with the label '%s'", label);
	xmlChar *value = xmlNodeGetContent(found->nodesetval->nodeTab[0]);

	assert_string_equal((const char *)value, want);
	xmlFree(value);
	xmlXPathFreeObject(found);
	xmlFreeDoc(doc);
}

/* A pattern over the bytes of the page: label, the markup of a row, value. */
static void pattern(const char *page, const char *label, const char *want)
{
	char from[200], to[200];

	snprintf(from, sizeof(from), " %s</B></TD><td width=20></TD><TD><B>", label);
	snprintf(to, sizeof(to), "%s</B></TD>", want);
	const char *at = strstr(page, from);

	if (!at || strncmp(at + strlen(from), to, strlen(to)))
		fail_msg("the pattern for '%s' does not give '%s'", label, want);
}

/* Bold texts in a row: a label is followed by its value. */
static void next_bold(const char *page, const char *label, const char *want)
{
	xmlDoc *doc;
	xmlXPathObject *found = select_nodes(page, "//b", "", &doc);
	const xmlNodeSet *bold = found->nodesetval;
	bool matches = false;

	for (int i = 0; i + 1 < bold->nodeNr; i++) {
		xmlChar *text = xmlNodeGetContent(bold->nodeTab[i]),
			*next = xmlNodeGetContent(bold->nodeTab[i + 1]);

		if (*text == ' ' && !strcmp((const char *)text + 1, label))
			matches = !strcmp((const char *)next, want);
		xmlFree(text);
		xmlFree(next);
	}
	if (!matches)
		fail_msg("no bold '%s' before '%s'", label, want);
	xmlXPathFreeObject(found);
	xmlFreeDoc(doc);
}

/* A reader of XML wants an element of that name below the root. */
static void element(const char *path, const char *query, const char *name, const char *want)
{
	char *page = get(path, query), expression[100];
	xmlDoc *doc = xmlReadMemory(page, (int)strlen(page), NULL, NULL, XML_PARSE_NONET);

	assert_non_null(doc);
	xmlXPathContext *context = xmlXPathNewContext(doc);

	snprintf(expression, sizeof(expression), "string(/*/%s)", name);
	xmlXPathObject *found = xmlXPathEvalExpression((const xmlChar *)expression, context);

	assert_string_equal((const char *)found->stringval, want);
	xmlXPathFreeObject(found);
	xmlXPathFreeContext(context);
	xmlFreeDoc(doc);
	free(page);
}

static void each_html_reader(const char *query, const char *label, const char *want)
{
	char *page = get(ADAPTER, query);

	third_cell(page, label, want);
	pattern(page, label, want);
	next_bold(page, label, want);
	free(page);
}

/* --- the facts --- */

/* The labels of the page in their order, each in a row of three cells. */
static void same_labels(const char *const *facts, size_t count)
{
	char *page = get("/NetworkConfiguration", "");
	xmlDoc *doc;
	xmlXPathObject *found = select_nodes(page, "//tr[td[1]/b and not(.//table)]", "", &doc);
	const xmlNodeSet *rows = found->nodesetval;

	for (size_t i = 0; i < count && (int)i < rows->nodeNr; i++) {
		xmlNode *row = rows->nodeTab[i], *cell = row->children;
		xmlChar *label = xmlNodeGetContent(cell);

		if (*label != ' ' || strcmp((const char *)label + 1, facts[i]))
			fail_msg("row %zu is '%s', expected ' %s'", i + 1, (const char *)label, facts[i]);
		assert_int_equal(xmlChildElementCount(row), 3);
		xmlFree(label);
	}
	assert_int_equal(rows->nodeNr, count);
	xmlXPathFreeObject(found);
	xmlFreeDoc(doc);
	free(page);
}

static void labels_of_a_7841(void **state)
{
	(void)state;
	show_model("7841");
	same_labels(facts_7841, sizeof(facts_7841) / sizeof(facts_7841[0]));
	each_html_reader("adapter=device.statistics.configuration", "Security Mode", "Non Secure");
	each_html_reader("adapter=device.statistics.configuration", "SW Port Setup", "Auto Negotiate");
	each_html_reader("adapter=device.statistics.configuration", "CTL File", "Not Installed");
}

static void labels_of_an_8845(void **state)
{
	(void)state;
	show_model("8845");
	same_labels(facts_8845, sizeof(facts_8845) / sizeof(facts_8845[0]));
	each_html_reader("adapter=device.statistics.configuration", "Security mode", "Non secure");
	each_html_reader("adapter=device.statistics.configuration", "Video capability enabled", "Yes");
}

static void readers(void **state)
{
	static const char network[] = "adapter=device.statistics.configuration",
			  port[] = "adapter=device.statistics.port.network",
			  device[] = "adapter=device.statistics.device";

	(void)state;
	show_model("8845");
	each_html_reader(network, "MAC address", "001122AABB01");
	each_html_reader(network, "Host name", "SEP001122AABB01");
	each_html_reader(network, "TFTP server 1", "10.20.0.3");
	each_html_reader(network, "CUCM server1", "cm1.example  Active");
	each_html_reader(network, "TVS", "cm1.example");
	each_html_reader(network, "TFTP server", "cm2.example");
	each_html_reader(port, "CDP Neighbor device ID", "sw1");
	each_html_reader(port, "CDP Neighbor IP address", "10.10.0.1");
	each_html_reader(port, "CDP Neighbor port", "GigabitEthernet1/0/1");
	each_html_reader(port, "LLDP Neighbor device ID", "sw1.example");
	each_html_reader(port, "LLDP Neighbor port", "Gi1/0/1");
	each_html_reader(device, "Model number", "CP-8845");
	each_html_reader(device, "Serial number", "FCH2352CP21");
	element("/DeviceInformationX", "", "serialNumber", "FCH2352CP21");
	element("/NetworkConfigurationX", "", "CallManager1", "cm1.example  Active");
	element("/PortInformationX", "1", "LLDPNeighborPort", "Gi1/0/1");
	element(ADAPTER, "adapterX=device.statistics.streaming.0", "RcvrLostPackets", "0");
}

/* Every link of the menu is a page. */
static void menu(void **state)
{
	static const char *const models[] = {"7811", "7832", "7841", "8832", "8845", "8865"};

	(void)state;
	for (size_t m = 0; m < sizeof(models) / sizeof(models[0]); m++) {
		show_model(models[m]);
		char *page = get("/", ""), *at = page;
		unsigned links = 0;

		while ((at = strstr(at, ADAPTER "?"))) {
			char query[80];

			snprintf(query, sizeof(query), "%.*s", (int)strcspn(at + strlen(ADAPTER) + 1, "\""),
				 at + strlen(ADAPTER) + 1);
			free(get(ADAPTER, query));
			at++;
			links++;
		}
		assert_int_equal(links, source.view.model->pc_port ? 14 : 13);
		free(page);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(labels_of_a_7841),
	    cmocka_unit_test(labels_of_an_8845),
	    cmocka_unit_test(readers),
	    cmocka_unit_test(menu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
