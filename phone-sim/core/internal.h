#ifndef PHONE_SIM_CORE_INTERNAL_H
#define PHONE_SIM_CORE_INTERNAL_H

#include "base/rng.h"
#include "phone-sim/core/capf_client.h"
#include "phone-sim/core/continued.h"
#include "phone-sim/core/dhcp_client.h"
#include "phone-sim/core/discovery.h"
#include "phone-sim/core/fetch.h"
#include "phone-sim/core/own_certificate.h"
#include "phone-sim/core/phone.h"
#include "phone-sim/core/registrar.h"
#include "phone-sim/core/secure_config.h"
#include "phone-sim/core/sntp_client.h"
#include "phone-sim/core/steps.h"
#include "phone-sim/core/stored.h"
#include "phone-sim/core/timers.h"
#include "phone-sim/core/trust.h"
#include "phone-sim/core/tvs_client.h"
#include "wire/loads.h"
#include "wire/phonexml.h"

/* The phone: the state of all modules. Only phone-sim/core and its tests include this; the functions of the
 * modules are in their own headers. */

/* Evidence of the present step, reported when its rung changes. */
struct step_notes {
	const char *key[PHONE_EVIDENCE_MAX];
	char value[PHONE_EVIDENCE_MAX][96];
	unsigned count;
};

struct phone {
	struct phone_config config;
	char *capf_string; /* owned; config.capf_string points to it */
	const struct phone_model *model;
	const struct phone_pace_table *pace;
	struct rng rng;
	char name[DEVICE_TEXT];
	uint64_t now_us;
	struct phone_actions *out; /* of the call in progress */
	unsigned traces;	   /* bit 1 << enum phone_trace */
	uint64_t timer[TIMER_COUNT];
	uint64_t timer_told;
	uint32_t next_id;

	enum phone_state state;
	uint64_t entered_us; /* that state */
	struct ladder ladder;
	struct step_notes notes;
	unsigned attempts[PHONE_STATES]; /* in a row without success */
	uint32_t visits[PHONE_EDGES_MAX][PHONE_STATES];
	uint32_t unlisted[PHONE_STATES][STEP_EVENTS];
	bool powered;
	uint64_t power_on_us;

	uint32_t power_mw, draw_mw;
	bool link;
	bool vlan_known; /* voice-vlan starts again with the VLAN that the switch has just named */
	struct phone_bank active, inactive;
	bool flash_read;
	enum phone_control going_down; /* what follows PHONE_STATE_DOWN: a restart, or else a reset */
	const char *restart_cause;
	bool healing;
	bool files_read; /* steps 12 to 14 have run */
	unsigned heals;	 /* rounds of healing in a row in which a step failed again */

	struct phone_frames frames;
	struct discovery discovery;
	struct dhcp_client dhcp;
	bool address_set;
	uint32_t resolve_id;
	struct fetch_state fetch;
	struct continued continued;
	struct trust trust;
	struct tvs_client tvs;
	struct sntp_client sntp;
	struct own_certificates own;
	struct secure_config secure;
	struct capf_client capf;
	struct stored stored;

	struct phonexml_config *xml; /* NULL: none read */
	enum phone_configuration configuration;
	bool provisioned;
	uint8_t config_hash[32];
	uint8_t registered_hash[32];
	char download_status[80];
	struct {
		struct loads_platform platform; /* of the .loads file */
		unsigned at;			/* image downloaded now */
		char load[PHONE_LOAD_MAX];
	} firmware;
	struct {
		unsigned stage;
		unsigned rings, ring_at;
		char ring[PHONEXML_RINGS_MAX][64];
		unsigned missing;
		unsigned app_rules;	    /* application dial rules that were read */
		char app_problem[200];	    /* why they were not read; "": no problem */
		char locale_problem[200];   /* the first file of the locale that is missing; "": none */
		char locale_version[2][32]; /* of the user locale's file, of the tones; "": none */
		char first_missing[64];
	} files;

	struct registrar reg;
};

#endif
