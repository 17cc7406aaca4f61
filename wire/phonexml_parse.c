#include "wire/phonexml_table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <libxml/parser.h>

/* Documents: bytes to a tree, without entities, DTDs or the network. */

/* The parser stops at its first error. By itself it would read on, in places where xml_scan saw no markup. */
static void stop_at_error(void *arg, xmlError *error)
{
	if (error->level >= XML_ERR_ERROR)
		xmlStopParser(arg);
}

static int refuse_syntax(struct xml_decoder *decoder, xmlParserCtxt *parser)
{
	const xmlError *why = xmlCtxtGetLastError(parser);
	char found[96] = "the end of the file";

	decoder->line = parser->input ? (unsigned)parser->input->line : 0;
	if (why && why->message) {
		snprintf(found, sizeof(found), "%.95s", why->message);
		found[strcspn(found, "\n")] = '\0';
		decoder->line = why->line > 0 ? (unsigned)why->line : 0;
	}
	xml_refuse_at(decoder, "file", found, "well-formed XML");
	return why && why->code == XML_ERR_NO_MEMORY ? -ENOMEM : -EBADMSG;
}

/* Parse the bytes and nothing else: no file, no network. NULL with *err set. The caller frees the tree. */
static xmlDoc *parse(struct xml_decoder *decoder, const void *bytes, size_t size, int *err)
{
	const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA |
			    XML_PARSE_BIG_LINES | XML_PARSE_COMPACT | XML_PARSE_IGNORE_ENC;
	xmlParserCtxt *parser;
	xmlDoc *doc = NULL;

	*err = size ? xml_scan(decoder, bytes, size)
		    : xml_refuse_at(decoder, "file", "an empty file", "well-formed XML");
	if (*err)
		return NULL;
	*err = -ENOMEM;
	parser = xmlNewParserCtxt();
	if (!parser)
		return NULL;
	parser->sax->serror = stop_at_error;
	doc = xmlCtxtReadMemory(parser, bytes, (int)size, NULL, "UTF-8", options);
	*err = doc ? 0 : refuse_syntax(decoder, parser);
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
