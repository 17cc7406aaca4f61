/* The elements of a phone in addPhone and updatePhone, as settings of the verb `device`. */
#include "cucm-service/core/axl.h"

#include <string.h>
#include <strings.h>

/* --- elements of a phone --- */

/* An element of a phone in a request becomes settings. 0, or -1 with the fault written. */
typedef int element_fn(struct axl *axl, const xmlNode *element, json_t *set);

void axl_put(struct axl *axl, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value))
		axl->failed = true;
}

int axl_put_text(struct axl *axl, json_t *set, const char *key, const char *value)
{
	json_t *text = json_string(value);

	if (!text) {
		axl_fault(axl, AXL_CODE_GENERAL, "%s: expected a text in UTF-8", key);
		return -1;
	}
	axl_put(axl, set, key, text);
	return 0;
}

static int set_description(struct axl *axl, const xmlNode *element, json_t *set)
{
	const char *text = soap_text(axl->soap, element);

	return *text ? axl_put_text(axl, set, "description", text) : 0;
}

static int set_load(struct axl *axl, const xmlNode *element, json_t *set)
{
	const char *text = soap_text(axl->soap, element);

	return *text ? axl_put_text(axl, set, "load", text) : 0;
}

static int set_digest_user(struct axl *axl, const xmlNode *element, json_t *set)
{
	const char *text = soap_text(axl->soap, element);

	return *text ? axl_put_text(axl, set, "auth_name", text) : 0;
}

static int set_softkeys(struct axl *axl, const xmlNode *element, json_t *set)
{
	const char *text = soap_text(axl->soap, element);

	if (*text && strcasecmp(text, "Standard User")) {
		axl_fault(axl, AXL_CODE_NOT_FOUND,
			  "Item not valid: The specified SoftkeyTemplate %s was not found", text);
		return -1;
	}
	axl_put(axl, set, "softkeys", json_boolean(*text));
	return 0;
}

static int set_locale(struct axl *axl, const xmlNode *element, json_t *set)
{
	static const char *const locales[][2] = {
	    {"English United States", "none"}, {"French France", "french"}, {"German Germany", "german"}};
	const char *text = soap_text(axl->soap, element);

	if (!*text)
		return axl_put_text(axl, set, "locale", "none");
	for (size_t i = 0; i < sizeof(locales) / sizeof(locales[0]); i++)
		if (!strcasecmp(text, locales[i][0]))
			return axl_put_text(axl, set, "locale", locales[i][1]);
	axl_fault(axl, AXL_CODE_NOT_FOUND, "Item not valid: The specified UserLocale %s was not found", text);
	return -1;
}

/* The cluster has one device pool. */
static int check_pool(struct axl *axl, const xmlNode *element, json_t *set)
{
	const char *text = soap_text(axl->soap, element);

	(void)set;
	if (!*text || !strcasecmp(text, "Default"))
		return 0;
	axl_fault(axl, AXL_CODE_NOT_FOUND, "Item not valid: The specified DevicePool %s was not found", text);
	return -1;
}

static int check_protocol(struct axl *axl, const xmlNode *element, json_t *set)
{
	const char *text = soap_text(axl->soap, element);

	(void)set;
	if (!strcasecmp(text, "SIP"))
		return 0;
	axl_fault(axl, AXL_CODE_GENERAL, "protocol: found \"%.40s\", expected SIP", text);
	return -1;
}

/* --- the elements --- */

/* Elements of which settings are made; NULL: the operation reads it. */
static const struct {
	const char *name;
	element_fn *run;
} elements[] = {
    {"name", NULL},
    {"uuid", NULL},
    {"product", NULL},
    {"addLines", NULL},
    {"removeLines", NULL},
    {"description", set_description},
    {"loadInformation", set_load},
    {"digestUser", set_digest_user},
    {"softkeyTemplateName", set_softkeys},
    {"userLocale", set_locale},
    {"devicePoolName", check_pool},
    {"protocol", check_protocol},
    {"lines", axl_set_lines},
};

static int read_element(struct axl *axl, const xmlNode *element, json_t *set)
{
	for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++)
		if (soap_is(element, elements[i].name))
			return elements[i].run ? elements[i].run(axl, element, set) : 0;
	if (axl_unmodelled((const char *)element->name)) {
		text_add(&axl->ignored, "%s%s", axl->ignored.length ? "," : "", (const char *)element->name);
		return 0;
	}
	axl_fault(axl, AXL_CODE_GENERAL, "unknown element %.60s", (const char *)element->name);
	return -1;
}

json_t *axl_settings(struct axl *axl, const xmlNode *node)
{
	json_t *set = json_object();

	axl->failed |= !set;
	for (const xmlNode *element = soap_first(node); element; element = soap_after(element))
		if (read_element(axl, element, set)) {
			json_decref(set);
			return NULL;
		}
	axl->failed |= axl->ignored.failed;
	return set;
}
