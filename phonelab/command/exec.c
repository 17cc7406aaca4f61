#include "phonelab/command/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "phonelab/client/client.h"
#include "phonelab/client/confine.h"
#include "phonelab/client/containers.h"
#include "phonelab/client/inside.h"
#include "phonelab/closet/map.h"
#include "phonelab/closet/there.h"

/* The words of the command behind those of first, which end with NULL; to be freed. NULL: out of memory, which is printed. */
static const char **words_behind(const char *const first[], char *const rest[])
{
	size_t n = 0, more = 0;
	const char **words;

	while (first[n])
		n++;
	while (rest[more])
		more++;
	words = calloc(n + more + 1, sizeof(*words));
	if (!words) {
		exit_complain(0, "exec: out of memory");
		return NULL;
	}
	for (size_t i = 0; i < n; i++)
		words[i] = first[i];
	for (size_t i = 0; i < more; i++)
		words[n + i] = rest[i];
	return words;
}

/* Run the command in the container of the node, as the user of the lab. The container of the rack has a namespace per
 * phone, so `phonelab exec` runs there once more. */
static int exec_in_container(const struct lab *lab, const struct command_line *line)
{
	char node[CLIENT_NODE];
	const char *const of_phone[] = {"phonelab", "exec", node, "--", NULL}, *const other[] = {
										   "as-phonelab", NULL};
	const char **words;
	int status;

	client_node_name(lab, line->word[0], node);
	words = words_behind(!strncmp(node, "SEP", 3) ? of_phone : other, line->rest);
	status = words ? containers_exec(lab, node, true, words) : EXIT_DEFECT;
	free(words);
	return status;
}

/* Namespaces stay in their closet, so the command runs there. */
static int exec_there(const struct lab *lab, const char *closet, const char *node,
		      const struct command_line *line)
{
	const char *const confined[] = {"exec", "--confined", node, "--", NULL};
	const char *const plain[] = {"exec", node, "--", NULL};
	const char **words =
	    words_behind(line->option[OPT_EXEC_CONFINED].given ? confined : plain, line->rest);
	int status = words ? there_run(lab, closet, words, STDOUT_FILENO) : EXIT_DEFECT;

	free(words);
	return status;
}

int command_exec(const struct command_line *line)
{
	bool confined = line->option[OPT_EXEC_CONFINED].given;
	char node[CLIENT_NODE], closet[64];
	struct lab lab;
	struct fail fail = {0};
	int status, netns;

	if (!confined && line->rest && line->rest[0] && client_find(line->lab, &lab, &fail) == -ENOENT &&
	    !containers_find(line->lab, &lab))
		return exec_in_container(&lab, line);
	status = client_choose(line->lab, &lab);
	if (status)
		return status;
	if (!line->rest || !line->rest[0])
		return exit_complain(EXIT_USAGE, "exec: missing command; usage: phonelab exec %s -- CMD...",
				     line->word[0]);
	client_node_name(&lab, line->word[0], node);
	if (map_closet_of(&lab, node, closet))
		return exec_there(&lab, closet, node, line);
	inside_set_path();
	setenv("PHONELAB_NODE", node, 1);
	netns = client_netns(&lab, node, NULL, &fail);
	if (netns < 0)
		return exit_complain(EXIT_USAGE, "exec: %s", fail.text);
	status = inside_run(&lab, netns, confined ? confine_exec : inside_exec, line->rest);
	close(netns);
	return status;
}
