#include "phone-sim/driver/web_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <openssl/evp.h>

#include "base/json_text.h"
#include "phone-sim/driver/web_picture.h"
#include "phone-sim/driver/web_rows.h"
#include "phone-sim/driver/web_template.h"
#include "wire/trustlist.h"

#define SERVICEABILITY "/CGI/Java/Serviceability"
#define FILES	       "/FS/"
#define MESSAGES_SHOWN 10
#define VALUE	       320

enum list { LIST_NONE, LIST_MESSAGES, LIST_FILES, LIST_TROUBLE };

/* A page has rows or a list of lines. path and number ("/PortInformation?1") are those of older loads, adapter the
 * word of newer ones. group: a heading of the menu in front of it. */
static const struct page {
	const char *group, *path;
	unsigned number;
	bool without_number; /* also the page of the path alone */
	const char *adapter, *title, *element;
	const struct web_row *rows;
	enum list list;
} pages[] = {
    {NULL, "/DeviceInformation", 0, true, "device.statistics.device", "Device information",
     "DeviceInformation", web_device, LIST_NONE},
    {NULL, "/NetworkConfiguration", 0, true, "device.statistics.configuration", "Network setup",
     "NetworkConfiguration", web_network, LIST_NONE},
    {"Network statistics", "/EthernetInformation", 0, true, "device.statistics.ethernet",
     "Ethernet information", "EthernetInformation", web_ethernet, LIST_NONE},
    {NULL, "/PortInformation", 2, false, "device.statistics.port.access", "Access", "PortInformation",
     web_access, LIST_NONE},
    {NULL, "/PortInformation", 1, true, "device.statistics.port.network", "Network", "PortInformation",
     web_port, LIST_NONE},
    {"Device logs", "/ConsoleLog", 0, true, "device.statistics.consolelog", "Console logs", "ConsoleLog",
     NULL, LIST_FILES},
    {NULL, "/DeviceLog", 1, false, "device.statistics.coredumps", "Core dumps", "DeviceLog", NULL, LIST_NONE},
    {NULL, "/DeviceLog", 2, true, "device.settings.status.messages", "Status messages", "DeviceLog", NULL,
     LIST_MESSAGES},
    {NULL, "/DeviceLog", 0, false, "device.trace.display.alarm", "Debug display", "DeviceLog", NULL,
     LIST_TROUBLE},
#define STREAM(group, n, number)                                                                             \
	{                                                                                                    \
		group, "/StreamingStatistics", number, number == 1, "device.statistics.streaming." n,        \
		    "Stream " #number, "StreamingStatistics", web_stream, LIST_NONE                          \
	}
    STREAM("Streaming statistics", "0", 1),
    STREAM(NULL, "1", 2),
    STREAM(NULL, "2", 3),
    STREAM(NULL, "3", 4),
    STREAM(NULL, "4", 5),
};

#define PAGES (sizeof(pages) / sizeof(pages[0]))

/* What is written now: as XML, or as HTML of this model. */
struct writer {
	const struct web_source *source;
	bool xml;
	struct text *out;
};

static void put(const struct writer *writer, const char *block, const char *label, const char *value)
{
	const struct web_field fields[] = {{"label", label, false}, {"value", value, false}, {0}};

	web_template_add(writer->out, block, fields);
}

static void put_row(const struct writer *writer, const char *label, const char *element, const char *value)
{
	char words[80];

	if (writer->xml)
		put(writer, "xml-row", element, value);
	else
		put(writer, "row", web_words(writer->source->view.model, label, words, sizeof(words)), value);
}

/* The fingerprint that "show itl" of a call manager prints for the file too: SHA-1. */
static void put_fingerprint(const struct writer *writer, const char *label, const char *element,
			    const struct phone_list_view *list)
{
	uint8_t digest[20];
	char value[3 * sizeof(digest) + 1];

	if (!EVP_Digest(list->bytes, list->length, digest, NULL, EVP_sha1(), NULL))
		return;
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(value + 3 * i, 4, "%02X ", digest[i]);
	put_row(writer, label, element, value);
}

/* The signature of an installed list, and the servers that it names in the order of the file. */
static void put_list(const struct writer *writer, bool ctl, const struct phone_list_view *list)
{
	static const struct {
		uint16_t role;
		const char *label, *element;
	} roles[] = {
	    {TRUSTLIST_CCM, "CUCM server", "CUCMServer"},
	    {TRUSTLIST_CCM_TFTP, "CUCM server / TFTP server", "CUCMServerTFTPServer"},
	    {TRUSTLIST_TFTP, "TFTP server", "TFTPServer"},
	    {TRUSTLIST_CAPF, "CAPF server", "CAPFServer"},
	    {TRUSTLIST_TVS, "TVS", "TVS"},
	};
	struct trustlist *read = list->bytes ? malloc(sizeof(*read)) : NULL;
	struct wire_error error;

	if (!read)
		return;
	put_fingerprint(writer, ctl ? "CTL signature" : "ITL signature",
			ctl ? "CTLSignature" : "ITLSignature", list);
	if (trustlist_decode(list->bytes, list->length, read, &error))
		read->records = 0;
	for (unsigned i = 0; i < read->records; i++)
		for (size_t r = 0; r < sizeof(roles) / sizeof(roles[0]); r++) {
			const struct trustlist_record *record = &read->record[i];
			const char *cn = strstr(record->subject, "CN=");
			/* CAPF, and the EC certificate beside the RSA one of a server, are known by their names alone. */
			bool by_name = cn && (!*record->dns_name || record->role == TRUSTLIST_CAPF ||
					      (trustlist_signs_files(record) && trustlist_key_is_ec(record)));
			char name[TRUSTLIST_TEXT_MAX + 1];

			if (record->role != roles[r].role)
				continue;
			snprintf(name, sizeof(name), "%s", by_name ? cn + 3 : record->dns_name);
			name[strcspn(name, by_name ? ",;" : "")] = '\0';
			put_row(writer, roles[r].label, roles[r].element, name);
		}
	free(read);
}

static void put_rows(const struct writer *writer, const struct web_row *row)
{
	const struct phone_view *view = &writer->source->view;

	for (; row->label; row++) {
		char value[VALUE];

		if (!web_row_exists(row, view->model))
			continue;
		web_row_value(row, writer->source, value, sizeof(value));
		if (!writer->xml && row->label78 && web_is_78(view->model))
			put(writer, "row", row->label78, value);
		else
			put_row(writer, row->label, row->element, value);
		if (row->kind == WEB_CTL || row->kind == WEB_ITL)
			put_list(writer, row->kind == WEB_CTL,
				 row->kind == WEB_CTL ? &view->ctl : &view->itl);
	}
}

static void put_lines(const struct writer *writer, enum list list)
{
	const json_t *lines = list == LIST_MESSAGES ? writer->source->messages : writer->source->console;
	size_t count = list == LIST_NONE ? 0 : json_array_size(lines), first = 0;

	if (list == LIST_MESSAGES && count > MESSAGES_SHOWN)
		first = count - MESSAGES_SHOWN;
	if (list == LIST_FILES && !writer->xml) {
		put(writer, "file", "messages", FILES "messages");
		if (writer->source->prt) {
			char path[sizeof(FILES) + sizeof(writer->source->prt->name)];

			snprintf(path, sizeof(path), FILES "%s", writer->source->prt->name);
			put(writer, "file", writer->source->prt->name, path);
		}
		put(writer, "report", "Report problem", WEB_PROBLEM_REPORT);
		return;
	}
	for (size_t i = first; i < count; i++) {
		const char *line = json_string_value(json_array_get(lines, i));
		const char *severity = strchr(line, ' ');

		if (list == LIST_TROUBLE && severity && strncmp(severity, " WRN ", 5) &&
		    strncmp(severity, " ERR ", 5))
			continue;
		put(writer, writer->xml ? "xml-row" : "line", "status", line);
	}
}

static bool exists(const struct page *page, const struct phone_model *model)
{
	return page->rows != web_access || model->pc_port;
}

static void put_menu(const struct phone_model *model, struct text *out)
{
	for (size_t i = 0; i < PAGES; i++) {
		char title[64];
		struct web_field fields[] = {
		    {"title", title, false}, {"adapter", pages[i].adapter, false}, {0}};

		if (pages[i].group) {
			web_words(model, pages[i].group, title, sizeof(title));
			web_template_add(out, "group", fields);
		}
		web_words(model, pages[i].title, title, sizeof(title));
		if (exists(&pages[i], model))
			web_template_add(out, "menu", fields);
	}
}

static void put_page(const struct page *page, bool xml, const struct web_source *source, struct text *out)
{
	const struct phone_model *model = source->view.model;
	struct text rows = {0}, menu = {0};
	const struct writer writer = {source, xml, &rows};
	char title[64];

	if (page->rows)
		put_rows(&writer, page->rows);
	else
		put_lines(&writer, page->list);
	if (!xml)
		put_menu(model, &menu);
	const struct web_field fields[] = {
	    {"title", xml ? page->element : web_words(model, page->title, title, sizeof(title)), false},
	    {"maker", web_is_78(model) ? "Cisco Unified IP Phone" : "Cisco IP Phone", false},
	    {"model", model->name, false},
	    {"name", source->view.name, false},
	    {"menu", menu.bytes ? menu.bytes : "", true},
	    {"rows", rows.bytes ? rows.bytes : "", true},
	    {0}};
	web_template_add(out, xml ? "xml" : "page", fields);
	out->failed = out->failed || rows.failed || menu.failed;
	text_free(&rows);
	text_free(&menu);
}

/* The page whose word is the adapter; "&" begins further parameters. */
static const struct page *find_adapter(const char *adapter)
{
	size_t length = strcspn(adapter, "&");

	for (size_t i = 0; i < PAGES; i++)
		if (strlen(pages[i].adapter) == length && !strncmp(adapter, pages[i].adapter, length))
			return &pages[i];
	return NULL;
}

static const struct page *find(const char *path, const char *query, bool *xml)
{
	bool numbered = *query >= '0' && *query <= '9';

	*xml = false;
	if (!strcmp(path, "/"))
		return &pages[0];
	if (!strcasecmp(path, SERVICEABILITY)) {
		*xml = !strncasecmp(query, "adapterX=", 9);
		return *xml				    ? find_adapter(query + 9)
		       : !strncasecmp(query, "adapter=", 8) ? find_adapter(query + 8)
							    : NULL;
	}
	for (size_t i = 0; i < PAGES; i++) {
		size_t length = strlen(pages[i].path);

		if (strncasecmp(path, pages[i].path, length) ||
		    (numbered ? strtoul(query, NULL, 10) != pages[i].number : !pages[i].without_number))
			continue;
		*xml = !strcmp(path + length, "X");
		if (*xml || !path[length])
			return &pages[i];
	}
	return NULL;
}

json_t *web_pages(const struct web_source *source)
{
	json_t *all = json_object();

	for (size_t i = 0; i < PAGES && all; i++) {
		struct text out = {0};
		char name[48];

		if (!exists(&pages[i], source->view.model))
			continue;
		snprintf(name, sizeof(name), pages[i].number ? "%s_%u" : "%s", pages[i].path + 1,
			 pages[i].number);
		put_page(&pages[i], false, source, &out);
		if (out.failed || json_object_set_new(all, name, json_text_new(out.bytes))) {
			json_decref(all);
			all = NULL;
		}
		text_free(&out);
	}
	return all;
}

static bool is_prt(const char *path, const struct prt *prt)
{
	return prt && !strncmp(path, FILES, sizeof(FILES) - 1) &&
	       !strcmp(path + sizeof(FILES) - 1, prt->name);
}

bool web_page(const char *path, const char *query, const struct web_source *source, struct text *out,
	      const char **type)
{
	bool xml;
	const struct page *page = find(path, query, &xml);

	if (page && exists(page, source->view.model)) {
		*type = xml ? "text/xml" : "text/html";
		put_page(page, xml, source, out);
	} else if (is_prt(path, source->prt)) {
		*type = "application/gzip";
		text_add_bytes(out, source->prt->file.bytes, source->prt->file.length);
	} else if (!strcmp(path, FILES "messages")) {
		*type = "text/plain";
		for (size_t i = 0; i < json_array_size(source->console); i++)
			text_add(out, "%s\n", json_string_value(json_array_get(source->console, i)));
	} else if (!strcmp(path, FILES "Logo.png")) {
		*type = "image/png";
		web_picture(out, 120, 60, "");
	} else {
		return false;
	}
	return true;
}
