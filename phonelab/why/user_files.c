/* Causes that lie with the user's file server: a file that does not come or is of no use, and what it says. */
#include "phonelab/why/user_internal.h"

#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "base/text.h"
#include "phonelab/lab/status_read.h"
#include "phonelab/why/facts.h"

const struct why_exchange *user_file_asked(const struct why_case *it, int step)
{
	const struct why_exchange *best = NULL;
	int best_rank = 0;

	for (size_t i = 0; i < it->exchanges->n; i++) {
		const struct why_exchange *exchange = &it->exchanges->item[i];
		int rank = 1;

		if (exchange->step != step || !*exchange->file || exchange->kind == WHY_ANSWER_GOOD)
			continue;
		/* That these are missing is normal. */
		if (exchange->missing && (step == LADDER_CTL || step == LADDER_ITL))
			continue;
		rank += exchange->http ? 1 : 0;
		rank += exchange->kind == WHY_ANSWER_ERROR ? 2 : 0;
		rank += strstr(exchange->file, it->name) ? 4 : 0;
		rank += exchange->kind == WHY_ANSWER_UNUSABLE ? 8 : 0;
		if (rank >= best_rank) {
			best = exchange;
			best_rank = rank;
		}
	}
	return best;
}

bool user_of_files(const struct why_case *it, struct why_user *found)
{
	const struct why_exchange *asked = user_file_asked(it, it->step), *lease;
	const json_t *server = asked ? why_user_at(it, asked->server) : NULL;

	if (!asked)
		return false;
	if (user_of_lease(it, found, asked))
		return true;
	if (!server || user_port_is_shut(it, server))
		return false;
	lease = why_exchange_lease(it->exchanges);
	if (!strcmp(json_text(server, "kind"), "dhcp") && lease) {
		user_blame(found, server, lease);
		user_add_exchange(found, lease);
		user_add(found, ", so that the phone asked the DHCP server for its files: %s: %s.",
			 asked->asked, asked->answered);
		return true;
	}
	user_about(it, found, server, asked);
	if (text_ends_with(asked->file, ".sgn"))
		user_add(found, " A trust list that the phone has installed demands signed files.");
	if (status_read_stored(it->phone))
		user_add(found, " It goes on with its stored configuration.");
	return true;
}

/* --- what a file of the user says --- */

void user_numbers(const json_t *phone, char text[120])
{
	const json_t *line;
	size_t i, used = 0;

	text[0] = 0;
	json_array_foreach (json_object_get(phone, "lines"), i, line)
		if (used < 100)
			used += (size_t)snprintf(text + used, 120 - used, "%s%.40s", i ? ", " : "",
						 json_string_value(line));
}

bool user_has_number(const json_t *phone, const char *number)
{
	const json_t *line;
	size_t i;

	json_array_foreach (json_object_get(phone, "lines"), i, line)
		if (!strcmp(json_string_value(line), number))
			return true;
	return false;
}

bool user_add_number(const struct why_case *it, struct why_user *found, const char *number)
{
	const json_t *other;
	char own[120];
	size_t i;

	user_numbers(it->phone, own);
	if (!*own || !*number || user_has_number(it->phone, number))
		return false;
	user_add(found, "%s has the number %s; the topology gives this phone %s", found->asked->file, number,
		 own);
	json_array_foreach (json_object_get(it->status, "phones"), i, other)
		if (user_has_number(other, number))
			user_add(found, ", and %s to %s", number, json_text(other, "name"));
	user_add(found, ".");
	return true;
}

bool user_of_number(const struct why_case *it, struct why_user *found)
{
	const struct why_exchange *config;
	const json_t *files = user_files_of(it, &config);
	const char *number = json_text(it->phone, "directory_number");

	if (!files)
		return false;
	user_blame(found, files, config);
	if (it->expected && *number && strcmp(it->expected, number)) {
		user_add(found, "%s has the number %s; the scenario expects %s.", config->file, number,
			 it->expected);
		return true;
	}
	/* Otherwise the topology has derived numbers of its own. */
	if (strcmp(json_text(it->status, "devices"), "external"))
		return false;
	return user_add_number(it, found, number);
}

bool user_of_default(const struct why_case *it, struct why_user *found)
{
	const struct why_exchange *asked = user_file_asked(it, LADDER_CONFIG);
	const json_t *server = asked ? why_user_at(it, asked->server) : NULL;

	if (!server || !why_not_provisioned(it))
		return false;
	user_blame(found, server, asked);
	user_add_exchange(found, asked);
	user_add(found, "; the phone continued with XMLDefault.cnf.xml, which gives no line");
	user_add_need(found, LADDER_CONFIG);
	return true;
}
