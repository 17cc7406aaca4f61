#ifndef PHONELAB_CLIENT_CLIENT_H
#define PHONELAB_CLIENT_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "base/fail.h"

/* What a user types before a compose command, in the top folder of the repository. */
#define CLIENT_COMPOSE "docker compose -f compose/compose.yaml"

#define CLIENT_NODE 512 /* bytes of a name of a node as a user gives it */

struct relay;

/* How commands reach a running lab: the outer process by its abstract socket, the inner one and the
 * simulators by their control sockets, seen through /proc/PID/root. */
struct lab {
	char name[40];
	char topology[256];
	pid_t pid; /* of the inner process; 0: there is none, the run directory is mounted here */
	long phones;
	time_t since;
	bool up;	     /* everything was started */
	char container[80];  /* of a lab of containers, seen from the host; else empty */
	struct relay *relay; /* of such a lab, if requests are to reach it (relay.h); else NULL */
};

/* The native labs of this user, sorted by name: *list is allocated, *count long. 0 or a negative errno. */
int client_labs(struct lab **list, size_t *count, struct fail *fail);

/* The lab of that name; name NULL: the only one. -ENOENT when there is none, -EEXIST when there are several;
 * the reason says what to do. */
int client_find(const char *name, struct lab *lab, struct fail *fail);

/* client_find, with the complaint printed: 0, or an exit status. */
int client_choose(const char *name, struct lab *lab);

/* Ask the outer process to end the lab; returns when all processes of the lab have exited. 0 or a negative errno. */
int client_down(const char *name, int timeout_ms, struct fail *fail);

/* The path of a file of the lab's run directory ("switches/sw1.sock") as seen from here. */
void client_path(const struct lab *lab, const char *file, char *path, size_t size);

/* Is it the console of a lab of closets? Then its run directory has this file (phonelab/closet/map.h). */
#define CLIENT_CLOSETS "closets.json"
bool client_is_console(const struct lab *lab);

/* One request to a control socket of the lab ("phones/rack.sock"); see control_call. */
json_t *client_call(const struct lab *lab, const char *socket, json_t *request, int timeout_ms, int *fd,
		    struct fail *fail);

/* The reason why a request to lab.sock fails in a lab of containers without a keeper: -ECONNREFUSED. */
int client_no_keeper(const char *verb, struct fail *fail);

/* The lab's status, to read with lab/status_read.h. NULL with the reason. */
json_t *client_status(const struct lab *lab, struct fail *fail);

/* Does the lab with that lab.sock (a path as seen from here) have an exercise, in any phase? A lab without that verb or that socket
 * has none, and so has a folder. One that does not answer within a second counts as one. */
bool client_has_exercise(const char *socket);

/* The same from the reply of lab.sock to {"do":"exercise","action":"state"}; NULL: there is none, and err is why. */
bool client_is_exercise(const json_t *reply, int err);

/* The network namespace of a node as a descriptor (the caller closes it); *reply, when not NULL, is the whole
 * reply. A negative errno with the reason otherwise. */
int client_netns(const struct lab *lab, const char *node, json_t **reply, struct fail *fail);

/* The name of the node that a user gives: a phone may also be given as a MAC or a directory number. A word that names no phone
 * stays as it is; the lab is asked only if the word may be such a number. */
void client_node_name(const struct lab *lab, const char *word, char name[CLIENT_NODE]);

/* Enter the lab's user and mount namespaces, its PID namespace for children, and the network namespace netns.
 * For processes that do nothing else any more. 0 or a negative errno. */
int client_enter(const struct lab *lab, int netns, struct fail *fail);

#endif
