/* The phone's web pages: what is on them, as HTML and as XML that a parser takes, and what is no page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <event2/buffer.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#include "phone-sim/core/models.h"
#include "phone-sim/driver/web_page.h"

#define SERVICEABILITY "/CGI/Java/Serviceability"

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
	    .neighbor = "sw1 GigabitEthernet1/0/1",
	    .directory_number = "2001",
	    .members = {{.name = "10.20.0.11", .state = "Active"}, {.name = "<&>", .state = "Standby"}},
	    .member_count = 2,
	    .active_load = "sip78xx.14-2-1-0001-125",
	    .itl_installed = true};
	console = json_pack("[ss]", "0001 NOT first", "0002 NOT GHTTP-hdr-><b>&");
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
	struct evbuffer *out = evbuffer_new();
	const char *type = "";
	char *text = NULL;

	if (web_page(path, query, &source, out, &type)) {
		assert_string_equal(type, want_type);
		evbuffer_add(out, "", 1);
		text = strdup((const char *)evbuffer_pullup(out, -1));
	} else {
		assert_int_equal(evbuffer_get_length(out), 0);
	}
	evbuffer_free(out);
	return text;
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
	shows("/", "", "<tr><td>Phone DN</td><td>2001</td></tr>");
	shows("/DeviceInformation", "", "<td>sip78xx.14-2-1-0001-125</td>");
	shows(SERVICEABILITY, "adapter=device.statistics.device", "<td>CP-7841</td>");
	shows(SERVICEABILITY, "adapter=device.statistics.configuration",
	      "<tr><td>Subnet Mask</td><td>255.255.255.0</td></tr>");
	shows("/NetworkConfiguration", "", "<tr><td>Unified CM1</td><td>10.20.0.11  Active</td></tr>");
	shows(SERVICEABILITY, "adapter=device.statistics.port.network", "<td>GigabitEthernet1/0/1</td>");
	shows(SERVICEABILITY, "adapter=device.statistics.consolelog",
	      "0002 NOT GHTTP-hdr-&gt;&lt;b&gt;&amp;");
}

static void for_programs(void **state)
{
	(void)state;
	holds("/DeviceInformationX", "", "HostName", "SEP001122AABB01");
	holds("/DeviceInformationX", "", "phoneDN", "2001");
	holds("/NetworkConfigurationX", "", "VLANId", "110");
	holds("/NetworkConfigurationX", "", "CallManager2", "<&>  Standby");
	holds("/NetworkConfigurationX", "", "ITLFile", "Installed");
	holds("/NetworkConfigurationX", "", "CTLFile", "Not Installed");
	holds(SERVICEABILITY, "adapterX=device.statistics.port.network", "CDPNeighborDeviceId", "sw1");
	holds("/PortInformationX", "1", "CDPNeighborPort", "GigabitEthernet1/0/1");
	holds("/DeviceLogX", "2", "status", "message 12");
	holds(SERVICEABILITY, "adapterX=device.statistics.consolelog", "status", "0002 NOT GHTTP-hdr-><b>&");
	source.view.voice_vlan = 0; /* none is 4095, as the phones say it */
	holds("/NetworkConfigurationX", "", "VLANId", "4095");
}

/* Ten of the thirty messages that are kept; what is not known has no row. */
static void what_is_left_out(void **state)
{
	char *text = page("/DeviceLog", "", "text/html");

	(void)state;
	assert_null(strstr(text, "message 02"));
	assert_non_null(strstr(text, "message 03"));
	free(text);
	source.view.gateway = 0;
	source.view.directory_number[0] = '\0';
	text = page("/NetworkConfiguration", "", "text/html");
	assert_null(strstr(text, "Default Router"));
	assert_null(strstr(text, "TFTP Server 2"));
	free(text);
	text = page("/", "", "text/html");
	assert_null(strstr(text, "Phone DN"));
	free(text);
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
					      {"/../etc/passwd", ""}};

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_null(page(none[i][0], none[i][1], ""));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(for_people),
	    CASE(for_programs),
	    CASE(what_is_left_out),
	    CASE(what_is_no_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
