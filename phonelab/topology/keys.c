#include "phonelab/topology/topology.h"

#include "phonelab/topology/device.h"

/* Each row: key, type, flags, field, minimum and maximum if it has any; then what the key has in addition. */
#define AT(type, field) offsetof(struct type, field)

/* Rows whose key has the name of its field. */
#define KEY(type, name, kind, flags, ...)                                                                    \
	{                                                                                                    \
#name, kind, flags, AT(type, name), __VA_ARGS__                                              \
	}
#define VLAN(...)    KEY(topology_vlan, __VA_ARGS__)
#define PORT(...)    KEY(topology_port_setting, __VA_ARGS__)
#define UPLINK(...)  KEY(topology_uplink, __VA_ARGS__)
#define SWITCH(...)  KEY(topology_switch, __VA_ARGS__)
#define CLOSET(...)  KEY(topology_closet, __VA_ARGS__)
#define PLUG(...)    KEY(topology_plug, __VA_ARGS__)
#define SERVER(...)  KEY(topology_server, __VA_ARGS__)
#define NODE(...)    KEY(topology_node, __VA_ARGS__)
#define LOAD(...)    KEY(topology_load, __VA_ARGS__)
#define CLUSTER(...) KEY(topology_cluster, __VA_ARGS__)
#define OTHER(...)   KEY(topology_other_cluster, __VA_ARGS__)
#define PHONE(...)   KEY(topology_phone_row, __VA_ARGS__)
#define CAPF(...)    KEY(topology_capf, __VA_ARGS__)
#define CERT(...)    KEY(topology_certificates, __VA_ARGS__)
#define LAB(...)     KEY(topology, __VA_ARGS__)

static const char *const paces[] = {"fast", "real", NULL};
static const char *const modes[] = {"access", "trunk", NULL};
static const char *const poe_admins[] = {"auto", "static", "never", NULL};
static const char *const poe_priorities[] = {"low", "high", "critical", NULL};
static const char *const server_kinds[] = {"dhcp", "tftp", "router", NULL};
static const char *const itls[] = {"normal", "none", "forged", NULL};
static const char *const devices[] = {"rendered", "external", NULL};
static const char *const roles[] = {"publisher", "subscriber", NULL};
static const char *const node_modes[] = {"up", "refuse", "silent", NULL};
static const char *const powers[] = {"poe", "ac", NULL};
static const char *const banks[] = {"none", "active", "inactive", "both", NULL};
const char *const topology_locale_names[] = {"none", "french", "german", NULL};
static const char *const securities[] = {"non-secure", "mixed", NULL};
static const char *const releases[] = {"11.5", "12.0", "14", NULL};
static const char *const key_sizes[] = {"2048", "4096", NULL};
static const char *const phone_securities[] = {"non-secure", "authenticated", "encrypted", NULL};
const char *const topology_capf_operation_names[] = {"none", "install", "delete", "troubleshoot", NULL};
const char *const topology_capf_key_names[] = {"rsa-2048", "rsa-4096", "ec-256", "ec-384", "ec-521", NULL};
static const char *const capf_authentications[] = {"null-string", "string", "existing-lsc", "existing-mic",
						   NULL};
static const char *const lscs[] = {"none", "installed", NULL};
static const char *const domain_characters[] = {".-", NULL};
static const char *const overs[] = {"cable", "udp", NULL};
static const char *const number_range_characters[] = {"-", NULL};
const char *const topology_user_characters[] = {"._@-", NULL};
const char *const topology_transport_names[] = {"tcp", "udp", NULL};

static KEY_SHAPE(
    vlan_shape, "vlan", topology_vlan, "A VLAN.",
    VLAN(id, KEY_VLAN, KEY_REQUIRED, 1, 4094, .doc = "Number of the VLAN."),
    VLAN(name, KEY_NAME, 0, 1, 32, .doc = "Name, as `show vlan brief` prints it."),
    VLAN(subnet, KEY_SUBNET, 0, 8, 30,
	 .doc = "IPv4 subnet of the VLAN. Required if a phone, server or call manager has an address in this "
		"VLAN."));

KEY_SHAPE(
    topology_port_shape, "port", topology_port_setting,
    "Settings of a port or of a range of ports that differ from those of the switch.",
    PORT(port, KEY_PORTS, KEY_REQUIRED, .doc = "The port or the range of ports to configure."),
    PORT(mode, KEY_CHOICE, 0, .choices = modes, .doc = "Access port or trunk."),
    PORT(access_vlan, KEY_VLAN, 0, 1, 4094, .doc = "VLAN of untagged frames on an access port."),
    PORT(voice_vlan, KEY_VLAN, 0, -1, 4094, .doc = "Voice VLAN that CDP and LLDP-MED announce to a phone."),
    PORT(native_vlan, KEY_VLAN, 0, 1, 4094, .doc = "VLAN of untagged frames on a trunk."),
    PORT(allowed_vlans, KEY_VLAN, KEY_LIST, 1, 4094, .doc = "VLANs that a trunk carries; by default all."),
    PORT(cdp, KEY_FLAG, 0, .doc = "CDP on this port."), /* unset: as the switch */
    PORT(lldp, KEY_FLAG, 0, .doc = "LLDP on this port."),
    PORT(trusted, KEY_FLAG, 0, .doc = "DHCP snooping accepts server messages from this port."),
    PORT(shutdown, KEY_FLAG, 0, .doc = "The port is administratively down."),
    PORT(poe, KEY_CHOICE, 0, .choices = poe_admins, .doc = "As `power inline auto`, `static` or `never`."),
    PORT(poe_max, KEY_WATTS, 0, 0, 90000, .doc = "Maximum power of the port."),
    PORT(poe_priority, KEY_CHOICE, 0, .choices = poe_priorities,
	 .doc = "Priority of the port when the power budget is exceeded."),
    PORT(description, KEY_TEXT, 0, 1, 64, .doc = "Description in `show interfaces status`."),
    PORT(nic, KEY_TOKEN, 0, 1, 15, .choices = topology_user_characters,
	 .doc = "The far end of the port is this interface of the machine: a NIC, a tap, a veth "
		"(real-phone.md)."),
    PORT(nic_yes_really, KEY_FLAG, 0,
	 .doc = "Use the interface of `nic` although the machine uses it: it has IPv4 addresses or carries "
		"the default "
		"route."));

static KEY_SHAPE(
    uplink_shape, "uplink", topology_uplink, "A trunk to another switch.",
    UPLINK(to, KEY_NAME, KEY_REQUIRED, 1, 32, .doc = "The switch at the other end of the trunk."),
    UPLINK(port, KEY_PORT, 0, .doc = "Port of this switch; by default the first free uplink port."),
    UPLINK(remote_port, KEY_PORT, 0,
	   .doc = "Port of the other switch; by default its first free uplink port."),
    UPLINK(native_vlan, KEY_VLAN, 0, 1, 4094, .fallback = "1",
	   .doc = "VLAN of untagged frames on the trunk."),
    UPLINK(allowed_vlans, KEY_VLAN, KEY_LIST, 1, 4094,
	   .doc = "VLANs that the trunk carries; by default all."),
    UPLINK(over, KEY_CHOICE, 0, .fallback = "cable", .choices = overs,
	   .doc = "How the frames travel: over a cable of the lab, or in UDP datagrams to a switch on "
		  "another machine (VXLAN, RFC 7348). Between two closets: over UDP if each runs on its own "
		  "machine."),
    UPLINK(peer, KEY_TEXT, 0, 1, 300,
	   .doc = "With `over: udp`, required: HOST[:PORT] of the other switch. By default the port is "
		  "its `udp_port`. Between two closets: by default the `address` of the other closet."),
    UPLINK(vni, KEY_INTEGER, 0, 1, 16777215,
	   .doc = "With `over: udp`, required: VXLAN network identifier. Each trunk of a switch has its "
		  "own. Between two closets: by default 101 and up."),
    UPLINK(keepalive, KEY_FLAG, 0, .fallback = "true",
	   .doc = "With `over: udp`: the trunk is up while the other switch answers keepalives. off: the "
		  "other end is an `external` switch, such as a Linux bridge with a vxlan device."));

static KEY_SHAPE(
    switch_shape, "switch", topology_switch, "A PoE access switch, or a stack of them.",
    SWITCH(name, KEY_NAME, KEY_REQUIRED, 1, 32, .doc = "Host name."),
    {"model", KEY_WORD, 0, AT(topology_switch, model_name), .fallback = "C9200-48P",
     .choices = topology_switch_model_names,
     .doc = "Model. It determines the ports, the uplink ports and the PoE budget."},
    SWITCH(members, KEY_INTEGER, 0, 1, 128, .fallback = "1",
	   .doc = "Number of stack members. Member 2 has the ports Gi2/0/1 and up."),
    SWITCH(poe_budget, KEY_WATTS, 0, 0, 4000000,
	   .doc = "PoE budget of each member; by default that of the model."),
    SWITCH(access_vlan, KEY_VLAN, 0, 1, 4094, .fallback = "1",
	   .doc = "Access VLAN of every port that `ports` does not configure."),
    SWITCH(voice_vlan, KEY_VLAN, 0, -1, 4094, .fallback = "none",
	   .doc = "Voice VLAN of every port that `ports` does not configure."),
    SWITCH(cdp, KEY_FLAG, 0, .fallback = "true", .doc = "CDP on every port."),
    SWITCH(lldp, KEY_FLAG, 0, .fallback = "true", .doc = "LLDP on every port."),
    SWITCH(dhcp_snooping, KEY_FLAG, 0, .fallback = "true",
	   .doc =
	       "DHCP snooping: client broadcasts go only to trusted ports, and server messages are accepted "
	       "only from trusted ports."),
    SWITCH(management_address, KEY_IPV4, 0, .doc = "Address that CDP and LLDP announce."),
    SWITCH(udp_port, KEY_INTEGER, 0, 1, 65535, .fallback = "4789", .doc = "UDP port of its trunks over UDP."),
    SWITCH(uplinks, KEY_OBJECT, KEY_LIST, 0, 8, .shape = &uplink_shape, .doc = "Trunks to other switches."),
    SWITCH(ports, KEY_OBJECT, KEY_LIST, 0, 4096, .shape = &topology_port_shape,
	   .doc = "Ports with settings of their own."),
    SWITCH(
	external, KEY_FLAG, 0, .fallback = "false",
	.doc =
	    "on: a switch of yours, such as a Linux bridge, stands here (`phonelab attach`). Its ports are "
	    "interfaces: Gi1/0/1 is `gi1-0-1`. VLANs and ports above state how you have configured it."));

static KEY_SHAPE(interface_shape, "interface", topology_plug,
		 "An interface of a router. Its address is the gateway of the VLAN.",
		 PLUG(port, KEY_PORT, 0, .doc = "Port of the switch; by default the last free port."),
		 PLUG(vlan, KEY_VLAN, KEY_REQUIRED, 1, 4094, .doc = "VLAN."),
		 PLUG(address, KEY_IPV4, 0, .doc = "Address; by default the first of the subnet."));

static KEY_SHAPE(
    option_shape, "options", topology_dhcp_options, "DHCP options by number.",
    {"150", KEY_IPV4, KEY_LIST | KEY_ONE, AT(topology_dhcp_options, tftp_servers), 0, 16,
     .doc = "TFTP servers, in order (RFC 5859). By default, if 66 is not set either: every TFTP server of "
	    "the lab. [] sends no option 150."},
    {"66", KEY_TOKEN, 0, AT(topology_dhcp_options, tftp_name), 1, 127, .choices = domain_characters,
     .doc = "One TFTP server: a name or an address."},
    {"6", KEY_IPV4, KEY_LIST | KEY_ONE, AT(topology_dhcp_options, dns), 0, 8,
     .doc = "DNS servers; by default this server, if `dns` is on."},
    {"*", KEY_OTHERS, KEY_LIST, AT(topology_dhcp_options, others), 1, 254,
     .doc = "Any other option by its number, in the notation of dnsmasq: `42: 10.20.0.3`."});

static KEY_SHAPE(
    closet_shape, "closet", topology_closet,
    "A room of the site with its switches and phones. Each closet may run on a machine of its own.",
    CLOSET(name, KEY_NAME, KEY_REQUIRED, 1, 24,
	   .doc =
	       "Name, but not `console`, and not one that ends in `-keeper`. Servers, call managers and all "
	       "switches that no closet lists are in `core`."),
    CLOSET(
	address, KEY_TEXT, 0, 1, 300,
	.doc =
	    "HOST[:PORT] of its machine, as the switches of the other closets reach it; by default the port "
	    "is the `udp_port` of the switch. Required by `up --closet` if a switch of another closet has "
	    "an uplink to this closet."),
    CLOSET(switches, KEY_NAME, KEY_LIST, 0, 32,
	   .doc = "Its switches, with the phones at them. Required except for `core`."));

#define READY(...)   KEY(topology_ready, __VA_ARGS__)
#define RUN(...)     KEY(topology_run, __VA_ARGS__)
#define WITNESS(...) KEY(topology_witness, __VA_ARGS__)

static KEY_SHAPE(
    ready_shape, "ready", topology_ready,
    "When a program of yours is ready: one of `tcp`, `udp`, `http`, `command`. Without one it has only to "
    "run.",
    READY(tcp, KEY_INTEGER, 0, 1, 65535, .doc = "It listens at this TCP port."),
    READY(udp, KEY_INTEGER, 0, 1, 65535, .doc = "It has bound this UDP port."),
    READY(
	http, KEY_TEXT, 0, 1, 255,
	.doc = "It answers a GET of this URL with a status from 200 to 399: `http://127.0.0.1:8080/ready`."),
    READY(command, KEY_TEXT, KEY_LIST | KEY_ONE, 1, 500,
	  .doc = "This command exits with status 0 within 2 seconds."),
    READY(timeout, KEY_DURATION, 0, 1, 3600, .fallback = "30s",
	  .doc = "If it is not ready within this time, the lab does not start."));

static KEY_SHAPE(
    run_shape, "run", topology_run,
    "A program of yours, which the lab starts in the network namespace of the node. Its environment has "
    "`PHONELAB_NODE`, `PHONELAB_ADDRESS` and `PHONELAB_DATA` (a folder of its own for files). Its output is "
    "`log/NODE.log`. SIGTERM must end it.",
    RUN(command, KEY_TEXT, KEY_LIST | KEY_ONE | KEY_REQUIRED, 1, 500,
	.doc = "The program and its arguments. It stays in the foreground."),
    RUN(directory, KEY_TEXT, 0, 1, 255, .fallback = ".",
	.doc = "Working directory, relative to the file of the topology."),
    RUN(environment, KEY_TREE, 0, .doc = "Further variables: `{MODE: test}`."),
    RUN(ready, KEY_OBJECT, 0, .shape = &ready_shape, .doc = "When the program is ready."));

static KEY_SHAPE(
    witness_shape, "registered", topology_witness,
    "How to ask a call manager of yours what is registered. The lab runs the command in the "
    "network namespace of the node, with the `PHONELAB_` variables of `run`, whenever `phonelab status` or "
    "an "
    "expectation needs it. It prints one directory number, address of record or device name per line.",
    WITNESS(command, KEY_TEXT, KEY_LIST | KEY_ONE | KEY_REQUIRED, 1, 500,
	    .doc = "The program and its arguments."),
    WITNESS(directory, KEY_TEXT, 0, 1, 255, .fallback = ".",
	    .doc = "Working directory, relative to the file of the topology."),
    WITNESS(timeout, KEY_DURATION, 0, 1, 10, .fallback = "2s",
	    .doc = "After this time the command is ended and has said nothing."));

#define RUN_DOC "A program of yours serves instead of the lab's own."
#define EXTERNAL_DOC                                                                                         \
	"on: the lab reserves port, VLAN and address and starts nothing. You plug in a container, a "        \
	"machine or a "                                                                                      \
	"process (`phonelab attach`)."

static KEY_SHAPE(
    server_shape, "server", topology_server,
    "A server, plugged into a port of a switch. It runs the real program.",
    SERVER(name, KEY_NAME, KEY_REQUIRED, 1, 32, .doc = "Host name."),
    SERVER(kind, KEY_CHOICE, KEY_REQUIRED, .choices = server_kinds,
	   .doc =
	       "dhcp: DHCP and DNS (dnsmasq). tftp: TFTP on port 69 and HTTP on port 6970. router: forwards "
	       "between its interfaces."),
    {"port", KEY_PORT, 0, AT(topology_server, plug.port),
     .doc = "Port of the switch; by default the last free port."},
    {"vlan", KEY_VLAN, 0, AT(topology_server, plug.vlan), 1, 4094,
     .doc = "VLAN; by default the only VLAN that has a subnet."},
    {"address", KEY_IPV4, 0, AT(topology_server, plug.address),
     .doc = "Address; by default the next free one of the subnet."},
    SERVER(interfaces, KEY_OBJECT, KEY_LIST, 1, 16, .shape = &interface_shape,
	   .doc = "Only for router, where it is required: its interfaces."),
    SERVER(pool, KEY_RANGE, 0,
	   .doc = "Only for dhcp: the addresses to lease; by default the upper part of the subnet."),
    SERVER(lease, KEY_DURATION, 0, 120, 31536000, .fallback = "1h",
	   .doc = "Only for dhcp: duration of a lease."),
    SERVER(dns, KEY_FLAG, 0, .fallback = "true", .doc = "Only for dhcp: DNS too."),
    SERVER(options, KEY_OBJECT, 0, .shape = &option_shape, .doc = "Only for dhcp: the options to send."),
    SERVER(http, KEY_FLAG, 0, .fallback = "true",
	   .doc = "Only for tftp: HTTP on port 6970. off: connections are refused."),
    SERVER(tftp, KEY_FLAG, 0, .fallback = "true", .doc = "Only for tftp: TFTP on port 69."),
    {"cluster", KEY_NAME, 0, AT(topology_server, cluster_name), 1, 50,
     .doc = "Only for tftp: the cluster whose files it serves; by default that of `cluster`. Another cluster "
	    "needs at least one server."},
    {"run", KEY_OBJECT, 0, AT(topology_server, owner.run), .shape = &run_shape, .doc = RUN_DOC},
    {"external", KEY_FLAG, 0, AT(topology_server, owner.external), .fallback = "false", .doc = EXTERNAL_DOC});

static KEY_SHAPE(
    node_shape, "node", topology_node, "A call manager (Kamailio).",
    NODE(name, KEY_NAME, KEY_REQUIRED, 1, 32, .doc = "Host name."),
    NODE(role, KEY_CHOICE, 0, .choices = roles,
	 .doc = "By default the first node is the publisher and the others are subscribers."),
    NODE(mode, KEY_CHOICE, 0, .fallback = "up", .choices = node_modes,
	 .doc = "up: it works. refuse: connections are refused. silent: nothing answers at its address."),
    {"port", KEY_PORT, 0, AT(topology_node, plug.port),
     .doc = "Port of the switch; by default the last free port."},
    {"vlan", KEY_VLAN, 0, AT(topology_node, plug.vlan), 1, 4094,
     .doc = "VLAN; by default the only VLAN that has a subnet."},
    {"address", KEY_IPV4, 0, AT(topology_node, plug.address),
     .doc = "Address; by default the next free one of the subnet."},
    {"run", KEY_OBJECT, 0, AT(topology_node, owner.run), .shape = &run_shape, .doc = RUN_DOC},
    {"external", KEY_FLAG, 0, AT(topology_node, owner.external), .fallback = "false", .doc = EXTERNAL_DOC},
    NODE(registered, KEY_OBJECT, 0, .shape = &witness_shape,
	 .doc = "Only with `run` or `external`: how to ask it what is registered."));

static KEY_SHAPE(load_shape, "load", topology_load, "Device default: the firmware load of a model.",
		 LOAD(model, KEY_WORD, KEY_REQUIRED, .choices = topology_phone_model_names,
		      .doc = "Phone model."),
		 LOAD(load, KEY_LOAD, KEY_REQUIRED, 1, 60,
		      .doc = "Firmware load that phones of this model should run."));

static KEY_SHAPE(certificates_shape, "certificates", topology_certificates,
		 "What stands in the certificates of the cluster (secure.md).",
		 CERT(organisation, KEY_TEXT, 0, 1, 60, .fallback = "phonelab", .doc = "O of the subjects."),
		 CERT(unit, KEY_TEXT, 0, 1, 60, .fallback = "lab", .doc = "OU of the subjects."),
		 CERT(country, KEY_TEXT, 0, 2, 2, .fallback = "US", .doc = "C of the subjects."),
		 CERT(key_size, KEY_CHOICE, 0, .fallback = "2048", .choices = key_sizes,
		      .doc = "Bits of the RSA keys."),
		 CERT(validity, KEY_DURATION, 0, 86400, 630720000, .fallback = "1825d",
		      .doc = "How long the certificates are valid. Each begins up to 30 days in the past, as "
			     "the seed decides."));

static KEY_SHAPE(
    cluster_shape, "cluster", topology_cluster, "The call manager cluster.",
    CLUSTER(name, KEY_NAME, 0, 1, 50, .fallback = "StandAloneCluster", .doc = "Name of the cluster."),
    CLUSTER(domain, KEY_TOKEN, 0, 1, 60, .fallback = "lab", .choices = domain_characters,
	    .doc = "DNS domain and SIP realm."),
    CLUSTER(time_zone, KEY_TEXT, 0, 1, 60, .doc = "Time zone in the phones' configuration."),
    CLUSTER(ntp, KEY_IPV4, KEY_LIST | KEY_ONE, 0, 3,
	    .doc = "NTP servers in the phones' configuration. The lab has none: run one on a node with "
		   "`run`, or use "
		   "your own. Without an answer, phones take the Date of the call manager."),
    CLUSTER(
	problem_report_url, KEY_TEXT, 0, 1, 255,
	.doc = "Where phones upload problem reports (\"Customer support upload URL\"): `http://HOST/PATH`."),
    CLUSTER(
	auto_registration, KEY_TOKEN, 0, 3, 31, .choices = number_range_characters,
	.doc =
	    "Auto-registration: a range of directory numbers such as 3000-3999. A phone that is not in the "
	    "device table is added with the next number of the range. By default off."),
    CLUSTER(axl_user, KEY_TOKEN, 0, 1, 60, .fallback = "axluser", .choices = topology_user_characters,
	    .doc = "User of the publisher's web services, AXL and RIS."),
    CLUSTER(axl_password, KEY_TEXT, 0, 1, 60, .fallback = "phonelab", .doc = "Its password."),
    CLUSTER(digest, KEY_FLAG, 0, .fallback = "false",
	    .doc = "REGISTER is challenged (401); phones authenticate with a user name and a password."),
    CLUSTER(
	itl, KEY_CHOICE, 0, .fallback = "normal", .choices = itls,
	.doc =
	    "The trust list (ITL) on the TFTP service. normal: signed. none: missing. forged: altered after "
	    "it was signed."),
    CLUSTER(
	expires, KEY_DURATION, 0, 25, 86400, .fallback = "120s",
	.doc =
	    "Duration of a registration. Phones refresh it 5 s before it expires and reject a duration that "
	    "leaves less than 20 s."),
    CLUSTER(image_size, KEY_INTEGER, 0, 1, 65536, .fallback = "128",
	    .doc = "Size of the generated firmware images, in KiB."),
    CLUSTER(devices, KEY_CHOICE, 0, .fallback = "rendered", .choices = devices,
	    .doc =
		"rendered: the lab writes the files of the phones and the device table of the call managers. "
		"external: it writes neither; your server provides the files, phones have the directory "
		"numbers of "
		"those files, and the lab's own call managers accept every device."),
    CLUSTER(
	security, KEY_CHOICE, 0, .fallback = "non-secure", .choices = securities,
	.doc =
	    "mixed: phones can be secure; the TFTP service has a CTL file, and the call managers accept SIP "
	    "over TLS on port 5061."),
    CLUSTER(
	release, KEY_CHOICE, 0, .choices = releases,
	.doc =
	    "Release of the call managers: the lab has certificates, and trust lists as this release makes "
	    "them. By default 14 with `security: mixed`; otherwise the lab has one certificate, which signs "
	    "everything."),
    CLUSTER(certificates, KEY_OBJECT, 0, .shape = &certificates_shape,
	    .doc = "What stands in the certificates."),
    CLUSTER(ringtones, KEY_FLAG, 0, .fallback = "true", .doc = "The TFTP service has custom ringtones."),
    CLUSTER(nodes, KEY_OBJECT, KEY_LIST | KEY_REQUIRED, 1, 5, .shape = &node_shape,
	    .doc = "Call managers in order of priority."),
    CLUSTER(loads, KEY_OBJECT, KEY_LIST, 0, 64, .shape = &load_shape,
	    .doc = "Device defaults; models that are not listed run their newest load."));

static KEY_SHAPE(
    other_cluster_shape, "other-cluster", topology_other_cluster,
    "Another cluster, with certificates, a device table and TFTP servers of its own. Its other settings are "
    "those of `cluster`; auto-registration is off.",
    OTHER(name, KEY_NAME, KEY_REQUIRED, 1, 32, .doc = "Name of the cluster."),
    OTHER(security, KEY_CHOICE, 0, .fallback = "non-secure", .choices = securities,
	  .doc = "As in `cluster`."),
    OTHER(release, KEY_CHOICE, 0, .choices = releases, .doc = "As in `cluster`."),
    OTHER(certificates, KEY_OBJECT, 0, .shape = &certificates_shape, .doc = "As in `cluster`."),
    OTHER(nodes, KEY_OBJECT, KEY_LIST | KEY_REQUIRED, 1, 5, .shape = &node_shape,
	  .doc = "Call managers in order of priority."));

static KEY_SHAPE(
    capf_shape, "capf", topology_capf,
    "The pending operation at the CAPF, which installs and deletes locally significant certificates (LSC).",
    CAPF(operation, KEY_CHOICE, 0, .fallback = "none", .choices = topology_capf_operation_names,
	 .doc =
	     "The operation that the phone performs at its next boot. troubleshoot: it sends its LSC to the "
	     "CAPF."),
    CAPF(authentication, KEY_CHOICE, 0, .fallback = "null-string", .choices = capf_authentications,
	 .doc = "How the phone proves who it is. string: the user enters `string` at the phone."),
    CAPF(key, KEY_CHOICE, 0, .fallback = "rsa-2048", .choices = topology_capf_key_names,
	 .doc = "The key that the phone makes for install. EC keys need release 12.0 or later, and no "
		"`encrypted_config`."),
    CAPF(string, KEY_NUMBER, 0, 4, 10, .doc = "Only for string, where it is required: 4 to 10 digits."));

static KEY_SHAPE(
    phone_shape, "phone", topology_phone_row, "One phone, or several phones with the same settings.",
    {"model", KEY_WORD, 0, AT(topology_phone_row, model_name), .fallback = "7841",
     .choices = topology_phone_model_names, .doc = "Phone model."},
    PHONE(count, KEY_INTEGER, 0, 1, 4096, .fallback = "1",
	  .doc = "Number of phones. MACs, ports and lines are counted up from the first."),
    PHONE(mac, KEY_MAC, 0,
	  .doc = "MAC of the first phone; by default 00:11:22:aa:bb:01 and up. A phone's name is SEP and its "
		 "MAC."),
    {"switch", KEY_NAME, 0, AT(topology_phone_row, switch_name), 1, 32,
     .doc = "Switch; required only if there are several."},
    PHONE(port, KEY_PORT, 0, .doc = "Port of the first phone; by default the first free port."),
    PHONE(line, KEY_NUMBER, KEY_LIST | KEY_ONE, 1, 6,
	  .doc = "Directory number of one phone, or a list of them."),
    {"lines", KEY_FROM, 0, AT(topology_phone_row, lines_from), 1, 999999999999,
     .doc = "Directory number of the first phone; the others are counted up."},
    PHONE(label, KEY_TEXT, 0, 1, 30, .doc = "Text beside the line button."),
    PHONE(description, KEY_TEXT, 0, 1, 128,
	  .doc = "Description in the device table of the call manager; by default the device name."),
    PHONE(call_manager_group, KEY_NAME, KEY_LIST | KEY_ONE, 1, 32,
	  .doc = "Call managers of the phone, in order of priority; by default all nodes in their order."),
    PHONE(power, KEY_CHOICE, 0, .fallback = "poe", .choices = powers,
	  .doc = "poe: from the switch. ac: from a power adapter."),
    PHONE(cdp, KEY_FLAG, 0, .fallback = "true", .doc = "The phone sends and receives CDP."),
    PHONE(lldp, KEY_FLAG, 0, .fallback = "true", .doc = "The phone sends and receives LLDP-MED."),
    PHONE(provisioned, KEY_FLAG, 0, .fallback = "true",
	  .doc = "The phone is in the device table of the call manager. off: it gets XMLDefault.cnf.xml and "
		 "cannot register."),
    PHONE(external, KEY_FLAG, 0, .fallback = "false",
	  .doc = "A real phone of yours with this `mac`: it is in the device table of the call manager, but "
		 "is not "
		 "simulated (real-phone.md)."),
    PHONE(load, KEY_LOAD, 0, 1, 60,
	  .doc = "Firmware load in its configuration; by default the device default."),
    PHONE(active_load, KEY_LOAD, 0, 1, 60,
	  .doc = "Firmware load in the active bank of its flash; by default the load that it should run."),
    PHONE(inactive_load, KEY_LOAD, 0, 1, 60,
	  .doc = "Firmware load in the inactive bank; by default the model's older load."),
    PHONE(corrupt, KEY_CHOICE, 0, .fallback = "none", .choices = banks,
	  .doc = "Banks of the flash with a damaged image."),
    PHONE(auth_name, KEY_TOKEN, 0, 1, 60, .choices = topology_user_characters,
	  .doc = "Digest user name; by default the device name."),
    PHONE(auth_password, KEY_TEXT, 0, 1, 60,
	  .doc = "Digest password; by default generated, if `digest` is on."),
    PHONE(alternate_tftp, KEY_IPV4, KEY_LIST | KEY_ONE, 0, 2,
	  .doc = "TFTP servers entered at the phone; they take precedence over DHCP."),
    PHONE(locale, KEY_CHOICE, 0, .fallback = "french", .choices = topology_locale_names,
	  .doc = "User locale to download. none: United States English, no download."),
    PHONE(transport, KEY_CHOICE, 0, .fallback = "tcp", .choices = topology_transport_names,
	  .doc = "Transport of SIP to the call manager."),
    PHONE(security, KEY_CHOICE, 0, .fallback = "non-secure", .choices = phone_securities,
	  .doc = "Security mode of the phone's profile. authenticated: SIP over TLS without encryption. "
		 "encrypted: SIP "
		 "over TLS. Both need `security: mixed` in `cluster`."),
    PHONE(encrypted_config, KEY_FLAG, 0, .fallback = "false",
	  .doc = "The configuration file is encrypted for the phone's certificate."),
    PHONE(lsc, KEY_CHOICE, 0, .fallback = "none", .choices = lscs,
	  .doc = "installed: the phone has a locally significant certificate (LSC) when it boots first."),
    PHONE(capf, KEY_OBJECT, 0, .shape = &capf_shape, .doc = "The pending operation at the CAPF."),
    {"cluster", KEY_NAME, 0, AT(topology_phone_row, cluster_name), 1, 50,
     .doc =
	 "The cluster that has the phone in its device table; by default that of `cluster`. The lab's DHCP "
	 "server sends the phone option 150 of this cluster."},
    PHONE(softkeys, KEY_FLAG, 0, .fallback = "true", .doc = "A softkey template is configured."),
    PHONE(dial_rules, KEY_FLAG, 0, .fallback = "true", .doc = "SIP dial rules are configured."));

KEY_SHAPE(
    topology_shape, "topology", topology, "A phonelab topology: the parts of a lab.",
    LAB(name, KEY_NAME, 0, 1, 32, .doc = "Name of the lab; by default the name of the file."),
    LAB(pace, KEY_CHOICE, 0, .fallback = "fast", .choices = paces,
	.doc = "fast: skips delays that exist only in hardware. real: with the delays of the phone models."),
    LAB(seed, KEY_INTEGER, 0, 0, INT64_MAX, .fallback = "1",
	.doc = "Seed of all random numbers: the same seed gives the same boot."),
    LAB(key_log, KEY_FLAG, 0, .fallback = "false",
	.doc = "Write the secrets of all TLS sessions of phones to `keys/tls.log` in the run directory, for "
	       "Wireshark. A reader of this file can decrypt the signalling of the lab."),
    LAB(vlans, KEY_OBJECT, KEY_LIST | KEY_REQUIRED, 1, 256, .shape = &vlan_shape, .doc = "VLANs."),
    LAB(switches, KEY_OBJECT, KEY_LIST | KEY_REQUIRED, 1, 32, .shape = &switch_shape, .doc = "Switches."),
    LAB(closets, KEY_OBJECT, KEY_LIST, 0, 32, .shape = &closet_shape,
	.doc = "Closets, if the lab can be divided among several machines."),
    LAB(servers, KEY_OBJECT, KEY_LIST, 0, 64, .shape = &server_shape, .doc = "Servers: DHCP, TFTP, routers."),
    LAB(cluster, KEY_OBJECT, KEY_REQUIRED, .shape = &cluster_shape, .doc = "The call managers."),
    LAB(clusters, KEY_OBJECT, KEY_LIST, 0, 4, .shape = &other_cluster_shape,
	.doc =
	    "Further clusters, for phones that move from one to another (secure.md). Only in native labs on "
	    "one machine."),
    {"phones", KEY_OBJECT, KEY_LIST | KEY_REQUIRED, AT(topology, rows), 1, 4096, .shape = &phone_shape,
     .doc = "Phones."});
