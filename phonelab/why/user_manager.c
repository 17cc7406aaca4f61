/* Causes that lie with the user's call manager, or with what a file of the user says about call managers. */
#include "phonelab/why/user_internal.h"

#include <string.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/lab/status_read.h"

/* The names and addresses of the cluster. */
static void add_cluster(const struct why_case *it, struct why_user *found)
{
	const json_t *node;
	size_t i;

	json_array_foreach (json_object_get(it->status, "cluster"), i, node)
		user_add(found, "%s%s %s", i ? ", " : "", json_text(node, "name"),
			 json_text(node, "address"));
}

/* The file of the user names a call manager, or a port, that the lab does not have. */
static bool names_another(const struct why_case *it, struct why_user *found, const struct why_exchange *asked)
{
	const struct why_exchange *config;
	const json_t *files = user_files_of(it, &config);

	if (!files)
		return false;
	if (!*asked->server) {
		user_blame(found, files, config);
		user_add(found, "%s names the call manager %s: %s.", config->file, asked->name,
			 asked->answered);
		return true;
	}
	if (!user_address_is_known(it, asked->server)) {
		user_blame(found, files, config);
		user_add(found, "%s names the call manager %s, port %u: %s. The topology has ", config->file,
			 asked->server, asked->port, asked->answered);
		add_cluster(it, found);
		user_add(found, ".");
		return true;
	}
	if (asked->port == 5060 || why_user_at(it, asked->server))
		return false;
	user_blame(found, files, config);
	user_add(found,
		 "%s names port %u of the call manager %s: %s. The call managers of the lab listen at 5060.",
		 config->file, asked->port, asked->server, asked->answered);
	return true;
}

bool user_of_connection(const struct why_case *it, struct why_user *found)
{
	const struct why_exchange *asked = why_exchange_last(it->exchanges, LADDER_CM_CONNECT, false);
	const json_t *server = asked ? why_user_at(it, asked->server) : NULL;

	if (!asked)
		return false;
	if (names_another(it, found, asked))
		return true;
	if (*asked->server && user_of_lease(it, found, asked))
		return true;
	return server && !user_port_is_shut(it, server) && user_about(it, found, server, asked);
}

/* What the configuration of the user contributed to a rejected REGISTER. */
static void add_origin(const struct why_case *it, struct why_user *found, const struct why_exchange *asked)
{
	const struct why_exchange *config;
	const json_t *files = user_files_of(it, &config);
	char name[160], own[120];

	if (!config || !*asked->user)
		return;
	user_numbers(it->phone, own);
	user_add(found, " The number %s is in %s of %s", asked->user, config->file,
		 files ? why_user_text(files, name) : config->server);
	if (*own && !user_has_number(it->phone, asked->user))
		user_add(found, "; the topology gives this phone %s", own);
	user_add(found, ".");
}

/* The name of a call manager, its address if it has none. */
static const char *manager_at(const struct why_case *it, const char *address)
{
	const json_t *node;
	size_t i;

	json_array_foreach (json_object_get(it->status, "cluster"), i, node)
		if (!strcmp(json_text(node, "address"), address))
			return json_text(node, "name");
	return address;
}

/* A call manager of the lab has rejected what the file of the user says. */
static bool rejected_by_lab(const struct why_case *it, struct why_user *found,
			    const struct why_exchange *asked)
{
	const struct why_exchange *config;
	const json_t *files = user_files_of(it, &config);

	if (!files || asked->status < 400 || asked->status >= 500)
		return false;
	user_blame(found, files, config);
	if (!user_add_number(it, found, asked->user))
		return false;
	user_add(found, " %s answered %s with %s.", manager_at(it, asked->server), asked->asked,
		 asked->answered);
	return true;
}

bool user_of_register(const struct why_case *it, struct why_user *found)
{
	const struct why_exchange *asked = why_exchange_last(it->exchanges, LADDER_REGISTER, false), *config;
	const json_t *server = asked ? why_user_at(it, asked->server) : NULL,
		     *files = user_files_of(it, &config);

	if (!asked && files && !strcmp(json_text(it->rung, "state"), "failed")) {
		user_blame(found, files, config);
		user_add(found, "%s: %s.", config->file, json_text(it->rung, "detail"));
		return true;
	}
	if (!asked)
		return false;
	if (!server)
		return rejected_by_lab(it, found, asked);
	user_about(it, found, server, asked);
	if (asked->status == 403 || asked->status == 404)
		add_origin(it, found, asked);
	if (asked->status == 401 || asked->status == 407)
		user_add(
		    found,
		    " The user name and the password are <authName> and <authPassword> of the last line in "
		    "the phone's configuration.");
	return true;
}

/* --- the witness --- */

static void add_listed(struct why_user *found, const json_t *registered)
{
	size_t n = json_array_size(registered);

	user_add(found, "its `registered` command lists ");
	for (size_t i = 0; i < n && i < 6; i++)
		user_add(found, "%s%.40s", i ? ", " : "", json_string_value(json_array_get(registered, i)));
	user_add(found, "%s%s", n ? "" : "nothing", n > 6 ? ", .." : "");
}

bool user_of_witness(const struct why_case *it, struct why_user *found)
{
	const char *manager = json_text(it->phone, "registered_with");
	const json_t *server = why_user_named(it, manager);
	const json_t *node = status_read_named(it->status, "cluster", manager);
	const struct why_exchange *asked = why_exchange_last(it->exchanges, LADDER_REGISTER, true);
	const char *number = json_text(it->phone, "directory_number");

	if (!server || strcmp(json_text(it->phone, "state"), "claims-registered"))
		return false;
	user_blame(found, server, asked);
	if (*json_text(node, "error")) {
		user_add(found, "nobody knows whether the phone is registered: %s. ",
			 json_text(node, "error"));
	} else {
		add_listed(found, json_object_get(node, "registered"));
		user_add(found, ", neither %s nor %s. ", number, it->name);
	}
	if (asked)
		user_add(found, "The phone reports: %s answered %s.", asked->asked, asked->answered);
	else
		user_add(found, "The phone reports that it is registered as %s.", number);
	return true;
}

bool user_of_partly(const struct why_case *it, struct why_user *found)
{
	const json_t *server = why_user_named(it, json_text(it->phone, "registered_with"));

	if (!server || !status_read_partly(it->phone))
		return false;
	user_blame(found, server, why_exchange_last(it->exchanges, LADDER_REGISTER, true));
	user_add(
	    found,
	    "it has bound only the primary line: the phone asks for all lines in the body of one REGISTER, "
	    "and needs a remotecc response with <code>200</code> for the others.");
	return true;
}

bool user_of_failover(const struct why_case *it, struct why_user *found)
{
	const json_t *first = json_array_get(json_object_get(it->status, "cluster"), 0);
	const json_t *server = why_user_named(it, json_text(first, "name"));
	const struct why_exchange *asked = NULL;

	if (!server || !strcmp(json_text(it->phone, "registered_with"), json_text(first, "name")))
		return false;
	for (size_t i = 0; i < it->exchanges->n; i++)
		if (it->exchanges->item[i].kind != WHY_ANSWER_GOOD &&
		    !strcmp(it->exchanges->item[i].server, json_text(server, "address")))
			asked = &it->exchanges->item[i];
	if (!asked)
		return false;
	user_about(it, found, server, asked);
	user_add(found, " The phone has gone to %s.", json_text(it->phone, "registered_with"));
	return true;
}
