#include "phone-sim/driver/rack_config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "phone-sim/core/models.h"
#include "phone-sim/core/phone.h"

const char *const rack_vlan_backends[] = {"auto", "kernel", "user", NULL};

static const char *const paces[] = {"fast", "real", NULL};
static const char *const powers[] = {"poe", "ac", NULL};

#define AT(member) .offset = offsetof(struct rack_phone, member)
static const struct config_key tftp_element[] = {{.type = CONFIG_IPV4}};
static const struct config_key phone_keys[] = {
    {"mac", CONFIG_MAC, .required = true, AT(mac)},
    {"model", CONFIG_STRING, .required = true, .min = 1, .max = 32, AT(model)},
    {"panel", CONFIG_STRING, .required = true, .min = 1, .max = 107, AT(panel)},
    {"port", CONFIG_STRING, .nullable = true, .min = 1, .max = 32, AT(port)},
    {"power", CONFIG_CHOICE, .choices = powers, AT(power)},
    {"active_load", CONFIG_STRING, .required = true, .min = 1, .max = PHONE_LOAD_MAX - 1, AT(active_load)},
    {"inactive_load", CONFIG_STRING, .nullable = true, .max = PHONE_LOAD_MAX - 1, AT(inactive_load)},
    {"cdp", CONFIG_BOOL, AT(cdp), .present = offsetof(struct rack_phone, cdp_given)},
    {"lldp", CONFIG_BOOL, AT(lldp), .present = offsetof(struct rack_phone, lldp_given)},
    {"alternate_tftp", CONFIG_LIST, .max = 2, AT(alternate_tftp), .element = tftp_element,
     .element_size = sizeof(struct in_addr)},
    {"mic", CONFIG_STRING, .nullable = true, .min = 1, .max = 400, AT(mic)},
    {"lsc", CONFIG_STRING, .nullable = true, .min = 1, .max = 400, AT(lsc)},
    {"capf_string", CONFIG_STRING, .nullable = true, .min = 1, .max = 64, AT(capf_string)},
    {.name = NULL},
};
#undef AT

#define AT(member) .offset = offsetof(struct rack_config, member)
static const struct config_key phone_element[] = {{.type = CONFIG_OBJECT, .keys = phone_keys}};
static const struct config_key rack_keys[] = {
    {"name", CONFIG_STRING, .required = true, .min = 1, .max = 64, AT(name)},
    {"pace", CONFIG_CHOICE, .choices = paces, AT(pace)},
    {"seed", CONFIG_INTEGER, .min = 0, .max = INT64_MAX, AT(seed)},
    {"flash", CONFIG_STRING, .required = true, .min = 1, .max = 400, AT(flash)},
    {"control", CONFIG_STRING, .nullable = true, .min = 1, .max = 107, AT(control)},
    {"events", CONFIG_STRING, .nullable = true, .min = 1, .max = 400, AT(events)},
    {"key_log", CONFIG_STRING, .nullable = true, .min = 1, .max = 400, AT(key_log)},
    {"vlan_backend", CONFIG_CHOICE, .choices = rack_vlan_backends, AT(vlan_backend)},
    {"phones", CONFIG_LIST, .required = true, AT(phones), .element = phone_element,
     .element_size = sizeof(struct rack_phone)},
    {.name = NULL},
};
#undef AT

/* The names of all models: "7841, 8845, 8865". */
static void list_models(char *text, size_t size)
{
	const struct phone_model *model;
	size_t at = 0;

	text[0] = 0;
	for (unsigned i = 0; (model = phone_model_at(i)) && at < size; i++)
		at += (size_t)snprintf(text + at, size - at, "%s%s", i ? ", " : "", model->name);
}

static int check_phone(struct rack_phone *phone, const char *where, struct fail *fail)
{
	const struct mac zero = {{0}};
	char models[400], mac[MAC_TEXT];

	if (!phone_model_find(phone->model)) {
		list_models(models, sizeof(models));
		return fail_set(fail, -EINVAL, "%s.model: found \"%s\", expected one of %s", where,
				phone->model, models);
	}
	if (mac_is_group(&phone->mac) || mac_equal(&phone->mac, &zero)) {
		mac_format(&phone->mac, mac);
		return fail_set(fail, -EINVAL, "%s.mac: found %s, expected the address of a single station",
				where, mac);
	}
	if (!phone->cdp_given)
		phone->cdp = true;
	if (!phone->lldp_given)
		phone->lldp = true;
	return 0;
}

/* Refuse two phones with the same MAC or the same port. */
static int check_pair(const struct rack_phone *list, size_t i, size_t j, const char *path, struct fail *fail)
{
	const struct rack_phone *a = &list[i], *b = &list[j];
	char mac[MAC_TEXT];

	if (mac_equal(&a->mac, &b->mac)) {
		mac_format(&a->mac, mac);
		return fail_set(fail, -EINVAL,
				"%s: phones[%zu].mac: found %s, which phones[%zu] has; expected another",
				path, j, mac, i);
	}
	if (a->port && b->port && strcmp(a->port, b->port) == 0 && strcmp(a->panel, b->panel) == 0)
		return fail_set(fail, -EINVAL,
				"%s: phones[%zu].port: found \"%s\", where phones[%zu] is plugged in; "
				"expected another port",
				path, j, b->port, i);
	return 0;
}

int rack_config_read(const char *path, struct rack_config *config, struct fail *fail)
{
	char where[600];
	struct rack_phone *list;
	int err;

	memset(config, 0, sizeof(*config));
	err = json_config_read(path, rack_keys, config, fail);
	if (err)
		return err;
	list = config->phones.items;
	for (size_t i = 0; !err && i < config->phones.count; i++) {
		snprintf(where, sizeof(where), "%.500s: phones[%zu]", path, i);
		err = check_phone(&list[i], where, fail);
		for (size_t j = 0; !err && j < i; j++)
			err = check_pair(list, j, i, path, fail);
	}
	if (err)
		rack_config_free(config);
	return err;
}

void rack_config_free(struct rack_config *config)
{
	json_config_free(rack_keys, config);
}

int rack_phone_read(const json_t *object, const char *where, struct rack_phone *phone, struct fail *fail)
{
	int err;

	memset(phone, 0, sizeof(*phone));
	err = json_config_object(object, where, phone_keys, phone, fail);
	if (err)
		return err;
	err = check_phone(phone, where, fail);
	if (err)
		rack_phone_free(phone);
	return err;
}

void rack_phone_free(struct rack_phone *phone)
{
	json_config_free(phone_keys, phone);
}
