#include "phonelab/client/client_here.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cable/netns.h"
#include "phonelab/lab/lab_file.h"
#include "phonelab/lab/node.h"
#include "phonelab/lab/simulated.h"
#include "phonelab/lab/status.h"

/* Is this the network namespace of that server? */
static bool is_here(const struct topology *topology, const char *name)
{
	struct node *nodes = NULL;
	struct fail ignored = {0};
	bool here = false;
	size_t count = 0;

	if (!node_list(topology, &nodes, &count, &ignored))
		for (size_t i = 0; i < count; i++)
			here = here ||
			       (!strcmp(nodes[i].name, name) && !node_has_addresses(&nodes[i], &ignored));
	free(nodes);
	return here;
}

/* Does a process listen there? A killed process leaves its socket file behind. */
static bool listens(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool yes;

	memcpy(address.sun_path, path, strnlen(path, sizeof(address.sun_path) - 1));
	yes = fd >= 0 && strlen(path) < sizeof(address.sun_path) &&
	      (!connect(fd, (struct sockaddr *)&address, sizeof(address)) || errno == EAGAIN);
	if (fd >= 0)
		close(fd);
	return yes;
}

json_t *client_here_answer(const json_t *request, int *fd, struct fail *fail)
{
	const char *verb = json_string_value(json_object_get(request, "do"));
	const char *node = json_string_value(json_object_get(request, "node"));
	struct topology *topology = lab_file_topology(fail);
	json_t *reply = NULL;

	if (topology && verb && !strcmp(verb, "status")) {
		const struct status_source source = {
		    .topology = topology, .name = topology->name, .switches = true, .phones = true};

		reply = status_assemble(&source);
		if (!reply)
			fail_set(fail, -ENOMEM, "out of memory");
	} else if (topology && verb && node && !strcmp(verb, "netns")) {
		reply = netns_of_simulated(topology, node, fd, fail);
		if (!reply && is_here(topology, node) && !netns_self(fd, fail))
			reply = json_pack("{s:s}", "interface", "eth0");
	} else if (topology) {
		fail_set(fail, -ECONNREFUSED,
			 "%s: no keeper runs in this lab of containers; start it with: docker compose up -d "
			 "keeper",
			 verb ? verb : "nothing");
	}
	topology_free(topology);
	return reply;
}

bool client_here(const struct lab *lab, const char *socket, const char *path, const json_t *request)
{
	const char *verb = json_string_value(json_object_get(request, "do"));
	char name[40];

	if (lab->pid || strcmp(socket, "lab.sock") || !lab_file_here(name))
		return false;
	return (verb && !strcmp(verb, "netns")) || !listens(path);
}
