#ifndef PHONELAB_TOPOLOGY_TOPOLOGY_H
#define PHONELAB_TOPOLOGY_TOPOLOGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "base/mac.h"
#include "phonelab/document/keys.h"

/*
 * A topology: the parts of a lab. The table of keys (keys.c) drives the YAML parser and the JSON Schema. After
 * topology_read every port, address, MAC and line is settled.
 *
 * All memory is the topology's arena. `at` of each struct is the place in the file (NULL: a default).
 * Addresses are IPv4 in host byte order; 0: none. VLAN 0: none given.
 */

/* The keys of a topology file, and those of a port's settings. */
extern const struct shape topology_shape, topology_port_shape;

struct topology_vlan_ids {
	int *items;
	size_t n;
};

struct topology_vlan {
	const struct yaml_node *at;
	int id;
	const char *name;
	struct key_prefix subnet; /* length 0: none */
	uint32_t gateway;	  /* settled: the router's address there, or 0 */
};

enum topology_port_mode {
	TOPOLOGY_PORT_ACCESS,
	TOPOLOGY_PORT_TRUNK,
};
enum topology_poe_admin {
	TOPOLOGY_POE_AUTO,
	TOPOLOGY_POE_STATIC,
	TOPOLOGY_POE_NEVER,
};
enum topology_poe_priority {
	TOPOLOGY_POE_LOW,
	TOPOLOGY_POE_HIGH,
	TOPOLOGY_POE_CRITICAL,
};

/* Settings of one port or a range; unset values are those of the switch. */
struct topology_port_setting {
	const struct yaml_node *at;
	struct key_port port;
	int mode; /* enum topology_port_mode or unset */
	int access_vlan, voice_vlan, native_vlan;
	struct topology_vlan_ids allowed_vlans;
	int cdp, lldp, trusted, shutdown;
	int poe, poe_priority; /* enums or unset */
	int64_t poe_max;       /* mW or unset */
	const char *description;
	const char *nic; /* the far end is this interface of the machine */
	int nic_yes_really;
};

struct topology_uplink {
	const struct yaml_node *at;
	const char *to;
	struct key_port port, remote_port; /* settled */
	int native_vlan;
	struct topology_vlan_ids allowed_vlans; /* none: all */
	size_t to_index;			/* settled: index of the other switch */
	bool trust_up, trust_down; /* settled: a DHCP server is that way: at this end, at the other */
	int over;		   /* enum topology_over */
	const char *peer;	   /* over UDP: HOST[:PORT] of the other switch */
	int64_t vni;		   /* over UDP, or between closets (then settled) */
	int keepalive;
	bool between; /* settled: the two switches are in different closets */
};

/* How the frames of an uplink travel. */
enum topology_over {
	TOPOLOGY_OVER_CABLE,
	TOPOLOGY_OVER_UDP,
};

/* A room of the site: the lab may run each closet on a machine of its own. Servers and call managers are in the closet
 * "core". */
#define TOPOLOGY_CORE "core"
struct topology_closet {
	const struct yaml_node *at;
	const char *name;
	const char *address; /* of its machine, as the other closets reach it; NULL: not given */
	KEY_LIST_OF(const char *) switches;
};

struct topology_switch {
	const struct yaml_node *at;
	const char *name;
	const char *model_name;
	const struct topology_switch_model *model; /* settled */
	int64_t members;
	int64_t poe_budget; /* mW per member; settled */
	int access_vlan, voice_vlan;
	int cdp, lldp, dhcp_snooping;
	int external; /* the user's: the lab has only its patch panel */
	uint32_t management_address;
	int64_t udp_port; /* of the trunks over UDP */
	KEY_LIST_OF(struct topology_uplink) uplinks;
	KEY_LIST_OF(struct topology_port_setting) ports;
	size_t number;	/* settled: its place in the file, from 0 */
	size_t closet;	/* settled: index of its closet, if the topology has closets */
	uint8_t *taken; /* settled: members * (ports + uplinks), non-zero where something is plugged */
};

enum topology_server_kind {
	TOPOLOGY_DHCP,
	TOPOLOGY_TFTP,
	TOPOLOGY_ROUTER,
};

/* Where something with an address is plugged in. */
struct topology_plug {
	const struct yaml_node *at;
	struct key_port port;
	int vlan;
	uint32_t address;
	size_t switch_index;		 /* settled */
	const struct topology_vlan *net; /* settled */
};

struct topology_dhcp_options {
	const struct yaml_node *at;
	KEY_LIST_OF(uint32_t) tftp_servers; /* 150; by default every TFTP server */
	bool no_tftp_servers;		    /* settled: 150 is an empty list, or only 66 is given */
	const char *tftp_name;		    /* 66 */
	KEY_LIST_OF(uint32_t) dns;	    /* 6; by default this server */
	KEY_LIST_OF(struct key_option) others;
};

/* When a program of the user is ready: one of the first four is given, or none (then it has only to run). */
struct topology_ready {
	const struct yaml_node *at;
	int64_t tcp, udp;      /* a port that must be listened at; KEY_UNSET: not given */
	const char *http;      /* a URL that must be answered with 200 to 399 */
	uint32_t http_address; /* settled: of that URL, as the two below */
	unsigned http_port;
	const char *http_path;
	KEY_LIST_OF(const char *) command; /* exits with status 0 */
	int64_t timeout;		   /* s */
};

/* A program of the user. at is NULL if the file has none. */
struct topology_run {
	const struct yaml_node *at;
	KEY_LIST_OF(const char *) command;
	const char *directory;		     /* settled: absolute */
	const struct yaml_node *environment; /* a map of texts, or NULL */
	struct topology_ready ready;
};

/* The server is the lab's own (neither member is set), a program of the user that the lab starts, or external: the user
 * plugs it in. */
struct topology_owner {
	struct topology_run run;
	int external;
};

/* The user's command that lists what is registered. at is NULL if the file has none. */
struct topology_witness {
	const struct yaml_node *at;
	KEY_LIST_OF(const char *) command;
	const char *directory; /* settled: absolute */
	int64_t timeout;       /* s */
};

enum topology_itl {
	TOPOLOGY_ITL_NORMAL,
	TOPOLOGY_ITL_NONE,
	TOPOLOGY_ITL_FORGED,
};

struct topology_server {
	const struct yaml_node *at;
	const char *name;
	int kind;
	struct topology_plug plug;		      /* not of a router */
	KEY_LIST_OF(struct topology_plug) interfaces; /* of a router */
	const char *cluster_name;		      /* of a TFTP server; NULL: the first cluster */
	size_t cluster;				      /* settled: number of that cluster */
	struct key_range pool;
	int64_t lease;
	int dns;
	struct topology_dhcp_options options;
	int http, tftp;
	struct topology_owner owner; /* not of a router */
};

enum topology_node_role {
	TOPOLOGY_PUBLISHER,
	TOPOLOGY_SUBSCRIBER,
};
enum topology_node_mode {
	TOPOLOGY_NODE_UP,
	TOPOLOGY_NODE_REFUSE,
	TOPOLOGY_NODE_SILENT,
};

struct topology_node {
	const struct yaml_node *at;
	const char *name;
	int role, mode;
	struct topology_plug plug;
	struct topology_owner owner;
	struct topology_witness registered;
	size_t cluster; /* settled: number of its cluster */
};

struct topology_load {
	const struct yaml_node *at;
	const char *model;
	const char *load;
};

/* The origin of the phones' files: the lab renders them, with the call managers' device table, or a server of the user has
 * them. */
enum topology_devices {
	TOPOLOGY_DEVICES_RENDERED,
	TOPOLOGY_DEVICES_EXTERNAL,
};

/* Is the cluster in mixed mode: may phones be secure? */
enum topology_security {
	TOPOLOGY_NON_SECURE,
	TOPOLOGY_MIXED,
};

/* The release decides who signs the trust lists. */
enum topology_release {
	TOPOLOGY_RELEASE_11_5,
	TOPOLOGY_RELEASE_12_0,
	TOPOLOGY_RELEASE_14,
};

/* What stands in the certificates of the cluster. at is NULL if the file has none. */
struct topology_certificates {
	const struct yaml_node *at;
	const char *organisation, *unit, *country;
	int key_size;	  /* 0: 2048 bits, 1: 4096 bits */
	int64_t validity; /* s */
};

struct topology_cluster {
	const struct yaml_node *at;
	const char *name, *domain, *time_zone, *problem_report_url, *axl_user, *axl_password;
	const char *auto_registration;	/* "3000-3999"; NULL: off */
	uint64_t auto_first, auto_last; /* settled */
	int auto_digits;
	int digest, itl, ringtones;
	int devices;  /* enum topology_devices */
	int security; /* enum topology_security */
	int release;  /* enum topology_release; settled: KEY_UNSET in a lab without certificates */
	struct topology_certificates certificates;
	int64_t expires;
	int64_t image_size; /* KiB */
	KEY_LIST_OF(uint32_t) ntp;
	KEY_LIST_OF(struct topology_node) nodes; /* settled: behind its own those of `clusters` */
	KEY_LIST_OF(struct topology_load) loads;
};

/* Another cluster of the lab, with a certificate authority of its own. Everything that is not here is as in `cluster`. */
struct topology_other_cluster {
	const struct yaml_node *at;
	const char *name;
	int security, release; /* as in topology_cluster */
	struct topology_certificates certificates;
	KEY_LIST_OF(struct topology_node) nodes;
};

enum topology_power {
	TOPOLOGY_POWER_POE,
	TOPOLOGY_POWER_AC,
};
enum topology_bank {
	TOPOLOGY_BANK_NONE,
	TOPOLOGY_BANK_ACTIVE,
	TOPOLOGY_BANK_INACTIVE,
	TOPOLOGY_BANK_BOTH,
};
enum topology_locale {
	TOPOLOGY_LOCALE_NONE,
	TOPOLOGY_LOCALE_FRENCH,
	TOPOLOGY_LOCALE_GERMAN,
};

enum topology_transport {
	TOPOLOGY_TCP,
	TOPOLOGY_UDP,
};

/* The security mode of a phone's profile. */
enum topology_phone_security {
	TOPOLOGY_PHONE_NON_SECURE,
	TOPOLOGY_PHONE_AUTHENTICATED,
	TOPOLOGY_PHONE_ENCRYPTED,
};

enum topology_capf_operation {
	TOPOLOGY_CAPF_NONE,
	TOPOLOGY_CAPF_INSTALL,
	TOPOLOGY_CAPF_DELETE,
	TOPOLOGY_CAPF_TROUBLESHOOT,
};
enum topology_capf_key {
	TOPOLOGY_CAPF_RSA_2048,
	TOPOLOGY_CAPF_RSA_4096,
	TOPOLOGY_CAPF_EC_256,
	TOPOLOGY_CAPF_EC_384,
	TOPOLOGY_CAPF_EC_521,
};
enum topology_capf_authentication {
	TOPOLOGY_CAPF_NULL_STRING,
	TOPOLOGY_CAPF_STRING,
	TOPOLOGY_CAPF_EXISTING_LSC,
	TOPOLOGY_CAPF_EXISTING_MIC,
};

/* The pending operation of a phone at the CAPF. at is NULL if the file has none. */
struct topology_capf {
	const struct yaml_node *at;
	int operation, authentication, key; /* enums */
	const char *string;
};

enum topology_lsc {
	TOPOLOGY_LSC_NONE,
	TOPOLOGY_LSC_INSTALLED,
};

/* A row of `phones`: one phone, or count of them. */
struct topology_phone_row {
	const struct yaml_node *at;
	const char *model_name;
	const struct topology_phone_model *model; /* settled */
	int64_t count;
	struct key_mac mac;
	struct key_port port;
	const char *switch_name;
	KEY_LIST_OF(const char *) line;
	int64_t lines_from; /* 0: not given */
	int power, cdp, lldp, provisioned, external;
	const char *load, *active_load, *inactive_load;
	int corrupt;
	const char *auth_name, *auth_password;
	const char *label, *description;
	KEY_LIST_OF(const char *) call_manager_group;
	KEY_LIST_OF(uint32_t) alternate_tftp;
	int locale, transport, softkeys, dial_rules;
	int security, encrypted_config, lsc; /* enums, and a flag */
	struct topology_capf capf;
	const char *cluster_name; /* NULL: the first cluster */
	size_t cluster;		  /* settled: number of that cluster */
};

/* A phone, settled. */
struct topology_phone {
	const struct topology_phone_row *row;
	char name[DEVICE_TEXT];
	struct mac mac;
	size_t switch_index;
	struct key_port port;
	const struct topology_vlan *net; /* where it will have its address */
	const char **lines;
	size_t line_count;
};

struct topology {
	const struct yaml_node *at;
	struct arena arena;
	struct complaints *complaints; /* while the topology is read, then NULL */
	const char *file;
	const char *name;
	int pace;
	int64_t seed;
	int key_log;
	KEY_LIST_OF(struct topology_vlan) vlans;
	KEY_LIST_OF(struct topology_switch) switches;
	size_t away_switches; /* behind them: those of other closets (topology_keep_closet) */
	KEY_LIST_OF(struct topology_closet) closets; /* settled: none, or with "core" */
	const char *closet;			     /* this is only that part of the lab; NULL: the whole */
	KEY_LIST_OF(struct topology_server) servers;
	struct topology_cluster cluster;
	KEY_LIST_OF(struct topology_other_cluster) clusters;
	/* The cluster that `cluster` is: 0, unless topology_keep_cluster was called. Behind cluster.nodes and servers are then the call managers
	 * and TFTP servers of the other clusters. */
	size_t own, away_nodes, away_servers;
	KEY_LIST_OF(struct topology_phone_row) rows;
	struct topology_phone
	    *phones; /* settled; behind these come the external ones, which no rack simulates */
	size_t phone_count, external_count;
	size_t away_phones; /* behind these: phones of other closets (topology_keep_closet) */
	size_t scaled_to;   /* as asked of topology_read; 0: not scaled */
};

enum topology_pace {
	TOPOLOGY_PACE_FAST,
	TOPOLOGY_PACE_REAL,
};

/* --- models --- */

struct topology_switch_model {
	const char *name;     /* "C9200-48P" */
	const char *platform; /* as CDP announces it */
	const char *version;
	int ports, uplinks;
	int64_t poe_budget; /* mW of a member */
};

struct topology_phone_model {
	const char *name; /* "7841" */
	int poe_class;
	const char *load;     /* the newest, which the cluster requests by default */
	const char *old_load; /* in the inactive bank by default */
};

/* The names of all models, for keys; a NULL at the end. */
extern const char *const topology_switch_model_names[];
extern const char *const topology_phone_model_names[];

/* The model with that name, or NULL. */
const struct topology_switch_model *topology_switch_model_find(const char *name);
const struct topology_phone_model *topology_phone_model_find(const char *name);

/* Model number i, or NULL past the end. */
const struct topology_phone_model *topology_phone_model_at(size_t i);

/* The greatest power that a port reserves for the class (0 to 4), in mW (IEEE 802.3 table 33-7). */
int64_t topology_class_mw(int poe_class);

/* --- reading --- */

/*
 * Read, check and settle a topology. phones: 0, or the number of phones to scale it to. NULL if anything is
 * wrong; complaints then lists every error. Free with topology_free.
 */
struct topology *topology_read(const char *path, size_t phones, struct complaints *complaints);

/* The same, with keys changed (yaml_tree_merge): changes is the map of another file, or NULL. It is
 * copied. */
struct topology *topology_read_changed(const char *path, const struct yaml_node *changes,
				       const char *changes_file, size_t phones,
				       struct complaints *complaints);

/* topology_read for commands: what is wrong is printed to standard error, and NULL given back. */
struct topology *load_topology(const char *path, size_t phones);

/* NULL is legal. */
void topology_free(struct topology *topology);

/* --- closets --- */

/* The closet with that name, or NULL. */
const struct topology_closet *topology_closet_find(const struct topology *topology, const char *name);

/* The name of the closet of a switch or of a phone; NULL if the topology has no closets. */
const char *topology_closet_of_switch(const struct topology *topology, const struct topology_switch *sw);
const char *topology_closet_of_phone(const struct topology *topology, const struct topology_phone *phone);

/* The phones of the device table: those of this closet, external ones, and those of other closets. */
size_t topology_known_phones(const struct topology *topology);

/* Phones of other closets than core have no certificates when each closet runs on its own: the keys of the lab stay in core. 0, or
 * -EINVAL with the reason if such a phone needs one. */
int topology_check_closet_security(const struct topology *topology, struct fail *fail);

/* Reduce a settled topology to one closet. Switches and phones of other closets are behind the others (away_switches,
 * away_phones), and only "core" has servers and call managers. Uplinks to other closets are over UDP from then on. 0, or -EINVAL with the
 * reason: no such closet, the address of a peer is unknown, or topology_check_closet_security. */
int topology_keep_closet(struct topology *topology, const char *name, struct fail *fail);

/* --- clusters: number 0 is `cluster`, the others are those of `clusters` in their order --- */

size_t topology_cluster_count(const struct topology *topology);
const char *topology_cluster_name(const struct topology *topology, size_t i);

/* The number of the cluster with that name; the count of clusters: there is none. */
size_t topology_cluster_find(const struct topology *topology, const char *name);

/* The same as topology_has_certificates for cluster number i. */
bool topology_cluster_has_certificates(const struct topology *topology, size_t i);

/* Is it in mixed mode? */
bool topology_cluster_is_mixed(const struct topology *topology, size_t i);

/* Reduce a settled topology to what cluster number i has: `cluster` is that cluster, with its nodes and TFTP servers only (away_nodes,
 * away_servers). Phones and all other servers stay. */
void topology_keep_cluster(struct topology *topology, size_t i);

/* 0, or -EINVAL with the reason: only a native lab on one machine has several clusters. */
int topology_check_one_cluster(const struct topology *topology, struct fail *fail);

/* --- helpers of reading and of rendering --- */

/* The VLAN with that id, or NULL. */
const struct topology_vlan *topology_vlan_find(const struct topology *topology, int id);

/* Has the lab certificates: a certificate authority, and trust lists of its release? */
bool topology_has_certificates(const struct topology *topology);

/* Is it a key on an elliptic curve? key: enum topology_capf_key. */
bool topology_capf_is_ec(int key);

/* Does the lab itself serve, neither a program of the user nor something that the user plugs in? */
bool topology_ours(const struct topology_owner *owner);

/* Does the user plug in a server, a call manager or a switch? */
bool topology_has_external(const struct topology *topology);

/* Is it the name of a server or a call manager? */
bool topology_has_server(const struct topology *topology, const char *name);

/* The switch with that name, or NULL. */
struct topology_switch *topology_switch_find(const struct topology *topology, const char *name);

/* The settings of a port, merged: the switch's own, then its `ports` rows in order. */
struct topology_port_setting topology_port_merged(const struct topology_switch *sw,
						  const struct key_port *port);

/* Is the port in the range of ports, or the same port? */
bool topology_port_in(const struct key_port *port, const struct key_port *range);

/* "Gi1/0/5", "Te1/1/1". */
void topology_port_format(const struct key_port *port, char text[24]);

/* Is the address inside the prefix? */
bool topology_prefix_holds(const struct key_prefix *prefix, uint32_t address);

/* The last address of the prefix (its broadcast address). */
uint32_t topology_prefix_last(const struct key_prefix *prefix);

#endif
