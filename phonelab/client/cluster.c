#include "phonelab/client/cluster.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cucm/cucm.h"
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

int cluster_open(struct cluster *cluster, const struct lab *lab, struct fail *fail)
{
	int err;

	*cluster = (struct cluster){.lab = lab};
	client_path(lab, "", cluster->directory, sizeof(cluster->directory));
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
static int restart(const struct cluster *cluster, const char *program, struct fail *fail)
{
	json_t *reply =
	    client_call(cluster->lab, "lab.sock",
			json_pack("{s:s,s:s,s:s}", "do", "program", "name", program, "action", "restart"),
			RESTART_MS, NULL, fail);

	json_decref(reply);
	return reply ? 0 : fail_prefix(fail, -EIO, "%s", program);
}

int cluster_restart_tftp(struct cluster *cluster, struct fail *fail)
{
	const struct cucm_plan *plan = &cluster->intended.plan;
	int err = 0;

	if (cucm_sign_again(plan, cluster->directory, fail))
		return -EIO;
	release(cluster);
	for (size_t i = 0; i < plan->tftp_server_count && !err; i++) {
		const struct cucm_tftp_server *server = &plan->tftp_servers[i];
		char http[80];

		snprintf(http, sizeof(http), "%.60s-http", server->name);
		if (!server->no_tftp)
			err = restart(cluster, server->name, fail);
		if (!server->no_http && !err)
			err = restart(cluster, http, fail);
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
	reply =
	    client_call(cluster->lab, "lab.sock",
			json_pack("{s:s,s:s,s:b}", "do", "device", "action", "mixed-mode", "mixed", mixed),
			MODE_MS, NULL, fail);
	json_decref(reply);
	return reply ? 0 : fail->err;
}
