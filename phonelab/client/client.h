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

/* One request to a control socket of the lab ("phones/rack.sock"); see control_call. */
json_t *client_call(const struct lab *lab, const char *socket, json_t *request, int timeout_ms, int *fd,
		    struct fail *fail);

/* The lab's status, to read with lab/status_read.h. NULL with the reason. */
json_t *client_status(const struct lab *lab, struct fail *fail);

/* Does the lab with that lab.sock (a path as seen from here) have an exercise, in any phase? A lab without that verb or that socket
 * has none, and so has a folder. One that does not answer within a second counts as one. */
bool client_has_exercise(const char *socket);

/* The network namespace of a node as a descriptor (the caller closes it); *reply, when not NULL, is the whole
 * reply. A negative errno with the reason otherwise. */
int client_netns(const struct lab *lab, const char *node, json_t **reply, struct fail *fail);

/* Enter the lab's user and mount namespaces, its PID namespace for children, and the network namespace netns.
 * For processes that do nothing else any more. 0 or a negative errno. */
int client_enter(const struct lab *lab, int netns, struct fail *fail);

#endif
