#include "phonelab/client/cluster.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json_text.h"
#include "cucm/cucm.h"
#include "phonelab/lab/clusters.h"
#include "phonelab/lab/lab_file.h"
#include "phonelab/lab/provision.h"

#define RESTART_MS 20000
#define MODE_MS	   60000 /* a CTL is written for each phone */

/* Nothing of the lab's files is read or written from here on. */
static void release(struct cluster *cluster)
{
	if (cluster->lock >= 0)
		close(cluster->lock);
	cluster->lock = -1;
}

/* The run directory of the cluster with that name; NULL: of the first. */
static int find_directory(struct cluster *cluster, const char *name, struct fail *fail)
{
	char run[280], folder[CLUSTERS_FOLDER];
	struct topology *topology;
	size_t i;

	client_path(cluster->lab, "", run, sizeof(run));
	snprintf(cluster->directory, sizeof(cluster->directory), "%s", run);
	if (!name)
		return 0;
	topology = lab_file_whole(run, fail);
	if (!topology)
		return fail->err == -EINVAL ? -EIO : fail->err;
	i = topology_cluster_find(topology, name);
	if (i == topology_cluster_count(topology))
		fail_set(fail, -EINVAL, "unknown cluster \"%.60s\"; lab %s has %s%s%s", name,
			 cluster->lab->name, topology_cluster_name(topology, 0), i > 1 ? ", " : "",
			 i > 1 ? topology_cluster_name(topology, 1) : "");
	else
		snprintf(cluster->directory, sizeof(cluster->directory), "%s%s%s", run,
			 run[strlen(run) - 1] == '/' ? "" : "/", clusters_folder(topology, i, folder));
	topology_free(topology);
	return fail->err;
}

int cluster_open(struct cluster *cluster, const struct lab *lab, const char *name, struct fail *fail)
{
	int err;

	*cluster = (struct cluster){.lab = lab, .lock = -1};
	err = find_directory(cluster, name, fail);
	if (err)
		return err;
	cluster->lock = provision_lock(cluster->directory, fail);
	if (cluster->lock < 0)
		return cluster->lock;
	err = intended_read(&cluster->intended, cluster->directory, fail);
	if (err)
		/* A file of the lab, and no fault of the caller. */
		return err == -EINVAL ? -EIO : err;
	if (!cucm_plan_certificates(&cluster->intended.plan))
		return fail_set(fail, -EINVAL,
				"lab %s has no certificates; set `security: mixed` or `release` in `cluster` "
				"of its topology",
				lab->name);
	return 0;
}

void cluster_close(struct cluster *cluster)
{
	release(cluster);
	intended_free(&cluster->intended);
}

bool cluster_certificate_is_of_node(const char *name)
{
	return !strcmp(name, "callmanager") || !strcmp(name, "tvs");
}

static const struct cucm_node *node_named(const struct cucm_plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->node_count; i++)
		if (!plan->nodes[i].foreign && !strcmp(plan->nodes[i].name, name))
			return &plan->nodes[i];
	return NULL;
}

int cluster_renew(struct cluster *cluster, const char *certificate, const char *node, bool expired,
		  char pair[CUCM_PAIR_NAME], struct fail *fail)
{
	const struct cucm_plan *plan = &cluster->intended.plan;
	const struct cucm_node *of = node ? node_named(plan, node) : cucm_plan_publisher(plan);

	if (!of)
		return fail_set(fail, -EINVAL, "unknown call manager \"%s\"", node ? node : "publisher");
	if (cluster_certificate_is_of_node(certificate))
		snprintf(pair, CUCM_PAIR_NAME, "%.60s/%s", of->name, certificate);
	else
		snprintf(pair, CUCM_PAIR_NAME, "%s", certificate);
	return cucm_authority_renew(plan, cluster->directory, pair, expired, fail) ? -EIO : 0;
}

/* Restart a program if it is one of the lab. */
static int restart(const struct lab *lab, const char *program, struct fail *fail)
{
	json_t *reply =
	    client_call(lab, "lab.sock",
			json_pack("{s:s,s:s,s:s}", "do", "program", "name", program, "action", "restart"),
			RESTART_MS, NULL, fail);

	json_decref(reply);
	return reply ? 0 : fail_prefix(fail, -EIO, "%s", program);
}

int cluster_restart_tftp(struct cluster *cluster, struct fail *fail)
{
	struct cucm_plan *plan = &cluster->intended.plan;
	int err = 0;

	if (plan->itl_reset && provision_set_itl_reset(cluster->directory, false, fail))
		return -EIO;
	plan->itl_reset = false;
	if (cucm_sign_again(plan, cluster->directory, fail))
		return -EIO;
	release(cluster);
	for (size_t i = 0; i < plan->tftp_server_count && !err; i++) {
		const struct cucm_tftp_server *server = &plan->tftp_servers[i];
		char http[80];

		snprintf(http, sizeof(http), "%.60s-http", server->name);
		if (!server->no_tftp)
			err = restart(cluster->lab, server->name, fail);
		if (!server->no_http && !err)
			err = restart(cluster->lab, http, fail);
	}
	return err;
}

int cluster_update_ctl(struct cluster *cluster, struct fail *fail)
{
	if (!cluster->intended.plan.mixed)
		return fail_set(fail, -EINVAL, "the cluster is not in mixed mode; it has no CTL");
	return cucm_write_ctl(&cluster->intended.plan, cluster->directory, fail) ? -EIO : 0;
}

int cluster_set_mixed(struct cluster *cluster, bool mixed, struct fail *fail)
{
	json_t *reply;

	/* The lab does it: the mode is in the databases of its call managers too. */
	release(cluster);
	reply = client_call(cluster->lab, "lab.sock",
			    json_pack("{s:s,s:s,s:b,s:s}", "do", "device", "action", "mixed-mode", "mixed",
				      mixed, "cluster", cluster->intended.plan.cluster),
			    MODE_MS, NULL, fail);
	json_decref(reply);
	return reply ? 0 : fail->err;
}

int cluster_set_rollback(struct cluster *cluster, bool rollback, struct fail *fail)
{
	if (cluster->intended.plan.rollback == rollback)
		return fail_set(fail, -EINVAL, "the parameter is %s already", rollback ? "on" : "off");
	return provision_set_rollback(cluster->directory, rollback, fail) ? -EIO : 0;
}

int cluster_reset_itl(struct cluster *cluster, struct fail *fail)
{
	struct cucm_plan *plan = &cluster->intended.plan;

	if (plan->release != CUCM_RELEASE_11_5)
		return fail_set(
		    fail, -EINVAL,
		    "ITLRecovery always signs the ITL of this release; only 11.5 has another signer");
	if (plan->itl == CUCM_ITL_NONE)
		return fail_set(fail, -EINVAL, "the cluster has no ITL");
	plan->itl_reset = true;
	return cucm_write_itl(plan, cluster->directory, fail) ||
		       provision_set_itl_reset(cluster->directory, true, fail)
		   ? -EIO
		   : 0;
}

/* --- several clusters --- */

#define PEM_MOST (1 << 16)

/* The certificates with which a cluster signs: PEM texts, added to text. */
static int export_signers(const struct cluster *cluster, struct text *text, struct fail *fail)
{
	char callmanager[CUCM_PAIR_NAME];
	const char *const pairs[] = {callmanager, "itlrecovery"};
	int err = 0;

	snprintf(callmanager, sizeof(callmanager), "%.60s/callmanager",
		 cucm_plan_publisher(&cluster->intended.plan)->name);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]) && !err; i++) {
		char path[500], *pem = NULL;

		snprintf(path, sizeof(path), "%s/keys/%s.crt", cluster->directory, pairs[i]);
		err = file_read(path, PEM_MOST, &pem, NULL, fail);
		if (!err)
			text_add(text, "%s", pem);
		free(pem);
	}
	return err;
}

/* Cluster `to` trusts what `from` signs. */
static int import_signers(const struct cluster *to, const struct cluster *from, struct fail *fail)
{
	char path[500];
	struct text text = {0};
	int err;

	snprintf(path, sizeof(path), "%s/keys/foreign", to->directory);
	err = file_make_directory(path, fail);
	if (!err)
		err = export_signers(from, &text, fail);
	snprintf(path, sizeof(path), "%s/keys/foreign/%.50s.pem", to->directory, from->intended.plan.cluster);
	if (!err)
		err = file_write_text(path, &text, fail);
	text_free(&text);
	return err ? -EIO : 0;
}

/* The names of the clusters; the caller frees the topology. NULL with the reason. */
static struct topology *read_clusters(const struct lab *lab, struct fail *fail)
{
	struct topology *topology;
	char run[280];

	client_path(lab, "", run, sizeof(run));
	topology = lab_file_whole(run, fail);
	if (!topology || topology->clusters.n)
		return topology;
	topology_free(topology);
	fail_set(fail, -EINVAL, "lab %s has one cluster; its topology needs `clusters`", lab->name);
	return NULL;
}

int cluster_consolidate(const struct lab *lab, struct fail *fail)
{
	struct topology *topology = read_clusters(lab, fail);
	size_t count = topology ? topology_cluster_count(topology) : 0, opened = 0;
	struct cluster *clusters = calloc(count + 1, sizeof(*clusters));
	int err = topology && clusters ? 0 : fail->err == -EINVAL ? -EINVAL : -EIO;

	while (opened < count && !err) {
		err = cluster_open(&clusters[opened], lab, topology_cluster_name(topology, opened), fail);
		opened++;
	}
	for (size_t to = 0; to < count && !err; to++)
		for (size_t from = 0; from < count && !err; from++)
			if (from != to)
				err = import_signers(&clusters[to], &clusters[from], fail);
	for (size_t i = 0; i < opened; i++)
		cluster_close(&clusters[i]);
	free(clusters);
	topology_free(topology);
	return err;
}

int cluster_move(const struct lab *lab, const char *phone, const char *cluster, json_t **reply,
		 struct fail *fail)
{
	struct fail ignored = {0};
	json_t *program, *reset;
	size_t i;
	int err = 0;

	*reply = client_call(lab, "lab.sock",
			     json_pack("{s:s,s:s,s:s,s:s}", "do", "device", "action", "move", "phone", phone,
				       "cluster", cluster),
			     MODE_MS, NULL, fail);
	if (!*reply)
		return fail->err;
	json_array_foreach (json_object_get(*reply, "dhcp"), i, program)
		if (!err)
			err = restart(lab, json_string_value(program), fail);
	if (err) {
		json_decref(*reply);
		*reply = NULL;
		return err;
	}
	/* A phone of the user is reset by its user. */
	reset = client_call(lab, "phones/rack.sock",
			    json_pack("{s:s,s:s}", "do", "reset", "node", json_text(*reply, "phone")),
			    RESTART_MS, NULL, &ignored);
	json_object_set_new(*reply, "reset", json_boolean(reset != NULL));
	json_decref(reset);
	return 0;
}
