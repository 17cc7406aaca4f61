#include "phonelab/command/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "phonelab/client/client.h"
#include "phonelab/client/confine.h"
#include "phonelab/client/containers.h"
#include "phonelab/client/inside.h"

/* Run the command in the container of the node, as the user of the lab. The container of the rack has a namespace per
 * phone, so `phonelab exec` runs there once more. */
static int exec_in_container(const struct lab *lab, const struct command_line *line)
{
	const char *argv[COMMAND_WORDS + 8] = {"phonelab", "exec", line->word[0], "--"};
	bool phone = !strncmp(line->word[0], "SEP", 3);
	size_t n = 4;

	if (!phone)
		argv[3] = "as-phonelab";
	for (size_t i = 0; line->rest[i] && n < COMMAND_WORDS + 7; i++)
		argv[n++] = line->rest[i];
	return containers_exec(lab, line->word[0], true, phone ? argv : argv + 3);
}

int command_exec(const struct command_line *line)
{
	bool confined = line->option[OPT_EXEC_CONFINED].given;
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
	inside_set_path();
	setenv("PHONELAB_NODE", line->word[0], 1);
	netns = client_netns(&lab, line->word[0], NULL, &fail);
	if (netns < 0)
		return exit_complain(EXIT_USAGE, "exec: %s", fail.text);
	status = inside_run(&lab, netns, confined ? confine_exec : inside_exec, line->rest);
	close(netns);
	return status;
}
