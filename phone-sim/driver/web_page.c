#include "phone-sim/driver/web_page.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <event2/buffer.h>

#include "base/markup.h"
#include "wire/ipv4.h"

#define SERVICEABILITY "/CGI/Java/Serviceability"
#define MESSAGES_SHOWN 10
#define VALUE	       320

/* How a member of the view is shown. */
enum kind {
	KIND_TEXT,	/* char[] */
	KIND_DEVICE,	/* char[] "SEP001122AABB01", shown without "SEP" */
	KIND_ADDRESS,	/* uint32_t; 0: left out */
	KIND_MASK,	/* unsigned, the length of a prefix; 0: left out */
	KIND_VLAN,	/* uint16_t; 0: untagged, shown as 4095 */
	KIND_INSTALLED, /* bool */
	KIND_SPEED,	/* bool: link */
	KIND_MODEL,	/* const struct phone_model * */
	KIND_MEMBER,	/* struct phone_member_view */
	KIND_DEVICE_ID, /* char[] "sw1 Gi1/0/1", shown up to its first space */
	KIND_PORT_ID,	/* the same, shown behind its first space */
	KIND_CONSTANT,	/* constant */
};

/* A row of a page: title, element in XML, member of the view. A row with an empty value is left out. */
struct row {
	const char *title, *element;
	enum kind kind;
	size_t offset;
	const char *constant;
};

static void address(char *value, size_t size, uint32_t ip)
{
	char dotted[IPV4_TEXT];

	ipv4_format(ip, dotted);
	snprintf(value, size, "%s", ip ? dotted : "");
}

static void row_value(const struct row *row, const struct phone_view *view, char *value, size_t size)
{
	const void *at = (const char *)view + row->offset;
	const struct phone_member_view *member = at;
	const char *text = at, *space;
	unsigned prefix;

	switch (row->kind) {
	case KIND_TEXT: snprintf(value, size, "%s", text); break;
	case KIND_DEVICE: snprintf(value, size, "%s", text + 3); break;
	case KIND_ADDRESS: address(value, size, *(const uint32_t *)at); break;
	case KIND_MASK:
		prefix = *(const unsigned *)at;
		address(value, size, prefix ? UINT32_MAX << (32 - prefix) : 0);
		break;
	case KIND_VLAN:
		snprintf(value, size, "%u", *(const uint16_t *)at ? *(const uint16_t *)at : 4095);
		break;
	case KIND_INSTALLED:
		snprintf(value, size, "%s", *(const bool *)at ? "Installed" : "Not Installed");
		break;
	case KIND_SPEED: snprintf(value, size, "%s", *(const bool *)at ? "1000, Full" : "Link Down"); break;
	case KIND_MODEL:
		snprintf(value, size, "CP-%s", (*(const struct phone_model *const *)at)->name);
		break;
	case KIND_MEMBER:
		if (member->name[0])
			snprintf(value, size, "%s  %s", member->name, member->state);
		break;
	case KIND_DEVICE_ID: snprintf(value, size, "%.*s", (int)strcspn(text, " "), text); break;
	case KIND_PORT_ID:
		space = strchr(text, ' ');
		snprintf(value, size, "%s", space ? space + 1 : "");
		break;
	case KIND_CONSTANT: snprintf(value, size, "%s", row->constant); break;
	}
}

#define ROW(title, element, kind, member)                                                                    \
	{                                                                                                    \
		title, element, kind, offsetof(struct phone_view, member), NULL                              \
	}

static const struct row device[] = {
    ROW("MAC Address", "MACAddress", KIND_DEVICE, name),
    ROW("Host Name", "HostName", KIND_TEXT, name),
    ROW("Phone DN", "phoneDN", KIND_TEXT, directory_number),
    ROW("App Load ID", "appLoadID", KIND_TEXT, active_load),
    ROW("Inactive Load ID", "inactiveLoadID", KIND_TEXT, inactive_load),
    ROW("Version", "versionID", KIND_TEXT, active_load),
    ROW("Model Number", "modelNumber", KIND_MODEL, model),
    {"Message Waiting", "MessageWaiting", KIND_CONSTANT, 0, "No"},
    {0},
};

static const struct row network[] = {
    ROW("MAC Address", "MACAddress", KIND_DEVICE, name),
    ROW("Host Name", "HostName", KIND_TEXT, name),
    ROW("Domain Name", "DomainName", KIND_TEXT, domain),
    ROW("DHCP Server", "DHCPServer", KIND_ADDRESS, dhcp_server),
    {"DHCP", "DHCPEnabled", KIND_CONSTANT, 0, "Yes"},
    ROW("IP Address", "IPAddress", KIND_ADDRESS, ipv4),
    ROW("Subnet Mask", "SubNetMask", KIND_MASK, prefix),
    ROW("Default Router 1", "DefaultRouter1", KIND_ADDRESS, gateway),
    ROW("DNS Server 1", "DNSServer1", KIND_ADDRESS, dns[0]),
    ROW("DNS Server 2", "DNSServer2", KIND_ADDRESS, dns[1]),
    ROW("TFTP Server 1", "TFTPServer1", KIND_ADDRESS, tftp[0]),
    ROW("TFTP Server 2", "TFTPServer2", KIND_ADDRESS, tftp[1]),
    ROW("Operational VLAN ID", "VLANId", KIND_VLAN, voice_vlan),
    ROW("Unified CM1", "CallManager1", KIND_MEMBER, members[0]),
    ROW("Unified CM2", "CallManager2", KIND_MEMBER, members[1]),
    ROW("Unified CM3", "CallManager3", KIND_MEMBER, members[2]),
    ROW("Unified CM4", "CallManager4", KIND_MEMBER, members[3]),
    ROW("Unified CM5", "CallManager5", KIND_MEMBER, members[4]),
    ROW("CTL File", "CTLFile", KIND_INSTALLED, ctl_installed),
    ROW("ITL File", "ITLFile", KIND_INSTALLED, itl_installed),
    {0},
};

static const struct row port[] = {
    ROW("Port Speed", "PortSpeed", KIND_SPEED, link),
    ROW("CDP Neighbor Device ID", "CDPNeighborDeviceId", KIND_DEVICE_ID, neighbor),
    ROW("CDP Neighbor Port", "CDPNeighborPort", KIND_PORT_ID, neighbor),
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

static void put_rows(const struct page *page, bool xml, const struct phone_view *view, struct text *out)
{
	for (const struct row *row = page->rows; row->title; row++) {
		char value[VALUE] = "";

		row_value(row, view, value, sizeof(value));
		if (value[0] && xml)
			markup_add(out, "<%s>%s</%s>\n", row->element, value, row->element);
		else if (value[0])
			markup_add(out, "<tr><td>%s</td><td>%s</td></tr>\n", row->title, value);
	}
}

static void put_lines(const struct page *page, bool xml, const struct web_source *source, struct text *out)
{
	const json_t *lines = page->list == LIST_MESSAGES ? source->messages : source->console;
	size_t count = json_array_size(lines);
	size_t first = page->list == LIST_MESSAGES && count > MESSAGES_SHOWN ? count - MESSAGES_SHOWN : 0;

	for (size_t i = first; i < count; i++) {
		const char *line = json_string_value(json_array_get(lines, i));

		if (xml)
			markup_add(out, "<status>%s</status>\n", line);
		else
			markup_add(out, "<tr><td>%s</td></tr>\n", line);
	}
}

static void put_page(const struct page *page, bool xml, const struct web_source *source, struct text *out)
{
	if (xml)
		markup_add(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<%s>\n", page->element);
	else {
		markup_add(out,
			   "<html><head><title>Cisco IP Phone CP-%s ( %s )</title></head><body>\n"
			   "<h3>%s</h3>\n<p>",
			   source->view.model->name, source->view.name, page->title);
		for (size_t i = 0; i < PAGES; i++)
			markup_add(out, "<a href=\"" SERVICEABILITY "?adapter=%s\">%s</a> ", pages[i].adapter,
				   pages[i].title);
		markup_add(out, "</p>\n<table>\n");
	}
	if (page->rows)
		put_rows(page, xml, &source->view, out);
	else
		put_lines(page, xml, source, out);
	if (xml)
		markup_add(out, "</%s>\n", page->element);
	else
		markup_add(out, "</table></body></html>\n");
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
	struct text text = {0};

	if (!page)
		return false;
	put_page(page, xml, source, &text);
	if (text.bytes && !text.failed)
		evbuffer_add(out, text.bytes, text.length);
	text_free(&text);
	*type = xml ? "text/xml" : "text/html";
	return true;
}
