#ifndef PHONELAB_CLIENT_CONTAINERS_H
#define PHONELAB_CLIENT_CONTAINERS_H

#include <stdbool.h>

#include "phonelab/client/client.h"

/* Labs of containers, seen from the host through the docker command. The label org.phonelab.node names the role of a
 * container ("switch:1"); the lab's name is that of the compose project. The member container of such a struct lab is
 * the container in which commands are run: that of the first switch if it runs, else any. */

/* The most words of a docker command. */
#define CONTAINERS_WORDS 96

/* Become that command. Returns only when it cannot be run: an exit status, the reason printed. */
int containers_become(const char *const words[]);

/* Append the compose labs to the list (see client_labs): none if no docker engine replies within 5 s. */
void containers_labs(struct lab **list, size_t *count);

/* The compose lab of that name; name NULL: the only one. 0, -ENOENT, or -EEXIST when there are several. */
int containers_find(const char *name, struct lab *lab);

/* The container of a node. False if there is none. */
bool containers_find_node(const struct lab *lab, const char *node, char id[80]);

/* The first running container of a role ("rack:1"). False if there is none. */
bool containers_find_role(const struct lab *lab, const char *role, char id[80]);

/* Reach the files of the lab from the host (client_path), through the root directory of a container: only root can. 0 or a
 * negative errno with the reason. */
int containers_reach(struct lab *lab, struct fail *fail);

/* Become `docker exec` of argv in the container of a node ("dhcp", "sw1", "SEP..."): does not return, unless
 * there is no such node or no docker: an exit status, the reason printed. in: standard input is passed on. */
int containers_exec(const struct lab *lab, const char *node, bool in, const char *const argv[]);

#endif
