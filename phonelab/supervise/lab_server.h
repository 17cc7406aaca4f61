#ifndef PHONELAB_SUPERVISE_LAB_SERVER_H
#define PHONELAB_SUPERVISE_LAB_SERVER_H

#include <stdbool.h>

#include "base/control.h"
#include "base/fail.h"
#include "cucm/cucm.h"
#include "phonelab/fault/host.h"
#include "phonelab/fault/state.h"
#include "phonelab/lab/clusters.h"
#include "phonelab/lab/node.h"
#include "phonelab/lab/server_program.h"
#include "phonelab/lab/status.h"

struct event_log;
struct exercise_session;
struct lab_cluster;
struct lab_server;
struct log_times;
struct tls_alarms;
struct trace_limit;

/* The process that runs a node of this kind: "switch" or "phone", or the kind of a server; negative: the node is not
 * listed. */
typedef pid_t lab_server_pid_fn(const struct lab_server *lab, const char *kind, size_t index);

/* The common part of the supervisor of a native lab and the keeper of a lab of containers: the first member of both
 * structs. */
struct lab_server {
	struct topology *topology;
	const char *bin;	   /* the folder of cable */
	struct cucm_plan plan;	   /* of the first cluster */
	struct clusters clusters;  /* all; lab_server_read opens them */
	struct lab_cluster *doors; /* lab.sock of each other cluster */
	struct event_base *base;   /* freed by lab_server_free */
	struct control_server *control;
	struct node *nodes;
	size_t node_count;
	struct server_programs programs;
	struct status_source source; /* of the reply to the verb `status` */
	lab_server_pid_fn *pid;	     /* for the reply to the verb `nodes`; NULL: the processes are unknown */
	struct event_log *events;    /* for faults and the actions of scenarios; NULL: they are no events */
	struct fault_host host;
	struct fault_state *faults;
	struct exercise_session *exercise;
	struct log_times *log_times;
	struct trace_limit *trace_limit;
	struct tls_alarms **tls_alarms; /* of each cluster */
	bool unclean;			/* the process before this one was killed while faults were active */
};

/* Read the clusters, the servers and their programs out of topology and plan. */
int lab_server_read(struct lab_server *lab, struct fail *fail);

/* Get ready for faults and exercises, and listen at lab.sock. The caller has set base, bin, of source all except the
 * topology, pid, and of host: makes_netns, program, failed; optionally ready, holds, box, box_end. */
int lab_server_begin(struct lab_server *lab, const struct control_verb *verbs, struct fail *fail);

void lab_server_free(struct lab_server *lab);

/* Run a box and end it (fault_host): a process group of its own, its output in log/NAME.log. */
pid_t lab_server_box(void *arg, const char *name, char *const *argv, struct fail *fail);
void lab_server_box_end(void *arg, pid_t pid);

/* The verbs that both answer; arg: the struct lab_server. `service` of scenarios is
 * {"name":NAME,"action":WORD}, where NAME is a program, or a server with all its programs. */
control_verb_fn lab_server_status, lab_server_nodes, lab_server_program, lab_server_service,
    lab_server_exercise, lab_server_fault, lab_server_inspect, lab_server_device;
#define LAB_SERVER_VERBS                                                                                     \
	{"alive", control_alive}, {"status", lab_server_status}, {"nodes", lab_server_nodes},                \
	    {"program", lab_server_program}, {"service", lab_server_service},                                \
	    {"exercise", lab_server_exercise}, {"device", lab_server_device},                                \
	    {"inspect", lab_server_inspect}, {"fault-add", lab_server_fault},                                \
	    {"fault-clear", lab_server_fault}, {"fault-ls", lab_server_fault},                               \
	    {"fault-vars", lab_server_fault}, {"fault-rows", lab_server_fault},                              \
	{                                                                                                    \
		"fault-setting", lab_server_fault                                                            \
	}

#endif
