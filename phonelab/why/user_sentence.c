/* The sentences of causes that lie with a server of the user, and questions that several causes ask. */
#include "phonelab/why/user_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/why/facts.h"
#include "phonelab/why/need.h"

void user_add(struct why_user *found, const char *format, ...)
{
	size_t used = strlen(found->cause);
	va_list args;

	va_start(args, format);
	vsnprintf(found->cause + used, sizeof(found->cause) - used, format, args);
	va_end(args);
}

bool user_blame(struct why_user *found, const json_t *server, const struct why_exchange *asked)
{
	char name[160];

	*found = (struct why_user){.server = server, .asked = asked};
	user_add(found, "%s: ", why_user_text(server, name));
	return true;
}

/* The port of a request, as in `listens`. */
static const char *port_of(const struct why_exchange *asked, char text[24])
{
	if (!asked)
		return NULL;
	snprintf(text, 24, "tcp %u", asked->port);
	if (asked->step == LADDER_DHCP)
		return "udp 67";
	if (*asked->file)
		return why_exchange_port(asked);
	return asked->port == 5060 ? "tcp 5060" : NULL;
}

void user_add_exchange(struct why_user *found, const struct why_exchange *asked)
{
	user_add(found, "%s", asked->asked);
	if (asked->kind == WHY_ANSWER_NONE && asked->times > 1)
		user_add(found, ", %u times", asked->times);
	if (asked->kind == WHY_ANSWER_NONE || asked->kind == WHY_ANSWER_NO_WAY) {
		user_add(found, ": %s", asked->answered);
		if (asked->kind == WHY_ANSWER_NONE && asked->ms > 0 && *asked->file)
			user_add(found, " within %lld ms", asked->ms);
		return;
	}
	user_add(found, " answered %s", asked->answered);
	if (asked->ms >= 0)
		user_add(found, " (after %lld ms)", asked->ms);
}

/* What its program does, if that explains the answer or its absence. */
static void add_program(const struct why_case *it, struct why_user *found)
{
	char port[24], text[160];
	const struct why_exchange *asked = found->asked;
	bool answered = asked && (asked->kind == WHY_ANSWER_ERROR || asked->kind == WHY_ANSWER_UNUSABLE);

	why_user_program(it, found->server, port_of(asked, port), text);
	if (*text && !answered)
		user_add(found, "; its program %s", text);
}

void user_add_need(struct why_user *found, int step)
{
	const struct why_need *need = why_need_of(step);

	if (need)
		user_add(found, "; the phone needs %s", need->answer);
	user_add(found, ".");
}

bool user_about(const struct why_case *it, struct why_user *found, const json_t *server,
		const struct why_exchange *asked)
{
	user_blame(found, server, asked);
	user_add_exchange(found, asked);
	add_program(it, found);
	user_add_need(found, asked->step);
	return true;
}

/* --- the lab --- */

bool user_address_is_known(const struct why_case *it, const char *address)
{
	static const char *const lists[] = {"services", "user_servers", "cluster"};
	const json_t *entry;
	size_t i;

	for (size_t n = 0; n < sizeof(lists) / sizeof(lists[0]); n++)
		json_array_foreach (json_object_get(it->status, lists[n]), i, entry)
			if (!strcmp(json_text(entry, "address"), address))
				return true;
	return false;
}

bool user_port_is_shut(const struct why_case *it, const json_t *server)
{
	const json_t *port = why_port_of_node(it, json_text(server, "name"));

	return !strcmp(json_text(port, "admin"), "down");
}

const json_t *user_files_of(const struct why_case *it, const struct why_exchange **config)
{
	*config = why_exchange_config(it->exchanges);
	return *config ? why_user_at(it, (*config)->server) : NULL;
}
