/* A topology with several clusters: what each of them has, and which phone belongs to which. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "phonelab/lab/clusters.h"
#include "phonelab/lab/plan.h"
#include "phonelab/topology/topology.h"

#define OLD_PHONE "SEP001122AABB01"
#define NEW_PHONE "SEP001122AABB04"
#define OLD_TFTP  0x0a140003u
#define NEW_TFTP  0x0a140004u

static struct topology *topology; /* read again for each test */

static int begin(void **state)
{
	struct complaints complaints = {0};

	(void)state;
	topology = topology_read("topologies/two-clusters.yaml", 0, &complaints);
	return topology ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	topology_free(topology);
	return 0;
}

static void all_nodes_are_of_one_lab(void **state)
{
	(void)state;
	assert_int_equal(topology_cluster_count(topology), 2);
	assert_int_equal(topology->cluster.nodes.n, 3);
	assert_int_equal(topology->cluster.nodes.items[0].cluster, 0);
	assert_int_equal(topology->cluster.nodes.items[1].cluster, 1);
	assert_int_equal(topology->cluster.nodes.items[1].role, TOPOLOGY_PUBLISHER);
	assert_int_equal(topology->cluster.nodes.items[2].role, TOPOLOGY_SUBSCRIBER);
	assert_int_equal(topology_cluster_find(topology, "new"), 1);
	assert_int_equal(topology_cluster_find(topology, "other"), 2);
}

/* The first cluster has its own devices, and the DHCP server of all. */
static void first_cluster(void **state)
{
	struct cucm_plan plan = plan_cucm(topology);
	const struct cucm_dhcp_server *dhcp = plan.dhcp_servers;

	(void)state;
	assert_string_equal(plan.prefix, "/run/phonelab");
	assert_string_equal(plan.cluster, "old");
	assert_int_equal(plan.release, CUCM_RELEASE_11_5);
	assert_int_equal(plan.node_count, 1);
	assert_int_equal(plan.device_count, 3);
	assert_int_equal(plan.tftp_server_count, 1);
	assert_int_equal(plan.dhcp_server_count, 1);
	assert_int_equal(dhcp->pools[0].tftp_server_count, 1);
	assert_int_equal(dhcp->pools[0].tftp_servers[0], OLD_TFTP);
	assert_int_equal(dhcp->group_count, 1);
	assert_string_equal(dhcp->groups[0].tag, "cluster-new");
	assert_int_equal(dhcp->groups[0].mac_count, 1);
	assert_int_equal(dhcp->groups[0].macs[0].octet[5], 4);
	assert_int_equal(dhcp->groups[0].tftp_server_count, 1);
	assert_int_equal(dhcp->groups[0].tftp_servers[0], NEW_TFTP);
	assert_int_equal(plan.dns_name_count, 3);
}

static void other_cluster(void **state)
{
	struct cucm_plan first = plan_cucm(topology), plan;

	(void)state;
	topology_keep_cluster(topology, 1);
	plan = plan_cucm(topology);
	assert_string_equal(plan.prefix, "/run/phonelab/clusters/new");
	assert_string_equal(plan.cluster, "new");
	assert_int_equal(plan.release, CUCM_RELEASE_14);
	assert_int_equal(plan.node_count, 2);
	assert_string_equal(plan.nodes[0].name, "new-pub");
	assert_int_equal(plan.device_count, 1);
	assert_int_equal(plan.tftp_server_count, 1);
	assert_string_equal(plan.tftp_servers[0].name, "new-tftp");
	assert_int_equal(plan.dhcp_server_count, 0);
	/* Two authorities. */
	assert_true(plan.seed != first.seed);
	assert_true(topology_has_certificates(topology));
}

/* What is rendered from the stored topology of the first cluster is the same as from the whole. */
static void kept_first_cluster(void **state)
{
	struct cucm_plan plan;

	(void)state;
	topology_keep_cluster(topology, 0);
	assert_int_equal(topology->cluster.nodes.n, 1);
	assert_int_equal(topology->away_nodes, 2);
	assert_int_equal(topology->away_servers, 1);
	plan = plan_cucm(topology);
	assert_int_equal(plan.dns_name_count, 3);
	assert_int_equal(plan.dhcp_servers[0].group_count, 1);
	assert_int_equal(plan.dhcp_servers[0].groups[0].tftp_servers[0], NEW_TFTP);
}

static void moved_phones(void **state)
{
	json_t *moved = json_pack("{s:s,s:s}", OLD_PHONE, "new", NEW_PHONE, "old");
	struct cucm_plan plan = plan_cucm(topology);
	const struct cucm_dhcp_group *group;

	(void)state;
	assert_int_equal(clusters_of_phone(topology, NULL, OLD_PHONE), 0);
	assert_int_equal(clusters_of_phone(topology, NULL, NEW_PHONE), 1);
	assert_int_equal(clusters_of_phone(topology, moved, OLD_PHONE), 1);
	assert_int_equal(clusters_of_phone(topology, moved, NEW_PHONE), 0);
	/* A phone that the topology lacks. */
	assert_int_equal(clusters_of_phone(topology, moved, "SEP001122AABBFF"), 0);
	clusters_set_groups(topology, &topology->arena, &plan, moved);
	group = plan.dhcp_servers[0].groups;
	assert_int_equal(group->mac_count, 1);
	assert_int_equal(group->macs[0].octet[5], 1);
	json_decref(moved);
}

/* The certificates of a phone are where its cluster has made them. */
static void certificates_of_phones(void **state)
{
	json_t *rack = plan_rack(topology), *phones = json_object_get(rack, "phones");

	(void)state;
	assert_string_equal(json_string_value(json_object_get(json_array_get(phones, 0), "mic")),
			    "/run/phonelab/keys/phones/" OLD_PHONE ".mic.pem");
	assert_string_equal(json_string_value(json_object_get(json_array_get(phones, 3), "mic")),
			    "/run/phonelab/clusters/new/keys/phones/" NEW_PHONE ".mic.pem");
	json_decref(rack);
}

static void only_in_native_labs(void **state)
{
	struct fail fail = {0};

	(void)state;
	assert_int_equal(topology_check_one_cluster(topology, &fail), -EINVAL);
	assert_non_null(strstr(fail.text, "several clusters"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(all_nodes_are_of_one_lab, begin, end),
	    cmocka_unit_test_setup_teardown(first_cluster, begin, end),
	    cmocka_unit_test_setup_teardown(other_cluster, begin, end),
	    cmocka_unit_test_setup_teardown(kept_first_cluster, begin, end),
	    cmocka_unit_test_setup_teardown(moved_phones, begin, end),
	    cmocka_unit_test_setup_teardown(certificates_of_phones, begin, end),
	    cmocka_unit_test_setup_teardown(only_in_native_labs, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
