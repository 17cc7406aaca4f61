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
#define PHONEXML_DIAL_SIZE_MAX 8191	     /* bytes of a dial template: phones discard a larger one */
#define PHONEXML_MEMBERS_MAX   5	     /* of a call manager group */
#define PHONEXML_LINES_MAX     118	     /* 10 keys of the phone, 36 of each of 3 modules */
#define PHONEXML_NTPS_MAX      3
#define PHONEXML_RULES_MAX     744 /* as many as PHONEXML_DIAL_SIZE_MAX has room for */
#define PHONEXML_APP_RULES_MAX 1024
#define PHONEXML_KEYS_MAX      256
#define PHONEXML_SETS_MAX      64
#define PHONEXML_SET_KEYS_MAX  16 /* of phones */
#define PHONEXML_RINGS_MAX     50 /* of phones */
#define PHONEXML_LOADS_MAX     1024
#define PHONEXML_WARNINGS_MAX  64

/* A value that the phone does not use. */
struct phonexml_warning {
	unsigned line;	  /* in the file, from 1; 0 when there is none */
	char element[96]; /* "device/transportLayerProtocol" */
	char found[64];	  /* cut when long */
	char used[64];	  /* "1" */
};

/* What is wrong with a file, for people: why it was refused, and the values that the phone does not use. */
struct phonexml_error {
	unsigned line;	    /* in the file, from 1; 0 when there is none */
	char element[96];   /* "device/devicePool/callManagerGroup/members" */
	char found[96];	    /* cut when long */
	char expected[160]; /* "at least one call manager" */
	unsigned warnings;  /* the first PHONEXML_WARNINGS_MAX are in warning */
	struct phonexml_warning warning[PHONEXML_WARNINGS_MAX];
};

/* "line 12: file: found "html", expected the root element device" */
void phonexml_error_format(const struct phonexml_error *error, char *text, size_t size);

/* "line 12: device/transportLayerProtocol: found "4", using 1" */
void phonexml_warning_format(const struct phonexml_warning *warning, char *text, size_t size);

/*
 * The decoders of all files follow one rule: an element that the phone cannot use counts as absent, and *error (which
 * may be NULL) gets a warning. The tables of phonexml.c and phonexml_files.c have the default of each element, and
 * what a phone does with other values (phonexml_reference). An element that is there twice counts the last time; so
 * does a member with the same priority, or a line with the same button. Rows of a list beyond its limit are skipped.
 * A decoder refuses a whole file only if no part of it can be used:
 *   -EBADMSG: XML that is not well-formed or not in UTF-8 or ISO 8859-1, an entity, a DTD within the file, more than
 *	128 attributes in a start tag or 64 namespaces, another root element; a configuration without a call manager;
 *   -EFBIG: the file is larger than phones accept; -ENOMEM.
 * The configuration is then unchanged, and error describes -EBADMSG and -EFBIG.
 */

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

/* A certificate authority proxy function: it enrols phones. */
struct phonexml_capf {
	char node[128]; /* processNodeName */
	uint16_t port;	/* phonePort, 3804 */
};

/* capfAuthMode: how the phone proves to the CAPF who it is. */
enum phonexml_capf_mode {
	PHONEXML_CAPF_NONE = 0, /* no operation is pending */
	PHONEXML_CAPF_STRING = 1,
	PHONEXML_CAPF_NULL_STRING = 2,
	PHONEXML_CAPF_EXISTING = 3,	/* LSC, else MIC */
	PHONEXML_CAPF_EXISTING_MIC = 4, /* MIC */
};

struct phonexml_line {
	unsigned button;  /* attribute button, from 1 */
	unsigned index;	  /* attribute lineIndex, from 1; the button when absent */
	unsigned feature; /* featureID: 9 is a line; others (speed dials) are kept too */
	char name[64];	  /* the directory number, user part of the address of record */
	char display_name[128];
	char label[128];    /* featureLabel */
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
	bool full_config;	  /* fullConfig; true. false: the short file in front of an encrypted file */
	char device_protocol[16]; /* "SIP" */
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

	bool register_with_proxy;	  /* true */
	unsigned sip_retx;		  /* sipRetx: retries of a request; 10 */
	unsigned sip_invite_retx;	  /* 6 */
	unsigned timer_register_s;	  /* timerRegisterExpires; 3600 */
	unsigned timer_register_delta_s;  /* timerRegisterDelta; 5 */
	unsigned timer_keepalive_s;	  /* timerKeepAliveExpires; 120 */
	unsigned timer_subscribe_s;	  /* timerSubscribeExpires; 120 */
	unsigned timer_subscribe_delta_s; /* 5 */
	unsigned timer_t1_ms;		  /* timerT1; 500 */
	unsigned timer_t2_ms;		  /* timerT2; 4000 */
	char phone_label[128];		  /* phoneLabel; "" */
	uint16_t start_media_port;	  /* 16384 */
	uint16_t stop_media_port;	  /* 32766 */
	uint16_t voip_control_port;	  /* 5060 */
	char dial_template[128];	  /* file name; "" none */
	char soft_key_file[128];	  /* file name; "" none */

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

	char version_stamp[96];	   /* "" */
	char user_locale[64];	   /* userLocale/name: a folder of the TFTP tree; "" none */
	char user_locale_code[16]; /* userLocale/langCode, "en_US" */
	char network_locale[64];   /* networkLocale: the country; "" none */
	char network_locale_folder
	    [64]; /* networkLocaleInfo/name: a folder with the tones; "": networkLocale */
	enum phonexml_security_mode security_mode;	 /* deviceSecurityMode; 1 */
	enum phonexml_transport transport;		 /* transportLayerProtocol; 1 */
	enum phonexml_capf_mode capf_mode;		 /* capfAuthMode; 0 */
	struct phonexml_capf capf[PHONEXML_MEMBERS_MAX]; /* capfList/capf */
	unsigned capfs;
	char certificate_hash[48]; /* certHash: MD5 of the certificate that the file is encrypted for; "" */
	bool encrypted;		   /* encrConfig: there is an encrypted file; false */
	unsigned tls_resumption_s; /* TLSResumptionTimer; 3600 */
	char disabled_ciphers[64]; /* vendorConfig/disableTLSCiphers: "1,2"; "" */
	char authentication_url[256], directory_url[256], idle_url[256], information_url[256],
	    messages_url[256], services_url[256]; /* authenticationURL ...; "" */

	unsigned unknown; /* elements that were skipped; set by decoding only */
	unsigned lines;
	struct phonexml_line
	    line[PHONEXML_LINES_MAX]; /* in the order of their buttons; undefined beyond lines */
};

/* Fill in what absent elements mean: where an encoder starts from. It has no line. */
void phonexml_config_default(struct phonexml_config *config);

/* Read a SEP<MAC>.cnf.xml. 0 or a negative errno. */
int phonexml_config_decode(const void *bytes, size_t size, struct phonexml_config *config,
			   struct phonexml_error *error);

/* Write one. Its size in bytes, or -EINVAL (text that XML cannot hold), -ENOSPC, -ENOMEM. */
ssize_t phonexml_config_encode(const struct phonexml_config *config, void *out, size_t size);

/* The short file in front of an encrypted one: fullConfig false, loadInformation, ipAddressMode and what concerns CAPF and
 * encryption. Reading it refuses a full configuration; the members of config that it lacks have their defaults. Both
 * return as above. */
int phonexml_config_decode_short(const void *bytes, size_t size, struct phonexml_config *config,
				 struct phonexml_error *error);
ssize_t phonexml_config_encode_short(const struct phonexml_config *config, void *out, size_t size);

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
	char id[48];  /* keyID: the key's name, "Redial" */
	unsigned tag; /* the number of its text on the display */
	unsigned event_id;
	unsigned help_id;
};

struct phonexml_soft_key_set {
	char id[48];			     /* "On Hook", "Connected" ... */
	char key[PHONEXML_SET_KEYS_MAX][48]; /* keyID */
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
	char match[128]; /* "": at once, without a digit (hotline) */
	unsigned timeout_s;
	char rewrite[128]; /* "" none */
	char tone[64];	   /* "" none */
	unsigned line;	   /* 0: every line */
};

struct phonexml_dial_template {
	char version_stamp[96];
	unsigned rules;
	unsigned unknown;
	struct phonexml_rule rule[PHONEXML_RULES_MAX]; /* those beyond the last one are not filled in */
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
	unsigned rules;
	unsigned unknown;
	struct phonexml_app_rule rule[PHONEXML_APP_RULES_MAX]; /* the same */
};
int phonexml_app_rules_decode(const void *bytes, size_t size, struct phonexml_app_rules *config,
			      struct phonexml_error *error);
ssize_t phonexml_app_rules_encode(const struct phonexml_app_rules *config, void *out, size_t size);

/* Ring list: Ringlist.xml, Ringlist-wb.xml. */
struct phonexml_ring {
	char name[64]; /* DisplayName */
	char file[64]; /* FileName */
};

struct phonexml_rings {
	unsigned rings;
	unsigned unknown;
	struct phonexml_ring ring[PHONEXML_RINGS_MAX]; /* the same */
};
int phonexml_rings_decode(const void *bytes, size_t size, struct phonexml_rings *config,
			  struct phonexml_error *error);
ssize_t phonexml_rings_encode(const struct phonexml_rings *config, void *out, size_t size);

/* One element or attribute of a file, for documents. */
struct phonexml_reference {
	const char *file;   /* "SEP<MAC>.cnf.xml" */
	char path[160];	    /* "device/sipProfile/sipLines/line/@button" */
	char values[64];    /* "1 to 65535" */
	char fallback[64];  /* what its absence means */
	const char *other;  /* what a phone does with another value */
	const char *remark; /* NULL: none */
};

/* Row number index (from 0) of all tables; false: there is none. */
bool phonexml_reference(size_t index, struct phonexml_reference *row);

#endif
