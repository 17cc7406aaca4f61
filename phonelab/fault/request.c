#include "phonelab/fault/request.h"

#include <errno.h>
#include <string.h>

#include "phonelab/fault/target.h"
#include "phonelab/fault/vars.h"

static const char *text_of(const json_t *request, const char *key)
{
	return json_string_value(json_object_get(request, key));
}

const struct fault *fault_request_fault(const json_t *request, struct fault_set **set, struct fail *fail)
{
	const char *id = text_of(request, "id"), *text = text_of(request, "text"),
		   *file = text_of(request, "file");
	struct complaints complaints = {0};
	const struct fault *fault;

	*set = text ? fault_set_parse(text, strlen(text), file ? file : "request", &complaints)
		    : fault_catalogue();
	if (!*set) {
		complaints_fail(&complaints, fail);
		return NULL;
	}
	fault = id ? fault_find(*set, id) : NULL;
	if (fault)
		return fault;
	fail_set(fail, -EINVAL, "unknown fault \"%s\"", id ? id : "");
	fault_set_free(*set);
	*set = NULL;
	return NULL;
}

struct fault_target fault_request_target(const json_t *request)
{
	return (struct fault_target){.phone = text_of(request, "phone"),
				     .port = text_of(request, "port"),
				     .service = text_of(request, "service"),
				     .all = json_is_true(json_object_get(request, "all")),
				     .erase = json_is_true(json_object_get(request, "erase"))};
}

json_t *fault_request_vars(const struct topology *topology, const json_t *request, struct fail *fail)
{
	const struct fault_target target = fault_request_target(request);
	const char *id = text_of(request, "id"), *scope = text_of(request, "scope");
	const char *needs = text_of(request, "needs");
	struct fault fault = {
	    .id = id ? id : "", .model = text_of(request, "model"), .scope = FAULT_ALL, .needs = -1};

	for (int i = 0; scope && fault_scope_names[i]; i++)
		if (!strcmp(scope, fault_scope_names[i]))
			fault.scope = i;
	for (int i = 0; needs && fault_needs_names[i]; i++)
		if (!strcmp(needs, fault_needs_names[i]))
			fault.needs = i;
	if (fault_target_needed(topology, &fault, &target, fail))
		return NULL;
	return fault_vars(topology, &target, &fault, fail);
}
