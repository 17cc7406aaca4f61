/* The model of the lab: what switches print, and the way between switches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "phonelab/why/model.h"
#include "tests/support/walk_model.h"

static void running_config(void **state)
{
	json_t *model = json_object();
	const json_t *port;

	(void)state;
	model_add_running(
	    model, "sw1",
	    "Building configuration...\n\nCurrent configuration:\n!\nhostname sw1\n!\nip dhcp snooping\nno "
	    "cdp "
	    "run\n!\nvlan 110\n name VOICE\n!\nvlan 120\n name OLD\n shutdown\n!\n"
	    "interface GigabitEthernet1/0/1\n switchport access vlan 10\n switchport mode access\n"
	    " switchport voice vlan 110\n power inline never\n no lldp transmit\n shutdown\n!\n"
	    "interface TenGigabitEthernet1/1/1\n switchport trunk native vlan 10\n"
	    " switchport trunk allowed vlan 10,110-112\n switchport mode trunk\n"
	    " ip dhcp snooping trust\n!\nend\n");
	assert_true(model_is(model_switch(model, "sw1"), "snooping", true));
	assert_true(model_is(model_switch(model, "sw1"), "cdp", false));
	assert_true(model_is(model_switch(model, "sw1"), "lldp", true));
	assert_true(model_has_vlan(model, "sw1", 1));
	assert_true(model_has_vlan(model, "sw1", 110));
	assert_false(model_has_vlan(model, "sw1", 20));
	assert_true(model_has_vlan(model, "sw2", 20)); /* unknown */
	port = model_port(model, "sw1", "Gi1/0/1");
	assert_string_equal(json_text(port, "mode"), "access");
	assert_int_equal(model_port_int(port, "access_vlan"), 10);
	assert_int_equal(model_port_int(port, "voice_vlan"), 110);
	assert_true(model_is(port, "shutdown", true));
	assert_true(model_is(port, "lldp_transmit", false));
	assert_true(model_is(port, "cdp", true));
	assert_string_equal(json_text(port, "poe"), "never");
	port = model_port(model, "sw1", "Te1/1/1");
	assert_int_equal(model_port_int(port, "native_vlan"), 10);
	assert_true(model_is(port, "trusted", true));
	json_decref(model);
}

static void allowed(void **state)
{
	static const struct {
		const char *list;
		int vlan;
		bool carries;
	} rows[] = {{"10,110-112", 10, true},	{"10,110-112", 111, true}, {"10,110-112", 11, false},
		    {"10,110-112", 113, false}, {"none", 110, false},	   {"", 110, true},
		    {"1-4094", 4094, true},	{"1-109,111", 110, false}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *port = json_pack("{s:s}", "allowed", rows[i].list);

		if (model_trunk_allows(port, rows[i].vlan) != rows[i].carries)
			fail_msg("\"%s\": VLAN %d", rows[i].list, rows[i].vlan);
		json_decref(port);
	}
	assert_true(model_trunk_allows(NULL, 110)); /* unknown */
}

static void tables(void **state)
{
	json_t *model = walk_two_switches_model();
	struct model_place place;

	(void)state;
	model_add_macs(
	    model, "core",
	    "          Mac Address Table\n-------------------------------------------\n\n"
	    "Vlan    Mac Address       Type        Ports\n----    -----------       --------    -----\n"
	    " All    0100.0ccc.cccc    STATIC      CPU\n 110    0200.0000.0003    DYNAMIC     Gi1/0/23\n");
	model_add_macs(model, "access", " 110    0200.0000.0003    DYNAMIC     Te1/1/1\n");
	place = model_mac_place(model, "02:00:00:00:00:03");
	assert_string_equal(place.sw, "core");
	assert_string_equal(place.port, "Gi1/0/23");
	assert_string_equal(model_device_at(model, place), "tftp");
	assert_null(model_mac_place(model, "02:00:00:00:00:77").sw);
	model_add_security(model, "access",
			   "Secure Port  MaxSecureAddr  CurrentAddr  SecurityViolation  Security Action\n"
			   "    Gi1/0/2              1            1                 12         Restrict\n");
	assert_int_equal(model_port_int(model_port(model, "access", "Gi1/0/2"), "violations"), 12);
	json_decref(model);
}

static void cable(json_t *model, const char *sw, const char *port, const char *device)
{
	json_t *object = json_pack("{s:s,s:{s:{s:s}}}", "name", sw, "ports", port, "device", device);
	json_t *switches = json_object_get(model, "switches");

	if (json_object_get(switches, sw))
		json_object_update(json_object_get(json_object_get(switches, sw), "ports"),
				   json_object_get(object, "ports"));
	else
		json_object_set(switches, sw, object);
	json_decref(object);
}

/* a -- b -- c without a plan; d is alone. */
static void way(void **state)
{
	json_t *model = json_pack("{s:{}}", "switches");
	struct model_link links[4];

	(void)state;
	cable(model, "a", "Te1/1/1", "b");
	cable(model, "b", "Te1/1/1", "a");
	cable(model, "b", "Te1/1/2", "c");
	cable(model, "c", "Te1/1/4", "b");
	cable(model, "d", "Te1/1/1", "printer");
	assert_int_equal(model_switch_path(model, "a", "a", links, 4), 0);
	assert_int_equal(model_switch_path(model, "a", "d", links, 4), -1);
	assert_int_equal(model_switch_path(model, "a", "c", links, 4), 2);
	assert_string_equal(links[0].near.port, "Te1/1/1");
	assert_string_equal(links[1].near.sw, "b");
	assert_string_equal(links[1].near.port, "Te1/1/2");
	assert_string_equal(links[1].far.port, "Te1/1/4");
	assert_int_equal(model_switch_path(model, "a", "c", links, 1), -1);
	json_decref(model);
}

static void place_of_node(void **state)
{
	json_t *model = walk_office_model();
	struct model_place place = model_node_port(model, "gw", "eth1", NULL, NULL);

	(void)state;
	assert_string_equal(place.port, "Gi1/0/46");
	place = model_node_port(model, "tftp", "eth0", NULL, NULL);
	assert_string_equal(place.port, "Gi1/0/47");
	/* The cable of tftp was moved. */
	walk_change(model, "switches;sw1;ports;Gi1/0/47;device", "null");
	walk_change(model, "switches;sw1;ports;Gi1/0/1;device", "\"tftp\"");
	place = model_node_port(model, "tftp", "eth0", NULL, NULL);
	assert_string_equal(place.port, "Gi1/0/1");
	json_decref(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(running_config), cmocka_unit_test(allowed),
	    cmocka_unit_test(tables),	      cmocka_unit_test(way),
	    cmocka_unit_test(place_of_node),
	};

	return cmocka_run_group_tests_name("why-model", tests, NULL, NULL);
}
