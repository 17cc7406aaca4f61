/* The configurations of the services that phones trust: TVS of every node, CAPF of the publisher. */
#include "cucm/config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "cucm/authority.h"
#include "wire/capf.h"
#include "wire/trustlist.h"
#include "wire/tvs.h"

#define CONNECTIONS_LEAST 64

static json_t *path(const struct cucm_plan *plan, const char *name, const char *ending)
{
	return json_sprintf("%s/keys/%s%s", cucm_plan_prefix(plan), name, ending);
}

/* A phone has one connection at a time; two more per phone for those that were lost. */
static json_t *connections(const struct cucm_plan *plan)
{
	size_t count = 3 * cucm_plan_phones(plan);

	return json_integer((json_int_t)(count > CONNECTIONS_LEAST ? count : CONNECTIONS_LEAST));
}

static void put(struct text *text, json_t *object)
{
	char *bytes = json_dumps(object, JSON_INDENT(2));

	if (bytes)
		text_add(text, "%s\n", bytes);
	else
		text->failed = true;
	free(bytes);
	json_decref(object);
}

/* --- TVS --- */

static void add(const struct cucm_plan *plan, json_t *list, const char *name, enum trustlist_role role)
{
	json_array_append_new(list,
			      json_pack("{s:o,s:[i]}", "file", path(plan, name, ".crt"), "roles", (int)role));
}

static void add_of(const struct cucm_plan *plan, json_t *list, const char *host, const char *purpose,
		   enum trustlist_role role)
{
	char name[CUCM_PAIR_NAME];

	snprintf(name, sizeof(name), "%.60s/%.30s", host, purpose);
	add(plan, list, name, role);
}

/* All certificates of the cluster; as in its trust lists, the publisher's CallManager certificate signs files. */
static json_t *certificates(const struct cucm_plan *plan)
{
	const struct cucm_node *publisher = cucm_plan_publisher(plan);
	char signer[CUCM_PAIR_NAME];
	json_t *list = json_array();

	add(plan, list, cucm_authority_signer(plan, signer), TRUSTLIST_SAST);
	add(plan, list, "itlrecovery", TRUSTLIST_SAST);
	for (size_t i = 0; i < plan->node_count; i++) {
		const char *host = plan->nodes[i].name;

		if (plan->nodes[i].foreign)
			continue;
		add_of(plan, list, host, "callmanager",
		       &plan->nodes[i] == publisher ? TRUSTLIST_CCM_TFTP : TRUSTLIST_CCM);
		add_of(plan, list, host, "callmanager-ec", TRUSTLIST_CCM);
		add_of(plan, list, host, "tvs", TRUSTLIST_TVS);
	}
	for (size_t i = 0; i < plan->tftp_server_count; i++) {
		add_of(plan, list, plan->tftp_servers[i].name, "tftp", TRUSTLIST_TFTP);
		add_of(plan, list, plan->tftp_servers[i].name, "tftp-ec", TRUSTLIST_TFTP);
	}
	add(plan, list, "capf", TRUSTLIST_CAPF);
	json_array_append_new(
	    list, json_pack("{s:o,s:[i]}", "file",
			    json_sprintf("%s/cucm/%s/tomcat.pem", cucm_plan_prefix(plan), publisher->name),
			    "roles", TRUSTLIST_APP_SERVER));
	return list;
}

void config_tvs(const struct cucm_plan *plan, const struct cucm_node *node, struct text *text)
{
	char name[CUCM_PAIR_NAME];

	snprintf(name, sizeof(name), "%.60s/tvs", node->name);
	put(text, json_pack("{s:s,s:i,s:o,s:o,s:o,s:o,s:o}", "node", node->name, "port", TVS_PORT,
			    "connections", connections(plan), "certificate", path(plan, name, ".crt"), "key",
			    path(plan, name, ".key"), "folder", path(plan, "foreign", ""), "certificates",
			    certificates(plan)));
}

/* --- CAPF --- */

void config_capf(const struct cucm_plan *plan, const struct cucm_node *publisher, struct text *text)
{
	put(text, json_pack("{s:s,s:s,s:i,s:o,s:o,s:o,s:o,s:[o,o],s:i}", "directory", cucm_plan_prefix(plan),
			    "node", publisher->name, "port", CAPF_PORT, "connections", connections(plan),
			    "certificate", path(plan, "capf", ".crt"), "key", path(plan, "capf", ".key"),
			    "former", path(plan, "capf-trust", ".pem"), "makers",
			    path(plan, "mic-ca", ".crt"), path(plan, "mic-root", ".crt"), "days",
			    plan->subject.days ? (int)plan->subject.days : 1825));
}
