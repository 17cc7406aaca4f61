#include "phonelab/lab/inspect.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/lab/plan.h"

void inspect_error(json_t *object, const char *format, ...)
{
	char text[300];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	inspect_append(object, "errors", INSPECT_MOST, json_text_new(text));
}

static json_t *list_of(json_t *object, const char *name)
{
	json_t *list = json_object_get(object, name);

	if (!list) {
		list = json_array();
		json_object_set_new(object, name, list);
	}
	return list;
}

void inspect_append(json_t *object, const char *name, size_t most, json_t *value)
{
	json_t *list = list_of(object, name), *cut, *one;
	size_t i;

	if (json_array_size(list) < most) {
		json_array_append_new(list, value);
		return;
	}
	json_decref(value);
	cut = list_of(object, "cut");
	json_array_foreach (cut, i, one)
		if (!strcmp(json_string_value(one), name))
			return;
	json_array_append_new(cut, json_string(name));
}

struct inspect_target inspect_target_of(const struct node *node, const struct server_programs *programs,
					const json_t *phones)
{
	return (struct inspect_target){.name = node->name,
				       .kind = node->kind,
				       .programs = programs,
				       .phones = phones,
				       .directory = PLAN_PREFIX,
				       .ours = topology_ours(node->owner)};
}

json_t *inspect_here(const struct inspect_target *target)
{
	json_t *object = json_pack("{s:s}", "kind", target->kind);

	inspect_net(object);
	inspect_sockets(object);
	inspect_filter(object);
	if (strcmp(target->kind, "phone") != 0) {
		inspect_processes(object, target);
		inspect_service(object, target);
	}
	return object;
}
