/* getPhone and listPhone. */
#include "cucm-service/core/axl.h"

#include <stdio.h>
#include <string.h>

#include "base/markup.h"

enum tag_kind {
	TAG_TEXT,  /* a text of the table; value, if it is NULL there */
	TAG_FIXED, /* the same for every phone of the lab */
	TAG_KEY,   /* the name of another object, the same for every phone; "": none */
	TAG_LOAD,
	TAG_LOCALE,
	TAG_SOFTKEYS,
	TAG_DIGEST,
	TAG_SECURITY,
	TAG_TEMPLATE,
	TAG_LINES,
};

/* In the order of the schema. */
static const struct tag {
	const char *name;
	enum tag_kind kind;
	const char *value;
	size_t offset; /* TAG_TEXT: of the text in struct table_device */
} tags[] = {
    {"name", TAG_TEXT, NULL, offsetof(struct table_device, name)},
    {"description", TAG_TEXT, NULL, offsetof(struct table_device, description)},
    {"product", TAG_TEXT, NULL, offsetof(struct table_device, product)},
    {"model", TAG_TEXT, NULL, offsetof(struct table_device, product)},
    {"class", TAG_FIXED, "Phone", 0},
    {"protocol", TAG_FIXED, "SIP", 0},
    {"protocolSide", TAG_FIXED, "User", 0},
    {"callingSearchSpaceName", TAG_KEY, "", 0},
    {"devicePoolName", TAG_KEY, "Default", 0},
    {"commonDeviceConfigName", TAG_KEY, "", 0},
    {"commonPhoneConfigName", TAG_KEY, "Standard Common Phone Profile", 0},
    {"networkLocation", TAG_FIXED, "Use System Default", 0},
    {"locationName", TAG_KEY, "Hub_None", 0},
    {"mediaResourceListName", TAG_KEY, "", 0},
    {"loadInformation", TAG_LOAD, NULL, 0},
    {"useTrustedRelayPoint", TAG_FIXED, "Default", 0},
    {"securityProfileName", TAG_SECURITY, NULL, 0},
    {"sipProfileName", TAG_KEY, "Standard SIP Profile", 0},
    {"lines", TAG_LINES, NULL, 0},
    {"phoneTemplateName", TAG_TEMPLATE, NULL, 0},
    {"userLocale", TAG_LOCALE, NULL, 0},
    {"softkeyTemplateName", TAG_SOFTKEYS, NULL, 0},
    {"enableExtensionMobility", TAG_FIXED, "false", 0},
    {"builtInBridgeStatus", TAG_FIXED, "Default", 0},
    {"ownerUserName", TAG_KEY, "", 0},
    {"packetCaptureMode", TAG_FIXED, "None", 0},
    {"certificateOperation", TAG_TEXT, "No Pending Operation",
     offsetof(struct table_device, certificate_operation)},
    {"certificateStatus", TAG_TEXT, "None", offsetof(struct table_device, certificate_status)},
    {"deviceMobilityMode", TAG_FIXED, "Default", 0},
    {"digestUser", TAG_DIGEST, NULL, 0},
};
#define TAGS (sizeof(tags) / sizeof(tags[0]))

static const char *profile_of(const struct table_device *device, char out[120])
{
	snprintf(out, 120, "%.40s - Standard SIP %s Profile", device->product,
		 device->security > 1 ? "Secure" : "Non-Secure");
	return out;
}

/* "French_France" is "French France" in AXL. */
static const char *locale_of(const struct table_device *device, char out[120])
{
	snprintf(out, 120, "%s", device->user_locale);
	for (char *at = out; *at; at++)
		if (*at == '_')
			*at = ' ';
	return out;
}

static void put_lines(struct text *text, const struct table_device *device)
{
	text_add(text, "<lines>");
	for (size_t i = 0; i < device->line_count; i++) {
		const struct table_line *line = &device->lines[i];
		char owner[160], uuid[TABLE_UUID];

		snprintf(owner, sizeof(owner), "%s/%s", device->name, line->number);
		markup_add(text,
			   "<line uuid=\"{%s}\"><index>%zu</index><label>%s</label><display>%s</display>"
			   "<dirn uuid=\"{%s}\"><pattern>%s</pattern><routePartitionName uuid=\"\"/></dirn>",
			   table_uuid("line", owner, (char[TABLE_UUID]){0}), i + 1, line->label,
			   line->display, table_uuid("numplan", line->number, uuid), line->number);
		markup_add(text,
			   "<ringSetting>Use System Default</ringSetting><displayAscii>%s</displayAscii>"
			   "<e164Mask/><maxNumCalls>4</maxNumCalls><busyTrigger>2</busyTrigger></line>",
			   line->display);
	}
	text_add(text, "</lines>");
}

static void put_tag(struct text *text, const struct tag *tag, const struct table_device *device)
{
	const char *value;
	char buffer[120];

	switch (tag->kind) {
	case TAG_TEXT:
		value = *(const char *const *)((const char *)device + tag->offset);
		soap_put(text, tag->name, value ? value : tag->value);
		break;
	case TAG_FIXED: soap_put(text, tag->name, tag->value); break;
	case TAG_KEY: axl_put_key(text, tag->name, tag->name, tag->value); break;
	case TAG_LOAD:
		markup_add(text, "<loadInformation special=\"%s\">%s</loadInformation>",
			   *device->load ? "true" : "false", device->load);
		break;
	case TAG_LOCALE: soap_put(text, tag->name, locale_of(device, buffer)); break;
	case TAG_SOFTKEYS: axl_put_key(text, tag->name, tag->name, device->softkey_template); break;
	case TAG_DIGEST: axl_put_key(text, tag->name, "enduser", device->digest_user); break;
	case TAG_SECURITY: axl_put_key(text, tag->name, tag->name, profile_of(device, buffer)); break;
	case TAG_TEMPLATE:
		snprintf(buffer, sizeof(buffer), "Standard %.40s SIP",
			 strncmp(device->product, "Cisco ", 6) ? device->product : device->product + 6);
		axl_put_key(text, tag->name, tag->name, buffer);
		break;
	case TAG_LINES: put_lines(text, device); break;
	}
}

static void put_phone(struct axl *axl, const struct table_device *device, bool list)
{
	struct text *text = axl->reply;
	char uuid[TABLE_UUID];

	markup_add(text, "<phone uuid=\"{%s}\">", table_uuid("device", device->name, uuid));
	for (size_t i = 0; i < TAGS; i++)
		/* A list has no lines, as the type LPhone. */
		if (axl_wants(axl, tags[i].name) && !(list && tags[i].kind == TAG_LINES))
			put_tag(text, &tags[i], device);
	text_add(text, "</phone>");
}

enum axl_next axl_get_phone(struct axl *axl)
{
	const struct table_device *device = axl_device(axl);

	if (!device)
		return AXL_DONE;
	axl_open(axl);
	put_phone(axl, device, false);
	return axl_close(axl);
}

/* The criteria of a list: NULL: not given. */
struct criteria {
	const char *name, *description, *protocol, *css, *pool, *profile;
};

/* 0, or -1 if there is none, or one that is unknown. */
static int read_criteria(struct axl *axl, struct criteria *criteria)
{
	const struct {
		const char *name;
		const char **text;
	} known[] = {{"name", &criteria->name},		  {"description", &criteria->description},
		     {"protocol", &criteria->protocol},	  {"callingSearchSpaceName", &criteria->css},
		     {"devicePoolName", &criteria->pool}, {"securityProfileName", &criteria->profile}};
	const xmlNode *one = soap_first(soap_child(axl->soap->operation, "searchCriteria"));

	*criteria = (struct criteria){0};
	if (!one)
		return -1;
	for (; one; one = soap_after(one)) {
		size_t i = 0;

		while (i < sizeof(known) / sizeof(known[0]) && !soap_is(one, known[i].name))
			i++;
		if (i == sizeof(known) / sizeof(known[0]))
			return -1;
		*known[i].text = soap_text(axl->soap, one);
	}
	return 0;
}

static bool like(const char *pattern, const char *text)
{
	return !pattern || table_like(pattern, text);
}

/* The lab has no calling search space, and one device pool. */
static bool fits(const struct criteria *criteria, const struct table_device *device)
{
	char profile[120];

	return like(criteria->name, device->name) && like(criteria->description, device->description) &&
	       like(criteria->protocol, "SIP") && like(criteria->css, "") &&
	       like(criteria->pool, "Default") && like(criteria->profile, profile_of(device, profile));
}

enum axl_next axl_list_phone(struct axl *axl)
{
	size_t skip, first, matched = 0, returned = 0, within = 0;
	struct criteria criteria;

	if (read_criteria(axl, &criteria))
		return axl_fault(
		    axl, AXL_CODE_GENERAL,
		    "searchCriteria: expected name, description, protocol, callingSearchSpaceName, "
		    "devicePoolName or securityProfileName");
	axl_window(axl, &skip, &first);
	axl_open(axl);
	for (size_t i = 0; i < axl->table->device_count; i++) {
		const struct table_device *device = &axl->table->devices[i];

		if (!fits(&criteria, device) || matched++ < skip || returned >= first)
			continue;
		returned++;
		if (axl->reply->length > AXL_REPLY_MOST)
			continue;
		put_phone(axl, device, true);
		within = axl->reply->length > AXL_REPLY_MOST ? returned - 1 : returned;
	}
	if (axl->reply->length > AXL_REPLY_MOST)
		return axl_fault(
		    axl, AXL_CODE_GENERAL,
		    "Query request too large. Total rows matched: %zu rows. Suggestive Row Fetch: "
		    "less than %zu rows",
		    returned, within);
	return axl_close(axl);
}
