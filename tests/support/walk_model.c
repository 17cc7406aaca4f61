#include "tests/support/walk_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phonelab/why/model.h"

static json_t *read_json(const char *text)
{
	json_error_t error;
	json_t *object = json_loads(text, JSON_DECODE_ANY, &error);

	if (!object)
		fail_msg("%s at %d of %.200s", error.text, error.position, text);
	return object;
}

/* A phone that is registered, at that address of VLAN 110. */
static json_t *phone(int number, const char *gateway, const char *tftp, const char *manager)
{
	char name[20], address[20], mac[20];

	snprintf(name, sizeof(name), "SEP001122AABB%02d", number);
	snprintf(address, sizeof(address), "10.110.0.%d", 50 + number);
	snprintf(mac, sizeof(mac), "00:11:22:aa:bb:%02d", number);
	return json_pack("{s:s,s:s,s:s,s:i,s:s,s:i,s:b,s:s,s:[s],s:[{s:s,s:s}]}", "name", name, "state",
			 "registered", "ipv4", address, "prefix", 24, "mac", mac, "voice_vlan", 110,
			 "powered", 1, "gateway", gateway, "tftp", tftp, "call_managers", "name", manager,
			 "address", manager);
}

static json_t *status_of(const char *gateway, const char *tftp, const char *manager)
{
	return json_pack("{s:[o,o,o]}", "phones", phone(1, gateway, tftp, manager),
			 phone(2, gateway, tftp, manager), phone(3, gateway, tftp, manager));
}

/* A node with one interface and a program; the lists can be changed by walk_change. */
static json_t *node(const char *kind, const char *address, const char *mac, const char *gateway)
{
	char subnet[20];
	json_t *object = json_pack(
	    "{s:s,s:i,s:i,s:[{s:s,s:s,s:b,s:b,s:i,s:i,s:i,s:[{s:s,s:i}]}],s:[],s:[],s:[],s:[],s:[],s:[]}",
	    "kind", kind, "ip_forward", 0, "rp_filter", 0, "interfaces", "name", "eth0", "mac", mac, "up", 1,
	    "running", 1, "mtu", 1500, "forwarding", 0, "rp_filter", 0, "addresses", "address", address,
	    "prefix", 24, "routes", "rules", "neighbours", "listeners", "programs", "filter");
	json_t *routes = json_object_get(object, "routes");

	snprintf(subnet, sizeof(subnet), "%.*s.0/24", (int)(strrchr(address, '.') - address), address);
	json_array_append_new(routes, json_pack("{s:s,s:s,s:i,s:i,s:s}", "type", "unicast", "to", subnet,
						"metric", 0, "table", 254, "dev", "eth0"));
	if (gateway)
		json_array_append_new(routes, json_pack("{s:s,s:s,s:i,s:i,s:s,s:s}", "type", "unicast", "to",
							"0.0.0.0/0", "metric", 0, "table", 254, "dev", "eth0",
							"via", gateway));
	return object;
}

static void add_program(json_t *object, const char *name, const char *kind, const char *protocol, int port,
			const char *address)
{
	int pid = 10 + (int)json_array_size(json_object_get(object, "programs"));

	json_array_append_new(json_object_get(object, "programs"),
			      json_pack("{s:s,s:s,s:s,s:i,s:i}", "name", name, "kind", kind, "state",
					"running", "pid", pid, "workers", 3));
	json_array_append_new(json_object_get(object, "listeners"),
			      json_pack("{s:s,s:s,s:i,s:i}", "protocol", protocol, "address", address, "port",
					port, "pid", pid));
}

/* dhcp, tftp and cucm-pub with their programs. */
static json_t *servers(const char *tftp, const char *manager, const char *gateway_110,
		       const char *gateway_servers)
{
	json_t *dhcp = node("dhcp", "10.110.0.2", "02:00:00:00:00:02", gateway_110);
	json_t *files = node("tftp", tftp, "02:00:00:00:00:03", gateway_servers);
	json_t *pub = node("call-manager", manager, "02:00:00:00:00:04", gateway_servers);

	add_program(dhcp, "dhcp", "dhcp", "udp", 67, "0.0.0.0");
	json_object_set_new(dhcp, "dhcp",
			    read_json("{\"leases\":3,\"pools\":[{\"first\":\"10.110.0.50\",\"last\":"
				      "\"10.110.0.99\",\"size\":50,\"used\":3,\"line\":20}]}"));
	add_program(files, "tftp", "tftp", "udp", 69, tftp);
	add_program(files, "tftp-http", "http", "tcp", 6970, tftp);
	json_object_set_new(files, "files",
			    json_pack("{s:s,s:{s:{s:s,s:[{s:s,s:i}]}}}", "root", "/root", "phones",
				      WALK_PHONE, "transport", "1", "managers", "name", manager, "port",
				      5060));
	add_program(pub, "cucm-pub", "call-manager", "tcp", 5060, manager);
	json_object_set_new(pub, "database",
			    read_json("{\"device\":{\"rows\":3,\"phones\":{\"" WALK_PHONE
				      "\":1}},\"line\":{\"rows\":3,\"phones\":{\"" WALK_PHONE "\":1}},"
				      "\"subscriber\":{\"rows\":0}}"));
	return json_pack("{s:o,s:o,s:o}", "dhcp", dhcp, "tftp", files, "cucm-pub", pub);
}

static void add_interface(json_t *object, const char *name, const char *address, const char *mac)
{
	char subnet[20];

	json_array_append_new(json_object_get(object, "interfaces"),
			      json_pack("{s:s,s:s,s:b,s:b,s:i,s:i,s:i,s:[{s:s,s:i}]}", "name", name, "mac",
					mac, "up", 1, "running", 1, "mtu", 1500, "forwarding", 1, "rp_filter",
					0, "addresses", "address", address, "prefix", 24));
	snprintf(subnet, sizeof(subnet), "%.*s.0/24", (int)(strrchr(address, '.') - address), address);
	json_array_append_new(json_object_get(object, "routes"),
			      json_pack("{s:s,s:s,s:i,s:i,s:s}", "type", "unicast", "to", subnet, "metric", 0,
					"table", 254, "dev", name));
}

static json_t *plan_node(const char *name, const char *kind, const char *sw, const char *port, int vlan,
			 const char *address)
{
	return json_pack("{s:s,s:s,s:s,s:[{s:s,s:s,s:s,s:i,s:s,s:i}]}", "name", name, "kind", kind, "owner",
			 "lab", "plugs", "interface", "eth0", "switch", sw, "port", port, "vlan", vlan,
			 "address", address, "prefix", 24);
}

/* Say what is plugged in, and that the link is up. */
static void plug(json_t *model, const char *sw, const char *port, const char *device)
{
	json_t *object = json_object_get(
	    json_object_get(json_object_get(json_object_get(model, "switches"), sw), "ports"), port);

	assert_non_null(object);
	json_object_set_new(object, "device", json_string(device));
	json_object_set_new(object, "link", json_string("up"));
}

#define PHONE_PORT(n)                                                                                        \
	"interface GigabitEthernet1/0/" n "\n switchport access vlan 10\n switchport mode access\n"          \
	" switchport voice vlan 110\n!\n"
#define SERVER_PORT(n, vlan, more)                                                                           \
	"interface GigabitEthernet1/0/" n "\n switchport access vlan " vlan                                  \
	"\n switchport mode access\n" more "!\n"
#define TRUNK                                                                                                \
	"interface TenGigabitEthernet1/1/1\n switchport trunk native vlan 10\n"                              \
	" switchport trunk allowed vlan 10,110\n switchport mode trunk\n ip dhcp snooping trust\n!\n"
#define TRUST " ip dhcp snooping trust\n"

json_t *walk_office_status(void)
{
	return status_of("10.110.0.1", "10.20.0.3", "10.20.0.11");
}

json_t *walk_office_model(void)
{
	json_t *model = json_object(), *nodes = servers("10.20.0.3", "10.20.0.11", "10.110.0.1", "10.20.0.1");
	json_t *gw = node("router", "10.110.0.1", "02:00:00:00:00:01", NULL), *plan;

	model_add_running(
	    model, "sw1",
	    "hostname sw1\n!\nip dhcp snooping\n!\nvlan 10\n name DATA\n!\nvlan 20\n name SERVERS\n!\nvlan "
	    "110\n name VOICE\n!\n" PHONE_PORT("1") PHONE_PORT("2") PHONE_PORT("3")
		SERVER_PORT("43", "20", "") SERVER_PORT("45", "110", "") SERVER_PORT("46", "20", "")
		    SERVER_PORT("47", "20", "") SERVER_PORT("48", "110", TRUST) "end\n");
	walk_change(gw, "ip_forward", "1");
	walk_change(gw, "interfaces/0/forwarding", "1");
	add_interface(gw, "eth1", "10.20.0.1", "02:00:00:00:00:11");
	json_object_set_new(nodes, "gw", gw);
	json_object_set_new(model, "nodes", nodes);
	json_object_set_new(model, "phones", json_object());
	plan = json_pack("{s:[o,o,o,o],s:[{s:i,s:s,s:i},{s:i,s:s,s:i}],s:[]}", "nodes",
			 plan_node("gw", "router", "sw1", "Gi1/0/45", 110, "10.110.0.1"),
			 plan_node("dhcp", "dhcp", "sw1", "Gi1/0/48", 110, "10.110.0.2"),
			 plan_node("tftp", "tftp", "sw1", "Gi1/0/47", 20, "10.20.0.3"),
			 plan_node("cucm-pub", "call-manager", "sw1", "Gi1/0/43", 20, "10.20.0.11"), "vlans",
			 "id", 110, "subnet", "10.110.0.0", "prefix", 24, "id", 20, "subnet", "10.20.0.0",
			 "prefix", 24, "trunks");
	walk_change(plan, "nodes/0/plugs/+",
		    "{\"interface\":\"eth1\",\"switch\":\"sw1\",\"port\":\"Gi1/0/46\",\"vlan\":20,"
		    "\"address\":\"10.20.0.1\",\"prefix\":24}");
	json_object_set_new(model, "plan", plan);
	plug(model, "sw1", "Gi1/0/1", "SEP001122AABB01");
	plug(model, "sw1", "Gi1/0/2", "SEP001122AABB02");
	plug(model, "sw1", "Gi1/0/3", "SEP001122AABB03");
	plug(model, "sw1", "Gi1/0/43", "cucm-pub");
	plug(model, "sw1", "Gi1/0/45", "gw");
	plug(model, "sw1", "Gi1/0/46", "gw");
	plug(model, "sw1", "Gi1/0/47", "tftp");
	plug(model, "sw1", "Gi1/0/48", "dhcp");
	return model;
}

json_t *walk_two_switches_status(void)
{
	return status_of("", "10.110.0.3", "10.110.0.4");
}

json_t *walk_two_switches_model(void)
{
	json_t *model = json_object();

	model_add_running(model, "core",
			  "hostname core\n!\nip dhcp snooping\n!\nvlan 10\n name DATA\n!\nvlan 110\n name "
			  "VOICE\n!\n" SERVER_PORT("21", "110", "") SERVER_PORT("23", "110", "")
			      SERVER_PORT("24", "110", TRUST) TRUNK "end\n");
	model_add_running(model, "access",
			  "hostname access\n!\nip dhcp snooping\n!\nvlan 10\n name DATA\n!\nvlan 110\n name "
			  "VOICE\n!\n" PHONE_PORT("1") PHONE_PORT("2") PHONE_PORT("3") TRUNK "end\n");
	json_object_set_new(model, "nodes", servers("10.110.0.3", "10.110.0.4", NULL, NULL));
	json_object_set_new(
	    model, "plan",
	    json_pack("{s:[o,o,o],s:[{s:i,s:s,s:i}],s:[[{s:s,s:s,s:i},{s:s,s:s,s:i}]]}", "nodes",
		      plan_node("dhcp", "dhcp", "core", "Gi1/0/24", 110, "10.110.0.2"),
		      plan_node("tftp", "tftp", "core", "Gi1/0/23", 110, "10.110.0.3"),
		      plan_node("cucm-pub", "call-manager", "core", "Gi1/0/21", 110, "10.110.0.4"), "vlans",
		      "id", 110, "subnet", "10.110.0.0", "prefix", 24, "trunks", "switch", "access", "port",
		      "Te1/1/1", "native", 10, "switch", "core", "port", "Te1/1/1", "native", 10));
	plug(model, "access", "Gi1/0/1", "SEP001122AABB01");
	plug(model, "access", "Gi1/0/2", "SEP001122AABB02");
	plug(model, "access", "Gi1/0/3", "SEP001122AABB03");
	plug(model, "access", "Te1/1/1", "core");
	plug(model, "core", "Te1/1/1", "access");
	plug(model, "core", "Gi1/0/21", "cucm-pub");
	plug(model, "core", "Gi1/0/23", "tftp");
	plug(model, "core", "Gi1/0/24", "dhcp");
	return model;
}

static json_t *child(json_t *object, const char *name)
{
	return json_is_array(object) ? json_array_get(object, (size_t)atoi(name))
				     : json_object_get(object, name);
}

void walk_change(json_t *object, const char *path, const char *value)
{
	char name[64], mark = strchr(path, ';') ? ';' : '/';

	for (const char *slash; (slash = strchr(path, mark)); path = slash + 1) {
		snprintf(name, sizeof(name), "%.*s", (int)(slash - path), path);
		object = child(object, name);
		if (!object)
			fail_msg("no \"%s\" on the path", name);
	}
	if (json_is_array(object) && !strcmp(path, "+"))
		json_array_append_new(object, read_json(value));
	else if (json_is_array(object) && value)
		assert_int_equal(json_array_set_new(object, (size_t)atoi(path), read_json(value)), 0);
	else if (json_is_array(object))
		assert_int_equal(json_array_remove(object, (size_t)atoi(path)), 0);
	else if (value)
		json_object_set_new(object, path, read_json(value));
	else
		assert_int_equal(json_object_del(object, path), 0);
}
