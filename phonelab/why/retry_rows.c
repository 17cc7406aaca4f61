/* The rows of the phone, as they were rendered, at the call manager that rejected the phone. */
#include "phonelab/why/retry_internal.h"

#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/why/condition.h"
#include "phonelab/why/differ_internal.h"

#define UNKNOWN_ROWS                                                                                         \
	"database.device_missing|database.line_missing|database.line_differs|walk.device_unknown|"           \
	"walk.line_unknown|diff.row"

/* "cucm-pub" of "database cucm-pub line". False if the object is no row of a node. */
static bool node_of(const char *object, char node[64])
{
	return sscanf(object, "database %63s", node) == 1;
}

/* Is something else wrong that would make this node reject the phone? */
static bool is_wrong_too(const json_t *facts, const char *object)
{
	const json_t *fact;
	char node[64], other[64];
	size_t i;

	node_of(object, node);
	json_array_foreach (facts, i, fact) {
		const char *name = json_text(fact, "fact"), *about = json_text(fact, "object");
		bool row = node_of(about, other);

		if (condition_fits("content.ok|content.value_ignored|database.ok", fact, fact))
			continue;
		if (!strncmp(name, "content.", 8) || !strncmp(name, "diff.file_", 10) ||
		    !strcmp(name, "diff.config_line"))
			return true;
		/* Another row of the node, unless it is a difference that the node does not ask for. */
		if (row && !strcmp(other, node) && strcmp(about, object))
			return true;
		if (!row && retry_is_deviation(fact))
			return true;
	}
	return false;
}

static bool rejected(const json_t *facts, const char *node)
{
	const json_t *fact;
	size_t i;

	json_array_foreach (facts, i, fact)
		if (condition_fits("register.status[code=403]|register.status[code=404]", fact, fact) &&
		    !strcmp(fact_text(fact, "node"), node))
			return true;
	return false;
}

static void try_rows(const struct why_case *it, json_t *facts)
{
	size_t n = json_array_size(facts);

	for (size_t i = 0; i < n; i++) {
		const json_t *fact = json_array_get(facts, i);
		const char *object = json_text(fact, "object");
		char node[64], text[300];

		if (!condition_fits(UNKNOWN_ROWS, fact, fact) || !node_of(object, node) ||
		    !rejected(facts, node) || is_wrong_too(facts, object) ||
		    retry_is_contradicted(it, facts, object))
			continue;
		snprintf(
		    text, sizeof(text),
		    "with the rendered rows %s has %s with its lines, and everything else that it needs to "
		    "register there is in order",
		    node, it->name);
		retry_ok(facts, object, json_text(fact, "fact"), it->step, text);
	}
}

/* Has the rendered database the phone with a line? */
static bool is_rendered(const struct why_case *it)
{
	struct fail ignored = {0};
	const struct cucm_device *device;
	struct intended intended;
	json_t *rows = NULL;
	bool is;

	if (intended_read(&intended, it->directory, &ignored))
		return false;
	device = intended_device(&intended, it->name);
	if (device && !intended.plan.foreign_devices)
		rows = intended_rows(&intended, device, &ignored);
	is = json_array_size(json_object_get(rows, "device")) &&
	     json_array_size(json_object_get(rows, "line"));
	json_decref(rows);
	intended_free(&intended);
	return is;
}

void retry_rows(const struct why_case *it, json_t *facts)
{
	if (it->step == LADDER_REGISTER && condition_find(UNKNOWN_ROWS, facts, NULL) &&
	    !differ_in_exercise(it) && is_rendered(it))
		try_rows(it, facts);
}
