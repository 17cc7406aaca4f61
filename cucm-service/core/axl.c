#include "cucm-service/core/axl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/markup.h"

#define SPACE "http://www.cisco.com/AXL/API/"

struct axl_operation {
	const char *name;
	axl_fn *run;
	const char *action; /* of the verb `device` */
};

static const struct axl_operation operations[] = {
    {"getPhone", axl_get_phone, NULL},
    {"listPhone", axl_list_phone, NULL},
    {"addPhone", axl_add_phone, "add"},
    {"updatePhone", axl_update_phone, "set"},
    {"removePhone", axl_control_phone, "remove"},
    {"applyPhone", axl_control_phone, "apply"},
    {"resetPhone", axl_control_phone, "reset"},
    {"restartPhone", axl_control_phone, "restart"},
    {"doDeviceReset", axl_device_reset, NULL},
    {"getLine", axl_get_line, NULL},
    {"listLine", axl_list_line, NULL},
    {"addLine", axl_add_line, "add-number"},
    {"executeSQLQuery", axl_query, NULL},
    {"getCCMVersion", axl_version, NULL},
};

enum axl_next axl_fault(struct axl *axl, int code, const char *format, ...)
{
	struct text detail = {0};
	char reason[700];
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	markup_add(
	    &detail,
	    "<axlError><axlcode>%d</axlcode><axlmessage>%s</axlmessage><request>%s</request></axlError>",
	    code, reason, axl->soap->name);
	axl->reply->length = 0;
	soap_fault(axl->reply, "Server", reason, detail.bytes);
	axl->reply->failed |= detail.failed;
	text_free(&detail);
	axl->fault = true;
	return AXL_DONE;
}

void axl_open(struct axl *axl)
{
	const char *sequence = soap_attribute(axl->soap, axl->soap->operation, "sequence");

	soap_begin(axl->reply);
	markup_add(axl->reply, "<ns:%sResponse xmlns:ns=\"" SPACE "%s\"", axl->soap->name, axl->version);
	if (*sequence)
		markup_add(axl->reply, " sequence=\"%s\"", sequence);
	text_add(axl->reply, "><return>");
}

enum axl_next axl_close(struct axl *axl)
{
	text_add(axl->reply, "</return>");
	markup_add(axl->reply, "</ns:%sResponse>", axl->soap->name);
	soap_end(axl->reply);
	return AXL_DONE;
}

enum axl_next axl_return(struct axl *axl, const char *value)
{
	axl_open(axl);
	markup_add(axl->reply, "%s", value);
	return axl_close(axl);
}

void axl_put_key(struct text *text, const char *name, const char *kind, const char *value)
{
	char uuid[TABLE_UUID];

	if (value && *value)
		markup_add(text, "<%s uuid=\"{%s}\">%s</%s>", name, table_uuid(kind, value, uuid), value,
			   name);
	else
		markup_add(text, "<%s uuid=\"\"/>", name);
}

bool axl_same_uuid(const char *given, const char *uuid)
{
	size_t length = strlen(uuid);

	given += *given == '{';
	return !strncasecmp(given, uuid, length) && (!given[length] || !strcmp(given + length, "}"));
}

const struct table_device *axl_device(struct axl *axl)
{
	const xmlNode *request = axl->soap->operation;
	const char *uuid = soap_text_of(axl->soap, request, "uuid");
	const char *name = soap_text_of(axl->soap, request, "name");
	const struct table_device *device = *name ? table_find(axl->table, name) : NULL;

	for (size_t i = 0; i < axl->table->device_count && !*name && *uuid && !device; i++) {
		char own[TABLE_UUID];

		if (axl_same_uuid(uuid, table_uuid("device", axl->table->devices[i].name, own)))
			device = &axl->table->devices[i];
	}
	if (device)
		table_uuid("device", device->name, axl->uuid);
	else if (*name || *uuid)
		axl_fault(axl, AXL_CODE_NOT_FOUND, "Item not valid: The specified %s was not found",
			  *name ? name : uuid);
	else
		axl_fault(axl, AXL_CODE_GENERAL, "%s: expected the element name or uuid", axl->soap->name);
	return device;
}

void axl_window(struct axl *axl, size_t *skip, size_t *first)
{
	const xmlNode *request = axl->soap->operation;
	const char *text = soap_text_of(axl->soap, request, "first");

	*skip = strtoul(soap_text_of(axl->soap, request, "skip"), NULL, 10);
	*first = *text ? strtoul(text, NULL, 10) : SIZE_MAX;
}

bool axl_wants(const struct axl *axl, const char *tag)
{
	const xmlNode *tags = soap_child(axl->soap->operation, "returnedTags");

	return !soap_first(tags) || soap_child(tags, tag);
}

/* The version in the namespace of the operation. */
static bool read_version(struct axl *axl)
{
	const char *space = axl->soap->space, *version = space + strlen(SPACE);

	if (strncmp(space, SPACE, strlen(SPACE)) || !*version || strlen(version) >= sizeof(axl->version) ||
	    version[strspn(version, "0123456789.")])
		return false;
	snprintf(axl->version, sizeof(axl->version), "%s", version);
	return true;
}

enum axl_next axl_begin(struct axl *axl, struct soap *soap, const struct table *table, struct text *reply)
{
	enum axl_next next;

	*axl = (struct axl){.soap = soap, .table = table, .reply = reply};
	if (!read_version(axl))
		return axl_fault(axl, AXL_CODE_GENERAL,
				 "found the namespace \"%.100s\", expected " SPACE "VERSION", soap->space);
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]) && !axl->operation; i++)
		if (!strcmp(operations[i].name, soap->name))
			axl->operation = &operations[i];
	if (!axl->operation)
		return axl_fault(axl, AXL_CODE_GENERAL, "%s: phonelab does not have this operation of AXL",
				 soap->name);
	next = axl->operation->run(axl);
	if (next == AXL_CHANGE && axl->operation->action && axl->change)
		axl_put(axl, axl->change, "action", json_string(axl->operation->action));
	return next;
}

void axl_changed(struct axl *axl, int err, const char *why)
{
	char text[TABLE_UUID + 2];

	if (err == -EEXIST)
		axl_fault(axl, AXL_CODE_DUPLICATE,
			  "Could not insert new row - duplicate value in a UNIQUE INDEX column: %s", why);
	else if (err == -ENOENT)
		axl_fault(axl, AXL_CODE_NOT_FOUND, "Item not valid: %s", why);
	else if (err)
		axl_fault(axl, AXL_CODE_GENERAL, "%s", why);
	else if (axl->operation->run == axl_device_reset)
		axl_return(axl, "true");
	else {
		snprintf(text, sizeof(text), "{%s}", axl->uuid);
		axl_return(axl, text);
	}
}

enum axl_next axl_version(struct axl *axl)
{
	axl_open(axl);
	markup_add(axl->reply, "<componentVersion><version>%s.1.10000-1</version></componentVersion>",
		   axl->version);
	return axl_close(axl);
}

void axl_free(struct axl *axl)
{
	json_decref(axl->change);
	free(axl->sql);
	text_free(&axl->ignored);
	axl->change = NULL;
	axl->sql = NULL;
}
