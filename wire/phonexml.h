#ifndef WIRE_PHONEXML_H
#define WIRE_PHONEXML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The XML files that a phone fetches: SEP<MAC>.cnf.xml, XMLDefault.cnf.xml, soft keys, dial template,
 * application dial rules and ring list. Over libxml2, with no entities, no DTD, no network, and a bound on
 * the size. Decoded structs hold everything by value: nothing to free.
 */
#define PHONEXML_SIZE_MAX      (2048 * 1024) /* bytes: where phones stop a download */
#define PHONEXML_MEMBERS_MAX   5	     /* of a call manager group */
#define PHONEXML_LINES_MAX     16
#define PHONEXML_NTPS_MAX      3
#define PHONEXML_RULES_MAX     64
#define PHONEXML_APP_RULES_MAX 128
#define PHONEXML_KEYS_MAX      64
#define PHONEXML_SETS_MAX      24
#define PHONEXML_SET_KEYS_MAX  16
#define PHONEXML_RINGS_MAX     50
#define PHONEXML_LOADS_MAX     64

/* Why a file was refused, for people. */
struct phonexml_error {
	unsigned line;	    /* in the file, from 1; 0 when there is none */
	char element[96];   /* "device/sipProfile/sipLines/line/port" */
	char found[96];	    /* cut when long */
	char expected[160]; /* "a number from 1 to 65535" */
};

/* "line 12: device/devicePool/...: found "x", expected a number from 1 to 65535" */
void phonexml_error_format(const struct phonexml_error *error, char *text, size_t size);

struct phonexml_member {
	unsigned priority;	  /* 0 is the first */
	char node[128];		  /* processNodeName: an address or a name */
	uint16_t phone_port;	  /* ethernetPhonePort (SCCP), 2000 */
	uint16_t sip_port;	  /* sipPort, 5060 */
	uint16_t secure_sip_port; /* securedSipPort, 5061 */
};

struct phonexml_tvs {
	unsigned priority;
	char address[128];
	uint16_t port; /* 2445 */
};

struct phonexml_line {
	unsigned button;  /* attribute button, from 1 */
	unsigned index;	  /* attribute lineIndex, from 1; the button when absent */
	unsigned feature; /* featureID: 9 is a line; others (speed dials) are kept too */
	char name[64];	  /* the directory number, user part of the address of record */
	char display_name[64];
	char label[64];	    /* featureLabel */
	bool has_auth_name; /* authName was there, if only empty */
	char auth_name[128];
	char auth_password[128];
	char proxy[128];       /* USECALLMANAGER: the callManagerGroup */
	uint16_t port;	       /* 5060 */
	char contact[64];      /* the GUID for the Contact's user part */
	unsigned max_calls;    /* maxNumCalls */
	unsigned busy_trigger; /* busyTrigger */
	char messages_number[64];
};

enum phonexml_web_access { /* vendorConfig/webAccess: 0 is enabled, 1 disabled */
			   PHONEXML_WEB_ENABLED = 0,
			   PHONEXML_WEB_DISABLED = 1,
			   PHONEXML_WEB_READ_ONLY = 2,
};

enum phonexml_security_mode {
	PHONEXML_SECURITY_NONE = 1,
	PHONEXML_SECURITY_AUTHENTICATED = 2,
	PHONEXML_SECURITY_ENCRYPTED = 3,
};

enum phonexml_transport {
	PHONEXML_TCP = 1,
	PHONEXML_UDP = 2,
	PHONEXML_TLS = 3,
};

/* SEP<MAC>.cnf.xml. The comment beside each member has the value for an absent element; the decoder fills it in. */
struct phonexml_config {
	bool full_config;	  /* fullConfig; true */
	char device_protocol[16]; /* "SIP"; anything else is refused */
	unsigned ip_address_mode; /* 0 v4, 1 v6, 2 both; 0 */

	char date_template[16]; /* "D/M/Y" */
	char time_zone[64];	/* "" */
	char ntp[PHONEXML_NTPS_MAX][128];
	unsigned ntps;

	struct phonexml_member member[PHONEXML_MEMBERS_MAX]; /* sorted by priority; at least one */
	unsigned members;
	char srst[128];		       /* srstInfo/sipIpAddr1; "" */
	uint16_t srst_port;	       /* srstInfo/sipPort1; 5060 */
	unsigned connection_monitor_s; /* connectionMonitorDuration; 120 */
	struct phonexml_tvs tvs[PHONEXML_MEMBERS_MAX];
	unsigned tvs_members;

	bool register_with_proxy;		       /* true */
	unsigned sip_retx;			       /* sipRetx: retries of a request; 10 */
	unsigned sip_invite_retx;		       /* 6 */
	unsigned timer_register_s;		       /* timerRegisterExpires; 3600 */
	unsigned timer_register_delta_s;	       /* timerRegisterDelta; 5 */
	unsigned timer_keepalive_s;		       /* timerKeepAliveExpires; 120 */
	unsigned timer_subscribe_s;		       /* timerSubscribeExpires; 120 */
	unsigned timer_subscribe_delta_s;	       /* 5 */
	unsigned timer_t1_ms;			       /* timerT1; 500 */
	unsigned timer_t2_ms;			       /* timerT2; 4000 */
	char phone_label[64];			       /* phoneLabel; "" */
	uint16_t start_media_port;		       /* 16384 */
	uint16_t stop_media_port;		       /* 32766 */
	uint16_t voip_control_port;		       /* 5060 */
	struct phonexml_line line[PHONEXML_LINES_MAX]; /* in the order of their buttons */
	unsigned lines;
	char dial_template[128]; /* file name; "" none */
	char soft_key_file[128]; /* file name; "" none */

	char load[96];		/* loadInformation, without .loads; "": stay with what there is */
	char inactive_load[96]; /* inactiveLoadInformation; "" */

	enum phonexml_web_access web_access; /* enabled */
	bool ssh_access;		     /* sshAccess, 0 is enabled; false */
	bool pc_port;			     /* pcPort, 0 is enabled; true */
	bool span_to_pc_port;		     /* spanToPCPort, 0 is enabled; false */
	bool voice_vlan_access;		     /* voiceVlanAccess, 0 is enabled; true */
	bool cdp_sw_port, cdp_pc_port;	     /* enableCdpSwPort, enableCdpPcPort, 1 is enabled; true */
	bool lldp_sw_port, lldp_pc_port;     /* enableLldpSwPort, enableLldpPcPort, 1 is enabled; true */
	char load_server[128];		     /* loadServer: firmware comes from there; "" */
	char problem_report_url[256];	     /* problemReportUploadURL; "" */

	char version_stamp[96];			   /* "" */
	char user_locale[64];			   /* userLocale/name: a folder of the TFTP tree; "" none */
	char user_locale_code[16];		   /* userLocale/langCode, "en_US" */
	char network_locale[64];		   /* networkLocale; "" none */
	enum phonexml_security_mode security_mode; /* deviceSecurityMode; 1 */
	enum phonexml_transport transport;	   /* transportLayerProtocol; 1 */
	char capf[128];				   /* capfList/capf/processNodeName; "" */
	uint16_t capf_port;			   /* 3804 */
	char authentication_url[256], directory_url[256], idle_url[256], information_url[256],
	    messages_url[256], services_url[256]; /* authenticationURL ...; "" */

	unsigned unknown; /* elements that were skipped; set by decoding only */
};

/* Fill in what absent elements mean: where an encoder starts from. */
void phonexml_config_default(struct phonexml_config *config);

/*
 * Read a SEP<MAC>.cnf.xml. 0; -EBADMSG with error filled (config untouched): XML that is not well-formed or not in
 * UTF-8, an entity or DTD, an element of more than 4096 bytes or 128 attributes in its start tag, another root than device, a value out of its range or too long, no call manager, the same
 * priority or button twice, another deviceProtocol than SIP; -EFBIG over PHONEXML_SIZE_MAX; -ENOMEM.
 */
int phonexml_config_decode(const void *bytes, size_t size, struct phonexml_config *config,
			   struct phonexml_error *error);

/* Write one. Its size in bytes, or -EINVAL (text that XML cannot hold), -ENOSPC, -ENOMEM. */
ssize_t phonexml_config_encode(const struct phonexml_config *config, void *out, size_t size);

/* XMLDefault.cnf.xml: for phones that are not provisioned. */
struct phonexml_default_load {
	unsigned model;	     /* 622: the N of loadInformationN */
	char model_name[64]; /* "Cisco 7841" */
	char load[96];
};

struct phonexml_default {
	struct phonexml_member member[PHONEXML_MEMBERS_MAX]; /* sorted by priority; at least one */
	unsigned members;
	struct phonexml_tvs tvs[PHONEXML_MEMBERS_MAX];
	unsigned tvs_members;
	char auto_registration_name[64]; /* "" */
	struct phonexml_default_load load[PHONEXML_LOADS_MAX];
	unsigned loads;
	unsigned unknown;
};
int phonexml_default_decode(const void *bytes, size_t size, struct phonexml_default *config,
			    struct phonexml_error *error);
ssize_t phonexml_default_encode(const struct phonexml_default *config, void *out, size_t size);

/* The load for that model, or NULL. */
const char *phonexml_default_load(const struct phonexml_default *config, unsigned model);

/* Soft keys: SK<guid>.xml. */
struct phonexml_soft_key {
	unsigned id; /* keyID */
	char tag[64];
	unsigned event_id;
	unsigned help_id;
};

struct phonexml_soft_key_set {
	char id[48];			     /* "On Hook", "Connected" ... */
	unsigned key[PHONEXML_SET_KEYS_MAX]; /* keyID */
	unsigned keys;
};

struct phonexml_soft_keys {
	char version_stamp[96];
	struct phonexml_soft_key key[PHONEXML_KEYS_MAX];
	unsigned keys;
	struct phonexml_soft_key_set set[PHONEXML_SETS_MAX];
	unsigned sets;
	unsigned unknown;
};
int phonexml_soft_keys_decode(const void *bytes, size_t size, struct phonexml_soft_keys *config,
			      struct phonexml_error *error);
ssize_t phonexml_soft_keys_encode(const struct phonexml_soft_keys *config, void *out, size_t size);

/* Dial template: root dialTemplate or DIALTEMPLATE. */
struct phonexml_rule {
	char match[64];
	unsigned timeout_s;
	char rewrite[64]; /* "" none */
	char tone[64];	  /* "" none */
	unsigned line;	  /* 0: every line */
};

struct phonexml_dial_template {
	char version_stamp[96];
	struct phonexml_rule rule[PHONEXML_RULES_MAX];
	unsigned rules;
	unsigned unknown;
};
int phonexml_dial_template_decode(const void *bytes, size_t size, struct phonexml_dial_template *config,
				  struct phonexml_error *error);
ssize_t phonexml_dial_template_encode(const struct phonexml_dial_template *config, void *out, size_t size);

/*
 * Application dial rules: AppDialRules.xml, root DialRules. A number that begins so and has that many digits
 * loses digits in front and gains a prefix.
 */
struct phonexml_app_rule {
	char name[64];
	char begins_with[64];	   /* "" anything */
	unsigned digits;	   /* NumDigits, 0 to 100 */
	unsigned digits_to_remove; /* 0 to 100 */
	char prefix[64];	   /* PrefixWith; "" none */
};

struct phonexml_app_rules {
	struct phonexml_app_rule rule[PHONEXML_APP_RULES_MAX];
	unsigned rules;
	unsigned unknown;
};
int phonexml_app_rules_decode(const void *bytes, size_t size, struct phonexml_app_rules *config,
			      struct phonexml_error *error);
ssize_t phonexml_app_rules_encode(const struct phonexml_app_rules *config, void *out, size_t size);

/* Ring list: Ringlist.xml, Ringlist-wb.xml. */
struct phonexml_ring {
	char name[26]; /* DisplayName, at most 25 characters */
	char file[26]; /* FileName */
};

struct phonexml_rings {
	struct phonexml_ring ring[PHONEXML_RINGS_MAX];
	unsigned rings;
	unsigned unknown;
};
int phonexml_rings_decode(const void *bytes, size_t size, struct phonexml_rings *config,
			  struct phonexml_error *error);
ssize_t phonexml_rings_encode(const struct phonexml_rings *config, void *out, size_t size);

#endif
