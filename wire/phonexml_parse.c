#include "wire/phonexml_table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>

/* Documents: bytes into a tree, without entities, DTDs or the network. */

/* A DOCTYPE is refused as soon as it is seen, before any declaration in it is read. */
static void refuse_doctype(void *arg, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	xmlParserCtxt *parser = arg;

	(void)name;
	(void)external;
	(void)system;
	*(bool *)parser->_private = true;
	xmlStopParser(parser);
}

static int refuse_syntax(struct xml_decoder *decoder, xmlParserCtxt *parser, bool doctype)
{
	const xmlError *why = xmlCtxtGetLastError(parser);
	char found[96] = "the end of the file";
	int err;

	decoder->line = parser->input ? (unsigned)parser->input->line : 0;
	if (doctype)
		return xml_refuse_at(decoder, "file", "a DOCTYPE", "XML without a DTD and without entities");
	if (why && why->message) {
		snprintf(found, sizeof(found), "%.95s", why->message);
		found[strcspn(found, "\n")] = '\0';
		decoder->line = why->line > 0 ? (unsigned)why->line : 0;
	}
	err = why && why->code == XML_ERR_NO_MEMORY ? -ENOMEM : -EBADMSG;
	xml_refuse_at(decoder, "file", found, "well-formed XML");
	return err;
}

/* Parse, never touching anything but the bytes. NULL with *err set. The caller frees. */
static xmlDoc *parse(struct xml_decoder *decoder, const void *bytes, size_t size, int *err)
{
	const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA |
			    XML_PARSE_BIG_LINES | XML_PARSE_COMPACT;
	xmlParserCtxt *parser;
	bool doctype = false;
	xmlDoc *doc = NULL;

	*err = -ENOMEM;
	if (size == 0) {
		*err = xml_refuse_at(decoder, "file", "an empty file", "well-formed XML");
		return NULL;
	}
	parser = xmlNewParserCtxt();
	if (!parser)
		return NULL;
	parser->_private = &doctype;
	parser->sax->internalSubset = refuse_doctype;
	doc = xmlCtxtReadMemory(parser, bytes, (int)size, NULL, NULL, options);
	if (doc && !doctype)
		*err = 0;
	else
		*err = refuse_syntax(decoder, parser, doctype);
	if (*err < 0) {
		xmlFreeDoc(doc);
		doc = NULL;
	}
	xmlFreeParserCtxt(parser);
	return doc;
}

static int check_root(struct xml_decoder *decoder, const xmlNode *root)
{
	char found[96], expected[160];
	const char *const *name = decoder->file->root;

	if (root && strcmp((const char *)root->name, name[0]) != 0 &&
	    (!name[1] || strcmp((const char *)root->name, name[1]) != 0)) {
		decoder->line = (unsigned)xmlGetLineNo(root);
		xml_quote((const char *)root->name, found);
		snprintf(expected, sizeof(expected), "the root element %s", name[0]);
		return xml_refuse_at(decoder, "file", found, expected);
	}
	if (!root)
		return xml_refuse_at(decoder, "file", "nothing", "a root element");
	decoder->length =
	    (size_t)snprintf(decoder->path, sizeof(decoder->path), "%s", (const char *)root->name);
	return 0;
}

int xml_file_decode(const struct xml_file *file, const void *bytes, size_t size, void *config,
		    unsigned *unknown, struct phonexml_error *error)
{
	struct xml_decoder decoder = {.error = error, .file = file, .config = config};
	const xmlNode *root;
	xmlDoc *doc;
	int err;

	if (size > PHONEXML_SIZE_MAX) {
		xml_refuse_at(&decoder, "file", "a longer file", "at most 2048 KB");
		return -EFBIG;
	}
	doc = parse(&decoder, bytes, size, &err);
	if (!doc)
		return err;
	root = xmlDocGetRootElement(doc);
	err = check_root(&decoder, root);
	if (err == 0)
		err = xml_fill(&decoder, root, file->table, config);
	if (err == 0 && file->check)
		err = file->check(&decoder, config);
	xmlFreeDoc(doc);
	*unknown = decoder.unknown;
	return err;
}
