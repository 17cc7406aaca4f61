#include "wire/phonexml_table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <libxml/parser.h>

/* Documents: bytes to a tree, without entities, DTDs or the network. */

/* The error that ended the parsing. */
struct fault {
	bool fatal;
	bool memory;
	unsigned line;
	char text[96];
};

/*
 * The parser stops at its first fatal error. By itself it would read on, in places where xml_scan saw no markup. An
 * undeclared prefix is an error of another recommendation (Namespaces in XML): the file is well-formed, and phones
 * read it.
 */
static void note_error(void *arg, xmlError *error)
{
	xmlParserCtxt *parser = arg;
	struct fault *fault = parser->_private;

	if (error->level < XML_ERR_FATAL || fault->fatal)
		return;
	fault->fatal = true;
	fault->memory = error->code == XML_ERR_NO_MEMORY;
	fault->line = error->line > 0 ? (unsigned)error->line : 0;
	snprintf(fault->text, sizeof(fault->text), "%.95s", error->message ? error->message : "an error");
	fault->text[strcspn(fault->text, "\n")] = '\0';
	xmlStopParser(parser);
}

static int refuse_syntax(struct xml_decoder *decoder, const struct fault *fault)
{
	/* A parser that has no memory need not report it. */
	if (!fault->fatal)
		return -ENOMEM;
	decoder->line = fault->line;
	xml_refuse_at(decoder, "file", fault->text, "well-formed XML");
	return fault->memory ? -ENOMEM : -EBADMSG;
}

/* Files that declare a Latin alphabet keep it; all others are in UTF-8. */
static const char *encoding_of(const char *bytes, size_t size)
{
	static const char *const latin[] = {"iso-8859-1", "ISO-8859-1", "windows-1252", "Windows-1252"};
	const char *end = memmem(bytes, size < 256 ? size : 256, "?>", 2);

	if (size < 5 || memcmp(bytes, "<?xml", 5) != 0 || !end)
		return "UTF-8";
	for (size_t i = 0; i < sizeof(latin) / sizeof(latin[0]); i++)
		if (memmem(bytes, (size_t)(end - bytes), latin[i], strlen(latin[i])))
			return "ISO-8859-1";
	return "UTF-8";
}

/* Parse the bytes and nothing else: no file, no network. NULL with *err set. The caller frees the tree. */
static xmlDoc *parse(struct xml_decoder *decoder, const void *bytes, size_t size, int *err)
{
	const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA |
			    XML_PARSE_BIG_LINES | XML_PARSE_COMPACT | XML_PARSE_IGNORE_ENC;
	struct fault fault = {0};
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
	parser->_private = &fault;
	parser->sax->serror = note_error;
	doc = xmlCtxtReadMemory(parser, bytes, (int)size, NULL, encoding_of(bytes, size), options);
	*err = doc ? 0 : refuse_syntax(decoder, &fault);
	xmlFreeParserCtxt(parser);
	return doc;
}

static int check_root(struct xml_decoder *decoder, const xmlNode *root)
{
	char found[96], expected[160];
	const char *name = decoder->file->root;

	if (root && (decoder->file->fold_case ? strcasecmp((const char *)root->name, name)
					      : strcmp((const char *)root->name, name)) != 0) {
		decoder->line = (unsigned)xmlGetLineNo(root);
		xml_quote((const char *)root->name, found, sizeof(found));
		snprintf(expected, sizeof(expected), "the root element %s", name);
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
	char found[32], expected[48];
	const xmlNode *root;
	xmlDoc *doc;
	int err;

	if (error)
		memset(error, 0, offsetof(struct phonexml_error, warning));
	if (size > file->size_max) {
		snprintf(found, sizeof(found), "%zu bytes", size);
		snprintf(expected, sizeof(expected), "at most %zu bytes", file->size_max);
		xml_refuse_at(&decoder, "file", found, expected);
		return -EFBIG;
	}
	doc = parse(&decoder, bytes, size, &err);
	if (!doc)
		return err;
	root = xmlDocGetRootElement(doc);
	err = check_root(&decoder, root);
	if (err == 0 && xml_fill(&decoder, root, file->table, config, 0) && file->check)
		err = file->check(&decoder, config);
	xmlFreeDoc(doc);
	*unknown = decoder.unknown;
	return err;
}
