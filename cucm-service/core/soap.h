#ifndef CUCM_SERVICE_CORE_SOAP_H
#define CUCM_SERVICE_CORE_SOAP_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/*
 * SOAP 1.1 messages. Reading: names are compared without their namespaces, because clients qualify the children of an
 * operation in different ways. Nothing of a message is fetched: a document type declaration is an error.
 */
#define SOAP_MOST (1u << 20) /* octets of a request */

struct soap {
	xmlDoc *document;
	xmlNode *operation; /* the element in Body */
	char name[64];	    /* of the operation */
	const char *space;  /* its namespace; "" none */
	xmlChar **texts;    /* given out by soap_text */
	size_t text_count;
	bool failed; /* a text is missing: memory was short, or there are more than 16384 */
};

/* Read a request. 0; -EBADMSG with the reason in why if it is not a SOAP envelope with one operation; -ENOMEM. Free with
 * soap_free in each case. */
int soap_read(struct soap *soap, const void *bytes, size_t length, char why[200]);
void soap_free(struct soap *soap);

/* The first child element with that name, or NULL; node NULL is legal. And the next one after it. */
const xmlNode *soap_child(const xmlNode *node, const char *name);
const xmlNode *soap_next(const xmlNode *node, const char *name);

/* The first child element of any name, and the next element. */
const xmlNode *soap_first(const xmlNode *node);
const xmlNode *soap_after(const xmlNode *node);

bool soap_is(const xmlNode *node, const char *name);

/* The text of an element without blanks at its ends; "" for NULL, for an empty element and if memory is short, which
 * soap->failed notes. It lives until soap_free. */
const char *soap_text(struct soap *soap, const xmlNode *node);

/* The same of a child. */
const char *soap_text_of(struct soap *soap, const xmlNode *node, const char *name);

/* An attribute, or "". */
const char *soap_attribute(struct soap *soap, const xmlNode *node, const char *name);

/* Is the child there, and not nil? */
bool soap_has(const xmlNode *node, const char *name);

/* Begin and end a reply: the envelope. */
void soap_begin(struct text *text);
void soap_end(struct text *text);

/* An element with an escaped text; NULL: <name xsi:nil="true"/>. */
void soap_put(struct text *text, const char *name, const char *value);

/* A whole reply that is a fault. code: "Client" or "Server". detail: markup, or NULL. */
void soap_fault(struct text *text, const char *code, const char *reason, const char *detail);

#endif
