/* From a topology to the files that the simulators and servers read: each reads its own back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "phone-sim/driver/flash.h"
#include "phone-sim/driver/rack_config.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/render.h"
#include "phonelab/topology/topology.h"

static const char *const files[] = {"topologies/office.yaml", "topologies/minimal.yaml",
				    "topologies/two-switches.yaml", "topologies/no-voice-vlan.yaml",
				    "topologies/lldp-only.yaml"};

static struct topology *read_or_fail(const char *path, size_t phones)
{
	struct complaints complaints = {0};
	struct topology *topology = topology_read(path, phones, &complaints);

	if (!topology)
		fail_msg("%s: invalid", path);
	return topology;
}

static json_t *find(json_t *list, const char *key, const char *value)
{
	json_t *object;
	size_t i;

	json_array_foreach (list, i, object)
		if (!strcmp(json_string_value(json_object_get(object, key)), value))
			return object;
	return NULL;
}

static void office_switch(void **state)
{
	struct topology *t = read_or_fail("topologies/office.yaml", 0);
	json_t *sw = plan_switch(t, 0), *ports = json_object_get(sw, "ports"), *port;

	(void)state;
	assert_non_null(sw);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(sw, "poe"), "budget_mw")),
			 370000);
	port = find(ports, "port", "Gi1/0/48");
	assert_non_null(port);
	assert_int_equal(json_integer_value(json_object_get(port, "access_vlan")), 110);
	assert_true(json_is_null(json_object_get(port, "voice_vlan")));
	assert_true(json_is_true(json_object_get(port, "trusted")));
	port = find(ports, "port", "Gi1/0/47");
	assert_int_equal(json_integer_value(json_object_get(port, "access_vlan")), 20);
	assert_true(json_is_false(json_object_get(port, "trusted")));
	/* Ordinary ports are not listed. */
	assert_null(find(ports, "port", "Gi1/0/20"));
	assert_int_equal(
	    json_integer_value(json_object_get(json_object_get(sw, "port_default"), "voice_vlan")), 110);
	json_decref(sw);
	topology_free(t);
}

/* With more than one stack member the switch suppresses ARP requests to other ports. */
static void many_phones_are_not_flooded(void **state)
{
	(void)state;
	for (size_t phones = 48; phones <= 49; phones++) {
		struct topology *t = read_or_fail("topologies/office.yaml", phones);
		json_t *sw = plan_switch(t, 0);

		assert_int_equal(json_is_true(json_object_get(sw, "arp_suppression")), phones > 48);
		json_decref(sw);
		topology_free(t);
	}
}

static void both_ends_of_a_trunk(void **state)
{
	struct topology *t = read_or_fail("topologies/two-switches.yaml", 0);
	json_t *core = plan_switch(t, 0), *access = plan_switch(t, 1);
	json_t *near = find(json_object_get(access, "ports"), "port", "Te1/1/1");
	json_t *far = find(json_object_get(core, "ports"), "port", "Te1/1/1");

	(void)state;
	assert_string_equal(json_string_value(json_object_get(near, "mode")), "trunk");
	assert_string_equal(json_string_value(json_object_get(far, "mode")), "trunk");
	assert_true(json_is_true(json_object_get(near, "trusted")));
	assert_true(json_is_false(json_object_get(far, "trusted")));
	assert_int_equal(json_integer_value(json_object_get(far, "native_vlan")), 10);
	assert_int_equal(json_array_size(json_object_get(access, "uplinks")), 1);
	assert_int_equal(json_array_size(json_object_get(core, "uplinks")), 0);
	json_decref(core);
	json_decref(access);
	topology_free(t);
}

/* The switch that names the peer has its address; the other end learns, and an external switch gets nothing. */
static void both_ends_of_a_trunk_over_udp(void **state)
{
	static const char text[] =
	    "vlans: [{id: 110, name: VOICE, subnet: 10.110.0.0/24}]\n"
	    "switches:\n"
	    "  - {name: core, voice_vlan: 110, udp_port: 4790, uplinks: [{to: yours, over: udp, peer: "
	    "10.0.0.9, "
	    "vni: 7, keepalive: off}]}\n"
	    "  - {name: closet1, voice_vlan: 110, uplinks: [{to: core, over: udp, peer: core.example, vni: "
	    "101}]}\n"
	    "  - {name: yours, external: on}\n"
	    "servers:\n"
	    "  - {name: dhcp, kind: dhcp, address: 10.110.0.2, port: core Gi1/0/48}\n"
	    "  - {name: tftp, kind: tftp, address: 10.110.0.3, port: core Gi1/0/47}\n"
	    "cluster: {nodes: [{name: cucm, address: 10.110.0.11, port: core Gi1/0/46}]}\n"
	    "phones: [{model: 7841, port: closet1 Gi1/0/1, count: 2, lines: from 1001}]\n";
	char path[] = "/tmp/render-test-XXXXXX";
	json_t *core, *access, *external, *own, *peer;
	int fd = mkstemp(path);
	struct topology *t;

	(void)state;
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	t = read_or_fail(path, 0);
	unlink(path);
	core = plan_switch(t, 0);
	access = plan_switch(t, 1);
	external = plan_switch(t, 2);
	own = json_array_get(json_object_get(access, "uplinks"), 0);
	peer = json_array_get(json_object_get(core, "uplinks"), 1);
	assert_int_equal(json_array_size(json_object_get(external, "uplinks")), 0);
	json_decref(external);
	assert_string_equal(json_string_value(json_object_get(own, "over")), "udp");
	assert_string_equal(json_string_value(json_object_get(own, "to")), "core");
	assert_string_equal(json_string_value(json_object_get(own, "peer")), "core.example:4790");
	assert_string_equal(json_string_value(json_object_get(own, "port")), "Te1/1/1");
	assert_int_equal(json_integer_value(json_object_get(own, "vni")), 101);
	assert_true(json_is_true(json_object_get(own, "keepalive")));
	assert_null(json_object_get(own, "panel"));
	assert_int_equal(json_array_size(json_object_get(core, "uplinks")), 2);
	assert_string_equal(json_string_value(json_object_get(peer, "to")), "closet1");
	assert_string_equal(json_string_value(json_object_get(peer, "port")), "Te1/1/2");
	assert_int_equal(json_integer_value(json_object_get(peer, "vni")), 101);
	assert_null(json_object_get(peer, "peer"));
	peer = json_array_get(json_object_get(core, "uplinks"), 0);
	assert_string_equal(json_string_value(json_object_get(peer, "peer")), "10.0.0.9:4789");
	assert_true(json_is_false(json_object_get(peer, "keepalive")));
	assert_int_equal(json_integer_value(json_object_get(core, "udp_port")), 4790);
	assert_null(json_object_get(access, "udp_port"));
	json_decref(core);
	json_decref(access);
	topology_free(t);
}

static void plans_are_sound(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		for (size_t phones = 0; phones <= 1000; phones += 500) {
			struct topology *t = read_or_fail(files[i], phones);
			struct cucm_plan plan = plan_cucm(t);
			struct fail why = {0};

			if (cucm_plan_check(&plan, &why))
				fail_msg("%s: %s", files[i], why.text);
			assert_int_equal(plan.device_count, t->phone_count);
			topology_free(t);
		}
}

static void remove_tree(char *path)
{
	pid_t pid = fork();

	if (!pid) {
		execlp("rm", "rm", "-rf", path, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void rack_reads_its_file(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct topology *t = read_or_fail(files[i], 0);
		struct cucm_plan plan = plan_cucm(t);
		char folder[] = "/tmp/render-test-XXXXXX", path[200];
		struct rack_config config;
		struct fail why = {0};

		assert_non_null(mkdtemp(folder));
		if (render_lab(t, &plan, folder, &why))
			fail_msg("%s: %s", files[i], why.text);
		snprintf(path, sizeof(path), "%s/phones/rack.json", folder);
		if (rack_config_read(path, &config, &why))
			fail_msg("%s: %s", files[i], why.text);
		assert_int_equal(config.phones.count, t->phone_count);
		rack_config_free(&config);
		snprintf(path, sizeof(path), "%s/tftp/root/%s.cnf.xml", folder, t->phones[0].name);
		assert_int_equal(access(path, R_OK), 0);
		remove_tree(folder);
		topology_free(t);
	}
}

static void damaged_flash_is_damaged(void **state)
{
	struct topology *t = read_or_fail("topologies/minimal.yaml", 0);
	struct cucm_plan plan = plan_cucm(t);
	char folder[] = "/tmp/render-test-XXXXXX", root[200];
	struct flash_bank active, inactive;
	struct flash *flash;
	struct fail why = {0};

	(void)state;
	t->rows.items[0].corrupt = TOPOLOGY_BANK_ACTIVE;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(render_lab(t, &plan, folder, &why), 0);
	snprintf(root, sizeof(root), "%s/phones/flash", folder);
	assert_int_equal(flash_open(&flash, root, t->phones[0].name, "x", "y", &why), 0);
	assert_int_equal(flash_check(flash, &active, &inactive, &why), 0);
	assert_false(active.intact);
	assert_true(inactive.intact);
	assert_string_equal(active.load, t->phones[0].row->model->load);
	flash_close(flash);
	remove_tree(folder);
	topology_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(office_switch),
	    cmocka_unit_test(many_phones_are_not_flooded),
	    cmocka_unit_test(both_ends_of_a_trunk),
	    cmocka_unit_test(both_ends_of_a_trunk_over_udp),
	    cmocka_unit_test(plans_are_sound),
	    cmocka_unit_test(rack_reads_its_file),
	    cmocka_unit_test(damaged_flash_is_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
