/* Valid topologies: the values that are settled if the file omits them, and scaling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cucm/model.h"
#include "phone-sim/core/models.h"
#include "phonelab/topology/topology.h"
#include "base/ipv4.h"

static struct topology *read_or_fail(const char *path, size_t phones)
{
	struct complaints complaints = {0};
	struct topology *topology = topology_read(path, phones, &complaints);

	if (!topology) {
		char *text = complaints_text(&complaints);

		print_error("%s", text);
		free(text);
		fail();
	}
	return topology;
}

/* A topology out of text, by way of a file. */
static struct topology *read_text(const char *text, size_t phones)
{
	char path[] = "/tmp/topology-test-XXXXXX";
	int fd = mkstemp(path);
	struct topology *topology;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	topology = read_or_fail(path, phones);
	unlink(path);
	return topology;
}

static const char *address(uint32_t a)
{
	static char text[16];

	return ipv4_format(a, text);
}

static void minimal_is_settled(void **state)
{
	struct topology *t = read_or_fail("topologies/minimal.yaml", 0);

	(void)state;
	assert_string_equal(t->name, "minimal");
	assert_int_equal(t->phone_count, 2);
	assert_string_equal(t->phones[0].name, "SEP001122AABB01");
	assert_string_equal(t->phones[1].name, "SEP001122AABB02");
	assert_string_equal(t->phones[0].lines[0], "1001");
	assert_string_equal(t->phones[1].lines[0], "1002");
	assert_int_equal(t->phones[1].port.number, 2);
	assert_int_equal(t->phones[0].net->id, 110);
	assert_string_equal(address(t->servers.items[0].plug.address), "10.110.0.2");
	assert_string_equal(address(t->servers.items[1].plug.address), "10.110.0.3");
	assert_string_equal(address(t->cluster.nodes.items[0].plug.address), "10.110.0.4");
	assert_string_equal(address(t->servers.items[0].pool.first), "10.110.0.50");
	assert_string_equal(address(t->servers.items[0].pool.last), "10.110.0.254");
	assert_int_equal(t->servers.items[0].plug.port.number, 48);
	assert_int_equal(t->cluster.nodes.items[0].role, TOPOLOGY_PUBLISHER);
	/* Option 150 is every TFTP server, and DNS is the server itself. */
	assert_int_equal(t->servers.items[0].options.tftp_servers.n, 1);
	assert_string_equal(address(t->servers.items[0].options.tftp_servers.items[0]), "10.110.0.3");
	assert_string_equal(address(t->servers.items[0].options.dns.items[0]), "10.110.0.2");
	assert_int_equal(t->switches.items[0].poe_budget, 740000);
	topology_free(t);
}

static void office_is_as_it_says(void **state)
{
	struct topology *t = read_or_fail("topologies/office.yaml", 0);
	const struct topology_server *dhcp = &t->servers.items[1];

	(void)state;
	assert_int_equal(t->phone_count, 8);
	assert_int_equal(t->switches.items[0].poe_budget, 370000);
	assert_string_equal(address(topology_vlan_find(t, 110)->gateway), "10.110.0.1");
	assert_string_equal(address(topology_vlan_find(t, 20)->gateway), "10.20.0.1");
	assert_int_equal(dhcp->lease, 3600);
	assert_int_equal(dhcp->options.others.n, 1);
	assert_int_equal(dhcp->options.others.items[0].code, 42);
	assert_int_equal(t->phones[4].port.number, 5);
	assert_int_equal(t->phones[4].line_count, 2);
	assert_string_equal(t->phones[7].lines[0], "2008");
	/* A port that a row names is not given to another phone. */
	for (size_t i = 0; i < t->phone_count; i++)
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(t->phones[i].port.number, t->phones[j].port.number);
	topology_free(t);
}

static void trust_follows_the_dhcp_server(void **state)
{
	struct topology *t = read_or_fail("topologies/two-switches.yaml", 0);
	const struct topology_uplink *uplink = &t->switches.items[1].uplinks.items[0];

	(void)state;
	assert_true(uplink->trust_up);
	assert_false(uplink->trust_down);
	assert_int_equal(uplink->to_index, 0);
	assert_int_equal(t->phones[0].switch_index, 1);
	topology_free(t);
}

static void a_phone_that_hears_neither_is_untagged(void **state)
{
	struct topology *t =
	    read_text("vlans:\n  - {id: 10, subnet: 10.10.0.0/24}\n  - {id: 110, subnet: 10.110.0.0/24}\n"
		      "switches:\n  - {name: sw1, access_vlan: 10, voice_vlan: 110}\n"
		      "cluster:\n  nodes: [{name: c, vlan: 10}]\n"
		      "phones:\n  - {cdp: off, lldp: off}\n  - {cdp: off}\n",
		      0);

	(void)state;
	assert_int_equal(t->phones[0].net->id, 10);
	assert_int_equal(t->phones[1].net->id, 110);
	topology_free(t);
}

static void options_66_and_none(void **state)
{
	struct topology *t = read_text(
	    "vlans:\n  - {id: 110, subnet: 10.110.0.0/24}\n"
	    "switches:\n  - {name: sw1, voice_vlan: 110}\n"
	    "servers:\n  - {name: a, kind: dhcp, pool: 10.110.0.50-10.110.0.60, options: {66: tftp.lab}}\n"
	    "  - {name: b, kind: dhcp, pool: 10.110.0.70-10.110.0.80, options: {150: []}}\n"
	    "  - {name: t, kind: tftp}\n"
	    "cluster:\n  nodes: [{name: c}]\n"
	    "phones:\n  - {model: 7841}\n",
	    0);

	(void)state;
	assert_int_equal(t->servers.items[0].options.tftp_servers.n, 0);
	assert_string_equal(t->servers.items[0].options.tftp_name, "tftp.lab");
	assert_int_equal(t->servers.items[1].options.tftp_servers.n, 0);
	topology_free(t);
}

static void derived_lines_keep_clear_of_said_ones(void **state)
{
	struct topology *t =
	    read_text("vlans:\n  - {id: 110, subnet: 10.110.0.0/24}\n"
		      "switches:\n  - {name: sw1, voice_vlan: 110}\n"
		      "cluster:\n  nodes: [{name: c}]\n"
		      "phones:\n  - {count: 2}\n  - {line: 1002}\n  - {mac: \"00:11:22:aa:bb:02\"}\n",
		      0);

	(void)state;
	assert_string_equal(t->phones[0].lines[0], "1001");
	assert_string_equal(t->phones[1].lines[0], "1003");
	assert_string_equal(t->phones[2].lines[0], "1002");
	assert_string_equal(t->phones[0].name, "SEP001122AABB01");
	assert_string_equal(t->phones[1].name, "SEP001122AABB03");
	assert_string_equal(t->phones[3].name, "SEP001122AABB02");
	topology_free(t);
}

/* Every size fits: ports, pool, subnet, power, unique names and lines. */
static void scaled_to(size_t phones)
{
	struct topology *t = read_or_fail("topologies/office.yaml", phones);
	const struct topology_switch *sw = &t->switches.items[0];
	const struct topology_server *dhcp = &t->servers.items[1];
	int64_t power = 0;

	assert_int_equal(t->phone_count, phones);
	assert_true(sw->members * 48 >= (int64_t)phones + 6);
	assert_true(dhcp->pool.last - dhcp->pool.first + 1 >= phones);
	assert_true(topology_prefix_holds(&topology_vlan_find(t, 110)->subnet, dhcp->pool.last));
	for (size_t i = 0; i < phones; i++) {
		power += topology_class_mw(t->phones[i].row->model->poe_class);
		assert_int_equal(atoi(t->phones[i].lines[0]), 2001 + (int)i);
	}
	assert_true(power <= sw->poe_budget * sw->members);
	topology_free(t);
}

static void scaling(void **state)
{
	static const size_t sizes[] = {1, 8, 42, 43, 48, 200, 1000, 4000};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		scaled_to(sizes[i]);
}

/* The same models as the simulator's and the call manager's, with the same power class. */
static void models_agree(void **state)
{
	size_t n = 0;

	(void)state;
	for (; topology_phone_model_at(n); n++) {
		const struct topology_phone_model *model = topology_phone_model_at(n);
		const struct phone_model *phone = phone_model_find(model->name);
		const struct cucm_model *cucm = cucm_model_find(model->name);

		assert_non_null(phone);
		assert_non_null(cucm);
		assert_int_equal(model->poe_class, phone->poe_class);
		assert_memory_equal(model->load, cucm->family, strlen(cucm->family));
		assert_memory_equal(model->old_load, cucm->family, strlen(cucm->family));
		assert_string_not_equal(model->load, model->old_load);
	}
	assert_true(n >= 10);
	assert_null(topology_phone_model_find("9999"));
	assert_null(topology_switch_model_find("C9999"));
}

static void ports_are_merged_in_order(void **state)
{
	struct topology *t = read_text("vlans:\n  - {id: 10, subnet: 10.10.0.0/24}\n  - {id: 20, name: X}\n"
				       "switches:\n  - name: sw1\n    access_vlan: 10\n    ports:\n"
				       "      - {port: Gi1/0/1-8, access_vlan: 20, cdp: off}\n"
				       "      - {port: Gi1/0/4, cdp: on, poe_max: 7W, description: four}\n"
				       "cluster:\n  nodes: [{name: c}]\nphones:\n  - {port: Gi1/0/30}\n",
				       0);
	struct key_port port = {.member = 1, .number = 4, .last = 4};
	struct topology_port_setting merged = topology_port_merged(&t->switches.items[0], &port);

	(void)state;
	assert_int_equal(merged.access_vlan, 20);
	assert_int_equal(merged.cdp, 1);
	assert_int_equal(merged.poe_max, 7000);
	assert_string_equal(merged.description, "four");
	port.number = 9;
	merged = topology_port_merged(&t->switches.items[0], &port);
	assert_int_equal(merged.access_vlan, 10);
	topology_free(t);
}

static void an_external_node_is_beyond_an_interface(void **state)
{
	static const char text[] = "vlans: [{id: 110, name: VOICE, subnet: 10.110.0.0/24}]\n"
				   "switches: [{name: sw1, ports: [{port: Gi1/0/40, nic: enp3s0}]}]\n"
				   "servers: [{name: files, kind: tftp, external: on, port: Gi1/0/40}]\n"
				   "cluster: {nodes: [{name: cucm}]}\n"
				   "phones: [{model: 7841}]\n";
	struct topology *t = read_text(text, 0);

	(void)state;
	assert_int_equal(t->servers.items[0].plug.port.number, 40);
	assert_string_equal(topology_port_merged(&t->switches.items[0], &t->servers.items[0].plug.port).nic,
			    "enp3s0");
	assert_int_equal(t->cluster.nodes.items[0].plug.port.number, 48);
	topology_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(minimal_is_settled),
	    cmocka_unit_test(office_is_as_it_says),
	    cmocka_unit_test(trust_follows_the_dhcp_server),
	    cmocka_unit_test(a_phone_that_hears_neither_is_untagged),
	    cmocka_unit_test(options_66_and_none),
	    cmocka_unit_test(derived_lines_keep_clear_of_said_ones),
	    cmocka_unit_test(scaling),
	    cmocka_unit_test(models_agree),
	    cmocka_unit_test(an_external_node_is_beyond_an_interface),
	    cmocka_unit_test(ports_are_merged_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
