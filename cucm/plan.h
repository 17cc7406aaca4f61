#ifndef CUCM_PLAN_H
#define CUCM_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "base/mac.h"

/*
 * The plan: what an administrator has entered into the call manager (its device table and server list), as
 * plain structs. The owner of the topology fills it; cucm/ renders files from it and runs nothing.
 *
 * Every pointer is borrowed from the owner of the plan and must outlive each call that takes it; cucm/ retains
 * none and frees none. Text is UTF-8. A NULL or zero member takes the default that its comment names.
 * Addresses are IPv4 in host byte order.
 */

enum cucm_role {
	CUCM_ROLE_PUBLISHER,
	CUCM_ROLE_SUBSCRIBER,
};

/* A call manager. The order in cucm_plan.nodes is the order of priority in every device's group. */
struct cucm_node {
	const char *name; /* "cucm-pub": directory under cucm/, name in DNS; letters, digits, hyphens */
	enum cucm_role role;
	uint32_t address;
	uint16_t sip_port; /* 0: 5060 */
	bool foreign;	   /* not ours: it is in the files of the phones, and has no files of its own */
};

/* One line button of a device. */
struct cucm_line {
	const char *number;	   /* directory number "2001"; digits, * # + */
	const char *display_name;  /* caller name; NULL: number */
	const char *label;	   /* text beside the button; NULL: number */
	const char *auth_name;	   /* digest user; NULL: the device name */
	const char *auth_password; /* digest secret; NULL: none ("" in the file) */
};

/* One row of a dial template. */
struct cucm_dial_rule {
	const char *match;   /* "9,011*" */
	unsigned timeout_s;  /* interdigit timeout; 0: dial at once */
	const char *rewrite; /* NULL: none */
	const char *tone;    /* NULL: none */
};

/* SIP dial rules under one name; several devices may share it. */
struct cucm_dial_rules {
	const char *name; /* its file is DR<guid of the name>.xml */
	const struct cucm_dial_rule *rules;
	size_t rule_count;
};

/* Application dial rule: from a number with this beginning and length, digits are removed and a prefix is added. */
struct cucm_app_dial_rule {
	const char *name;
	const char *begins_with;
	unsigned digits;
	unsigned remove;
	const char *prefix; /* NULL: "" */
};

/* A soft key template; its sets and keys are those of CUCM's "Standard User". */
struct cucm_softkeys {
	const char *name; /* its file is SK<guid of the name>.xml */
};

/* A user and network locale pair. */
struct cucm_locale {
	const char *user;     /* folder: "French_France" */
	const char *language; /* "fr_FR" */
	const char *network;  /* folder of the tones: "France" */
	const char *version;  /* "14.0.0.0(1)" */
};

enum cucm_security {
	CUCM_SECURITY_NONE,
	CUCM_SECURITY_AUTHENTICATED,
	CUCM_SECURITY_ENCRYPTED,
};

enum cucm_capf_operation {
	CUCM_CAPF_NONE, /* no operation is pending */
	CUCM_CAPF_INSTALL,
	CUCM_CAPF_DELETE,
	CUCM_CAPF_TROUBLESHOOT, /* the phone sends its LSC to the CAPF */
};
enum cucm_capf_authentication {
	CUCM_CAPF_NULL_STRING,
	CUCM_CAPF_STRING,
	CUCM_CAPF_EXISTING_LSC,
	CUCM_CAPF_EXISTING_MIC,
};

/* What the CAPF is to do with a device. */
struct cucm_capf {
	enum cucm_capf_operation operation;
	enum cucm_capf_authentication authentication;
	const char *string; /* digits; NULL: none */
	bool ec;	    /* the key that an installation makes: on an elliptic curve, else RSA */
	unsigned bits;	    /* of the key; 0: 2048, or 256 */
};

/* A provisioned device. */
struct cucm_device {
	struct mac mac;
	const char *model;	 /* "7841": one of cucm/model.h */
	const char *description; /* NULL: the device name */
	const char
	    *load; /* phone load name; NULL: the default load of the model; "": none is named in the file */
	const struct cucm_line *lines; /* at least one */
	size_t line_count;
	const struct cucm_softkeys *softkeys;	  /* NULL: no soft key file is named */
	bool ringtones;				  /* the ring lists are in the tree, if for one device only */
	const struct cucm_dial_rules *dial_rules; /* NULL: no dial template is named */
	const struct cucm_locale *locale;	  /* NULL: United States English, nothing to download */
	enum cucm_security security;
	bool udp;	       /* SIP by UDP; else by TCP, or TLS if the device is secure */
	bool encrypted_config; /* its file is encrypted for its certificate */
	bool lsc;	       /* it has a locally significant certificate from the start */
	struct cucm_capf capf;
	/* The call manager group: indexes into cucm_plan.nodes in the order of priority; NULL: all nodes in their order. */
	const unsigned char *group;
	size_t group_count;

	/* Mistakes of an administrator. */
	bool absent;	   /* not added at all: no file, not in the database */
	bool no_file;	   /* in the database, but its configuration file was not built */
	bool not_in_nodes; /* its file exists, but the call managers' databases lack the device */
};

/* Device defaults: the load of a model, in XMLDefault.cnf.xml and for devices that name none. */
struct cucm_default_load {
	const char *model;
	const char *load;
};

/* A firmware load that the TFTP service offers: NAME.loads and its images, generated from the seed. */
struct cucm_load {
	const char *name; /* "sip78xx.14-2-1-0001-125": the family of its models, a dot, the version */
	size_t size;	  /* of the root file system image in octets; 0: 128 KiB */
};

/* A DHCP option in the syntax of dnsmasq: "option:mtu,1400" or "43,01:04:00:00:00:02". */
struct cucm_dhcp_option {
	const char *text;
	bool force; /* send it even if the client does not request it */
};

/* One subnet that a DHCP server serves. */
struct cucm_dhcp_pool {
	const char *name; /* tag: letters, digits */
	uint32_t subnet;
	unsigned prefix_length;
	uint32_t first,
	    last; /* first > last is a fault: the pool is omitted, and the server serves no client of the subnet */
	uint32_t gateway;    /* 0: option 3 is not sent */
	unsigned lease_s;    /* 0: 3600; at least 120 (dnsmasq's floor) */
	const uint32_t *dns; /* option 6; none: not sent */
	size_t dns_count;
	const uint32_t *tftp_servers; /* option 150; none: not sent */
	size_t tftp_server_count;
	const char *tftp_name; /* option 66; NULL: not sent */
	uint32_t next_server;  /* siaddr; 0: the DHCP server itself, dnsmasq's default */
	const struct cucm_dhcp_option *options;
	size_t option_count;
};

/* A fixed address. */
struct cucm_dhcp_reservation {
	struct mac mac;
	uint32_t address;
	const char *name; /* NULL: none */
};

/* A name that DNS answers, below the domain: "tftp1" is tftp1.lab. */
struct cucm_dns_name {
	const char *name;
	uint32_t address;
};

/* Phones with TFTP servers of their own: option 150 of their pool is not for them. */
struct cucm_dhcp_group {
	const char *tag; /* letters, digits, hyphens */
	const struct mac *macs;
	size_t mac_count;
	const uint32_t *tftp_servers; /* option 150; at least one */
	size_t tftp_server_count;
};

/* A DHCP and DNS server (dnsmasq). Its files are in PREFIX/NAME/. */
struct cucm_dhcp_server {
	const char *name;      /* "dhcp" */
	const char *interface; /* NULL: "eth0" */
	uint32_t address;      /* of the interface */
	bool no_dns;	       /* DHCP only: nothing listens on port 53 */
	const struct cucm_dhcp_pool *pools;
	size_t pool_count;
	const struct cucm_dhcp_reservation *reservations;
	size_t reservation_count;
	const struct cucm_dhcp_group *groups;
	size_t group_count;
};

/* A server of the TFTP service. Its files are in PREFIX/NAME/, the tree that all of them serve in
 * PREFIX/tftp/root. */
struct cucm_tftp_server {
	const char *name; /* "tftp" */
	uint32_t address;
	bool no_tftp;	  /* port 69 is closed */
	bool no_http;	  /* port 6970 is closed */
	const char *root; /* another tree than the common one; NULL: the common one */
};

/* The TCP port of the publisher's web services (HTTPS). */
#define CUCM_SERVICE_PORT 8443

/* The realm of CUCM's digest challenge to phones. */
#define CUCM_REALM "ccmsipline"

/* The TCP ports of SIP over TLS, and of the file servers' HTTP and HTTPS. TVS_PORT and CAPF_PORT are those of wire/. */
#define CUCM_TLS_PORT	5061
#define CUCM_HTTP_PORT	6970
#define CUCM_HTTPS_PORT 6971

/* The release decides who signs the trust lists, and their version. */
enum cucm_release {
	CUCM_RELEASE_NONE, /* no certificates: one pair, keys/signer, stands for all of them */
	CUCM_RELEASE_11_5, /* lists of version 1.0, signed by the publisher's CallManager certificate */
	CUCM_RELEASE_12_0, /* lists of version 1.1, signed by the ITLRecovery certificate */
	CUCM_RELEASE_14,
};

/* What stands in certificates. */
struct cucm_subject {
	const char *organisation; /* NULL: "phonelab" */
	const char *unit;	  /* NULL: "lab" */
	const char *country;	  /* NULL: "US" */
	unsigned rsa_bits;	  /* 0: 2048; or 4096 */
	unsigned days;		  /* of validity; 0: 1825 */
};

enum cucm_itl {
	CUCM_ITL_SIGNED, /* correct */
	CUCM_ITL_NONE,	 /* no ITL files */
	CUCM_ITL_FORGED, /* altered after signing: the signature does not verify */
};

#define CUCM_AXL_PASSWORD "phonelab"

struct cucm_plan {
	const char *prefix;		/* run directory as the servers see it; NULL: "/run/phonelab" */
	const char *cluster;		/* "StandAloneCluster" */
	const char *domain;		/* DNS domain and SIP realm; NULL: "lab" */
	const char *problem_report_url; /* vendorConfig/problemReportUploadURL, up to 255 bytes; NULL: none */
	const char *time_zone;		/* as CUCM names them; NULL: "Greenwich Standard Time" */
	const char *date_template;	/* NULL: "M/D/Ya" */
	const uint32_t *ntp;		/* NTP servers of the phones; the first 3 are used */
	size_t ntp_count;
	uint64_t seed; /* of everything that is generated: images, versions */
	/* Somebody else provides the files of the phones: no tree is written, and every device may register. */
	bool foreign_devices;
	size_t phones; /* how many phones the limits of the servers are sized for; 0: device_count */

	const struct cucm_node *nodes;
	size_t node_count; /* 1 to 5 */
	const struct cucm_device *devices;
	size_t device_count;
	const struct cucm_default_load *default_loads;
	size_t default_load_count;
	const struct cucm_load *loads;
	size_t load_count;
	const struct cucm_app_dial_rule *app_dial_rules;
	size_t app_dial_rule_count;
	const struct cucm_dhcp_server *dhcp_servers;
	size_t dhcp_server_count;
	const struct cucm_tftp_server *tftp_servers;
	size_t tftp_server_count;
	const struct cucm_dns_name *dns_names; /* in addition to the nodes and servers above */
	size_t dns_name_count;

	bool auto_registration;	  /* a device that is not in the table may register, to be added to it */
	const char *bin;	  /* the folder of cucm-service; NULL: it is found by PATH */
	const char *axl_user;	  /* of AXL and RIS; NULL: "axluser" */
	const char *axl_password; /* NULL: CUCM_AXL_PASSWORD */

	bool digest;		/* REGISTER is challenged (401); each line needs a password */
	unsigned expires_max_s; /* granted expiry; 0: 120 as CUCM */
	unsigned expires_min_s; /* shorter is answered 423; 0: none */
	enum cucm_itl itl;

	enum cucm_release release; /* not NONE: the lab has certificates (cucm/authority.h) */
	bool mixed;		   /* mixed mode: there is a CTL, and SIP over TLS; needs a release */
	bool rollback; /* "Prepare Cluster for Rollback to pre 8.0": the ITL has no records of TVS and TFTP */
	bool
	    itl_reset; /* "utils itl reset": ITLRecovery signs the ITL of release 11.5, until the TFTP service signs it again */
	struct cucm_subject subject;
};

/* Check a plan: names, addresses, duplicates, counts, what each switch needs. 0, or -EINVAL with the
 * reason. */
int cucm_plan_check(const struct cucm_plan *plan, struct fail *fail);

/* Does the plan have certificates? */
bool cucm_plan_certificates(const struct cucm_plan *plan);

/* Call manager number i of the group of a device, or NULL past its end. */
const struct cucm_node *cucm_plan_member(const struct cucm_plan *plan, const struct cucm_device *device,
					 size_t i);

/* The device with that name ("SEP001122AABB01"), or NULL. */
const struct cucm_device *cucm_plan_find(const struct cucm_plan *plan, const char *name);

/* The publisher if its programs are the lab's, else NULL. Its web services need a device table. */
const struct cucm_node *cucm_plan_publisher(const struct cucm_plan *plan);

/* Defaults applied; never NULL or 0. */
const char *cucm_plan_prefix(const struct cucm_plan *plan);
const char *cucm_plan_domain(const struct cucm_plan *plan);
size_t cucm_plan_phones(const struct cucm_plan *plan);

/* The load that a device's file names: its own, else the model's default, else "". */
const char *cucm_plan_device_load(const struct cucm_plan *plan, const struct cucm_device *device);

#endif
