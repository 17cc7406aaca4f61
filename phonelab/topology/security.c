/* The secure cluster: its release, and what its phones need. */
#include <errno.h>
#include <string.h>

#include "phonelab/topology/settle.h"

bool topology_has_certificates(const struct topology *topology)
{
	return topology->cluster.release != KEY_UNSET;
}

/* The certificates are of the lab's own servers, and the files that they sign are the lab's. */
static void check_cluster(const struct topology *topology, size_t number)
{
	const struct topology_cluster *cluster = &topology->cluster;
	const char *path = topology_cluster_is_mixed(topology, number)
			       ? (number ? "clusters.security" : "cluster.security")
			       : (number ? "clusters.release" : "cluster.release");

	if (cluster->devices == TOPOLOGY_DEVICES_EXTERNAL && !number)
		topology_complain(
		    topology, cluster->at, path,
		    "found with `devices: external`, expected only where the lab writes the files "
		    "of the phones");
	for (size_t i = 0; i < cluster->nodes.n; i++) {
		const struct topology_node *node = &cluster->nodes.items[i];

		if (node->cluster == number && node->role == TOPOLOGY_PUBLISHER &&
		    !topology_ours(&node->owner))
			topology_complain(
			    topology, number ? topology->clusters.items[number - 1].at : cluster->at, path,
			    "found with a publisher of yours (%s), expected the lab's own: its "
			    "certificate signs the files",
			    node->name);
	}
}

static void check_capf(const struct topology *topology, const struct topology_phone_row *row)
{
	const struct topology_capf *capf = &row->capf;

	if (capf->authentication == TOPOLOGY_CAPF_STRING && !capf->string)
		topology_complain(topology, capf->at, "phones.capf.string",
				  "found nothing, expected the digits that the user enters at the phone "
				  "(`authentication: string`)");
	if (capf->authentication != TOPOLOGY_CAPF_STRING && capf->string)
		topology_complain(topology, capf->at, "phones.capf.string",
				  "found a string, expected it only with `authentication: string`");
	if (capf->authentication == TOPOLOGY_CAPF_EXISTING_LSC && row->lsc != TOPOLOGY_LSC_INSTALLED)
		topology_complain(
		    topology, capf->at, "phones.capf.authentication",
		    "found existing-lsc on a phone without LSC, expected `lsc: installed` beside "
		    "it, or existing-mic");
}

bool topology_capf_is_ec(int key)
{
	return key >= TOPOLOGY_CAPF_EC_256;
}

/* Phones read EC keys in lists of version 1.1 only; and how a file is encrypted for an EC key is not public. */
static void check_capf_key(const struct topology *topology, const struct topology_phone_row *row)
{
	if (!topology_capf_is_ec(row->capf.key))
		return;
	if ((row->cluster ? topology->clusters.items[row->cluster - 1].release : topology->cluster.release) ==
	    TOPOLOGY_RELEASE_11_5)
		topology_complain(topology, row->capf.at, "phones.capf.key",
				  "found an EC key in a cluster of release 11.5, expected an RSA key");
	if (row->encrypted_config == 1)
		topology_complain(topology, row->capf.at, "phones.capf.key",
				  "found an EC key and `encrypted_config: on`, expected an RSA key");
}

static void check_row(const struct topology *topology, const struct topology_phone_row *row)
{
	static const char *const keys[] = {"encrypted_config", "capf", "lsc"};
	bool certificates = topology_cluster_has_certificates(topology, row->cluster);

	if (row->security != TOPOLOGY_PHONE_NON_SECURE && !topology_cluster_is_mixed(topology, row->cluster))
		topology_complain(
		    topology, row->at, "phones.security",
		    "found a secure phone in a non-secure cluster, expected `security: mixed` in `%s`",
		    row->cluster ? "clusters" : "cluster");
	if (row->security != TOPOLOGY_PHONE_NON_SECURE && row->transport == TOPOLOGY_UDP)
		topology_complain(
		    topology, row->at, "phones.transport",
		    "found udp on a secure phone, expected no `transport`: its transport is TLS");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && !certificates; i++) {
		char path[40];

		snprintf(path, sizeof(path), "phones.%s", keys[i]);
		if (yaml_tree_get(row->at, keys[i]))
			topology_complain(
			    topology, row->at, path,
			    "found in a cluster without certificates, expected `security: mixed` or "
			    "`release` in `%s`",
			    row->cluster ? "clusters" : "cluster");
	}
	if (certificates && row->capf.at) {
		check_capf(topology, row);
		check_capf_key(topology, row);
	}
}

static void settle_release(int security, int *release)
{
	if (security == TOPOLOGY_MIXED && *release == KEY_UNSET)
		*release = TOPOLOGY_RELEASE_14;
}

void topology_settle_security(struct topology *topology)
{
	struct topology_cluster *cluster = &topology->cluster;

	settle_release(cluster->security, &cluster->release);
	for (size_t i = 0; i < topology->clusters.n; i++)
		settle_release(topology->clusters.items[i].security, &topology->clusters.items[i].release);
	for (size_t i = 0; i < topology_cluster_count(topology); i++) {
		const struct topology_other_cluster *other = i ? &topology->clusters.items[i - 1] : NULL;

		if (topology_cluster_has_certificates(topology, i))
			check_cluster(topology, i);
		else if (other ? other->certificates.at : cluster->certificates.at)
			topology_complain(topology, other ? other->at : cluster->at,
					  other ? "clusters.certificates" : "cluster.certificates",
					  "found in a cluster without certificates, expected `security: "
					  "mixed` or `release` beside it");
	}
	for (size_t i = 0; i < topology->rows.n; i++)
		check_row(topology, &topology->rows.items[i]);
}

int topology_check_closet_security(const struct topology *topology, struct fail *fail)
{
	for (size_t i = 0; i < topology->phone_count; i++) {
		const struct topology_phone_row *row = topology->phones[i].row;
		const char *closet = topology_closet_of_phone(topology, &topology->phones[i]);

		if (!closet || !strcmp(closet, TOPOLOGY_CORE))
			continue;
		if (row->security > TOPOLOGY_PHONE_NON_SECURE || row->encrypted_config == 1 ||
		    row->lsc == TOPOLOGY_LSC_INSTALLED || row->capf.operation > TOPOLOGY_CAPF_NONE)
			return fail_set(
			    fail, -EINVAL,
			    "phone %s of closet \"%s\" needs a certificate, and the keys of the lab are "
			    "in core only; plug it into a switch of core, or run all closets as one "
			    "lab",
			    topology->phones[i].name, closet);
	}
	return 0;
}
