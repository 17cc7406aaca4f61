#ifndef PHONELAB_SUPERVISE_SUPERVISOR_INTERNAL_H
#define PHONELAB_SUPERVISE_SUPERVISOR_INTERNAL_H

#include <jansson.h>
#include <stdint.h>

#include "base/event_log.h"
#include "base/fail.h"
#include "cucm/cucm.h"
#include "phonelab/lab/spawn.h"
#include "phonelab/supervise/lab_server.h"
#include "phonelab/supervise/supervisor.h"

struct event;

/* The kinds of children of a lab. */
enum child_kind {
	CHILD_SWITCH,
	CHILD_CABLE,	       /* holds the cables of a server */
	CHILD_PROGRAM,	       /* a real server */
	CHILD_EXTERNAL,	       /* no process: what the user plugs in */
	CHILD_EXTERNAL_SWITCH, /* the same, a switch */
	CHILD_RACK,
	CHILD_CAPTURE,
};

enum child_state {
	CHILD_WAITING,	/* not started yet */
	CHILD_STARTING, /* started, not ready */
	CHILD_READY,
	CHILD_DEAD,
};

struct child {
	enum child_kind kind;
	enum child_state state;
	char name[80]; /* of its log: "dhcp", "tftp-http", "sw1" */
	pid_t pid;
	uint64_t deadline;   /* of becoming ready */
	unsigned patience_s; /* it must be ready within this time */
	size_t node; /* CABLE, PROGRAM, EXTERNAL: index into nodes; SWITCH, EXTERNAL_SWITCH: of the switch */
	const struct server_program *program; /* PROGRAM */
	const struct trunk_socket *trunks;    /* SWITCH: the socket of its trunks, or NULL */
};

enum phase {
	PHASE_SWITCHES,
	PHASE_SERVERS,
	PHASE_RACK,
	PHASE_UP,
	PHASE_STOPPING,
};

struct supervisor {
	struct lab_server lab; /* first: it is the argument of callbacks */
	const struct outer_options *options;
	struct nics *nics;
	struct trunk_sockets *trunks;
	int report;    /* lines to the outer process */
	char bin[512]; /* the folder of switch-sim, phone-sim and cable */
	struct event *tick, *child_signal, *term_signal;
	struct event_log *events;
	struct child *children;
	size_t child_count;
	enum phase phase;
	uint64_t stop_deadline;
	bool ending; /* the phones are unplugged: all other children are being ended */
	bool stopped, held, released;
	int status;
};

/* --- children (supervisor_children.c) --- */

/* The one place where the state of a child changes, and is logged. CHILD_DEAD also forgets its pid. */
void child_set_state(struct child *child, enum child_state state);

/* Start argv as child, in the network namespace (-1: ours), its output appended to log/NAME.log. */
int child_start(struct supervisor *supervisor, struct child *child, char *const *argv, int netns,
		struct fail *fail);

/* Run a function in a forked child, its output appended to log/NAME.log. */
int child_run(struct child *child, spawn_fn *run, void *arg, struct fail *fail);

/* The last lines of a child's log, indented, or "(it printed nothing)". */
void child_last_lines(const struct child *child, char *text, size_t size);

/* Reap all children that have exited. */
void children_reap(struct supervisor *supervisor);

/* --- the lab (supervisor.c) --- */

/* The one place where the phase changes. */
void supervisor_enter(struct supervisor *supervisor, enum phase phase);

/* One line to the outer process; newlines in it are escaped. */
void supervisor_report(const struct supervisor *supervisor, const char *word, const char *text);

/* An event of the lab. */
void supervisor_event(const struct supervisor *supervisor, const char *event, const char *detail);

/* The lab has failed: report it and end. missing: a program is not installed. */
void supervisor_fail(struct supervisor *supervisor, bool missing, const char *text);

/* Start to stop the lab: the phones unregister and unplug. */
void supervisor_stop(struct supervisor *supervisor);

/* The phones have stopped, or their time limit has passed: kill the servers, and end switches and cables in order. */
void supervisor_end(struct supervisor *supervisor);

/* All children have exited, or their time limit has passed: the outer process can copy the logs. */
void supervisor_stopped(struct supervisor *supervisor);

/* --- starting (supervisor_start.c) --- */

/* The children and nodes of the lab, out of topology and plan. */
int supervisor_prepare(struct supervisor *supervisor, struct fail *fail);

/* Start the children that can be started, check which are ready, and go to the next phase. */
void supervisor_advance(struct supervisor *supervisor);

/* Start a child, whatever kind it is. */
int supervisor_start_child(struct supervisor *supervisor, struct child *child, struct fail *fail);

/* Start the capture at the ports of all switches (supervisor_capture.c). */
int supervisor_start_capture(struct supervisor *supervisor, struct child *child, struct fail *fail);

/* Is a started child ready? Its control socket, port or addresses are checked. False with the reason. */
bool supervisor_child_ready(const struct supervisor *supervisor, const struct child *child,
			    struct fail *fail);

/* --- programs (supervisor_program.c) --- */

/* Do the action on a program of a server, or on the cable of a router (program.h); arg: the supervisor. */
program_fn supervisor_program;

/* --- what the user plugs in (supervisor_attach.c) --- */

/* The verb `attach` of lab.sock: {"node":NAME}, and optionally "interface" and "has_default" (struct node_place). The
 * reply has the command line that plugs the node in, and the network namespace that the lab made for it. Of a switch: the
 * command line of its patch panel, no namespace. */
control_verb_fn verb_attach;

/* --- answering (supervisor_control.c) --- */

/* Get ready for faults and exercises, and listen at lab.sock. */
int supervisor_listen(struct supervisor *supervisor, struct fail *fail);

#endif
