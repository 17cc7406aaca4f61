#include "phonelab/client/containers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mac.h"
#include "cable/node_mac.h"
#include "phonelab/client/run_program.h"
#include "phonelab/lab/complain.h"

#define DOCKER_MS 5000

/* What a docker command prints; false when it cannot be run, fails or takes too long. */
static bool docker(const char *const argv[], char *text, size_t size)
{
	return !run_program(argv, false, DOCKER_MS, text, size);
}

/* Append the lab, or take its first switch as the container to ask. */
static bool add_lab(struct lab **list, size_t *count, const struct lab *lab, const char *role)
{
	struct lab *more;

	for (size_t i = 0; i < *count; i++) {
		if (!*(*list)[i].container || strcmp((*list)[i].name, lab->name))
			continue;
		if (!strcmp(role, "switch:1"))
			(*list)[i] = *lab;
		return true;
	}
	more = realloc(*list, (*count + 1) * sizeof(*more));
	if (!more)
		return false;
	*list = more;
	more[(*count)++] = *lab;
	return true;
}

void containers_labs(struct lab **list, size_t *count)
{
	static const char *const argv[] = {"docker",
					   "ps",
					   "--no-trunc",
					   "--filter",
					   "label=org.phonelab.node",
					   "--format",
					   "{{.Label \"com.docker.compose.project\"}} {{.ID}} {{.Label "
					   "\"org.phonelab.node\"}} {{.Label "
					   "\"com.docker.compose.project.working_dir\"}}",
					   NULL};
	char text[131072], *line, *save = NULL;

	if (!docker(argv, text, sizeof(text)))
		return;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		struct lab lab = {.up = true};
		char role[40];

		if (sscanf(line, "%39s %79s %39s %255[^\n]", lab.name, lab.container, role, lab.topology) >=
			3 &&
		    !add_lab(list, count, &lab, role))
			return;
	}
}

int containers_find(const char *name, struct lab *lab)
{
	struct lab *list = NULL;
	size_t count = 0, found = 0;

	containers_labs(&list, &count);
	for (size_t i = 0; i < count; i++)
		if (!name || !strcmp(list[i].name, name)) {
			*lab = list[i];
			found++;
		}
	free(list);
	return found == 1 ? 0 : found ? -EEXIST : -ENOENT;
}

int containers_become(const char *const words[])
{
	fflush(NULL);
	execvp(words[0], (char *const *)words);
	return exit_complain(EXIT_UNFIT, "docker cannot be run: %s", strerror(errno));
}

/* The ids of the lab's containers of a role, one per line. False if there are none. */
static bool find_role(const struct lab *lab, const char *role, char *ids, size_t size)
{
	char project[100], label[120];
	const char *const argv[] = {"docker", "ps",	  "--filter", project, "--filter",
				    label,    "--format", "{{.ID}}",  NULL};

	snprintf(project, sizeof(project), "label=com.docker.compose.project=%s", lab->name);
	snprintf(label, sizeof(label), "label=org.phonelab.node=%s", role);
	return docker(argv, ids, size) && *ids > '\n';
}

bool containers_find_role(const struct lab *lab, const char *role, char id[80])
{
	if (!find_role(lab, role, id, 80))
		return false;
	id[strcspn(id, "\n")] = 0;
	return true;
}

/* The container of a phone that has one of its own: its MAC was made from the name that the container has as
 * a host. */
static bool find_phone(const struct lab *lab, const char *device, char id[80])
{
	char text[65536], *line, *save = NULL;

	if (!find_role(lab, "phone:1", text, sizeof(text)))
		return false;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char name[DEVICE_TEXT];
		struct mac mac;

		node_mac(&mac, line, "eth0");
		mac_format_device(&mac, name);
		if (strcmp(name, device))
			continue;
		snprintf(id, 80, "%s", line);
		return true;
	}
	return false;
}

/* The lab knows the role of its node, the engine knows the container of the role. */
bool containers_find_node(const struct lab *lab, const char *node, char id[80])
{
	const char *const ask[] = {"docker", "exec",   lab->container, "phonelab",
				   "node",   "--role", node,	       NULL};
	char role[80] = "";

	if (!strncmp(node, "SEP", 3) && find_phone(lab, node, id))
		return true;
	if (!docker(ask, role, sizeof(role)))
		return false;
	role[strcspn(role, "\n")] = 0;
	return containers_find_role(lab, role, id);
}

int containers_reach(struct lab *lab, struct fail *fail)
{
	const char *const argv[] = {"docker", "inspect", "--format", "{{.State.Pid}}", lab->container, NULL};
	char text[64], path[64];

	if (!docker(argv, text, sizeof(text)) || atol(text) <= 0)
		return fail_set(fail, -ESRCH, "the container %.12s of lab %s does not run", lab->container,
				lab->name);
	snprintf(path, sizeof(path), "/proc/%ld/root", atol(text));
	if (access(path, X_OK))
		return fail_set(fail, -EPERM,
				"the switch of lab %s runs in a container, which only root can reach; run "
				"the command with "
				"sudo",
				lab->name);
	lab->pid = (pid_t)atol(text);
	return 0;
}

int containers_exec(const struct lab *lab, const char *node, bool in, const char *const argv[])
{
	const char *words[CONTAINERS_WORDS] = {"docker", "exec"};
	char id[80];
	size_t n = 2;

	if (!containers_find_node(lab, node, id))
		return exit_complain(
		    EXIT_USAGE, "unknown node \"%s\"; expected a running phone, server or switch of lab %s",
		    node, lab->name);
	if (in)
		words[n++] = "-i";
	words[n++] = id;
	for (size_t i = 0; argv[i] && n < CONTAINERS_WORDS - 1; i++)
		words[n++] = argv[i];
	return containers_become(words);
}
