/* addPhone, updatePhone, removePhone, and what notifies a phone. */
#include "cucm-service/core/axl.h"

#include <string.h>
#include <strings.h>

static enum axl_next change(struct axl *axl, const char *device, json_t *set)
{
	axl->change = json_pack("{s:s,s:s,s:o}", "do", "device", "phone", device, "set", set);
	return axl->change ? AXL_CHANGE
			   : axl_fault(axl, AXL_CODE_GENERAL, "name: expected the name of a device");
}

enum axl_next axl_add_phone(struct axl *axl)
{
	static const char *const required[] = {"name",
					       "product",
					       "class",
					       "protocol",
					       "protocolSide",
					       "devicePoolName",
					       "commonPhoneConfigName",
					       "locationName",
					       "useTrustedRelayPoint",
					       "phoneTemplateName",
					       "builtInBridgeStatus",
					       "packetCaptureMode",
					       "certificateOperation",
					       "deviceMobilityMode"};
	const xmlNode *phone = soap_child(axl->soap->operation, "phone");
	const char *name = soap_text_of(axl->soap, phone, "name");
	const char *product = soap_text_of(axl->soap, phone, "product");
	enum axl_next next;
	json_t *set;

	for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++)
		if (!soap_child(phone, required[i]))
			return axl_fault(axl, AXL_CODE_GENERAL, "phone/%s: the element is missing",
					 required[i]);
	if (strncmp(product, "Cisco ", 6))
		return axl_fault(axl, AXL_CODE_GENERAL,
				 "phone/product: found \"%.40s\", expected a product such as Cisco 8841",
				 product);
	set = axl_settings(axl, phone);
	if (!set)
		return AXL_DONE;
	table_uuid("device", name, axl->uuid);
	next = change(axl, name, set);
	if (next == AXL_CHANGE && json_object_set_new(axl->change, "model", json_string(product + 6)))
		return axl_fault(axl, AXL_CODE_GENERAL, "phone/product: expected a text in UTF-8");
	return next;
}

/* CUCM does not notify the phone: the client calls applyPhone. */
enum axl_next axl_update_phone(struct axl *axl)
{
	const xmlNode *request = axl->soap->operation;
	const struct table_device *device = axl_device(axl);
	json_t *set;

	if (!device)
		return AXL_DONE;
	if (*soap_text_of(axl->soap, request, "newName"))
		return axl_fault(axl, AXL_CODE_GENERAL,
				 "newName: the name of a phone of the lab has its MAC and cannot be changed");
	set = axl_settings(axl, request);
	if (!set)
		return AXL_DONE;
	if ((soap_child(request, "addLines") || soap_child(request, "removeLines")) &&
	    axl_change_lines(axl, device, set)) {
		json_decref(set);
		return AXL_DONE;
	}
	return change(axl, device->name, set);
}

enum axl_next axl_control_phone(struct axl *axl)
{
	const struct table_device *device = axl_device(axl);

	return device ? change(axl, device->name, json_object()) : AXL_DONE;
}

enum axl_next axl_device_reset(struct axl *axl)
{
	static const char *const types[][2] = {
	    {"Reset", "reset"}, {"Restart", "restart"}, {"Apply Configuration", "apply"}};
	const xmlNode *request = axl->soap->operation;
	const char *name = soap_text_of(axl->soap, request, "deviceName");
	const char *type = soap_text_of(axl->soap, request, "deviceResetType");
	const char *hard = soap_text_of(axl->soap, request, "isHardReset"), *action = NULL;
	enum axl_next next;

	if (!table_find(axl->table, name))
		return axl_fault(axl, AXL_CODE_NOT_FOUND, "Item not valid: The specified %s was not found",
				 name);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcasecmp(type, types[i][0]))
			action = types[i][1];
	if (!*type)
		action = !strcasecmp(hard, "false") ? "restart" : "reset";
	if (!action)
		return axl_fault(
		    axl, AXL_CODE_GENERAL,
		    "deviceResetType: found \"%.40s\", expected Reset, Restart or Apply Configuration", type);
	table_uuid("device", name, axl->uuid);
	next = change(axl, name, json_object());
	if (next == AXL_CHANGE)
		axl_put(axl, axl->change, "action", json_string(action));
	return next;
}
