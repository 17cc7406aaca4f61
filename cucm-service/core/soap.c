#include "cucm-service/core/soap.h"

#include <errno.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/markup.h"

#define TEXTS_MOST 16384 /* values of one request */

bool soap_is(const xmlNode *node, const char *name)
{
	return node && node->type == XML_ELEMENT_NODE && !strcmp((const char *)node->name, name);
}

static const xmlNode *element(const xmlNode *node)
{
	while (node && node->type != XML_ELEMENT_NODE)
		node = node->next;
	return node;
}

const xmlNode *soap_first(const xmlNode *node)
{
	return node ? element(node->children) : NULL;
}

const xmlNode *soap_after(const xmlNode *node)
{
	return node ? element(node->next) : NULL;
}

static const xmlNode *named(const xmlNode *node, const char *name)
{
	while (node && !soap_is(node, name))
		node = node->next;
	return node;
}

const xmlNode *soap_child(const xmlNode *node, const char *name)
{
	return node ? named(node->children, name) : NULL;
}

const xmlNode *soap_next(const xmlNode *node, const char *name)
{
	return node ? named(node->next, name) : NULL;
}

static int bad(char why[200], const char *reason)
{
	snprintf(why, 200, "%s", reason);
	return -EBADMSG;
}

static int parse(struct soap *soap, const void *bytes, size_t length, char why[200])
{
	xmlParserCtxt *parser = xmlNewParserCtxt();
	const xmlError *error;
	bool none;

	if (!parser)
		return -ENOMEM;
	soap->document =
	    xmlCtxtReadMemory(parser, bytes, (int)length, NULL, NULL,
			      XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA);
	error = xmlCtxtGetLastError(parser);
	if (!soap->document && error && error->message)
		snprintf(why, 200, "line %d: %.*s", error->line, (int)strcspn(error->message, "\n"),
			 error->message);
	/* What is not XML has an error. */
	none = !soap->document && (!error || error->code == XML_ERR_NO_MEMORY);
	xmlFreeParserCtxt(parser);
	return soap->document ? 0 : none ? -ENOMEM : -EBADMSG;
}

int soap_read(struct soap *soap, const void *bytes, size_t length, char why[200])
{
	const xmlNode *envelope, *body;
	int err;

	*soap = (struct soap){.space = ""};
	if (!length)
		return bad(why, "the request is empty");
	if (length > SOAP_MOST)
		return bad(why, "the request is longer than 1 MiB");
	err = parse(soap, bytes, length, why);
	if (err)
		return err;
	if (soap->document->intSubset || soap->document->extSubset)
		return bad(why, "a document type declaration is not allowed in SOAP");
	envelope = xmlDocGetRootElement(soap->document);
	if (!soap_is(envelope, "Envelope"))
		return bad(why, "the root element is not Envelope");
	body = soap_child(envelope, "Body");
	if (!body)
		return bad(why, "Envelope has no Body");
	soap->operation = (xmlNode *)soap_first(body);
	if (!soap->operation)
		return bad(why, "Body is empty");
	if (soap_after(soap->operation))
		return bad(why, "Body has more than one operation");
	snprintf(soap->name, sizeof(soap->name), "%s", (const char *)soap->operation->name);
	if (soap->operation->ns && soap->operation->ns->href)
		soap->space = (const char *)soap->operation->ns->href;
	return 0;
}

void soap_free(struct soap *soap)
{
	for (size_t i = 0; i < soap->text_count; i++)
		xmlFree(soap->texts[i]);
	free(soap->texts);
	xmlFreeDoc(soap->document);
	*soap = (struct soap){.space = ""};
}

/* Keep a text until soap_free. */
static const char *keep(struct soap *soap, xmlChar *content)
{
	static const char blanks[] = " \t\r\n";
	xmlChar **more;
	char *begin, *end;

	if (!content) {
		soap->failed = true;
		return "";
	}
	more = soap->text_count < TEXTS_MOST
		   ? realloc(soap->texts, (soap->text_count + 1) * sizeof(*soap->texts))
		   : NULL;
	if (!more) {
		soap->failed = true;
		xmlFree(content);
		return "";
	}
	soap->texts = more;
	soap->texts[soap->text_count++] = content;
	begin = (char *)content + strspn((char *)content, blanks);
	for (end = begin + strlen(begin); end > begin && strchr(blanks, end[-1]); end--)
		;
	*end = 0;
	return begin;
}

const char *soap_text(struct soap *soap, const xmlNode *node)
{
	return node ? keep(soap, xmlNodeGetContent((xmlNode *)node)) : "";
}

const char *soap_text_of(struct soap *soap, const xmlNode *node, const char *name)
{
	return soap_text(soap, soap_child(node, name));
}

const char *soap_attribute(struct soap *soap, const xmlNode *node, const char *name)
{
	return node && xmlHasProp((xmlNode *)node, (const xmlChar *)name)
		   ? keep(soap, xmlGetNoNsProp((xmlNode *)node, (const xmlChar *)name))
		   : "";
}

bool soap_has(const xmlNode *node, const char *name)
{
	const xmlNode *child = soap_child(node, name);
	xmlChar *nil;
	bool has;

	if (!child)
		return false;
	nil = xmlGetNsProp((xmlNode *)child, (const xmlChar *)"nil",
			   (const xmlChar *)"http://www.w3.org/2001/XMLSchema-instance");
	has = !nil || (strcmp((char *)nil, "true") && strcmp((char *)nil, "1"));
	xmlFree(nil);
	return has;
}

/* --- replies --- */

void soap_begin(struct text *text)
{
	text_add(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		       "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\""
		       " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Body>");
}

void soap_end(struct text *text)
{
	text_add(text, "</soapenv:Body></soapenv:Envelope>");
}

void soap_put(struct text *text, const char *name, const char *value)
{
	if (value)
		markup_add(text, "<%s>%s</%s>", name, value, name);
	else
		markup_add(text, "<%s xsi:nil=\"true\"/>", name);
}

void soap_fault(struct text *text, const char *code, const char *reason, const char *detail)
{
	soap_begin(text);
	markup_add(text,
		   "<soapenv:Fault><faultcode>soapenv:%s</faultcode><faultstring>%s</faultstring><detail>",
		   code, reason);
	text_add(text, "%s</detail></soapenv:Fault>", detail ? detail : "");
	soap_end(text);
}
