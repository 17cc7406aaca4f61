#ifndef PHONELAB_STACK_STACK_H
#define PHONELAB_STACK_STACK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"
#include "base/text.h"
#include "phonelab/topology/topology.h"

/*
 * A lab with closets on several machines: the files with which an engine starts it. Each service is one container that runs
 * one node of the lab. All services of a closet run on one machine and share one volume, the run directory of the closet.
 */

enum stack_role {
	STACK_SWITCH,
	STACK_SERVER,
	STACK_CALL_MANAGER,
	STACK_PHONES,
	STACK_KEEPER,
	STACK_CONSOLE,
};

/* What becomes of the eth0 that the engine gives each container. */
enum stack_eth0 {
	STACK_ETH0_KEEP,   /* the trunks or the control plane use it */
	STACK_ETH0_DROP,   /* the container has the cables of the lab only */
	STACK_ETH0_RENAME, /* the control plane uses it, and a cable may come: STACK_MANAGEMENT */
};
#define STACK_MANAGEMENT "mgmt0"

/* The volume of the console; a closet cannot have this name. */
#define STACK_CONSOLE_VOLUME "console_run"
#define STACK_CONSOLE_NAME   "console"

/* The size of its /tmp. */
#define STACK_CONSOLE_TMP_MIB 64u

struct stack_service {
	char name[72];
	const char *closet;
	enum stack_role role;
	const char *node;	  /* the argument of phonelab node; NULL: not a node */
	const char *capabilities; /* "NET_ADMIN NET_RAW" */
	enum stack_eth0 eth0;
	bool forwards; /* it is a router */
	unsigned memory_mib, pids;
};

struct stack {
	struct topology *topology;
	const char *name;
	struct stack_service *services; /* the topology's memory */
	size_t count;
	const char *image;     /* NULL: the variable PHONELAB_IMAGE names it */
	const char *directory; /* for the files */
	char digest[17];       /* of the topology file in directory, after stack_write_topology */
};

/* names.c: are the name, the image and the closets such that the files can contain them? 0, or -EINVAL with the reason. */
int stack_check_names(const struct stack *stack, bool kubernetes, struct fail *fail);

/* services.c: list the services of stack->topology. 0, or -EINVAL if a stack cannot run the topology. */
int stack_list(struct stack *stack, struct fail *fail);

/* The name of the service of a switch: "closet1-switch"; further ones of the closet "closet1-switch-2". */
void stack_switch_name(const struct topology *topology, const struct topology_switch *sw, char name[72]);

/* topology_file.c: write directory/topology.yaml: the topology with all keys of its trunks, each peer by the name that name_of
 * gives the switch. Changes the tree of the topology. */
typedef void stack_name_fn(const struct topology *topology, const struct topology_switch *sw, char name[72]);
int stack_write_topology(struct stack *stack, stack_name_fn *name_of, struct fail *fail);

/* kubernetes.c: the name of the pod of a switch. */
void stack_pod_name(const struct topology *topology, const struct topology_switch *sw, char name[72]);

/* secrets.c: make what directory/secrets lacks: the secret of the trunks, a CA, and a certificate with its key for each keeper
 * and the console. Files have mode 0600. Files that are there stay, because an engine cannot change a secret. */
int stack_write_secrets(const struct stack *stack, struct fail *fail);

/* swarm.c: directory/stack.yaml for docker stack deploy. script.c: directory/nodes, a script that copies the image to the
 * machines, labels them, and deploys. kubernetes.c: directory/closets.yaml and directory/one-pod.yaml. */
int stack_write_swarm(const struct stack *stack, struct fail *fail);
int stack_write_script(const struct stack *stack, struct fail *fail);
int stack_write_kubernetes(const struct stack *stack, struct fail *fail);

#endif
