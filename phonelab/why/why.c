#include "phonelab/why/why.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "base/mac.h"
#include "phonelab/lab/status_read.h"
#include "phonelab/why/attempt.h"
#include "phonelab/why/user.h"

int why_find_phone(struct why_case *it)
{
	it->phone = status_read_named(it->status, "phones", it->name);
	if (!it->phone)
		return -ENOENT;
	it->rung = status_read_open_step(it->phone);
	if (it->rung) {
		it->step = (int)json_integer_value(json_object_get(it->rung, "n"));
	} else if (!status_read_registered(it->phone) && !status_read_by_word(it->phone)) {
		/* The phone reports every step as done, but no call manager has it. */
		it->step = LADDER_REGISTER;
		it->rung = json_array_get(json_object_get(it->phone, "steps"), LADDER_REGISTER - 1);
	}
	return 0;
}

static const json_t *port_in(const struct why_case *it, const json_t *sw)
{
	const json_t *port;
	size_t i;

	json_array_foreach (json_object_get(sw, "ports"), i, port) {
		if (!strcmp(json_text(port, "neighbor"), it->name) ||
		    !strcmp(json_text(port, "device"), it->name))
			return port;
	}
	return NULL;
}

const json_t *why_port(const struct why_case *it, const char **sw_name)
{
	const json_t *sw = NULL, *port = NULL;
	size_t i;

	json_array_foreach (json_object_get(it->status, "switches"), i, sw) {
		port = port_in(it, sw);
		if (port)
			break;
	}
	if (sw_name)
		*sw_name = port ? json_text(sw, "name") : "";
	return port;
}

void why_free(struct why_case *it)
{
	json_decref(it->events);
	json_decref(it->phone_more);
	json_decref(it->facts);
	free(it->running);
	free(it->exchanges);
	why_attempt_free(it->attempt);
	free(it->others_ms);
	it->exchanges = NULL;
	it->attempt = NULL;
	it->others_ms = NULL;
	it->others = 0;
	it->events = it->phone_more = it->facts = NULL;
	it->running = NULL;
}

const char *why_node(const struct why_case *it, const char *kind)
{
	const json_t *node;
	size_t i;

	json_array_foreach (it->nodes, i, node) {
		if (!strcmp(json_text(node, "kind"), kind))
			return json_text(node, "name");
	}
	return kind;
}
