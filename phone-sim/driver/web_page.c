#include "phone-sim/driver/web_page.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <event2/buffer.h>

#include "base/mac.h"
#include "wire/ipv4.h"

#define SERVICEABILITY "/CGI/Java/Serviceability"
#define MESSAGES_SHOWN 10
#define VALUE	       256

typedef void value_fn(const struct phone_view *view, unsigned i, char *value, size_t size);

/* One row of a page: its words for people, its element in XML, its value. A row with an empty value is left
 * out. */
struct row {
	const char *title, *element;
	value_fn *value;
	unsigned i;
};

static void text(char *value, size_t size, const char *from)
{
	snprintf(value, size, "%s", from ? from : "");
}

static void address(char *value, size_t size, uint32_t ip)
{
	char dotted[IPV4_TEXT];

	ipv4_format(ip, dotted);
	text(value, size, ip ? dotted : "");
}

static void mac_address(const struct phone_view *view, unsigned i, char *value, size_t size)
{
	(void)i;
	text(value, size, view->name + 3);
}

static void host_name(const struct phone_view *view, unsigned i, char *value, size_t size)
{
	(void)i;
	text(value, size, view->name);
}

static void phone_dn(const struct phone_view *view, unsigned i, char *value, size_t size)
{
	(void)i;
	text(value, size, view->directory_number);
}

static void active_load(const struct phone_view *view, unsigned i, char *value, size_t size)
{
	(void)i;
	text(value, size, view->active_load);
}

static void inactive_load(const struct phone_view *view, unsigned i, char *value, size_t size)
{
	(void)i;
	text(value, size, view->inactive_load);
}

static void model_number(const struct phone_view *view, unsigned i, char *value, size_t size)
{
	(void)i;
	snprintf(value, size, "CP-%s", view->model->name);
}

static void message_waiting(const struct phone_view *view, unsigned i, char *value, size_t size)
{
	(void)view, (void)i;
	text(value, size, "No");
}

static void domain(const struct phone_view *view, unsigned i, char *value, size_t size)
{
	(void)i;
	text(value, size, view->domain);
}

static void dhcp_server(const struct phone_view *view, unsigned i, char *value, size_t size)
{
	(void)i;
	address(value, size, view->dhcp_server);
}

static void dhcp(const struct phone_view *view, unsigned i, char *value, size_t size)
{
	(void)view, (void)i;
	text(value, size, "Yes");
}

static void ip_address(const struct phone_view *view, unsigned i, char *value, size_t size)
{
	(void)i;
	address(value, size, view->ipv4);
}

static void mask(const struct phone_view *view, unsigned i, char *value, size_t size)
{
	(void)i;
	address(value, size, view->prefix ? UINT32_MAX << (32 - view->prefix) : 0);
}

static void router(const struct phone_view *view, unsigned i, char *value, size_t size)
{
	(void)i;
	address(value, size, view->gateway);
}

static void dns(const struct phone_view *view, unsigned i, char *value, size_t size)
{
	address(value, size, i < view->dns_count ? view->dns[i] : 0);
}

static void tftp(const struct phone_view *view, unsigned i, char *value, size_t size)
{
	address(value, size, i < view->tftp_count ? view->tftp[i] : 0);
}

static void vlan(const struct phone_view *view, unsigned i, char *value, size_t size)
{
	(void)i;
	snprintf(value, size, "%u", view->voice_vlan ? view->voice_vlan : 4095);
}

static void call_manager(const struct phone_view *view, unsigned i, char *value, size_t size)
{
	if (i < view->member_count)
		snprintf(value, size, "%s  %s", view->members[i].name, view->members[i].state);
}

static void trust_list(const struct phone_view *view, unsigned i, char *value, size_t size)
{
	text(value, size, (i ? view->itl_installed : view->ctl_installed) ? "Installed" : "Not Installed");
}

static void port_speed(const struct phone_view *view, unsigned i, char *value, size_t size)
{
	(void)i;
	text(value, size, view->link ? "1000, Full" : "Link Down");
}

/* "sw1 GigabitEthernet1/0/1": 0 its first word, 1 the rest. */
static void neighbor(const struct phone_view *view, unsigned i, char *value, size_t size)
{
	const char *space = strchr(view->neighbor, ' ');

	if (!i)
		snprintf(value, size, "%.*s", (int)strcspn(view->neighbor, " "), view->neighbor);
	else
		text(value, size, space ? space + 1 : "");
}

static const struct row device[] = {
    {"MAC Address", "MACAddress", mac_address, 0},
    {"Host Name", "HostName", host_name, 0},
    {"Phone DN", "phoneDN", phone_dn, 0},
    {"App Load ID", "appLoadID", active_load, 0},
    {"Inactive Load ID", "inactiveLoadID", inactive_load, 0},
    {"Version", "versionID", active_load, 0},
    {"Model Number", "modelNumber", model_number, 0},
    {"Message Waiting", "MessageWaiting", message_waiting, 0},
    {0},
};

static const struct row network[] = {
    {"MAC Address", "MACAddress", mac_address, 0},
    {"Host Name", "HostName", host_name, 0},
    {"Domain Name", "DomainName", domain, 0},
    {"DHCP Server", "DHCPServer", dhcp_server, 0},
    {"DHCP", "DHCPEnabled", dhcp, 0},
    {"IP Address", "IPAddress", ip_address, 0},
    {"Subnet Mask", "SubNetMask", mask, 0},
    {"Default Router 1", "DefaultRouter1", router, 0},
    {"DNS Server 1", "DNSServer1", dns, 0},
    {"DNS Server 2", "DNSServer2", dns, 1},
    {"TFTP Server 1", "TFTPServer1", tftp, 0},
    {"TFTP Server 2", "TFTPServer2", tftp, 1},
    {"Operational VLAN ID", "VLANId", vlan, 0},
    {"Unified CM1", "CallManager1", call_manager, 0},
    {"Unified CM2", "CallManager2", call_manager, 1},
    {"Unified CM3", "CallManager3", call_manager, 2},
    {"Unified CM4", "CallManager4", call_manager, 3},
    {"Unified CM5", "CallManager5", call_manager, 4},
    {"CTL File", "CTLFile", trust_list, 0},
    {"ITL File", "ITLFile", trust_list, 1},
    {0},
};

static const struct row port[] = {
    {"Port Speed", "PortSpeed", port_speed, 0},
    {"CDP Neighbor Device ID", "CDPNeighborDeviceId", neighbor, 0},
    {"CDP Neighbor Port", "CDPNeighborPort", neighbor, 1},
    {0},
};

enum list { LIST_NONE, LIST_MESSAGES, LIST_CONSOLE };

/* A page has rows or a list of lines. path is that of older loads, adapter the word of newer ones. */
static const struct page {
	const char *path, *adapter, *title, *element;
	const struct row *rows;
	enum list list;
} pages[] = {
    {"/DeviceInformation", "device.statistics.device", "Device Information", "DeviceInformation", device,
     LIST_NONE},
    {"/NetworkConfiguration", "device.statistics.configuration", "Network Setup", "NetworkConfiguration",
     network, LIST_NONE},
    {"/PortInformation", "device.statistics.port.network", "Network", "PortInformation", port, LIST_NONE},
    {"/DeviceLog", "device.settings.status.messages", "Status Messages", "DeviceLog", NULL, LIST_MESSAGES},
    {"/ConsoleLog", "device.statistics.consolelog", "Console Logs", "ConsoleLog", NULL, LIST_CONSOLE},
};

#define PAGES (sizeof(pages) / sizeof(pages[0]))

/* Text where markup has meaning. */
static void escaped(struct evbuffer *out, const char *from)
{
	for (; *from; from++) {
		if (*from == '&')
			evbuffer_add_printf(out, "&amp;");
		else if (*from == '<')
			evbuffer_add_printf(out, "&lt;");
		else if (*from == '>')
			evbuffer_add_printf(out, "&gt;");
		else if ((unsigned char)*from >= 0x20)
			evbuffer_add(out, from, 1);
	}
}

static void put_rows(const struct page *page, bool xml, const struct phone_view *view, struct evbuffer *out)
{
	for (const struct row *row = page->rows; row->title; row++) {
		char value[VALUE] = "";

		row->value(view, row->i, value, sizeof(value));
		if (!value[0])
			continue;
		evbuffer_add_printf(out, xml ? "<%s>" : "<tr><td>%s</td><td>",
				    xml ? row->element : row->title);
		escaped(out, value);
		if (xml)
			evbuffer_add_printf(out, "</%s>\n", row->element);
		else
			evbuffer_add_printf(out, "</td></tr>\n");
	}
}

static void put_lines(const struct page *page, bool xml, const struct web_source *source,
		      struct evbuffer *out)
{
	const json_t *lines = page->list == LIST_MESSAGES ? source->messages : source->console;
	size_t count = json_array_size(lines);
	size_t first = page->list == LIST_MESSAGES && count > MESSAGES_SHOWN ? count - MESSAGES_SHOWN : 0;

	for (size_t i = first; i < count; i++) {
		evbuffer_add_printf(out, xml ? "<status>" : "<tr><td>");
		escaped(out, json_string_value(json_array_get(lines, i)));
		evbuffer_add_printf(out, xml ? "</status>\n" : "</td></tr>\n");
	}
}

static void put_page(const struct page *page, bool xml, const struct web_source *source, struct evbuffer *out)
{
	if (xml)
		evbuffer_add_printf(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<%s>\n", page->element);
	else {
		evbuffer_add_printf(out,
				    "<html><head><title>Cisco IP Phone CP-%s ( %s )</title></head><body>\n"
				    "<h3>%s</h3>\n<p>",
				    source->view.model->name, source->view.name, page->title);
		for (size_t i = 0; i < PAGES; i++)
			evbuffer_add_printf(out, "<a href=\"" SERVICEABILITY "?adapter=%s\">%s</a> ",
					    pages[i].adapter, pages[i].title);
		evbuffer_add_printf(out, "</p>\n<table>\n");
	}
	if (page->rows)
		put_rows(page, xml, &source->view, out);
	else
		put_lines(page, xml, source, out);
	if (xml)
		evbuffer_add_printf(out, "</%s>\n", page->element);
	else
		evbuffer_add_printf(out, "</table></body></html>\n");
}

static const struct page *find(const char *path, const char *query, bool *xml)
{
	bool serviceability = !strcasecmp(path, SERVICEABILITY);

	if (!strcmp(path, "/"))
		return &pages[0];
	*xml = serviceability && !strncasecmp(query, "adapterX=", 9);
	if (serviceability && !*xml && strncasecmp(query, "adapter=", 8))
		return NULL;
	for (size_t i = 0; i < PAGES; i++) {
		size_t length = strlen(pages[i].path);

		if (serviceability ? !strcmp(query + (*xml ? 9 : 8), pages[i].adapter)
				   : !strcasecmp(path, pages[i].path))
			return &pages[i];
		if (!serviceability && !strncasecmp(path, pages[i].path, length) &&
		    !strcmp(path + length, "X")) {
			*xml = true;
			return &pages[i];
		}
	}
	return NULL;
}

bool web_page(const char *path, const char *query, const struct web_source *source, struct evbuffer *out,
	      const char **type)
{
	bool xml = false;
	const struct page *page = find(path, query, &xml);

	if (!page)
		return false;
	put_page(page, xml, source, out);
	*type = xml ? "text/xml" : "text/html";
	return true;
}
