#include "phone-sim/driver/web_cgi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <event2/http.h>
#include <libxml/parser.h>

#include "phone-sim/driver/web_picture.h"
#include "phone-sim/driver/web_rows.h"
#include "phone-sim/driver/web_template.h"

#define URI_MAX 256 /* characters of a URL attribute, as on the phones */

/* CiscoIPPhoneError Number=, from the guide of the phones' XML services. */
enum { ERROR_PARSE = 1, ERROR_FRAMING = 2 };

/* The internal URIs of the phones, and what they fetch. */
static const char *const schemes[] = {
    "Key:", "SoftKey:", "Init:",  "Dial:",   "EditDial:", "Play:",   "Display:", "Device:",
    "App:", "RTPRx:",	"RTPTx:", "RTPMRx:", "RTPMTx:",	  "Notify:", "http://",	 "https://"};

static bool is_known(const char *uri)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (!strncasecmp(uri, schemes[i], strlen(schemes[i])))
			return true;
	return false;
}

/* The value of XML= in a form, decoded; NULL: there is none. To free. */
static char *form_xml(const char *form)
{
	const char *at = !strncmp(form, "XML=", 4) ? form : strstr(form, "&XML=");
	char *value, *decoded;

	if (!at)
		return NULL;
	at += *at == '&' ? 5 : 4;
	value = strndup(at, strcspn(at, "&"));
	decoded = value ? evhttp_uridecode(value, 1, NULL) : NULL;
	free(value);
	return decoded;
}

static void put_item(const char *uri, bool known, struct text *rows)
{
	const struct web_field fields[] = {{"label", uri, false},
					   {"value", known ? "Success" : "Unknown URI", false},
					   {"status", known ? "0" : "1", false},
					   {0}};

	web_template_add(rows, "item", fields);
}

/* Execute the items; 0, or the number of the error. Nothing is executed if an item is wrong. */
static int run_items(xmlNode *root, web_executed_fn *executed, void *arg, struct text *rows)
{
	char uri[WEB_EXECUTE_MAX][URI_MAX + 1];
	unsigned count = 0;

	for (xmlNode *node = root ? root->children : NULL; node; node = node->next) {
		xmlChar *url;

		if (node->type != XML_ELEMENT_NODE || strcmp((const char *)node->name, "ExecuteItem"))
			continue;
		url = xmlGetProp(node, (const xmlChar *)"URL");
		if (!url || count == WEB_EXECUTE_MAX || strlen((const char *)url) > URI_MAX) {
			xmlFree(url);
			return ERROR_FRAMING;
		}
		snprintf(uri[count++], sizeof(uri[0]), "%s", (const char *)url);
		xmlFree(url);
	}
	for (unsigned i = 0; i < count; i++) {
		put_item(uri[i], is_known(uri[i]), rows);
		if (is_known(uri[i]))
			executed(arg, uri[i]);
	}
	return count ? 0 : ERROR_FRAMING;
}

void web_execute(const char *form, web_executed_fn *executed, void *arg, struct text *out)
{
	char *xml = form_xml(form), number[8];
	xmlDoc *doc = xml ? xmlReadMemory(xml, (int)strlen(xml), NULL, NULL,
					  XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING)
			  : NULL;
	xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
	struct text rows = {0};
	int error = ERROR_PARSE;

	if (root && !strcmp((const char *)root->name, "CiscoIPPhoneExecute"))
		error = run_items(root, executed, arg, &rows);
	snprintf(number, sizeof(number), "%d", error);
	const struct web_field fields[] = {
	    {"status", number, false}, {"rows", rows.bytes ? rows.bytes : "", true}, {0}};
	web_template_add(out, error ? "error" : "executed", fields);
	out->failed = out->failed || rows.failed;
	text_free(&rows);
	xmlFreeDoc(doc);
	free(xml);
}

void web_screenshot(const struct phone_view *view, struct text *out)
{
	if (web_is_78(view->model))
		web_picture(out, 400, 162, view->directory_number);
	else
		web_picture(out, 800, 480, view->directory_number);
}
