#include "phonelab/topology/device.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

KEY_SHAPE(topology_device_shape, "device", topology_device, "Settings of a device in the call manager.",
	  TOPOLOGY_DEVICE_KEYS(0));

/* Where the keys are that need no checking when they are recalled. */
#define TEXT(member)                                                                                         \
	{                                                                                                    \
#member, offsetof(struct topology_device, member)                                            \
	}
static const struct {
	const char *name;
	size_t offset;
} texts[] = {TEXT(label), TEXT(display_name), TEXT(description),
	     TEXT(load),  TEXT(auth_name),    TEXT(auth_password)},
  lists[] = {TEXT(line), TEXT(call_manager_group)},
  flags[] = {TEXT(softkeys), TEXT(dial_rules), TEXT(provisioned)};
static const struct {
	const char *name;
	size_t offset;
	const char *const *words;
} choices[] = {
    {"locale", offsetof(struct topology_device, locale), topology_locale_names},
    {"transport", offsetof(struct topology_device, transport), topology_transport_names},
    {"capf_operation", offsetof(struct topology_device, capf_operation), topology_capf_operation_names},
    {"capf_key", offsetof(struct topology_device, capf_key), topology_capf_key_names}};
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct list {
	const char **items;
	size_t n;
};

static void *at(const struct topology_device *device, size_t offset)
{
	return (char *)device + offset;
}

int topology_device_read(const json_t *object, struct arena *arena, struct topology_device *device,
			 struct fail *fail)
{
	struct complaints *complaints;
	const struct yaml_node *tree;
	char *text;
	int err = 0;

	if (!object)
		return fail_set(fail, -EINVAL, "found no settings, expected an object of them");
	complaints = calloc(1, sizeof(*complaints));
	text = json_dumps(object, JSON_ENCODE_ANY);
	if (!complaints || !text) {
		free(complaints);
		free(text);
		return fail_set(fail, -ENOMEM, "out of memory");
	}
	*device = (struct topology_device){0};
	complaints->file = "device";
	/* JSON is YAML: so a request is checked and explained as a file is. */
	tree = yaml_tree_parse(text, strlen(text), arena, complaints);
	if (tree)
		shape_decode(&topology_device_shape, tree, arena, complaints, device);
	if (complaints->n)
		err = fail_set(fail, -EINVAL, "%s", complaints->kept[0].text);
	free(complaints);
	free(text);
	return err;
}

static void put_list(json_t *object, const char *name, const struct list *list)
{
	json_t *items;

	if (!list->n)
		return;
	items = json_array();
	for (size_t i = 0; i < list->n; i++)
		json_array_append_new(items, json_string(list->items[i]));
	json_object_set_new(object, name, items);
}

json_t *topology_device_json(const struct topology_device *device)
{
	json_t *object = json_object();

	for (size_t i = 0; i < COUNT(lists); i++)
		put_list(object, lists[i].name, at(device, lists[i].offset));
	for (size_t i = 0; i < COUNT(texts); i++) {
		const char *text = *(const char **)at(device, texts[i].offset);

		if (text)
			json_object_set_new(object, texts[i].name, json_string(text));
	}
	for (size_t i = 0; i < COUNT(flags); i++) {
		int value = *(int *)at(device, flags[i].offset);

		if (value != KEY_UNSET)
			json_object_set_new(object, flags[i].name, json_boolean(value));
	}
	for (size_t i = 0; i < COUNT(choices); i++) {
		int value = *(int *)at(device, choices[i].offset);

		if (value != KEY_UNSET)
			json_object_set_new(object, choices[i].name, json_string(choices[i].words[value]));
	}
	return object;
}

static void recall_list(const json_t *items, struct arena *arena, struct list *list)
{
	size_t i;
	json_t *item;

	if (!json_array_size(items))
		return;
	list->items = arena_alloc(arena, json_array_size(items) * sizeof(*list->items));
	json_array_foreach (items, i, item)
		if (json_is_string(item))
			list->items[list->n++] = json_string_value(item);
}

void topology_device_recall(const json_t *object, struct arena *arena, struct topology_device *device)
{
	*device = (struct topology_device){0};
	for (size_t i = 0; i < COUNT(lists); i++)
		recall_list(json_object_get(object, lists[i].name), arena, at(device, lists[i].offset));
	for (size_t i = 0; i < COUNT(texts); i++)
		*(const char **)at(device, texts[i].offset) =
		    json_string_value(json_object_get(object, texts[i].name));
	for (size_t i = 0; i < COUNT(flags); i++) {
		const json_t *value = json_object_get(object, flags[i].name);

		*(int *)at(device, flags[i].offset) = value ? json_is_true(value) : KEY_UNSET;
	}
	for (size_t i = 0; i < COUNT(choices); i++) {
		const char *word = json_string_value(json_object_get(object, choices[i].name));
		int *value = at(device, choices[i].offset);

		*value = KEY_UNSET;
		for (int w = 0; word && choices[i].words[w]; w++)
			if (!strcmp(choices[i].words[w], word))
				*value = w;
	}
}
