#include "phonelab/topology/keys.h"

#include "phonelab/topology/topology.h"

/* Each row: key, type, flags, field, least, greatest, default, choices, shape, documentation. */
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
     "Name, as show vlan brief prints it."},
    {"subnet", KEY_SUBNET, 0, AT(topology_vlan, subnet), 8, 30, NULL, NULL, NULL,
     "IPv4 subnet of the VLAN. A VLAN in which something has an address needs one."},
    {0},
};
static const struct shape vlan_shape = {"vlan", sizeof(struct topology_vlan), vlan_keys, "A VLAN."};

static const struct key port_keys[] = {
    {"port", KEY_PORTS, KEY_REQUIRED, AT(topology_port_setting, port), 0, 0, NULL, NULL, NULL,
     "The port, or a range of ports, that this row is about."},
    {"mode", KEY_CHOICE, 0, AT(topology_port_setting, mode), 0, 0, NULL, modes, NULL,
     "Access port or trunk."},
    {"access_vlan", KEY_VLAN, 0, AT(topology_port_setting, access_vlan), 1, 4094, NULL, NULL, NULL,
     "VLAN of untagged frames of an access port."},
    {"voice_vlan", KEY_VLAN, 0, AT(topology_port_setting, voice_vlan), -1, 4094, NULL, NULL, NULL,
     "VLAN that a phone is told to tag its frames with."},
    {"native_vlan", KEY_VLAN, 0, AT(topology_port_setting, native_vlan), 1, 4094, NULL, NULL, NULL,
     "VLAN of untagged frames of a trunk."},
    {"allowed_vlans", KEY_VLAN, KEY_LIST, AT(topology_port_setting, allowed_vlans), 1, 4094, NULL, NULL, NULL,
     "VLANs that a trunk carries; all when not said."},
    {"cdp", KEY_FLAG, 0, AT(topology_port_setting, cdp), 0, 0, NULL, NULL, NULL, "CDP on this port."},
    {"lldp", KEY_FLAG, 0, AT(topology_port_setting, lldp), 0, 0, NULL, NULL, NULL, "LLDP on this port."},
    {"trusted", KEY_FLAG, 0, AT(topology_port_setting, trusted), 0, 0, NULL, NULL, NULL,
     "DHCP snooping takes server messages from this port."},
    {"shutdown", KEY_FLAG, 0, AT(topology_port_setting, shutdown), 0, 0, NULL, NULL, NULL,
     "The port is administratively down."},
    {"poe", KEY_CHOICE, 0, AT(topology_port_setting, poe), 0, 0, NULL, poe_admins, NULL,
     "power inline auto, static or never."},
    {"poe_max", KEY_WATTS, 0, AT(topology_port_setting, poe_max), 0, 90000, NULL, NULL, NULL,
     "The most power that the port gives."},
    {"poe_priority", KEY_CHOICE, 0, AT(topology_port_setting, poe_priority), 0, 0, NULL, poe_priorities, NULL,
     "Who keeps its power when the budget runs out."},
    {"description", KEY_TEXT, 0, AT(topology_port_setting, description), 1, 64, NULL, NULL, NULL,
     "Shown by show interfaces status."},
    {0},
};
static const struct shape port_shape = {"port", sizeof(struct topology_port_setting), port_keys,
					"Settings of a port, or a range, that differ from the switch's."};

static const struct key uplink_keys[] = {
    {"to", KEY_NAME, KEY_REQUIRED, AT(topology_uplink, to), 1, 32, NULL, NULL, NULL,
     "The switch at the other end of the trunk."},
    {"port", KEY_PORT, 0, AT(topology_uplink, port), 0, 0, NULL, NULL, NULL,
     "Port of this switch; the first free uplink port when not said."},
    {"remote_port", KEY_PORT, 0, AT(topology_uplink, remote_port), 0, 0, NULL, NULL, NULL,
     "Port of the other switch; its first free uplink port when not said."},
    {"native_vlan", KEY_VLAN, 0, AT(topology_uplink, native_vlan), 1, 4094, "1", NULL, NULL,
     "VLAN of untagged frames on the trunk."},
    {"allowed_vlans", KEY_VLAN, KEY_LIST, AT(topology_uplink, allowed_vlans), 1, 4094, NULL, NULL, NULL,
     "VLANs that the trunk carries; all when not said."},
    {0},
};
static const struct shape uplink_shape = {"uplink", sizeof(struct topology_uplink), uplink_keys,
					  "A trunk to another switch."};

static const struct key switch_keys[] = {
    {"name", KEY_NAME, KEY_REQUIRED, AT(topology_switch, name), 1, 32, NULL, NULL, NULL, "Host name."},
    {"model", KEY_WORD, 0, AT(topology_switch, model_name), 0, 0, "C9200-48P", topology_switch_model_names,
     NULL, "Model: ports, uplink ports and the PoE budget come with it."},
    {"members", KEY_INTEGER, 0, AT(topology_switch, members), 1, 128, "1", NULL, NULL,
     "Members of the stack: Gi1/0/1 .. GiM/0/48."},
    {"poe_budget", KEY_WATTS, 0, AT(topology_switch, poe_budget), 0, 4000000, NULL, NULL, NULL,
     "Power for PoE, of each member; the model's own when not said."},
    {"access_vlan", KEY_VLAN, 0, AT(topology_switch, access_vlan), 1, 4094, "1", NULL, NULL,
     "Access VLAN of every port unless `ports` says otherwise."},
    {"voice_vlan", KEY_VLAN, 0, AT(topology_switch, voice_vlan), -1, 4094, "none", NULL, NULL,
     "Voice VLAN of every port unless `ports` says otherwise."},
    {"cdp", KEY_FLAG, 0, AT(topology_switch, cdp), 0, 0, "true", NULL, NULL, "CDP on every port."},
    {"lldp", KEY_FLAG, 0, AT(topology_switch, lldp), 0, 0, "true", NULL, NULL, "LLDP on every port."},
    {"dhcp_snooping", KEY_FLAG, 0, AT(topology_switch, dhcp_snooping), 0, 0, "true", NULL, NULL,
     "Client broadcasts go to trusted ports only; server messages come from trusted ports only."},
    {"management_address", KEY_IPV4, 0, AT(topology_switch, management_address), 0, 0, NULL, NULL, NULL,
     "The address that CDP and LLDP announce."},
    {"uplinks", KEY_OBJECT, KEY_LIST, AT(topology_switch, uplinks), 0, 8, NULL, NULL, &uplink_shape,
     "Trunks to other switches."},
    {"ports", KEY_OBJECT, KEY_LIST, AT(topology_switch, ports), 0, 4096, NULL, NULL, &port_shape,
     "Ports that differ."},
    {0},
};
static const struct shape switch_shape = {"switch", sizeof(struct topology_switch), switch_keys,
					  "A PoE access switch, or a stack of them."};

static const struct key interface_keys[] = {
    {"port", KEY_PORT, 0, AT(topology_plug, port), 0, 0, NULL, NULL, NULL,
     "Where it is plugged in; the last free port when not said."},
    {"vlan", KEY_VLAN, KEY_REQUIRED, AT(topology_plug, vlan), 1, 4094, NULL, NULL, NULL, "Its VLAN."},
    {"address", KEY_IPV4, 0, AT(topology_plug, address), 0, 0, NULL, NULL, NULL,
     "Its address; the first of the subnet when not said."},
    {0},
};
static const struct shape interface_shape = {"interface", sizeof(struct topology_plug), interface_keys,
					     "An interface of a router: the gateway of its VLAN."};

static const struct key option_keys[] = {
    {"150", KEY_IPV4, KEY_LIST | KEY_ONE, AT(topology_dhcp_options, tftp_servers), 0, 16, NULL, NULL, NULL,
     "TFTP servers, in order (RFC 5859). Every TFTP server of the lab, unless 150 or 66 is said. [] sends "
     "none."},
    {"66", KEY_TOKEN, 0, AT(topology_dhcp_options, tftp_name), 1, 127, NULL, domain_characters, NULL,
     "One TFTP server, by name or address."},
    {"6", KEY_IPV4, KEY_LIST | KEY_ONE, AT(topology_dhcp_options, dns), 0, 8, NULL, NULL, NULL,
     "DNS servers; this server, when not said and dns is on."},
    {"*", KEY_OTHERS, KEY_LIST, AT(topology_dhcp_options, others), 1, 254, NULL, NULL, NULL,
     "Any other option by its number, as dnsmasq writes values: 42: 10.20.0.3."},
    {0},
};
static const struct shape option_shape = {"options", sizeof(struct topology_dhcp_options), option_keys,
					  "DHCP options by number."};

static const struct key server_keys[] = {
    {"name", KEY_NAME, KEY_REQUIRED, AT(topology_server, name), 1, 32, NULL, NULL, NULL, "Host name."},
    {"kind", KEY_CHOICE, KEY_REQUIRED, AT(topology_server, kind), 0, 0, NULL, server_kinds, NULL,
     "dhcp: dnsmasq, DHCP and DNS. tftp: TFTP on port 69 and HTTP on 6970. router: forwards between its "
     "interfaces."},
    {"port", KEY_PORT, 0, AT(topology_server, plug.port), 0, 0, NULL, NULL, NULL,
     "Where it is plugged in; the last free port when not said."},
    {"vlan", KEY_VLAN, 0, AT(topology_server, plug.vlan), 1, 4094, NULL, NULL, NULL,
     "Its VLAN; the only one with a subnet when not said."},
    {"address", KEY_IPV4, 0, AT(topology_server, plug.address), 0, 0, NULL, NULL, NULL,
     "Its address; the next free one of the subnet when not said."},
    {"interfaces", KEY_OBJECT, KEY_LIST, AT(topology_server, interfaces), 1, 16, NULL, NULL, &interface_shape,
     "Of a router: its interfaces."},
    {"pool", KEY_RANGE, 0, AT(topology_server, pool), 0, 0, NULL, NULL, NULL,
     "Of dhcp: the addresses to lease; the upper part of the subnet when not said."},
    {"lease", KEY_DURATION, 0, AT(topology_server, lease), 120, 31536000, "1h", NULL, NULL,
     "Of dhcp: how long a lease lasts."},
    {"dns", KEY_FLAG, 0, AT(topology_server, dns), 0, 0, "true", NULL, NULL, "Of dhcp: answers DNS too."},
    {"options", KEY_OBJECT, 0, AT(topology_server, options), 0, 0, NULL, NULL, &option_shape,
     "Of dhcp: options that it sends."},
    {"http", KEY_FLAG, 0, AT(topology_server, http), 0, 0, "true", NULL, NULL,
     "Of tftp: HTTP on port 6970 (off: connections are refused)."},
    {"tftp", KEY_FLAG, 0, AT(topology_server, tftp), 0, 0, "true", NULL, NULL, "Of tftp: TFTP on port 69."},
    {0},
};
static const struct shape server_shape = {"server", sizeof(struct topology_server), server_keys,
					  "A real server on a port of a switch."};

static const struct key node_keys[] = {
    {"name", KEY_NAME, KEY_REQUIRED, AT(topology_node, name), 1, 32, NULL, NULL, NULL, "Host name."},
    {"role", KEY_CHOICE, 0, AT(topology_node, role), 0, 0, NULL, roles, NULL,
     "The first node is the publisher unless said."},
    {"mode", KEY_CHOICE, 0, AT(topology_node, mode), 0, 0, "up", node_modes, NULL,
     "up; refuse: nothing listens, connections are refused; silent: nobody answers at its address."},
    {"port", KEY_PORT, 0, AT(topology_node, plug.port), 0, 0, NULL, NULL, NULL,
     "Where it is plugged in; the last free port when not said."},
    {"vlan", KEY_VLAN, 0, AT(topology_node, plug.vlan), 1, 4094, NULL, NULL, NULL,
     "Its VLAN; the only one with a subnet when not said."},
    {"address", KEY_IPV4, 0, AT(topology_node, plug.address), 0, 0, NULL, NULL, NULL,
     "Its address; the next free one of the subnet when not said."},
    {0},
};
static const struct shape node_shape = {"node", sizeof(struct topology_node), node_keys,
					"A call manager (Kamailio)."};

static const struct key load_keys[] = {
    {"model", KEY_WORD, KEY_REQUIRED, AT(topology_load, model), 0, 0, NULL, topology_phone_model_names, NULL,
     "Phone model."},
    {"load", KEY_LOAD, KEY_REQUIRED, AT(topology_load, load), 1, 60, NULL, NULL, NULL,
     "The load that phones of the model should run."},
    {0},
};
static const struct shape load_shape = {"load", sizeof(struct topology_load), load_keys,
					"Device default: the load of a model."};

static const struct key cluster_keys[] = {
    {"name", KEY_NAME, 0, AT(topology_cluster, name), 1, 50, "StandAloneCluster", NULL, NULL,
     "Name of the cluster."},
    {"domain", KEY_TOKEN, 0, AT(topology_cluster, domain), 1, 60, "lab", domain_characters, NULL,
     "DNS domain and SIP realm."},
    {"time_zone", KEY_TEXT, 0, AT(topology_cluster, time_zone), 1, 60, NULL, NULL, NULL,
     "Time zone in the phones' configuration."},
    {"digest", KEY_FLAG, 0, AT(topology_cluster, digest), 0, 0, "false", NULL, NULL,
     "REGISTER is challenged (401); phones have a name and a password."},
    {"itl", KEY_CHOICE, 0, AT(topology_cluster, itl), 0, 0, "normal", itls, NULL,
     "The trust list on the TFTP service: signed, missing, or altered after it was signed."},
    {"expires", KEY_DURATION, 0, AT(topology_cluster, expires), 25, 86400, "120s", NULL, NULL,
     "How long a registration is granted for. Phones refresh 5 s early and refuse what leaves them less than "
     "20 s."},
    {"image_size", KEY_INTEGER, 0, AT(topology_cluster, image_size), 1, 65536, "128", NULL, NULL,
     "Size of the generated firmware images, in KiB."},
    {"ringtones", KEY_FLAG, 0, AT(topology_cluster, ringtones), 0, 0, "true", NULL, NULL,
     "Custom ringtones are on the TFTP service."},
    {"nodes", KEY_OBJECT, KEY_LIST | KEY_REQUIRED, AT(topology_cluster, nodes), 1, 5, NULL, NULL, &node_shape,
     "Call managers in order of priority."},
    {"loads", KEY_OBJECT, KEY_LIST, AT(topology_cluster, loads), 0, 64, NULL, NULL, &load_shape,
     "Device defaults; models that are not listed get their newest load."},
    {0},
};
static const struct shape cluster_shape = {"cluster", sizeof(struct topology_cluster), cluster_keys,
					   "The call manager cluster."};

static const struct key phone_keys[] = {
    {"model", KEY_WORD, 0, AT(topology_phone_row, model_name), 0, 0, "7841", topology_phone_model_names, NULL,
     "Phone model."},
    {"count", KEY_INTEGER, 0, AT(topology_phone_row, count), 1, 4096, "1", NULL, NULL,
     "So many phones like this: MACs, ports and lines are counted up."},
    {"mac", KEY_MAC, 0, AT(topology_phone_row, mac), 0, 0, NULL, NULL, NULL,
     "MAC of the (first) phone; derived when not said. The phone's name is SEP and the MAC."},
    {"switch", KEY_NAME, 0, AT(topology_phone_row, switch_name), 1, 32, NULL, NULL, NULL,
     "The switch that it is plugged into; needed only with several."},
    {"port", KEY_PORT, 0, AT(topology_phone_row, port), 0, 0, NULL, NULL, NULL,
     "Port of the (first) phone; the first free one when not said."},
    {"line", KEY_NUMBER, KEY_LIST | KEY_ONE, AT(topology_phone_row, line), 1, 6, NULL, NULL, NULL,
     "Directory number, or a list of them, of one phone."},
    {"lines", KEY_FROM, 0, AT(topology_phone_row, lines_from), 1, 999999999999, NULL, NULL, NULL,
     "Directory number of the first phone; counted up from there."},
    {"label", KEY_TEXT, 0, AT(topology_phone_row, label), 1, 30, NULL, NULL, NULL,
     "Text beside the line button."},
    {"power", KEY_CHOICE, 0, AT(topology_phone_row, power), 0, 0, "poe", powers, NULL,
     "From the switch, or from an adapter."},
    {"cdp", KEY_FLAG, 0, AT(topology_phone_row, cdp), 0, 0, "true", NULL, NULL, "The phone speaks CDP."},
    {"lldp", KEY_FLAG, 0, AT(topology_phone_row, lldp), 0, 0, "true", NULL, NULL,
     "The phone speaks LLDP-MED."},
    {"provisioned", KEY_FLAG, 0, AT(topology_phone_row, provisioned), 0, 0, "true", NULL, NULL,
     "It was added to the call manager. If not, it gets XMLDefault.cnf.xml and cannot register."},
    {"load", KEY_LOAD, 0, AT(topology_phone_row, load), 1, 60, NULL, NULL, NULL,
     "The load that its configuration names; the device default when not said."},
    {"active_load", KEY_LOAD, 0, AT(topology_phone_row, active_load), 1, 60, NULL, NULL, NULL,
     "The load in its active bank of flash; the one it should run when not said."},
    {"inactive_load", KEY_LOAD, 0, AT(topology_phone_row, inactive_load), 1, 60, NULL, NULL, NULL,
     "The load in its inactive bank."},
    {"corrupt", KEY_CHOICE, 0, AT(topology_phone_row, corrupt), 0, 0, "none", banks, NULL,
     "Banks of flash whose image is damaged."},
    {"auth_name", KEY_TOKEN, 0, AT(topology_phone_row, auth_name), 1, 60, NULL, user_characters, NULL,
     "Digest user; the device name when not said."},
    {"auth_password", KEY_TEXT, 0, AT(topology_phone_row, auth_password), 1, 60, NULL, NULL, NULL,
     "Digest password; made up when not said and digest is on."},
    {"alternate_tftp", KEY_IPV4, KEY_LIST | KEY_ONE, AT(topology_phone_row, alternate_tftp), 0, 2, NULL, NULL,
     NULL, "TFTP servers entered by hand at the phone; they win over DHCP."},
    {"locale", KEY_CHOICE, 0, AT(topology_phone_row, locale), 0, 0, "french", locales, NULL,
     "User locale to download; none: United States English, nothing to download."},
    {"transport", KEY_CHOICE, 0, AT(topology_phone_row, transport), 0, 0, "tcp", transports, NULL,
     "How it speaks SIP with the call manager."},
    {"softkeys", KEY_FLAG, 0, AT(topology_phone_row, softkeys), 0, 0, "true", NULL, NULL,
     "A softkey template is configured."},
    {"dial_rules", KEY_FLAG, 0, AT(topology_phone_row, dial_rules), 0, 0, "true", NULL, NULL,
     "SIP dial rules are configured."},
    {0},
};
static const struct shape phone_shape = {"phone", sizeof(struct topology_phone_row), phone_keys,
					 "A phone, or several alike."};

static const struct key topology_keys[] = {
    {"name", KEY_NAME, 0, AT(topology, name), 1, 32, NULL, NULL, NULL,
     "Name of the lab; the file's name when not said."},
    {"pace", KEY_CHOICE, 0, AT(topology, pace), 0, 0, "fast", paces, NULL,
     "fast waits for nothing that only hardware would make one wait for; real is as slow as the models are."},
    {"seed", KEY_INTEGER, 0, AT(topology, seed), 0, INT64_MAX, "1", NULL, NULL,
     "Of everything random: the same seed, the same boot."},
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
				     "A phonelab topology: what a lab consists of."};
