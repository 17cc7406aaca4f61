#ifndef PHONELAB_TOPOLOGY_DEVICE_H
#define PHONELAB_TOPOLOGY_DEVICE_H

#include <jansson.h>

#include "base/fail.h"
#include "phonelab/topology/topology.h"

/* What an administrator can set of a device of the call manager while the lab runs: keys of a topology's `phone`. The value
 * of an omitted key is NULL, an empty list or KEY_UNSET: as it is. */
struct topology_device {
	const struct yaml_node *at;
	KEY_LIST_OF(const char *) line;
	const char *label, *display_name, *description, *load, *auth_name, *auth_password;
	int locale, transport, softkeys, dial_rules, provisioned, capf_operation, capf_key;
	KEY_LIST_OF(const char *) call_manager_group;
};
extern const struct shape topology_device_shape;

extern const char *const topology_locale_names[], *const topology_transport_names[],
						      *const topology_capf_operation_names[],
							  *const topology_capf_key_names[],
							      *const topology_user_characters[];

/* The rows of these keys for a shape whose struct has a struct topology_device at base. */
#define TOPOLOGY_DEVICE_KEY(base, member, kind, ...)                                                         \
	{                                                                                                    \
#member, kind, .offset = (base) + offsetof(struct topology_device, member), __VA_ARGS__      \
	}
#define TOPOLOGY_DEVICE_KEYS(base)                                                                           \
	TOPOLOGY_DEVICE_KEY(base, line, KEY_NUMBER, .flags = KEY_LIST | KEY_ONE, .min = 1, .max = 6,         \
			    .doc = "Directory number, or a list of them: the primary line first."),          \
	    TOPOLOGY_DEVICE_KEY(base, label, KEY_TEXT, .min = 1, .max = 30,                                  \
				.doc = "Text beside the line button."),                                      \
	    TOPOLOGY_DEVICE_KEY(base, display_name, KEY_TEXT, .min = 1, .max = 60,                           \
				.doc = "Caller name of the lines; by default their numbers."),               \
	    TOPOLOGY_DEVICE_KEY(base, description, KEY_TEXT, .min = 1, .max = 128,                           \
				.doc = "Description in the device table."),                                  \
	    TOPOLOGY_DEVICE_KEY(base, load, KEY_LOAD, .min = 1, .max = 60,                                   \
				.doc = "Firmware load that the phone is to run."),                           \
	    TOPOLOGY_DEVICE_KEY(base, locale, KEY_CHOICE, .choices = topology_locale_names,                  \
				.doc = "User locale; none: United States English."),                         \
	    TOPOLOGY_DEVICE_KEY(base, softkeys, KEY_FLAG, .doc = "A softkey template is configured."),       \
	    TOPOLOGY_DEVICE_KEY(base, dial_rules, KEY_FLAG, .doc = "SIP dial rules are configured."),        \
	    TOPOLOGY_DEVICE_KEY(base, transport, KEY_CHOICE, .choices = topology_transport_names,            \
				.doc = "Transport of SIP to the call manager."),                             \
	    TOPOLOGY_DEVICE_KEY(base, call_manager_group, KEY_NAME, .flags = KEY_LIST | KEY_ONE, .min = 1,   \
				.max = 32, .doc = "Call managers in order of priority."),                    \
	    TOPOLOGY_DEVICE_KEY(base, auth_name, KEY_TOKEN, .min = 1, .max = 60,                             \
				.choices = topology_user_characters, .doc = "Digest user name."),            \
	    TOPOLOGY_DEVICE_KEY(base, auth_password, KEY_TEXT, .min = 1, .max = 60,                          \
				.doc = "Digest password of the lines, in configuration and database."),      \
	    TOPOLOGY_DEVICE_KEY(base, capf_operation, KEY_CHOICE, .choices = topology_capf_operation_names,  \
				.doc = "Operation that the CAPF is to do with the phone's LSC."),            \
	    TOPOLOGY_DEVICE_KEY(base, capf_key, KEY_CHOICE, .choices = topology_capf_key_names,              \
				.doc = "Key that the phone makes when the CAPF installs an LSC."),           \
	    TOPOLOGY_DEVICE_KEY(base, provisioned, KEY_FLAG,                                                 \
				.doc = "false removes the device from the device table.")

/* Read and check an object such as {"line":["2001"],"softkeys":true}; a number or a boolean may also be a text. All memory
 * is arena's, and nothing of object is borrowed. 0, or -EINVAL with the reason. */
int topology_device_read(const json_t *object, struct arena *arena, struct topology_device *device,
			 struct fail *fail);

/* The same object again, in one form: a new object without omitted keys. */
json_t *topology_device_json(const struct topology_device *device);

/* Read an object that topology_device_json made; texts are borrowed from it, lists are arena's. */
void topology_device_recall(const json_t *object, struct arena *arena, struct topology_device *device);

#endif
