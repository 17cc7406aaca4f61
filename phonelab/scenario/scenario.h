#ifndef PHONELAB_SCENARIO_SCENARIO_H
#define PHONELAB_SCENARIO_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "phonelab/document/arena.h"
#include "phonelab/document/complaints.h"
#include "phonelab/document/keys.h"
#include "phonelab/topology/device.h"
#include "phonelab/topology/topology.h"

/*
 * A scenario: a topology, a timeline of actions, and expectations. It is read from YAML by the table of keys
 * (keys.c), as strictly as a topology. All memory is in the arena of the scenario; times are in milliseconds. `at`
 * of each struct is its place in the file.
 */

/* The kinds of observations. Each observation has exactly one. */
enum scenario_kind {
	SCENARIO_STEP,	     /* the state of a step, from the events of the phones */
	SCENARIO_MESSAGE,    /* a status message that a phone shows */
	SCENARIO_EVENT,	     /* a line of events.jsonl */
	SCENARIO_REGISTERED, /* from the tables of the call managers */
	SCENARIO_PORT,	     /* of a switch: link, PoE, VLANs, neighbor */
	SCENARIO_POWER,	     /* PoE of a switch */
	SCENARIO_FIELD,	     /* a member of the phone in `status --json`: counters and the rest */
	SCENARIO_EXEC,	     /* the output and status of a command in a node */
	SCENARIO_KINDS,
};

enum scenario_which {
	SCENARIO_ALL,
	SCENARIO_ANY,
	SCENARIO_ONE,
};

struct scenario_words {
	const char **items;
	size_t n;
};

struct scenario_observation {
	const struct yaml_node *at;
	int step; /* index in the ladder, from 0, or unset */
	const char *phone, *detail, *message, *event, *node, *registered;
	struct scenario_words phones, models, except; /* phones: names, and ranges of directory numbers */
	int state;				      /* enum ladder_state */
	struct key_port port;
	int link, poe, vlan, voice_vlan;
	const char *neighbor;
	const char *power;
	int64_t used_at_least, used_at_most; /* mW, or unset */
	const char *field, *equals;
	int64_t at_least, at_most; /* or unset */
	const char *exec, *output;
	int64_t status;

	/* settled */
	enum scenario_kind kind;
	enum scenario_which which;
	bool *chosen;	/* for each phone: does the observation concern it? */
	bool per_phone; /* it is checked for each phone that is chosen; otherwise once */
	int step_number;
	const char *switch_name; /* PORT, POWER */
	char port_name[24];
};

struct scenario_observations {
	struct scenario_observation *items;
	size_t n;
};

enum scenario_verb {
	SCENARIO_ADD_FAULT,
	SCENARIO_CLEAR_FAULT,
	SCENARIO_STOP,
	SCENARIO_KILL,
	SCENARIO_PAUSE,
	SCENARIO_CONTINUE,
	SCENARIO_START,
	SCENARIO_RESTART,
	SCENARIO_UNPLUG,
	SCENARIO_PLUG,
	SCENARIO_RESET,
	SCENARIO_RESTART_PHONE,
	SCENARIO_ERASE,
	SCENARIO_CONFIGURE,
	SCENARIO_SET_DEVICE,
	SCENARIO_CUCM,
	SCENARIO_MOVE,
	SCENARIO_DO_EXEC,
	SCENARIO_VERBS,
};

struct scenario_fault {
	const struct yaml_node *at;
	const char *id, *phone, *port, *service;
	int all;
	int flash;     /* enum fault_flash */
	int64_t lasts; /* ms, or unset */
	int64_t count;
	const char *source; /* settled: the id, or its file as seen from here */
	const char *own_id; /* settled: the id in its file */
};

struct scenario_configure {
	const struct yaml_node *at;
	const char *switch_name;
	KEY_LIST_OF(const char *) lines;
};

struct scenario_device {
	const struct yaml_node *at;
	const char *phone;
	int apply;
	struct topology_device set;
};

/* As phonelab cucm: exactly one of renew, restart, update, mixed_mode, rollback, reset_itl and consolidate. */
struct scenario_cucm {
	const struct yaml_node *at;
	const char *renew, *node; /* a certificate; its call manager, NULL: the publisher */
	int expired;
	const char *restart, *update; /* tftp; ctl */
	int mixed_mode, rollback;     /* flags, or unset */
	const char *reset_itl;	      /* localkey */
	int consolidate;	      /* on, or unset */
	const char *cluster;	      /* NULL: the first */
};

struct scenario_move {
	const struct yaml_node *at;
	const char *phone, *cluster;
};

struct scenario_exec {
	const struct yaml_node *at;
	const char *node, *command;
	int64_t status;	 /* the expected exit status */
	int background;	 /* it runs until the lab stops */
	int64_t timeout; /* ms */
};

/* One action. */
struct scenario_action {
	const struct yaml_node *at;
	const char *
	    target; /* the value of a key that is no map; settled: service, device name or fault; CUCM: its words */
	struct scenario_fault add_fault;
	struct scenario_configure configure;
	struct scenario_device set_device;
	struct scenario_cucm cucm;
	struct scenario_move move;
	struct scenario_exec exec;
	enum scenario_verb verb; /* settled */
};

/* Entries run one after another: an entry waits for `time` after power-on, or for the condition `when` after the
 * previous entry; then for `wait`. */
struct scenario_entry {
	const struct yaml_node *at;
	const char *name;
	int64_t time;			  /* ms, or unset */
	struct scenario_observation when; /* when.at NULL: none */
	int64_t wait;
	struct {
		struct scenario_action *items;
		size_t n;
	} actions;
};

enum scenario_mode {
	SCENARIO_EVENTUALLY,
	SCENARIO_ALWAYS,
	SCENARIO_NEVER,
	SCENARIO_IN_ORDER,
	SCENARIO_MODES,
};

struct scenario_expectation {
	const struct yaml_node *at;
	struct scenario_observation observation; /* eventually, always, never */
	struct scenario_observations in_order;
	int64_t within;	   /* ms: eventually and in_order */
	const char *after; /* the entry at which its time begins; NULL: power-on */
	const char *until; /* always and never: the entry at which it ends; NULL: the end */
	int64_t lasts;	   /* always and never: ms, or unset */

	/* settled */
	enum scenario_mode mode;
	const struct scenario_observation *observations; /* n of them */
	size_t n;
	size_t after_entry, until_entry; /* index in the timeline, or SIZE_MAX */
};

struct scenario {
	const struct yaml_node *at;
	struct arena arena;
	const char *file;
	const struct yaml_node *overrides;
	const char *name, *title, *topology_file;
	int64_t phones, seed;
	int64_t timeout; /* ms after power-on */
	int64_t lasts;	 /* ms: the shortest time after power-on */
	struct {
		struct scenario_entry *items;
		size_t n;
	} timeline;
	struct {
		struct scenario_expectation *items;
		size_t n;
	} expect;

	/* settled */
	struct topology *topology;
};

/* The shape of a whole scenario (keys.c). */
extern const struct shape scenario_shape;

/* The keys of verbs ("add_fault"), kinds and modes. */
extern const char *const scenario_verb_names[], *const scenario_kind_names[], *const scenario_mode_names[];
extern const char *const scenario_link_names[], *const scenario_poe_names[]; /* by number, NULL at the end */

/* Read and check a scenario and its topology. NULL if there are complaints. Free with scenario_free. */
struct scenario *scenario_read(const char *path, struct complaints *complaints);

/* NULL is legal. */
void scenario_free(struct scenario *scenario);

/* "phone 2001: step dhcp is done", "eventually, within 10s: ...", "stop cucm-pub": one line of text. */
void scenario_describe_observation(const struct scenario_observation *observation, char *text, size_t size);
void scenario_describe_expectation(const struct scenario_expectation *expectation, char *text, size_t size);
void scenario_describe_action(const struct scenario_action *action, char *text, size_t size);
void scenario_describe_entry(const struct scenario_entry *entry, char *text, size_t size);

/* What a person calls the phone with this device name: its first directory number; if it has none, the device name. */
const char *scenario_phone_called(const struct topology *topology, const char *name);

/* "500ms", "2s". */
void scenario_time(int64_t ms, char text[24]);

#endif
