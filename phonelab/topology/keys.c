#include "phonelab/topology/keys.h"

#include "phonelab/topology/topology.h"

/* Each row: key, type, flags, field, minimum, maximum, default, choices, shape, documentation. */
#define AT(type, field) offsetof(struct type, field)

static const char *const paces[] = {"fast", "real", NULL};
static const char *const modes[] = {"access", "trunk", NULL};
static const char *const poe_admins[] = {"auto", "static", "never", NULL};
static const char *const poe_priorities[] = {"low", "high", "critical", NULL};
static const char *const server_kinds[] = {"dhcp", "tftp", "router", NULL};
static const char *const itls[] = {"normal", "none", "forged", NULL};
static const char *const roles[] = {"publisher", "subscriber", NULL};
static const char *const node_modes[] = {"up", "refuse", "silent", NULL};
static const char *const powers[] = {"poe", "ac", NULL};
static const char *const banks[] = {"none", "active", "inactive", "both", NULL};
static const char *const locales[] = {"none", "french", "german", NULL};
static const char *const domain_characters[] = {".-", NULL};
static const char *const user_characters[] = {"._@-", NULL};
static const char *const transports[] = {"tcp", "udp", NULL};

static const struct key vlan_keys[] = {
    {"id", KEY_VLAN, KEY_REQUIRED, AT(topology_vlan, id), 1, 4094, NULL, NULL, NULL, "Number of the VLAN."},
    {"name", KEY_NAME, 0, AT(topology_vlan, name), 1, 32, NULL, NULL, NULL,
     "Name, as `show vlan brief` prints it."},
    {"subnet", KEY_SUBNET, 0, AT(topology_vlan, subnet), 8, 30, NULL, NULL, NULL,
     "IPv4 subnet of the VLAN. Required if a phone, server or call manager has an address in this VLAN."},
    {0},
};
static const struct shape vlan_shape = {"vlan", sizeof(struct topology_vlan), vlan_keys, "A VLAN."};

static const struct key port_keys[] = {
    {"port", KEY_PORTS, KEY_REQUIRED, AT(topology_port_setting, port), 0, 0, NULL, NULL, NULL,
     "The port or the range of ports to configure."},
    {"mode", KEY_CHOICE, 0, AT(topology_port_setting, mode), 0, 0, NULL, modes, NULL,
     "Access port or trunk."},
    {"access_vlan", KEY_VLAN, 0, AT(topology_port_setting, access_vlan), 1, 4094, NULL, NULL, NULL,
     "VLAN of untagged frames on an access port."},
    {"voice_vlan", KEY_VLAN, 0, AT(topology_port_setting, voice_vlan), -1, 4094, NULL, NULL, NULL,
     "Voice VLAN that CDP and LLDP-MED announce to a phone."},
    {"native_vlan", KEY_VLAN, 0, AT(topology_port_setting, native_vlan), 1, 4094, NULL, NULL, NULL,
     "VLAN of untagged frames on a trunk."},
    {"allowed_vlans", KEY_VLAN, KEY_LIST, AT(topology_port_setting, allowed_vlans), 1, 4094, NULL, NULL, NULL,
     "VLANs that a trunk carries; by default all."},
    {"cdp", KEY_FLAG, 0, AT(topology_port_setting, cdp), 0, 0, NULL, NULL, NULL, "CDP on this port."},
    {"lldp", KEY_FLAG, 0, AT(topology_port_setting, lldp), 0, 0, NULL, NULL, NULL, "LLDP on this port."},
    {"trusted", KEY_FLAG, 0, AT(topology_port_setting, trusted), 0, 0, NULL, NULL, NULL,
     "DHCP snooping accepts server messages from this port."},
    {"shutdown", KEY_FLAG, 0, AT(topology_port_setting, shutdown), 0, 0, NULL, NULL, NULL,
     "The port is administratively down."},
    {"poe", KEY_CHOICE, 0, AT(topology_port_setting, poe), 0, 0, NULL, poe_admins, NULL,
     "As `power inline auto`, `static` or `never`."},
    {"poe_max", KEY_WATTS, 0, AT(topology_port_setting, poe_max), 0, 90000, NULL, NULL, NULL,
     "Maximum power of the port."},
    {"poe_priority", KEY_CHOICE, 0, AT(topology_port_setting, poe_priority), 0, 0, NULL, poe_priorities, NULL,
     "Priority of the port when the power budget is exceeded."},
    {"description", KEY_TEXT, 0, AT(topology_port_setting, description), 1, 64, NULL, NULL, NULL,
     "Description in `show interfaces status`."},
    {0},
};
const struct shape topology_port_shape = {
    "port", sizeof(struct topology_port_setting), port_keys,
    "Settings of a port or of a range of ports that differ from those of the switch."};

static const struct key uplink_keys[] = {
    {"to", KEY_NAME, KEY_REQUIRED, AT(topology_uplink, to), 1, 32, NULL, NULL, NULL,
     "The switch at the other end of the trunk."},
    {"port", KEY_PORT, 0, AT(topology_uplink, port), 0, 0, NULL, NULL, NULL,
     "Port of this switch; by default the first free uplink port."},
    {"remote_port", KEY_PORT, 0, AT(topology_uplink, remote_port), 0, 0, NULL, NULL, NULL,
     "Port of the other switch; by default its first free uplink port."},
    {"native_vlan", KEY_VLAN, 0, AT(topology_uplink, native_vlan), 1, 4094, "1", NULL, NULL,
     "VLAN of untagged frames on the trunk."},
    {"allowed_vlans", KEY_VLAN, KEY_LIST, AT(topology_uplink, allowed_vlans), 1, 4094, NULL, NULL, NULL,
     "VLANs that the trunk carries; by default all."},
    {0},
};
static const struct shape uplink_shape = {"uplink", sizeof(struct topology_uplink), uplink_keys,
					  "A trunk to another switch."};

static const struct key switch_keys[] = {
    {"name", KEY_NAME, KEY_REQUIRED, AT(topology_switch, name), 1, 32, NULL, NULL, NULL, "Host name."},
    {"model", KEY_WORD, 0, AT(topology_switch, model_name), 0, 0, "C9200-48P", topology_switch_model_names,
     NULL, "Model. It determines the ports, the uplink ports and the PoE budget."},
    {"members", KEY_INTEGER, 0, AT(topology_switch, members), 1, 128, "1", NULL, NULL,
     "Number of stack members. Member 2 has the ports Gi2/0/1 and up."},
    {"poe_budget", KEY_WATTS, 0, AT(topology_switch, poe_budget), 0, 4000000, NULL, NULL, NULL,
     "PoE budget of each member; by default that of the model."},
    {"access_vlan", KEY_VLAN, 0, AT(topology_switch, access_vlan), 1, 4094, "1", NULL, NULL,
     "Access VLAN of every port that `ports` does not configure."},
    {"voice_vlan", KEY_VLAN, 0, AT(topology_switch, voice_vlan), -1, 4094, "none", NULL, NULL,
     "Voice VLAN of every port that `ports` does not configure."},
    {"cdp", KEY_FLAG, 0, AT(topology_switch, cdp), 0, 0, "true", NULL, NULL, "CDP on every port."},
    {"lldp", KEY_FLAG, 0, AT(topology_switch, lldp), 0, 0, "true", NULL, NULL, "LLDP on every port."},
    {"dhcp_snooping", KEY_FLAG, 0, AT(topology_switch, dhcp_snooping), 0, 0, "true", NULL, NULL,
     "DHCP snooping: client broadcasts go only to trusted ports, and server messages are accepted only from "
     "trusted ports."},
    {"management_address", KEY_IPV4, 0, AT(topology_switch, management_address), 0, 0, NULL, NULL, NULL,
     "Address that CDP and LLDP announce."},
    {"uplinks", KEY_OBJECT, KEY_LIST, AT(topology_switch, uplinks), 0, 8, NULL, NULL, &uplink_shape,
     "Trunks to other switches."},
    {"ports", KEY_OBJECT, KEY_LIST, AT(topology_switch, ports), 0, 4096, NULL, NULL, &topology_port_shape,
     "Ports with settings of their own."},
    {0},
};
static const struct shape switch_shape = {"switch", sizeof(struct topology_switch), switch_keys,
					  "A PoE access switch, or a stack of them."};

static const struct key interface_keys[] = {
    {"port", KEY_PORT, 0, AT(topology_plug, port), 0, 0, NULL, NULL, NULL,
     "Port of the switch; by default the last free port."},
    {"vlan", KEY_VLAN, KEY_REQUIRED, AT(topology_plug, vlan), 1, 4094, NULL, NULL, NULL, "VLAN."},
    {"address", KEY_IPV4, 0, AT(topology_plug, address), 0, 0, NULL, NULL, NULL,
     "Address; by default the first of the subnet."},
    {0},
};
static const struct shape interface_shape = {
    "interface", sizeof(struct topology_plug), interface_keys,
    "An interface of a router. Its address is the gateway of the VLAN."};

static const struct key option_keys[] = {
    {"150", KEY_IPV4, KEY_LIST | KEY_ONE, AT(topology_dhcp_options, tftp_servers), 0, 16, NULL, NULL, NULL,
     "TFTP servers, in order (RFC 5859). By default, if 66 is not set either: every TFTP server of the lab. "
     "[] sends "
     "no option 150."},
    {"66", KEY_TOKEN, 0, AT(topology_dhcp_options, tftp_name), 1, 127, NULL, domain_characters, NULL,
     "One TFTP server: a name or an address."},
    {"6", KEY_IPV4, KEY_LIST | KEY_ONE, AT(topology_dhcp_options, dns), 0, 8, NULL, NULL, NULL,
     "DNS servers; by default this server, if `dns` is on."},
    {"*", KEY_OTHERS, KEY_LIST, AT(topology_dhcp_options, others), 1, 254, NULL, NULL, NULL,
     "Any other option by its number, in the notation of dnsmasq: `42: 10.20.0.3`."},
    {0},
};
static const struct shape option_shape = {"options", sizeof(struct topology_dhcp_options), option_keys,
					  "DHCP options by number."};

static const struct key server_keys[] = {
    {"name", KEY_NAME, KEY_REQUIRED, AT(topology_server, name), 1, 32, NULL, NULL, NULL, "Host name."},
    {"kind", KEY_CHOICE, KEY_REQUIRED, AT(topology_server, kind), 0, 0, NULL, server_kinds, NULL,
     "dhcp: DHCP and DNS (dnsmasq). tftp: TFTP on port 69 and HTTP on port 6970. router: forwards between "
     "its "
     "interfaces."},
    {"port", KEY_PORT, 0, AT(topology_server, plug.port), 0, 0, NULL, NULL, NULL,
     "Port of the switch; by default the last free port."},
    {"vlan", KEY_VLAN, 0, AT(topology_server, plug.vlan), 1, 4094, NULL, NULL, NULL,
     "VLAN; by default the only VLAN that has a subnet."},
    {"address", KEY_IPV4, 0, AT(topology_server, plug.address), 0, 0, NULL, NULL, NULL,
     "Address; by default the next free one of the subnet."},
    {"interfaces", KEY_OBJECT, KEY_LIST, AT(topology_server, interfaces), 1, 16, NULL, NULL, &interface_shape,
     "Only for router, where it is required: its interfaces."},
    {"pool", KEY_RANGE, 0, AT(topology_server, pool), 0, 0, NULL, NULL, NULL,
     "Only for dhcp: the addresses to lease; by default the upper part of the subnet."},
    {"lease", KEY_DURATION, 0, AT(topology_server, lease), 120, 31536000, "1h", NULL, NULL,
     "Only for dhcp: duration of a lease."},
    {"dns", KEY_FLAG, 0, AT(topology_server, dns), 0, 0, "true", NULL, NULL, "Only for dhcp: DNS too."},
    {"options", KEY_OBJECT, 0, AT(topology_server, options), 0, 0, NULL, NULL, &option_shape,
     "Only for dhcp: the options to send."},
    {"http", KEY_FLAG, 0, AT(topology_server, http), 0, 0, "true", NULL, NULL,
     "Only for tftp: HTTP on port 6970. off: connections are refused."},
    {"tftp", KEY_FLAG, 0, AT(topology_server, tftp), 0, 0, "true", NULL, NULL,
     "Only for tftp: TFTP on port 69."},
    {0},
};
static const struct shape server_shape = {
    "server", sizeof(struct topology_server), server_keys,
    "A server, plugged into a port of a switch. It runs the real program."};

static const struct key node_keys[] = {
    {"name", KEY_NAME, KEY_REQUIRED, AT(topology_node, name), 1, 32, NULL, NULL, NULL, "Host name."},
    {"role", KEY_CHOICE, 0, AT(topology_node, role), 0, 0, NULL, roles, NULL,
     "By default the first node is the publisher and the others are subscribers."},
    {"mode", KEY_CHOICE, 0, AT(topology_node, mode), 0, 0, "up", node_modes, NULL,
     "up: it works. refuse: connections are refused. silent: nothing answers at its address."},
    {"port", KEY_PORT, 0, AT(topology_node, plug.port), 0, 0, NULL, NULL, NULL,
     "Port of the switch; by default the last free port."},
    {"vlan", KEY_VLAN, 0, AT(topology_node, plug.vlan), 1, 4094, NULL, NULL, NULL,
     "VLAN; by default the only VLAN that has a subnet."},
    {"address", KEY_IPV4, 0, AT(topology_node, plug.address), 0, 0, NULL, NULL, NULL,
     "Address; by default the next free one of the subnet."},
    {0},
};
static const struct shape node_shape = {"node", sizeof(struct topology_node), node_keys,
					"A call manager (Kamailio)."};

static const struct key load_keys[] = {
    {"model", KEY_WORD, KEY_REQUIRED, AT(topology_load, model), 0, 0, NULL, topology_phone_model_names, NULL,
     "Phone model."},
    {"load", KEY_LOAD, KEY_REQUIRED, AT(topology_load, load), 1, 60, NULL, NULL, NULL,
     "Firmware load that phones of this model should run."},
    {0},
};
static const struct shape load_shape = {"load", sizeof(struct topology_load), load_keys,
					"Device default: the firmware load of a model."};

static const struct key cluster_keys[] = {
    {"name", KEY_NAME, 0, AT(topology_cluster, name), 1, 50, "StandAloneCluster", NULL, NULL,
     "Name of the cluster."},
    {"domain", KEY_TOKEN, 0, AT(topology_cluster, domain), 1, 60, "lab", domain_characters, NULL,
     "DNS domain and SIP realm."},
    {"time_zone", KEY_TEXT, 0, AT(topology_cluster, time_zone), 1, 60, NULL, NULL, NULL,
     "Time zone in the phones' configuration."},
    {"digest", KEY_FLAG, 0, AT(topology_cluster, digest), 0, 0, "false", NULL, NULL,
     "REGISTER is challenged (401); phones authenticate with a user name and a password."},
    {"itl", KEY_CHOICE, 0, AT(topology_cluster, itl), 0, 0, "normal", itls, NULL,
     "The trust list (ITL) on the TFTP service. normal: signed. none: missing. forged: altered after it was "
     "signed."},
    {"expires", KEY_DURATION, 0, AT(topology_cluster, expires), 25, 86400, "120s", NULL, NULL,
     "Duration of a registration. Phones refresh it 5 s before it expires and reject a duration that leaves "
     "less "
     "than 20 s."},
    {"image_size", KEY_INTEGER, 0, AT(topology_cluster, image_size), 1, 65536, "128", NULL, NULL,
     "Size of the generated firmware images, in KiB."},
    {"ringtones", KEY_FLAG, 0, AT(topology_cluster, ringtones), 0, 0, "true", NULL, NULL,
     "The TFTP service has custom ringtones."},
    {"nodes", KEY_OBJECT, KEY_LIST | KEY_REQUIRED, AT(topology_cluster, nodes), 1, 5, NULL, NULL, &node_shape,
     "Call managers in order of priority."},
    {"loads", KEY_OBJECT, KEY_LIST, AT(topology_cluster, loads), 0, 64, NULL, NULL, &load_shape,
     "Device defaults; models that are not listed run their newest load."},
    {0},
};
static const struct shape cluster_shape = {"cluster", sizeof(struct topology_cluster), cluster_keys,
					   "The call manager cluster."};

static const struct key phone_keys[] = {
    {"model", KEY_WORD, 0, AT(topology_phone_row, model_name), 0, 0, "7841", topology_phone_model_names, NULL,
     "Phone model."},
    {"count", KEY_INTEGER, 0, AT(topology_phone_row, count), 1, 4096, "1", NULL, NULL,
     "Number of phones. MACs, ports and lines are counted up from the first."},
    {"mac", KEY_MAC, 0, AT(topology_phone_row, mac), 0, 0, NULL, NULL, NULL,
     "MAC of the first phone; by default 00:11:22:aa:bb:01 and up. A phone's name is SEP and its MAC."},
    {"switch", KEY_NAME, 0, AT(topology_phone_row, switch_name), 1, 32, NULL, NULL, NULL,
     "Switch; required only if there are several."},
    {"port", KEY_PORT, 0, AT(topology_phone_row, port), 0, 0, NULL, NULL, NULL,
     "Port of the first phone; by default the first free port."},
    {"line", KEY_NUMBER, KEY_LIST | KEY_ONE, AT(topology_phone_row, line), 1, 6, NULL, NULL, NULL,
     "Directory number of one phone, or a list of them."},
    {"lines", KEY_FROM, 0, AT(topology_phone_row, lines_from), 1, 999999999999, NULL, NULL, NULL,
     "Directory number of the first phone; the others are counted up."},
    {"label", KEY_TEXT, 0, AT(topology_phone_row, label), 1, 30, NULL, NULL, NULL,
     "Text beside the line button."},
    {"power", KEY_CHOICE, 0, AT(topology_phone_row, power), 0, 0, "poe", powers, NULL,
     "poe: from the switch. ac: from a power adapter."},
    {"cdp", KEY_FLAG, 0, AT(topology_phone_row, cdp), 0, 0, "true", NULL, NULL,
     "The phone sends and receives CDP."},
    {"lldp", KEY_FLAG, 0, AT(topology_phone_row, lldp), 0, 0, "true", NULL, NULL,
     "The phone sends and receives LLDP-MED."},
    {"provisioned", KEY_FLAG, 0, AT(topology_phone_row, provisioned), 0, 0, "true", NULL, NULL,
     "The phone is in the device table of the call manager. off: it gets XMLDefault.cnf.xml and cannot "
     "register."},
    {"load", KEY_LOAD, 0, AT(topology_phone_row, load), 1, 60, NULL, NULL, NULL,
     "Firmware load in its configuration; by default the device default."},
    {"active_load", KEY_LOAD, 0, AT(topology_phone_row, active_load), 1, 60, NULL, NULL, NULL,
     "Firmware load in the active bank of its flash; by default the load that it should run."},
    {"inactive_load", KEY_LOAD, 0, AT(topology_phone_row, inactive_load), 1, 60, NULL, NULL, NULL,
     "Firmware load in the inactive bank; by default the model's older load."},
    {"corrupt", KEY_CHOICE, 0, AT(topology_phone_row, corrupt), 0, 0, "none", banks, NULL,
     "Banks of the flash with a damaged image."},
    {"auth_name", KEY_TOKEN, 0, AT(topology_phone_row, auth_name), 1, 60, NULL, user_characters, NULL,
     "Digest user name; by default the device name."},
    {"auth_password", KEY_TEXT, 0, AT(topology_phone_row, auth_password), 1, 60, NULL, NULL, NULL,
     "Digest password; by default generated, if `digest` is on."},
    {"alternate_tftp", KEY_IPV4, KEY_LIST | KEY_ONE, AT(topology_phone_row, alternate_tftp), 0, 2, NULL, NULL,
     NULL, "TFTP servers entered at the phone; they take precedence over DHCP."},
    {"locale", KEY_CHOICE, 0, AT(topology_phone_row, locale), 0, 0, "french", locales, NULL,
     "User locale to download. none: United States English, no download."},
    {"transport", KEY_CHOICE, 0, AT(topology_phone_row, transport), 0, 0, "tcp", transports, NULL,
     "Transport of SIP to the call manager."},
    {"softkeys", KEY_FLAG, 0, AT(topology_phone_row, softkeys), 0, 0, "true", NULL, NULL,
     "A softkey template is configured."},
    {"dial_rules", KEY_FLAG, 0, AT(topology_phone_row, dial_rules), 0, 0, "true", NULL, NULL,
     "SIP dial rules are configured."},
    {0},
};
static const struct shape phone_shape = {"phone", sizeof(struct topology_phone_row), phone_keys,
					 "One phone, or several phones with the same settings."};

static const struct key topology_keys[] = {
    {"name", KEY_NAME, 0, AT(topology, name), 1, 32, NULL, NULL, NULL,
     "Name of the lab; by default the name of the file."},
    {"pace", KEY_CHOICE, 0, AT(topology, pace), 0, 0, "fast", paces, NULL,
     "fast: skips delays that exist only in hardware. real: with the delays of the phone models."},
    {"seed", KEY_INTEGER, 0, AT(topology, seed), 0, INT64_MAX, "1", NULL, NULL,
     "Seed of all random numbers: the same seed gives the same boot."},
    {"vlans", KEY_OBJECT, KEY_LIST | KEY_REQUIRED, AT(topology, vlans), 1, 256, NULL, NULL, &vlan_shape,
     "VLANs."},
    {"switches", KEY_OBJECT, KEY_LIST | KEY_REQUIRED, AT(topology, switches), 1, 32, NULL, NULL,
     &switch_shape, "Switches."},
    {"servers", KEY_OBJECT, KEY_LIST, AT(topology, servers), 0, 64, NULL, NULL, &server_shape,
     "Servers: DHCP, TFTP, routers."},
    {"cluster", KEY_OBJECT, KEY_REQUIRED, AT(topology, cluster), 0, 0, NULL, NULL, &cluster_shape,
     "The call managers."},
    {"phones", KEY_OBJECT, KEY_LIST | KEY_REQUIRED, AT(topology, rows), 1, 4096, NULL, NULL, &phone_shape,
     "Phones."},
    {0},
};
const struct shape topology_shape = {"topology", sizeof(struct topology), topology_keys,
				     "A phonelab topology: the parts of a lab."};
